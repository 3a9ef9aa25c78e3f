"""A file is looked at before it is read: is it there, not empty, text, UTF-8, and small enough."""

import codecs
from pathlib import Path

from seqkit.data.memory import check_memory
from seqkit.errors import DataError

_CHUNK = 1 << 20
_BOM = codecs.BOM_UTF8
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def is_empty(path: Path) -> bool:
    """Tell whether a file holds no character, be it of no byte or of a byte order mark only."""
    return path.stat().st_size <= len(_BOM) and path.read_bytes() in (b"", _BOM)


def check_file(path: Path, *, known_extension: bool, whole: bool = True) -> None:
    """Refuse a file that no reader can take.

    Args:
        path: an existing file.
        known_extension: whether its extension says that it is text; if not, a NUL byte marks it as binary.
        whole: whether all of it will be in memory at once. Default True.

    Raises:
        DataError: the file is binary, not UTF-8 (with the byte and its offset), or larger than memory.
    """
    if not known_extension:
        _check_not_binary(path)
    if whole:
        # Once as a Python string, once in the arrow table.
        hint = "give a part of it, or use a machine with more memory"
        check_memory(2 * path.stat().st_size, f"reading {path}", hint)
    _check_utf8(path)


def check_not_empty(path: Path) -> None:
    """Refuse an empty file.

    Raises:
        DataError: the file holds nothing.
    """
    if is_empty(path):
        raise DataError(f"{path} is empty: a data file must hold at least one row; check how it was written")


def _check_not_binary(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(8192)
    if b"\0" in head and not head.startswith(_UTF16):
        raise DataError(
            f"{path} is a binary file (a NUL byte at offset {head.index(0)}): give text, .csv, .tsv, .jsonl, .conll, "
            ".conllu, or a folder saved by datasets"
        )


def _check_utf8(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    done = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            held_back = len(decoder.getstate()[0])  # the first bytes of a character that the last chunk cut in two
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                offset = done - held_back + error.start
                raise DataError(_not_utf8(path, offset, error.object[error.start])) from error
            if not chunk:
                return
            done += len(chunk)


def _not_utf8(path: Path, offset: int, byte: int) -> str:
    with path.open("rb") as file:
        encoding = "utf-16" if file.read(2) in _UTF16 else "latin1"
    return (
        f"{path} is not UTF-8: byte 0x{byte:02x} at offset {offset}; write it anew as UTF-8, "
        f"for example `iconv -f {encoding} -t utf-8 {path.name} > {path.stem}.utf8{path.suffix}`"
    )
