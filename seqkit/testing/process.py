"""Asking a fresh process: one for all checks of a session, and a new one after it has been spoilt."""

import atexit
import os
import pickle
import subprocess
import sys
import threading
from typing import Any

from seqkit.testing.checks import Skipped

HASH_SEED = "4242"

PATIENCE = 300
"""Seconds after which a process that does not answer is ended; the first request imports torch."""

_child: subprocess.Popen | None = None
# A module is fresh only once: what its import did is kept for the other classes in it.
_noises: dict[str, list[str]] = {}


def import_noises(cls: type) -> list[str]:
    """Return what the import of a class's module prints or changes in a fresh process, in words.

    Raises:
        Skipped: if the class stands in `__main__`, which no other process can import.
        AssertionError: if the import fails.
    """
    module = cls.__module__
    if module == "__main__":
        raise Skipped("its class stands in __main__, which no other process can import; move it to a module")
    if module not in _noises:
        _noises[module] = _request(module=module)
        if _noises[module]:
            stop()  # what it has changed would be blamed on the next class
    return _noises[module]


def call(cls: type, *function_and_arguments: Any) -> Any:
    """Call a function of a module in another process, as workers do that are spawned.

    Args:
        cls: the class that the arguments are of; its module is imported first.
        function_and_arguments: all are pickled.

    Raises:
        Skipped: if the class stands in `__main__`.
        AssertionError: if something cannot be pickled, or fails over there.
    """
    import_noises(cls)
    try:
        payload = pickle.dumps(function_and_arguments)
    except Exception as error:  # pickle raises many kinds
        raise AssertionError(f"it cannot be pickled: {error}") from error
    try:
        return _request(payload=payload)
    finally:
        if _noises[cls.__module__]:
            stop()


def stop() -> None:
    """End the process, if there is one."""
    global _child
    child, _child = _child, None
    if child is not None and child.stdin and child.stdout:
        child.stdin.close()
        child.stdout.close()
        child.wait(timeout=60)


atexit.register(stop)


def _request(**request: Any) -> Any:
    global _child
    if _child is None or _child.poll() is not None:
        # A hash seed of its own: what depends on the order of a set shall show.
        own = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONHASHSEED": HASH_SEED}
        command = [sys.executable, "-m", "seqkit.testing.child"]
        _child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **own})
    assert _child.stdin
    assert _child.stdout
    watch = threading.Timer(PATIENCE, _child.kill)
    watch.daemon = True
    watch.start()
    try:
        pickle.dump({"path": list(sys.path), **request}, _child.stdin)
        _child.stdin.flush()
        found = pickle.load(_child.stdout)
    except (EOFError, OSError):
        code, _child = _child.wait(timeout=60), None
        found = {"error": f"the process ended with exit code {code}"}
    finally:
        watch.cancel()
    assert "error" not in found, f"in a fresh process: {found['error']}"
    return found["value"]
