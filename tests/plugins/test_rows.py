import pytest

from seqkit.cells import GRU
from seqkit.plugins.metadata import Entry
from seqkit.plugins.policy import read_policy
from seqkit.plugins.rows import broken, entry_rows, local_row, value_of

LSTM_ENTRY = Entry("cells", "lstm", "m:LSTM", "seqkit", "0.1.0")
A = Entry("cells", "x", "m:X", "seqkit-a", "1.0")
B = Entry("cells", "x", "m:X", "seqkit-b", "1.0")
TOO_NEW = Entry("cells", "x", "m:X", "seqkit-c", "1.0", misfit="it requires seqkit>=9")
FAULTY = Entry("cells", "y", "m", "seqkit-d", "1.0", fault="it is malformed")


def statuses(*entries: Entry, policy: str = "*", local: tuple[str, ...] = (), **failures: str) -> list[str]:
    failed = {("cells", f"seqkit-{name}/x"): fault for name, fault in failures.items()}
    return [row.status for row in entry_rows(entries, read_policy(policy), local, failed)]


@pytest.mark.parametrize(
    ("entries", "options", "expected"),
    [
        ([LSTM_ENTRY, A], {}, ["ok", "ok"]),
        ([LSTM_ENTRY, A], {"policy": ""}, ["ok", "disabled"]),
        ([LSTM_ENTRY, A], {"policy": "*,-seqkit"}, ["ok", "ok"]),
        ([A, B], {}, ["ambiguous", "ambiguous"]),
        ([A, B], {"policy": "*,-seqkit-b"}, ["ok", "disabled"]),
        ([A, TOO_NEW], {}, ["ambiguous", "incompatible"]),
        ([TOO_NEW], {"policy": ""}, ["disabled"]),
        ([FAULTY], {}, ["broken"]),
        ([FAULTY], {"policy": ""}, ["disabled"]),
        ([A], {"a": "it raised"}, ["broken"]),
        ([A], {"local": ("x",)}, ["shadowed"]),
        ([LSTM_ENTRY, Entry("cells", "lstm", "m:L", "seqkit-a", "1")], {}, ["ok", "shadowed"]),
    ],
)
def test_status(entries: list[Entry], options: dict, expected: list[str]) -> None:
    assert statuses(*entries, **options) == expected


def test_reasons_name_the_next_step() -> None:
    def reason(*entries: Entry, policy: str = "*") -> str:
        return entry_rows(entries, read_policy(policy), (), {})[-1].reason

    assert reason(A) == ""
    assert "SEQKIT_PLUGINS='seqkit-q' leaves seqkit-a out" in reason(A, policy="seqkit-q")
    assert "SEQKIT_PLUGINS='seqkit-q,seqkit-a' lets it in" in reason(A, policy="seqkit-q")
    assert reason(TOO_NEW) == "it requires seqkit>=9; run `pip install --upgrade seqkit seqkit-c`"
    assert reason(A, B) == "seqkit-a/x has the same name; this one is 'seqkit-b/x'"
    assert reason(FAULTY).startswith("it is malformed; repair, reinstall or remove seqkit-d")


def test_broken_built_in_is_not_to_be_removed() -> None:
    assert "remove" not in broken("seqkit", "it raised")


def test_local_row() -> None:
    row = local_row("cells", "mine", GRU)
    assert (row.status, row.qualified, row.value) == ("local", "local/mine", value_of(GRU))
    assert value_of(GRU) == "seqkit.cells.gru:GRU"
