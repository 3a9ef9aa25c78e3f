"""A training that begins with a saved model: a language model becomes a classifier, a tagger, or a better one."""

from pathlib import Path
from typing import Any

import numpy as np
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from seqkit.config import RNNConfig
from seqkit.data.vectors import vector_size
from seqkit.errors import CheckpointError, ConfigError
from seqkit.models import load_vectors

NOISE = ("embedding_dropout", "input_dropout", "hidden_dropout", "output_dropout", "recurrent_dropout", "word_dropout")
KEPT = {*NOISE, "weight_dropout", "zoneout", "locked_dropout", "pooling"}
"""What a recipe may say of a network whose weights are there already."""


UNFITTED = {"calibration_temperature": 1.0, "label_thresholds": None}
"""What was fitted to the scores of a model, and does not fit those of the next."""


def fields_of_recipe(config: dict[str, Any]) -> dict[str, Any]:
    """Return what a recipe's configuration says beside the shape of the network, which the saved model decides.

    Example:
        >>> fields_of_recipe({"cell": "gru", "pooling": "mean", "output_dropout": 0.3})
        {'pooling': 'mean', 'output_dropout': 0.3}
    """
    return {name: value for name, value in config.items() if name in KEPT}


def check_start(model: str, tokenizer: str | None) -> None:
    """Refuse a start that cannot be one before any data is read.

    Args:
        model: a folder, or a name on the hub.
        tokenizer: what the caller asked to train anew.

    Raises:
        ConfigError: if a new tokenizer is asked for: its ids would mean other tokens than the embedding's.
        CheckpointError: if a folder lacks the model or its tokenizer.
    """
    if tokenizer is not None:
        raise ConfigError(f"{model} has a tokenizer of its own, whose ids its embedding knows. Leave tokenizer out.")
    path = Path(model)
    lacking = [name for name in ("config.json", "tokenizer.json") if not (path / name).is_file()]
    if lacking and (path.exists() or model.startswith((".", "/")) or model.count("/") > 1):
        raise CheckpointError(f"{model} has no {' and no '.join(lacking)}. Give the folder of a saved model.")


def load_tokenizer(model: str) -> PreTrainedTokenizerBase:
    """Load the tokenizer of a saved model."""
    import seqkit  # noqa: F401 (makes AutoTokenizer know ours)

    return AutoTokenizer.from_pretrained(model, trust_remote_code=False)


def load_start(head: type[PreTrainedModel], model: str, fields: dict[str, Any]) -> tuple[PreTrainedModel, str]:
    """Load a saved model under a head, which may be another than it was trained with.

    Args:
        head: the class of the new model.
        model: a folder, or a name on the hub.
        fields: fields of `RNNConfig` that replace the saved ones.

    Returns:
        The model, and what was taken over, what is new and what was left, in one sentence.

    Raises:
        CheckpointError: if a field changes the shape of the saved network.
    """
    config = RNNConfig.from_pretrained(model, **{**UNFITTED, **fields})
    loaded, info = head.from_pretrained(model, config=config, output_loading_info=True)
    told = [f"begins with {model}"]
    for name, keys in (("new", info["missing_keys"]), ("left behind", info["unexpected_keys"])):
        if keys:
            told.append(f"{name}: {', '.join(sorted(keys))}")
    return loaded, "; ".join(told)


def begin_with_vectors(
    head: type[PreTrainedModel], fields: dict[str, Any], prepared: Any, file: str, console: Any
) -> PreTrainedModel:
    """Build a new model whose embedding begins with vectors, and tell how many words have one.

    Args:
        head: the class of the model.
        fields: fields of `RNNConfig`; `embedding_size` becomes the vectors' size.
        prepared: tokenizer and training set; the report is added to its facts.
        file: the vectors.
        console: where the report is shown.

    Raises:
        DataError: if the file is malformed.
    """
    model = head(RNNConfig(**{**fields, "embedding_size": vector_size(file)}))
    counts = np.zeros(len(prepared.tokenizer), dtype=np.int64)
    data = prepared.train
    # A column alone is many times faster to read than whole rows.
    for row in data.select_columns(["input_ids"]) if hasattr(data, "select_columns") else data:
        np.add.at(counts, np.asarray(row["input_ids"], dtype=np.int64).ravel(), 1)
    found = load_vectors(model, prepared.tokenizer, file, counts)
    prepared.facts.update(found.facts())
    console.print(f"{found}: {file}", highlight=False, markup=False)
    return model
