from typing import Any

import pytest
import torch

from seqkit.errors import DataError
from seqkit.models.inputs import check_ids, check_labels, last_real, one_input, real_places

X = torch.zeros(2, 3, 4)


def test_exactly_one_input() -> None:
    assert one_input(a=None, b=X) == ("b", X)
    with pytest.raises(DataError, match="exactly one of a, b; got none"):
        one_input(a=None, b=None)
    with pytest.raises(DataError, match="got a, b"):
        one_input(a=X, b=X)


def test_places_of_the_new_tokens() -> None:
    mask = torch.tensor([[1, 1, 0, 1], [0, 1, 1, 0]])
    assert torch.equal(real_places(mask, 2, 4, 0), mask.bool())
    assert torch.equal(real_places(mask, 2, 2, 2), mask[:, 2:].bool())
    assert torch.equal(real_places(mask, 2, 4, 2), mask.bool())
    assert real_places(None, 2, 4, 0) is None
    assert real_places(torch.ones(2, 4), 2, 4, 0) is None


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("input_ids", [[1, 2]], r"input_ids is a list; expected a tensor \(B, T\). Use torch.tensor"),
        ("input_ids", torch.tensor([1, 2]), r"input_ids has shape \(2,\); expected \(B, T\)"),
        ("input_ids", torch.tensor(1), r"input_ids has shape \(\); expected"),
        ("input_ids", torch.tensor([[[1]]]), r"input_ids has shape \(1, 1, 1\); expected"),
        ("input_ids", torch.tensor([[1.0]]), r"input_ids are torch.float32; expected torch.int64. Use input_ids.long"),
        ("input_ids", torch.tensor([[True]]), "input_ids are torch.bool"),
        ("input_features", torch.zeros(6), r"input_features has shape \(6,\); expected \(B, T, width\)"),
    ],
    ids=str,
)
def test_what_is_neither_ids_nor_vectors_is_refused(name: str, value: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        one_input(**{name: value})


def test_short_integers_are_ids_too() -> None:
    ids = torch.tensor([[1, 2]], dtype=torch.int32)
    assert one_input(input_ids=ids)[1] is ids


def test_a_mask_that_is_no_tensor_is_refused() -> None:
    with pytest.raises(DataError, match=r"attention_mask is a list; expected a tensor \(1, 3\)"):
        real_places([[1, 1, 1]], 1, 3, 0)


@pytest.mark.parametrize(("shape", "past"), [((2, 2), 0), ((2, 4), 0), ((1, 3), 0), ((2, 3, 3), 0), ((2, 2), 5)])
def test_a_mask_that_does_not_fit_is_refused(shape: tuple[int, ...], past: int) -> None:
    with pytest.raises(DataError, match="attention_mask"):
        real_places(torch.ones(shape), 2, 3, past)


def test_padded_places_repeat_the_last_real_one() -> None:
    y = torch.tensor([[1.0, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]])[..., None]
    mask = torch.tensor([[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]).bool()
    assert last_real(y, mask)[..., 0].tolist() == [[1, 1, 3, 3], [0, 2, 2, 2], [0, 0, 0, 0]]
    before = torch.tensor([[7.0], [8], [9]])
    assert last_real(y, mask, before)[..., 0].tolist() == [[1, 1, 3, 3], [8, 2, 2, 2], [9, 9, 9, 9]]
    assert last_real(y, None, before) is y


def test_labels_must_be_classes() -> None:
    labels, mask = torch.tensor([[0, -100, 5]]), torch.tensor([[True, True, False]])
    check_labels(labels, labels.shape, 3, mask)
    with pytest.raises(DataError, match="labels hold 5; expected 0 to 2"):
        check_labels(labels, labels.shape, 3)
    with pytest.raises(DataError, match=r"\(1, 3\); expected \(1, 2\)"):
        check_labels(labels, torch.Size([1, 2]), 3)


def test_ids_must_be_tokens() -> None:
    check_ids(torch.tensor([[0, 2]]), 3)
    check_ids(torch.zeros(2, 0).long(), 3)
    for wrong in (3, -1):
        with pytest.raises(DataError, match=f"input_ids holds {wrong}; expected 0 to 2"):
            check_ids(torch.tensor([[0, wrong]]), 3)
