import torch
from torch import nn

from seqkit.engine.masks import dropout_seed, masks_for
from seqkit.models.dropout import Dropout, drop_words, embed
from tests.cases import config, model


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


def words_left(rate: float, ids: torch.Tensor, real: torch.Tensor | None = None) -> torch.Tensor:
    with dropout_seed(3):
        return drop_words(ids, config(word_dropout=rate, unk_token_id=1), masks_for(len(ids)).at("words"), real)


def test_dropped_words_are_unknown_at_the_rate_asked_for() -> None:
    ids = torch.full((40, 50), 7)
    found = words_left(0.3, ids)
    assert set(found.unique().tolist()) == {1, 7}
    assert abs((found == 1).float().mean() - 0.3) < 0.05
    assert words_left(0.0, ids) is ids


def test_padding_moves_no_dropped_word() -> None:
    ids, real = torch.arange(2, 8).repeat(3, 1), torch.tensor([[1, 1, 1, 1, 1, 1]] * 3).bool()
    left = torch.cat([torch.zeros_like(real), real], 1)
    assert torch.equal(words_left(0.5, ids.repeat(1, 2), left)[:, 6:], words_left(0.5, ids, real))


def test_a_model_drops_words_in_training_only() -> None:
    network = model(word_dropout=0.5, unk_token_id=1)
    ids = torch.randint(2, 11, (4, 9))
    assert torch.equal(network(ids)[0], network(ids)[0])
    network.train()
    assert not torch.equal(network(ids)[0], network(ids)[0])
    with dropout_seed(1):
        whole = network(ids)[0]
    with dropout_seed(1):
        parts = torch.cat([network(ids[:1])[0], network(ids[1:])[0]])
    torch.testing.assert_close(parts, whole)
