"""Classes and tags from exported folders are those that torch gives."""

from typing import Any

import numpy as np
import pytest

from seqkit import runtime
from seqkit.errors import DataError
from seqkit.export import export_onnx
from seqkit.inference import Labeller
from seqkit.models import RNNForTokenClassification
from seqkit.runtime.labeller import batches
from tests.cases import model
from tests.export.cases import SENTENCES, TEXTS

ODD = [[], ["<s>", "unheard", "of"], ["학교에"] * 30, [" ", "cat"]]


@pytest.mark.parametrize("size", [1, 3])
def test_tags_are_those_of_torch(size: int, exports: Any) -> None:
    network, tokenizer, folder, _ = exports("tagger")
    sentences = [*SENTENCES, *ODD]
    expected = [answer["labels"] for answer in Labeller(network, tokenizer)(sentences)]
    assert runtime.load(folder).tag(sentences, size) == expected
    assert {tag for tags in expected for tag in tags} <= {"O", "B-X", "I-X"}


@pytest.mark.parametrize("size", [1, 32])
def test_classes_are_those_of_torch(size: int, exports: Any) -> None:
    network, tokenizer, folder, _ = exports("classifier")
    texts = [*TEXTS, "", "good " * 50]
    for found, expected in zip(
        runtime.load(folder).classify(texts, size), Labeller(network, tokenizer)(texts), strict=True
    ):
        assert found["label"] == expected["label"]
        assert found["score"] == pytest.approx(expected["score"], abs=2e-4)


def test_no_rows_are_no_answers(exports: Any) -> None:
    assert runtime.load(exports("classifier")[2]).classify([]) == []
    assert runtime.load(exports("tagger")[2]).tag([]) == []


def test_what_are_no_rows_is_refused(exports: Any) -> None:
    classifier, tagger = (runtime.load(exports(kind)[2]) for kind in ("classifier", "tagger"))
    for given, said in (("one text", "rows are a str"), ([3], "expected texts"), (5, "rows are a int")):
        with pytest.raises(DataError, match=said):
            classifier.classify(given)
    with pytest.raises(DataError, match="expected a list of words"):
        tagger.tag(["the cat sat"])
    with pytest.raises(DataError, match="batch_size is 0"):
        classifier.classify(["a"], 0)


def test_float_vectors(tmp_path: Any) -> None:
    fields = {"num_features": 2, "num_labels": 1, "problem_type": "regression", "learn_initial_state": True}
    network = model(RNNForTokenClassification, "gru", **fields)
    export_onnx(network, None, tmp_path / "onnx")
    reader = runtime.load(tmp_path / "onnx")
    rows = [np.random.default_rng(0).normal(size=(length, 2)) for length in (3, 1, 7, 0)]
    for row, found in zip(rows, reader.scores(rows, 3), strict=True):
        import torch

        expected = network(input_features=torch.tensor(row, dtype=torch.float32)[None]).logits[0]
        np.testing.assert_allclose(found, expected.detach().numpy(), atol=1e-5)
    with pytest.raises(DataError, match=r"expected \(T, 2\)"):
        reader.scores([np.zeros((3, 5))])
    with pytest.raises(DataError, match="Use scores"):
        reader.tag([["a"]])


def test_batches_hold_rows_of_similar_length() -> None:
    assert list(batches([5, 1, 4, 2], 2)) == [[1, 3], [2, 0]]
    assert list(batches([40_000, 40_000, 1], 32)) == [[2], [0], [1]]
    assert list(batches([], 2)) == []
