import socket
import urllib.request

import pytest

from seqkit.demo.server import POLICY, free_port, serve
from seqkit.errors import ConfigError
from tests.demo.models import page_of, served

gradio = pytest.importorskip("gradio", reason="pip install 'seqkit[demo]'")


def test_a_port_in_use_is_told_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"cannot listen on 127\.0\.0\.1, port {port}: .*in use.*--port 0"):
            free_port("127.0.0.1", port)
        assert free_port("127.0.0.1", 0) != port
        assert 7860 <= free_port("127.0.0.1", None) < 7960


def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(ConfigError, match=r"cannot listen on 203\.0\.113\.1"):
        free_port("203.0.113.1", 0)


def test_the_page_is_on_this_machine_alone_and_forbids_other_servers() -> None:
    with served(page_of("classify")) as address:
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address) as answer:
            assert answer.status == 200
            assert answer.headers["content-security-policy"] == POLICY.decode()
            assert "fonts.googleapis.com" not in answer.read().decode()
        port = int(address.rpartition(":")[2])
        with socket.socket() as other, pytest.raises(OSError, match="refused"):
            # Another address of this machine, where a server on all addresses would answer.
            other.connect(("127.0.0.2", port))


class Slow:
    """Stands for a page on a busy machine: the first servers come up, and do not answer in time."""

    def __init__(self, slow: int) -> None:
        self.slow, self.told = slow, []

    def launch(self, **options: object) -> None:
        self.told.append("launch")
        if self.told.count("launch") <= self.slow:
            raise ValueError("When localhost is not accessible")

    def close(self, verbose: bool) -> None:
        self.told.append("close")


def test_a_server_that_does_not_answer_in_time_is_started_again(capsys: pytest.CaptureFixture) -> None:
    page = Slow(1)
    address = serve(page, port=0, wait=False)
    assert page.told == ["launch", "close", "launch"]
    assert address in capsys.readouterr().out
    with pytest.raises(ConfigError, match=r"did not start on 127.*localhost is not accessible"):
        serve(Slow(3), port=0, wait=False)
