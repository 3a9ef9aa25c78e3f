"""Token ids on the disk: a text is encoded once, piece by piece, and trained on without being in memory."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from seqkit.data.characters import character_table
from seqkit.data.encoding import id_pieces, token_dtype
from seqkit.errors import DataError
from seqkit.files import replacing

_PIECE = 1 << 22  # characters read at once


def text_pieces(files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], size: int = _PIECE) -> Iterator[str]:
    """Yield UTF-8 files, one behind the other, in pieces that end where no token reaches across; every character kept.

    Args:
        files: a path, or several.
        size: characters read at once. A piece ends behind a newline that no blank follows.

    Raises:
        DataError: a file is not UTF-8.
        OSError: a file cannot be opened.
    """
    pending = ""
    for path in [files] if isinstance(files, str | os.PathLike) else files:
        with open(path, encoding="utf-8-sig", newline="") as file:
            try:
                while read := file.read(size):
                    pending += read
                    cut = _last_break(pending)
                    if cut:
                        yield pending[:cut]
                        pending = pending[cut:]
            except UnicodeDecodeError as error:
                raise DataError(f"{os.fspath(path)} is not UTF-8: {error}. Convert the file first.") from error
    if pending:
        yield pending


def _last_break(text: str) -> int:
    """Find the last place behind a newline and before something that is no blank; 0 if there is none."""
    place = len(text)
    while (place := text.rfind("\n", 0, place)) >= 0:
        if place + 1 < len(text) and not text[place + 1].isspace():
            return place + 1
    return 0


def write_tokens(path: str | os.PathLike[str], tokenizer: Any, texts: Iterable[str]) -> np.memmap:
    """Encode texts into a file, in the smallest type that holds the tokenizer's ids.

    The file is numpy's own format (`numpy.load` opens it), written whole or not at all; only a piece of it is in
    memory at a time. The ids are those of `encode_text` for the joined texts, if each text ends where no token reaches
    across, as those of `text_pieces` do.

    Args:
        path: the file, by custom `….npy`.
        tokenizer: any transformers tokenizer.
        texts: pieces of a text, such as `text_pieces` gives.

    Returns:
        The ids (N,), mapped into memory, as `StreamDataset` takes them.

    Raises:
        DataError: a text holds a lone surrogate, or there are no tokens.
    """
    dtype = np.dtype(str(token_dtype(len(tokenizer))).removeprefix("torch."))
    table, path = character_table(tokenizer), Path(path)
    with replacing(path) as temporary, temporary.open("wb") as file:
        begin, count = _write_header(file, dtype, 0), 0
        for text in texts:
            for ids in id_pieces(tokenizer, text, table):
                file.write(ids.astype(dtype).tobytes())
                count += len(ids)
        if not count:
            raise DataError(f"there is no text to write to {path}: check the files it comes from")
        file.seek(0)
        # numpy leaves room in the header for the length to grow.
        assert _write_header(file, dtype, count) == begin
        file.flush()
    return open_tokens(path)


def _write_header(file: BinaryIO, dtype: np.dtype, count: int) -> int:
    """Write numpy's header for so many ids; return where the ids begin."""
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (count,)}
    np.lib.format.write_array_header_1_0(file, header)
    return file.tell()


def open_tokens(path: str | os.PathLike[str]) -> np.memmap:
    """Map a file of token ids into memory.

    Args:
        path: what `write_tokens` or `numpy.save` wrote.

    Returns:
        The ids (N,), read from the disk where they are looked at.

    Raises:
        DataError: the file is not whole, or holds something else than a row of integers.
    """
    try:
        ids = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise DataError(f"{os.fspath(path)} is no whole file of token ids: {error}. Write it again.") from error
    if not isinstance(ids, np.memmap) or ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
        raise DataError(
            f"{os.fspath(path)} holds {ids.dtype} of shape {ids.shape}; expected integers (N,). "
            "write_tokens() makes such a file."
        )
    return ids
