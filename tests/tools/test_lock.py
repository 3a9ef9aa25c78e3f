"""The lock is for one machine, and says so; what it holds is looked at by the line `supply`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import lock


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lock, "LOCK", tmp_path / "requirements.lock")
    return tmp_path / "requirements.lock"


def test_a_lock_that_was_written_here_holds_here(elsewhere: Path) -> None:
    elsewhere.write_text(f"{lock.HEAD.format(here=lock.here())}\nseqeval==1.2.2 --hash=sha256:0\n")
    assert lock.holds() == ""


@pytest.mark.parametrize("part", ["python 3.", ", ", "by hash"])
def test_a_lock_for_another_python_or_system_is_not_for_here(elsewhere: Path, part: str) -> None:
    written = lock.HEAD.format(here=lock.here()).replace(part, f"{part}9")
    elsewhere.write_text(f"{written}\n")
    assert written in lock.holds()


def test_whether_it_holds_is_a_status_and_a_line() -> None:
    done = subprocess.run([sys.executable, lock.__file__, "--holds"], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == ((1, lock.holds()) if lock.holds() else (0, ""))
