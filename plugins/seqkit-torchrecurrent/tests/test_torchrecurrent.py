"""Every cell of torchrecurrent: equal to the package's own module run step by step, and a model like any other."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch
import torchrecurrent

import seqkit_torchrecurrent as package
from seqkit import RNNConfig, RNNForCausalLM, plugins
from seqkit.engine import choose, run
from seqkit.errors import ConfigError
from seqkit.testing import CellContract, check_cell

ROOT = Path(__file__).parents[1]
NAMES = [name.removesuffix("Cell") for name in package.MODULES]

INEXACT = {
    "AntisymmetricRNN": {"plans-agree", "padding-invariance"},
    "FastGRNN": {"plans-agree"},
}
"""Cells whose gradients are so large that float32 rounds them by more than 1e-5; in float64 they agree."""


class TestMGU(CellContract):
    cell = package.MGU


class TestJANET(CellContract):
    """Two states, and a buffer."""

    cell = package.JANET


class TestTLSTM(CellContract):
    """An output apart from its states, one of which is the input before."""

    cell = package.TLSTM


def module_and_cell(name: str) -> tuple[torch.nn.Module, torch.nn.Module]:
    """Make a module of torchrecurrent and a cell with the same random weights."""
    torch.manual_seed(0)
    sizes = (4, 4) if name == "IntersectionRNN" else (3, 4)
    module, cell = getattr(torchrecurrent, f"{name}Cell")(*sizes), getattr(package, name)(*sizes)
    for parameter in module.parameters():
        torch.nn.init.uniform_(parameter, -0.7, 0.7)
    cell.module.load_state_dict(module.state_dict())
    return module, cell


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_gives_what_its_module_gives_step_by_step(name: str) -> None:
    module, cell = module_and_cell(name)
    x, state, expected = torch.randn(3, 6, cell.input_size), None, []
    for x_t in x.unbind(1):
        result = module(x_t) if state is None else module(x_t, state)
        if "Decoupled" in type(module).__mro__[1].__name__:
            h, state = result
        else:
            h, state = (result if isinstance(result, torch.Tensor) else result[0]), result
        expected.append(h)
    for plan in ("loop", choose(cell).plan):
        y, final = run(cell, x, plan=plan)
        torch.testing.assert_close(y, torch.stack(expected, 1), atol=1e-5, rtol=1e-5)
        wanted = (state,) if isinstance(state, torch.Tensor) else tuple(state)
        torch.testing.assert_close(final, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name != "IntersectionRNN"])
def test_every_cell_passes_the_checks(name: str) -> None:
    report = check_cell(getattr(package, name))
    failed = {result.id for result in report.results if result.status == "failed"}
    assert failed <= INEXACT.get(name, set()), str(report)
    assert report.ran >= 23


@pytest.mark.parametrize("name", INEXACT)
def test_inexact_gradients_are_exact_in_double_precision(name: str) -> None:
    _, cell = module_and_cell(name)
    cell, x, found = cell.double(), torch.randn(3, 7, 3, dtype=torch.float64), []
    if choose(cell).plan != "compiled":
        pytest.skip("no C++ compiler is found")
    for plan in ("loop", "compiled"):
        found.append(torch.autograd.grad(run(cell, x, plan=plan)[0].square().sum(), list(cell.parameters())))
    torch.testing.assert_close(found[1], found[0], atol=1e-9, rtol=1e-9)


def test_every_cell_of_the_package_is_taken_or_left_out_with_a_reason() -> None:
    whole = {name for name in torchrecurrent.__all__ if name.endswith("Cell")}
    assert whole == {*package.MODULES, *package.LEFT_OUT}
    assert all(package.LEFT_OUT.values())
    entries = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["seqkit.cells"]
    assert entries == {name.lower(): f"seqkit_torchrecurrent:{name}" for name in NAMES}


def test_the_readme_lists_them_as_they_are() -> None:
    if choose(package.MGU(2, 2)).plan != "compiled":
        pytest.skip("no C++ compiler is found: the table tells plans as they are with one")
    done = subprocess.run([sys.executable, str(ROOT / "table.py")], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_says_where_it_is_from(name: str) -> None:
    assert re.search(r"Source:\n    https?://\S+, (19|20)\d\d\n$", getattr(package, name).__doc__)


def test_a_configuration_names_it_and_checks_its_options() -> None:
    config = RNNConfig(cell="mgu", vocab_size=9, hidden_size=6, cell_options={"nonlinearity": "relu"})
    assert config.cell_class() is package.MGU is plugins.get("cells", "seqkit-torchrecurrent/mgu")
    with pytest.raises(ConfigError, match="Did you mean 'nonlinearity'"):
        RNNConfig(cell="mgu", vocab_size=9, cell_options={"nonlinearty": "relu"})
    with pytest.raises(ConfigError, match=r"Unknown activation 'os\.system'"):
        RNNForCausalLM(RNNConfig(cell="mgu", vocab_size=9, cell_options={"nonlinearity": "os.system"}))
    with pytest.raises(ConfigError, match="requires input_size == hidden_size"):
        RNNForCausalLM(RNNConfig(cell="intersectionrnn", vocab_size=9, embedding_size=3, hidden_size=6))


@pytest.mark.parametrize("name", ["mgu", "janet", "intersectionrnn", "tlstm"])
def test_a_model_learns_writes_and_comes_back(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model, ids = RNNForCausalLM(RNNConfig(cell=name, vocab_size=9, hidden_size=16)), torch.arange(24).reshape(2, 12) % 9
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(25):
        optimizer.zero_grad()
        losses.append(model(ids, labels=ids).loss)
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < 0.7 * losses[0]
    model.eval().save_pretrained(tmp_path)
    again = RNNForCausalLM.from_pretrained(tmp_path)
    written = model.generate(ids[:, :4], max_new_tokens=5, do_sample=False)
    assert torch.equal(again.generate(ids[:, :4], max_new_tokens=5, do_sample=False), written)
