"""Answers in order, whatever the batches, and for rows of any length."""

from typing import Any

import pytest
import torch

from seqkit import CharTokenizer, RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification, WordTokenizer
from seqkit.errors import ConfigError, DataError
from seqkit.inference import Labeller
from seqkit.inference import labeller as module
from seqkit_crf import RNNForCRFTokenClassification
from tests.cases import model

TEXT = "the dog runs and the cat sleeps on a mat"
WORDS = WordTokenizer.train([TEXT])
CHARACTERS = CharTokenizer.train([TEXT])
NAMES = {0: "O", 1: "B-A", 2: "I-A", 3: "B-B"}


def sentences(*lengths: int) -> list[list[str]]:
    words = TEXT.split()
    return [[words[(3 * row + n) % len(words)] for n in range(length)] for row, length in enumerate(lengths)]


def tagger(kind: Any = RNNForTokenClassification, tokenizer: Any = WORDS, **fields: Any) -> Any:
    return model(kind, vocab_size=len(tokenizer), id2label=NAMES, **fields)


def alone(network: Any, tokenizer: Any, words: list[str]) -> list[str]:
    """Tag one sentence the plain way: the argmax at the first token of each word."""
    encoded = tokenizer(words, is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        best = network(input_ids=encoded["input_ids"]).logits[0].argmax(-1).tolist()
    places = [encoded.word_ids().index(n) for n in range(len(words))]
    return [NAMES[best[place]] for place in places]


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("tokenizer", [WORDS, CHARACTERS], ids=["words", "characters"])
def test_each_sentence_gets_its_own_tags_in_order(tokenizer: Any, bidirectional: bool, side: str) -> None:
    network, rows = tagger(tokenizer=tokenizer, bidirectional=bidirectional), sentences(3, 0, 9, 1, 5, 2, 7, 0)
    tokenizer.padding_side = side
    found = [answer["labels"] for answer in Labeller(network, tokenizer, batch_size=3)(rows)]
    tokenizer.padding_side = "right"
    assert found == [alone(network, tokenizer, row) if row else [] for row in rows]


@pytest.mark.parametrize("kind", [RNNForTokenClassification, RNNForCRFTokenClassification])
def test_a_long_sentence_gets_the_tags_of_the_whole(kind: Any) -> None:
    network, rows = tagger(kind), sentences(4, 500, 31, 30)
    labeller = Labeller(network, WORDS, max_length=30, overlap=10)
    assert [answer["labels"] for answer in labeller(rows)] == [alone(network, WORDS, row) for row in rows]


def test_a_long_sentence_is_read_in_windows_in_both_directions() -> None:
    network, rows = tagger(bidirectional=True), sentences(400)
    for parameter in network.model.parameters():
        parameter.data *= 0.5
    labeller = Labeller(network, WORDS, max_length=100, overlap=33)
    (found,) = (answer["labels"] for answer in labeller(rows))
    agree = [a == b for a, b in zip(found, alone(network, WORDS, rows[0]), strict=True)]
    assert sum(agree) >= 399


@pytest.mark.parametrize("pooling", ["last", "mean", "attention"])
def test_a_classifier_scores_short_empty_and_long_texts(pooling: str) -> None:
    network = model(RNNForSequenceClassification, vocab_size=len(WORDS), num_labels=3, pooling=pooling)
    texts = ["the dog", "", TEXT * 40, "cat sleeps on", "runs"]
    found = Labeller(network, WORDS, batch_size=2, max_length=30, overlap=0).scores(texts)
    for text, scores in zip(texts, found, strict=True):
        ids = torch.tensor([WORDS(text)["input_ids"]], dtype=torch.long)
        torch.testing.assert_close(scores, network(ids).logits[0], atol=1e-5, rtol=1e-5)
    assert Labeller(network, WORDS).scores([]).shape == (0, 3)


def test_a_word_of_a_hundred_thousand_characters() -> None:
    network = tagger(tokenizer=CHARACTERS)
    ((one, two),) = (answer["labels"] for answer in Labeller(network, CHARACTERS)([["a" * 100_000, "dog"]]))
    assert {one, two} <= set(NAMES.values())


def test_words_without_tokens_are_outside_of_all_spans() -> None:
    rows = [["the", "", "dog"]]
    (spans,) = (answer["labels"] for answer in Labeller(tagger(), WORDS)(rows))
    assert spans[1] == "O"
    plain = model(RNNForTokenClassification, vocab_size=len(WORDS), id2label={0: "DET", 1: "NOUN"})
    (tags,) = (answer["labels"] for answer in Labeller(plain, WORDS)(rows))
    assert tags[1] is None
    assert None not in (tags[0], tags[2])


def test_iobes_is_answered_in_bio() -> None:
    names = {0: "O", 1: "S-A", 2: "B-A", 3: "E-A"}
    network = model(RNNForCRFTokenClassification, vocab_size=len(WORDS), id2label=names)
    for answer in Labeller(network, WORDS)(sentences(9, 9, 9)):
        assert set(answer["labels"]) <= {"O", "B-A", "I-A"}


def test_windows_and_batches_change_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    network, rows = tagger(), sentences(*(n % 13 for n in range(50)))
    whole = list(Labeller(network, WORDS)(rows))
    monkeypatch.setattr(module, "WINDOW", 7)
    monkeypatch.setattr(module, "WINDOW_CHARACTERS", 60)
    monkeypatch.setattr(module, "BATCH_TOKENS", 20)
    assert list(Labeller(network, WORDS)(iter(rows))) == whole


def test_rows_are_taken_a_window_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW", 10)
    taken = 0

    def rows() -> Any:
        nonlocal taken
        for row in sentences(*([4] * 100)):
            taken += 1
            yield row

    answers = Labeller(tagger(), WORDS)(rows())
    next(answers)
    assert taken == 10
    assert sum(1 for _ in answers) == 99


@pytest.mark.parametrize("fields", [{}, {"bidirectional": True}, {"cell": "gru", "pooling": "attention"}], ids=str)
def test_ragged_series_are_answered_as_each_alone(fields: dict[str, Any]) -> None:
    network = model(RNNForSequenceClassification, vocab_size=None, num_features=3, num_labels=4, **fields)
    rows = [torch.randn(length, 3).tolist() for length in (5, 1, 17, 2, 9, 40, 3)]
    labeller = Labeller(network, batch_size=3)
    for row, scores in zip(rows, labeller.scores(rows), strict=True):
        with torch.no_grad():
            alone = network(input_features=torch.tensor([row])).logits[0]
        torch.testing.assert_close(scores, alone, rtol=1e-5, atol=1e-6)
    assert [answer["label"] for answer in labeller(rows)] == [labeller.answer([row])[0]["label"] for row in rows]


def test_a_long_series_is_read_in_blocks() -> None:
    network = model(RNNForSequenceClassification, vocab_size=None, num_features=3, num_labels=4, pooling="mean")
    rows = [torch.randn(length, 3).tolist() for length in (100, 4)]
    found = Labeller(network, max_length=30, overlap=0).scores(rows)
    torch.testing.assert_close(found, Labeller(network).scores(rows), rtol=1e-5, atol=1e-6)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match="RNNForCausalLM gives no labels"):
        Labeller(model(RNNForCausalLM), WORDS)
    with pytest.raises(ConfigError, match="3 times overlap"):
        Labeller(tagger(), WORDS, max_length=10, overlap=4)
