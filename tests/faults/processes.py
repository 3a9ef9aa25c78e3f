"""Processes that can be killed, each a fork of this one: it is warm, so a training in it begins at once."""

import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Child:
    """Something that is done in a fork of this process: warm, so at once.

    Args:
        work: what to do; what it returns is written as JSON.
        answer: the file for it.
    """

    def __init__(self, work: Callable[[], dict[str, Any]], answer: Path) -> None:
        answer.unlink(missing_ok=True)
        self.answer, self.status = answer, -1
        self.pid = os.fork()
        if self.pid:
            return
        try:
            answer.write_text(json.dumps(work()))
            os._exit(0)
        except BaseException:
            traceback.print_exc(file=sys.stderr)
            sys.stderr.flush()
            os._exit(1)

    def alive(self) -> bool:
        """Tell whether it still runs."""
        if self.status < 0:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else -1
        return self.status < 0

    def wait_for(self, *paths: Path) -> None:
        """Wait until there is one of these folders, or until it has ended."""
        while not any(path.exists() for path in paths) and self.alive():
            time.sleep(0.0003)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)

    def result(self) -> dict[str, Any] | None:
        """Wait for its end; return what it wrote, None if it failed or was killed."""
        if self.alive():
            self.status = os.waitpid(self.pid, 0)[1]
        return json.loads(self.answer.read_text()) if self.status == 0 else None

    @property
    def killed(self) -> bool:
        """Whether a signal ended it, and not its own end."""
        return self.result() is None and os.WIFSIGNALED(self.status)


class Processes:
    """The processes of one training, each a `Child`.

    Args:
        work: what each is to do.
        answer: the files for what they return, but for a number.
        count: how many; one has no environment of its own.
    """

    def __init__(self, work: Callable[[], dict[str, Any]], answer: Path, count: int = 1) -> None:
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = str(free.getsockname()[1])

        def ranked(rank: int) -> Callable[[], dict[str, Any]]:
            place = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count)}
            address = {"MASTER_ADDR": "localhost", "MASTER_PORT": port}

            def start() -> dict[str, Any]:
                os.environ.update({**place, **address} if count > 1 else {})
                return work()

            return start

        self.children = [Child(ranked(rank), answer.with_suffix(f".{rank}")) for rank in range(count)]

    def wait_for(self, *paths: Path) -> None:
        """Wait until there is one of these folders, or until the first process has ended."""
        self.children[0].wait_for(*paths)

    def kill(self) -> None:
        """End all of them."""
        for child in reversed(self.children):
            child.kill()

    def result(self) -> list[dict[str, Any]] | None:
        """Wait for their end; return what each wrote, None if one failed or was killed."""
        results = [child.result() for child in self.children]
        return [result for result in results if result] if all(results) else None

    @property
    def killed(self) -> bool:
        """Whether a signal ended them."""
        dead = self.children[0].killed
        self.kill()
        self.result()
        return dead
