"""An import that misbehaves: what it changes is put back, what it prints goes to the error stream, and it is told."""

import logging
import random
import sys

import numpy
import pytest
import torch

from seqkit.plugins import manners
from seqkit.plugins.manners import kept


def test_nothing_is_said_of_a_quiet_import(caplog: pytest.LogCaptureFixture, capsys) -> None:
    with kept("quiet:Cell"):
        pass
    assert caplog.records == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "change", "read"),
    [
        ("Python's random numbers", random.random, random.getstate),
        ("numpy's random numbers", numpy.random.rand, lambda: numpy.random.get_state()[1].tolist()),
        ("torch's random numbers", lambda: torch.manual_seed(7), lambda: torch.get_rng_state().tolist()),
        ("torch's default dtype", lambda: torch.set_default_dtype(torch.float64), torch.get_default_dtype),
        ("torch's gradient mode", lambda: torch.set_grad_enabled(False), torch.is_grad_enabled),
        ("torch's number of threads", lambda: torch.set_num_threads(3), torch.get_num_threads),
    ],
)
def test_what_is_changed_is_put_back_and_told(name: str, change, read, caplog: pytest.LogCaptureFixture) -> None:
    before = read()
    with kept("loud:Cell"):
        change()
        assert read() != before
    assert read() == before
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert f"the plugin loud:Cell changed {name}, which has been put back" in record.getMessage()


def test_all_is_put_back_when_the_import_fails() -> None:
    def fail() -> None:
        with kept("bad:Cell"):
            torch.set_default_dtype(torch.float64)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        fail()
    assert torch.get_default_dtype() == torch.float32


def test_prints_go_to_the_error_stream(capsys, caplog: pytest.LogCaptureFixture) -> None:
    with kept("loud:Cell"):
        print("hello")
        assert sys.stdout.isatty() == sys.stderr.isatty()
    assert capsys.readouterr() == ("", "hello\n")
    assert "printed to the output, which went to the error stream" in caplog.text


def test_a_slow_import_is_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(manners, "SLOW", -1.0)
    with kept("slow:Cell"):
        pass
    assert "the plugin slow:Cell took 0.0 s: its author should know." in caplog.text
