"""`seqkit pull` and `from_pretrained`, with the real client, against a stand-in on loopback."""

import json
from pathlib import Path

import pytest
from huggingface_hub import snapshot_download

from seqkit.hub.pull import missing
from tests import fresh
from tests.hub.cases import save
from tests.hub.standin import Files, Hub, environment
from tests.hub.typed import Typed, typed_afresh
from tests.hub.typed import typed as typed

LOAD = """
import seqkit
from transformers import AutoModelForSequenceClassification as Auto, AutoTokenizer
model, tokenizer = Auto.from_pretrained({place!r}, **{options}), AutoTokenizer.from_pretrained({place!r}, **{options})
print(type(model).__name__, type(tokenizer).__name__, model.config.hidden_size)
"""


def files_of(folder: Path) -> Files:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def shared(hub: Hub, tmp_path: Path) -> Files:
    """The files of a private repository on the hub."""
    found = files_of(save(tmp_path / "made" / "days"))
    hub.add("me/days", found, private=True)
    return found


def test_a_model_comes_whole_and_without_code(online: Hub, typed: Typed, tmp_path: Path, shared: Files) -> None:
    evil = {"pytorch_model.bin": b"pickle", "seqkit_shim.py": b"import os", "modeling.py": b"1", "a/b.pkl": b""}
    online.add("me/days", {**shared, **evil})
    code, shown = typed("seqkit pull me/days")
    assert code == 0, shown
    assert "pulled me/days to days" in shown
    assert files_of(tmp_path / "days") == shared
    asked = " ".join(path for _, path, _ in online.requests)
    assert not [name for name in evil if f"/{name}" in asked]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "days", "made"]


def test_a_pulled_model_works(online: Hub, typed: Typed, shared: Files) -> None:
    assert typed("seqkit pull me/days --output here/mine")[0] == 0
    code, shown = typed("seqkit predict here/mine day")
    assert code == 0
    assert shown.endswith("\tday\n")


def test_a_revision_is_what_it_was(online: Hub, typed: Typed, tmp_path: Path, shared: Files) -> None:
    first = online.repositories["me/days"].resolve("main")
    online.add("me/days", {**shared, "card.json": b"{}"})
    assert typed(f"seqkit pull me/days --revision {first} --output old")[0] == 0
    assert typed("seqkit pull me/days --output new")[0] == 0
    assert (tmp_path / "old" / "card.json").read_bytes() == shared["card.json"]
    assert (tmp_path / "new" / "card.json").read_bytes() == b"{}"
    code, shown = typed("seqkit pull me/days --revision nowhere --output x")
    assert code == 1
    assert "there is no such revision" in shown


def test_what_the_cache_holds_of_others_stays_there(online: Hub, typed: Typed, tmp_path: Path, shared: Files) -> None:
    online.add("me/days", {**shared, "pytorch_model.bin": b"pickle", "modeling.py": b"1"})
    snapshot_download("me/days")
    assert len(list((tmp_path / "cache").rglob("pytorch_model.bin"))) == 1
    assert typed("seqkit pull me/days")[0] == 0
    assert files_of(tmp_path / "days") == shared


def test_a_private_repository_needs_its_token(
    online: Hub, typed: Typed, tmp_path: Path, shared: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    code, shown = typed("seqkit pull me/days")
    assert code == 1
    assert "shows no such repository to somebody without a token" in shown
    assert not (tmp_path / "days").exists()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"README.md": b""}, "holds no config.json"),
        ({"config.json": b'{"model_type": "bert"}'}, "holds a 'bert' model"),
        ({"config.json": b'{"model_type": "seqkit-rnn"}', "pytorch_model.bin": b"x"}, "no weights as safetensors"),
    ],
)
def test_what_is_no_model_of_ours_leaves_nothing(
    online: Hub, typed: Typed, tmp_path: Path, files: Files, message: str
) -> None:
    online.add("me/other", files)
    code, shown = typed("seqkit pull me/other")
    assert code == 1
    assert message in shown
    assert not (tmp_path / "other").exists()


def test_a_folder_that_is_taken_is_left_alone(online: Hub, typed: Typed, tmp_path: Path, shared: Files) -> None:
    (tmp_path / "days").mkdir()
    (tmp_path / "days" / "mine.txt").write_text("mine")
    code, shown = typed("seqkit pull me/days")
    assert code == 1
    assert "days exists and would be overwritten" in shown
    assert [path.name for path in (tmp_path / "days").iterdir()] == ["mine.txt"]
    assert online.requests == []


def test_what_is_to_be_installed_is_named(online: Hub, typed: Typed, tmp_path: Path, shared: Files) -> None:
    parts = {"cell": "seqkit-nowhere", "head": "seqkit", "tokenizer": "x; rm -r", "more": "local"}
    provenance = {part: {"name": "x", "distribution": name, "version": "1"} for part, name in parts.items()}
    config = {**json.loads(shared["config.json"]), "provenance": provenance}
    online.add("me/days", {**shared, "config.json": json.dumps(config).encode()})
    code, shown = typed("seqkit pull me/days")
    assert code == 0
    assert "before it can be loaded: pip install seqkit-nowhere\n" in shown
    assert missing(tmp_path / "days") == ["seqkit-nowhere"]


def test_what_was_pulled_once_is_there_without_a_network(hub: Hub, tmp_path: Path, shared: Files) -> None:
    assert typed_afresh("seqkit pull me/days --output a", tmp_path, hub)[0] == 0
    before = len(hub.requests)
    assert typed_afresh("seqkit pull me/days --output b", tmp_path, hub, HF_HUB_OFFLINE="1")[0] == 0
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")
    assert len(hub.requests) == before
    elsewhere = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "elsewhere")}
    code, shown = typed_afresh("seqkit pull me/days --output c", tmp_path, hub, **elsewhere)
    assert code == 1
    assert "HF_HUB_OFFLINE is set" in shown


def test_from_pretrained_takes_a_name_a_revision_and_a_token(hub: Hub, tmp_path: Path, shared: Files) -> None:
    first = hub.repositories["me/days"].resolve("main")
    hub.add("me/days", {"config.json": b"{}"})
    code = LOAD.format(place="me/days", options={"revision": first})
    loaded = ["RNNForSequenceClassification WordTokenizer 8"]
    assert fresh.printed(code, tmp_path, **environment(hub)) == loaded
    before = len(hub.requests)
    assert fresh.printed(code, tmp_path, **{**environment(hub), "HF_HUB_OFFLINE": "1"}) == loaded
    assert len(hub.requests) == before


@pytest.mark.slow
def test_from_pretrained_needs_the_token_of_a_private_repository(hub: Hub, tmp_path: Path, shared: Files) -> None:
    done = fresh.run(LOAD.format(place="me/days", options={}), tmp_path, **environment(hub, token=None))
    assert done.returncode == 1
    assert "me/days is not a local folder" in done.stderr


@pytest.mark.slow
def test_from_pretrained_never_fetches_a_pickle(hub: Hub, tmp_path: Path, shared: Files) -> None:
    pickled = {name: content for name, content in shared.items() if not name.endswith(".safetensors")}
    hub.add("me/pickled", {**pickled, "pytorch_model.bin": b"pickle"})
    done = fresh.run(LOAD.format(place="me/pickled", options={}), tmp_path, **environment(hub))
    assert done.returncode == 1
    assert not [path for method, path, _ in hub.requests if method == "GET" and path.endswith("pytorch_model.bin")]
    assert not list((tmp_path / "hf").rglob("pytorch_model.bin"))
