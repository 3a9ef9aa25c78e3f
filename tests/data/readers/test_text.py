import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.data.readers.text import read_lines, read_text
from seqkit.errors import DataError
from tests.data.conftest import Write

TEXTS = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: not text.startswith("\ufeff"))


@given(text=TEXTS)
def test_every_character_survives(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("text") / "a.txt"
    path.write_bytes(text.encode())
    assert read_text(path).columns["text"].to_pylist() == [text]


def test_line_ends_and_byte_order_mark(write: Write) -> None:
    path = write("a.txt", b"\xef\xbb\xbfa\r\nb\rc\x0c\n\n\xed\x95\x9c\x85".replace(b"\x85", "\x85\u2028".encode()))
    assert read_text(path).columns["text"].to_pylist() == ["a\r\nb\rc\x0c\n\n한\x85\u2028"]


def test_lines(write: Write) -> None:
    raw = read_lines(write("a.txt", "one\r\n\n한\u2028글\nlast"))
    assert raw.columns["text"].to_pylist() == ["one", "", "한\u2028글", "last"]
    assert raw.where(3).endswith("a.txt, line 4")


def test_no_lines(write: Write) -> None:
    with pytest.raises(DataError, match="no rows"):
        read_lines(write("a.txt", ""))
