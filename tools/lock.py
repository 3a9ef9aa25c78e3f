"""Writes `requirements.lock`: all that CI installs, each file by its hash, as pip resolves it under constraints.txt.

    python tools/lock.py
    python tools/lock.py --holds && pip install --require-hashes --no-deps -r requirements.lock

The hashes are those of the files that this machine would install: for this Python, system and processor. No index and
no address is written down; pip takes them from where it is configured to, and refuses what has another hash.
"""

import argparse
import json
import platform
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"

OWN = ("torch==2.13.0", "-e", ".[test,check,docs]")
"""What CI installs; the plugins need nothing but what is named here, and are installed from this tree."""

HEAD = "# All that CI installs, by hash: {here}. Written by tools/lock.py from constraints.txt."
USE = "# Use: pip install --require-hashes --no-deps -r requirements.lock"


def here() -> str:
    """Return this Python and system, as the lock names them."""
    return f"python {'.'.join(platform.python_version_tuple()[:2])}, {sysconfig.get_platform()}"


def holds() -> str:
    """Say that the lock is not for this Python and system; nothing if it is."""
    written = LOCK.read_text(encoding="utf-8").splitlines()[0]
    return "" if written == HEAD.format(here=here()) else f"{LOCK.name} is not for {here()}: {written!r}"


def resolve() -> list[dict[str, Any]]:
    """Let pip resolve, and install nothing; returns what it would take."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        plugins = [word for path in sorted((ROOT / "plugins").iterdir()) for word in ("-e", str(path))]
        subprocess.run(
            [*command, "--report", str(report), "-c", "constraints.txt", *OWN, *plugins], cwd=ROOT, check=True
        )
        return json.loads(report.read_text(encoding="utf-8"))["install"]


def locked(found: list[dict[str, Any]]) -> list[str]:
    """Return a line for each file, sorted; what is installed from this tree has none."""
    lines = []
    for each in found:
        archive = each["download_info"].get("archive_info")
        if archive is None:
            continue
        name, version = each["metadata"]["name"].lower().replace("_", "-"), each["metadata"]["version"]
        lines.append(f"{name}=={version} --hash=sha256:{archive['hashes']['sha256']}")
    return sorted(lines)


def read() -> dict[str, tuple[str, str]]:
    """Return the lock: version and hash by name."""
    lines = [line for line in LOCK.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    parts = [line.split(" --hash=sha256:") for line in lines]
    return {what.partition("==")[0]: (what.partition("==")[2], hashed) for what, hashed in parts}


def main() -> None:
    """Write the lock, or tell whether it holds here."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--holds", action="store_true", help="write nothing; fail unless the lock is for this machine")
    if parser.parse_args().holds:
        sys.exit(holds() or 0)
    lines = locked(resolve())
    LOCK.write_text("\n".join([HEAD.format(here=here()), USE, *lines, ""]), encoding="utf-8")
    print(f"{LOCK.name}: {len(lines)} files")


if __name__ == "__main__":
    main()
