"""The kit for checkpoints passes a whole one, and finds each thing that can be wrong with one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from seqkit.errors import UnknownPlugin
from seqkit.testing import check_checkpoint
from seqkit.testing.checkpoint import CHECKPOINT_CHECKS, CheckpointContract
from tests.hub.cases import save
from tests.test_checkpoints import bring


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("kit") / "tiny")


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "tiny")


def test_a_whole_one_passes(folder: Path) -> None:
    report = check_checkpoint(lambda: folder)
    report.raise_for_failures()
    assert (report.name, report.ran, report.skipped) == ("tiny", len(CHECKPOINT_CHECKS), 0)


def test_by_its_name_and_as_a_contract(site, folder: Path) -> None:
    bring(site, "acme-models", f"Path({str(folder)!r})")
    assert check_checkpoint("tiny", only=["plain-files"]).ok

    class Tiny(CheckpointContract):
        checkpoint = "tiny"

    assert Tiny.report().ok
    with pytest.raises(UnknownPlugin):
        check_checkpoint("tyny")


def spoil_link(folder: Path) -> None:
    (folder / "more.json").symlink_to("/etc/hostname")


def spoil_pickle(folder: Path) -> None:
    (folder / "optimizer.pt").write_bytes(b"")


def spoil_size(folder: Path) -> None:
    with (folder / "more.txt").open("wb") as file:
        file.truncate(21_000_000)


def spoil_figures(folder: Path) -> None:
    text = (folder / "metrics.json").read_text(encoding="utf-8")
    (folder / "metrics.json").write_text(text.replace('"machine"', '"other"'), encoding="utf-8")


def spoil_card(folder: Path) -> None:
    (folder / "card.json").unlink()


def spoil_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"no")


@pytest.mark.parametrize(
    ("spoil", "check", "told"),
    [
        (spoil_link, "plain-files", "more.json is a link"),
        (spoil_pickle, "plain-files", "optimizer.pt is no part of a model"),
        (spoil_size, "small", "MB are too many"),
        (spoil_figures, "figures-told", "has no 'machine'"),
        (spoil_card, "card-whole", "the model has no licence"),
        (spoil_weights, "answers", "is not a whole safetensors file"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_wrong_is_found(folder: Path, spoil: Callable[[Path], None], check: str, told: str) -> None:
    spoil(folder)
    (result,) = check_checkpoint(lambda: folder, only=[check]).results
    assert result.status == "failed"
    assert told in result.reason
