"""`seqkit models`: the trained models that are installed, by the names that other commands take."""

import dataclasses
import json
from typing import Annotated

import typer

from seqkit.checkpoints import CheckpointInfo

SHARES = ("f1", "accuracy", "exact_match")
"""Figures that are shown in %."""

SHORT = {
    "causal-lm": "writing",
    "sequence-classification": "labelling",
    "token-classification": "tagging",
    "series-to-text": "seq2seq",
    "multilingual": "many",
    "exact_match": "exact",
    "bits_per_character": "bits/char",
}
"""Tasks, languages and figures, so that a row fits into 80 columns; `--json` has their full names."""


def models(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False) -> None:
    """List the trained models that are installed: `seqkit predict NAME`, `seqkit generate NAME` take their names."""
    from seqkit.checkpoints import list_checkpoints
    from seqkit.plugins.kinds import KINDS

    rows = list_checkpoints()
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(row) for row in rows], ensure_ascii=False, indent=2))
    elif rows:
        show(rows)
    else:
        typer.echo(f"no trained model is installed: pip install {KINDS['checkpoints'].bring}")


def show(rows: list[CheckpointInfo]) -> None:
    """Print a table, and below it why a model cannot be used."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)
    for head in ("name", "task", "in", "MB", "figure", "licence", "from"):
        table.add_column(head, justify="right" if head == "MB" else "left", no_wrap=head in ("name", "figure"))
    for row in rows:
        size = f"{row.megabytes:.1f}" if row.task else ""
        task = SHORT.get(row.task, row.task) or row.status
        cells = (
            row.name,
            task,
            " ".join(SHORT.get(each, each) for each in row.language),
            size,
            figure(row),
            row.licence,
        )
        # As `Text`, so that brackets in somebody's card are not read as markup.
        table.add_row(*(Text(_harmless(cell)) for cell in (*cells, row.distribution)))
    console = Console()
    console.print(table)
    for row in rows:
        if row.reason:
            console.print(Text(_harmless(f"\n{row.name}: {row.status}: {row.reason}")), soft_wrap=True)


def figure(row: CheckpointInfo) -> str:
    """Write what a model was measured to do, as people write it."""
    if row.value is None:
        return ""
    name = SHORT.get(row.figure, row.figure)
    return f"{name} {100 * row.value:.1f} %" if row.figure in SHARES else f"{row.value:.2f} {name}"


def _harmless(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
