"""A contract in a plugin's own tests: three lines, one test for each check, and a floor."""

from pathlib import Path

from seqkit.cells import GRU
from seqkit.testing import CellContract
from seqkit.testing.cell import CELL_CHECKS
from tests.fresh import run

PLUGIN_TESTS = """
from seqkit.cells import GRU
from seqkit.testing import CellContract
from tests.testing.cell.test_learning import IdleWeight

class TestGRU(CellContract):
    cell = GRU

class TestIdle(CellContract):
    cell = IdleWeight

class TestDemanding(CellContract):
    cell = GRU
    options = {"bias": False}
    floor = 25
"""


class TestGRU(CellContract):
    cell = GRU


def test_a_contract_runs_in_pytest_and_shows_ids_reasons_and_counts(tmp_path: Path) -> None:
    (tmp_path / "test_plugin.py").write_text(PLUGIN_TESTS)
    code = "import pytest; pytest.main(['test_plugin.py', '-vsrs', '-p', 'no:cacheprovider', '--show-capture=no'])"
    lines = run(code, tmp_path).stdout.splitlines()
    shown = "\n".join(lines)
    assert any("TestGRU::test_causality PASSED" in line for line in lines), shown
    assert any("TestGRU::test_buffers_rebuilt SKIPPED" in line for line in lines), shown
    assert any("TestIdle::test_all_params_get_grad FAILED" in line for line in lines), shown
    assert "all-params-get-grad: no gradient reaches idle" in shown
    assert "ran 24, skipped 1 (buffers-rebuilt: it has no buffers), failed 0" in shown
    assert "at least 25 must run" in shown
    # Each class has 25 checks and its floor; a failed check takes nothing from the count of those that ran.
    assert f"2 failed, {3 * 26 - 4} passed, 2 skipped" in lines[-1].replace(" in ", ""), lines[-1]


def test_a_check_runs_once_and_the_floor_is_what_nobody_may_skip() -> None:
    class Contract(CellContract):
        cell = GRU

    check = CELL_CHECKS["docstring-has-source"]
    assert Contract.result(check) is Contract.result(check)
    assert Contract._results is not TestGRU._results
    assert CELL_CHECKS.floor == 21


def test_no_pytest_is_imported(tmp_path: Path) -> None:
    code = "import sys, seqkit.testing; seqkit.testing.CellContract; print('pytest' in sys.modules)"
    assert run(code, tmp_path).stdout.split() == ["False"]
