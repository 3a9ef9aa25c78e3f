"""The page's server: on this machine alone unless it is told otherwise, and nothing of the page from elsewhere."""

import os
import socket
from typing import Any

from seqkit.demo.extra import load_gradio
from seqkit.demo.style import CSS, theme
from seqkit.errors import ConfigError

PORTS = range(7860, 7960)
"""Where a port is looked for if none is named."""

TRIES = 3
"""How often a server is started that does not come up."""

POLICY = b"default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'"
"""What a browser may load: this server's own files, and what stands in the page."""


class OwnFilesOnly:
    """Middleware that forbids the browser to fetch anything from another server, whatever the page asks for.

    Args:
        app: the application it stands in front of (ASGI).
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and add the header to its answer."""

        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"content-security-policy", POLICY)]}
            await send(message)

        await self.app(scope, receive, answer if scope["type"] == "http" else send)


def serve(page: Any, host: str | None = None, port: int | None = None, *, wait: bool = True, show: bool = False) -> str:
    """Serve a page.

    Args:
        page: what `build` made.
        host: the address to listen on; None is the variable `GRADIO_SERVER_NAME`, which hub Spaces set, or 127.0.0.1.
        port: the port; 0 is any free one, None the first free one from 7860 on.
        wait: stay until the process is interrupted; else return while the server runs, until `page.close()`.
        show: open the page in a browser.

    Returns:
        The page's address.

    Raises:
        ConfigError: if the address cannot be listened on.
    """
    host = host or os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    for left in reversed(range(TRIES)):
        number = free_port(host, port)
        try:
            start(page, host, number, show)
            break
        except (OSError, ValueError) as error:
            # gradio gives a server five seconds to come up, and three to answer, which a busy machine may not manage.
            page.close(verbose=False)  # one that came up and did not answer in time keeps the port
            if not left:
                raise ConfigError(f"the server did not start on {host}, port {number}: {error}") from error
    address = f"http://{host}:{number}"
    print(f"the page is at {address} - Ctrl-C ends it", flush=True)
    if wait:
        page.block_thread()
    return address


def start(page: Any, host: str, port: int, show: bool) -> None:
    """Start gradio's server in a thread, with everything off that would reach elsewhere."""
    from starlette.middleware import Middleware

    page.launch(
        server_name=host, server_port=port, share=False, inbrowser=show, quiet=True, prevent_thread_lock=True,
        show_error=True, ssr_mode=False, pwa=False, mcp_server=False, enable_monitoring=False, footer_links=[],
        theme=theme(load_gradio()), css=CSS, app_kwargs={"middleware": [Middleware(OwnFilesOnly)]},
    )  # fmt: skip


def free_port(host: str, port: int | None) -> int:
    """Return a port that can be listened on.

    Args:
        host: the address.
        port: the only port to try; 0 is any, None the first free one from 7860 on.

    Raises:
        ConfigError: if there is none.
    """
    reason = ""
    for number in PORTS if port is None else [port]:
        try:
            return bound(host, number)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
    name = f"{PORTS[0]} to {PORTS[-1]}" if port is None else str(port)
    raise ConfigError(
        f"cannot listen on {host}, port {name}: {reason}. Choose another by --port; --port 0 is any free one."
    )


def bound(host: str, port: int) -> int:
    """Listen on a port for a moment; return its number, which is new if it was 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server itself does
        probe.bind((host, port))
        return int(probe.getsockname()[1])
