"""Labels that were not seen in training."""

import pytest

from seqkit.data.strangers import Stranger, describe, find_strangers, refuse_strangers
from seqkit.errors import DataError

KNOWN = {"ham": 0, "spam": 1}


def test_all_are_found_with_their_number_and_first_row() -> None:
    rows = [["ham", "hma"], [], ["hma", "egg", "spam", "hma"]]
    assert find_strangers(rows, KNOWN) == {"hma": Stranger(3, 1), "egg": Stranger(1, 3)}


def test_all_are_named_in_one_error() -> None:
    with pytest.raises(DataError) as caught:
        refuse_strangers([["ham"], ["hma", "hma"], ["egg"]], KNOWN)
    assert str(caught.value) == (
        "row 2 (2 times): label 'hma' was not seen in training; known are ham, spam; did you mean 'ham'? Mend it, or "
        "train with it. Also unseen: 'egg' (1, first in row 3)"
    )


def test_known_labels_pass() -> None:
    rows = [["ham", "spam"], []]
    refuse_strangers(rows, KNOWN)
    assert find_strangers(rows, KNOWN) == {}


def test_many_are_cut_short() -> None:
    assert describe({str(n): Stranger(1, n) for n in range(12)}).endswith(" and 2 other labels")
