import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import seqkit.plugins
from seqkit.cli.plugins import app
from seqkit.errors import BrokenPlugin, UnknownPlugin


def install(folder: Path, name: str, value: str, requires: str = "seqkit>=0.1") -> None:
    info = folder / f"seqkit_{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: seqkit-{name}\nVersion: 1.0\nRequires-Dist: {requires}\n")
    (info / "entry_points.txt").write_text(f"[seqkit.cells]\n{name} = {value}\n")


@pytest.fixture
def broken_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Plugins of which none works: each raises at import, is malformed, too new or ambiguous."""
    folder = tmp_path / "site"
    install(folder, "raises", "fake_raises:Raises")
    install(folder, "malformed", "os")
    install(folder, "toonew", "fake_raises:Raises", "seqkit>=99")
    (folder / "fake_raises.py").write_text("raise RuntimeError\n\nclass Raises:\n    '''What [red]it[/red] is.'''\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delenv("SEQKIT_PLUGINS", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    seqkit.plugins.refresh()
    yield folder
    monkeypatch.undo()
    seqkit.plugins.refresh()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_table_tells_status_reason_and_interpreter(broken_site: Path) -> None:
    lines = run().splitlines()
    assert lines[0].split() == ["kind", "name", "distribution", "version", "status"]
    rows = {line.split()[1]: line for line in lines if line.startswith("cells")}
    assert rows["lstm"].split()[-1] == "ok"
    assert [rows[name].split()[-1] for name in ("malformed", "toonew", "raises")] == ["broken", "incompatible", "ok"]
    reasons = [line for line in lines if line.startswith("seqkit-")]
    assert reasons[0].startswith("seqkit-malformed/malformed: broken: its entry point 'os' is not of the form")
    assert reasons[1].startswith("seqkit-toonew/toonew: incompatible: it requires seqkit>=99")
    assert lines[-1] == f"Python: {sys.executable}"


def test_json_has_the_same_rows(broken_site: Path) -> None:
    told = json.loads(run("--json"))
    assert told["interpreter"] == sys.executable
    assert [row["name"] for row in told["plugins"]] == [row.name for row in seqkit.plugins.list_plugins()]
    assert {row["name"]: row["status"] for row in told["plugins"]}["toonew"] == "incompatible"


def test_show_reads_the_source_and_imports_nothing(broken_site: Path) -> None:
    shown = run("show", "raises")
    assert f"{broken_site / 'fake_raises.py'}:3" in shown
    assert "What [red]it[/red] is." in shown
    assert "fake_raises" not in sys.modules


def test_show_takes_qualified_names_and_gives_json(broken_site: Path) -> None:
    (shown,) = json.loads(run("show", "Seqkit_Raises/raises", "--json"))
    assert (shown["line"], shown["doc"], shown["distribution"]) == (3, "What [red]it[/red] is.", "seqkit-raises")


def test_show_of_a_built_in_has_its_equations() -> None:
    assert "h_t = o_t ⊙ tanh(c_t)" in run("show", "lstm")


def test_show_without_source_says_so(broken_site: Path) -> None:
    assert "its source was not found" in run("show", "malformed")


def test_show_of_an_unknown_name_gives_the_nearest() -> None:
    with pytest.raises(UnknownPlugin, match=r"Did you mean 'lstm'\? `seqkit plugins` lists all"):
        run("show", "lsmt")


def test_fifty_plugins_are_listed_quickly_and_without_torch(tmp_path: Path) -> None:
    for i in range(50):
        install(tmp_path, f"many{i}", f"fake_many{i}:Many")
    code = (
        "import sys\n"
        "from seqkit.cli.plugins import app\n"
        "try: app(['--json'])\n"
        "finally: print([m for m in ('torch', 'transformers', 'numpy', 'rich', 'seqkit.cells', *(f'fake_many{i}' "
        "for i in range(50))) if m in sys.modules], file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "SEQKIT_PLUGINS": "*"}
    took = []
    for _ in range(3):
        before = os.times()
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
        after = os.times()
        took.append(after.children_user - before.children_user + after.children_system - before.children_system)
    assert done.stderr.strip() == "[]"
    assert sum(row["distribution"].startswith("seqkit-many") for row in json.loads(done.stdout)["plugins"]) == 50
    # The best of three, in processor time: other processes may have the machine.
    assert min(took) < 0.5


def test_show_tells_options_and_paper_without_an_import() -> None:
    shown = run("show", "gru")
    assert "options bias: bool = True, recurrent_init: RecurrentInit = 'orthogonal'" in shown
    assert "paper   Cho et al." in shown
    (told,) = json.loads(run("show", "gru", "--json"))
    assert told["paper"].endswith("EMNLP 2014.")
    assert told["options"][0] == "bias: bool = True"


def test_check_prints_the_report_of_the_kit(broken_site: Path) -> None:
    told = run("check", "lstm", "--only", "shape-dtype", "--only", "buffers-rebuilt")
    assert told.splitlines()[-1] == "ran 1, skipped 1 (buffers-rebuilt: it has no buffers), failed 0"


def test_check_gives_json_and_an_exit_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "vague", "fake_vague:Vague")
    (tmp_path / "fake_vague.py").write_text(
        "from seqkit.cells.gru import GRU\n\nclass Vague(GRU):\n    '''A cell.'''\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    seqkit.plugins.refresh()
    result = CliRunner().invoke(app, ["check", "vague", "--only", "docstring-has-source", "--json"])
    assert result.exit_code == 1
    (told,) = json.loads(result.output)
    assert (told["distribution"], told["ok"], told["failed"]) == ("seqkit-vague", False, 1)
    assert "`Source:`" in told["results"][0]["reason"]
    monkeypatch.undo()
    seqkit.plugins.refresh()


def test_check_of_a_broken_plugin_tells_its_fault(broken_site: Path) -> None:
    with pytest.raises(BrokenPlugin, match="raised RuntimeError"):
        run("check", "raises")


def test_new_works_with_every_plugin_broken(broken_site: Path, tmp_path: Path) -> None:
    told = run("new", "mine", "--kind", "head", "--into", str(tmp_path))
    assert f"cd {tmp_path / 'seqkit-mine'}\n  pip install -e '.[test]'\n  python -m pytest" in told
    assert told.splitlines()[-1].endswith("src/seqkit_mine/mine.py")
    assert (tmp_path / "seqkit-mine" / "pyproject.toml").is_file()


def test_a_reason_that_many_share_is_told_once_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("SEQKIT_PLUGINS", "")
    install(tmp_path, "many", "m:C")
    entries = "".join(f"many{i} = m:C\n" for i in range(9))
    (tmp_path / "seqkit_many-1.0.dist-info" / "entry_points.txt").write_text(f"[seqkit.cells]\n{entries}")
    monkeypatch.syspath_prepend(tmp_path)
    seqkit.plugins.refresh()
    (line,) = [line for line in run().splitlines() if line.startswith("seqkit-many/")]
    assert line.startswith("seqkit-many/many0 and 8 more: disabled: ")
    assert line.endswith("SEQKIT_PLUGINS='seqkit-many' lets it in")
    monkeypatch.undo()
    seqkit.plugins.refresh()


def test_what_would_steer_a_terminal_is_spelt_out(broken_site: Path) -> None:
    (broken_site / "fake_raises.py").write_text('class Raises:\n    """Red \\x1b[31mletters."""\n')
    install(broken_site, "red", "fake_raises:Raises")
    (broken_site / "seqkit_red-1.0.dist-info" / "entry_points.txt").write_text("[seqkit.cells]\n\x1b[31m = m:C\n")
    seqkit.plugins.refresh()
    assert "\x1b" not in run()
    assert "Red \\x1b[31mletters." in run("show", "raises")
