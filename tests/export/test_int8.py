"""Weights in 8 bits: smaller, and near to what they were."""

from typing import Any

import onnx

from seqkit import runtime


def operators(path: Any) -> set[str]:
    return {node.op_type for node in onnx.load(path).graph.node}


def test_products_are_computed_in_8_bits(exports: Any) -> None:
    folder = exports("writer", int8=True)[2]
    assert "MatMulInteger" in operators(folder / "step.onnx")
    assert "MatMul" not in operators(folder / "step.onnx")
    assert not list(folder.glob("*.exact"))


def test_an_lstm_is_an_operator_in_8_bits(exports: Any) -> None:
    assert "DynamicQuantizeLSTM" in operators(exports("tagger", int8=True)[2] / "model.onnx")


def test_scores_are_near(exports: Any) -> None:
    exact, rounded = (runtime.load(exports("tagger", int8)[2]) for int8 in (False, True))
    assert rounded.description.int8
    words = [["the", "cat", "학교에"], ["."]]
    for found, expected in zip(rounded.scores(words), exact.scores(words), strict=True):
        assert found.shape == expected.shape
        assert abs(found - expected).max() < 0.3
        assert not (found == expected).all()
