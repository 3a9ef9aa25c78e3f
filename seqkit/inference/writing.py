"""Answers to the rows of files, on the screen or in a file that can be gone on with."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from seqkit.errors import DataError
from seqkit.inference.labeller import Row, windows
from seqkit.inference.partial import PartialFile, line_at

FILES = ("config.json", "model.safetensors", "tokenizer.json", "target_tokenizer/tokenizer.json")
"""What in a model's folder decides its answers."""


class Answerer(Protocol):
    """What answers rows: a `Labeller`, or a `Translator`."""

    column: str
    """Under which name a row stands in an answer."""

    def answer(self, rows: list[Row]) -> list[dict[str, Any]]:
        """Answer one window of rows."""
        ...


def answered(answerer: Answerer, rows: Iterable[Row]) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Yield each row with its answer, a window at a time."""
    for window in windows(rows):
        yield from zip(window, answerer.answer(window), strict=True)


def skip_answered(answerer: Answerer, rest: Iterator[list[Row]], file: PartialFile) -> int:
    """Pass over the windows that an interrupted run has answered whole; what it has of the next one is forgotten.

    Which rows share a batch decides the last bit of a score. So whole windows only are kept, and the file is in the
    end, byte for byte, that of a run without interruption.

    Args:
        answerer: what gives the answers.
        rest: the windows of the data; those that are answered are taken out.
        file: the file.

    Returns:
        The number of rows passed over.

    Raises:
        DataError: if the file's answers are to other rows.
    """
    done, last, file.ahead = 0, None, None
    while done < file.kept and (window := next(rest, None)):
        if done + len(window) > file.kept:
            file.ahead = window
            break
        done, last = done + len(window), window[-1]
    if done and line_at(file.partial, done - 1).get(answerer.column) != last:
        raise DataError(f"{file.partial} holds answers to other rows than the data has. Remove it to begin anew.")
    file.truncate(done)
    return done


def write_answers(answerer: Answerer, rest: Iterator[list[Row]], file: PartialFile) -> None:
    """Answer windows of rows, and write the answers as they come; with the last one the file has its name."""
    with file:
        window = file.ahead or next(rest, None)
        while window:
            answers = answerer.answer(window)
            file.write([line_of(answerer, row, answer) for row, answer in zip(window, answers, strict=True)])
            window = next(rest, None)


def line_of(answerer: Answerer, row: Row, answer: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the file: the row with its answer."""
    return {answerer.column: row, **answer}


def fingerprint(name: str) -> list[Any]:
    """Return what tells a model's folder from another (contents), or a file (size and time of its last change)."""
    path = Path(name)
    if path.is_dir():
        files = [path / file for file in FILES]
        return [name, *(hashlib.sha256(file.read_bytes()).hexdigest()[:16] for file in files if file.is_file())]
    return [name, path.stat().st_size, path.stat().st_mtime_ns] if path.is_file() else [name]
