import pytest
import torch

from seqkit.errors import DataError
from seqkit.models.encoder import RNNEncoder
from seqkit.sides import encoder_config
from tests.seq2seq import SOURCE, SOURCE_MASK, config


def test_it_always_gives_its_last_state() -> None:
    encoder = RNNEncoder(encoder_config(config(cell="lstm", bidirectional=True))).eval()
    outputs = encoder(SOURCE, attention_mask=SOURCE_MASK)
    assert outputs.last_hidden_state.shape == (3, 5, 12)
    assert outputs.past_key_values is None
    assert [len(layer) for layer in outputs.state] == [4, 4]
    assert not outputs.last_hidden_state[SOURCE_MASK == 0].any()
    assert len(encoder(SOURCE, output_hidden_states=True).hidden_states) == 3


def test_an_empty_source_is_told_by_row() -> None:
    encoder = RNNEncoder(encoder_config(config()))
    with pytest.raises(DataError, match="source 2 is empty"):
        encoder(SOURCE, attention_mask=SOURCE_MASK * torch.tensor([[1], [1], [0]]))
    with pytest.raises(DataError, match="source 0 is empty"):
        encoder(torch.zeros(2, 0, dtype=torch.long))


def test_the_limit_counts_real_tokens() -> None:
    encoder = RNNEncoder(encoder_config(config()), max_source_length=5)
    padded, mask = torch.nn.functional.pad(SOURCE, (0, 3)), torch.nn.functional.pad(SOURCE_MASK, (0, 3))
    assert encoder(padded, attention_mask=mask).last_hidden_state.shape == (3, 8, 6)
    with pytest.raises(DataError, match="8 tokens; max_source_length is 5"):
        encoder(padded)
