"""Words that keep coming get the tags of the whole document, in memory that does not grow."""

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from seqkit import CharTokenizer, RNNForSequenceClassification, RNNForTokenClassification, WordTokenizer
from seqkit.errors import DataError
from seqkit.inference import Labeller, tag_stream
from seqkit.inference.words import special_ends
from seqkit_crf import RNNForCRFTokenClassification
from tests.cases import model
from tests.inference.test_labeller import NAMES, TEXT, sentences

TOKENIZERS = {
    "words": WordTokenizer.train([TEXT]),
    "characters": CharTokenizer.train([TEXT]),
    "marks": WordTokenizer.train([TEXT], add_bos=True, add_eos=True),
}


def labeller(kind: Any, tokenizer: Any, **fields: Any) -> Labeller:
    network = model(kind, vocab_size=len(tokenizer), id2label=NAMES, **fields)
    return Labeller(network, tokenizer, max_length=100, overlap=20)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", [RNNForTokenClassification, RNNForCRFTokenClassification])
@pytest.mark.parametrize("name", TOKENIZERS)
def test_the_tags_are_those_of_the_document(name: str, kind: Any, bidirectional: bool) -> None:
    tagger = labeller(kind, TOKENIZERS[name], bidirectional=bidirectional)
    for count in (512, 1300):
        words = sentences(count)[0]
        words[0] = words[700 % count] = words[-1] = ""
        found = list(tag_stream(tagger, iter(words)))
        assert found == next(iter(tagger([words])))["labels"]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_no_words(name: str) -> None:
    tagger = labeller(RNNForTokenClassification, TOKENIZERS[name])
    assert list(tag_stream(tagger, [])) == []
    assert list(tag_stream(tagger, [""])) == ["O"]


def test_special_tokens_are_counted() -> None:
    assert [special_ends(tokenizer) for tokenizer in TOKENIZERS.values()] == [(0, 0), (0, 0), (1, 1)]


@pytest.mark.parametrize("bidirectional", [False, True])
def test_memory_does_not_grow_with_the_document(bidirectional: bool) -> None:
    tagger = labeller(RNNForTokenClassification, TOKENIZERS["words"], bidirectional=bidirectional)

    def peak(count: int) -> int:
        words: Iterator[str] = (TEXT.split()[n % 10] for n in range(count))
        tracemalloc.start()
        assert sum(1 for _ in tag_stream(tagger, words)) == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(2_000)
    # 36,000 words more, kept in any way, would be 288,000 bytes at least.
    assert peak(40_000) - peak(4_000) < 100_000


def test_whoever_takes_the_tags_is_not_left_in_inference_mode() -> None:
    for _ in tag_stream(labeller(RNNForTokenClassification, TOKENIZERS["words"]), ["dog"] * 3):
        assert not torch.is_inference_mode_enabled()


def test_a_classifier_has_no_stream() -> None:
    with pytest.raises(DataError, match="cannot tag a stream"):
        tag_stream(labeller(RNNForSequenceClassification, TOKENIZERS["words"]), ["dog"])
