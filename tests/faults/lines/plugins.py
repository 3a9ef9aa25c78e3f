"""Fake distributions, broken at random, beside a healthy one: seqkit works, and each message names its distribution."""

import logging
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from seqkit import RNNConfig, RNNModel, plugins
from seqkit.cells import LSTM
from seqkit.cells.base import Cell
from seqkit.errors import PluginError
from seqkit.plugins import PluginInfo
from tests.faults.battery import Counts, Tally
from tests.faults.distributions import CELL, install

FULL = 1_000
UNIT = "distributions"

LONGEST = 2_000
"""Characters that a message may have."""

WATCHED: dict[str, Callable[[], Any]] = {
    "the working folder": os.getcwd,
    "the default device": lambda: str(torch.get_default_device()),
    "the default dtype": torch.get_default_dtype,
    "the gradient mode": torch.is_grad_enabled,
    "random numbers": lambda: (random.getstate(), torch.get_rng_state().sum().item()),
    "what logs": lambda: logging.root.manager.disable,
    "the output": lambda: sys.stdout,
    "SEQKIT_PLUGINS": lambda: os.environ.get("SEQKIT_PLUGINS"),
}
"""What a plugin's import must leave as it was."""


def run(count: int, seed: int = 0) -> Counts:
    """Install so many distributions, list them, use every plugin that they claim to have, and type `seqkit plugins`.

    Plugins are imported into this process: it is one that may be spoilt.
    """
    tally = Tally()
    own = {row.qualified for row in plugins.list_plugins()}
    with site(count, seed) as folder:
        rows = [row for row in plugins.list_plugins() if row.qualified not in own]
        for row in rows:
            before = {name: read() for name, read in WATCHED.items()}
            wrong = use(row)
            changed = [name for name, read in WATCHED.items() if read() != before[name]]
            wrong = wrong or core() or (f"{row.value[:80]} changed {', '.join(changed)}" if changed else "")
            tally.wrong(f"{row.distribution}/{row.name[:40]!a} of seed {seed}: {wrong}") if wrong else tally.right(
                row.status
            )
        for wrong in typed(folder):
            tally.wrong(wrong)
    return {**tally.counts(), "distributions": count}


@contextmanager
def site(count: int, seed: int) -> Iterator[Path]:
    """Install distributions into a folder on the path, a healthy one among them."""
    dice, paths, modules = random.Random(seed), list(sys.path), set(sys.modules)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(count):
            install(folder, number, dice)
        info = folder / "seqkit_healthy-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: seqkit-healthy\nVersion: 1.0\n\n")
        (info / "entry_points.txt").write_text("[seqkit.cells]\nhealthy = healthy:Cell_\n")
        (folder / "healthy.py").write_text(CELL)
        sys.path.insert(0, name)
        plugins.refresh()
        try:
            yield folder
        finally:
            sys.path[:] = paths
            plugins.refresh()
            for module in set(sys.modules) - modules:
                if module.startswith("fake_") or module == "healthy":
                    del sys.modules[module]


def use(row: PluginInfo) -> str:
    """Ask for a plugin; say what is wrong with what came, `""` if nothing is."""
    try:
        found = plugins.get(row.kind, row.qualified)
    except PluginError as error:
        return judge(str(error), row.distribution)
    except BaseException as error:
        return f"{type(error).__name__} came through: {str(error)[:200]!a}"
    return "" if isinstance(found, type) else f"{found!r} came"


def judge(message: str, distribution: str) -> str:
    """Say what is wrong with a message."""
    if distribution not in message:
        return f"its distribution is not named: {message[:200]!a}"
    if not message.isprintable():
        return f"not one printable line: {message[:200]!a}"
    return f"{len(message):,} characters of message" if len(message) > LONGEST else ""


def core() -> str:
    """Say what of seqkit itself has stopped working."""
    if plugins.get("cells", "lstm") is not LSTM or not issubclass(plugins.get("cells", "healthy"), Cell):
        return "the built-in or the healthy cell is gone"
    out = RNNModel(RNNConfig(vocab_size=3, hidden_size=2))(torch.tensor([[1, 2]])).last_hidden_state
    return (
        ""
        if out.dtype == torch.float32 and out.device.type == "cpu" and out.requires_grad
        else f"a model gives {out.dtype} on {out.device}"
    )


def typed(folder: Path) -> Iterator[str]:
    """Say what is wrong with what `seqkit plugins` prints."""
    for options in ([], ["--json"]):
        environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"}
        command = [sys.executable, "-m", "seqkit", "plugins", *options]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8")
        words = " ".join(["seqkit plugins", *options])
        if done.returncode or "seqkit-healthy" not in done.stdout:
            yield f"{words}: {done.stderr[-300:]!a}"
        elif not all(line.isprintable() for line in done.stdout.splitlines()):
            line = next(line for line in done.stdout.splitlines() if not line.isprintable())
            yield f"{words} prints what rules a terminal: {line[:200]!a}"
