import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seqkit.plugins.metadata import Entry, _gate, is_installed, is_name, scan

VERSION = importlib.metadata.version("seqkit")
INSTALLED = {entry.distribution for entry in scan()}
"""Plugins that are here anyway: seqkit, and whatever else this environment holds."""


def others() -> list[Entry]:
    return [entry for entry in scan() if entry.distribution not in INSTALLED]


def test_reads_name_version_and_value(site) -> None:
    site.install("Seqkit-Min.GRU", "[seqkit.cells]\nmingru = m:MinGRU\n\n[console_scripts]\nx = y:z\n", "1.2")
    assert others() == [Entry("cells", "mingru", "m:MinGRU", "seqkit-min-gru", "1.2")]


def test_built_ins_come_first_and_the_rest_is_sorted(site) -> None:
    site.install("seqkit-b", "[seqkit.heads]\nz = m:Z\n[seqkit.cells]\nb = m:B\na = m:A\n")
    site.install("seqkit-a", "[seqkit.cells]\nb = m:B\n")
    names = [f"{entry.kind} {entry.distribution}/{entry.name}" for entry in scan()]
    names = [name for name in names if not any(f" {own}/" in name for own in INSTALLED - {"seqkit"})]
    cells = ["seqkit/gru", "seqkit/lstm", "seqkit/rnn", "seqkit-b/a", "seqkit-a/b", "seqkit-b/b"]
    assert names[:6] == [f"cells {name}" for name in cells]
    assert names[-1] == "heads seqkit-b/z"


def test_comments_blank_lines_and_crlf(site) -> None:
    site.install("seqkit-a", "# a\r\n[seqkit.cells]\r\n\r\n; b\r\n a = m:A \r\n")
    assert [(entry.name, entry.value) for entry in others()] == [("a", "m:A")]


@pytest.mark.parametrize("value", ["", "m", "m.n", "m:", ":A", "m:A:B", "m/n:A", "m:A()", "1m:A", "os.system('x')"])
def test_malformed_value_is_a_fault_of_one_row(site, value: str) -> None:
    site.install("seqkit-a", f"[seqkit.cells]\na = {value}\ngood = m:A\n")
    faults = {entry.name: entry.fault for entry in others()}
    assert "is not of the form 'module:Class'" in faults["a"]
    assert faults["good"] == ""


def test_line_without_equals_sign_spoils_no_other(site) -> None:
    site.install("seqkit-a", "[seqkit.cells]\nnonsense\n")
    site.install("seqkit-b", "[seqkit.cells]\nb = m:B\n")
    assert [(entry.name, bool(entry.fault)) for entry in others()] == [("b", False), ("nonsense", True)]


def test_slash_in_a_name_is_a_fault(site) -> None:
    site.install("seqkit-a", "[seqkit.cells]\nseqkit/lstm = m:A\n")
    assert "'seqkit/lstm' may hold only letters" in others()[0].fault


def test_a_name_declared_twice_is_a_fault_unless_it_says_the_same(site) -> None:
    site.install("seqkit-a", "[seqkit.cells]\na = m:A\na = m:B\nb = m:B\nb = m:B\n")
    assert [(entry.name, entry.fault.partition(",")[0]) for entry in others()] == [
        ("a", "its distribution declares it twice"),
        ("b", ""),
    ]


def test_metadata_without_version_is_a_fault(site) -> None:
    site.install("seqkit-a", "[seqkit.cells]\na = m:A\n", None)
    assert others()[0].fault == "the metadata of seqkit-a has no version that can be read; reinstall it"


def test_what_is_not_utf8_is_a_fault_of_its_line_alone(site) -> None:
    info = site.install("seqkit-a", "[seqkit.cells]\na = m:A\n")
    (info / "entry_points.txt").write_bytes(b"\xef\xbb\xbf[seqkit.cells]\na = \xff\xfe:A\nb = m:B\n")
    assert [(entry.name, bool(entry.fault)) for entry in others()] == [("a", True), ("b", False)]


def test_what_would_rule_a_terminal_or_fill_it_is_written_out_and_cut(site) -> None:
    site.install(
        "seqkit-a", "[seqkit.cells]\n\x1b[2Ja = m:A\n" + "x" * 1000 + " = m:A\nb = m:" + "b" * 1000, "1.0\x1b[2J"
    )
    entries = others()
    assert [entry.name[:8] for entry in entries] == ["\\x1b[2Ja", "b", "xxxxxxxx"]
    assert all(
        len(text) < 500 and text.isprintable() for e in entries for text in (e.name, e.value, e.version, e.fault)
    )


@pytest.mark.parametrize("requirement", ['seqkit; os_name ~= "linux"', "seqkit; " + "(" * 20_000])
def test_a_requirement_that_packaging_trips_over_is_a_fault_of_its_plugin_alone(site, requirement: str) -> None:
    site.install("seqkit-a", "[seqkit.cells]\na = m:A\n", "1.0", requirement)
    assert "cannot be read; its author must correct it" in others()[0].fault


def test_left_over_of_an_interrupted_install_is_passed_over(site) -> None:
    info = site.install("seqkit-a", "[seqkit.cells]\na = m:A\n")
    info.rename(info.with_name("~eqkit_a-1.0.dist-info"))
    assert others() == []


def test_unescaped_folder_name_is_not_taken_for_seqkit(site) -> None:
    info = site.install("seqkit-evil", "[seqkit.cells]\nlstm = m:Evil\n")
    info.rename(info.with_name("seqkit-evil-1.0.dist-info"))
    assert [entry.distribution for entry in scan() if entry.name == "lstm"] == ["seqkit", "seqkit-evil"]


def test_a_distribution_found_twice_counts_once(site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source tree's egg-info before site-packages: the first on sys.path wins."""
    site.install("seqkit-a", "[seqkit.cells]\na = m:Installed\n")
    egg = tmp_path / "tree" / "seqkit_a.egg-info"
    egg.mkdir(parents=True)
    (egg / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: seqkit-a\nVersion: 2.0\n")
    (egg / "entry_points.txt").write_text("[seqkit.cells]\na = m:Tree\n")
    monkeypatch.syspath_prepend(egg.parent)
    assert [(entry.value, entry.version) for entry in others()] == [("m:Tree", "2.0")]


def test_the_first_on_the_path_wins_even_if_it_offers_nothing(site, tmp_path, monkeypatch) -> None:
    site.install("seqkit-a", "[seqkit.cells]\na = m:A\n")
    (tmp_path / "first" / "seqkit_a-0.1.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "first")
    assert others() == []


@pytest.mark.parametrize(
    ("requirement", "misfit"),
    [
        ("seqkit", ""),
        ("seqkit>=0.1,<2", ""),
        ("seqkit>=0.1 ; python_version >= '3'", ""),
        ("SeqKit>=99", f"it requires seqkit>=99, and this is seqkit {VERSION}"),
        ("seqkit[plots] (<0.1)", f"it requires seqkit<0.1, and this is seqkit {VERSION}"),
        ("seqkit>=99; python_version < '3'", ""),
        ("seqkit>=99; extra == 'future'", ""),
        ("seqkit-core>=99", ""),
    ],
)
def test_version_gate(site, requirement: str, misfit: str) -> None:
    site.install("seqkit-a", "[seqkit.cells]\na = m:A\n", "1.0", "numpy>=1", requirement)
    assert (others()[0].misfit, others()[0].fault) == (misfit, "")


def test_a_development_version_of_seqkit_counts() -> None:
    assert _gate(["seqkit>=0.1"], "0.2.dev1") == ("", "")


def test_requirement_that_cannot_be_read_is_a_fault(site) -> None:
    site.install("seqkit-a", "[seqkit.cells]\na = m:A\n", "1.0", "seqkit>=banana")
    assert "its requirement 'seqkit>=banana' cannot be read" in others()[0].fault


def test_is_installed(site) -> None:
    site.install("seqkit-foo", "")
    assert is_installed("Seqkit_Foo")
    assert not is_installed("seqkit-bar")


def test_names() -> None:
    assert all(map(is_name, ["mingru", "min-gru.2", "_x", "자모"]))
    assert not any(map(is_name, ["", "a/b", "a b", "-a", "a\n", "a\x1b[31m"]))


def test_order_does_not_depend_on_the_hash_seed(site) -> None:
    lines = "".join(f"cell{i} = m:C\n" for i in range(9))
    for i in range(5):
        site.install(f"seqkit-{i}", f"[seqkit.cells]\n{lines}[seqkit.heads]\nh{i} = m:H\n")
    code = "import seqkit.plugins as p\nfor row in p.list_plugins(): print(row)"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(site.folder), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert outputs.pop().count("ambiguous") == 45
