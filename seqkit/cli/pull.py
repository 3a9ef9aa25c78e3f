"""`seqkit pull`: a model from a repository of the hub into a folder."""

import shlex
from typing import Annotated

import typer


def pull(
    repository: Annotated[str, typer.Argument(help="Where it lies, as me/days.")],
    revision: Annotated[str | None, typer.Option(help="A branch, tag or commit.")] = None,
    output: Annotated[str | None, typer.Option(help="The folder; by default the repository's own name.")] = None,
) -> None:
    """Fetch a model with its tokenizer and card, whole or not at all.

    Weights come as safetensors alone; neither pickles nor code are fetched. What was fetched once is there without a
    network (HF_HUB_OFFLINE=1). HF_TOKEN, HF_ENDPOINT and HF_HOME mean what they mean everywhere.
    """
    from seqkit.cli.loading import quiet
    from seqkit.hub.pull import missing
    from seqkit.hub.pull import pull as fetch

    quiet()
    folder = fetch(repository, output, revision)
    typer.echo(f"pulled {repository} to {folder}")
    if needed := missing(folder):
        typer.echo(f"before it can be loaded: pip install {' '.join(needed)}")
    typer.echo(f"look at it: seqkit info {shlex.quote(str(folder))}")
