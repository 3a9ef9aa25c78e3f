"""Where a plugin's class is written and what its docstring says, read from its source without importing it."""

import ast
import importlib.util
import inspect
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from typing import NamedTuple


@dataclass(frozen=True)
class Source:
    """Where a class is written.

    Args:
        file: path of the source file, None if it was not found.
        line: line of the class statement, None if it was not found in the file.
        doc: docstring of the class, None if there is none.
        options: what its constructor takes beyond sizes or a configuration, as written: `("bias: bool = True",)`.
        paper: what the docstring tells under `Source:`, `""` if it does not.
        serves: the Auto class of a head, `"AutoModelForTokenClassification"`; `""` for what is no head.
    """

    file: str | None = None
    line: int | None = None
    doc: str | None = None
    options: tuple[str, ...] = ()
    paper: str = ""
    serves: str = ""


def locate(value: str) -> Source:
    """Find the class that an entry point names.

    Args:
        value: `"module:Class"`; a class that the module only imports is followed to where it is written.

    Returns:
        What could be found; fields are None where the source is missing, unreadable or builds the class at run time.

    Example:
        >>> locate("seqkit.plugins.source:Source").doc.splitlines()[0]
        'Where a class is written.'
    """
    found = _definition(*_split(value))
    if found.node is None:
        return Source(found.file)
    doc = ast.get_docstring(found.node)
    serves = _text(value, "auto_class_name")
    return Source(found.file, found.node.lineno, doc, _options(found.node), _paper(doc or ""), serves)


class _Definition(NamedTuple):
    """A class statement, its module and that module's file."""

    module: str
    file: str | None
    node: ast.ClassDef | None = None


def _split(value: str) -> tuple[str, str]:
    module, _, name = value.partition(":")
    return module, name


def _definition(module: str, name: str, seen: frozenset[str] = frozenset()) -> _Definition:
    """Find where a class that a module has is written, be it in another module."""
    spec = _find(module)
    file = spec.origin if spec and spec.has_location else None
    tree = _parse(file)
    if spec is None or tree is None or module in seen:
        return _Definition(module, file)
    for node in _statements(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return _Definition(module, file, node)
        if isinstance(node, ast.ImportFrom):
            original = {alias.asname or alias.name: alias.name for alias in node.names}.get(name)
            if original:
                return _definition(_absolute(node, spec), original, seen | {module})
    return _Definition(module, file)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield a module's statements, those under `if TYPE_CHECKING:` and `try:` too."""
    for node in tree.body:
        yield from node.body if isinstance(node, ast.If | ast.Try) else [node]


def _text(value: str, name: str, seen: frozenset[str] = frozenset()) -> str:
    """Return the text that a class, or the first of its bases that does, gives to a name; `""` if none does."""
    module, _, node = _definition(*_split(value))
    if node is None or value in seen:
        return ""
    for each in node.body:
        given = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        constant = getattr(each, "value", None)
        named = any(isinstance(target, ast.Name) and target.id == name for target in given)
        if named and isinstance(constant, ast.Constant) and isinstance(constant.value, str):
            return constant.value
    bases = (ast.unparse(base).rpartition(".") for base in node.bases)
    found = (_text(f"{home or module}:{base}", name, seen | {value}) for home, _, base in bases)
    return next(filter(None, found), "")


def _options(node: ast.ClassDef) -> tuple[str, ...]:
    """Return the arguments of `__init__` that have defaults, with annotation and default."""
    found = next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)
    if found is None:
        return ()
    given = found.args
    plain = [*given.posonlyargs, *given.args]
    defaults = list(zip(plain[len(plain) - len(given.defaults) :], given.defaults, strict=True))
    named = [pair for pair in zip(given.kwonlyargs, given.kw_defaults, strict=True) if pair[1] is not None]
    return tuple(f"{ast.unparse(name)} = {ast.unparse(value)}" for name, value in [*defaults, *named] if value)


def _paper(doc: str) -> str:
    """Return the paragraph under `Source:`, on one line."""
    _, _, behind = inspect.cleandoc(doc).partition("Source:")
    return " ".join(behind.strip().partition("\n\n")[0].split())


def _find(module: str) -> ModuleSpec | None:
    """Find a module's file, parents first; `importlib.util.find_spec` would import the parents."""
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    for i, _ in enumerate(rest):
        locations = spec.submodule_search_locations if spec else None
        spec = PathFinder.find_spec(".".join([top, *rest[: i + 1]]), list(locations)) if locations else None
    return spec


def _parse(file: str | None) -> ast.Module | None:
    if file is None:
        return None
    try:
        with tokenize.open(file) as source, warnings.catch_warnings():
            # What the compiler thinks of somebody's string escapes is not this reader's concern.
            warnings.simplefilter("ignore")
            return ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return None


def _absolute(node: ast.ImportFrom, spec: ModuleSpec) -> str:
    """Return the module that `from .cell import X` means, seen from the module of `spec`."""
    if not node.level:
        return node.module or ""
    parts = (spec.parent or "").split(".")
    return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])
