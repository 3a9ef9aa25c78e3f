"""`seqkit plugins`: what is installed, from where, and what is wrong with it; only `check` imports a plugin."""

import dataclasses
import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

import seqkit.plugins
from seqkit.annotations import show as quoted
from seqkit.errors import UnknownPlugin
from seqkit.plugins import PluginInfo
from seqkit.plugins.kinds import KINDS
from seqkit.plugins.registry import find
from seqkit.plugins.scaffold import create
from seqkit.plugins.source import Source, locate
from seqkit.plugins.unknown import nearest

app = typer.Typer(help="Show the installed cells, tokenizers, heads and checkpoints.")

Name = Annotated[str, typer.Argument(help="A plugin's name, bare or qualified: mingru, seqkit-mingru/mingru.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

_COLOURS = {"ok": "green", "local": "green", "shadowed": "yellow", "ambiguous": "yellow", "disabled": "dim"}


@app.callback(invoke_without_command=True)
def plugins(context: typer.Context, as_json: Json = False) -> None:
    """List the installed cells, tokenizers, heads and checkpoints, and say which of them work."""
    if context.invoked_subcommand:
        return
    rows = seqkit.plugins.list_plugins()
    if as_json:
        _print_json({"interpreter": sys.executable, "plugins": [dataclasses.asdict(row) for row in rows]})
    else:
        _print_table(rows)


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show where a plugin is written, its options, its paper, its docstring and its status."""
    found = _called(name)
    sources = [locate(row.value) for row in found]
    if as_json:
        _print_json(
            [dataclasses.asdict(row) | dataclasses.asdict(source) for row, source in zip(found, sources, strict=True)]
        )
        return
    for row, source in zip(found, sources, strict=True):
        _print_plugin(row, source)


@app.command()
def check(
    name: Name,
    only: Annotated[list[str] | None, typer.Option(help="The id of a check; several may be given.")] = None,
    as_json: Json = False,
) -> None:
    """Run the conformance kit on a plugin; the exit status is 1 if a check fails."""
    from seqkit import testing

    # A name that two kinds have is checked as both, and one that two distributions offer as neither.
    found = [find(kind, name) for kind in dict.fromkeys(row.kind for row in _called(name))]
    classes = [seqkit.plugins.get(row.kind, row.qualified) for row in found]
    reports = [
        getattr(testing, f"check_{KINDS[row.kind].noun}")(cls, only=only)
        for row, cls in zip(found, classes, strict=True)
    ]
    if as_json:
        _print_json([dataclasses.asdict(row) | each.to_dict() for row, each in zip(found, reports, strict=True)])
    else:
        typer.echo("\n\n".join(map(str, reports)))
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The plugin's name: `mingru` makes the package seqkit-mingru.")],
    kind: Annotated[str, typer.Option(help="cell, tokenizer or head.")] = "cell",
    into: Annotated[Path, typer.Option(help="The folder in which the package's own is made.")] = Path(),
) -> None:
    """Write a package with a working cell, tokenizer or head to begin from, and tests that are green at once."""
    folder, source = create(name, kind, into)
    typer.echo(f"wrote {folder}: its tests are green already\n\nnext:")
    commands = (f"cd {shlex.quote(str(folder))}", "pip install -e '.[test]'", "python -m pytest")
    typer.echo("\n".join(f"  {command}" for command in commands))
    typer.echo(f"\nthen write what is yours into {source}")


def _called(name: str) -> list[PluginInfo]:
    """Return the rows that a name means, of any kind."""
    rows = seqkit.plugins.list_plugins()
    found = [row for row in rows if row.answers_to(name)]
    if not found:
        raise UnknownPlugin(f"No plugin is called {quoted(name)}. {nearest(name, rows)}`seqkit plugins` lists all.")
    return found


def _print_json(content: Any) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _print_table(rows: list[PluginInfo]) -> None:
    # rich is imported where it prints: `--json` does without.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("kind", "name", "distribution", "version", "status", box=None, header_style="bold", pad_edge=False)
    for row in rows:
        # As `Text`, so that brackets in somebody's metadata are not read as markup.
        cells = [Text(_harmless(text)) for text in (row.kind, row.name, row.distribution, row.version)]
        table.add_row(*cells, Text(row.status, style=_COLOURS.get(row.status, "red")))
    console = Console()
    console.print(table)
    # Below the table, each on a line of its own: in a narrow column nobody could read or copy them.
    for line in ("", *_reasons(rows), f"Python: {sys.executable}"):
        console.print(Text(line), soft_wrap=True)


def _reasons(rows: list[PluginInfo]) -> Iterator[str]:
    """Yield why plugins are not simply `ok`, once for all that share a reason."""
    names: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.reason:
            names.setdefault((row.status, row.reason), []).append(row.qualified)
    for (status, reason), (first, *rest) in names.items():
        yield f"{_harmless(first)}{f' and {len(rest)} more' if rest else ''}: {status}: {reason}\n"


def _harmless(text: str) -> str:
    """Spell out what would steer a terminal, such as an escape in somebody's metadata or docstring."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def _print_plugin(row: PluginInfo, source: Source) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    console.print(Text(_harmless(row.qualified), style="bold"), Text(_harmless(row.version)))
    place = f"{source.file}:{source.line}" if source.line else source.file or "its source was not found"
    status = f"{row.status}: {row.reason}" if row.reason else row.status
    facts = {"kind": row.kind, "value": row.value, "file": place, "status": status, "paper": source.paper}
    facts |= {"options": ", ".join(source.options), "serves": source.serves}
    for label, text in facts.items():
        if text:
            console.print(Text(f"  {label:8}{_harmless(text)}"), soft_wrap=True)
    if row.kind == "checkpoints":
        console.print(Text(_harmless(f"\nA trained model: `seqkit info {row.name}` tells of it.\n")), soft_wrap=True)
        return
    missing = "It has no docstring." if source.line else "Its class statement was not found."
    console.print(Text(f"\n{_harmless(source.doc or missing)}\n"), soft_wrap=True)
