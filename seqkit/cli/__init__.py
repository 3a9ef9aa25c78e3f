"""The command `seqkit`: errors as one line, commands that import what they need when they run."""

import sys

import typer

from seqkit.cli import (
    card,
    demo,
    evaluate,
    export,
    generate,
    info,
    inspect,
    models,
    plugins,
    predict,
    pull,
    push,
    train,
)
from seqkit.errors import SeqkitError

app = typer.Typer(
    name="seqkit",
    help="Recurrent networks as Hugging Face models: train, evaluate, predict, generate, inspect, export, share.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(plugins.app, name="plugins")
OPTIONS = {"allow_extra_args": True, "ignore_unknown_options": True}
app.command(context_settings=OPTIONS)(train.train)
app.command()(evaluate.evaluate)
app.command()(predict.predict)
app.command()(generate.generate)
app.command()(export.export)
app.command()(models.models)
app.command()(info.info)
app.command()(inspect.inspect)
app.command()(demo.demo)
app.command()(card.card)
app.command()(push.push)
app.command()(pull.pull)


def main() -> None:
    """Run the command line; `--debug` anywhere shows where an error came from."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        app(arguments, prog_name="seqkit")
    except KeyboardInterrupt:
        typer.echo("\nstopped", err=True)
        sys.exit(130)
    except Exception as error:
        if debug:
            raise
        # Our own errors say all there is to say; another's class is part of its message.
        kind = "" if isinstance(error, SeqkitError) else f"{type(error).__name__}: "
        typer.echo(f"error: {kind}{error}", err=True)
        if not kind:
            sys.exit(1)
        typer.echo("Add --debug to see where it came from.", err=True)
        sys.exit(1)
