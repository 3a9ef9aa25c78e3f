"""Checkpoints by name: whoever brings one, it is found, described and loaded, and a bad one harms none."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from transformers import AutoModelForTokenClassification

import seqkit
from seqkit import RNNConfig, RNNForTokenClassification, WordTokenizer, plugins
from seqkit.checkpoints import list_checkpoints
from seqkit.errors import AmbiguousPlugin, BrokenPlugin, DisabledPlugin, PluginError, UnknownPlugin

LEAD = "from pathlib import Path\n\ndef tiny():\n    return {value}\n"


def save(folder: Path) -> Path:
    """Save a tagger of nothing much, with its card's files."""
    tokenizer = WordTokenizer.train(["a b"], split="none")
    config = RNNConfig(vocab_size=len(tokenizer), hidden_size=4, id2label={0: "X", 1: "Y"})
    RNNForTokenClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    measured = {"task": "token-classification", "metrics": {"loss": 0.5, "accuracy": 0.25}}
    (folder / "metrics.json").write_text(json.dumps(measured))
    (folder / "card.json").write_text(json.dumps({"licence": "mit", "language": ["en"], "about": "Tags."}))
    return folder


def bring(site, distribution: str, value: str, name: str = "tiny") -> str:
    """Install a distribution whose function returns what `value` writes."""
    module = distribution.replace("-", "_")
    site.install(distribution, f"[seqkit.checkpoints]\n{name} = {module}:tiny\n", **{module: LEAD.format(value=value)})
    return module


def described(name: str):
    return next(row for row in list_checkpoints() if row.name == name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("model") / "tiny")


def test_a_third_party_brings_a_model_by_the_same_door(site, folder: Path) -> None:
    module = bring(site, "acme-models", f"Path({str(folder)!r})")
    row = next(row for row in plugins.list_plugins("checkpoints") if row.name == "tiny")
    assert (row.distribution, row.status) == ("acme-models", "ok")
    assert module not in sys.modules
    assert seqkit.checkpoint("tiny") == seqkit.checkpoint("acme-models/tiny") == str(folder)
    assert AutoModelForTokenClassification.from_pretrained(seqkit.checkpoint("tiny")).config.num_labels == 2


def test_it_is_described_from_its_files(site, folder: Path) -> None:
    bring(site, "acme-models", f"Path({str(folder)!r})")
    row = described("tiny")
    assert (row.task, row.language, row.licence, row.about) == ("token-classification", ("en",), "mit", "Tags.")
    assert (row.figure, row.value) == ("accuracy", 0.25)
    assert row.megabytes == (folder / "model.safetensors").stat().st_size / 1e6


def test_an_unknown_name_tells_the_nearest_and_all_there_are(site, folder: Path) -> None:
    bring(site, "acme-models", f"Path({str(folder)!r})")
    with pytest.raises(
        UnknownPlugin, match=r"No checkpoint is called 'tinny'\. Did you mean 'tiny'\? There are: .*tiny"
    ):
        seqkit.checkpoint("tinny")


@pytest.mark.parametrize("name", ["../tiny", "/etc", "a b", "", "os:getcwd", 3])
def test_a_name_is_never_a_path(name: object) -> None:
    with pytest.raises(UnknownPlugin):
        seqkit.checkpoint(name)  # type: ignore[arg-type]


def test_where_none_is_installed_it_says_what_brings_some(tmp_path: Path) -> None:
    """In a process that sees seqkit alone: its metadata without a zoo's."""
    code = (
        "import seqkit.plugins.registry as registry, seqkit.plugins.unknown as unknown\n"
        "registry.scan = lambda scan=registry.scan: tuple(e for e in scan() if e.kind != 'checkpoints')\n"
        "unknown.is_installed = lambda name: False\n"
        "import seqkit, sys\n"
        "assert seqkit.plugins.list_plugins('checkpoints') == []\n"
        "try: seqkit.checkpoint('upos-en')\n"
        "except seqkit.errors.UnknownPlugin as error: print(error)\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert done.stdout.splitlines() == [
        "No checkpoint is called 'upos-en'. None is installed. `pip install seqkit-zoo` brings seqkit's own.",
        "False",
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("1 / 0", "its function raised ZeroDivisionError"),
        ("exit()", "its function raised SystemExit"),
        ("None", "it leads to None, which is no folder on disk"),
        ("Path('/nowhere')", "/nowhere holds no config.json"),
    ],
)
def test_one_that_is_broken_says_so_and_harms_no_other(site, folder: Path, value: str, told: str) -> None:
    bring(site, "acme-models", f"Path({str(folder)!r})")
    bring(site, "bad-models", value, name="bad")
    with pytest.raises(BrokenPlugin, match="The checkpoint 'bad' is broken: ") as caught:
        seqkit.checkpoint("bad")
    assert told in str(caught.value)
    assert (described("bad").status, described("tiny").status) == ("broken", "ok")
    assert told in described("bad").reason


def test_what_is_no_function_is_broken(site) -> None:
    site.install("bad-models", "[seqkit.checkpoints]\nbad = bad_models:tiny\n", bad_models="tiny = 'models/tiny'\n")
    with pytest.raises(BrokenPlugin, match="bad_models:tiny is a str, not a function"):
        seqkit.checkpoint("bad")


def test_a_clash_names_both_and_the_qualified_name_works(site, folder: Path) -> None:
    bring(site, "acme-models", f"Path({str(folder)!r})")
    bring(site, "other-models", f"Path({str(folder)!r})")
    with pytest.raises(AmbiguousPlugin, match="'acme-models/tiny' or 'other-models/tiny'"):
        seqkit.checkpoint("tiny")
    assert seqkit.checkpoint("other-models/tiny") == str(folder)


def test_the_allow_list_holds_for_checkpoints(site, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(site, "acme-models", f"Path({str(folder)!r})")
    monkeypatch.setenv("SEQKIT_PLUGINS", "")
    with pytest.raises(DisabledPlugin, match="SEQKIT_PLUGINS='acme-models' lets it in"):
        seqkit.checkpoint("tiny")
    assert described("tiny").status == "disabled"


def test_a_function_can_be_registered_by_hand(site, folder: Path) -> None:
    def mine() -> Path:
        return folder

    plugins.register("checkpoints", "mine", mine)
    assert seqkit.checkpoint("mine") == str(folder)
    with pytest.raises(PluginError, match="is a str, not a function"):
        plugins.register("checkpoints", "other", str(folder))  # type: ignore[arg-type]
