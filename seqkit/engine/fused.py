"""The plan `fused`: torch's own kernels, for the cells whose equations they compute."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqkit.cells.base import Cell, State, TorchKernel
from seqkit.engine.padding import Alignment, where
from seqkit.engine.tracing import tracing

KERNELS: dict[str, Callable[..., Any]] = {
    "rnn_tanh": torch.rnn_tanh,
    "rnn_relu": torch.rnn_relu,
    "gru": torch.gru,
    "lstm": torch.lstm,
}

FILLED = 0.4
"""The share of real tokens above which, on a CPU, rows are not packed."""

SHUT = 1e4
"""What a gate is closed or opened with: its sigmoid is 0 or 1 in every precision, and so has no gradient."""


def fused(
    cell: Cell, x: Tensor, state: State, mask: Tensor | None, need_state: bool = True
) -> tuple[Tensor, State | None]:
    """Run a cell over time in one call of torch's kernel.

    Args:
        cell: a cell that declares a `torch_kernel()`.
        x: input (B, T, D), finite also where it is padded.
        state: the state before the first step, tensors (B, H).
        mask: true at real tokens, (B, T), or None if all are real.
        need_state: whether the final state is wanted. Ragged rows without it need no packing, which is slower.

    Returns:
        The outputs (B, T, H), of no meaning at masked places, and the final state or None.
    """
    kernel = cell.torch_kernel()
    assert kernel is not None, "the engine chooses `fused` only for cells with a kernel"
    x = lowered(x)
    if mask is None:
        return whole(kernel, x, state)
    rows = Alignment.of(mask)
    x = rows.left(x)
    # The kernel runs forward in time, so padding on the right never reaches a real output.
    y, final = ragged(kernel, x, state, rows.lengths) if need_state else (whole(kernel, x, state)[0], None)
    return rows.back(y), final


def fused_both(cells: Sequence[Cell], x: Tensor, state: State) -> tuple[Tensor, State]:
    """Run two cells over full rows, one forwards and one backwards, in one call of torch's kernel.

    On a CPU a call costs as much as some twenty steps of a short sentence.

    Args:
        cells: two cells of one kind that declare a `torch_kernel()`.
        x: input (B, T, D).
        state: the states before their first steps, tensors (B, H): the first cell's, then the second's.

    Returns:
        The outputs side by side (B, T, 2H), and the final states.
    """
    x = lowered(x)
    (mode, weights), *others = [(kernel.mode, kernel.weights) for cell in cells if (kernel := cell.torch_kernel())]
    both = TorchKernel(mode, (*weights, *(weight for _, more in others for weight in more)))
    share = len(state) // 2
    hidden = tuple(
        torch.stack(pair).to(x.dtype) for pair in zip(state[:share], state[share:], strict=True)
    )  # (2, B, H)
    y, *final = call(both, (x,), hidden, len(weights) > 2, True, True)
    return y, (*(s[0] for s in final), *(s[1] for s in final))


def lowered(x: Tensor) -> Tensor:
    """Round x as autocast would; inside the kernel that fails on CPUs without bfloat16 instructions."""
    if x.dtype == torch.float32 and torch.is_autocast_enabled(x.device.type):
        return x.to(torch.get_autocast_dtype(x.device.type))
    return x


def call(
    kernel: TorchKernel, rows: tuple[Tensor, ...], hidden: State, has_bias: bool, *directions: bool
) -> tuple[Tensor, ...]:
    """Call the kernel for one layer, without dropout; `directions` are both or one, and whether the batch is first."""
    state = hidden if len(hidden) > 1 else hidden[0]
    # Whether to keep what the backward pass needs: cuDNN refuses it otherwise, also in evaluation mode.
    train = torch.is_grad_enabled()
    return KERNELS[kernel.mode](*rows, state, kernel.weights, has_bias, 1, 0.0, train, *directions)


def whole(kernel: TorchKernel, x: Tensor, state: State) -> tuple[Tensor, State]:
    """Run the kernel over full rows: x (B, T, D) -> y (B, T, H) and the final state."""
    if torch.compiler.is_exporting():
        y, *final = whole_rows(x, list(state), list(kernel.weights), kernel.mode)
        return y, tuple(final)
    hidden = tuple(s[None].to(x.dtype).contiguous() for s in state)  # (1, B, H): torch counts layers first
    y, *final = call(kernel, (x,), hidden, len(kernel.weights) > 2, False, True)
    return y, tuple(s[0] for s in final)


def ragged(kernel: TorchKernel, x: Tensor, state: State, lengths: Tensor) -> tuple[Tensor, State]:
    """Run the kernel over rows of unequal length whose padding stands on the right; a row may be empty.

    On a CPU packed rows are two to three times as slow a token, so padding is run through unless it is most of x. A
    `relu` may grow beyond all numbers there.
    """
    if torch.compiler.is_exporting():
        y, *final = ragged_rows(x, lengths, list(state), list(kernel.weights), kernel.mode)
        return y, tuple(final)
    if x.device.type != "cpu" or kernel.mode == "rnn_relu" or tracing():
        return packed(kernel, x, state, lengths)
    return (padded if int(lengths.sum()) > FILLED * x.shape[0] * x.shape[1] else packed)(kernel, x, state, lengths)


def padded(kernel: TorchKernel, x: Tensor, state: State, lengths: Tensor) -> tuple[Tensor, State]:
    """Run the kernel over the padding on the right too, and give the state before it.

    The output is the state, but for c of an LSTM. That one stands still in the padding, by a further input that is 1
    there and whose weights shut the input gate and open the forget gate: c_t = 1 * c_{t-1} + 0 * g_t.
    """
    behind = torch.arange(x.shape[1], device=x.device) >= lengths[:, None]  # (B, T)
    if kernel.mode == "lstm":
        weight, *others = kernel.weights
        gates = weight.new_tensor([-SHUT, SHUT, 0.0, 0.0]).repeat_interleave(weight.shape[0] // 4)  # i, f, g, o
        kernel = TorchKernel(kernel.mode, (torch.cat([weight, gates[:, None]], 1), *others))
        x = torch.cat([x, behind[..., None].to(x.dtype)], -1)
    y, final = whole(kernel, x, state)
    last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, y.shape[2])
    final = (y.gather(1, last)[:, 0], *final[1:])
    return y, tuple(where(lengths > 0, new, old) for new, old in zip(final, state, strict=True))


def packed(kernel: TorchKernel, x: Tensor, state: State, lengths: Tensor) -> tuple[Tensor, State]:
    """Run the kernel over packed rows, which touches no padding."""
    # The kernel refuses empty rows: they take one step, which is thrown away.
    rows = pack_padded_sequence(x, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False)
    assert rows.sorted_indices is not None, "unsorted rows are sorted while they are packed"
    hidden = tuple(s[None].to(x.dtype)[:, rows.sorted_indices] for s in state)
    y, *final = call(kernel, (rows.data, rows.batch_sizes), hidden, len(kernel.weights) > 2, False)
    padded, _ = pad_packed_sequence(rows._replace(data=y), batch_first=True, total_length=x.shape[1])
    unsorted = (s[0][rows.unsorted_indices] for s in final)
    return padded, tuple(where(lengths > 0, new, old) for new, old in zip(unsorted, state, strict=True))


# Operators of their own: exported, torch's kernel would be spelt out for the one length that it was traced with.
@torch.library.custom_op("seqkit::whole_rows", mutates_args=())
def whole_rows(x: Tensor, state: list[Tensor], weights: list[Tensor], mode: str) -> list[Tensor]:
    """Run torch's kernel over full rows: x (B, T, D) -> y (B, T, H) and the final state, tensors (B, H)."""
    y, final = whole(TorchKernel(mode, tuple(weights)), x, tuple(state))
    # An operator's results share no memory.
    return [y.clone(), *(s.clone() for s in final)]


@whole_rows.register_fake
def _(x: Tensor, state: list[Tensor], weights: list[Tensor], mode: str) -> list[Tensor]:
    return [x.new_empty(*x.shape[:2], state[0].shape[1]), *(torch.empty_like(s) for s in state)]


@torch.library.custom_op("seqkit::ragged_rows", mutates_args=())
def ragged_rows(x: Tensor, lengths: Tensor, state: list[Tensor], weights: list[Tensor], mode: str) -> list[Tensor]:
    """Run torch's kernel over rows of unequal length (B,), padded on the right; the results are as those above."""
    y, final = ragged(TorchKernel(mode, tuple(weights)), x, tuple(state), lengths)
    return [y.clone(), *(s.clone() for s in final)]


@ragged_rows.register_fake
def _(x: Tensor, lengths: Tensor, state: list[Tensor], weights: list[Tensor], mode: str) -> list[Tensor]:
    return [x.new_empty(*x.shape[:2], state[0].shape[1]), *(torch.empty_like(s) for s in state)]
