"""The head of a model card: what the hub reads, searches and shows, with the figures as a model index."""

import re
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from seqkit.data.tasks import WRITING_TASKS
from seqkit.hub.source import Source

PIPELINES = {
    "causal-lm": "text-generation",
    "sequence-classification": "text-classification",
    "token-classification": "token-classification",
    "seq2seq": "seqkit-text2text",
}
"""The pipeline of transformers that runs a task; there is none for series of vectors."""

_WRITING = dict.fromkeys(WRITING_TASKS, "text-generation")
TAGS = {**PIPELINES, **_WRITING, "series-classification": "other"}
"""The hub's name of a task; it has none for series, nor for what goes from text to text but is no translation."""

METRICS = {
    "accuracy": ("accuracy", "Accuracy"),
    "f1": ("f1", "F1 of spans"),
    "f1_macro": ("f1", "F1, macro"),
    "loss": ("loss", "Loss in nats"),
    "perplexity": ("perplexity", "Perplexity"),
    "bleu": ("bleu", "BLEU"),
    "chrf": ("chrf", "chrF"),
}
"""The hub's identifier of a figure and its name for people; other figures keep their names."""

DIGITS = 4
"""Digits behind the point, here and in the card's table."""


def metadata(source: Source) -> ModelCardData:
    """Write the head of a card.

    Args:
        source: what the card is rendered from.
    """
    told, results = source.told, figures(source)
    further: dict[str, Any] = {"widget": [{"text": text} for text in told.examples]} if told.examples else {}
    if told.licence == "other" and told.data.licence_name:
        further |= {"license_name": told.data.licence_name, "license_link": told.data.url}
    return ModelCardData(
        language=list(told.language) or None,
        license=told.licence or None,
        library_name="seqkit",
        pipeline_tag=TAGS[source.task],
        tags=["seqkit", "rnn", str(source.config.get("cell"))],
        metrics=list(dict.fromkeys(result.metric_type for result in results)) or None,
        model_name=source.name,
        eval_results=results or None,
        **further,
    )


def figures(source: Source) -> list[EvalResult]:
    """Return the figures as the hub takes them."""
    data = source.told.data
    name = data.name or "the training's own data"
    found = []
    for figure, value in source.result["metrics"].items():
        if not isinstance(value, int | float):
            continue
        kind, title = METRICS.get(figure, (figure, figure.replace("_", " ")))
        found.append(
            EvalResult(
                task_type=TAGS[source.task],
                dataset_type=data.key or slug(name),
                dataset_name=name,
                dataset_split=data.part,
                metric_type=kind,
                metric_name=title,
                metric_value=round(value, DIGITS),
            )
        )
    return found


def slug(name: str) -> str:
    """Make a name for machines of one for people.

    Example:
        >>> slug("Family names (18 languages)")
        'family-names-18-languages'
    """
    return re.sub(r"\W+", "-", name.lower()).strip("-") or "data"
