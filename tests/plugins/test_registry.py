import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import seqkit.plugins as plugins
from seqkit.cells import GRU, LSTM
from seqkit.cells.base import Cell
from seqkit.errors import (
    AmbiguousPlugin,
    BrokenPlugin,
    DisabledPlugin,
    IncompatiblePlugin,
    MissingPlugin,
    PluginError,
    UnknownPlugin,
)

HEAD = "from seqkit.models import RNNPreTrainedModel\n\nclass RNNCRF(RNNPreTrainedModel):\n    '''A head.'''\n"


class Mine(Cell):
    """A cell of the tests' own."""


class Other(Cell):
    """Another one."""


def status(name: str) -> str:
    return {row.qualified: row.status for row in plugins.list_plugins()}[name]


def test_built_ins_come_through_entry_points() -> None:
    names = {kind: [row.name for row in plugins.list_plugins(kind)] for kind in ("cells", "tokenizers", "heads")}
    assert {"gru", "lstm", "rnn"} <= set(names["cells"])
    assert {"char", "word"} <= set(names["tokenizers"])
    assert {"causal-lm", "sequence-classification", "token-classification"} <= set(names["heads"])


@pytest.mark.parametrize(
    "row", [row for row in plugins.list_plugins() if row.status == "ok"], ids=lambda row: row.qualified
)
def test_every_installed_plugin_loads(row: plugins.PluginInfo) -> None:
    cls = plugins.get(row.kind, row.qualified)
    assert plugins.origin(row.kind, cls) is not None


def test_listing_imports_nothing(site) -> None:
    site.install_cell("seqkit-a", "x", "seqkit>=0.1", source="raise RuntimeError")
    code = (
        "import sys, seqkit.plugins as p\n"
        "rows = p.list_plugins()\n"
        "try: p.get('cells', 'lsmt')\n"
        "except p.registry.PluginError: pass\n"
        "heavy = ('torch', 'transformers', 'numpy', 'seqkit_a', 'seqkit.cells')\n"
        "print(len(rows), [module for module in heavy if module in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(site.folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split(maxsplit=1) == [str(len(plugins.list_plugins())), "[]\n"]


def test_plugin_by_bare_and_qualified_name(site) -> None:
    module = site.install_cell("Seqkit-MinGRU", "mingru").lower()
    cls = plugins.get("cells", "mingru")
    assert issubclass(cls, Cell)
    assert plugins.get("cells", "seqkit-mingru/mingru") is cls
    assert plugins.get("cells", "Seqkit_MinGRU/mingru") is cls
    assert module == "seqkit_mingru"


def test_only_the_plugin_asked_for_is_imported(site) -> None:
    asked, other = site.install_cell("seqkit-a", "a"), site.install_cell("seqkit-b", "b")
    plugins.get("cells", "a")
    assert asked in sys.modules
    assert other not in sys.modules


def test_unknown_names_the_nearest(site) -> None:
    with pytest.raises(UnknownPlugin, match=r"No cell is called 'lsmt'\. Did you mean 'lstm'\?"):
        plugins.get("cells", "lsmt")


def test_kinds_are_apart() -> None:
    with pytest.raises(UnknownPlugin):
        plugins.get("heads", "lstm")
    with pytest.raises(PluginError, match="the kinds are cells, tokenizers, heads"):
        plugins.get("layers", "lstm")


@pytest.mark.parametrize("name", [None, 3, "", "/", "seqkit/", "/lstm", "lstm\n"])
def test_odd_names_are_unknown(name: object) -> None:
    with pytest.raises(UnknownPlugin):
        plugins.get("cells", name)  # type: ignore[arg-type]


def test_missing_distribution_of_a_checkpoint() -> None:
    with pytest.raises(MissingPlugin, match="run `pip install seqkit-nosuch`"):
        plugins.get("cells", "nosuch", distribution="seqkit-nosuch")


@pytest.mark.parametrize("distribution", [None, 5, {}, "seqkit-nosuch", "; rm"])
def test_the_distribution_decides_nothing(distribution: object) -> None:
    assert plugins.get("cells", "lstm", distribution=distribution) is LSTM  # type: ignore[arg-type]


def test_built_in_cannot_be_shadowed(site) -> None:
    module = site.install_cell("seqkit-evil", "lstm")
    assert plugins.get("cells", "lstm") is LSTM
    assert module not in sys.modules
    assert status("seqkit-evil/lstm") == "shadowed"
    assert plugins.get("cells", "seqkit-evil/lstm").__module__ == module


def test_ambiguous_name_gives_both_qualified_names(site) -> None:
    first, second = site.install_cell("seqkit-a", "x"), site.install_cell("seqkit-b", "x")
    with pytest.raises(AmbiguousPlugin, match=r"'seqkit-a/x' or 'seqkit-b/x'.*SEQKIT_PLUGINS='\*,-seqkit-b'"):
        plugins.get("cells", "x")
    assert first not in sys.modules
    assert second not in sys.modules
    assert plugins.get("cells", "seqkit-b/x").__module__ == second
    with pytest.raises(AmbiguousPlugin, match=r"The checkpoint was made with 'seqkit-b/x'\."):
        plugins.get("cells", "x", distribution="Seqkit_B")


def test_what_is_left_out_cannot_spoil_a_name(site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.install_cell("seqkit-a", "x")
    second = site.install_cell("seqkit-b", "x")
    monkeypatch.setenv("SEQKIT_PLUGINS", "seqkit-b")
    assert plugins.get("cells", "x").__module__ == second
    monkeypatch.setenv("SEQKIT_PLUGINS", "")
    with pytest.raises(AmbiguousPlugin):
        plugins.get("cells", "x")


def test_disabled_names_the_variable(site, monkeypatch: pytest.MonkeyPatch) -> None:
    module = site.install_cell("seqkit-a", "x")
    monkeypatch.setenv("SEQKIT_PLUGINS", "seqkit-b")
    with pytest.raises(DisabledPlugin, match="SEQKIT_PLUGINS='seqkit-b,seqkit-a' lets it in"):
        plugins.get("cells", "x")
    assert module not in sys.modules
    assert plugins.get("cells", "lstm") is LSTM
    monkeypatch.setenv("SEQKIT_PLUGINS", "seqkit-b,seqkit-a")
    assert plugins.get("cells", "x").__module__ == module


@pytest.mark.parametrize("requirement", ["seqkit>=99", "seqkit<0.0.1"])
def test_incompatible_is_refused_before_import(site, requirement: str) -> None:
    module = site.install_cell("seqkit-a", "x", requirement)
    with pytest.raises(IncompatiblePlugin, match=rf"it requires {requirement}, and this is seqkit"):
        plugins.get("cells", "x")
    assert module not in sys.modules


def test_broken_plugin_chains_its_cause_and_harms_no_other(site) -> None:
    site.install_cell("seqkit-bad", "bad", source="import no_such_module")
    good = site.install_cell("seqkit-good", "good")
    with pytest.raises(BrokenPlugin, match=r"seqkit-bad 1\.0 is broken.*No module named 'no_such_module'") as bad:
        plugins.get("cells", "bad")
    assert isinstance(bad.value.__cause__, ModuleNotFoundError)
    assert status("seqkit-bad/bad") == "broken"
    assert plugins.get("cells", "good").__module__ == good
    assert plugins.get("cells", "gru") is GRU


def test_exit_at_import_does_not_end_the_process(site) -> None:
    site.install_cell("seqkit-bad", "bad", source="import sys\nsys.exit(0)")
    with pytest.raises(BrokenPlugin, match="raised SystemExit: 0") as bad:
        plugins.get("cells", "bad")
    assert isinstance(bad.value.__cause__, SystemExit)


def test_wrong_type_is_broken(site) -> None:
    site.install_cell("seqkit-bad", "bad", source="class Cell_: pass")
    with pytest.raises(BrokenPlugin, match=r"does not descend from Cell of seqkit\.cells\.base"):
        plugins.get("cells", "bad")


def test_malformed_entry_point_is_broken_without_an_import(site) -> None:
    site.install("seqkit-bad", "[seqkit.cells]\nbad = os\n")
    with pytest.raises(BrokenPlugin, match="'os' is not of the form 'module:Class'"):
        plugins.get("cells", "bad")


def test_a_failed_plugin_is_run_again_only_after_refresh(site) -> None:
    counter = site.folder / "count"
    module = site.install_cell("seqkit-bad", "bad", source=f"open({str(counter)!r}, 'a').write('x')\n1 / 0")
    for _ in range(3):
        with pytest.raises(BrokenPlugin) as bad:
            plugins.get("cells", "bad")
        assert isinstance(bad.value.__cause__, ZeroDivisionError)
    assert counter.read_text() == "x"
    (site.folder / f"{module}.py").write_text("from seqkit.cells.base import Cell\nclass Cell_(Cell): pass\n# repaired")
    plugins.refresh()
    assert status("seqkit-bad/bad") == "ok"
    assert plugins.get("cells", "bad").__name__ == "Cell_"


def test_refresh_sees_what_was_installed_a_moment_ago(site) -> None:
    """Even within the clock tick in which the folder was last read, when its time of change is the same."""
    for i in range(3):
        site.install_cell(f"seqkit-{i}", f"cell{i}")
        os.utime(site.folder, (1, 1))
        plugins.refresh()
        assert plugins.get("cells", f"cell{i}")


def test_local_registration(site) -> None:
    plugins.register("cells", "mine", Mine)
    plugins.register("cells", "mine", Mine)
    assert plugins.get("cells", "mine") is plugins.get("cells", "local/mine") is Mine
    assert status("local/mine") == "local"


def test_local_comes_before_other_distributions(site) -> None:
    module = site.install_cell("seqkit-a", "x")
    plugins.register("cells", "x", Mine)
    assert plugins.get("cells", "x") is Mine
    assert status("seqkit-a/x") == "shadowed"
    assert plugins.get("cells", "seqkit-a/x").__module__ == module
    order = [row.distribution for row in plugins.list_plugins("cells")]
    assert order.index("local") > max(i for i, name in enumerate(order) if name == "seqkit")
    assert order.index("local") < order.index("seqkit-a")


def test_another_class_must_be_meant(site) -> None:
    plugins.register("cells", "mine", Mine)
    with pytest.raises(PluginError, match=r"is registered as .*:Mine already.*:Other, or say replace=True"):
        plugins.register("cells", "mine", Other)
    assert plugins.get("cells", "mine") is Mine
    plugins.register("cells", "mine", Other, replace=True)
    assert plugins.get("cells", "mine") is Other


@pytest.mark.parametrize("replace", [False, True])
def test_a_built_in_name_cannot_be_registered(site, replace: bool) -> None:
    with pytest.raises(PluginError, match="'lstm' is a cell of seqkit's own: register Mine under another name"):
        plugins.register("cells", "lstm", Mine, replace=replace)


@pytest.mark.parametrize("name", ["", "a/b", "a b", None])
def test_malformed_name_cannot_be_registered(site, name: object) -> None:
    with pytest.raises(PluginError, match="cannot name a cell"):
        plugins.register("cells", name, Mine)  # type: ignore[arg-type]


@pytest.mark.parametrize("cls", [3, "Mine", dict, Mine.forward])
def test_only_classes_of_the_kind_can_be_registered(site, cls: object) -> None:
    with pytest.raises(BrokenPlugin, match="Cannot register 'mine'"):
        plugins.register("cells", "mine", cls)  # type: ignore[arg-type]


def test_threads_that_race_to_register_agree(site) -> None:
    refused: list[PluginError] = []

    def race(cls: type) -> None:
        try:
            plugins.register("cells", "raced", cls)
        except PluginError as error:
            refused.append(error)

    threads = [threading.Thread(target=race, args=(cls,)) for cls in (Mine, Other) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 4


def test_resolve_head_imports_only_that_head(site) -> None:
    site.install("seqkit-crf", "[seqkit.heads]\ncrf = fake_crf:RNNCRF\nalias = fake_crf:RNNCRF\n", fake_crf=HEAD)
    site.install("seqkit-bad", "[seqkit.heads]\nbad = fake_bad:RNNBad\n", fake_bad="raise RuntimeError")
    assert plugins.resolve_head("RNNNothing") is None
    assert "fake_crf" not in sys.modules
    assert plugins.resolve_head("RNNCRF").__module__ == "fake_crf"
    assert "fake_bad" not in sys.modules
    with pytest.raises(BrokenPlugin):
        plugins.resolve_head("RNNBad")


def test_resolve_head_prefers_the_built_in_and_refuses_to_guess(site) -> None:
    site.install("seqkit-evil", "[seqkit.heads]\nevil = fake_evil:RNNForCausalLM\n", fake_evil=HEAD)
    assert plugins.resolve_head("RNNForCausalLM").__module__ == "seqkit.models.causal_lm"
    site.install("seqkit-a", "[seqkit.heads]\ncrf = fake_a:RNNCRF\n", fake_a=HEAD)
    site.install("seqkit-b", "[seqkit.heads]\ncrf = fake_b:RNNCRF\n", fake_b=HEAD)
    with pytest.raises(AmbiguousPlugin, match="'seqkit-a/crf' or 'seqkit-b/crf'"):
        plugins.resolve_head("RNNCRF")


def test_source_tree_that_is_not_installed_says_so(tmp_path: Path) -> None:
    """Without site-packages there is no metadata: one clear error, for lists and for names."""
    code = (
        "import seqkit.plugins as p\n"
        "for call in (p.list_plugins, lambda: p.get('cells', 'lstm')):\n"
        "    try: call()\n"
        "    except p.registry.PluginError as error: print(error)\n"
    )
    (tmp_path / "seqkit").symlink_to(Path(plugins.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("seqkit is not installed for") == 2
    assert "Run `pip install -e .` in its source tree" in done.stdout
