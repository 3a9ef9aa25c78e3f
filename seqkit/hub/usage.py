"""The code of a card that loads a model and lets it answer: what it reads decides how."""

import json

from seqkit.data.readers.files import example_row
from seqkit.data.tasks import AUTO_CLASSES, WRITING_TASKS
from seqkit.hub.metadata import PIPELINES
from seqkit.hub.source import Source
from seqkit.tokenizers.pair import TARGET

STEPS = 20
"""Steps of the series in an example."""


def usage(source: Source) -> str:
    """Return the Python code that loads a model and lets it answer.

    Args:
        source: what the card is rendered from.
    """
    if source.features is None:
        return for_text(source)
    return (for_features if source.task in WRITING_TASKS else for_vectors)(source, source.features)


def command(source: Source) -> list[str]:
    """Return what a model of vectors is given on the command line, as a part of a card; nothing of one of texts.

    Args:
        source: what the card is rendered from.
    """
    if source.features is None:
        return []
    row = example_row(source.task, width=source.features)
    called = source.name if source.brought else source.place or source.name
    return [f"Or for a file with a row a line, `{row}`:", f"```bash\nseqkit predict {called} --data rows.jsonl\n```"]


def for_text(source: Source) -> str:
    """Give a text to transformers' pipeline."""
    task, place = source.task, source.loaded_from
    auto_class = AUTO_CLASSES[task]
    text = next(iter(source.told.examples), "\n" if task == "causal-lm" else "your text")
    options = ", max_new_tokens=200, do_sample=True" if task == "causal-lm" else ""
    return (
        "import seqkit  # makes transformers know the model\n"
        f"from transformers import {auto_class}, AutoTokenizer, pipeline\n\n"
        f"model = {auto_class}.from_pretrained({place})\ntokenizer = AutoTokenizer.from_pretrained({place})\n"
        f'run = pipeline("{PIPELINES[task]}", model=model, tokenizer=tokenizer)\n'
        f"print(run({quoted(text)}{options}))"
    )


def for_vectors(source: Source, width: int) -> str:
    """Give series to seqkit's `Labeller`: transformers has no pipeline for them."""
    auto_class = AUTO_CLASSES[source.task]
    return (
        "import seqkit  # makes transformers know the model\n"
        f"from transformers import {auto_class}\n\nfrom seqkit.inference import Labeller\n\n"
        f"model = {auto_class}.from_pretrained({source.loaded_from})\n"
        f"series = [[0.0] * {width}] * {STEPS}  # any number of steps, {width} numbers each\n"
        "print(list(Labeller(model)([series])))"
    )


def for_features(source: Source, width: int) -> str:
    """Let an encoder-decoder write for a series of vectors."""
    auto_class, place = AUTO_CLASSES[source.task], source.loaded_from
    return (
        "import seqkit  # makes transformers know the model\nimport torch\n"
        f"from transformers import {auto_class}, AutoTokenizer\n\n"
        f"model = {auto_class}.from_pretrained({place})\n"
        f'tokenizer = AutoTokenizer.from_pretrained({place}, subfolder="{TARGET}")\n'
        f"features = torch.zeros(1, 1, {width})  # (B, T, N)\n"
        "print(tokenizer.batch_decode(model.generate(input_features=features), skip_special_tokens=True))"
    )


def quoted(text: str) -> str:
    """Write a text as Python does, in double quotes."""
    return json.dumps(text, ensure_ascii=False)
