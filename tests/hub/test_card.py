"""The card tells what was measured, and is metadata that the hub reads."""

from pathlib import Path
from types import SimpleNamespace

from huggingface_hub import ModelCard

from seqkit import RNNConfig
from seqkit.hub.card import write_card

RESULT = {
    "parameters": 1234,
    "metrics": {"loss": 1.5, "accuracy": 0.9},
    "facts": {"training rows": 1000},
    "sample": None,
    "seed": 7,
    "seconds": 1.0,
    "cpu_seconds": 2.0,
    "machine": "some machine",
    "date": "2026-01-01",
    "output": "secret/place",
}


def test_it_tells_the_figures_and_how_to_load(tmp_path: Path) -> None:
    settings = SimpleNamespace(
        task="sequence-classification", data=["/home/me/a.csv"], recipe="classifier", command="x"
    )
    write_card(tmp_path, RNNConfig(vocab_size=5), settings, RESULT, picture=None)
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.pipeline_tag == "text-classification"
    assert card.data.library_name == "seqkit"
    for text in (
        "1,234",
        "0.9000",
        "seed 7",
        "1,000",
        "`a.csv`",
        "AutoModelForSequenceClassification",
        "pip install seqkit\n",
        "Plugins: cell lstm of seqkit ",
    ):
        assert text in card.text
    assert "/home" not in card.text
    assert "secret" not in (tmp_path / "metrics.json").read_text()


def test_it_shows_how_far_back_the_model_learns(tmp_path: Path) -> None:
    settings = SimpleNamespace(task="causal-lm", data=["a.txt"], recipe="char-lm", command="")
    write_card(tmp_path, RNNConfig(vocab_size=5), settings, RESULT, picture="loss.png", memory="Beyond 40 tokens.")
    card = (tmp_path / "README.md").read_text()
    assert card.index("(loss.png)") < card.index("![gradient through time](gradient.png)\n\nBeyond 40 tokens.")
    write_card(tmp_path, RNNConfig(vocab_size=5), settings, RESULT, picture="loss.png")
    assert "gradient.png" not in (tmp_path / "README.md").read_text()


def test_it_tells_where_the_parts_came_from_and_what_to_install(tmp_path: Path) -> None:
    settings = SimpleNamespace(task="causal-lm", data=["a.txt"], recipe="chars", command="x")
    config = RNNConfig(vocab_size=5)
    config.provenance = {
        "cell": {"name": "mingru", "distribution": "seqkit-mingru", "version": "0.1.0"},
        "tokenizer": {"name": "mine", "distribution": "local", "version": ""},
    }
    write_card(tmp_path, config, settings, RESULT, picture=None)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "pip install seqkit seqkit-mingru\n" in text
    assert "Plugins: cell mingru of seqkit-mingru 0.1.0, tokenizer mine of local." in text
