from types import SimpleNamespace
from typing import Any

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.data.labels import LabelSet, unseen
from seqkit.errors import DataError


@given(labels=st.lists(st.text(max_size=5), min_size=2, max_size=8), data=st.data())
def test_order_depends_on_nothing_but_the_names(labels: list[str], data: st.DataObject) -> None:
    if len(set(labels)) < 2:
        return
    learnt = LabelSet.learn(labels)
    assert learnt == LabelSet.learn(data.draw(st.permutations(labels)))
    assert {learnt.id2label[learnt.encode(label)] for label in labels} == set(labels)  # type: ignore[index]
    assert sorted(learnt.id2label) == list(range(len(learnt.names)))


@pytest.mark.parametrize(
    ("labels", "problem_type", "names", "found"),
    [
        (["spam", "ham"], None, ("ham", "spam"), "single_label_classification"),
        (["10", "9", "-1"], None, ("-1", "9", "10"), "single_label_classification"),
        (["10", "9", "x"], None, ("10", "9", "x"), "single_label_classification"),
        ([["b", "a"], [], ["c"]], None, ("a", "b", "c"), "multi_label_classification"),
        ([["spam"], []], None, ("spam",), "multi_label_classification"),  # one logit: the binary classifier
        (["b", "a"], "multi_label_classification", ("a", "b"), "multi_label_classification"),
        ([1.5, 2.0], None, ("value",), "regression"),
        (["1", "2"], "regression", ("value",), "regression"),
        ([1.5, 2.0], "single_label_classification", ("1.5", "2.0"), "single_label_classification"),
    ],
)
def test_learn(labels: list[Any], problem_type: Any, names: tuple[str, ...], found: str) -> None:
    learnt = LabelSet.learn(labels, problem_type)
    assert (learnt.names, learnt.problem_type) == (names, found)
    for label in labels:
        learnt.encode(label)


def test_encode() -> None:
    assert LabelSet(("a", "b")).encode("b") == 1
    many = LabelSet(("a", "b", "c"), "multi_label_classification")
    assert [many.encode(label) for label in (["c", "a"], [], "b")] == [[1.0, 0.0, 1.0], [0.0] * 3, [0.0, 1.0, 0.0]]
    assert LabelSet(("value",), "regression").encode("2.5") == 2.5


@pytest.mark.parametrize("labels", [["a", "a"], [["a"]]])
def test_one_class_only(labels: list[Any]) -> None:
    learn = LabelSet.learn_tags if isinstance(labels[0], list) else LabelSet.learn
    with pytest.raises(DataError, match="every row has the one label 'a': a classifier needs at least two"):
        learn(labels)


def test_no_labels() -> None:
    for labels in ([], [[], []]):
        with pytest.raises(DataError, match="the data has no labels: check label_column"):
            LabelSet.learn(labels)
    with pytest.raises(DataError, match="the data has no labels"):
        LabelSet.learn_tags([[]])


def test_label_not_seen_in_training() -> None:
    labels = LabelSet(("ham", "spam"))
    with pytest.raises(
        DataError, match=r"^row 7: label 'spma' was not seen in training; known are ham, spam; did you m"
    ):
        labels.encode("spma", "row 7")
    with pytest.raises(DataError, match="label 'x'"):
        LabelSet(("a", "b"), "multi_label_classification").encode(["a", "x"])
    with pytest.raises(DataError, match="label 'good' is no number, but the model was trained on numbers"):
        LabelSet(("value",), "regression").encode("good")


def test_many_known_labels_are_cut_short() -> None:
    message = unseen("x", [f"label-{i:02}" for i in range(72)])
    assert "label-19 and 52 more; mend it" in message
    assert "label-20" not in message


@pytest.mark.parametrize(
    ("labels", "column", "expected"),
    [
        (LabelSet(("a", "b")), ["b", "a"], [1, 0]),
        (LabelSet(("a", "b"), "multi_label_classification"), [["b"], []], [[0.0, 1.0], [0.0, 0.0]]),
        (LabelSet(("value",), "regression"), [1.5, 2.5], [1.5, 2.5]),
    ],
)
def test_encode_dataset(labels: LabelSet, column: list[Any], expected: list[Any]) -> None:
    dataset = datasets.Dataset.from_dict({"text": ["x", "y"], "label": column})
    assert labels.encode_dataset(dataset)[:] == {"text": ["x", "y"], "labels": expected}
    # A selection of rows, as `split` gives it, keeps its order.
    assert labels.encode_dataset(dataset.select([1, 0]))[:] == {"text": ["y", "x"], "labels": expected[::-1]}


def test_encode_dataset_names_the_row() -> None:
    dataset = datasets.Dataset.from_dict({"text": ["x", "y"], "label": ["a", "c"]})
    with pytest.raises(DataError, match="row 2: label 'c' was not seen in training; known are a, b"):
        LabelSet(("a", "b")).encode_dataset(dataset)


@pytest.mark.parametrize(
    "labels", [LabelSet(("b", "a")), LabelSet(("x",), "multi_label_classification"), LabelSet(("value",), "regression")]
)
def test_labels_come_back_from_a_configuration(labels: LabelSet) -> None:
    config = SimpleNamespace(id2label=labels.id2label, num_labels=len(labels.names), problem_type=labels.problem_type)
    assert LabelSet.from_config(config) == labels
    config.problem_type = None
    usual = "regression" if len(labels.names) == 1 else "single_label_classification"
    assert LabelSet.from_config(config).problem_type == usual
