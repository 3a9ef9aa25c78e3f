import importlib

import pytest

from seqkit.errors import PluginError
from seqkit.plugins.kinds import KINDS, PluginInfo, check_kind

ROW = PluginInfo("cells", "mingru", "seqkit-mingru", "1.0", "ok", "", "seqkit_mingru:MinGRU")


@pytest.mark.parametrize(
    ("kind", "module"),
    [
        ("cells", "seqkit.cells.base"),
        ("tokenizers", "transformers.tokenization_utils_base"),
        ("heads", "seqkit.models.base"),
    ],
)
def test_base_classes_are_where_the_table_says(kind: str, module: str) -> None:
    base = getattr(importlib.import_module(module), KINDS[kind].base)
    assert f"{base.__module__}.".startswith(f"{KINDS[kind].home}.")


def test_unknown_kind_lists_the_kinds() -> None:
    with pytest.raises(PluginError, match="'cell': the kinds are cells, tokenizers, heads, checkpoints"):
        check_kind("cell")


@pytest.mark.parametrize("name", ["mingru", "seqkit-mingru/mingru", "Seqkit_MinGRU/mingru"])
def test_a_row_answers_to_its_names(name: str) -> None:
    assert ROW.answers_to(name)


@pytest.mark.parametrize("name", ["", "MINGRU", "seqkit-mingru", "other/mingru", "/mingru", "a/seqkit-mingru/mingru"])
def test_a_row_answers_to_no_other_name(name: str) -> None:
    assert not ROW.answers_to(name)


def test_qualified_name() -> None:
    assert ROW.qualified == "seqkit-mingru/mingru"
