"""The one or two tokenizers of an encoder-decoder, and where a saved folder keeps them.

The folder itself holds the tokenizer of the source, which is what everything that loads a tokenizer reads with. Where
the target has another, it lies in the subfolder `target_tokenizer`, and `config.encoder_vocab_size` is set.
"""

import os
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from seqkit.errors import CheckpointError

TARGET = "target_tokenizer"
"""The subfolder of the target's tokenizer."""


def save_tokenizers(
    folder: str | os.PathLike, source: PreTrainedTokenizerBase, target: PreTrainedTokenizerBase | None = None
) -> None:
    """Save the tokenizers of an encoder-decoder into its folder.

    Args:
        folder: the folder.
        source: the source's tokenizer.
        target: the target's; None is the source's own.
    """
    source.save_pretrained(folder)
    if target is not None and target is not source:
        target.save_pretrained(Path(folder) / TARGET)


def target_tokenizer(config: Any, source: PreTrainedTokenizerBase, folder: str | None = None) -> Any:
    """Load the target's tokenizer of a saved model.

    Args:
        config: the model's configuration.
        source: the source's tokenizer.
        folder: the model's folder or name on the hub; None is where the source's tokenizer was loaded from.

    Returns:
        The tokenizer; the source's own where both sides share one.

    Raises:
        CheckpointError: if the folder lacks it.

    Example:
        >>> from seqkit import CharTokenizer, RNNConfig
        >>> shared = CharTokenizer.train(["abc"])
        >>> target_tokenizer(RNNConfig(vocab_size=len(shared)), shared) is shared
        True
    """
    if config.encoder_vocab_size is None and not config.num_features:
        return source
    place = folder or source.name_or_path
    if Path(place).is_dir() and not (Path(place) / TARGET / "tokenizer.json").is_file():
        raise CheckpointError(
            f"{place} holds no {TARGET}/tokenizer.json: the target's tokenizer is missing. Copy or save it again."
        )
    return AutoTokenizer.from_pretrained(place, subfolder=TARGET, trust_remote_code=False)
