"""Every fault a plugin can have, really installed: seqkit and all other plugins go on working."""

import random
import sys

import numpy
import pytest
import torch

import seqkit.plugins as plugins
from seqkit.cells import LSTM
from seqkit.cells.base import Cell
from seqkit.errors import AmbiguousPlugin, BrokenPlugin, IncompatiblePlugin, PluginError

GOOD = "from seqkit.cells.base import Cell\nclass Cell_(Cell):\n    '''A cell.'''\n"

# Source of the module, its requirement, the error's class, what its message says, the cause that is chained.
FATAL = {
    "raises": ("1 / 0", "seqkit", BrokenPlugin, "raised ZeroDivisionError: division by zero", ZeroDivisionError),
    "exits": ("import sys\nsys.exit(3)", "seqkit", BrokenPlugin, "raised SystemExit: 3", SystemExit),
    "lacks": ("import no_such", "seqkit", BrokenPlugin, "No module named 'no_such'", ModuleNotFoundError),
    "unwritten": ("x = (", "seqkit", BrokenPlugin, "raised SyntaxError", SyntaxError),
    "renamed": ("x = 1", "seqkit", BrokenPlugin, "has no attribute 'Cell_'", AttributeError),
    "mistyped": ("class Cell_: pass", "seqkit", BrokenPlugin, "does not descend from Cell", None),
    "function": ("def Cell_(): pass", "seqkit", BrokenPlugin, "is a function, not a class", None),
    "too-new": (GOOD, "seqkit>=99", IncompatiblePlugin, "it requires seqkit>=99, and this is seqkit", None),
    "too-old": (GOOD, "seqkit<0.0.1", IncompatiblePlugin, "it requires seqkit<0.0.1, and this is seqkit", None),
}

LOUD = {
    "prints": ("print('hello')", "printed to the output"),
    "seeds": ("import random, numpy, torch\nrandom.seed(1)\nnumpy.random.seed(1)\ntorch.manual_seed(1)", "changed"),
    "doubles": ("import torch\ntorch.set_default_dtype(torch.float64)", "changed torch's default dtype"),
    "sleeps": ("import time\ntime.sleep(3)", "took 3."),
}


def others_work(good: str) -> None:
    """The built-ins and a healthy neighbour load, whatever the fault next door."""
    assert plugins.get("cells", "lstm") is LSTM
    assert plugins.get("cells", "good").__module__ == good


@pytest.mark.parametrize("name", FATAL)
def test_one_clear_message_with_its_cause_and_no_harm(name: str, site) -> None:
    source, requirement, error, message, cause = FATAL[name]
    good = site.install_cell("seqkit-good", "good")
    bad = site.install_cell(f"seqkit-{name}", name, requirement, source=source)
    others_work(good)
    with pytest.raises(error) as raised:
        plugins.get("cells", name)
    assert message in str(raised.value)
    assert f"seqkit-{name}" in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert type(raised.value.__cause__) is (cause or type(None))
    if error is IncompatiblePlugin:
        assert bad not in sys.modules
    others_work(good)
    assert {row.name for row in plugins.list_plugins("cells")} >= {"lstm", "good", name}


@pytest.mark.parametrize("name", LOUD)
def test_a_loud_plugin_works_and_leaves_no_trace(name: str, site, capsys, caplog: pytest.LogCaptureFixture) -> None:
    source, told = LOUD[name]
    good = site.install_cell("seqkit-good", "good")
    site.install_cell(f"seqkit-{name}", name, "seqkit", source=f"{source}\n{GOOD}")
    before = random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    for _ in range(2):
        assert issubclass(plugins.get("cells", name), Cell)
    assert (random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state().tolist()) == before
    assert torch.get_default_dtype() == torch.float32
    assert capsys.readouterr().out == ""
    (record,) = caplog.records  # told once
    assert told in record.getMessage()
    others_work(good)


def test_a_slow_plugin_slows_nobody_else(site) -> None:
    slow = site.install_cell("seqkit-slow", "slow", source=f"import time\ntime.sleep(60)\n{GOOD}")
    good = site.install_cell("seqkit-good", "good")
    assert "slow" in {row.name for row in plugins.list_plugins("cells")}
    others_work(good)
    assert slow not in sys.modules


def test_a_doubled_name_and_a_built_ins_name(site) -> None:
    good = site.install_cell("seqkit-good", "good")
    modules = [site.install_cell(*pair) for pair in (("seqkit-a", "x"), ("seqkit-b", "x"), ("seqkit-evil", "lstm"))]
    with pytest.raises(AmbiguousPlugin, match="'seqkit-a/x' or 'seqkit-b/x'"):
        plugins.get("cells", "x")
    others_work(good)
    assert not set(modules) & set(sys.modules)


def test_all_faults_at_once_spoil_no_list_and_no_message(site) -> None:
    good = site.install_cell("seqkit-good", "good")
    for name, (source, requirement, *_) in FATAL.items():
        site.install_cell(f"seqkit-{name}", name, requirement, source=source)
    before = set(sys.modules)
    statuses = {row.name: row.status for row in plugins.list_plugins("cells")}
    assert statuses.keys() >= FATAL.keys()
    for wrong in ("godo", "seqkit-nosuch/x", "too-new"):
        with pytest.raises(PluginError):
            plugins.get("cells", wrong)
    # The way to an error imports nothing, but difflib and packaging, which find the nearest name and read versions.
    assert not {name for name in set(sys.modules) - before if name.startswith(("seqkit", "torch"))}
    others_work(good)
