import torch
from torch import nn

from seqkit.engine.masks import dropout_seed, masks_for
from seqkit.models.teacher import Teacher


def test_rows_read_their_own_guess_as_often_as_they_should() -> None:
    head, read = nn.Linear(4, 7), torch.randn(4000, 4)
    guesses = head(read).argmax(-1)
    for forcing in (0.0, 0.25, 1.0):
        ids = Teacher(head, forcing)(read, masks_for(4000).at("step 1"))
        own = ids >= 0
        assert abs(float(own.float().mean()) - (1 - forcing)) < 0.03
        assert torch.equal(ids[own], guesses[own])
    assert not ids.requires_grad


def test_a_batch_in_parts_draws_what_the_whole_does() -> None:
    head, read = nn.Linear(4, 7), torch.randn(6, 4)
    with dropout_seed(5):
        whole = Teacher(head, 0.5)(read, masks_for(6))
    with dropout_seed(5):
        parts = [Teacher(head, 0.5)(part, masks_for(3)) for part in read.split(3)]
    assert torch.equal(whole, torch.cat(parts))
