import torch

from seqkit.models import unique
from seqkit.models.unique import unique_rows


def test_rows_come_back_and_each_is_there_once() -> None:
    rows = torch.randint(0, 3, (200, 4))
    found, places = unique_rows(rows)
    assert torch.equal(found[places], rows)
    assert len(found) == len(rows.unique(dim=0))


def test_rows_of_one_sum_are_told_apart(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(unique, "_weights", lambda count, device: torch.ones(count, dtype=torch.long))
    rows = torch.tensor([[1, 2], [2, 1], [1, 2], [3, 0]])
    found, places = unique_rows(rows)
    assert torch.equal(found[places], rows)
    assert len(found) == 3


def test_no_rows_are_no_rows() -> None:
    found, places = unique_rows(torch.zeros(0, 3, dtype=torch.long))
    assert (len(found), len(places)) == (0, 0)
