"""Reports, against counts by hand and the libraries of the field."""

import pytest
from seqeval.metrics import f1_score
from sklearn.metrics import f1_score as macro

from seqkit.training import report
from seqkit.training.report import class_report, confuse, number_report, several_report, tagging_report


def test_spans_are_compared_as_wholes() -> None:
    truth = [["B-A", "I-A", "O", "B-B"], ["O", "B-A"]]
    guesses = [["B-A", "I-A", "O", "O"], ["O", "I-B"]]
    found = tagging_report(truth, guesses)
    assert found.figures == pytest.approx({"accuracy": 4 / 6, "precision": 0.5, "recall": 1 / 3, "f1": 0.4})
    assert found.figures["f1"] == pytest.approx(f1_score(truth, guesses))
    assert found.table == [
        {"label": "A", "precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 2},
        {"label": "B", "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1},
    ]
    assert found.labels == ["A", "B", "O"]
    assert found.confusion == [[2, 1, 0], [0, 0, 1], [0, 0, 2]]


def test_the_scheme_makes_no_difference() -> None:
    bio = tagging_report([["B-A", "I-A", "O", "B-B"]], [["B-A", "I-A", "O", "O"]])
    assert tagging_report([["B-A", "E-A", "O", "S-B"]], [["I-A", "I-A", "O", "O"]]) == bio


def test_tags_that_are_no_spans_are_classes() -> None:
    found = tagging_report([["DET", "NOUN"]], [["DET", "VERB"]])
    assert found == class_report(["DET", "NOUN"], ["DET", "VERB"])
    assert found.figures == pytest.approx({"accuracy": 0.5, "f1_macro": 1 / 3})
    assert [row["support"] for row in found.table] == [1, 1, 0]


def test_classes() -> None:
    truth, guesses = ["a", "b", "b", "c", "b"], ["a", "b", "a", "c", "c"]
    found = class_report(truth, guesses)
    assert found.figures["f1_macro"] == pytest.approx(macro(truth, guesses, average="macro"))
    assert found.table[1] == {"label": "b", "precision": 1.0, "recall": pytest.approx(1 / 3), "f1": 0.5, "support": 3}
    assert found.confusion == [[1, 0, 0], [1, 1, 1], [0, 0, 1]]


def test_several_labels_and_one_that_nobody_knew() -> None:
    found = several_report([["a"], ["a", "b"], ["new"]], [["a"], ["a"], []], ["a", "b"])
    assert found.figures["accuracy"] == pytest.approx(1 / 3)
    assert [(row["label"], row["recall"], row["support"]) for row in found.table] == [
        ("a", 1.0, 2), ("b", 0.0, 1), ("new", 0.0, 1),
    ]  # fmt: skip


def test_numbers() -> None:
    assert number_report([1.0, 3.0], [1.0, 2.0]).figures == pytest.approx({"mse": 0.5, "mae": 0.5, "r2": 0.5})
    assert number_report([2.0, 2.0], [1.0, 2.0]).figures == pytest.approx({"mse": 0.5, "mae": 0.5})


def test_nothing_to_compare() -> None:
    assert tagging_report([[]], [[]]).figures["accuracy"] == 0.0
    assert confuse([]) == ([], [])


def test_without_the_libraries_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "find_spec", lambda name: None)
    for found in (class_report(["a"], ["b"]), tagging_report([["B-A"]], [["O"]]), several_report([["a"]], [[]], ["a"])):
        assert found.figures == {"accuracy": 0.0}
        assert "pip install 'seqkit[metrics]'" in found.notes[0]
