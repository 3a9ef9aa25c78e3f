"""What `generate()` is asked to go on from, checked before transformers looks at it."""

from typing import Any

from torch import Tensor

from seqkit.cache_names import CACHE
from seqkit.errors import DataError, StateError
from seqkit.models.state import RNNCache


def check_prompt(inputs: Any, arguments: dict[str, Any]) -> None:
    """Refuse a prompt that is none, a mask that does not fit it, ids that cannot follow a state, and what no RNN has.

    Args:
        inputs: the prompt as `generate()` takes it first, or None.
        arguments: the named arguments of `generate()`.

    Raises:
        DataError: naming what is wrong with prompt or mask.
        StateError: if the prompt is shorter than what the state has read, and no mask says that it is new.
    """
    if arguments.get("initial_state") is not None:
        raise StateError("initial_state is for training; generate() goes on from past_key_values, an RNNCache.")
    if arguments.get("output_attentions"):
        raise DataError("output_attentions is True; a recurrent network has none. Ask for output_hidden_states.")
    embeds = arguments.get("inputs_embeds")
    ids = arguments.get("input_ids") if inputs is None else inputs
    prompt = ids if embeds is None else embeds
    if prompt is None:
        return
    if embeds is None:
        check_prompt_ids(ids)
    elif not isinstance(embeds, Tensor) or embeds.dim() != 3:
        found = tuple(embeds.shape) if isinstance(embeds, Tensor) else f"a {type(embeds).__name__}"
        raise DataError(f"inputs_embeds is {found}; expected vectors (B, T, E).")
    if not prompt.shape[1]:
        raise DataError("the prompt is empty; a model needs something to go on from. Begin with one token.")
    mask, cache = arguments.get("attention_mask"), arguments.get(CACHE)
    past = cache.get_seq_length() if isinstance(cache, RNNCache) else 0
    rows, length = prompt.shape[:2]
    if mask is not None and tuple(mask.shape) not in {(rows, length), (rows, past + length)}:
        raise DataError(
            f"attention_mask has shape {tuple(mask.shape)}; expected {(rows, length)}"
            + (f" or {(rows, past + length)}." if past else ".")
        )
    if past >= length and (mask is None or mask.shape[1] == length):
        raise StateError(
            f"the prompt has {length} tokens and the state has read {past}: it is not the whole text. Give new tokens "
            f"with an attention_mask of shape {(rows, past + length)}, or use seqkit.generation.Stream."
        )


def check_prompt_ids(ids: Any) -> None:
    """Refuse what are no token ids (B, T).

    Raises:
        DataError: naming what was given.
    """
    if not isinstance(ids, Tensor):
        raise DataError(
            f"the prompt is a {type(ids).__name__}; expected token ids (B, T). For a text: "
            'tokenizer(text, return_tensors="pt")["input_ids"].'
        )
    if ids.dim() != 2 or ids.is_floating_point() or ids.is_complex():
        raise DataError(f"the prompt is {ids.dtype} of shape {tuple(ids.shape)}; expected integer token ids (B, T).")
