"""Checks of how a tokenizer is trained, saved, found again and sent to other processes."""

import tempfile
from typing import Any

from transformers import AutoTokenizer

from seqkit.testing import process
from seqkit.testing.manners import docstring_has_example, import_is_quiet
from seqkit.testing.names import named
from seqkit.testing.tokenizer.bench import TEXTS, TokenizerBench
from seqkit.testing.tokenizer.registry import TOKENIZER_CHECKS


@TOKENIZER_CHECKS("deterministic", optional=True)
def deterministic(bench: TokenizerBench) -> None:
    """The same texts give the same vocabulary, in a process with another hash seed too."""
    expected = vocabulary_of(bench)
    assert vocabulary_of(bench) == expected, "trained again on the same texts, it has another vocabulary"
    found = process.call(bench.kind, vocabulary_of, bench)
    assert found == expected, "trained in another process on the same texts, it has another vocabulary"


@TOKENIZER_CHECKS("save-load-equal")
def save_load_equal(bench: TokenizerBench) -> None:
    """A saved tokenizer comes back with its vocabulary, its settings and the same ids."""
    tokenizer = bench.make(padding_side="left")
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        loaded = bench.kind.from_pretrained(folder)
    assert loaded.get_vocab() == tokenizer.get_vocab(), "it comes back with another vocabulary"
    for name in ("padding_side", "truncation_side", "model_max_length", "special_tokens_map"):
        before, after = getattr(tokenizer, name), getattr(loaded, name)
        assert after == before, f"its {name} {before!r} comes back as {after!r}"
    _same_ids("after loading", loaded(TEXTS)["input_ids"], tokenizer(TEXTS)["input_ids"])


@TOKENIZER_CHECKS("auto-tokenizer-loads")
def auto_tokenizer_loads(bench: TokenizerBench) -> None:
    """AutoTokenizer finds its class in the saved folder."""
    with named("tokenizers", bench.kind), tempfile.TemporaryDirectory() as folder:
        bench.make().save_pretrained(folder)
        found = type(AutoTokenizer.from_pretrained(folder))
    assert found is bench.kind, f"AutoTokenizer gives {found.__module__}.{found.__name__}"


@TOKENIZER_CHECKS("spawn-safe", optional=True)
def spawn_safe(bench: TokenizerBench) -> None:
    """A pickled tokenizer gives the same ids in a spawned process."""
    tokenizer = bench.make()
    _same_ids("in another process", process.call(bench.kind, ids_of, tokenizer), ids_of(tokenizer))


TOKENIZER_CHECKS("import-is-quiet", optional=True)(import_is_quiet)
TOKENIZER_CHECKS("docstring-has-example")(docstring_has_example)


def vocabulary_of(bench: TokenizerBench) -> dict[str, int]:
    """Train a tokenizer and return its vocabulary: what a spawned process is asked for."""
    return dict(bench.make().get_vocab())


def ids_of(tokenizer: Any) -> list[list[int]]:
    """Return the ids of the corpus: what a spawned process is asked for."""
    return [list(row) for row in tokenizer(TEXTS)["input_ids"]]


def _same_ids(when: str, found: list[list[int]], expected: list[list[int]]) -> None:
    for text, one, other in zip(TEXTS, found, expected, strict=True):
        assert one == other, f"{text!r} is {other[:8]}, and {one[:8]} {when}"
