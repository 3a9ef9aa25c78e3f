"""A small model of each head, with tokenizers, and the page of one on a port of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from seqkit import CharTokenizer, WordTokenizer
from seqkit.demo import build, serve
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification
from seqkit.tokenizers.pair import save_tokenizers
from tests import seq2seq
from tests.cases import model

LETTERS = CharTokenizer.train("abc 한글\n")
WORDS = WordTokenizer.train(["Mr Kim sings a good song in 서울 ."])
SIDES = CharTokenizer.train("seoul", add_eos=True), CharTokenizer.train("서울", add_eos=True)
MOODS = {0: "good", 1: "bad", 2: "neither"}
TAGS = {0: "O", 1: "B-PER", 2: "I-PER"}


def writer(**fields: Any) -> Any:
    """Make a language model that writes letters and no special tokens."""
    torch.manual_seed(0)
    network = model(RNNForCausalLM, vocab_size=len(LETTERS), **fields)
    with torch.no_grad():
        nn.init.uniform_(network.model.embed_tokens.weight, -2, 2)
        network.lm_head.bias[:4] = -100
    return network


def classifier(**fields: Any) -> Any:
    """Make a classifier of words."""
    return model(RNNForSequenceClassification, vocab_size=len(WORDS), **{"id2label": MOODS, **fields})


def tagger(**fields: Any) -> Any:
    """Make a tagger of words."""
    return model(RNNForTokenClassification, vocab_size=len(WORDS), **{"id2label": TAGS, **fields})


def translator(attention: str | None = "additive") -> Any:
    """Make an encoder-decoder from English letters to Korean ones."""
    sizes = {"encoder_vocab_size": len(SIDES[0]), "vocab_size": len(SIDES[1])}
    ids = {name: getattr(SIDES[1], name) for name in ("pad_token_id", "bos_token_id", "eos_token_id")}
    return seq2seq.model(attention=attention, **sizes, **ids)


HEADS: dict[str, tuple[Any, Any, Any]] = {
    "write": (writer, LETTERS, None),
    "classify": (classifier, WORDS, None),
    "tag": (tagger, WORDS, None),
    "translate": (translator, *SIDES),
}
"""By the name of the page's main function: what makes the model, its tokenizer, and the target's."""


def page_of(head: str) -> Any:
    """Build the page of a small model."""
    make, tokenizer, target = HEADS[head]
    return build(make(), tokenizer, f"my {head}", target)


def save(head: str, folder: Path) -> Path:
    """Save a small model with its tokenizers; returns the folder."""
    make, tokenizer, target = HEADS[head]
    make().save_pretrained(folder)
    save_tokenizers(folder, tokenizer, target)
    return folder


@contextmanager
def served(page: Any) -> Iterator[str]:
    """Serve a page on a free port of this machine; gives its address."""
    try:
        yield serve(page, "127.0.0.1", 0, wait=False)
    finally:
        page.close(verbose=False)
