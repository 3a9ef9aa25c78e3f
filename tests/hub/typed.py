"""Commands as a user types them, in this process or in a fresh one."""

import sys
from pathlib import Path

import pytest

from seqkit.cli import main
from tests import fresh
from tests.hub.standin import Hub, environment


class Typed:
    """Types commands in this process.

    Args:
        monkeypatch: sets what was typed.
        capsys: takes what is said.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, words: str) -> tuple[int, str]:
        """Type a command; return its exit code and all that it says."""
        self.monkeypatch.setattr(sys, "argv", words.split())
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, "".join(self.capsys.readouterr())


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Typed:
    return Typed(monkeypatch, capsys)


def typed_afresh(words: str, home: Path, hub: Hub, **changes: str) -> tuple[int, str]:
    """Type a command in a fresh process; return its exit code and all that it says."""
    code = f"import sys; sys.argv = {words.split()}\nfrom seqkit.cli import main; main()"
    done = fresh.run(code, home, **{**environment(hub), **changes})
    return done.returncode, done.stdout + done.stderr
