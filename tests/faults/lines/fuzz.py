"""Coverage-guided fuzzing of the readers of configurations, tokenizers, weights, manifests, exports and states.

atheris mutates whole files and keeps what reaches new code of seqkit; each target has its share of the time. What it
kept is in `tests/faults/corpus`, and every `make test` goes through it again. A find is an input that a reader answers
with anything but its own error: it is told in base64, and becomes an entry of the corpus once it is mended.
"""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.battery import Counts

FULL = 3_600
UNIT = "seconds"

ROOT = Path(__file__).parents[3]
CORPUS = Path(__file__).parents[1] / "corpus"
KEPT, LONGEST = 60, 1_500
"""Entries of each target that are kept in the repository, and their bytes: the smallest of what reached new code."""

NAMES = ("checkpoint", "config", "description", "index", "manifest", "state", "tokenizer")


def entries(name: str) -> list[bytes]:
    """Return the corpus of a target."""
    path = CORPUS / f"{name}.json"
    return [base64.b64decode(entry) for entry in json.loads(path.read_text())] if path.is_file() else []


def keep(name: str, found: list[bytes]) -> None:
    """Keep what reached new code, beside what is kept already."""
    fresh = sorted({data for data in found if len(data) <= LONGEST} - set(entries(name)), key=len)
    kept = [*entries(name), *fresh][: max(KEPT, len(entries(name)))]
    CORPUS.mkdir(exist_ok=True)
    (CORPUS / f"{name}.json").write_text(
        json.dumps([base64.b64encode(data).decode() for data in kept], indent=0) + "\n"
    )


def fuzz(name: str, seconds: int, seed: int, folder: Path) -> dict[str, int | str]:
    """Fuzz one target in a process of its own; return its runs, its coverage, and its find if it has one."""
    (folder / "corpus").mkdir(parents=True)
    for number, data in enumerate(entries(name)):
        (folder / "corpus" / f"kept-{number}").write_bytes(data)
    command = [sys.executable, "-m", "tests.faults.fuzzer", name, str(seconds), str(seed), str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace")
    runs = re.findall(r"#(\d+)\s", done.stderr)
    covered = re.findall(r"cov: (\d+)", done.stderr)
    finds = [path for path in folder.iterdir() if path.is_file()]
    keep(name, [path.read_bytes() for path in (folder / "corpus").iterdir()])
    result: dict[str, int | str] = {
        "runs": int(runs[-1]) if runs else 0,
        "branches": int(covered[-1]) if covered else 0,
    }
    if finds or done.returncode or not runs:
        shown = base64.b64encode(finds[0].read_bytes()).decode()[:2_000] if finds else "no input"
        told = f"status {done.returncode}: {done.stdout[-1_000:]} {done.stderr[-1_000:]}"  # the exception is in the one
        result["find"] = f"{name}: {shown}: {told}"
    return result


def run(count: int, seed: int = 0) -> Counts:
    """Fuzz all targets for so many seconds together; one second each is the least."""
    share, found = max(1, count // len(NAMES)), {}
    with tempfile.TemporaryDirectory() as root:
        for name in NAMES:
            found[name] = fuzz(name, share, seed, Path(root, name))
    failures = [str(result.pop("find")) for result in found.values() if "find" in result]
    cases = sum(int(result["runs"]) for result in found.values())
    return {"cases": cases, "failed": len(failures), "failures": failures, "targets": found}
