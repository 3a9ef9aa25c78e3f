"""`import seqkit.runtime` needs neither torch nor transformers, and takes little time."""

from pathlib import Path
from typing import Any

from tests.fresh import printed

HEAVY = ("torch", "transformers", "datasets", "pandas", "typer", "onnx", "onnxscript")


def loaded(statements: str, home: Path) -> list[str]:
    return printed(f"import sys; {statements}; print(*(n for n in {HEAVY} if n in sys.modules))", home)[0].split()


def test_nothing_heavy_is_imported(tmp_path: Path) -> None:
    assert loaded("import seqkit.runtime", tmp_path) == []
    assert "torch" in loaded("import seqkit.runtime, seqkit; seqkit.Cell", tmp_path)


def test_nothing_heavy_is_imported_to_answer_either(exports: Any, tmp_path: Path) -> None:
    folder = str(exports("tagger")[2])
    code = f"from seqkit import runtime; runtime.load({folder!r}).tag([['the', 'cat']])"
    assert loaded(code, tmp_path) == []
    assert (
        loaded(f"from seqkit import runtime; runtime.load({str(exports('writer')[2])!r}).generate('나')", tmp_path)
        == []
    )


def test_it_is_ready_within_a_second(exports: Any, tmp_path: Path) -> None:
    folder = str(exports("writer")[2])
    # Time of the processor: a wall clock would measure what else the machine does.
    code = "import time; from seqkit import runtime; runtime.load({!r}).generate('나', 1); print(time.process_time())"
    assert min(float(printed(code.format(folder), tmp_path)[0]) for _ in range(2)) < 1.0
