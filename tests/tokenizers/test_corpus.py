from collections.abc import Iterator
from pathlib import Path

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.errors import DataError, TokenizerError
from seqkit.tokenizers.corpus import blocks, checked, read_files, read_texts


def test_a_string_is_one_text() -> None:
    assert list(read_texts("ab c")) == ["ab c"]


def test_a_generator_is_read_item_by_item() -> None:
    def forever() -> Iterator[str]:
        while True:
            yield "again"

    reader = read_texts(forever())
    assert [next(reader), next(reader)] == ["again", "again"]


def test_a_dataset_column_is_read() -> None:
    column = datasets.Dataset.from_dict({"text": ["ab", "c"]})["text"]
    assert list(read_texts(column)) == ["ab", "c"]


def test_pre_split_texts_give_their_words() -> None:
    column = datasets.Dataset.from_dict({"tokens": [["can't", "U.S."], ["12,5"]]})["tokens"]
    assert list(read_texts(column)) == ["can't", "U.S.", "12,5"]


@pytest.mark.parametrize("texts", [b"bytes", Path("a.txt"), {"train": ["a"]}, 3, None])
def test_what_is_no_collection_of_texts_is_refused_by_type(texts: object) -> None:
    with pytest.raises(TokenizerError, match=rf"{type(texts).__name__}.*train_from_files"):
        list(read_texts(texts))  # type: ignore[arg-type]


def test_an_item_that_is_no_string_is_named_by_index_value_and_type() -> None:
    with pytest.raises(TokenizerError, match="item 1 of the texts is None of type NoneType"):
        list(read_texts(["a", None]))  # type: ignore[list-item]
    with pytest.raises(TokenizerError, match="item 0, word 1 of the texts is 7 of type int"):
        list(read_texts([["a", 7]]))  # type: ignore[list-item]


def test_a_long_value_is_shortened_in_the_message() -> None:
    with pytest.raises(TokenizerError) as caught:
        checked(b"x" * 1000, "item 0")
    assert len(str(caught.value)) < 200


def test_a_lone_surrogate_is_named_with_its_place() -> None:
    with pytest.raises(TokenizerError, match=r"item 1 of the texts holds a lone surrogate, U\+DC80, at character 2"):
        list(read_texts(["fine", "ab\udc80c"]))


def test_files_are_read_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("é\r\n한\n".encode())
    (tmp_path / "b.txt").write_bytes(b"x\ry")
    assert "".join(read_files([tmp_path / "a.txt", str(tmp_path / "b.txt")])) == "é\r\n한\nx\ry"
    assert list(read_files(tmp_path / "a.txt", keep_line_ends=False)) == ["é", "한"]


@pytest.mark.parametrize("start", [0, 5, (1 << 20) - 1, 1 << 20, 3_000_001])
def test_a_file_that_is_not_utf8_is_named_with_byte_and_offset(tmp_path: Path, start: int) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes(b"a" * start + b"\xe9 caf\xe9\n")
    with pytest.raises(DataError, match=rf"latin\.txt is not UTF-8: byte 0xE9 at offset {start};"):
        list(read_files(path))


def test_a_character_cut_off_at_the_end_of_a_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "cut.txt"
    path.write_bytes("ab한".encode()[:-1])
    with pytest.raises(DataError, match="byte 0xED at offset 2"):
        list(read_files(path))


@given(st.text(alphabet="ab \n한", max_size=60), st.integers(1, 10))
def test_blocks_put_together_are_the_text_and_end_after_a_blank(text: str, size: int) -> None:
    parts = list(blocks(text, size))
    assert "".join(parts) == text
    assert all(part[-1] in " \n" for part in parts[:-1])
