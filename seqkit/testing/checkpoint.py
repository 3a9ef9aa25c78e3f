"""The kit for checkpoints: what a trained model that a distribution brings must keep, and its contract."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from seqkit.checkpoints import checkpoint
from seqkit.hub.check import problems_of_card, problems_of_files, try_out
from seqkit.hub.contents import is_shared
from seqkit.testing.checks import Checks
from seqkit.testing.contract import Contract
from seqkit.testing.report import Report

CHECKPOINT_CHECKS = Checks("checkpoint")

LARGEST = 20e6
"""Bytes that a model may have which comes with a package: indexes refuse large ones, and nobody waits for them."""


def check_checkpoint(model: str | Callable[[], Any], *, only: Sequence[str] | None = None) -> Report:
    """Run the checks on a checkpoint.

    Args:
        model: its name, or the function that its entry point names.
        only: ids of the checks to run; None is all.

    Returns:
        The report; `report.raise_for_failures()` makes an error of it.

    Raises:
        PluginError: if there is no checkpoint of this name, or it leads to no folder.
        ValueError: if `only` names a check that does not exist.
    """
    folder = Path(os.fspath(checkpoint(model) if isinstance(model, str) else model()))
    return CHECKPOINT_CHECKS.run(folder.name, folder, only)


class CheckpointContract(Contract):
    """What a checkpoint must keep, as tests: `class TestTagger(CheckpointContract): checkpoint = "tagger"`."""

    checks = CHECKPOINT_CHECKS
    checkpoint: ClassVar[str]
    """The name that its entry point has."""

    @classmethod
    def subject(cls) -> Path:
        """Return what the checks are given."""
        return Path(checkpoint(cls.checkpoint))


@CHECKPOINT_CHECKS("plain-files")
def plain_files(folder: Path) -> None:
    """Only weights as safetensors, texts and pictures are there: nothing that can run code, and no link."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        assert not path.is_symlink(), f"{name} is a link: what it leads to is not in the package"
        assert path.is_dir() or is_shared(name), f"{name} is no part of a model"


@CHECKPOINT_CHECKS("small")
def small(folder: Path) -> None:
    """All of it is smaller than 20 MB."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert size < LARGEST, f"{size / 1e6:.1f} MB are too many: store the weights as float16, or train a smaller one"


@CHECKPOINT_CHECKS("figures-told")
def figures_told(folder: Path) -> None:
    """There are figures, with seed, machine and date, and all files that a model is loaded from."""
    found = problems_of_files(folder)
    assert not found, "; ".join(map(str, found))


@CHECKPOINT_CHECKS("card-whole")
def card_whole(folder: Path) -> None:
    """The card is what the files say, with licence, makers of the data, limits and an example."""
    found = problems_of_card(folder)
    assert not found, "; ".join(map(str, found))


@CHECKPOINT_CHECKS("answers")
def answers(folder: Path) -> None:
    """The model loads through the Auto classes, strictly, and answers its first example."""
    assert try_out(folder), "it writes nothing"
