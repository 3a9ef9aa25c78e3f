"""What every encoder-decoder must be able to learn: to write what it reads, forwards and backwards."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seqkit.models import RNNForConditionalGeneration
from tests.seq2seq import config

LONGEST, STEPS = 8, 400


def batch(rows: int, backwards: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Make ragged sources, their mask, and targets with an end token."""
    lengths, ids = torch.randint(3, LONGEST + 1, (rows,)), torch.randint(3, 13, (rows, LONGEST))
    mask = torch.arange(LONGEST)[None] < lengths[:, None]
    ids = ids.masked_fill(~mask, 0)
    target = torch.full((rows, LONGEST + 1), -100)
    for row, length in enumerate(lengths.tolist()):
        read = ids[row, :length]
        target[row, : length + 1] = torch.cat([read.flip(0) if backwards else read, torch.tensor([2])])
    return ids, mask.long(), target


@pytest.mark.slow
@pytest.mark.parametrize("backwards", [False, True], ids=["copy", "reverse"])
@pytest.mark.parametrize("fields", [{"attention": "general"}, {"attention": "additive", "input_feeding": True}])
def test_it_is_learnt(fields: dict[str, Any], backwards: bool) -> None:
    sizes = {"vocab_size": 13, "hidden_size": 96, "embedding_size": 32, "num_hidden_layers": 1, "bidirectional": True}
    network = RNNForConditionalGeneration(config(**sizes, **fields)).train()
    optimizer = torch.optim.AdamW(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.005, total_steps=STEPS)
    for _ in range(STEPS):
        ids, mask, target = batch(64, backwards)
        optimizer.zero_grad()
        network(ids, attention_mask=mask, labels=target).loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    ids, mask, target = batch(500, backwards)
    written = network.eval().generate(ids, attention_mask=mask, max_new_tokens=LONGEST + 1)[:, 1:]
    written = nn.functional.pad(written, (0, LONGEST + 1 - written.shape[1]))
    assert float((written == target.clamp(min=0)).all(1).float().mean()) > 0.99
