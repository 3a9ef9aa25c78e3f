"""`seqkit predict`: labels for texts, series or the words of texts, and the targets of texts or series."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from seqkit.cli.loading import Model


def predict(
    model: Model,
    texts: Annotated[list[str] | None, typer.Argument(help="Texts; or give --data.")] = None,
    data: Annotated[list[str] | None, typer.Option(help="A file, a saved data set or a hub name.")] = None,
    output: Annotated[
        str | None, typer.Option(help="File for the answers, one JSON a line; else the terminal.")
    ] = None,
    split: Annotated[str, typer.Option(help="Which split of a data set; files are all `train`.")] = "train",
    text_column: Annotated[str | None, typer.Option(help="Column of the text, the words or the vectors.")] = None,
    batch_size: Annotated[int, typer.Option(help="Texts at once.", min=1)] = 32,
    max_length: Annotated[int, typer.Option(help="Tokens of one text at once; longer ones in parts.", min=1)] = 4096,
    overlap: Annotated[int, typer.Option(help="Tokens of context of such a part, in both directions.", min=0)] = 256,
    num_beams: Annotated[
        int | None,
        typer.Option(help="Targets of each source followed side by side; the model's own by default.", min=1),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run to the same --output.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Classify texts or series of vectors, tag words, or write what belongs to texts or series, as translations do.

    Files are read while they are answered, so that they may be of any size. With --output the answers have their name
    once all are there; an interrupted run leaves FILE.partial, and the same command with --resume goes on with it.
    """
    from seqkit.cli.progress import with_bar
    from seqkit.data.readers.rows import Rows
    from seqkit.errors import DataError

    if bool(texts) == bool(data):
        raise DataError("give either texts, or --data FILE.")
    if resume and not (output and data):
        raise DataError("--resume goes on with a file: give --data and --output as they were.")
    how: dict[str, Any] = {"batch_size": batch_size, "max_length": max_length, "overlap": overlap}
    how["num_beams"] = num_beams
    task, width, answerer = load_answerer(model, **how)
    if data:
        source: Any = Rows(data, task=task, text_column=text_column, split=split, width=width)
    else:
        source = given(texts or [], task, width)
    # On the terminal a bar between answers would tear them apart.
    rows = with_bar(source, bool(data) and (output is not None or not sys.stdout.isatty()))
    if output is None:
        show(answerer, rows, as_json)
    else:
        run = {"split": split, "text_column": text_column, **how}
        write(answerer, rows, Path(output), [model, *(data or texts or [])], run, resume)


def load_answerer(
    model: str, batch_size: int, max_length: int, overlap: int, num_beams: int | None
) -> tuple[Any, int | None, Any]:
    """Load a model; return its task, the numbers of a step where it reads vectors, and what answers rows by it."""
    from seqkit.cli.loading import load_both, task_of
    from seqkit.data.tasks import WRITING_TASKS
    from seqkit.errors import DataError
    from seqkit.inference import Labeller, Translator
    from seqkit.tokenizers.pair import target_tokenizer

    network, tokenizer = load_both(model)
    task, width = task_of(network), network.config.num_features
    if task == "causal-lm":
        raise DataError(f"{model} is a language model, which has no labels to predict. Use: seqkit generate {model}")
    if task in WRITING_TASKS:
        target = target_tokenizer(network.config, tokenizer, model)
        return task, width, Translator(network, tokenizer, target, batch_size, num_beams)
    if num_beams is not None:
        raise DataError(f"--num-beams is for encoder-decoders; {model} gives labels. Leave it out.")
    return task, width, Labeller(network, tokenizer, batch_size, max_length, overlap)


def show(answerer: Any, rows: Any, as_json: bool) -> None:
    """Print answers as they come."""
    from seqkit.inference.writing import answered, line_of

    for row, answer in answered(answerer, rows):
        print(json.dumps(line_of(answerer, row, answer), ensure_ascii=False) if as_json else spell(row, answer))


def write(answerer: Any, rows: Any, output: Path, sources: list[str], options: dict[str, Any], resume: bool) -> None:
    """Write answers into a file, or go on with one that an interrupted run of the same sources and options left."""
    from seqkit.inference.labeller import windows
    from seqkit.inference.partial import PartialFile
    from seqkit.inference.writing import fingerprint, skip_answered, write_answers

    model, *data = map(fingerprint, sources)
    file = PartialFile(output, {"model": model, "data": data, **options}, resume)
    done = skip_answered(answerer, rest := windows(rows), file)
    if file.resumed:
        typer.echo(f"goes on behind row {done:,}", err=True)
    try:
        write_answers(answerer, rest, file)
    except KeyboardInterrupt:
        typer.echo(f"\n{file.partial} holds the answers so far; the same command with --resume goes on", err=True)
        raise


def given(texts: list[str], task: str, width: int | None) -> list[Any]:
    """Return texts of the command line as rows."""
    from seqkit.data.readers.files import example_row
    from seqkit.data.readers.rows import Place
    from seqkit.data.tasks import VECTOR_TASKS
    from seqkit.errors import DataError

    if task in VECTOR_TASKS:
        row = example_row(task, width=width or 2)
        raise DataError(
            f"the model reads series of vectors, which are given by --data FILE (.jsonl), a row a line: {row}"
        )
    tags = task == "token-classification"
    return [Place(n, text.split() if tags else text) for n, text in enumerate(texts, start=1)]


def spell(row: Any, answer: dict[str, Any]) -> str:
    """Write an answer for a person."""
    if isinstance(row, list) and row and isinstance(row[0], list):
        row = f"{len(row)} steps"  # nobody reads a series of vectors
    elif isinstance(row, list):
        return " ".join(f"{word}/{tag or '?'}" for word, tag in zip(row, answer["labels"], strict=True))
    if "target" in answer:
        return str(answer["target"])
    if "label" in answer:
        return f"{answer['label']}\t{answer['score']:.3f}\t{row}"
    return f"{answer.get('value', ', '.join(answer.get('labels', [])) or '-')}\t{row}"
