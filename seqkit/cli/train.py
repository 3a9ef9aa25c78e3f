"""`seqkit train`: from files to a model that can be shared."""

import json
import shlex
import sys
from typing import Annotated, Any

import typer

from seqkit import recipes
from seqkit.cli.loading import place
from seqkit.data.tasks import VECTOR_TASKS

TASKS = tuple(recipes.DEFAULTS)
"""The tasks that a model can be trained for."""


def train(
    context: typer.Context,
    data: Annotated[
        list[str] | None, typer.Option(help="Files, a saved data set or a hub name; several may follow.")
    ] = None,
    task: Annotated[str | None, typer.Option(help=f"{', '.join(TASKS[:-1])} or {TASKS[-1]}.")] = None,
    recipe: Annotated[str | None, typer.Option(help="A named set-up; by default the task's own.")] = None,
    output: Annotated[str, typer.Option(help="The folder that the model is written to.")] = "runs/model",
    validation: Annotated[
        list[str] | None, typer.Option(help="Data to evaluate on; by default a tenth of --data is set aside.")
    ] = None,
    text_column: Annotated[str | None, typer.Option(help="Column of the text, the words or the vectors.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the label, or of the words' labels.")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model-name-or-path", help="A saved model to begin with: its network and tokenizer.", callback=place
        ),
    ] = None,
    tokenizer: Annotated[str | None, typer.Option(help="A tokenizer by name, as `seqkit plugins` lists it.")] = None,
    vectors: Annotated[
        str | None, typer.Option(help="Word vectors to begin with: word2vec, GloVe or fastText as text, .gz or not.")
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="What the network ends in, such as `crf`; by default the task's own head.")
    ] = None,
    tag_scheme: Annotated[
        str | None, typer.Option(help="Train with spans written as bio, iobes or iob1; raw leaves tags as they are.")
    ] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Fit a classifier's probabilities to the validation data.")
    ] = False,
    tune_thresholds: Annotated[
        bool, typer.Option("--tune-thresholds", help="Choose each label's threshold there, for several labels a text.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Take a few steps, tell size, memory and time of all, write nothing.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the newest complete checkpoint in --output.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON, progress on stderr.")] = False,
) -> None:
    """Train a model on your files.

    Every field of RNNConfig (--cell gru --hidden-size 512 --bidirectional) and of transformers' TrainingArguments
    (--learning-rate 0.002 --max-steps 500 --seed 1) is an option too. With --save-steps N a checkpoint is written to
    --output every N steps; the same command with --resume goes on from there.
    """
    from rich.console import Console

    from seqkit.cli.loading import quiet
    from seqkit.errors import DataError
    from seqkit.training.dry_run import dry_run as try_out
    from seqkit.training.dry_run import show
    from seqkit.training.session import train as run
    from seqkit.training.settings import build_settings, split_options

    options, words = split_options(context.args)
    sources = [*(data or []), *words]
    if not sources:
        raise DataError("there is nothing to learn from. Give --data FILE.")
    settings = build_settings(
        task,
        recipe,
        sources,
        output,
        options,
        validation=validation,
        text_column=text_column,
        label_column=label_column,
        model=model,
        tokenizer=tokenizer,
        head=head,
        vectors=vectors,
        command=shown_command(sys.argv[1:], sources),
        resume=resume,
        tag_scheme=tag_scheme,
        calibrate=calibrate,
        tune_thresholds=tune_thresholds,
    )
    quiet()
    console = Console(stderr=as_json, quiet=settings.arguments.process_index > 0)
    if dry_run:
        plan = try_out(settings)
        typer.echo(json.dumps(plan, ensure_ascii=False, indent=2)) if as_json else show(plan, console)
        return
    result = run(settings, console)
    if settings.arguments.process_index:
        return
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        tell(result["sample"], settings.task, output, console)


def tell(sample: str | None, task: str, folder: str, console: Any) -> None:
    """Say what a training has left: what a language model writes, where all is, and what uses it."""
    if sample:
        console.print("\n[bold]It writes:[/bold]\n")
        console.print(sample, markup=False, highlight=False)
    parts = "model, card" if task in VECTOR_TASKS else "model, tokenizer, card"
    console.print(f"\nsaved to [bold]{folder}[/bold]: {parts} (README.md) and pictures", highlight=False)
    console.print(f"go on with: {next_command(task, shlex.quote(folder))}", highlight=False, markup=False)


def next_command(task: str, folder: str) -> str:
    """Return what uses a model that was trained for a task."""
    if task == "causal-lm":
        return f"seqkit generate {folder}"
    rows = "--data FILE" if task in VECTOR_TASKS else "'your text'"
    return f"seqkit predict {folder} {rows}"


def shown_command(arguments: list[str], sources: list[str]) -> str:
    """Write the command for the card: a long list of files is cut, and folders of this machine are left out."""
    left_out = set(sources[3:])
    words = [word.rsplit("/", 1)[-1] if word.startswith("/") else word for word in arguments if word not in left_out]
    return shlex.join(["seqkit", *words]) + (f"  # and {len(left_out)} more files" if left_out else "")
