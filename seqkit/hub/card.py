"""The model card: what was trained on what, the figures, and how to load it."""

import json
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCardData

from seqkit import folder, plugins
from seqkit.config import RNNConfig
from seqkit.data.tasks import AUTO_CLASSES
from seqkit.files import replacing
from seqkit.plugins.kinds import LOCAL

PIPELINES = {
    "causal-lm": "text-generation",
    "sequence-classification": "text-classification",
    "token-classification": "token-classification",
    "seq2seq": "seqkit-text2text",
}


def write_card(
    output: Path,
    config: RNNConfig,
    settings: Any,
    result: dict[str, Any],
    picture: str | None,
    memory: str | None = None,
) -> None:
    """Write `README.md`, and the figures as `metrics.json`, into a model's folder.

    Args:
        output: the folder.
        config: the model's configuration.
        settings: the settings of the training.
        result: what the training told.
        picture: file name of the loss curve in the folder, or None.
        memory: what `gradient.png` in the folder shows, in words, or None if there is none.
    """
    with replacing(output / "metrics.json") as temporary:
        told = {name: value for name, value in result.items() if name not in ("output", "sample")}
        temporary.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    drawn = (output / "confusion.png").exists()
    text = render(output.name, config, settings, result, picture, memory, drawn)
    with replacing(output / "README.md") as temporary:
        temporary.write_text(text, encoding="utf-8")


def render(
    name: str,
    config: RNNConfig,
    settings: Any,
    result: dict[str, Any],
    picture: str | None,
    memory: str | None = None,
    confusion: bool = False,
) -> str:
    """Write the card's text."""
    pipeline = PIPELINES[settings.task]
    data = ModelCardData(library_name="seqkit", pipeline_tag=pipeline, tags=["seqkit", "rnn", config.cell])
    sections = [
        f"---\n{data.to_yaml()}\n---",
        f"# {name}",
        f"A recurrent network for {pipeline.replace('-', ' ')}: {config.num_hidden_layers} layer(s) of "
        f"`{config.cell}`, {config.hidden_size} units{', both directions' if config.bidirectional else ''}, "
        f"{result['parameters']:,} parameters.",
        "## How to load it\n\n" + loading(settings.task, name, config),
        "## Figures on the validation data\n\n" + table("figure", result["metrics"]),
        *by_label(result),
        "## Data\n\n" + files(settings.data) + "\n\n" + table("size", result["facts"]),
        "## How it was made\n\n" + making(settings, result, config),
    ]
    if confusion:
        sections.append("## What was taken for what\n\n![what was taken for what](confusion.png)")
    if picture:
        sections.append(f"![training and validation loss]({picture})")
    if memory:
        sections.append(f"## How far back it learns\n\n![gradient through time](gradient.png)\n\n{memory}")
    if result["sample"]:
        fence = "````"
        sections.append(f"## What it writes\n\n{fence}text\n{result['sample']}\n{fence}")
    return "\n\n".join(sections) + "\n"


def loading(task: str, name: str, config: RNNConfig) -> str:
    """Show how to use the folder: what to install, and the code."""
    auto_class, needed = AUTO_CLASSES[task], " ".join(dict.fromkeys(["seqkit", *distributions(config)]))
    argument = '"\\n", max_new_tokens=200, do_sample=True' if task == "causal-lm" else '"your text"'
    return (
        f"```bash\npip install {needed}\n```\n\n```python\nimport seqkit  # makes transformers know the model\n"
        f"from transformers import {auto_class}, AutoTokenizer, pipeline\n\n"
        f'model = {auto_class}.from_pretrained("{name}")\ntokenizer = AutoTokenizer.from_pretrained("{name}")\n'
        f'print(pipeline("{PIPELINES[task]}", model=model, tokenizer=tokenizer)({argument}))\n```'
    )


def making(settings: Any, result: dict[str, Any], config: RNNConfig) -> str:
    """Tell recipe, seed, time, machine, where the parts came from, and the command."""
    parts = plugins.describe(config.provenance or folder.record(config))
    command = f"\n\n```bash\n{settings.command}\n```" if settings.command else ""
    since = f" from step {result['resumed_from']} on" if result.get("resumed_from") else ""
    return (
        f"Recipe `{settings.recipe}`, seed {result['seed']}, {result['seconds']} s ({result['cpu_seconds']} s of CPU "
        f"time){since} on {result['machine']}, {result['date']}. "
        f"Plugins: {parts}.{command}"
    )


def distributions(config: RNNConfig) -> list[str]:
    """Name the distributions that the model's parts came from and that can be installed."""
    record = config.provenance or folder.record(config)
    return [each["distribution"] for each in record.values() if each["distribution"] != LOCAL]


def table(title: str, values: dict[str, Any]) -> str:
    """Write names and values as a Markdown table."""
    rows = [
        f"| {name.replace('_', ' ')} | {value:,.4f} |" for name, value in values.items() if isinstance(value, float)
    ]
    rows += [f"| {name.replace('_', ' ')} | {value:,} |" for name, value in values.items() if isinstance(value, int)]
    return "\n".join([f"| {title} | |", "|---|---:|", *rows])


def by_label(result: dict[str, Any]) -> list[str]:
    """Write the figures of each label as a table, and what else an evaluation told."""
    rows = [
        f"| {row['label']} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} | {row['support']:,} |"
        for row in result.get("by_label", ())
    ]
    head = ["| label | precision | recall | F1 | support |", "|---|---:|---:|---:|---:|"]
    notes = [f"- {note}" for note in result.get("notes", ())]
    return [part for part in ("\n".join([*head, *rows]) if rows else "", "\n".join(notes)) if part]


def files(data: list[str]) -> str:
    """Name the files that were learnt from, without the folders they lay in."""
    names = [f"`{Path(file).name}`" for file in data]
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more files" if len(names) > 10 else "")
