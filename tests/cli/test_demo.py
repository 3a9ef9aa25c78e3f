"""`seqkit demo` as one types it; tests/demo tries the page."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from functools import partial
from pathlib import Path

import pytest

from tests.cli.test_commands import refused, run
from tests.demo.models import save
from tests.fresh import ROOT

pytest.importorskip("gradio", reason="pip install 'seqkit[demo]'")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save("classify", tmp_path_factory.mktemp("models") / "moods")


def test_a_space_is_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    code, out, errors = run(monkeypatch, capsys, "demo", folder, "--space", tmp_path / "space")
    assert code == 0, errors
    assert str(tmp_path / "space" / "app.py") in out
    assert 'title="moods"' in (tmp_path / "space" / "app.py").read_text()
    assert "is there already" in refused(monkeypatch, capsys, "demo", folder, "--space", tmp_path / "space")


def test_an_unknown_folder_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    code, _, errors = run(monkeypatch, capsys, "demo", "./nowhere")
    assert code == 1
    assert errors == "error: ./nowhere does not exist. Give the folder of a saved model, or a name on the hub.\n"


def test_a_port_in_use_is_one_clear_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, errors = run(monkeypatch, capsys, "demo", folder, "--port", str(port))
    assert code == 1
    assert errors.startswith(f"error: cannot listen on 127.0.0.1, port {port}: ")
    assert errors.count("\n") == 1


def test_the_page_is_served_until_it_is_interrupted(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "seqkit", "demo", str(folder), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said.startswith("the page is at http://127.0.0.1:"), said
            with urllib.request.urlopen(said.split()[4]) as answer:
                assert answer.status == 200
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert "Traceback" not in errors
