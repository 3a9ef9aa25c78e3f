"""What `generate()` of an encoder-decoder is asked to read, checked before transformers looks at it."""

from typing import Any

from seqkit.errors import DataError, StateError
from seqkit.models.inputs import check_kind


def check_source(model: Any, inputs: Any, arguments: dict[str, Any], generation_config: Any = None) -> None:
    """Refuse a source that is none, and beams that would never end.

    Args:
        model: the encoder-decoder.
        inputs: the source as `generate()` takes it first, or None.
        arguments: the named arguments of `generate()`.
        generation_config: given as the second argument.

    Raises:
        DataError: naming what is missing.
        StateError: for arguments of training.
    """
    if arguments.get("initial_state") is not None:
        raise StateError("initial_state is for training; the decoder's first state is made of the encoder's last.")
    names = ("input_ids", "inputs_embeds", "input_features")
    given = {name: arguments[name] for name in names if arguments.get(name) is not None}
    if inputs is not None:
        given.setdefault(model.main_input_name, inputs)
    if not given and arguments.get("encoder_outputs") is None:
        raise DataError(
            f"there is no source to read. Give {model.main_input_name}, or encoder_outputs=model.get_encoder()(...)."
        )
    for name, value in given.items():
        check_kind(name, value)
    config = arguments.get("generation_config") or generation_config or model.generation_config
    beams = arguments.get("num_beams") or config.num_beams or 1
    end = arguments.get("eos_token_id", config.eos_token_id)
    if beams > 1 and end is None:
        raise DataError(
            f"num_beams is {beams}, but the model has no end token: no beam would ever be finished. Give eos_token_id, "
            "or set it in model.generation_config."
        )
