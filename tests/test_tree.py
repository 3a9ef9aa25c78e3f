"""The tests mirror the tree: seqkit/a/b.py has tests/a/test_b.py."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

VERBS = "a verb of the command line; tests/cli/test_commands.py types them all"
EXCEPTIONS = {
    "training/session.py": "what `seqkit train` runs; tests/cli/test_commands.py runs it whole",
    "cli/__init__.py": VERBS,
    **{f"cli/{verb}.py": VERBS for verb in ("info", "loading", "train")},
    "errors.py": "classes without a body; each is raised in the tests of the file that raises it",
    **{f"cli/{verb}.py": "a verb of the command line; tests/hub/test_{verb}.py types it" for verb in ("push", "pull")},
    "cli/seq2seq.py": "what verbs do with encoder-decoders; tests/cli/test_translate.py types them",
    "training/prepared.py": "a record without a method; the tests of the tasks read its fields",
    "models/outputs.py": "records without a method; the tests of the models read every field",
}
"""Files without a test of their own, and why."""


def has_code(path: Path) -> bool:
    """Tell whether a file defines anything; names that are handed on when they are first used do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    definitions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return any(node.name not in ("__getattr__", "__dir__") for node in definitions)


def missing(root: Path) -> list[str]:
    """Return the source files that lack a test file."""
    lacking = []
    for path in sorted((root / "seqkit").rglob("*.py")):
        relative = path.relative_to(root / "seqkit")
        stem = path.stem.strip("_")
        # A package's own file may be tested under the package's name.
        stems = (stem, relative.parent.name) if path.stem == "__init__" else (stem,)
        tests = [root / "tests" / relative.with_name(f"test_{stem}.py") for stem in stems]
        if has_code(path) and relative.as_posix() not in EXCEPTIONS and not any(test.exists() for test in tests):
            lacking.append(relative.as_posix())
    return lacking


def test_every_file_with_code_has_its_test() -> None:
    assert missing(ROOT) == []


def test_exceptions_exist_and_are_needed() -> None:
    for name in EXCEPTIONS:
        path = Path(name)
        assert (ROOT / "seqkit" / path).is_file()
        assert not (ROOT / "tests" / path.with_name(f"test_{path.name}")).exists()


def test_a_file_without_a_test_is_found(tmp_path: Path) -> None:
    (tmp_path / "seqkit" / "rooms").mkdir(parents=True)
    (tmp_path / "seqkit" / "rooms" / "hall.py").write_text("def f(): ...\n")
    (tmp_path / "seqkit" / "rooms" / "__init__.py").write_text("from seqkit.rooms.hall import f\n")
    assert missing(tmp_path) == ["rooms/hall.py"]
    (tmp_path / "tests" / "rooms").mkdir(parents=True)
    (tmp_path / "tests" / "rooms" / "test_hall.py").write_text("")
    assert missing(tmp_path) == []
