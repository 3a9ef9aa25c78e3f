"""Downloads from a server that others wrote: `olah`, which serves a git repository as the hub does."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import fresh
from tests.hub.cases import save
from tests.hub.test_pull import LOAD, files_of

OLAH = shutil.which("olah-cli")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(OLAH is None, reason="olah-cli is not on PATH; docs/sharing.md says how to install it apart"),
]

CONFIG = """[basic]
host = "127.0.0.1"
port = {port}
repos-path = "{home}/cached"
mirrors-path = ["{home}/mirror"]

[accessibility]
offline = true
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(port: int, server: subprocess.Popen) -> None:
    for _ in range(600):
        assert server.poll() is None, "olah ended"
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("olah does not listen")


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a mirror that has one model, and that model's folder."""
    folder = save(tmp_path / "mirror" / "models" / "me" / "days")
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q", "-b", "main", "."], ["add", "-A"], ["commit", "-q", "-m", "days"]):
        subprocess.run([*git, *words], check=True)
    port = free_port()
    (tmp_path / "olah.toml").write_text(CONFIG.format(port=port, home=tmp_path))
    words = [str(OLAH), "-c", str(tmp_path / "olah.toml"), "--log-path", str(tmp_path / "logs")]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port, server)
            yield f"http://127.0.0.1:{port}", folder
        finally:
            server.terminate()


def test_a_model_is_pulled_from_it_and_loads_from_the_cache(mirror: tuple[str, Path], tmp_path: Path) -> None:
    address, folder = mirror
    code = "import sys; sys.argv = ['seqkit', 'pull', 'me/days']\nfrom seqkit.cli import main; main()"
    there = {"HF_ENDPOINT": address, "HF_HUB_DISABLE_XET": "1"}
    assert "pulled me/days to days" in fresh.printed(code, tmp_path, **there, HF_HUB_OFFLINE="0")
    sent = {name: content for name, content in files_of(folder).items() if not name.startswith(".git/")}
    del sent["pytorch_model.bin"]
    assert files_of(tmp_path / "days") == sent
    loaded = fresh.printed(LOAD.format(place="me/days", options={}), tmp_path, HF_HUB_OFFLINE="1")
    assert loaded == ["RNNForSequenceClassification WordTokenizer 8"]
