"""Compiles C++ with the machine's own compiler, and keeps what it made on disk for later processes."""

import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

FLAGS = ("-O3", "-std=c++17", "-shared", "-fPIC", "-fno-math-errno", "-fno-trapping-math", "-fopenmp-simd", "-w")
PATIENCE = 10.0
"""Seconds that the compiler may take."""


class BuildError(Exception):
    """The compiler is missing or failed; the message says which."""


@cache
def compiler() -> tuple[str, ...] | None:
    """Return the command of a C++ compiler: that of the variable CXX, or the first on the path; None without one."""
    given = shlex.split(os.environ.get("CXX", ""))
    for command in (given, ["g++"], ["clang++"], ["c++"]):
        if command and shutil.which(command[0]):
            return tuple(command)
    return None


@cache
def machine() -> tuple[str, ...]:
    """Return what tells this processor from others: a kernel is made for one."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    features = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    model = next((line for line in lines if line.startswith("model name")), platform.processor())
    return platform.system(), platform.machine(), model, features


def folder() -> Path:
    """Return the folder of compiled kernels: `seqkit/kernels` in the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "seqkit" / "kernels"


def build(source: str) -> ctypes.CDLL:
    """Compile C++ into a library and load it; what was compiled before, by any process, is only loaded.

    Raises:
        BuildError: if there is no compiler, or if it fails or takes too long.
    """
    command = compiler()
    if command is None:
        raise BuildError("no C++ compiler is found (g++, clang++ or the variable CXX)")
    # An own name for each processor: a home folder may be shared by machines.
    native = "-mcpu=native" if platform.machine() in ("arm64", "aarch64") else "-march=native"
    words = [*command, *FLAGS, native]
    key = hashlib.sha256("\0".join([source, *words, *machine()]).encode()).hexdigest()[:24]
    target = folder() / f"{key}.so"
    # Looked at again when it is our turn: whoever was before us may have made it.
    return known(target) or alone(target, lambda: known(target) or compile_into(target, source, words))


def known(target: Path) -> ctypes.CDLL | None:
    """Load a library that was compiled before; None if there is none, or it is cut short or foreign."""
    try:
        return ctypes.CDLL(str(target)) if target.is_file() else None
    except OSError:
        return None


def alone(target: Path, work: Callable[[], ctypes.CDLL]) -> ctypes.CDLL:
    """Do something while no other process makes this library: eight that start at once would compile it eight times.

    Where files cannot be locked, they do.
    """
    lock = target.with_suffix(".lock")
    try:
        import fcntl

        lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except (ImportError, OSError):
        return work()
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        return work()
    finally:
        lock.unlink(missing_ok=True)
        os.close(handle)


def compile_into(target: Path, source: str, words: list[str]) -> ctypes.CDLL:
    """Run the compiler beside the target and move the library into place; without a cache, load it from where it is."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = tempfile.mkdtemp(dir=target.parent)
    except OSError:
        place = tempfile.mkdtemp()
    try:
        text, made = Path(place, "kernel.cpp"), Path(place, "kernel.so")
        text.write_text(source, encoding="utf-8")
        run = subprocess.run([*words, str(text), "-o", str(made)], capture_output=True, text=True, timeout=PATIENCE)
        if run.returncode:
            raise BuildError(f"the C++ compiler {words[0]} fails: {(run.stderr or run.stdout).strip()[:300]}")
        library = ctypes.CDLL(str(made))
        if Path(place).parent == target.parent:
            os.replace(made, target)
        return library
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"the C++ compiler {words[0]} fails: {error}") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
