import ctypes
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from seqkit.engine import build as module
from seqkit.engine.build import BuildError, build, compiler, folder, machine

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C++ compiler is found")

SOURCE = 'extern "C" long twice(long x) { return 2 * x; }\n'


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def twice(library: ctypes.CDLL) -> int:
    return library.twice(21)


def test_a_library_is_compiled_once_and_then_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert twice(build(SOURCE)) == 42
    assert folder() == tmp_path / "seqkit" / "kernels"
    assert [path.suffix for path in folder().iterdir()] == [".so"]
    monkeypatch.setattr(subprocess, "run", None)
    assert twice(build(SOURCE)) == 42


def test_another_source_flag_or_processor_is_another_library(monkeypatch: pytest.MonkeyPatch) -> None:
    build(SOURCE)
    build(SOURCE.replace("2", "3"))
    monkeypatch.setattr(module, "machine", lambda: ("another",))
    build(SOURCE)
    assert len(list(folder().iterdir())) == 3


def test_of_several_at_once_one_compiles_and_the_others_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = subprocess.run, []

    def slow(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        time.sleep(0.2)
        return real(*args, **kwargs)

    monkeypatch.setattr(subprocess, "run", slow)
    with ThreadPoolExecutor(4) as pool:
        assert [twice(library) for library in pool.map(build, [SOURCE] * 4)] == [42] * 4
    assert len(calls) == 1
    assert [path.suffix for path in folder().iterdir()] == [".so"]


def test_a_broken_file_in_the_cache_is_made_again() -> None:
    build(SOURCE)
    (path,) = folder().iterdir()
    path.unlink()
    path.write_bytes(b"cut short")
    assert twice(build(SOURCE)) == 42


def test_without_a_writable_cache_it_works_all_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert twice(build(SOURCE)) == 42


def test_what_cannot_be_compiled_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BuildError, match=r"fails: .*error"):
        build("this is no C++")
    assert list(folder().iterdir()) == []

    def late(command: Any, timeout: float, **_: Any) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", late)
    with pytest.raises(BuildError, match="timed out"):
        build(SOURCE)
    monkeypatch.setattr(module, "compiler", lambda: None)
    with pytest.raises(BuildError, match=r"no C\+\+ compiler"):
        build(SOURCE)


def test_the_variable_cxx_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found = compiler()
    assert found is not None
    monkeypatch.setenv("CXX", f"{found[0]} -DSOMETHING")
    compiler.cache_clear()
    assert compiler() == (found[0], "-DSOMETHING")
    monkeypatch.setenv("CXX", "")
    monkeypatch.setenv("PATH", "")
    compiler.cache_clear()
    assert compiler() is None
    monkeypatch.undo()
    compiler.cache_clear()
    assert compiler() == found


def test_the_machine_is_told_apart() -> None:
    assert len(machine()) == 4
    assert all(isinstance(part, str) for part in machine())
