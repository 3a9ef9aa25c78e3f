import pytest

from seqkit.errors import MissingPlugin, UnknownPlugin
from seqkit.plugins.kinds import PluginInfo
from seqkit.plugins.unknown import nearest, unknown


def row(name: str, distribution: str = "seqkit") -> PluginInfo:
    return PluginInfo("cells", name, distribution, "1.0", "ok", "", "m:X")


ROWS = [row("gru"), row("lstm"), row("mingru", "seqkit-mingru")]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("lsmt", "lstm"), ("LSTM", "lstm"), ("MinGRU", "mingru"), ("seqkit-mingru/migru", "seqkit-mingru/mingru")],
)
def test_nearest_name(asked: str, meant: str) -> None:
    assert nearest(asked, ROWS) == f"Did you mean {meant!r}? "


def test_nothing_near_is_no_suggestion() -> None:
    assert nearest("zzzzzz", ROWS) == ""
    assert nearest("x" * 10_000_000, ROWS) == ""


def test_unknown_lists_what_there_is() -> None:
    error = unknown("cells", "lsmt", None, ROWS)
    assert type(error) is UnknownPlugin
    assert str(error) == (
        "No cell is called 'lsmt'. Did you mean 'lstm'? There are: gru, lstm, mingru (`seqkit plugins` tells more)."
    )


def test_what_is_no_name_is_not_offered() -> None:
    error = str(unknown("cells", "a/b/c", None, [*ROWS, row("a/b/c"), row("\x1b[31m"), row("")]))
    assert error.endswith("not installed. There are: gru, lstm, mingru (`seqkit plugins` tells more).")
    assert len(str(unknown("cells", "x" * 9999, None, ROWS))) < 200


def test_a_long_list_is_cut() -> None:
    assert "c11, … (" in str(unknown("cells", "?", None, [row(f"c{i}") for i in range(20)]))


def test_unknown_owner_is_told() -> None:
    assert "The distribution 'seqkit-nosuch' is not installed." in str(unknown("cells", "seqkit-nosuch/x", None, ROWS))


@pytest.mark.parametrize("name", [None, 3, ["lstm"]])
def test_a_name_is_a_string(name: object) -> None:
    assert "is asked for by name, a string" in str(unknown("cells", name, None, ROWS))  # type: ignore[arg-type]


def test_missing_tells_what_to_install() -> None:
    error = unknown("cells", "x", "Seqkit_NoSuch", ROWS)
    assert type(error) is MissingPlugin
    assert "if you trust it, run `pip install seqkit-nosuch`" in str(error)


def test_missing_puts_no_foreign_text_into_a_command() -> None:
    error = unknown("cells", "x", "seqkit; rm -rf ~", ROWS)
    assert type(error) is MissingPlugin
    assert "pip install" not in str(error)


def test_checkpoint_of_another_version() -> None:
    error = unknown("cells", "x", "seqkit", ROWS)
    assert type(error) is UnknownPlugin
    assert "made with another version of seqkit: run `pip install -U seqkit`" in str(error)


def test_checkpoint_of_a_local_class() -> None:
    error = unknown("cells", "mine", "local", ROWS)
    assert type(error) is MissingPlugin
    assert "seqkit.plugins.register('cells', 'mine', TheClass)" in str(error)
