"""Small models with their tokenizers, and folders that were exported once for all tests."""

from typing import Any

from seqkit import (
    CharTokenizer,
    RNNForCausalLM,
    RNNForSequenceClassification,
    RNNForTokenClassification,
    WordCharTokenizer,
    WordTokenizer,
)
from tests.cases import model

SENTENCES = [["나는", "학교에", "간다", "."], ["The", "cat", "sat"], ["she", "runs"], ["the", "cat", "runs", "."]]
TEXTS = ["a good day", "a bad day", "never a good word", "bad"]
POEM = "나리 나리 개나리, the sea the sea.\n"


def writer(cell: str = "gru", **fields: Any) -> tuple[Any, CharTokenizer]:
    """Make a language model of characters, Korean ones among them."""
    tokenizer = CharTokenizer.train(POEM)
    made = {"hidden_size": 6, "embedding_size": 6, "num_hidden_layers": 2, **fields}
    return model(RNNForCausalLM, cell, vocab_size=len(tokenizer), **made), tokenizer


def classifier(cell: str = "rnn", **fields: Any) -> tuple[Any, WordTokenizer]:
    """Make a classifier of texts that reads in both directions."""
    tokenizer = WordTokenizer.train(TEXTS)
    made = {"bidirectional": True, "pooling": "concat", "id2label": {0: "good", 1: "bad", 2: "neither"}, **fields}
    return model(RNNForSequenceClassification, cell, vocab_size=len(tokenizer), **made), tokenizer


def tagger(cell: str = "lstm", **fields: Any) -> tuple[Any, WordCharTokenizer]:
    """Make a tagger of words that reads their characters, jamo for Hangul, with labels in IOBES."""
    tokenizer = WordCharTokenizer.train(SENTENCES, min_frequency=2, character_form="NFD", padding_side="left")
    sizes = {"vocab_size": len(tokenizer), "character_vocab_size": tokenizer.character_vocab_size}
    read = {"character_encoder": "both", "character_hidden_size": 4, "character_embedding_size": 4}
    labels = dict(enumerate(["O", "B-X", "I-X", "E-X", "S-X"]))
    made = {"bidirectional": True, **sizes, **read, "id2label": labels, **fields}
    return model(RNNForTokenClassification, cell, **made), tokenizer
