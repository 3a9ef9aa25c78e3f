"""Reads word vectors that others have trained: the text files of word2vec, GloVe and fastText."""

import gzip
import os
import zlib
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from seqkit.errors import DataError

Line = tuple[str, bytes]
"""A line, and before it the place where it stands, for messages."""


def vector_size(file: str | os.PathLike[str]) -> int:
    """Return how many numbers a vector of a file has, from its first line.

    Args:
        file: as in `read_vectors`.

    Raises:
        DataError: if the file holds no vectors.
    """
    lines = _lines(Path(file))
    size, _ = _begin(lines, Path(file))
    lines.close()
    return size


def read_vectors(file: str | os.PathLike[str], words: Collection[str]) -> dict[str, np.ndarray]:
    """Read the vectors of some words, line by line; no others are kept.

    Each line has a word and its numbers, with blanks between. A first line that tells how many words and numbers there
    are may be there (word2vec, fastText) or not (GloVe). A word may hold blanks. Of the lines of other words only the
    length is looked at.

    Args:
        file: a text file in UTF-8, `.gz` or not.
        words: the words that are wanted.

    Returns:
        The vectors (E,) float32 that were found, by word.

    Raises:
        DataError: a line has fewer numbers than the first, or one that is no finite number, a wanted word comes twice,
            or the file holds no vectors; the message tells file and line.
        OSError: the file cannot be opened.
    """
    wanted = {word.encode(errors="replace"): word for word in words}
    found: dict[str, np.ndarray] = {}
    lines = _lines(Path(file))
    size, first = _begin(lines, Path(file))
    for place, line in chain(first, lines):
        parts = line.rsplit(None, size)
        if len(parts) <= size:
            raise DataError(f"{place} has {max(0, len(parts) - 1)} numbers behind its word; expected {size}.")
        # A word that holds blanks stands in front of the last numbers with all of them.
        word = wanted.get(parts[0])
        if word is None:
            _check_word(parts[0], wanted, size, place)
            continue
        if word in found:
            raise DataError(f"{place} has the word {word!r} a second time. Take one of the two lines out.")
        found[word] = _numbers(parts[1:], place)
    return found


def _lines(path: Path) -> Any:
    """Yield the lines that are not empty, each with its place; a generator, to be closed if it is left early."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        try:
            for number, line in enumerate(file, start=1):
                if stripped := line.strip(b" \t\r\n"):
                    yield f"{path}, line {number}", stripped
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(f"{path} is no whole .gz file: {error}. Get it again.") from error


def _begin(lines: Iterator[Line], path: Path) -> tuple[int, list[Line]]:
    """Read the first line: how many numbers a vector has, and the line itself if it is a vector's."""
    place, line = next(lines, ("", b""))
    parts = line.split()
    if len(parts) == 2 and all(part.isdigit() for part in parts) and int(parts[1]):
        return int(parts[1]), []
    if len(parts) < 2:
        raise DataError(f"{place or path} holds no vector; expected a word and its numbers, with blanks between.")
    return len(parts) - 1, [(place, line)]


def _check_word(word: bytes, wanted: dict[bytes, str], size: int, place: str) -> None:
    """Refuse a wanted word with further numbers behind it, which would pass for another word."""
    first, *rest = word.split()
    if rest and first in wanted and all(map(_is_number, rest)):
        raise DataError(f"{place} has {size + len(rest)} numbers behind its word; expected {size}.")


def _is_number(part: bytes) -> bool:
    try:
        float(part)
    except ValueError:
        return False
    return True


def _numbers(parts: list[bytes], place: str) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):  # told below
            vector = np.array([float(part) for part in parts], dtype=np.float32)
    except ValueError as error:
        raise DataError(f"{place}: {error}. Expected {len(parts)} numbers behind one word.") from None
    if not np.isfinite(vector).all():
        raise DataError(f"{place} holds NaN or infinity, which no network can learn from. Take the line out.")
    return vector
