"""A network that was told means and deviations takes raw numbers, and gives what it gives for standard ones."""

import pytest
import torch

from seqkit import RNNConfig, RNNForSequenceClassification
from seqkit.errors import ConfigError
from seqkit.models import RNNModel
from tests.cases import model

MEANS, DEVIATIONS = [1e3, -2.0, 0.0], [50.0, 0.01, 1.0]
FIELDS = {"vocab_size": None, "num_features": 3, "num_labels": 4}


@pytest.mark.parametrize("other", [{}, {"embedding_size": 5}, {"bidirectional": True}], ids=str)
def test_raw_numbers_are_read_as_standard_ones(other: dict) -> None:
    plain = model(RNNForSequenceClassification, **FIELDS, **other)
    told = model(RNNForSequenceClassification, **FIELDS, **other, feature_means=MEANS, feature_deviations=DEVIATIONS)
    told.load_state_dict(plain.state_dict())
    x = torch.randn(3, 5, 3, dtype=torch.float64)
    raw = (x * torch.tensor(DEVIATIONS, dtype=torch.float64) + torch.tensor(MEANS, dtype=torch.float64)).float()
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 1, 1, 1]])
    expected = plain(input_features=x.float(), attention_mask=mask).logits
    torch.testing.assert_close(told(input_features=raw, attention_mask=mask).logits, expected, rtol=1e-3, atol=1e-4)
    raw[mask == 0] = float("nan")
    assert torch.isfinite(told(input_features=raw, attention_mask=mask).logits).all()
    alone = told(input_features=raw[1:2, :2]).logits
    torch.testing.assert_close(told(input_features=raw, attention_mask=mask).logits[1:2], alone, rtol=1e-5, atol=1e-6)


def test_it_is_saved_and_loaded(tmp_path: object) -> None:
    told = model(RNNForSequenceClassification, **FIELDS, feature_means=MEANS, feature_deviations=DEVIATIONS)
    told.save_pretrained(tmp_path)
    again = RNNForSequenceClassification.from_pretrained(tmp_path).eval()
    x = 1e3 + 50 * torch.randn(2, 4, 3)
    assert torch.equal(again(input_features=x).logits, told(input_features=x).logits)


def test_torch_has_no_module_for_it() -> None:
    with pytest.raises(ConfigError, match="with feature_means"):
        RNNModel(RNNConfig(cell="gru", num_features=3, hidden_size=4, feature_means=MEANS)).to_torch()
