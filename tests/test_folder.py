"""A saved folder explains itself: README, shim, auto_map, and where its parts came from."""

import json
import logging
from pathlib import Path

import pytest

from seqkit import CharTokenizer, RNNConfig, RNNForSequenceClassification, folder
from seqkit import plugins as registry
from tests.fresh import install


@pytest.fixture
def model() -> RNNForSequenceClassification:
    return RNNForSequenceClassification(RNNConfig(cell="gru", vocab_size=9, hidden_size=4))


@pytest.fixture
def leaky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The distribution `seqkit-leaky`, installed while the test runs."""
    site = install(tmp_path / "site")
    monkeypatch.syspath_prepend(site)
    registry.refresh()
    yield site
    monkeypatch.undo()
    registry.refresh()


def test_config_json_points_to_the_shim(model: RNNForSequenceClassification, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert written["auto_map"]["AutoConfig"] == "seqkit_shim.RNNConfig"
    assert written["auto_map"]["AutoModelForSequenceClassification"] == "seqkit_shim.RNNForSequenceClassification"
    assert (tmp_path / "seqkit_shim.py").read_text().count("\n") == 1
    # Known in files only: in a process that has seqkit, nothing has to be looked up in a folder.
    assert not hasattr(RNNConfig.from_pretrained(tmp_path), "auto_map")


def test_tokenizer_config_points_to_the_shim(tmp_path: Path) -> None:
    tokenizer = CharTokenizer.train(["abc"])
    assert str(tmp_path / "tokenizer.json") in tokenizer.save_pretrained(tmp_path)
    written = json.loads((tmp_path / "tokenizer_config.json").read_text())
    assert written["auto_map"] == {"AutoTokenizer": [None, "seqkit_shim.CharTokenizer"]}
    assert (tmp_path / "seqkit_shim.py").exists()


def test_readme_tells_how_to_load(model: RNNForSequenceClassification, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path / "m")
    CharTokenizer.train(["abc"]).save_pretrained(tmp_path / "m")
    text = (tmp_path / "m" / "README.md").read_text()
    for part in (
        "pip install seqkit\n",
        "import seqkit",
        "cell `gru`",
        'AutoModelForSequenceClassification.from_pretrained("m")',
        'AutoTokenizer.from_pretrained("m")',
        "trust_remote_code=True",
    ):
        assert part in text


def test_readme_is_the_same_in_either_order_of_saving(model: RNNForSequenceClassification, tmp_path: Path) -> None:
    tokenizer = CharTokenizer.train(["abc"])
    for parts, name in (((model, tokenizer), "a"), ((tokenizer, model), "b")):
        for part in parts:
            part.save_pretrained(tmp_path / name / "m")
    assert (tmp_path / "a/m/README.md").read_text() == (tmp_path / "b/m/README.md").read_text()


def test_a_model_card_is_left_alone(model: RNNForSequenceClassification, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("My card.")
    model.save_pretrained(tmp_path)
    assert (tmp_path / "README.md").read_text() == "My card."


def test_readme_names_the_plugins_distribution(leaky: Path, tmp_path: Path) -> None:
    RNNConfig(cell="leaky", vocab_size=9).save_pretrained(tmp_path / "m")
    assert "pip install seqkit seqkit-leaky\n" in (tmp_path / "m" / "README.md").read_text()


def test_readme_names_the_tokenizers_distribution(leaky: Path, tmp_path: Path) -> None:
    registry.get("tokenizers", "bare").train(["abc"]).save_pretrained(tmp_path / "m")
    assert "pip install seqkit seqkit-leaky\n" in (tmp_path / "m" / "README.md").read_text()


def test_readme_tells_of_a_cell_registered_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.registry, "_local", {})
    registry.register("cells", "mine", type("Mine", (registry.get("cells", "gru"),), {}))
    RNNConfig(cell="mine", vocab_size=9).save_pretrained(tmp_path)
    assert "register 'mine' with `seqkit.plugins.register`" in (tmp_path / "README.md").read_text()


def test_provenance_of_cell_and_head(leaky: Path, tmp_path: Path) -> None:
    config = RNNConfig(cell="leaky", vocab_size=9, hidden_size=4)
    registry.resolve_head("RNNDoubled")(config).save_pretrained(tmp_path / "m")
    saved = RNNConfig.from_pretrained(tmp_path / "m").provenance
    assert saved["cell"] == {"name": "leaky", "distribution": "seqkit-leaky", "version": "1.2.3"}
    assert saved["head"] == {"name": "doubled", "distribution": "seqkit-leaky", "version": "1.2.3"}
    assert 'AutoModelForTokenClassification.from_pretrained("m")' in (tmp_path / "m" / "README.md").read_text()


@pytest.mark.parametrize(("version", "told"), [("1.2.9", False), ("1.3.0", True), ("2.2.3", True)])
def test_another_release_series_is_told_once(
    leaky: Path, version: str, told: bool, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    record = {"cell": {"name": "leaky", "distribution": "seqkit-leaky", "version": version}}
    fields = {**RNNConfig(cell="leaky", vocab_size=9).to_dict(), "provenance": record}
    with caplog.at_level(logging.WARNING, logger="seqkit"):
        RNNConfig.from_dict(fields)
    assert [f"seqkit-leaky {version}" in message for message in caplog.messages] == [True] * told


def test_another_distribution_is_told(caplog: pytest.LogCaptureFixture) -> None:
    record = {"cell": {"name": "gru", "distribution": "seqkit-other", "version": "0.1.0"}}
    RNNConfig.from_dict({**RNNConfig(cell="gru", vocab_size=9).to_dict(), "provenance": record})
    assert "seqkit-other 0.1.0" in caplog.text


def test_a_failing_save_leaves_what_was_there(
    model: RNNForSequenceClassification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save_pretrained(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        model.config.save_pretrained(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["x; rm -r /", 7, None])
def test_only_names_go_into_the_command(name: object, tmp_path: Path) -> None:
    values = {"model_type": "seqkit-rnn", "cell": "x", "provenance": {"cell": {"distribution": name}}}
    (tmp_path / "config.json").write_text(json.dumps(values))
    assert "pip install seqkit\n" in folder.describe(tmp_path)


def test_a_tokenizer_beside_somebody_elses_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert", "architectures": ["BertModel"]}))
    CharTokenizer.train(["abc"]).save_pretrained(tmp_path)
    assert "A tokenizer." in (tmp_path / "README.md").read_text()


def test_a_damaged_tokenizer_config_does_not_stop_a_save(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text("[]")
    RNNConfig(vocab_size=9).save_pretrained(tmp_path)
    assert "AutoTokenizer" not in folder.describe(tmp_path)
