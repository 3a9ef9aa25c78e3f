"""A model's folder as a training leaves it, without a training."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from seqkit import (
    CharTokenizer,
    RNNConfig,
    RNNForCausalLM,
    RNNForConditionalGeneration,
    RNNForSequenceClassification,
    WordTokenizer,
)
from seqkit.hub.card import render_into, write_card
from seqkit.hub.told import DataSet, Told, write_told
from seqkit.tokenizers.pair import save_tokenizers

TOLD = Told(
    licence="apache-2.0",
    language=["en"],
    data=DataSet(name="Good and bad days", licence="cc0-1.0", part="test"),
    about="Tells good days from bad ones.",
    limits=["Says nothing of nights."],
    examples=["a good day"],
)

RESULT: dict[str, Any] = {
    "task": "sequence-classification",
    "parameters": 1234,
    "metrics": {"loss": 1.5, "accuracy": 0.9},
    "facts": {"training rows": 1000},
    "sample": None,
    "seed": 7,
    "seconds": 1.0,
    "cpu_seconds": 2.0,
    "machine": "some machine",
    "date": "2026-01-01",
    "output": "secret/place",
}


def settings(**changes: Any) -> SimpleNamespace:
    given = {"data": ["/home/me/a.csv"], "recipe": "classifier", "command": "seqkit train --data a.csv"}
    return SimpleNamespace(**{**given, **changes})


def save(folder: Path, told: Told | None = TOLD, provenance: dict | None = None, **changes: Any) -> Path:
    """Save a tiny classifier, of series of vectors if the task says so, or what writes, as a training leaves it."""
    result = {**RESULT, **changes}
    fields: dict[str, Any] = {"cell": "gru", "hidden_size": 8, "id2label": {0: "bad", 1: "good"}}
    tokenizer: Any = None
    letters: Any = None
    if result["task"] == "causal-lm":
        tokenizer = CharTokenizer.train("a good day, a bad day")
        model: Any = RNNForCausalLM(RNNConfig(vocab_size=len(tokenizer), hidden_size=8))
    elif result["task"] == "series-classification":
        model = RNNForSequenceClassification(RNNConfig(num_features=3, **fields))
    elif result["task"] == "series-to-text":
        letters = CharTokenizer.train("a good day", add_eos=True)
        ids = {name: getattr(letters, name) for name in ("pad_token_id", "bos_token_id", "eos_token_id")}
        sizes = {"num_features": 3, "vocab_size": len(letters), "hidden_size": 4}
        model = RNNForConditionalGeneration(RNNConfig(is_encoder_decoder=True, **sizes, **ids))
    else:
        tokenizer = WordTokenizer.train(["a good day", "a bad day"])
        fields["pad_token_id"] = tokenizer.pad_token_id
        model = RNNForSequenceClassification(RNNConfig(vocab_size=len(tokenizer), **fields))
    model.save_pretrained(folder)
    save_tokenizers(folder, tokenizer, letters)
    if provenance:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "provenance": provenance}))
    write_card(folder, settings(), result)
    if told is not None:
        write_told(folder, told)
        render_into(folder)
    return folder
