"""One target under atheris, Google's coverage-guided fuzzer.

    python -m tests.faults.fuzzer TARGET SECONDS SEED FOLDER

It mutates what it is given, and keeps what reaches new code of seqkit. It ends with the process, so that a process is
its own: `tests.faults.lines.fuzz` starts one for each target.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["seqkit"], enable_loader_override=False):
    from tests.faults.targets import TARGETS, seeds

LONGEST = 4_096
"""Bytes of an input."""


def main() -> None:
    name, seconds, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(name)):
        (folder / "corpus" / f"seed-{number}").write_bytes(data)
    options = {"max_total_time": seconds, "seed": seed + 1, "max_len": LONGEST, "timeout": 30, "rss_limit_mb": 4096}
    arguments = [f"-{key}={value}" for key, value in options.items()]
    atheris.Setup([sys.argv[0], *arguments, f"-artifact_prefix={folder}/", str(folder / "corpus")], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
