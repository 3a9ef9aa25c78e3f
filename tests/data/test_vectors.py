"""Word vectors are read as the three kinds of files have them, and what is damaged is told by its line."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from seqkit.data.vectors import read_vectors, vector_size
from seqkit.errors import DataError

GLOVE = "the 0.5 -1 2e-1\n. . . 1 2 3\n한국어 4 5 6\nnaïve\u00a0word 7 8 9\n"
FORMS = {
    "glove": GLOVE,
    "fasttext": "4 3\n" + GLOVE.replace("\n", " \n"),
    "word2vec": "4 3\r\n" + GLOVE.replace("\n", "\r\n"),
    "tabs": GLOVE.replace("the 0.5 -1 2e-1", "the\t0.5\t-1\t2e-1"),
}


def written(tmp_path: Path, text: str | bytes, name: str = "vectors.txt") -> Path:
    path, data = tmp_path / name, text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["vectors.txt", "vectors.vec.gz"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same(form: str, name: str, tmp_path: Path) -> None:
    path = written(tmp_path, FORMS[form], name)
    words = ["the", ". . .", "한국어", "naïve\u00a0word", "absent"]
    found = read_vectors(path, words)
    assert vector_size(path) == 3
    assert list(found) == words[:4]
    np.testing.assert_array_equal(found["the"], np.array([0.5, -1, 0.2], dtype=np.float32))
    np.testing.assert_array_equal(found["naïve\u00a0word"], [7, 8, 9])


def test_no_other_word_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "".join(f"w{i} {i} 0\n" for i in range(1000)))
    assert list(read_vectors(path, {"w7"})) == ["w7"]
    # Nor read: what stands behind a word that nobody wants may be anything.
    assert read_vectors(written(tmp_path, "a 1 2\nb x y\n\xff\xfe 1 2\n"), {"a"}).keys() == {"a"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("the 1 2 3\ncat 1 2\n", "line 2 has 2 numbers behind its word; expected 3"),
        ("the 1 2 3\ncat 1 2 3 4\n", "line 2 has 4 numbers behind its word; expected 3"),
        ("2 3\nthe 1 2\n", "line 2 has 2 numbers behind its word; expected 3"),
        ("the 1 2 3\ncat 1 zwei 3\n", "line 2: could not convert"),
        ("the 1 nan 3\n", "line 1 holds NaN or infinity"),
        ("the 1 2 1e39\n", "line 1 holds NaN or infinity"),
        ("the 1 2\n\nthe 3 4\n", "line 3 has the word 'the' a second time"),
        ("", "holds no vector"),
        ("lonely\n", "line 1 holds no vector"),
    ],
)
def test_what_is_damaged_is_told_by_its_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_vectors(written(tmp_path, text), {"the", "cat"})


def test_a_damaged_gz_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, GLOVE * 50, "v.gz")
    for damaged in (path.read_bytes()[:-12], b"the 1 2 3\n"):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="no whole"):
            read_vectors(path, {"absent"})


def test_a_file_that_is_not_there_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"):
        vector_size(tmp_path / "absent.txt")
