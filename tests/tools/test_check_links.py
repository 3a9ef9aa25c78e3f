"""Links that lead nowhere are found: to files, headings, pictures, and addresses that a server does not know."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tools.check_links import anchors, broken, links, unanswered


def page(folder: Path, text: str, name: str = "page.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_that_is_not_there_is_found(tmp_path: Path) -> None:
    text = (
        "[there](page.md) [gone](gone.md) ![no](no.png) <img src='lost.png'>\n\n[ref]: away.md\n[web](https://x.org/y)"
    )
    assert broken(page(tmp_path, text)) == ["gone.md", "no.png", "lost.png", "away.md"]


def test_code_holds_no_links(tmp_path: Path) -> None:
    assert links(page(tmp_path, "`a](b)` \n```python\nx[0](gone)\n```\n[web](https://x.org)")) == ["https://x.org"]


def test_a_heading_that_is_not_there_is_found(tmp_path: Path) -> None:
    page(tmp_path, "# A `cell`, in *ten* minutes\n## 한국어로\n## Twice\n## Twice\n```\n# none\n```\n", "other.md")
    assert anchors(tmp_path / "other.md") == {"a-cell-in-ten-minutes", "한국어로", "twice", "twice-1"}
    text = "# Here\n[a](#here) [b](#there) [c](other.md#twice-1) [d](other.md#thrice) [e](other.md#한국어로)"
    assert broken(page(tmp_path, text)) == ["#there", "other.md#thrice"]


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response({"/there": 200, "/gone": 404}.get(self.path, 403))
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address():
    """A server on this machine that knows one page."""
    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_address_that_a_server_does_not_know_is_found(address: str) -> None:
    assert unanswered(f"{address}/there") is None
    assert unanswered(f"{address}/gone") == f"{address}/gone: 404"
    assert unanswered(f"{address}/not-for-programs") is None


def test_a_server_that_is_not_there_is_found() -> None:
    assert "refused" in str(unanswered("http://127.0.0.1:9/"))
