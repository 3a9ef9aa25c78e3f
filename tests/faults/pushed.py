"""`seqkit push` as a writer: what it writes lies on a stand-in for the hub."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from huggingface_hub import constants

from tests.faults.writers import Writer, content
from tests.hub.cases import save
from tests.hub.standin import TOKEN, Handler, Hub


class Server(ThreadingHTTPServer):
    """A hub to which a client that was killed is no news."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def pushed() -> Iterator[Writer]:
    """Run a hub on loopback, and give what pushes to it; each folder is a repository of its own."""
    hub = Hub()
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    given = {"ENDPOINT": hub.url, "HF_HUB_OFFLINE": False, "HF_HUB_DISABLE_XET": True}
    before: dict[str, Any] = {name: getattr(constants, name) for name in given}
    try:
        for name, value in given.items():
            setattr(constants, name, value)
        yield Writer(lambda folder: save(folder / "model"), send, lambda folder: look(hub, folder))
    finally:
        for name, value in before.items():
            setattr(constants, name, value)
        server.shutdown()
        server.server_close()


def repository(folder: Path) -> str:
    """Return a folder's repository; what is copied anew gets a new one."""
    return f"me/days-{folder.stat().st_ctime_ns}"


def send(folder: Path) -> None:
    from seqkit.hub.push import push

    push(folder / "model", repository(folder), token=TOKEN)


def look(hub: Hub, folder: Path) -> list[str]:
    """Look at the folder, which stays as it is, and at the names in the repository: none, or all."""
    there = hub.repositories.get(repository(folder))
    names = sorted(hub.files(repository(folder))) if there and there.branches["main"] else []
    return [content(folder / "model"), " ".join(names)]
