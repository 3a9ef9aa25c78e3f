import sys

from seqkit.testing.child import answer, noises_of, surroundings


def test_surroundings_are_compared_by_name() -> None:
    import random

    before = surroundings()
    random.random()
    after = surroundings()
    assert [name for name in before if before[name] != after[name]] == ["the random numbers of Python"]


def test_a_module_that_is_there_makes_no_noise() -> None:
    assert noises_of("seqkit.errors") == []


def test_a_failing_import_is_an_answer(monkeypatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    found = answer({"path": sys.path, "module": "no_such_module"})
    assert found == {"error": "ModuleNotFoundError: No module named 'no_such_module'"}
