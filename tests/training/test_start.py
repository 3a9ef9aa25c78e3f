"""A training that begins with a saved model takes network and tokenizer over, and says what is new."""

import io
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from seqkit import (
    CharTokenizer,
    RNNConfig,
    RNNForCausalLM,
    RNNForSequenceClassification,
    RNNForTokenClassification,
    WordTokenizer,
)
from seqkit.errors import CheckpointError, ConfigError
from seqkit.training.session import build_model
from seqkit.training.settings import Settings, build_settings
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


def test_a_head_of_other_labels_begins_anew(writer: Path, tmp_path: Path) -> None:
    config = RNNConfig.from_pretrained(writer, num_labels=2)
    before = RNNForTokenClassification.from_pretrained(writer, config=config)
    before.save_pretrained(tmp_path / "tagger")
    model, told = load_start(RNNForTokenClassification, str(tmp_path / "tagger"), {"num_labels": 5})
    assert told == f"begins with {tmp_path / 'tagger'}; new: classifier.bias, classifier.weight"
    assert model.classifier.weight.shape[0] == 5
    assert torch.isfinite(model.classifier.weight).all()
    assert torch.equal(model.get_input_embeddings().weight, before.get_input_embeddings().weight)


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


SENTENCES = "The\tD\ncat\tN\nsat\tV\n\nA\tD\ndog\tN\nran\tV\n\n" * 6


def tagging(tmp_path: Path, **options: Any) -> Settings:
    """Make the settings of a tagger that begins with vectors."""
    (tmp_path / "s.conll").write_text(SENTENCES)
    (tmp_path / "v.txt").write_text("the 1 2 3\ncat 4 5 6\n")
    data = str(tmp_path / "s.conll")
    given = {"vectors": str(tmp_path / "v.txt"), "validation": [data], **options}
    return build_settings("token-classification", None, [data], str(tmp_path / "out"), {}, **given)


def test_a_model_begins_with_vectors_and_tells_how_many(tmp_path: Path) -> None:
    settings, said = tagging(tmp_path), io.StringIO()
    prepared = prepare(settings)
    model = build_model(settings, prepared, Console(file=said, width=200))
    assert model.config.embedding_size == 3
    row = model.get_input_embeddings().weight[prepared.tokenizer.convert_tokens_to_ids("cat")]
    assert row.tolist() == [4, 5, 6]
    assert "vectors for 2 of 6 words (1 in small letters), 33.3% of the running words" in said.getvalue()
    assert prepared.facts["words without a vector"] == 4


@pytest.mark.parametrize(("options", "other"), [({"embedding_size": "5"}, {}), ({}, {"model": "there"})], ids=str)
def test_vectors_stand_beside_nothing_that_decides_the_embedding(
    options: dict[str, str], other: dict[str, str], writer: Path
) -> None:
    other = {name: str(writer) for name in other}
    with pytest.raises(ConfigError, match="both decide what the embedding is"):
        build_settings("token-classification", None, ["x"], "out", options, vectors="v.txt", **other)
