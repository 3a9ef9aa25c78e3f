from collections import Counter
from typing import Any

import datasets
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.data.readers.read import read_dataset
from seqkit.data.splits import draw, position_split, split
from seqkit.errors import DataError
from tests.data.conftest import Real

FRACTIONS = st.floats(0.01, 0.99)


def classified(labels: list[Any]) -> datasets.Dataset:
    return datasets.Dataset.from_dict({"text": [f"t{i}" for i in range(len(labels))], "label": labels})


@given(text=st.text(min_size=2), fraction=FRACTIONS)
def test_position_split_gives_the_text_back(text: str, fraction: float) -> None:
    if not 0 < int(len(text) * (1 - fraction)) < len(text):
        with pytest.raises(DataError, match="one part would be empty"):
            position_split(text, fraction)
        return
    train, validation = position_split(text, fraction)
    assert train + validation == text
    assert train
    assert 0 <= len(validation) - len(text) * fraction < 1


@given(texts=st.lists(st.text(), max_size=6), fraction=FRACTIONS)
def test_rows_are_split_as_their_whole_text(texts: list[str], fraction: float) -> None:
    dataset = datasets.Dataset.from_dict(
        {"text": texts}, features=datasets.Features({"text": datasets.Value("string")})
    )
    try:
        expected = position_split("".join(texts), fraction)
    except DataError:
        with pytest.raises(DataError, match="one part would be empty"):
            split(dataset, fraction, task="causal-lm")
        return
    parts = split(dataset, fraction, task="causal-lm")
    assert tuple("".join(part["text"]) for part in parts) == expected
    rows = [text for part in parts for text in part["text"]]
    assert len(texts) <= len(rows) <= len(texts) + 1  # only the row in which the point falls is cut


def test_tiny_shakespeare_is_cut_where_others_cut_it(real: Real) -> None:
    path = real("tinyshakespeare/input.txt")
    text = path.read_text(encoding="utf-8")
    train, validation = split(read_dataset(path, task="causal-lm"), task="causal-lm")
    n = int(len(text) * 0.9)  # nanoGPT's prepare.py
    assert (train["text"][:], validation["text"][:]) == ([text[:n]], [text[n:]])


@given(strata=st.lists(st.integers(0, 5), min_size=2), fraction=FRACTIONS, seed=st.integers(0, 9))
def test_draw_takes_each_class_in_proportion(strata: list[int], fraction: float, seed: int) -> None:
    codes = np.array(strata)
    size = max(1, int(len(codes) * fraction))
    rows = draw(codes, size, seed)
    counts, taken = Counter(strata), Counter(codes[rows].tolist())
    spare = len(codes) - len(counts)
    assert len(set(rows.tolist())) == len(rows) == (min(size, spare) if spare else size)
    if spare:
        for code, count in counts.items():
            assert taken[code] < count
            assert abs(taken[code] - (count - 1) * len(rows) / spare) < 1
    assert np.array_equal(rows, draw(codes, size, seed))


@pytest.mark.parametrize("labels", [["a"] * 50 + ["b"] * 50, [[x] for x in "ab"] * 50, [float(i) for i in range(100)]])
def test_rows_are_parted(labels: list[Any]) -> None:
    dataset = classified(labels)
    train, validation = split(dataset, 0.2, seed=1, task="sequence-classification")
    assert (len(train), len(validation)) == (80, 20)
    assert sorted([*train["text"], *validation["text"]]) == sorted(dataset["text"])
    assert set(train["text"]).isdisjoint(validation["text"])
    assert (
        dict(zip(dataset["text"], dataset["label"], strict=True)).items()
        >= dict(zip(validation["text"], validation["label"], strict=True)).items()
    )  # rows stay whole
    again, other = (split(dataset, 0.2, seed=s, task="sequence-classification")[1] for s in (1, 2))
    assert again["text"][:] == validation["text"][:] != other["text"][:]


def test_classes_keep_their_shares() -> None:
    _, validation = split(classified(["a"] * 900 + ["b"] * 90 + ["c"] * 10), 0.1, task="sequence-classification")
    counts = Counter(validation["label"])
    assert all(abs(counts[name] - share) <= 1 for name, share in {"a": 90, "b": 9, "c": 1}.items())


@pytest.mark.parametrize("seed", range(20))
def test_no_label_is_new_in_validation(seed: int) -> None:
    labels = ["a"] * 20 + ["b", "c", "c"]
    for rows in (labels, [["a", label] for label in labels]):
        train, validation = split(classified(rows), 0.4, seed=seed, task="sequence-classification")
        seen = {name for label in train["label"] for name in ([label] if isinstance(label, str) else label)}
        assert seen == {"a", "b", "c"}
        assert len(validation) >= 5
    tagged = datasets.Dataset.from_dict({"tokens": [["x"]] * 23, "labels": [[label] for label in labels]})
    train, validation = split(tagged, 0.4, seed=seed, task="token-classification")
    assert {tag for tags in train["labels"] for tag in tags} == {"a", "b", "c"}
    assert len(train) + len(validation) == 23


def test_every_row_with_a_label_of_its_own() -> None:
    for labels in (list("abcdef"), [[name] for name in "abcdef"]):
        train, validation = split(classified(labels), 0.5, task="sequence-classification")
        assert (len(train), len(validation)) == (3, 3)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, float("nan")])
def test_bad_fraction(fraction: float) -> None:
    with pytest.raises(DataError, match=r"validation_fraction \(.*\) must be greater than 0 and less than 1"):
        split(classified(["a", "b"]), fraction, task="sequence-classification")


def test_too_little() -> None:
    with pytest.raises(DataError, match="1 row cannot be divided"):
        split(classified(["a"]), task="sequence-classification")
    with pytest.raises(DataError, match=r"a text of 1 characters cannot give 0\.1 of them to validation"):
        position_split("a")
    with pytest.raises(DataError, match="task 'x' must be one of"):
        split(classified(["a", "b"]), task="x")  # type: ignore[arg-type]
