"""What installed distributions say they offer, read from their metadata; nothing is imported."""

import importlib
import importlib.metadata
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from importlib.metadata import Distribution
from pathlib import PurePath

from seqkit.plugins.kinds import BUILT_IN, KINDS
from seqkit.plugins.policy import is_distribution_name, normalise

_VALUE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_NAME = re.compile(r"\w[\w.-]*")
_FOLDER = re.compile(r"(.+?)(-v?\d.*)?\.(dist|egg)-info")
_VERSION = re.compile(r"[\w.!+-]{1,60}", re.ASCII)
_LONGEST = 200


@dataclass(frozen=True)
class Entry:
    """One entry point of one distribution.

    Args:
        kind: `"cells"`, `"tokenizers"` or `"heads"`.
        name: the entry-point name.
        value: `"module:Class"`.
        distribution: normalised name of the distribution.
        version: its version, `""` if its metadata has none.
        misfit: why its own requirement excludes this seqkit, else `""`.
        fault: why the entry point can never work, else `""`.
    """

    kind: str
    name: str
    value: str
    distribution: str
    version: str
    misfit: str = ""
    fault: str = ""


def scan() -> tuple[Entry, ...]:
    """Read the entry points of all distributions on `sys.path`, sorted by kind, built-ins first, then name."""
    installed = _distributions()
    seqkit = _headers(installed[BUILT_IN]).get("Version", "") if BUILT_IN in installed else ""
    entries = [entry for name, each in installed.items() for entry in _entries(name, each, seqkit)]
    kinds = list(KINDS)
    return tuple(
        sorted(entries, key=lambda e: (kinds.index(e.kind), e.distribution != BUILT_IN, e.name, e.distribution))
    )


def forget_folders() -> None:
    """Make Python look into the folders of `sys.path` anew: it may have read one just before an installation."""
    importlib.invalidate_caches()
    # Part of the former since Python 3.12; through an instance, since in 3.11 it is not the class method it should be.
    importlib.metadata.MetadataPathFinder().invalidate_caches()


def is_name(text: str) -> bool:
    """Tell whether a text can be the bare name of a plugin: letters, digits, `_`, `.`, `-`, up to 200 of them."""
    return len(text) <= _LONGEST and _NAME.fullmatch(text) is not None


def is_installed(distribution: str) -> bool:
    """Tell whether a distribution is installed, plugin or not."""
    return normalise(distribution) in _distributions()


def _distributions() -> dict[str, Distribution]:
    """Map each installed name to its distribution; the first on `sys.path` wins, as it does at import."""
    folders: dict[str, int] = {}

    def place(distribution: Distribution) -> tuple[int, str]:
        path = _path(distribution)
        return folders.setdefault(os.path.dirname(path), len(folders)), path

    found: dict[str, Distribution] = {}
    # Sorted within a folder: the order in which a file system lists it differs between machines.
    for distribution in sorted(importlib.metadata.distributions(), key=place):
        name = _distribution_name(distribution)
        if is_distribution_name(name):
            found.setdefault(normalise(name), distribution)
    return found


def _path(distribution: Distribution) -> str:
    """Return the path of the metadata folder; `importlib.metadata` knows it but gives no public name to it."""
    return str(getattr(distribution, "_path", ""))


def _distribution_name(distribution: Distribution) -> str:
    """Return the name from the metadata folder's name, which needs no reading, or else from the metadata."""
    folder = _FOLDER.fullmatch(PurePath(_path(distribution)).name)
    # 'seqkit-mingru-1.0.dist-info', unescaped, is not seqkit: the name ends before the first digit-led part.
    return folder[1] if folder else str(_headers(distribution).get("Name", ""))


def _read(distribution: Distribution, file: str) -> str:
    try:
        text = distribution.read_text(file) or ""
    except UnicodeDecodeError as error:
        # An author's name in another encoding hides no plugin: what is not UTF-8 is a fault of its line alone.
        text = error.object.decode(errors="replace")
    except OSError:
        return ""
    return text.removeprefix("\ufeff")


def _headers(distribution: Distribution) -> Message:
    """Parse the headers alone: the description below them is most of the file, and the parser would walk it."""
    text = _read(distribution, "METADATA") or _read(distribution, "PKG-INFO")
    return HeaderParser().parsestr(text.partition("\n\n")[0])


def _sections(distribution: Distribution) -> dict[str, list[str]]:
    """Return the entry-point lines of each kind.

    `importlib.metadata` parses all or nothing: one bad line of one distribution would hide every plugin.
    """
    text = _read(distribution, "entry_points.txt")
    sections: dict[str, list[str]] = {}
    if "[seqkit." not in text:
        return sections
    kinds = {f"[{kind.group}]": name for name, kind in KINDS.items()}
    current = None
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("["):
            current = kinds.get(line)
        elif current and not line.startswith(("#", ";")):
            sections.setdefault(current, []).append(line)
    return sections


def _entries(name: str, distribution: Distribution, seqkit: str) -> Iterator[Entry]:
    sections = _sections(distribution)
    # Of the hundred distributions of an environment, only those with plugins have their metadata parsed.
    headers = _headers(distribution) if sections else Message()
    version = str(headers.get("Version", "")).strip()
    version = version if _VERSION.fullmatch(version) else ""
    misfit, unreadable = ("", "") if name == BUILT_IN else _gate(headers.get_all("Requires-Dist", []), seqkit)
    unversioned = "" if version else f"the metadata of {name} has no version that can be read; reinstall it"
    for kind, lines in sections.items():
        values: dict[str, list[str]] = {}
        for line in lines:
            key, _, value = line.partition("=")
            values.setdefault(key.strip(), []).append("".join(value.split()))
        for key, given in values.items():
            fault = _malformed(key, given) or unversioned or unreadable
            yield Entry(kind, _shown(key), _shown(given[0]), name, version, misfit, fault)


def _shown(text: str) -> str:
    """Return a text as it may stand on a terminal: what is long is cut, what is not printable is written out."""
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return text if text.isprintable() else ascii(text)[1:-1]


def _malformed(name: str, values: list[str]) -> str:
    """Say what is wrong with an entry point as it is written, else `""`."""
    if not is_name(name):
        return f"its name {_shown(name)!r} may hold only letters, digits, '_', '.' and '-'; its author must rename it"
    if len(set(values)) > 1:
        return f"its distribution declares it twice, as {' and '.join(map(_shown, values))}; its author must rename one"
    if len(values[0]) > _LONGEST or not _VALUE.fullmatch(values[0]):
        return f"its entry point {_shown(values[0])!r} is not of the form 'module:Class'; its author must correct it"
    return ""


def _gate(requirements: list[str], seqkit: str) -> tuple[str, str]:
    """Return why the requirements exclude this seqkit, and which of them cannot be read; `""` where all is well."""
    ours = [text for text in requirements if normalise(re.split(r"[^\w.-]", text.strip())[0]) == BUILT_IN]
    if not (ours and seqkit):
        return "", ""
    # Imported here: it comes with transformers, is not standard library, and few processes need it.
    from packaging.requirements import Requirement

    for text in ours:
        try:
            requirement = Requirement(text)
            applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            fits = requirement.specifier.contains(seqkit, prereleases=True)
        except Exception:  # beside its own errors: a marker that compares nothing, brackets a thousand deep
            return "", f"its requirement {_shown(text)!r} cannot be read; its author must correct it"
        if applies and not fits:
            return f"it requires seqkit{_shown(str(requirement.specifier))}, and this is seqkit {seqkit}", ""
    return "", ""
