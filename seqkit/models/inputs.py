"""What goes into a model, checked and made plain: exactly one kind of input, and a mask that fits it."""

import torch
from torch import Tensor

from seqkit.engine.padding import Alignment
from seqkit.engine.tracing import tracing
from seqkit.errors import DataError

IGNORED = -100
"""The label that no loss counts."""


def one_input(**inputs: Tensor | None) -> tuple[str, Tensor]:
    """Return name and value of the one input that is given.

    Raises:
        DataError: if none or several are given, or it is no tensor of the right kind.
    """
    given = {name: value for name, value in inputs.items() if value is not None}
    if len(given) != 1:
        raise DataError(f"expected exactly one of {', '.join(inputs)}; got {', '.join(given) or 'none'}.")
    name, value = next(iter(given.items()))
    check_kind(name, value)
    return name, value


def check_kind(name: str, value: Tensor) -> None:
    """Refuse what can be neither token ids (B, T) nor vectors (B, T, ·), before anything looks at its shape.

    Args:
        name: `input_ids`, or the name of vectors.
        value: what was given.

    Raises:
        DataError: naming type, dtype or shape.
    """
    ids = name == "input_ids"
    axes = "(B, T)" if ids else "(B, T, width)"
    if not isinstance(value, Tensor):
        raise DataError(f"{name} is a {type(value).__name__}; expected a tensor {axes}. Use torch.tensor({name}).")
    # The width of vectors is the model's to check: it alone can name it.
    if value.dim() < 2 or (ids and value.dim() > 2):
        raise DataError(f"{name} has shape {tuple(value.shape)}; expected {axes}. One text alone is a batch of 1.")
    if ids and value.dtype not in (torch.int64, torch.int32):
        raise DataError(f"input_ids are {value.dtype}; expected torch.int64. Use input_ids.long() if they are ids.")


def real_places(attention_mask: Tensor | None, batch: int, length: int, past: int) -> Tensor | None:
    """Turn an attention mask into the truth of what is real among the new tokens.

    Args:
        attention_mask: 1 at real tokens, 0 at padding, (B, T), or (B, past + T) as `generate()` gives it.
        batch: rows B of the input.
        length: new tokens T of the input.
        past: tokens that the state has seen.

    Returns:
        True at real tokens (B, T), or None if all are real.

    Raises:
        DataError: if the mask fits neither length.
    """
    if attention_mask is None:
        return None
    if not isinstance(attention_mask, Tensor):
        raise DataError(f"attention_mask is a {type(attention_mask).__name__}; expected a tensor ({batch}, {length}).")
    if attention_mask.dim() != 2 or attention_mask.shape[0] != batch or attention_mask.shape[1] < length:
        raise DataError(
            f"attention_mask has shape {tuple(attention_mask.shape)}; expected ({batch}, {length})"
            + (f" or ({batch}, {past + length})." if past else ".")
        )
    if attention_mask.shape[1] not in (length, past + length) and not past:
        raise DataError(f"attention_mask has {attention_mask.shape[1]} columns for {length} tokens and no past.")
    mask = attention_mask[:, attention_mask.shape[1] - length :].bool()
    return None if not tracing() and mask.all() else mask


def reset_places(reset_mask: Tensor | None, batch: int, length: int) -> Tensor | None:
    """Turn a reset mask into the truth of where documents begin, (B, T), or None if there is none.

    Args:
        reset_mask: 1 where a new document begins, (B, T).
        batch: rows B of the input.
        length: tokens T of the input.

    Raises:
        DataError: if the mask does not fit the input.
    """
    if reset_mask is None:
        return None
    found = tuple(reset_mask.shape) if isinstance(reset_mask, Tensor) else type(reset_mask).__name__
    if found != (batch, length):
        raise DataError(
            f"reset_mask is {found}; expected a tensor of shape {(batch, length)}, 1 where documents begin."
        )
    return reset_mask.bool()


def check_ids(ids: Tensor, count: int, name: str = "input_ids") -> None:
    """Refuse ids beyond the vocabulary by name; on an accelerator the check would cost a synchronisation.

    Args:
        ids: token ids (B, T), or others of any shape.
        count: number of tokens V.
        name: what they are called, for the message.

    Raises:
        DataError: naming the id.
    """
    if ids.device.type != "cpu" or tracing() or not ids.numel():
        return
    low, high = ids.aminmax()
    if low < 0 or high >= count:
        raise DataError(
            f"{name} holds {int(low if low < 0 else high)}; expected 0 to {count - 1}. "
            "Is the tokenizer this model's own? New tokens need resize_token_embeddings()."
        )


def check_labels(labels: Tensor, shape: torch.Size, count: int, mask: Tensor | None = None) -> None:
    """Refuse labels that do not fit the scores; on an accelerator only their shape is looked at.

    Args:
        labels: classes, -100 where not counted.
        shape: the shape they should have.
        count: number of classes.
        mask: true where labels count at all; None is everywhere.

    Raises:
        DataError: naming the shape, or a label that is no class.
    """
    if labels.shape != shape:
        raise DataError(f"labels have shape {tuple(labels.shape)}; expected {tuple(shape)}.")
    if labels.device.type != "cpu" or tracing():
        return
    wrong = (labels != IGNORED) & ((labels < 0) | (labels >= count))
    wrong = wrong if mask is None else wrong & mask
    if wrong.any():
        raise DataError(
            f"labels hold {int(labels[wrong][0])}; expected 0 to {count - 1}, or {IGNORED} to leave it out."
        )


def last_real(y: Tensor, mask: Tensor | None, before: Tensor | None = None) -> Tensor:
    """Repeat at each padded place what stands at the last real place before it.

    Args:
        y: values (B, T, ·).
        mask: true at real tokens, (B, T), or None.
        before: what stands at the last real place before all these, (B, ·); None is zeros.
    """
    if mask is None:
        return y
    count = mask.cumsum(1)  # (B, T): the last real place so far is the count-th real one
    last = Alignment.of(mask).order.gather(1, (count - 1).clamp(min=0))
    carried = y.gather(1, last[..., None].expand_as(y))
    return torch.where((count > 0)[..., None], carried, 0.0 if before is None else before[:, None].to(y.dtype))
