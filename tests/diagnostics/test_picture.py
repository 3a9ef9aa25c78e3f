from pathlib import Path

import torch
from transformers import default_data_collator

from seqkit.data import StreamDataset
from seqkit.diagnostics.gradient import Curve
from seqkit.diagnostics.picture import beyond, gradient_picture
from seqkit.models import RNNForCausalLM
from tests.cases import model


def test_the_picture_is_drawn_and_told_in_words(tmp_path: Path) -> None:
    data = StreamDataset(torch.arange(300) % 11, batch_size=2, sequence_length=20)
    told = gradient_picture(
        model(RNNForCausalLM, "gru"), data, default_data_collator, tmp_path / "gradient.png", "title"
    )
    assert (tmp_path / "gradient.png").read_bytes().startswith(b"\x89PNG")
    assert "of the loss of the last prediction of each row" in told
    assert "the median of 8 validation rows" in told
    assert "layer 0 (GRU)" in told


def test_what_is_not_forgotten_has_no_end() -> None:
    flat = Curve(0, "forward", "LSTM", torch.ones(1, 10), ())
    assert beyond(flat) == "layer 0 (LSTM), 9 tokens or more"
    assert beyond(Curve(0, "backward", "LSTM", torch.eye(1, 10), ())) == "layer 0 (LSTM, backward), 0 tokens"


def test_series_have_steps() -> None:
    assert beyond(Curve(0, "forward", "GRU", torch.eye(1, 10), ()), "steps").endswith("0 steps")
