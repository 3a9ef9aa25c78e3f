"""A new package for a plugin, from templates: whole, installable, and with tests that are green at once."""

import keyword
import os
import re
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from seqkit.errors import PluginError
from seqkit.files import move_folder, sync_tree
from seqkit.plugins.kinds import BUILT_IN, KINDS
from seqkit.plugins.registry import list_plugins

PREFIX = f"{BUILT_IN}-"
"""What the names of plugins' distributions begin with."""

_NAME = re.compile(r"[a-z]([a-z0-9]|[-_.](?=[a-z0-9]))*", re.IGNORECASE)
_LONGEST = 50

_CLASSES = {"cells": "{}", "tokenizers": "{}Tokenizer", "heads": "RNN{}ForSequenceClassification"}
# Names that a template imports: a class of such a name would hide what it needs.
_IMPORTED = {"Cell", "ConfigError", "Tensor", "CellContract", "SeqkitTokenizer", "RNNForSequenceClassification"}

# Where each template goes; `-` in place of a leading dot, since data files that begin with one are left out of wheels.
_COMMON = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "LICENSE": "LICENSE",
    "-gitignore": ".gitignore",
    "test.yml": ".github/workflows/test.yml",
    "init.py": "src/%{package}/__init__.py",
    "py.typed": "src/%{package}/py.typed",
    "test.py": "tests/test_%{module}.py",
}


class _Blanks(Template):
    """`%{name}` is a blank to fill: no other sign of Python, YAML, TOML or Markdown looks like one."""

    delimiter = "%"
    idpattern = r"(?!)"
    braceidpattern = r"[a-z_]+"


@dataclass(frozen=True)
class Plan:
    """What the files of a new package are about.

    Args:
        kind: `"cells"`, `"tokenizers"` or `"heads"`.
        name: the entry-point name, `"mingru"`.
        cls: name of the class, `"MinGRU"`.
    """

    kind: str
    name: str
    cls: str

    @property
    def distribution(self) -> str:
        """Name of the distribution and of its folder, `"seqkit-mingru"`."""
        return PREFIX + self.name

    @property
    def module(self) -> str:
        """Name of the module with the class, `"mingru"`."""
        return self.name.replace("-", "_")

    def blanks(self) -> dict[str, str]:
        """Return what fills the templates' blanks."""
        noun, ours = KINDS[self.kind].noun, version(BUILT_IN).split(".")
        return {
            "name": self.name,
            "cls": self.cls,
            "module": self.module,
            "package": self.distribution.replace("-", "_"),
            "distribution": self.distribution,
            "group": KINDS[self.kind].group,
            "noun": noun,
            "contract": f"{noun.capitalize()}Contract",
            # Until 1.0 a minor version may break a plugin.
            "range": f">={ours[0]}.{ours[1]},<{ours[0]}.{int(ours[1]) + 1}",
        }


def create(name: str, kind: str, into: Path) -> tuple[Path, Path]:
    """Write the package `seqkit-NAME`.

    Args:
        name: the plugin's name, with `seqkit-` before it or not; its capitals are the class's.
        kind: `"cell"`, `"tokenizer"` or `"head"`.
        into: the folder in which the package's folder is made.

    Returns:
        The package's folder, and the file in it with the class.

    Raises:
        PluginError: the kind is unknown, the name cannot name a package or is a built-in's, or the folder exists.
    """
    plan = plan_of(name, kind)
    folder = into / plan.distribution
    if os.path.lexists(folder):
        raise PluginError(f"{folder} exists, and nothing is overwritten: choose another name, or remove it first.")
    if not into.is_dir():
        raise PluginError(f"{into} is no folder: make it first, or choose another --into.")
    written = render(plan)
    with tempfile.TemporaryDirectory(dir=into, prefix=f".{plan.distribution}.") as temporary:
        whole = Path(temporary) / plan.distribution
        for path, text in written.items():
            (whole / path).parent.mkdir(parents=True, exist_ok=True)
            (whole / path).write_text(text, encoding="utf-8")
        sync_tree(whole)
        move_folder(whole, folder)
    return folder, folder / _source(plan)


def plan_of(name: str, kind: str) -> Plan:
    """Return what a name means, or say why it cannot name a plugin.

    Example:
        >>> plan_of("MinGRU", "cell").distribution, plan_of("seqkit-my-cell", "cell").cls
        ('seqkit-mingru', 'MyCell')
    """
    kinds = {rule.noun: kind for kind, rule in KINDS.items() if rule.base}
    if kind not in kinds:
        raise PluginError(f"--kind {kind!r} is unknown: choose one of {', '.join(kinds)}.")
    bare = name[len(PREFIX) :] if name.lower().startswith(PREFIX) else name
    if not _NAME.fullmatch(bare) or len(bare) > _LONGEST:
        raise PluginError(
            f"{name!r} cannot name a package: write a letter, then letters and digits, with single '-' between them, "
            f"{_LONGEST} at most, such as 'mingru' or 'my-cell'."
        )
    parts = re.split(r"[-_.]", bare)
    title = "".join(part[0].upper() + part[1:] for part in parts)
    cls = _CLASSES[kinds[kind]].format(title.removesuffix("Tokenizer") if kind == "tokenizer" else title)
    plan = Plan(kinds[kind], "-".join(parts).lower(), cls)
    if plan.cls in _IMPORTED or keyword.iskeyword(plan.module) or keyword.iskeyword(plan.cls):
        raise PluginError(f"{name!r} would hide a name that the {kind} needs: choose another.")
    if any(row.name == plan.name and row.distribution == BUILT_IN for row in list_plugins(plan.kind)):
        raise PluginError(f"{plan.name!r} is a {kind} of seqkit's own, which nothing can replace: choose another name.")
    return plan


def render(plan: Plan) -> dict[str, str]:
    """Return the files of a package: text by path."""
    blanks, templates = plan.blanks(), files("seqkit.plugins") / "templates"
    targets = {templates / "common" / name: path for name, path in _COMMON.items()}
    own = templates / KINDS[plan.kind].noun
    targets |= {own / "class.py": _source(plan).as_posix(), own / "about.md": "about.md"}
    written = {_fill(path, blanks): _fill(_read(template), blanks) for template, path in targets.items()}
    # What is particular to a kind stands in the README where all kinds have it.
    about = written.pop("about.md")
    return {**written, "README.md": written["README.md"].replace("<about>\n", about)}


def _source(plan: Plan) -> Path:
    return Path("src") / plan.blanks()["package"] / f"{plan.module}.py"


def _read(template: Traversable) -> str:
    # The suffix keeps linters, type checkers and Python's own compiler away from what is not Python yet.
    return template.with_name(f"{template.name}.tmpl").read_text(encoding="utf-8")  # type: ignore[attr-defined]


def _fill(text: str, blanks: dict[str, str]) -> str:
    return _Blanks(text).substitute(blanks)
