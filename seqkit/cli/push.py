"""`seqkit push`: a model's folder, checked, into a repository of the hub."""

from pathlib import Path
from typing import Annotated

import typer

from seqkit.cli.loading import place


def push(
    folder: Annotated[
        str, typer.Argument(help="The folder of a model, or the name of an installed one.", callback=place)
    ],
    repository: Annotated[str, typer.Argument(help="Where it goes, as me/days; made if it is not there.")],
    private: Annotated[
        bool | None, typer.Option("--private/--public", help="Who sees a new repository; else as the hub has it.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="The branch; made if it is not there.")] = None,
    message: Annotated[str | None, typer.Option(help="What the commit says.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, list the files, and send nothing.")] = False,
) -> None:
    """Check a model's folder and push it, in one commit.

    It must load, generate or predict, have its figures, and a whole card; whatever is not right is named with its
    mend, and nothing is sent. HF_TOKEN, HF_ENDPOINT and HF_HOME mean what they mean everywhere.
    """
    from seqkit.cli.loading import quiet
    from seqkit.errors import HubError
    from seqkit.hub.check import listed, problems
    from seqkit.hub.push import push as send

    quiet()
    if not dry_run:
        address = send(folder, repository, private, revision, message)
        typer.echo(f"pushed {len(listed(Path(folder)))} files to {repository}: {address}")
        return
    found = problems(Path(folder))
    for problem in found:
        typer.echo(f"- {problem}")
    if found:
        raise HubError(f"{folder} is not ready to be pushed: {len(found)} problem(s), named above.")
    for name, size in listed(Path(folder)):
        typer.echo(f"{size:>12,}  {name}")
    typer.echo(f"{folder} is ready to be pushed to {repository}; nothing was sent")
