"""Where a plugin's class is written and what its docstring says, read from its source without importing it."""

import ast
import importlib.util
import inspect
import tokenize
import warnings
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder


@dataclass(frozen=True)
class Source:
    """Where a class is written.

    Args:
        file: path of the source file, None if it was not found.
        line: line of the class statement, None if it was not found in the file.
        doc: docstring of the class, None if there is none.
        options: what its constructor takes beyond sizes or a configuration, as written: `("bias: bool = True",)`.
        paper: what the docstring tells under `Source:`, `""` if it does not.
    """

    file: str | None = None
    line: int | None = None
    doc: str | None = None
    options: tuple[str, ...] = ()
    paper: str = ""


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
    module, _, name = value.partition(":")
    return _locate(module, name, set())


def _locate(module: str, name: str, seen: set[str]) -> Source:
    spec = _find(module)
    file = spec.origin if spec and spec.has_location else None
    tree = _parse(file)
    if spec is None or tree is None or module in seen:
        return Source(file)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            doc = ast.get_docstring(node)
            return Source(file, node.lineno, doc, _options(node), _paper(doc or ""))
        if isinstance(node, ast.ImportFrom):
            original = {alias.asname or alias.name: alias.name for alias in node.names}.get(name)
            if original:
                return _locate(_absolute(node, spec), original, seen | {module})
    return Source(file)


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
