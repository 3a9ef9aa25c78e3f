"""Exported language models write what torch writes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seqkit import runtime
from seqkit.errors import DataError
from seqkit.generation import Stream
from seqkit.runtime import writer as module
from seqkit.runtime.writer import Choice


@pytest.mark.parametrize("prompt", ["나", "the sea, ", "나리 나리 " * 40])
def test_greedy_text_is_that_of_torch(prompt: str, exports: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 100)
    network, tokenizer, folder, _ = exports("writer")
    expected = Stream(network, tokenizer).feed(prompt).generate(60, do_sample=False)
    writer = runtime.load(folder)
    assert len(expected) > 1
    assert writer.generate(prompt, 60) == expected
    assert "".join(writer.iterate(prompt, 60)) == expected


def test_a_seed_writes_the_same_again(exports: Any) -> None:
    writer = runtime.load(exports("writer")[2])
    texts = [writer.generate("나", 40, temperature=1.5, seed=seed) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert writer.generate("나", 20, temperature=2.0, top_k=1) == writer.generate("나", 20)


def test_a_text_ends_where_the_model_says_so(exports: Any) -> None:
    writer = runtime.load(exports("writer")[2])
    ids = writer.encoder.rows(["나"], special_tokens=False)[0].ids
    tokens = list(writer.tokens(ids, 30, Choice()))
    assert len(tokens) == 30
    writer.description = replace(writer.description, eos_token_ids=[tokens[4]])
    assert list(writer.tokens(ids, 30, Choice())) == tokens[: tokens.index(tokens[4])]


def test_options_out_of_range_are_refused(exports: Any) -> None:
    writer = runtime.load(exports("writer")[2])
    for options, said in (
        ({"prompt": ""}, "the prompt is ''"),
        ({"prompt": 3}, "the prompt is 3"),
        ({"max_new_tokens": 0}, "max_new_tokens is 0"),
        ({"top_k": 1.5}, "top_k is 1.5"),
        ({"temperature": float("nan")}, "temperature is nan"),
    ):
        with pytest.raises(DataError, match=said):
            writer.generate(**{"prompt": "나", **options})


def test_choices_follow_the_probabilities() -> None:
    choice, scores = Choice(1.0, 2, seed=0), np.log(np.array([0.5, 0.3, 0.2], np.float32))
    counts = np.bincount([choice(scores) for _ in range(2000)], minlength=3) / 2000
    np.testing.assert_allclose(counts, [0.625, 0.375, 0], atol=0.04)
