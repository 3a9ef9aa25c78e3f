"""`seqkit plugins`: what is installed, from where, and what is wrong with it; no plugin is imported."""

import dataclasses
import json
import sys
from typing import Annotated, Any

import typer

import seqkit.plugins
from seqkit.errors import UnknownPlugin
from seqkit.plugins import PluginInfo
from seqkit.plugins.source import Source, locate
from seqkit.plugins.unknown import nearest

app = typer.Typer(help="Show the installed cells, tokenizers and heads.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

_COLOURS = {"ok": "green", "local": "green", "shadowed": "yellow", "ambiguous": "yellow", "disabled": "dim"}


@app.callback(invoke_without_command=True)
def plugins(context: typer.Context, as_json: Json = False) -> None:
    """List the installed cells, tokenizers and heads, and say which of them work."""
    if context.invoked_subcommand:
        return
    rows = seqkit.plugins.list_plugins()
    if as_json:
        _print_json({"interpreter": sys.executable, "plugins": [dataclasses.asdict(row) for row in rows]})
    else:
        _print_table(rows)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A plugin's name, bare or qualified: mingru, seqkit-mingru/mingru.")],
    as_json: Json = False,
) -> None:
    """Show where a plugin is written, its docstring and its status."""
    rows = seqkit.plugins.list_plugins()
    found = [row for row in rows if row.answers_to(name)]
    if not found:
        raise UnknownPlugin(f"No plugin is called {name!r}. {nearest(name, rows)}`seqkit plugins` lists all.")
    sources = [locate(row.value) for row in found]
    if as_json:
        _print_json(
            [dataclasses.asdict(row) | dataclasses.asdict(source) for row, source in zip(found, sources, strict=True)]
        )
        return
    for row, source in zip(found, sources, strict=True):
        _print_plugin(row, source)


def _print_json(content: Any) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _print_table(rows: list[PluginInfo]) -> None:
    # rich is imported where it prints: `--json` does without.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("kind", "name", "distribution", "version", "status", box=None, header_style="bold", pad_edge=False)
    for row in rows:
        status = Text(row.status, style=_COLOURS.get(row.status, "red"))
        status.append(f": {row.reason}" if row.reason else "", style="default")
        # As `Text`, so that brackets in somebody's metadata are not read as markup.
        table.add_row(*map(Text, (row.kind, row.name, row.distribution, row.version)), status)
    console = Console()
    console.print(table)
    console.print(Text(f"\nPython: {sys.executable}"), soft_wrap=True)


def _print_plugin(row: PluginInfo, source: Source) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    console.print(Text(row.qualified, style="bold"), Text(row.version))
    place = f"{source.file}:{source.line}" if source.line else source.file or "its source was not found"
    status = f"{row.status}: {row.reason}" if row.reason else row.status
    for label, text in {"kind": row.kind, "value": row.value, "file": place, "status": status}.items():
        console.print(Text(f"  {label:8}{text}"), soft_wrap=True)
    console.print(Text(f"\n{source.doc or 'It has no docstring.'}\n"), soft_wrap=True)
