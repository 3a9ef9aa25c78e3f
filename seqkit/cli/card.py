"""`seqkit card`: what people tell of a model, and its card rendered anew."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer


def card(
    folder: Annotated[str, typer.Argument(help="The folder of a model that `seqkit train` has made.")],
    data_set: Annotated[
        str | None, typer.Option("--set", help="A published data set that it learnt from, as sms-spam.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--licence", "--license", help="Of the model: apache-2.0, cc-by-4.0, mit …")
    ] = None,
    language: Annotated[list[str] | None, typer.Option(help="ISO 639 code; may be repeated.")] = None,
    data_name: Annotated[str | None, typer.Option(help="Name of the data it learnt from.")] = None,
    data_licence: Annotated[str | None, typer.Option("--data-licence", "--data-license", help="Its licence.")] = None,
    data_url: Annotated[str | None, typer.Option(help="Where the data is.")] = None,
    data_attribution: Annotated[str | None, typer.Option(help="Who made the data.")] = None,
    data_part: Annotated[str | None, typer.Option(help="The part that the figures are of: validation, test …")] = None,
    about: Annotated[str | None, typer.Option(help="A sentence on what the model is for.")] = None,
    limit: Annotated[list[str] | None, typer.Option(help="What it cannot do; may be repeated.")] = None,
    example: Annotated[list[str] | None, typer.Option(help="A text to try it with; may be repeated.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a card of somebody's own.")] = False,
) -> None:
    """Render a model's card (README.md) from metrics.json, card.json and config.json.

    Options are written into card.json, which you may as well edit yourself; what is not given stays as it is.
    """
    from seqkit.errors import DataError
    from seqkit.hub.card import is_rendered, render, render_into
    from seqkit.hub.source import read_source
    from seqkit.hub.told import read_told, told_with, with_set, write_told

    path = Path(folder)
    if not overwrite and not is_rendered(path):
        raise DataError(f"{path / 'README.md'} is somebody's own. Give --overwrite to replace it.")
    told = read_told(path)
    told = with_set(told, data_set) if data_set else told
    data = {"name": data_name, "licence": data_licence, "url": data_url}
    data |= {"attribution": data_attribution, "part": data_part}
    told = told_with(told, data, licence=licence, language=language, about=about, limits=limit, examples=example)
    # Rendered before anything is written: a card that cannot be rendered leaves all as it was.
    render(replace(read_source(path), told=told))
    write_told(path, told)
    render_into(path)
    typer.echo(f"written: {path / 'card.json'}, {path / 'README.md'}")
    _tell_what_lacks(path)


def _tell_what_lacks(folder: Path) -> None:
    """Say what is to be told before the folder can be pushed."""
    from seqkit.hub.check import problems_of_card

    for problem in problems_of_card(folder):
        typer.echo(f"still to do: {problem}")
