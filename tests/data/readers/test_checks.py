import codecs

import pytest

from seqkit.data import memory
from seqkit.data.readers.checks import check_file, check_not_empty, is_empty
from seqkit.errors import DataError
from tests.data.conftest import Real, Write


@pytest.mark.parametrize(("offset", "before"), [(0, ""), (3, "abc"), (6, "한글"), (2**20 + 1, "a" * (2**20 + 1))])
def test_not_utf8_names_byte_and_offset(write: Write, offset: int, before: str) -> None:
    path = write("a.txt", before.encode() + b"\xe9t\xe9")
    with pytest.raises(DataError, match=rf"a\.txt is not UTF-8: byte 0xe9 at offset {offset}; .*iconv -f latin1"):
        check_file(path, known_extension=True)


def test_offset_of_a_character_cut_by_the_chunks(write: Write) -> None:
    # The first two bytes of a three-byte character end the first chunk; the third never comes.
    path = write("a.txt", b"a" * (2**20 - 2) + "한".encode()[:2] + b"b")
    with pytest.raises(DataError, match=rf"byte 0xed at offset {2**20 - 2};"):
        check_file(path, known_extension=True)


def test_file_that_ends_within_a_character(write: Write) -> None:
    with pytest.raises(DataError, match="byte 0xea at offset 1;"):
        check_file(write("a.txt", b"a" + "가".encode()[:2]), known_extension=True)


def test_characters_across_chunks_are_whole(write: Write) -> None:
    check_file(write("a.txt", b"a" * (2**20 - 1) + "한글".encode()), known_extension=True)


def test_utf16_is_recognised(write: Write) -> None:
    with pytest.raises(DataError, match=r"byte 0xff at offset 0; .*iconv -f utf-16"):
        check_file(write("a.dat", "hello".encode("utf-16")), known_extension=False)


def test_binary(write: Write) -> None:
    path = write("a.dat", b"PK\x03\x04\x00\x01")
    with pytest.raises(DataError, match=r"a\.dat is a binary file \(a NUL byte at offset 4\): give text, \.csv"):
        check_file(path, known_extension=False)
    check_file(write("a.txt", b"a\x00b"), known_extension=True)  # a NUL is a character, if an odd one


def test_empty(write: Write) -> None:
    for content in (b"", codecs.BOM_UTF8):
        path = write("a.txt", content)
        assert is_empty(path)
        with pytest.raises(DataError, match="is empty: a data file must hold at least one row"):
            check_not_empty(path)
    for content in (b"\n", b"abc"):
        assert not is_empty(write("a.txt", content))


def test_larger_than_memory(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 9)
    path = write("a.txt", "12345")
    with pytest.raises(DataError, match=r"reading .*a\.txt needs .* of memory and .* are free: give a part of it"):
        check_file(path, known_extension=True)
    check_file(write("a.txt", "1234"), known_extension=True)


@pytest.mark.parametrize(
    ("name", "byte", "offset"), [("sms-spam/spam.csv", "e5", 606), ("trec6/TREC.train.all", "f0", 3173)]
)
def test_real_latin1_files(real: Real, name: str, byte: str, offset: int) -> None:
    path = real(name)
    assert path.read_bytes()[offset] == int(byte, 16)
    with pytest.raises(DataError, match=f"byte 0x{byte} at offset {offset};"):
        check_file(path, known_extension=True)
