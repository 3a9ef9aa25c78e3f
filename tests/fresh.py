"""A fresh Python process, as a user's would be, and distributions that are really installed for it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PLUGIN = '''
import torch
from torch import nn
from seqkit.cells.base import Cell
from seqkit.models.token_classification import RNNForTokenClassification
from seqkit.tokenizers.base import SeqkitTokenizer
from seqkit.tokenizers.cuts import CHARACTERS

class Leaky(Cell):
    """h_t = (h_{t-1} + W x_t) / 2."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight = nn.Parameter(torch.randn(hidden_size, input_size) / 8)

    def reset_parameters(self) -> None:
        torch.nn.init.xavier_uniform_(self.weight)

    def project(self, x):
        return x @ self.weight.T

    def step(self, p, state):
        h = (state[0] + p) / 2
        return h, (h,)

class RNNDoubled(RNNForTokenClassification):
    """A tagger that is twice as sure."""

    def forward(self, input_ids=None, attention_mask=None, labels=None, **kwargs):
        outputs = super().forward(input_ids, attention_mask, labels=labels, **kwargs)
        outputs["logits"] = outputs.logits * 2
        return outputs

class BareTokenizer(SeqkitTokenizer):
    """Characters, under a name of its own."""

    splits = {"characters": CHARACTERS}
'''

ENTRY_POINTS = """[seqkit.cells]
leaky = seqkit_leaky:Leaky

[seqkit.heads]
doubled = seqkit_leaky:RNNDoubled

[seqkit.tokenizers]
bare = seqkit_leaky:BareTokenizer
"""


def install(folder: Path, version: str = "1.2.3") -> Path:
    """Install the distribution `seqkit-leaky` into a folder, as pip leaves one; returns the folder."""
    info = folder / f"seqkit_leaky-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: seqkit-leaky\nVersion: {version}\n\nA plugin.\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    (folder / "seqkit_leaky.py").write_text(PLUGIN)
    return folder


def run(code: str, home: Path, *path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh process that has no terminal, no network and a cache of its own.

    Args:
        code: what to run.
        home: folder for caches.
        path: folders of installed distributions.
        environment: further variables.
    """
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_", "SEQKIT"))
    }
    own = {
        "HF_HOME": str(home / "hf"),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([*map(str, path), str(ROOT)]),
        "TOKENIZERS_PARALLELISM": "false",
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, **own, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=home,
    )


def printed(code: str, home: Path, *path: Path, **environment: str) -> list[str]:
    """Return the lines that code prints in a fresh process, which must end well."""
    done = run(code, home, *path, **environment)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout.splitlines()
