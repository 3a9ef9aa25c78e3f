"""The bar is seen on a terminal only, and gives every row."""

import io

import pytest
from rich.console import Console

from seqkit.cli.progress import EVERY, with_bar
from seqkit.data.readers.rows import Place

PLACES = [Place(n, f"row {n}") for n in range(1, EVERY + 2)]


@pytest.mark.parametrize(("terminal", "wanted"), [(True, True), (True, False), (False, True)])
def test_rows_come_through_and_a_terminal_sees_how_far(terminal: bool, wanted: bool) -> None:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
    assert list(with_bar(PLACES, wanted, console)) == [place.value for place in PLACES]
    assert ("256 rows" in console.file.getvalue()) is (terminal and wanted)
