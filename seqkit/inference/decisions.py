"""From scores to what is said: labels with probabilities, several labels above their thresholds, tags, a number."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor


def probabilities(logits: Tensor, config: Any) -> Tensor:
    """Return calibrated probabilities: of one label among all (softmax), or of each label by itself (sigmoid).

        p = softmax(z / τ),   or   p = σ(z / τ)

    Args:
        logits: scores z (..., labels).
        config: of the classifier; τ is its `calibration_temperature`.
    """
    scaled = logits.float() / config.calibration_temperature
    return scaled.sigmoid() if config.problem_type == "multi_label_classification" else scaled.softmax(-1)


def thresholds(config: Any) -> Tensor:
    """Return the probability from which on each label is given, (labels,)."""
    return torch.tensor(config.label_thresholds or [0.5] * config.num_labels)


def decide(logits: Tensor, config: Any) -> dict[str, Any]:
    """Return what is said of one text.

    Args:
        logits: its scores (labels,).
        config: the classifier's configuration.

    Returns:
        `label` and `score` (its probability); or `labels` above their thresholds and `scores` of all; or the `value` of
        a regression.
    """
    if config.problem_type == "regression":
        return {"value": round(float(logits[0]), 6)}
    found = probabilities(logits, config)
    if config.problem_type == "multi_label_classification":
        given = (found > thresholds(config)).tolist()
        scores = {config.id2label[i]: round(p, 4) for i, p in enumerate(found.tolist())}
        return {"labels": [name for name, yes in zip(scores, given, strict=True) if yes], "scores": scores}
    best = int(logits.argmax())
    return {"label": config.id2label[best], "score": round(float(found[best]), 4)}


def of_words(tags: Sequence[int], word_ids: Sequence[int | None], count: int) -> list[int | None]:
    """Return the tag of each word: that of its first token; None for a word that no token stands for.

    Args:
        tags: the tag of each token.
        word_ids: the word that each token belongs to; None for special tokens.
        count: the number of words.
    """
    found: list[int | None] = [None] * count
    for tag, word in zip(tags, word_ids, strict=True):
        if word is not None and found[word] is None:
            found[word] = tag
    return found


def name_tags(tags: Iterable[int | None], names: dict[int, str], scheme: str | None) -> Iterator[str | None]:
    """Give tags their names, in BIO where the model writes IOBES.

    Args:
        tags: the tag of each word, None where there is none.
        names: the model's `id2label`.
        scheme: the scheme of these names; a word without a tag is `O` if there is one.
    """
    before = "O"
    for tag in tags:
        name = ("O" if scheme else None) if tag is None else names[tag]
        if scheme == "iobes" and name is not None:
            after = name
            name = _bio(before, name)
            before = after
        yield name


def _bio(before: str, tag: str) -> str:
    """Write one IOBES tag in BIO: it goes on with the span of the tag before it, or begins one (as conlleval reads)."""
    prefix, _, kind = tag.partition("-")
    if not kind:
        return "O"
    goes_on = prefix in "IE" and before[:2] in ("B-", "I-") and before[2:] == kind
    return f"{'I' if goes_on else 'B'}-{kind}"
