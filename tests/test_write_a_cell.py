"""docs/write-a-cell.md, followed by a new user as written: each block in its turn, the files where it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "write-a-cell.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the page's blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """Let pip install into a folder of the test's own, without network."""
    # Of pip's variables this one alone is upside down: false means that nothing is isolated.
    pip = {"PIP_TARGET": str(tmp_path / "site"), "PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    paths = {"PYTHONPATH": str(tmp_path / "site"), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return {**os.environ, **pip, **paths, "HF_HUB_OFFLINE": "1"}


def follow(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run a command as the reader does; return what it prints."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_leads_from_equations_to_a_shared_model(tmp_path: Path, surroundings: dict[str, str]) -> None:
    definition, *session = blocks("python")
    (tmp_path / "seqkit_cifg.py").write_text(definition, encoding="utf-8")
    (tmp_path / "session.py").write_text("\n".join(session), encoding="utf-8")
    printed = follow([sys.executable, "session.py"], tmp_path, surroundings)
    promises = re.findall(r"print\(.*\)  # (.+)$", "\n".join(session), re.MULTILINE)
    assert len(promises) == 4
    for promised in promises:
        assert promised in printed

    package, sharing = blocks("bash")
    tested = follow(["bash", "-e", "-c", package], tmp_path, surroundings)
    assert re.search(r"\d+ passed", tested) or "100%" in tested
    (tmp_path / "seqkit_cifg.py").unlink()  # from here on only the package knows the cell
    shared = follow(["bash", "-e", "-c", sharing], tmp_path, surroundings)
    assert "She sells sea shell" in shared
    assert "'distribution': 'seqkit-cifg', 'version': '0.1.0'" in shared
