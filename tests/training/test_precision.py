"""A recipe's bfloat16 gives way where it is slower, and never to the user's own word."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from seqkit.training import precision
from seqkit.training.settings import build_settings


@pytest.fixture
def slow_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[torch.dtype], None]:
    """A machine without an accelerator on which products of one dtype take twice as long."""

    def pretend(slow: torch.dtype) -> None:
        monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
        monkeypatch.setattr(precision, "product", lambda dtype: lambda: dtype)
        monkeypatch.setattr(precision, "shortest", lambda run: 2.0 if run() is slow else 1.0)
        precision.bfloat16_pays.cache_clear()

    yield pretend  # type: ignore[misc]
    precision.bfloat16_pays.cache_clear()


def settings(**given: str) -> Any:
    return build_settings(None, "word-lm", ["text.txt"], "runs/model", given)


def test_it_gives_way_where_it_is_slower_and_says_so(slow_in: Callable[[torch.dtype], None]) -> None:
    slow_in(torch.bfloat16)
    found = settings()
    assert not found.arguments.bf16
    assert "--bf16 true" in found.notes[0]


def test_it_stays_where_it_is_faster(slow_in: Callable[[torch.dtype], None]) -> None:
    slow_in(torch.float32)
    assert settings().arguments.bf16
    assert not settings().notes


def test_the_user_has_the_last_word(slow_in: Callable[[torch.dtype], None]) -> None:
    slow_in(torch.bfloat16)
    assert settings(bf16="true").arguments.bf16
    assert not settings(bf16="true").notes


def test_equal_speed_is_no_reason_to_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    monkeypatch.setattr(precision, "shortest", lambda run: 1.0)
    assert not precision.bfloat16_pays.__wrapped__()


def test_it_is_tried_by_real_products() -> None:
    assert precision.shortest(precision.product(torch.bfloat16)) > 0
    assert precision.product(torch.float32)().shape == (512, 2048)
