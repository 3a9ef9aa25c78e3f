"""A trained model is judged: losses by hand, tags in any scheme, labels that nobody knew."""

from typing import Any

import datasets
import pytest
import torch
from torch.nn import functional as F

from seqkit import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification, WordTokenizer
from seqkit.errors import DataError
from seqkit.training.evaluation import evaluate
from seqkit_crf import RNNForCRFTokenClassification
from tests.cases import model

TOKENIZER = WordTokenizer.train(["a b c d"])
WORDS = [["a", "b", "c"], ["d"], [], ["b", "a"]]
BIO = [["B-X", "I-X", "O"], ["B-X"], [], ["O", "O"]]
IOBES = [["B-X", "E-X", "O"], ["S-X"], [], ["O", "O"]]


def sentences(labels: list[list[str]]) -> datasets.Dataset:
    features = datasets.Features({name: datasets.List(datasets.Value("string")) for name in ("tokens", "labels")})
    return datasets.Dataset.from_dict({"tokens": WORDS, "labels": labels}, features=features)


def tagger(names: list[str], kind: Any = RNNForTokenClassification) -> Any:
    torch.manual_seed(3)
    return model(kind, vocab_size=len(TOKENIZER), id2label=dict(enumerate(names)))


def texts(labels: list[Any]) -> datasets.Dataset:
    return datasets.Dataset.from_dict({"text": ["a b", "c", "d d", "b"][: len(labels)], "label": labels})


def classifier(**fields: Any) -> Any:
    return model(RNNForSequenceClassification, vocab_size=len(TOKENIZER), **fields)


def test_a_taggers_loss_and_figures() -> None:
    network = tagger(["B-X", "I-X", "O"])
    found = evaluate(network, TOKENIZER, "token-classification", sentences(BIO), batch_size=2)
    nats, right = [], []
    for words, tags in zip(WORDS, BIO, strict=True):
        if words:
            ids = torch.tensor([TOKENIZER(words, is_split_into_words=True)["input_ids"]])
            truth = torch.tensor([network.config.label2id[tag] for tag in tags])
            with torch.no_grad():
                logits = network(ids).logits[0]
            nats.append(F.cross_entropy(logits, truth, reduction="none"))
            right += (logits.argmax(-1) == truth).tolist()
    assert found.figures["accuracy"] == pytest.approx(sum(right) / len(right))
    assert 0 < found.figures["loss"] < 10
    assert {"precision", "recall", "f1"} <= found.figures.keys()
    (row,) = found.table
    assert (row["label"], row["support"]) == ("X", 2)
    whole = evaluate(network, TOKENIZER, "token-classification", sentences(BIO), batch_size=16)
    assert whole.figures["loss"] == pytest.approx(float(torch.cat(nats).mean()), abs=1e-5)


@pytest.mark.parametrize("kind", [RNNForTokenClassification, RNNForCRFTokenClassification])
def test_tags_are_judged_in_the_models_scheme(kind: Any) -> None:
    network = tagger(["O", "B-X", "I-X", "E-X", "S-X"], kind)
    same = evaluate(network, TOKENIZER, "token-classification", sentences(IOBES))
    assert evaluate(network, TOKENIZER, "token-classification", sentences(BIO)) == same
    assert same.figures["loss"] < 100, "no sequence of the truth is forbidden"
    plain = tagger(["O", "B-X", "I-X"], kind)
    expected = evaluate(plain, TOKENIZER, "token-classification", sentences(BIO))
    assert evaluate(plain, TOKENIZER, "token-classification", sentences(IOBES)) == expected


def test_illegal_tags_are_counted() -> None:
    broken = sentences([["O", "I-X", "I-X"], ["B-X"], [], ["O", "O"]])
    found = evaluate(tagger(["B-X", "I-X", "O"]), TOKENIZER, "token-classification", broken)
    assert found.notes == ["1 tags of the data are not legal in bio; read as conlleval does"]


def test_tags_that_nobody_knew() -> None:
    network, data = tagger(["B-X", "I-X", "O"]), sentences([["B-X", "I-X", "O"], ["B-Y"], [], ["B-Y", "O"]])
    with pytest.raises(DataError, match=r"row 2 \(2 times\): label 'B-Y'"):
        evaluate(network, TOKENIZER, "token-classification", data)
    found = evaluate(network, TOKENIZER, "token-classification", data, unknown="wrong")
    (row,) = (row for row in found.table if row["label"] == "Y")
    assert (row["recall"], row["support"]) == (0.0, 2)
    assert "'B-Y' (2, first in row 2) were not seen in training: counted as not found" in found.notes[0]
    assert found.figures["loss"] > 0


def test_a_classifier_and_labels_that_nobody_knew() -> None:
    network = classifier(id2label={0: "x", 1: "y"})
    known = evaluate(network, TOKENIZER, "sequence-classification", texts(["x", "y", "x"]))
    assert set(known.figures) == {"loss", "accuracy", "f1_macro"}
    with pytest.raises(DataError, match="'z'"):
        evaluate(network, TOKENIZER, "sequence-classification", texts(["x", "y", "x", "z"]))
    found = evaluate(network, TOKENIZER, "sequence-classification", texts(["x", "y", "x", "z"]), unknown="wrong")
    assert found.figures["accuracy"] == pytest.approx(known.figures["accuracy"] * 3 / 4)
    assert found.figures["loss"] == pytest.approx(known.figures["loss"], abs=1e-6)
    assert found.table[-1]["label"] == "z"
    none = evaluate(network, TOKENIZER, "sequence-classification", texts(["z", "z"]), unknown="wrong")
    assert "loss" not in none.figures


def test_several_labels_by_their_thresholds() -> None:
    network = classifier(id2label={0: "x", 1: "y"}, problem_type="multi_label_classification")
    data = texts([["x"], [], ["x", "y"]])
    network.config.label_thresholds = [0.0, 0.999]
    found = evaluate(network, TOKENIZER, "sequence-classification", data)
    assert [(row["label"], row["recall"]) for row in found.table] == [("x", 1.0), ("y", 0.0)]
    extra = evaluate(network, TOKENIZER, "sequence-classification", texts([["x"], ["z"], ["x", "y"]]), unknown="wrong")
    assert extra.figures["loss"] == pytest.approx(found.figures["loss"], abs=1e-6)
    assert extra.table[-1]["label"] == "z"


def test_a_number() -> None:
    network = classifier(num_labels=1, problem_type="regression")
    found = evaluate(network, TOKENIZER, "sequence-classification", texts([1.0, 2.5]))
    assert found.figures["mse"] == pytest.approx(found.figures["loss"], abs=1e-4)


def test_a_language_model() -> None:
    network = model(RNNForCausalLM, vocab_size=len(TOKENIZER))
    data = datasets.Dataset.from_dict({"text": ["a b c d " * 30]})
    assert {"loss", "perplexity"} <= evaluate(network, TOKENIZER, "causal-lm", data, batch_size=2).figures.keys()


def test_what_to_do_with_the_unknown_is_one_of_two() -> None:
    with pytest.raises(DataError, match="'drop'; expected one of error, wrong"):
        evaluate(tagger(["B-X", "O"]), TOKENIZER, "token-classification", sentences(BIO), unknown="drop")
