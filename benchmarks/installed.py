"""Data sets that are on every machine, since installed packages carry them; each is parted into what is learnt and not.

A reader takes nothing, or a folder that it leaves alone, and returns its parts by name, as those of sets.py do.
"""

import random
import sysconfig
from pathlib import Path
from typing import Any

from sets import Parts

TENTH = 10
"""One file, or one name, in so many is the test part."""


def python_library(folder: Path | None = None, seed: int = 0) -> Parts:
    """The modules of Python's own library; every tenth, by name, is the test part.

    Characters that are no ASCII are left out: they would make a vocabulary of thousands.
    """
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    texts = [
        "".join(filter(str.isascii, path.read_text(encoding="utf-8", errors="replace"))).replace("\r", "")
        for path in files
    ]
    rows = [{"text": text} for text in texts if text]
    return {
        "train": [row for i, row in enumerate(rows) if i % TENTH],
        "test": rows[::TENTH],
    }


def shakespeare(folder: Path, seed: int = 0) -> Parts:
    """Tiny Shakespeare (Karpathy, 2015), one text; its last tenth is the test part, as is usual."""
    text = (folder / "input.txt").read_text(encoding="utf-8")
    cut = len(text) * 9 // 10
    return {"train": [{"text": text[:cut]}], "test": [{"text": text[cut:]}]}


def transliterations(folder: Path | None = None, seed: int = 0) -> Parts:
    """English names of countries, languages and cities and the Korean ones, from CLDR as Babel has it.

    Names of letters alone; one that stands in the English list twice is taken once. One in ten is the test part.
    """
    english, korean = cldr_names("en"), cldr_names("ko")
    pairs = {(english[key], korean[key]) for key in english.keys() & korean.keys() if english[key] and korean[key]}
    pairs = {pair for pair in pairs if all(name.replace(" ", "").isalpha() for name in pair)}
    rows = [{"source": a, "target": b} for a, b in sorted({a: (a, b) for a, b in sorted(pairs)}.values())]
    random.Random(seed).shuffle(rows)
    cut = len(rows) // TENTH
    return {"train": rows[cut:], "test": rows[:cut]}


def cldr_names(code: str) -> dict[str, str]:
    """Return the names of a language by what they name; CLDR leaves out cities that English writes as their key."""
    from babel import Locale

    locale = Locale(code)
    zones: dict[str, Any] = {key: zone.get("city") for key, zone in locale.time_zones.items() if "/" in key}
    if code == "en":
        keys = (key for key in Locale("ko").time_zones if "/" in key)
        zones = {key: zones.get(key) or key.rsplit("/")[-1].replace("_", " ") for key in keys}
    return {**zones, **locale.territories, **{f"language {key}": name for key, name in locale.languages.items()}}


READERS = {"cldr-names": transliterations, "python-library": python_library, "tinyshakespeare": shakespeare}
"""The reader of each set."""
