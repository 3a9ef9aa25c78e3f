"""`seqkit inspect`: why a saved model remembers or forgets."""

import json
from typing import Annotated, Any

import typer

from seqkit.cli.loading import Model

ALIGNED = 4
"""Sources whose alignment is drawn."""

TEXT = 10_000
"""Characters that are searched for units that follow something."""


def inspect(
    model: Model,
    data: Annotated[list[str], typer.Option(help="A file, a saved data set or a hub name; may be repeated.")],
    output: Annotated[str | None, typer.Option(help="Folder for the report (HTML), its pictures and figures.")] = None,
    split: Annotated[str, typer.Option(help="Which split of a data set; files are all `train`.")] = "train",
    text_column: Annotated[str | None, typer.Option(help="Column of the text, the words or the vectors.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the label, or of the words' labels.")] = None,
    rows: Annotated[int, typer.Option(help="Rows to measure on.", min=1)] = 8,
    length: Annotated[int, typer.Option(help="Tokens of a row; longer ones are cut.", min=2)] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Measure how far back a model learns and remembers, and say what to change.

    With --output it also draws what it found, and shows the units of a language model that follow quotes, brackets,
    lines or indentation, and where an encoder-decoder with attention looks.
    """
    from pathlib import Path

    from seqkit.cli.loading import load_both, task_of
    from seqkit.data import read_dataset
    from seqkit.diagnostics import inspect_model, write_report

    network, tokenizer = load_both(model)
    task: Any = task_of(network)
    table = read_dataset(data, task=task, text_column=text_column, label_column=label_column, split=split)
    sides = sides_of(network, tokenizer, task, model)
    found = inspect_model(network, batch_of(network, tokenizer, task, table, rows, length, sides))
    if as_json:
        typer.echo(json.dumps(found.to_dict(), indent=2))
    else:
        show(found, f"{model} on {', '.join(data)}")
    if output is not None:
        search = search_units(network, tokenizer, table["text"]) if task == "causal-lm" else None
        looks = align_pairs(network, sides, table) if tokenizer and sides and network.config.attention else []
        report = write_report(output, found, search, Path(model).name, looks)
        typer.echo(f"report: {report}", err=as_json)


def sides_of(network: Any, tokenizer: Any, task: str, model: str) -> tuple[Any, Any] | None:
    """Return the tokenizers of source (None if it reads vectors) and target of an encoder-decoder; else None."""
    from seqkit.data.tasks import WRITING_TASKS
    from seqkit.tokenizers.pair import target_tokenizer

    return (tokenizer, target_tokenizer(network.config, tokenizer, model)) if task in WRITING_TASKS else None


def align_pairs(network: Any, sides: tuple[Any, Any], table: Any) -> list[Any]:
    """Let an encoder-decoder write the targets of a few sources, and return where it looked."""
    from seqkit.diagnostics import align

    return align(network, *sides, [table[i]["source"] for i in range(min(ALIGNED, len(table)))])


def batch_of(
    network: Any, tokenizer: Any, task: str, table: Any, rows: int, length: int, sides: tuple[Any, Any] | None = None
) -> dict[str, Any]:
    """Make a batch of a few rows, as the task has them; of a text, pieces spread over it.

    Raises:
        DataError: if there are no rows, or a text is too short.
    """
    from transformers import default_data_collator

    from seqkit.data import LabelSet, StreamDataset, encode_text
    from seqkit.data.inputs import inputs_of
    from seqkit.diagnostics.batches import small_batch
    from seqkit.training.rows import encode_rows, encode_words
    from seqkit.training.seq2seq import encode_pairs

    if task == "causal-lm":
        ids = encode_text(tokenizer, "".join(table["text"]))
        pieces = StreamDataset(ids, 1, max(1, min(length, len(ids) - 1)))
        return small_batch(pieces, default_data_collator, rows, length)
    chosen = table.select(range(0, len(table), max(1, len(table) // rows)))
    inputs = inputs_of(network, tokenizer)
    if sides is not None:
        batch = small_batch(encode_pairs(chosen, inputs, sides[1]), inputs.collator, rows, length)
        return {**batch, "decoder_input_ids": network.prepare_decoder_input_ids_from_labels(batch["labels"])}
    labels = LabelSet.from_config(network.config)
    if task == "token-classification":
        encoded = encode_words(chosen, tokenizer, labels.label2id)
        return small_batch(encoded, inputs.collator, rows, length)
    return small_batch(encode_rows(chosen, inputs, labels), inputs.collator, rows, length)


def search_units(network: Any, tokenizer: Any, texts: Any) -> Any:
    """Search for units that follow something in the beginning of a text; None if it is too short for that."""
    from seqkit.diagnostics import find_units
    from seqkit.errors import DataError

    text = ""
    for part in texts:
        text += part
        if len(text) >= TEXT:
            break
    try:
        return find_units(network, tokenizer, text[:TEXT])
    except DataError as error:
        typer.echo(f"no search for units: {error}", err=True)
        return None


def show(found: Any, title: str) -> None:
    """Print the figures as a table, and the verdict."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from seqkit.diagnostics.report import layer_row

    rows = [layer_row(layer) for layer in found.layers]
    gates = {row["layer"]: row.pop("gates shut / open") for row in rows}  # too wide for a terminal
    table = Table(*rows[0], title=escape(title))
    for row in rows:
        table.add_row(*row.values())
    console = Console()
    console.print(table)
    for name, told in gates.items():
        console.print(f"gates shut / open, {escape(name)}: {escape(told)}", highlight=False)
    colour = {"healthy": "green", "vanishing": "blue", "exploding": "red"}.get(found.verdict.kind, "dim")
    console.print(
        f"[bold {colour}]{found.verdict.kind}[/]: measured on {escape(found.gradient.measured)}", highlight=False
    )
    for sentence in [*found.verdict.why, *found.verdict.advice]:
        console.print(f"  {escape(sentence)}", highlight=False)
