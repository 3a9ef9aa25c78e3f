import torch
from torch import nn

from seqkit.models.dropout import Dropout, embed


def test_locked_masks_are_constant_over_time_and_differ_between_rows() -> None:
    y = Dropout(0.5, locked=True)(torch.ones(4, 6, 50))
    assert (y == y[:, :1]).all()
    assert not torch.equal(y[0], y[1])
    assert set(y.unique().tolist()) == {0.0, 2.0}


def test_free_masks_change_over_time() -> None:
    y = Dropout(0.5, locked=False)(torch.ones(4, 6, 50))
    assert not (y == y[:, :1]).all()
    assert set(y.unique().tolist()) == {0.0, 2.0}


def test_nothing_in_evaluation_or_at_rate_zero() -> None:
    x = torch.randn(2, 3, 4)
    for locked in (True, False):
        assert Dropout(0.5, locked).eval()(x) is x
        assert Dropout(0.0, locked)(x) is x


def test_the_mean_is_kept() -> None:
    for locked in (True, False):
        assert abs(Dropout(0.3, locked)(torch.ones(200, 5, 100)).mean() - 1) < 0.03


def test_a_token_type_is_dropped_everywhere() -> None:
    embedding, ids = nn.Embedding(40, 3), torch.arange(40).repeat(2, 3)
    y = embed(ids, embedding, 0.5)
    gone = (y == 0).all(-1)
    assert torch.equal(gone[:, :40], gone[:, 40:80])
    assert torch.equal(gone[0], gone[1])
    assert 5 < gone[0, :40].sum() < 35
    torch.testing.assert_close(y[~gone], 2 * embedding(ids)[~gone])
    assert torch.equal(embed(ids, embedding.eval(), 0.5), embedding(ids))


def test_it_says_what_it_is() -> None:
    assert "0.5, locked=True" in repr(Dropout(0.5, True))
