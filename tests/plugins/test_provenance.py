import importlib.metadata
import sys

import pytest

from seqkit.cells import LSTM
from seqkit.cells.base import Cell
from seqkit.plugins import describe, get, origin, register


class Mine(Cell):
    """A cell."""


def test_built_in_by_name_and_class(site) -> None:
    record = {"name": "lstm", "distribution": "seqkit", "version": importlib.metadata.version("seqkit")}
    assert origin("cells", "lstm") == origin("cells", "seqkit/lstm") == origin("cells", LSTM) == record


def test_plugin_by_name_is_not_imported(site) -> None:
    module = site.install_cell("seqkit-a", "x")
    assert origin("cells", "x") == {"name": "x", "distribution": "seqkit-a", "version": "1.0"}
    assert module not in sys.modules


def test_plugin_by_class_whatever_name_it_goes_by(site) -> None:
    site.install_cell("seqkit-a", "x")
    cls = get("cells", "x")
    site.install("seqkit-b", "[seqkit.cells]\nx = other:Cell_\n")
    assert origin("cells", cls) == {"name": "x", "distribution": "seqkit-a", "version": "1.0"}


def test_local_class(site) -> None:
    register("cells", "mine", Mine)
    assert origin("cells", "mine") == origin("cells", Mine) == {"name": "mine", "distribution": "local", "version": ""}


@pytest.mark.parametrize("plugin", [Mine, "nosuch", "seqkit-nosuch/lstm"])
def test_what_no_plugin_gives_has_no_record(site, plugin: str | type) -> None:
    assert origin("cells", plugin) is None


def test_ambiguous_name_has_no_record(site) -> None:
    site.install_cell("seqkit-a", "x")
    site.install_cell("seqkit-b", "x")
    assert origin("cells", "x") is None
    assert origin("cells", "seqkit-b/x") == {"name": "x", "distribution": "seqkit-b", "version": "1.0"}


def test_a_line_for_people(site) -> None:
    site.install_cell("seqkit-a", "x")
    register("cells", "mine", Mine)
    record = {"cell": origin("cells", "x"), "other": origin("cells", "mine")}
    assert describe(record) == "cell x of seqkit-a 1.0, other mine of local"
