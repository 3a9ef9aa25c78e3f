"""`seqkit predict`: labels for texts or for the words of texts, and the targets of sources."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer


def predict(
    model: Annotated[str, typer.Argument(help="The folder of a saved model, or its name on the hub.")],
    texts: Annotated[list[str] | None, typer.Argument(help="Texts; or give --data.")] = None,
    data: Annotated[list[str] | None, typer.Option(help="A file, a saved data set or a hub name.")] = None,
    output: Annotated[
        str | None, typer.Option(help="File for the answers, one JSON a line; else the terminal.")
    ] = None,
    split: Annotated[str, typer.Option(help="Which split of a data set; files are all `train`.")] = "train",
    text_column: Annotated[str | None, typer.Option(help="Column of the text, or of the words.")] = None,
    batch_size: Annotated[int, typer.Option(help="Texts at once.", min=1)] = 32,
    max_length: Annotated[int, typer.Option(help="Tokens of one text at once; longer ones in parts.", min=1)] = 4096,
    overlap: Annotated[int, typer.Option(help="Tokens of context of such a part, in both directions.", min=0)] = 256,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run to the same --output.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Classify texts, tag their words, or write their targets, as translations are.

    Files are read while they are answered, so that they may be of any size. With --output the answers have their name
    once all are there; an interrupted run leaves FILE.partial, and the same command with --resume goes on with it.
    """
    from seqkit.cli.loading import load_model, load_tokenizer, task_of
    from seqkit.cli.progress import with_bar
    from seqkit.data.readers.rows import Rows
    from seqkit.errors import DataError
    from seqkit.inference import Labeller
    from seqkit.inference.labeller import windows
    from seqkit.inference.partial import PartialFile
    from seqkit.inference.writing import answered, fingerprint, line_of, skip_answered, write_answers

    if bool(texts) == bool(data):
        raise DataError("give either texts, or --data FILE.")
    if resume and not (output and data):
        raise DataError("--resume goes on with a file: give --data and --output as they were.")
    network, tokenizer = load_model(model), load_tokenizer(model)
    task: Any = task_of(network)
    if task == "causal-lm":
        raise DataError(f"{model} is a language model, which has no labels to predict. Use: seqkit generate {model}")
    if task == "seq2seq":
        from seqkit.cli.seq2seq import predict_targets
        from seqkit.data import read_dataset
        from seqkit.tokenizers.pair import target_tokenizer

        table = read_dataset(data, task=task, text_column=text_column, with_labels=False) if data else None
        rows = list(texts or []) if table is None else list(table["source"])
        sides = tokenizer, target_tokenizer(network.config, tokenizer, model)
        predict_targets(network, sides, rows, batch_size, output, as_json)
        return
    labeller = Labeller(network, tokenizer, batch_size, max_length, overlap)
    source: Any = Rows(data, task=task, text_column=text_column, split=split) if data else given(texts or [], labeller)
    if output is None:
        shown = bool(data) and not sys.stdout.isatty()  # a bar between answers would tear them apart
        for row, answer in answered(labeller, with_bar(source, shown)):
            print(json.dumps(line_of(labeller, row, answer), ensure_ascii=False) if as_json else spell(row, answer))
        return
    run: dict[str, Any] = {"model": fingerprint(model), "data": [fingerprint(name) for name in data or texts or []]}
    run |= {"split": split, "text_column": text_column}
    run |= {"batch_size": batch_size, "max_length": max_length, "overlap": overlap}
    file = PartialFile(Path(output), run, resume)
    done = skip_answered(labeller, rest := windows(with_bar(source, bool(data))), file)
    if file.resumed:
        typer.echo(f"goes on behind row {done:,}", err=True)
    try:
        write_answers(labeller, rest, file)
    except KeyboardInterrupt:
        typer.echo(f"\n{file.partial} holds the answers so far; the same command with --resume goes on", err=True)
        raise


def given(texts: list[str], labeller: Any) -> list[Any]:
    """Return texts of the command line as rows."""
    from seqkit.data.readers.rows import Place

    return [Place(n, text.split() if labeller.tags else text) for n, text in enumerate(texts, start=1)]


def spell(row: Any, answer: dict[str, Any]) -> str:
    """Write an answer for a person."""
    if isinstance(row, list):
        return " ".join(f"{word}/{tag or '?'}" for word, tag in zip(row, answer["labels"], strict=True))
    if "label" in answer:
        return f"{answer['label']}\t{answer['score']:.3f}\t{row}"
    return f"{answer.get('value', ', '.join(answer.get('labels', [])) or '-')}\t{row}"
