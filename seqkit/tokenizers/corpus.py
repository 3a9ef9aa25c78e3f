"""Reading what a tokenizer is trained on: one text at a time, each checked as it passes."""

import codecs
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from seqkit.errors import DataError, TokenizerError

Texts: TypeAlias = str | Iterable[str | Sequence[str]]
"""One text, or an iterable of texts or of pre-split texts (lists of words): a list, a generator, a dataset's column."""

Files: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
"""One path, or an iterable of paths."""

BLOCK = 1 << 16  # the `tokenizers` library slows down with the square of a text's length: 64 K keeps it linear
_BLANK = re.compile("[ \n]")


def read_texts(texts: Texts) -> Iterator[str]:
    """Yield every string of a corpus, in order.

    Args:
        texts: see `Texts`. It is read once, item by item.

    Returns:
        An iterator over the strings; a pre-split text gives its words.

    Raises:
        TokenizerError: an item is not a string, or holds a lone surrogate; the message tells which item.

    Example:
        >>> list(read_texts(["ab", ["c", "d"]]))
        ['ab', 'c', 'd']
    """
    for index, item in enumerate(_as_iterable(texts)):
        if isinstance(item, list | tuple):
            for number, word in enumerate(item):
                yield checked(word, f"item {index}, word {number} of the texts")
        else:
            yield checked(item, f"item {index} of the texts")


def _as_iterable(texts: Texts) -> Iterable[object]:
    if isinstance(texts, str):
        return [texts]
    if isinstance(texts, bytes | Mapping | os.PathLike) or not isinstance(texts, Iterable):
        raise TokenizerError(
            f"texts is a {type(texts).__name__}, but must be a string or an iterable of strings: "
            "pass a column, such as dataset['text'], or give file names to train_from_files()"
        )
    return texts


def checked(text: object, place: str) -> str:
    """Give the text back if every character of it can be written as UTF-8.

    Args:
        text: what should be a string.
        place: where it stands, for the message.

    Raises:
        TokenizerError: it is not a string, or it holds a lone surrogate.

    Example:
        >>> checked("한글", "item 0")
        '한글'
    """
    if not isinstance(text, str):
        raise TokenizerError(
            f"{place} is {_shortened(text)} of type {type(text).__name__}, but must be a string: "
            "convert it, or leave it out"
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise TokenizerError(
            f"{place} holds a lone surrogate, U+{ord(text[error.start]):04X}, at character {error.start}; "
            "it stands for no character: clean the text, "
            "for instance with text.encode('utf-8', 'replace').decode('utf-8')"
        ) from None
    return text


def _shortened(value: object, limit: int = 40) -> str:
    shown = repr(value)
    return shown if len(shown) <= limit else f"{shown[:limit]}…"


def read_files(files: Files, keep_line_ends: bool = True) -> Iterator[str]:
    """Yield the lines of UTF-8 text files, in order, holding one line at a time.

    Args:
        files: see `Files`.
        keep_line_ends: a line keeps its line end as it stands in the file (default), or loses it.

    Raises:
        DataError: a file is not UTF-8; the message tells the file, the byte and where it stands.
        OSError: a file cannot be opened.
    """
    for path in [files] if isinstance(files, str | os.PathLike) else files:
        # newline="\n" translates nothing: a "\r\n" of the file is a "\r\n" of the text.
        with open(path, encoding="utf-8", newline="\n") as file:
            try:
                for line in file:
                    yield line if keep_line_ends else line.rstrip("\r\n")
            except UnicodeDecodeError:
                raise DataError(_not_utf8(path)) from None


def _not_utf8(path: str | os.PathLike[str]) -> str:
    """Find the byte at which a file stops being UTF-8: the reader's own error counts from its last block only."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open(path, "rb") as file:
        while True:
            pending = decoder.getstate()[0]
            start = file.tell() - len(pending)
            block = file.read(1 << 20)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                byte = (pending + block)[error.start]
                return (
                    f"{os.fspath(path)} is not UTF-8: byte 0x{byte:02X} at offset {start + error.start}; "
                    "convert the file first, for instance with `iconv -f LATIN1 -t UTF-8`"
                )
            if not block:  # the file has changed since it was first read
                return f"{os.fspath(path)} was not UTF-8 when it was read: read it again"


def blocks(text: str, size: int = BLOCK) -> Iterator[str]:
    """Cut a long text after blanks into blocks, so that no word and no composed character is cut in two.

    Args:
        text: the text.
        size: characters a block; a block is longer only if one word is.

    Example:
        >>> list(blocks("one two three", size=5))
        ['one ', 'two ', 'three']
    """
    start = 0
    while len(text) - start > size:
        end = 1 + max(text.rfind(" ", start, start + size), text.rfind("\n", start, start + size))
        if end == 0:
            blank = _BLANK.search(text, start + size)
            end = blank.end() if blank else len(text)
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]
