"""`seqkit evaluate`: the figures of a saved model on a file, label by label."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from seqkit.cli.loading import Model


def evaluate(
    model: Model,
    data: Annotated[list[str], typer.Option(help="A file, a saved data set or a hub name; may be repeated.")],
    split: Annotated[str, typer.Option(help="Which split of a data set; files are all `train`.")] = "train",
    text_column: Annotated[str | None, typer.Option(help="Column of the text, the words or the vectors.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the label, or of the words' labels.")] = None,
    batch_size: Annotated[int, typer.Option(help="Rows, or streams of a long text, at once.", min=1)] = 16,
    num_beams: Annotated[
        int | None,
        typer.Option(help="For encoder-decoders: targets followed side by side; the model's own by default.", min=1),
    ] = None,
    unknown_labels: Annotated[
        str, typer.Option(help="Labels not seen in training: `error`, or `wrong` to count them as not found.")
    ] = "error",
    output: Annotated[
        str | None, typer.Option(help="Folder for report.json, and a picture of what was taken for what.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Measure a saved model on data with labels, or a language model on a text."""
    from seqkit.cli.loading import load_both, task_of
    from seqkit.data import read_dataset
    from seqkit.data.tasks import WRITING_TASKS
    from seqkit.errors import DataError
    from seqkit.training import evaluation
    from seqkit.training.report import Report

    network, tokenizer = load_both(model)
    task: Any = task_of(network)
    if num_beams is not None and task not in WRITING_TASKS:
        raise DataError(f"--num-beams is for encoder-decoders; {model} is for {task}. Leave it out.")
    rows = read_dataset(data, task=task, text_column=text_column, label_column=label_column, split=split)
    if task in WRITING_TASKS:
        from seqkit.cli.seq2seq import measure_pairs
        from seqkit.tokenizers.pair import target_tokenizer

        target = target_tokenizer(network.config, tokenizer, model)
        report = Report(measure_pairs(network, tokenizer, target, rows, batch_size, num_beams))
    else:
        report = evaluation.evaluate(network, tokenizer, task, rows, batch_size, unknown_labels)
    title = f"{model} on {', '.join(data)}"
    if as_json:
        typer.echo(json.dumps(as_values(report), indent=2, ensure_ascii=False))
    else:
        show(report, title)
    if output is not None:
        written = save(report, Path(output), f"{Path(model).name}: what was taken for what")
        typer.echo(f"written: {', '.join(written)}", err=True)


def as_values(report: Any) -> dict[str, Any]:
    """Return a report as JSON has it: figures by name, then what there is of table, confusion and notes."""
    rest = {"by_label": report.table, "labels": report.labels, "confusion": report.confusion, "notes": report.notes}
    return {**report.figures, **{name: value for name, value in rest.items() if value}}


def save(report: Any, folder: Path, title: str) -> list[str]:
    """Write a report, and the picture of its confusion, into a folder; return what was written."""
    from seqkit.files import replacing
    from seqkit.training.confusion import draw_confusion

    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "report.json") as temporary:
        temporary.write_text(json.dumps(as_values(report), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    drawn = draw_confusion(report.labels, report.confusion, folder / "confusion.png", title)
    return [str(folder / name) for name in ("report.json", *(["confusion.png"] if drawn else []))]


def show(report: Any, title: str) -> None:
    """Print figures, the table by label, and notes."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    console.print(title, markup=False, highlight=False)  # a path is longer than the table is wide
    table = Table("figure", "value")
    table.columns[1].justify = "right"
    for name, value in report.figures.items():
        table.add_row(name.replace("_", " "), f"{value:.4f}")
    console.print(table)
    if report.table:
        by_label = Table("label", "precision", "recall", "F1", "support", title="by label")
        for column in by_label.columns[1:]:
            column.justify = "right"
        for row in report.table:
            figures = (f"{row[name]:.4f}" for name in ("precision", "recall", "f1"))
            by_label.add_row(escape(row["label"]), *figures, f"{row['support']:,}")
        console.print(by_label)
    for note in report.notes:
        console.print(f"note: {note}", markup=False, highlight=False)
