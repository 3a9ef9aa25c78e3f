"""Texts over all of Unicode, in the quick form."""

from tests.faults import battery


def test_texts_of_all_kinds_come_back_and_take_linear_time() -> None:
    counts = battery.run("texts", 200)
    assert counts["failures"] == []
    assert counts["char"] == counts["jamo"] == counts["word"] == counts["word-char"] == 200
    assert counts["surrogates refused"] == 8
