"""The fields of a configuration: their types, those that transformers itself writes, and the checks of raw values."""

import inspect
import os
from typing import Annotated, Any, Literal, get_type_hints

import torch
from transformers.configuration_utils import PreTrainedConfig
from transformers.generation.configuration_utils import GenerationConfig

from seqkit.annotations import Range, fits, nearest, show, spell
from seqkit.cells.base import Cell
from seqkit.errors import ConfigError

Size = Annotated[int, Range(1, 65_536)]
TokenId = Annotated[int, Range(0, 2**31 - 1)]

FOREIGN: dict[str, Any] = {
    "architectures": list[str] | None,
    "attn_implementation": Literal["eager", "sdpa"] | None,  # transformers fetches code for a name such as "a/b"
    "auto_map": dict[str, Any] | None,
    "chunk_size_feed_forward": Annotated[int, Range(0, 2**31 - 1)],
    "dtype": str | torch.dtype | None,
    "experts_implementation": Literal["eager"] | None,
    "id2label": dict[int | str, str] | None,
    "is_encoder_decoder": bool,
    "label2id": dict[str, int | str] | None,
    "model_type": str,
    "name_or_path": str | os.PathLike,
    "num_labels": Annotated[int, Range(1, 1_000_000)] | None,
    "output_attentions": bool | None,
    "output_hidden_states": bool | None,
    "problem_type": Literal["regression", "single_label_classification", "multi_label_classification"] | None,
    "quantization_config": type(None),  # weights are saved in full, and may be rounded when they are loaded
    "return_dict": bool | None,
    "tokenizer_class": str | None,
    "torch_dtype": str | torch.dtype | None,
    "transformers_version": str | None,
    "_attn_implementation_autoset": Any,
    "_commit_hash": Any,
    "_name_or_path": str | os.PathLike,
}
"""What transformers itself writes into a `config.json` or passes to a configuration, and what it may hold."""

DTYPES = ("float64", "float32", "float16", "bfloat16", "auto")


def own_fields(cls: type[PreTrainedConfig]) -> dict[str, Any]:
    """Return the fields that seqkit adds to transformers' configuration, each with its annotation."""
    ours = cls.__mro__[: cls.__mro__.index(PreTrainedConfig)][::-1]
    return {name: hint for klass in ours for name, hint in inspect.get_annotations(klass, eval_str=True).items()}


def check_value(name: str, value: Any, hint: Any) -> None:
    """Check one field against its annotation."""
    if not fits(value, hint):
        raise ConfigError(f"{name} is {show(value)}; expected {spell(hint)}.")


def check_raw(cls: type[PreTrainedConfig], values: dict[str, Any]) -> None:
    """Check names and values as they come in, before anything is made of them."""
    own, generation = own_fields(cls), GenerationConfig._get_default_generation_params()
    for name, value in values.items():
        if name in own or name in FOREIGN:
            check_value(name, value, own.get(name, FOREIGN.get(name)))
        elif name in generation:
            raise ConfigError(
                f"{name} concerns generate(), not the network. Pass it to generate(), or set it in "
                "model.generation_config, which is saved with the model."
            )
        else:
            known = [*own, *(field for field in FOREIGN if not field.startswith("_"))]
            raise ConfigError(f"unknown field {show(name)}.{nearest(name, known)} Known: {', '.join(sorted(own))}.")
    for name in ("dtype", "torch_dtype"):
        if (value := values.get(name)) is not None and str(value).removeprefix("torch.") not in DTYPES:
            raise ConfigError(f"{name} is {show(value)}; expected one of {', '.join(DTYPES)}.")
    check_labels(values.get("id2label"), values.get("label2id"), values.get("num_labels"))


def check_labels(id2label: dict | None, label2id: dict | None, num_labels: int | None = None) -> None:
    """Check that the two label maps are each other's inverse, that ids count from 0, and how many there are."""
    if id2label is None and label2id is not None:
        id2label = {index: label for label, index in label2id.items()}
    if id2label is None:
        return
    if not id2label or {str(index) for index in id2label} != {str(index) for index in range(len(id2label))}:
        raise ConfigError(f"the labels have the ids {show(sorted(map(str, id2label)))}; expected 0, 1, 2, … in full.")
    inverse = {label: str(index) for index, label in id2label.items()}
    if len(inverse) < len(id2label):
        raise ConfigError(f"id2label {show(id2label)} gives two ids the same label. Give each its own.")
    if label2id is not None and {label: str(index) for label, index in label2id.items()} != inverse:
        raise ConfigError(f"label2id {show(label2id)} is not the inverse of id2label {show(id2label)}.")
    if num_labels is not None and num_labels != len(id2label):
        raise ConfigError(f"num_labels ({num_labels}) must be the number of labels in id2label ({len(id2label)}).")


def check_thresholds(thresholds: list[float] | None, num_labels: int) -> None:
    """Check that there are as many thresholds as labels."""
    if thresholds is not None and len(thresholds) != num_labels:
        raise ConfigError(
            f"label_thresholds has {len(thresholds)} values; expected one for each of {num_labels} labels."
        )


def check_options(cell: type[Cell], options: dict[str, Any]) -> None:
    """Check a cell's options by name and annotation.

    Args:
        cell: the cell class.
        options: its options; the constructor's parameters after `input_size` and `hidden_size` are the known ones.

    Raises:
        ConfigError: if an option is unknown or its value breaks its annotation.
    """
    known = list(inspect.signature(cell).parameters)[2:]
    hints = get_type_hints(cell.__init__, include_extras=True)
    for name, value in options.items():
        if name not in known:
            raise ConfigError(
                f"cell_options has {show(name)}, which the cell {cell.__name__} does not know."
                f"{nearest(name, known)} Its options: {', '.join(known) or 'none'}."
            )
        check_value(f"cell_options[{name!r}] of {cell.__name__}", value, hints.get(name, Any))
