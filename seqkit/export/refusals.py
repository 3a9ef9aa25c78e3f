"""What is not exported, and why: refused by name before anything is written."""

from typing import Any

import torch

from seqkit.errors import ExportError
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification
from seqkit.tokenizers import CharTokenizer, WordCharTokenizer, WordTokenizer

HEADS: dict[type, str] = {
    RNNForCausalLM: "causal-lm",
    RNNForSequenceClassification: "sequence-classification",
    RNNForTokenClassification: "token-classification",
}

TOKENIZERS: dict[type, str] = {CharTokenizer: "char", WordTokenizer: "word", WordCharTokenizer: "word-char"}


def task_of(model: Any) -> str:
    """Return the task of a model that can be exported.

    Raises:
        ExportError: telling what stands in the way.
    """
    kind, config = type(model), model.config
    if config.is_encoder_decoder or config.add_cross_attention:
        raise ExportError(
            f"a {kind.__name__} cannot be exported yet: its decoder looks at an encoder at each step. It runs in "
            "torch: seqkit predict MODEL."
        )
    if kind not in HEADS:
        raise ExportError(
            f"a {kind.__name__} cannot be exported: its head decides in a way of its own, which the exported graphs "
            f"would not do. Exported are {', '.join(head.__name__ for head in HEADS)}."
        )
    if getattr(model, "is_int8", False):
        raise ExportError("the model's weights are rounded to 8 bits already. Export the model itself, with --int8.")
    wrong = next((p.dtype for p in model.parameters() if p.dtype != torch.float32), None)
    if wrong is not None:
        raise ExportError(f"the model is {wrong}; exported graphs are float32. Load it with dtype=torch.float32.")
    if model.device.type != "cpu":
        raise ExportError(f"the model is on {model.device}; it is exported from the CPU: model.to('cpu').")
    return HEADS[kind]


def tokenizer_kind(model: Any, tokenizer: Any) -> str | None:
    """Return the kind of a model's tokenizer; None for a model that reads float vectors.

    Raises:
        ExportError: if the exported folder could not read texts as the tokenizer does.
    """
    config = model.config
    if config.num_features:
        return None
    if type(tokenizer) not in TOKENIZERS:
        raise ExportError(
            f"a {type(tokenizer).__name__} cannot be exported: it spells texts in a way that tokenizer.json alone does "
            f"not tell. Exported are {', '.join(kind.__name__ for kind in TOKENIZERS)}."
        )
    for name, count in (("vocab_size", len(tokenizer)), ("character_vocab_size", characters_of(tokenizer))):
        known = getattr(config, name)
        if known is not None and count > known:
            raise ExportError(
                f"the tokenizer has {count} ids and the model a {name} of {known}. Is it the model's own?"
            )
    if config.character_vocab_size and not characters_of(tokenizer):
        raise ExportError(f"the model reads the characters of words, which a {type(tokenizer).__name__} does not give.")
    return TOKENIZERS[type(tokenizer)]


def characters_of(tokenizer: Any) -> int:
    """Return how many character ids a tokenizer has."""
    return getattr(tokenizer, "character_vocab_size", 0)
