"""Distributions as no author should make them: every part of one is good or broken at random."""

import os
import random
from pathlib import Path

CELL = "from seqkit.cells.base import Cell\nclass Cell_(Cell):\n    '''A cell.'''\n"

NAMES = [
    "séqkit-{n}",
    "seqkit {n}",
    "seqkit;{n}",
    "-seqkit-{n}",
    "시크릿-{n}",
    "Seqkit__Fake..{n}",
    "seqkit\x1b[2J{n}",
    "a" * 180,
]
"""Names of distributions, as they stand in the folder's name and in the metadata."""

KEYS = [
    "a\0b",
    "셀{n}",
    "../../x",
    "a/b",
    "",
    "lstm",
    "[x]",
    "\x1b[31mred",
    "x" * 100_000,
    "c {n}",
    "--",
    "\u202egru",
    "same",
]
"""Names of entry points."""

VALUES = [
    "no_such_{n}:Cell_", "{m}", "{m}:", ":Cell_", "{m}:Cell_()", "../{m}:Cell_", "{m}:a:b", "{m}:\0", "os:system",
    "builtins:int", "json:JSONDecoder", "a" + ".b" * 5000 + ":C", "{m}:Cell_" + ".x" * 5000, "{m}:no", "sys:modules",
    "seqkit.no_such:X", "seqkit.cells.base:Cell", "{m}.deeper:Cell_", "{m} : Cell_", "{m}:Cell_ [extra]",
]  # fmt: skip

VERSIONS = [
    "",
    "junk",
    "1.0\x1b[2J",
    "1.0\n  folded: evil",
    "v" * 10_000,
    "1..2",
    "\u202e1.0",
    "9" * 5000,
    "2026.1+ü",
    "0",
]

REQUIREMENTS = [
    "seqkit>=99", "seqkit<0.0.1", "seqkit ~= nonsense", 'seqkit; os_name ~= "linux"', "seqkit; " + "(" * 20_000,
    "seqkit @ file:///x", "seqkit>=" + "9" * 5000, 'seqkit; extra == "x"', "seqkit[", "", "seqkit==*", "\x1b[2J",
    'seqkit; python_version < "3"', "seqkit;", "seqkit>=0; nonsense", "SEQKIT>=0.0",
]  # fmt: skip

SOURCES = [
    "1 / 0", "import sys\nsys.exit(3)", "import no_such", "x = (", "x = 1", "", "\0", "class Cell_: pass",
    "def Cell_(): pass", "raise BaseException('a\\nb\\x1b[2J')", "def f(): f()\nf()", "raise SystemExit",
    "class E(Exception):\n    def __str__(self): raise ValueError\nraise E()", "raise Exception('x' * 10**6)",
    "raise MemoryError", "class M(type):\n    __name__ = property(lambda s: 1 / 0)\nclass Cell_(metaclass=M): pass",
    "class M(type):\n    __module__ = property(lambda s: 1 / 0)\nclass B(metaclass=M): pass\nclass Cell_(B): pass",
    "def __getattr__(name): raise KeyError(name)", "raise GeneratorExit",
    "import asyncio\nraise asyncio.CancelledError",
    "class M(type):\n    __qualname__ = __mro__ = 3\nclass Cell_(metaclass=M): pass", "raise Exception('\\udc80')",
    "import sys\nsys.stdout = None\n" + CELL, "import sys\nsys.stdout.write('{' * 9)\n" + CELL,
    "print('hello')\n" + CELL,
    "import os\nos.chdir('/')\n" + CELL, "import torch\ntorch.set_default_device('meta')\n" + CELL,
    "import torch\ntorch.set_default_dtype(torch.float64)\ntorch.manual_seed(9)\n" + CELL,
    "import torch\ntorch.set_grad_enabled(False)\n" + CELL, "import random\nrandom.seed(1)\n" + CELL,
    "raise DeprecationWarning('old')",
    "import time\ntime.sleep(0.01)\n" + CELL,
    "import os\nos.environ['SEQKIT_PLUGINS'] = ''\n" + CELL,
    "import logging\nlogging.disable()\n" + CELL, CELL,
]  # fmt: skip

DAMAGES = [
    "none",
    "none",
    "none",
    "missing",
    "empty",
    "binary",
    "folder",
    "loop",
    "latin",
    "crlf",
    "bom",
    "no-blank",
    "long",
    "cut",
]
"""What may be wrong with a file of metadata as a whole."""


def install(folder: Path, number: int, dice: random.Random) -> None:
    """Write one distribution: its metadata, its entry points and a module."""

    def pick(good: str, bad: list[str], chance: float = 0.4) -> str:
        chosen = dice.choice(bad) if dice.random() < chance else good
        return chosen.replace("{n}", str(number)).replace("{m}", f"fake_{number}")

    name = pick("seqkit-fake-{n}", NAMES, 0.15)
    kind = dice.choice([".dist-info", ".dist-info", ".dist-info", ".egg-info"])
    escaped = name.replace("-", "_").replace("/", "_")
    info = folder / (
        pick(f"{escaped}-1.0", [escaped, f"{escaped}-junk", f"{name}-1.0", f"{escaped}-1.0-2.0"], 0.2) + kind
    )
    if info.exists():
        return
    info.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {pick('1.0', VERSIONS, 0.2)}"]
    lines += [f"Requires-Dist: {pick('seqkit', REQUIREMENTS, 0.3)}"] * dice.randrange(3)
    write(info / ("METADATA" if kind == ".dist-info" else "PKG-INFO"), "\n".join([*lines, "", "A plugin."]), dice)
    groups = []
    for _ in range(dice.randrange(1, 4)):
        group = pick(
            dice.choice(["seqkit.cells", "seqkit.heads", "seqkit.tokenizers"]), ["seqkit.no", "seqkit.cells]x["], 0.1
        )
        line = f"{pick('c{n}', KEYS, 0.3)} = {pick('{m}:Cell_', VALUES, 0.3)}"
        groups += [f"[{group}]", pick(line, ["nonsense", "=", line + "\n" + line + "x", "\x00"], 0.1)]
    write(info / "entry_points.txt", "\n".join(groups) + "\n", dice)
    (folder / f"fake_{number}.py").write_text(dice.choice(SOURCES), encoding="utf-8")


def write(path: Path, text: str, dice: random.Random) -> None:
    """Write a file of metadata, damaged or not."""
    damage = dice.choice(DAMAGES)
    data = text.encode()
    if damage == "folder":
        path.mkdir()
    elif damage == "loop":
        os.symlink(path.name, path)
    elif damage != "missing":
        path.write_bytes(
            {
                "empty": b"",
                "binary": dice.randbytes(len(data)),
                "latin": data + "# Müller\n".encode("latin-1"),
                "crlf": data.replace(b"\n", b"\r\n"),
                "bom": b"\xef\xbb\xbf" + data,
                "no-blank": data.replace(b"\n\n", b"\n"),
                "long": data + b"x" * 1_000_000,
                "cut": data[: dice.randrange(len(data))],
            }.get(damage, data)
        )
