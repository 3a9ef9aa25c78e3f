import numpy as np
import pytest
import sacrebleu
from transformers import EvalPrediction

from seqkit import WordTokenizer
from seqkit.training import translation
from seqkit.training.translation import Translation, text_metrics


def test_the_figures_are_sacrebleus() -> None:
    written = ["a man sleeps on a green couch .", "two dogs run over the grass"]
    right = ["a man is sleeping on a green couch .", "two dogs run over the grass"]
    found = text_metrics(written, right)
    assert found["bleu"] == pytest.approx(sacrebleu.corpus_bleu(written, [right]).score)
    assert found["chrf"] == pytest.approx(sacrebleu.corpus_chrf(written, [right]).score)
    assert found["exact_match"] == 0.5
    assert 0 < found["bleu"] < 100


def test_without_sacrebleu_exact_matches_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "find_spec", lambda name: None)
    assert text_metrics(["a"], ["a"]) == {"exact_match": 1.0}


def test_filling_is_no_text() -> None:
    tokenizer = WordTokenizer.train(["a b c"], split="whitespace", add_eos=True)
    ids = np.array(tokenizer(["a b c", "c b a"])["input_ids"])
    filled = np.concatenate([ids, np.full((2, 3), -100)], 1)
    prediction = EvalPrediction(predictions=filled, label_ids=filled)
    assert Translation(tokenizer).decode(filled) == ["a b c", "c b a"]
    assert Translation(tokenizer)(prediction)["exact_match"] == 1
    assert Translation(tokenizer, ["a b c", "c b x"])(prediction)["exact_match"] == 0.5
    # References of other data than these are none.
    assert Translation(tokenizer, ["a b c"])(prediction)["exact_match"] == 1
