"""python tools/draw_diagnostics.py - draws the pictures of docs/diagnostics.md, in some two minutes of processor time.

A language model of characters is trained on Python's own library and looked into on a file that it never read; the
copy problem is the one of examples/vanishing_gradient.py.
"""

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from rich.console import Console

from seqkit.cli.inspect import batch_of
from seqkit.cli.loading import load_model, load_tokenizer, quiet
from seqkit.data import read_dataset
from seqkit.diagnostics import find_units, inspect_model
from seqkit.diagnostics.report import figures_of, unit_figure
from seqkit.training.session import train
from seqkit.training.settings import build_settings

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
TRAINED = (
    "argparse",
    "ast",
    "calendar",
    "codecs",
    "csv",
    "dataclasses",
    "datetime",
    "difflib",
    "inspect",
    "json/decoder",
)
HELD_BACK = "textwrap.py"
STEPS = "1500"


def save(figure: Any, name: str) -> None:
    """Write a picture, with few colours: it lives in the repository."""
    path = PICTURES / f"{name}.png"
    figure.savefig(path, dpi=100)
    shrink(path)


def shrink(path: Path) -> None:
    """Keep 64 colours of a picture, which no eye will miss."""
    Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)


def language_model(folder: str) -> None:
    """Train a small language model and draw what is in it."""
    library = Path(sysconfig.get_path("stdlib"))
    files = [str(library / f"{name}.py") for name in TRAINED]
    train(
        build_settings("causal-lm", None, files, f"{folder}/code", {"max_steps": STEPS, "use_cpu": "true"}), Console()
    )
    model, tokenizer = load_model(f"{folder}/code"), load_tokenizer(f"{folder}/code")
    table = read_dataset([str(library / HELD_BACK)], task="causal-lm")
    inspection = inspect_model(model, batch_of(model, tokenizer, "causal-lm", table, 8, 200))
    print(inspection.verdict)
    for name, figure in figures_of(inspection).items():
        save(figure, name)
    search = find_units(model, tokenizer, table["text"][0][:10_000])
    for follower in search.followers:
        print(follower)
    save(unit_figure(search, search.followers[0]), "unit")


def copy_problem(folder: str) -> None:
    """Run the example, and take its pictures."""
    subprocess.run([sys.executable, str(ROOT / "examples" / "vanishing_gradient.py")], cwd=folder, check=True)
    for name in ("vanishing_gradient", "exploding_gradient"):
        target = PICTURES / f"{name.replace('_', '-')}.png"
        Image.open(Path(folder) / "runs" / f"{name}.png").resize((788, 472)).save(target)
        shrink(target)


if __name__ == "__main__":
    quiet()
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        language_model(folder)
        copy_problem(folder)
