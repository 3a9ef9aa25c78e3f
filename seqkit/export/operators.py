"""What seqkit's operators are in ONNX: torch's recurrent kernels are ONNX's own, with their gates in another order."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from onnxscript import opset18

op: Any = opset18
"""ONNX's operators; their types know tensors by what they hold, which is not known here."""

GATES: dict[str, tuple[int, ...]] = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn_tanh": (0,), "rnn_relu": (0,)}
"""Which of torch's gates stands at each place in ONNX: of i f g o it makes i o f c, of r z n it makes z r h."""


def table() -> dict[Any, Callable[..., Any]]:
    """Return what `torch.onnx.export` puts in the place of each operator of seqkit's."""
    return {torch.ops.seqkit.whole_rows.default: whole_rows, torch.ops.seqkit.ragged_rows.default: ragged_rows}


def whole_rows(x: Any, state: Sequence[Any], weights: Sequence[Any], mode: str) -> Sequence[Any]:
    """Write `seqkit::whole_rows`: rows x (B, T, D) without padding."""
    return recurrence(x, None, state, weights, mode)


def ragged_rows(x: Any, lengths: Any, state: Sequence[Any], weights: Sequence[Any], mode: str) -> Sequence[Any]:
    """Write `seqkit::ragged_rows`: rows x (B, T, D) of unequal length (B,), a row of none among them."""
    one = op.Constant(value_int=1)
    shown = op.Cast(op.Max(lengths, one), to=6)  # int32; what a row of no length gives is put right here
    y, *finals = recurrence(x, shown, state, weights, mode)
    empty = op.Unsqueeze(op.Equal(lengths, op.Constant(value_int=0)), op.Constant(value_ints=[1]))
    return [y, *(op.Where(empty, old, new) for old, new in zip(state, finals, strict=True))]


def recurrence(x: Any, lengths: Any, state: Sequence[Any], weights: Sequence[Any], mode: str) -> list[Any]:
    """Write one layer in one direction: y (B, T, H) and the final state, tensors (B, H)."""
    layer, gate = op.Constant(value_ints=[0]), op.Constant(value_ints=[1])
    size = weights[1].shape[1]
    w, r = (op.Unsqueeze(arranged(weight, mode, size), layer) for weight in weights[:2])
    b = None
    if len(weights) > 2:
        b = op.Unsqueeze(op.Concat(*(arranged(weight, mode, size) for weight in weights[2:]), axis=0), layer)
    steps = op.Transpose(x, perm=[1, 0, 2])  # (T, B, D)
    first = [op.Unsqueeze(tensor, layer) for tensor in state]
    if mode == "lstm":
        found = op.LSTM(steps, w, r, b, lengths, *first, hidden_size=size)
    elif mode == "gru":
        # torch resets behind the product.
        found = op.GRU(steps, w, r, b, lengths, *first, hidden_size=size, linear_before_reset=1)
    else:
        activations = ["Tanh" if mode == "rnn_tanh" else "Relu"]
        found = op.RNN(steps, w, r, b, lengths, *first, hidden_size=size, activations=activations)
    y, *finals = found  # (T, 1, B, H) and (1, B, H)
    rows = op.Transpose(op.Squeeze(y, gate), perm=[1, 0, 2])
    return [rows, *(op.Squeeze(final, layer) for final in finals)]


def arranged(weight: Any, mode: str, size: int) -> Any:
    """Put a weight's blocks, one for each gate, in ONNX's order."""
    parts = [
        op.Slice(weight, op.Constant(value_ints=[g * size]), op.Constant(value_ints=[(g + 1) * size]),
                 op.Constant(value_ints=[0]))
        for g in GATES[mode]
    ]  # fmt: skip
    return parts[0] if len(parts) == 1 else op.Concat(*parts, axis=0)
