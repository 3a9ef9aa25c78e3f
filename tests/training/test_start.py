"""A training that begins with a saved model takes network and tokenizer over, and says what is new."""

from pathlib import Path

import pytest
import torch

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM, RNNForSequenceClassification, WordTokenizer
from seqkit.errors import CheckpointError, ConfigError
from seqkit.training.settings import build_settings
from seqkit.training.start import load_start, load_tokenizer
from seqkit.training.tasks import prepare


@pytest.fixture
def writer(tmp_path: Path) -> Path:
    folder, tokenizer = tmp_path / "lm", WordTokenizer.train("good day bad day fine day")
    config = RNNConfig(vocab_size=len(tokenizer), hidden_size=6, tie_word_embeddings=True, output_dropout=0.4)
    RNNForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_the_network_is_taken_over_and_the_rest_is_told(writer: Path) -> None:
    fields = {"id2label": {0: "bad", 1: "good", 2: "so"}, "label2id": {"bad": 0, "good": 1, "so": 2}}
    model, told = load_start(RNNForSequenceClassification, str(writer), {**fields, "pooling": "concat"})
    before = RNNForCausalLM.from_pretrained(writer)
    for name, tensor in before.model.state_dict().items():
        assert torch.equal(model.model.state_dict()[name], tensor)
    assert told == f"begins with {writer}; new: score.bias, score.weight; left behind: lm_head.bias"
    assert (model.config.num_labels, model.config.pooling, model.config.output_dropout) == (3, "concat", 0.4)
    assert model.score.weight.shape == (3, 18)


def test_the_same_head_goes_on_as_it_was(writer: Path) -> None:
    model, told = load_start(RNNForCausalLM, str(writer), {"output_dropout": 0.0})
    assert told == f"begins with {writer}"
    assert torch.equal(model.lm_head.bias, RNNForCausalLM.from_pretrained(writer).lm_head.bias)


def test_a_change_of_shape_is_refused(writer: Path) -> None:
    with pytest.raises(CheckpointError, match="shape"):
        load_start(RNNForSequenceClassification, str(writer), {"hidden_size": 7, "tie_word_embeddings": False})


def test_a_recipe_says_nothing_of_its_shape_and_trains_no_tokenizer(writer: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\n" + "good day,1\nbad day,2\n" * 20)
    settings = build_settings(
        "sequence-classification", None, [str(tmp_path / "a.csv")], "out", {"zoneout": "0.2"}, model=str(writer)
    )
    assert settings.config == {"pooling": "attention", "input_dropout": 0.3, "output_dropout": 0.3, "zoneout": 0.2}
    assert prepare(settings).tokenizer.get_vocab() == load_tokenizer(str(writer)).get_vocab()


def test_what_cannot_be_a_start_is_refused(writer: Path, tmp_path: Path) -> None:
    def begin(model: object, **other: object) -> None:
        build_settings("causal-lm", None, ["a"], "out", {}, model=str(model), **other)

    with pytest.raises(ConfigError, match="tokenizer of its own"):
        begin(writer, tokenizer="word")
    with pytest.raises(CheckpointError, match=r"has no config\.json and no tokenizer\.json"):
        begin(tmp_path / "nowhere")
    (writer / "tokenizer.json").unlink()
    with pytest.raises(CheckpointError, match=r"has no tokenizer\.json"):
        begin(writer)
    CharTokenizer.train("ab").save_pretrained(writer)
    begin(writer)
