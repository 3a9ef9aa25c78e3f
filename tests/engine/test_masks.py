import subprocess
import sys

import pytest
import torch

from seqkit.engine.masks import Masks, SeededMasks, drop, dropout_seed, masks_for, mix
from tests.cases import MASKS

LIKE = torch.zeros(6, 9, 20)


def drawn(masks: Masks, rows: slice = slice(None)) -> torch.Tensor:
    return masks.at("here").rows(0.5, LIKE[rows])


def test_a_rows_mask_is_the_same_in_any_batch_and_beside_any_padding() -> None:
    numbers = [3, 1, 4, 1, 5, 9]
    whole = drawn(SeededMasks(numbers, 0))
    assert torch.equal(whole[1], whole[3])
    assert not torch.equal(whole[0], whole[1])
    alone = SeededMasks(numbers[4:5], 7).at("here").rows(0.5, LIKE[:1, :5])
    assert torch.equal(alone[0], whole[4, :5])


@pytest.mark.parametrize("kind", MASKS)
def test_padding_takes_no_random_number(kind: str) -> None:
    real, masks = torch.tensor(MASKS[kind]).bool(), SeededMasks((1, 2, 3, 4), 0)
    padded, full = masks.rows(0.5, LIKE[:4, :5], real), masks.rows(0.5, LIKE[:4, :5])
    for row, places in enumerate(real):
        assert torch.equal(padded[row, places], full[row, : int(places.sum())])


@pytest.mark.parametrize("rate", [0.0, 0.2, 1.0])
def test_the_rate_is_that_of_true(rate: float) -> None:
    for masks in (Masks(), SeededMasks(range(50), 0)):
        for mask in (masks.rows(rate, torch.zeros(50, 200)), masks.shared(rate, torch.zeros(50, 200))):
            assert mask.dtype == torch.bool
            assert abs(mask.float().mean() - rate) < 0.02


def test_uses_differ_and_a_use_repeats_itself() -> None:
    masks = SeededMasks((1, 2), 3)
    assert torch.equal(drawn(masks, slice(2)), drawn(masks, slice(2)))
    assert not torch.equal(masks.at("a").rows(0.5, LIKE[:2]), masks.at("b").rows(0.5, LIKE[:2]))
    assert not torch.equal(masks.at("a").shared(0.5, LIKE), masks.at("b").shared(0.5, LIKE))
    assert masks.at("a").at("b").use != masks.at("b").at("a").use


def test_one_seed_gives_a_row_the_same_masks_whatever_stands_behind_it() -> None:
    torch.manual_seed(1)
    whole = drawn(masks_for(6))
    torch.manual_seed(1)
    assert torch.equal(torch.cat([drawn(masks_for(n), slice(n)) for n in (2, 3, 1)]), whole)
    torch.manual_seed(2)
    assert not torch.equal(drawn(masks_for(6)), whole)
    assert not torch.equal(drawn(masks_for(6)), drawn(masks_for(6)))


def test_inside_of_a_seed_rows_are_counted_and_nothing_global_is_drawn() -> None:
    state = torch.get_rng_state()
    with dropout_seed(5):
        whole = masks_for(6)
    with dropout_seed(5):
        parts = [masks_for(2), masks_for(4)]
    with dropout_seed(5, first_row=2):
        later = masks_for(4)
    assert torch.equal(torch.cat([drawn(part, slice(len(part.numbers))) for part in parts]), drawn(whole))
    assert later == parts[1]
    assert all(torch.equal(part.shared(0.5, LIKE), whole.shared(0.5, LIKE)) for part in parts)
    assert torch.equal(torch.get_rng_state(), state)
    with dropout_seed(6):
        assert not torch.equal(drawn(masks_for(6)), drawn(whole))


def test_a_seed_ends_with_its_block_after_an_error_too() -> None:
    with pytest.raises(ZeroDivisionError), dropout_seed(5):
        raise ZeroDivisionError
    assert masks_for(3) != masks_for(3)


def test_no_rows_draw_nothing() -> None:
    state = torch.get_rng_state()
    assert masks_for(0).rows(0.5, torch.zeros(0, 3)).shape == (0, 3)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_mean_is_kept_and_the_mask_broadcast() -> None:
    kept = torch.tensor([[True, False]])
    assert torch.equal(drop(torch.ones(3, 2), kept, 0.75), torch.tensor([[4.0, 0.0]]).expand(3, 2))


def test_a_seed_is_the_same_in_every_process() -> None:
    code = "from seqkit.engine.masks import mix; print(mix(7, 'layer 0'))"
    assert int(subprocess.check_output([sys.executable, "-c", code])) == mix(7, "layer 0")
