"""`seqkit demo`: a page to play with a saved model."""

from pathlib import Path
from typing import Annotated

import typer

from seqkit.cli.loading import Model


def demo(
    model: Model,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; 0 is any free one.", show_default="from 7860 on", min=0, max=65535)
    ] = None,
    title: Annotated[str | None, typer.Option(help="What stands above the page.", show_default="the model")] = None,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    space: Annotated[Path | None, typer.Option(help="Write this folder, a Space for the hub, and end.")] = None,
) -> None:
    """Serve a page to play with a model: writing in the colours of a unit, labels, tags, translations.

    The page speaks English and Korean. It is for this machine alone, and loads nothing from anywhere else.
    """
    from seqkit.cli.loading import load_both, task_of
    from seqkit.data.tasks import WRITING_TASKS
    from seqkit.demo import build, serve, write_space
    from seqkit.demo.extra import load_gradio
    from seqkit.tokenizers.pair import target_tokenizer

    load_gradio()  # before the model: what is missing is told at once
    network, tokenizer = load_both(model)
    target = target_tokenizer(network.config, tokenizer, model) if task_of(network) in WRITING_TASKS else None
    title = title or Path(model).resolve().name
    page = build(network, tokenizer, title, target)
    if space is None:
        serve(page, host, port, show=show)
    else:
        write_space(space, model, network.config, title)
        typer.echo(f"wrote {space}: try it by `python {space / 'app.py'}`, then upload it to the hub as a Space")
