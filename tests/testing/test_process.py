import math
import os
import time

import pytest

from seqkit.testing import process
from seqkit.testing.checks import Skipped
from tests.testing.cell.plain import Plain


def test_a_function_is_called_in_another_process() -> None:
    assert process.call(Plain, math.hypot, 3, 4) == 5
    assert process.call(Plain, os.getpid) not in (os.getpid(), None)


def test_its_errors_come_back_as_words_and_it_goes_on() -> None:
    with pytest.raises(AssertionError, match="in a fresh process: ValueError: math domain error"):
        process.call(Plain, math.sqrt, -1)
    with pytest.raises(AssertionError, match="cannot be pickled"):
        process.call(Plain, lambda: 1)
    assert process.call(Plain, math.sqrt, 4) == 2


def test_a_process_that_ends_is_told_and_replaced() -> None:
    with pytest.raises(AssertionError, match="ended with exit code 7"):
        process.call(Plain, os._exit, 7)
    assert process.call(Plain, math.sqrt, 4) == 2


def test_a_process_that_never_answers_is_ended(monkeypatch) -> None:
    process.call(Plain, math.sqrt, 4)
    monkeypatch.setattr(process, "PATIENCE", 0.5)
    with pytest.raises(AssertionError, match="ended with exit code -9"):
        process.call(Plain, time.sleep, 60)


def test_a_class_of_the_main_program_is_none_of_another_process() -> None:
    main = type("Main", (), {"__module__": "__main__"})
    with pytest.raises(Skipped, match="__main__"):
        process.import_noises(main)
    gone = type("Gone", (), {"__module__": "no_such_module"})
    with pytest.raises(AssertionError, match="ModuleNotFoundError"):
        process.import_noises(gone)
