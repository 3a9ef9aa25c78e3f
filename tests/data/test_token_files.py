"""Token files: the ids of the text, in the smallest type, whole or not at all, and streams over them."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqkit import CharTokenizer, WordTokenizer
from seqkit.data import StreamDataset, encode_text, open_tokens, text_pieces, write_tokens
from seqkit.errors import DataError

TEXT = "def f(x):\n\n    return x\r\n한글 \t\n\nclass A:\n\tpass\n" * 20


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_pieces_are_the_files_joined(size: int, tmp_path: Path) -> None:
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    paths[0].write_bytes(TEXT.encode("utf-8-sig"))
    paths[1].write_bytes(b"    tail without a newline")
    pieces = list(text_pieces(paths, size))
    assert "".join(pieces) == TEXT + "    tail without a newline"
    for before, after in itertools.pairwise(pieces):
        assert before.endswith("\n")
        assert not after[0].isspace()
    assert "".join(text_pieces(paths[0], size)) == TEXT


@pytest.mark.parametrize("kind", [CharTokenizer, WordTokenizer])
def test_a_file_holds_the_ids_of_the_text(kind: type, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT.encode())
    tokenizer = kind.train(TEXT)
    ids = write_tokens(tmp_path / "a.npy", tokenizer, text_pieces(tmp_path / "a.txt", 50))
    assert isinstance(ids, np.memmap)
    assert ids.dtype == np.uint8
    assert ids.tolist() == encode_text(tokenizer, TEXT).tolist()
    assert np.load(tmp_path / "a.npy").tolist() == ids.tolist()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.npy", "a.txt"]
    streams = [StreamDataset(source, 3, 5) for source in (ids, encode_text(tokenizer, TEXT))]
    for ours, theirs in zip(*streams, strict=True):
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


@pytest.mark.parametrize(("count", "dtype"), [(300, np.uint16), (70_000, np.int32)])
def test_the_type_follows_from_the_vocabulary(count: int, dtype: type, tmp_path: Path) -> None:
    characters = "".join(chr(0x4E00 + i) if i < 20_000 else chr(0x20000 + i) for i in range(count))
    tokenizer = CharTokenizer.train(characters)
    ids = write_tokens(tmp_path / "a.npy", tokenizer, [characters])
    assert ids.dtype == dtype
    assert ids.tolist() == encode_text(tokenizer, characters).tolist()


@given(texts=st.lists(st.text("abc \n", max_size=9), min_size=1, max_size=5).filter(any))
def test_any_pieces_of_characters(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    tokenizer = CharTokenizer.train("abc \n")
    path = tmp_path_factory.mktemp("tokens") / "a.npy"
    assert write_tokens(path, tokenizer, texts).tolist() == encode_text(tokenizer, "".join(texts)).tolist()


def test_what_fails_leaves_nothing_and_spoils_nothing(tmp_path: Path) -> None:
    path, tokenizer = tmp_path / "a.npy", CharTokenizer.train("ab")
    with pytest.raises(DataError, match="no text"):
        write_tokens(path, tokenizer, [""])
    assert not list(tmp_path.iterdir())
    write_tokens(path, tokenizer, ["ab"])
    with pytest.raises(DataError, match="lone surrogate"):
        write_tokens(path, tokenizer, ["aaa", "\ud83d"])
    assert open_tokens(path).tolist() == [4, 5]
    assert [file.name for file in tmp_path.iterdir()] == ["a.npy"]
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"latin\.txt is not UTF-8"):
        list(text_pieces(tmp_path / "latin.txt"))


def test_what_is_no_token_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    write_tokens(path, CharTokenizer.train("ab"), ["ab" * 100])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="no whole file"):
        open_tokens(path)
    for wrong in (np.zeros(3), np.zeros((2, 2), dtype=np.uint8)):
        np.save(path, wrong)
        with pytest.raises(DataError, match="expected integers"):
            open_tokens(path)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="no whole file"):
        open_tokens(path)
