"""How long `seqkit plugins` takes with many plugins installed: the whole command, from a cold start of Python.

    python benchmarks/plugins.py [--plugins 50] [--rounds 9]

The plugins are fakes: metadata in a folder on the path, and modules that would stop the process if they were imported.
Measured in turn: the table, `--json`, and what Python itself takes to start. Prints the medians in seconds, on the
wall and of the processor, which other processes slow less, and writes benchmarks/results/plugins.json.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from common import Runs, Times, arguments, in_turn, origin, write

ALLOWED = 0.5
"""Seconds that the command may take."""


def install(folder: Path, count: int) -> None:
    """Install so many distributions, each with a cell, a tokenizer and a head."""
    for i in range(count):
        info = folder / f"seqkit_fake{i}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: seqkit-fake{i}\nVersion: 1.0\nRequires-Dist: seqkit>=0.1\n")
        groups = "\n".join(f"[seqkit.{kind}]\nfake{i} = fake{i}:Fake" for kind in ("cells", "tokenizers", "heads"))
        (info / "entry_points.txt").write_text(groups + "\n")
        (folder / f"fake{i}.py").write_text("import os\nos._exit(9)\n")


COMMANDS = {
    "table": ("-m", "seqkit", "plugins"),
    "json": ("-m", "seqkit", "plugins", "--json"),
    "bare Python": ("-c", ""),
}


def commands(folder: Path, used: Times) -> Runs:
    """Return what is measured, by name; each run notes the seconds of the processor that it used."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}

    def run(name: str) -> None:
        before = os.times()
        command = [sys.executable, *COMMANDS[name]]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        user, system = (getattr(after, part) - getattr(before, part) for part in ("children_user", "children_system"))
        used.setdefault(name, []).append(user + system)

    return {name: partial(run, name) for name in COMMANDS}


def medians(times: Times) -> dict[str, float]:
    """Return the median of each, in seconds."""
    return {name: round(statistics.median(values), 3) for name, values in times.items()}


def main() -> None:
    parser = arguments(__doc__, rounds=9)
    parser.add_argument("--plugins", type=int, default=50, help="distributions installed (default 50)")
    options = parser.parse_args()
    count = 3 if options.quick else options.plugins
    with tempfile.TemporaryDirectory() as name:
        install(Path(name), count)
        used: Times = {}
        wall, processor = medians(in_turn(commands(Path(name), used), options.rounds)), medians(used)
    for name, seconds in wall.items():
        print(f"{name:12} {seconds:.3f} s, of the processor {processor[name]:.3f} s")
    facts = {"plugins": count, "seconds": wall, "processor_seconds": processor, "allowed": ALLOWED}
    facts |= {"rounds": options.rounds, "quick": options.quick}
    write(options.output, "plugins", {**facts, "load": round(os.getloadavg()[0], 1), **origin(1)})


if __name__ == "__main__":
    main()
