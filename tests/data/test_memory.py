import pytest

from seqkit.data import memory
from seqkit.errors import DataError


def test_what_fits_is_let_through() -> None:
    memory.check_memory(1, "reading a byte", "nothing")


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 2_000_000_000)
    with pytest.raises(DataError, match=r"^reading a\.txt needs 3\.0 GB of memory and 2\.0 GB are free: take less$"):
        memory.check_memory(3_000_000_000, "reading a.txt", "take less")


def test_the_least_limit_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_meminfo", lambda: 10)
    monkeypatch.setattr(memory, "_cgroup", lambda: 7)
    assert memory.available_memory() == 7


def test_unknown_memory_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_meminfo", lambda: None)
    monkeypatch.setattr(memory, "_cgroup", lambda: None)
    memory.check_memory(1 << 60, "reading the world", "nothing")
