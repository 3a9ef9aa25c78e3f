"""Each check of beginning and keeping is failed by a cell that is wrong there and nowhere else."""

import random
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqkit import plugins
from seqkit.cells.base import State
from seqkit.testing import check_cell
from tests.cases import CELLS
from tests.testing.cell.plain import Plain, fails_only


class OwnDice(Plain):
    """It begins with numbers that no seed decides. Source: this test, 2026."""

    def begin(self) -> None:
        super().begin()
        numbers = torch.Generator().manual_seed(random.SystemRandom().getrandbits(60))
        with torch.no_grad():
            self.U.copy_(torch.rand(self.U.shape, generator=numbers) - 0.5)


def test_init_deterministic() -> None:
    assert "U with the same seed" in fails_only("init-deterministic", OwnDice)


class ForgottenBias(Plain):
    """Only its constructor sets the bias. Source: this test, 2026."""

    def reset_parameters(self) -> None:
        nn.init.uniform_(self.W, -0.5, 0.5)
        nn.init.uniform_(self.U, -0.5, 0.5)


def test_reset_complete() -> None:
    assert fails_only("reset-complete", ForgottenBias) == "b after reset_parameters: NaN came out"


class BareHands(Plain):
    """It resets past transformers' guard of loaded weights. Source: this test, 2026."""

    def reset_parameters(self) -> None:
        super().reset_parameters()
        with torch.no_grad():
            self.U.copy_(torch.rand_like(self.U) - 0.5)


def test_save_load_equal() -> None:
    assert "overwrites loaded weights" in fails_only("save-load-equal", BareHands)


class StaleBuffer(Plain):
    """It leaves its buffer as it finds it. Source: this test, 2026."""

    def reset_buffers(self) -> None:
        pass


def test_buffers_rebuilt() -> None:
    assert "the buffer scale" in fails_only("buffers-rebuilt", StaleBuffer)


class LateBuffer(Plain):
    """Running it adds a buffer. Source: this test, 2026."""

    def project(self, x: Tensor) -> Tensor:
        self.register_buffer("longest", torch.tensor(float(x.shape[1])))
        return super().project(x)


def test_state_dict_keys_stable() -> None:
    assert "running changes state_dict" in fails_only("state-dict-keys-stable", LateBuffer)


class Callback(Plain):
    """One of its options is a function, which no file can hold. Source: this test, 2026."""

    def __init__(self, input_size: int, hidden_size: int, f: Callable[[Tensor], Tensor] = F.softsign) -> None:
        super().__init__(input_size, hidden_size)
        self.f = f

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        h = self.f(p + self.scale * (state[0] @ self.U.T))
        return h, (h,)


def test_config_roundtrip() -> None:
    assert "JSON" in fails_only("config-roundtrip", Callback)


class TakesAll(Plain):
    """It swallows every option. Source: this test, 2026."""

    def __init__(self, input_size: int, hidden_size: int, **options: Any) -> None:
        super().__init__(input_size, hidden_size)


def test_unknown_option_rejected() -> None:
    assert "no_such_option" in fails_only("unknown-option-rejected", TakesAll)


def test_a_cell_without_buffers_is_not_concerned() -> None:
    report = check_cell(plugins.get("cells", CELLS[0]), only=["buffers-rebuilt"])
    assert report.summary == "ran 0, skipped 1 (buffers-rebuilt: it has no buffers), failed 0"


def test_the_borrowed_name_is_given_back() -> None:
    before = plugins.list_plugins("cells")
    check_cell(Plain, only=["config-roundtrip"])
    assert plugins.list_plugins("cells") == before
