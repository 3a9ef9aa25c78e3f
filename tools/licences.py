"""Lists the licences of all that is installed, and fails where one is unknown or not at one with Apache-2.0.

python tools/licences.py
"""

import importlib.metadata
import re
import sys
from importlib.metadata import Distribution

OWN = "seqkit"
"""What this project's own distributions begin with."""

SILENT = {"atheris": "Apache-2.0"}
"""Distributions whose metadata tells nothing: what the licence file in their repository is."""

FREE = re.compile(
    r"Apache|\b0?BSD|\bMIT\b|\bISC\b|\bMPL\b|Mozilla Public|Python Software Foundation|\bPSF|Public Domain|\bZlib\b|"
    r"\bzlib\b|\bCNRI-Python\b|\bHPND\b|\bCC0|Unlicense|\bBSL-1\.0|\bNCSA\b|LLVM-exception|\bBlueOak|\bX11\b|\bSMLNJ\b"
)
"""Licences whose works a program under Apache-2.0 may need and be shipped beside."""


def licence_of(distribution: Distribution) -> str:
    """Return what a distribution's metadata says its licence is; "" is nothing."""
    said = distribution.metadata
    if said.get("License-Expression"):
        return str(said["License-Expression"])
    kinds = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier", []) if line.startswith("License ::")]
    # The field is a name in some packages, and a whole text in others.
    return (
        " OR ".join(kinds)
        or str(said.get("License") or "").strip().partition("\n")[0][:80]
        or SILENT.get(said["Name"], "")
    )


def is_free(licence: str) -> bool:
    """Tell whether each part of a licence, or one of its alternatives, is a known free one.

    Example:
        >>> is_free("MIT AND (GPL-2.0 OR BSD-3-Clause)"), is_free("MIT AND GPL-2.0"), is_free("")
        (True, False, False)
    """
    return all(any(map(FREE.search, re.split(r"\bOR\b", part))) for part in re.split(r"\bAND\b", licence))


def licences() -> dict[str, str]:
    """Return the licence of every distribution that is installed and not our own, by name."""
    names = {each.metadata["Name"]: each for each in importlib.metadata.distributions() if each.metadata["Name"]}
    return {name: licence_of(names[name]) for name in sorted(names, key=str.lower) if not name.startswith(OWN)}


def main() -> None:
    """Print every licence."""
    found = licences()
    for name, licence in found.items():
        print(f"{name:<28}{licence or '?'}" + ("" if is_free(licence) else "   <- look at this one"))
    bad = [name for name, licence in found.items() if not is_free(licence)]
    print(f"{len(found)} distributions, {len(bad)} to look at: {', '.join(bad) or '-'}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
