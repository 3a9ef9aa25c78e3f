from itertools import product

import pytest
import torch
from torch import nn

from seqkit.errors import ConfigError
from seqkit.models import RNNModel
from tests.cases import model

MODULES = [nn.RNN, nn.GRU, nn.LSTM]


@pytest.mark.parametrize(
    ("kind", "bias", "bidirectional", "batch_first", "layers"), list(product(MODULES, *[(True, False)] * 3, (1, 2)))
)
def test_there_and_back(kind: type, bias: bool, bidirectional: bool, batch_first: bool, layers: int) -> None:
    module = kind(3, 4, layers, bias=bias, bidirectional=bidirectional, batch_first=batch_first)
    network, x = RNNModel.from_torch(module), torch.randn(2, 5, 3)
    expected, state = module(x if batch_first else x.transpose(0, 1))
    expected = expected if batch_first else expected.transpose(0, 1)
    out = network(input_features=x, return_state=True)
    torch.testing.assert_close(out.last_hidden_state, expected)
    final = torch.cat(
        [layer[0] for layer in out.state]
        if not bidirectional
        else [t for layer in out.state for t in (layer[0], layer[len(layer) // 2])]
    )
    torch.testing.assert_close(final, torch.cat(list(state[0] if isinstance(state, tuple) else state)))
    back = network.to_torch()
    assert type(back) is kind
    torch.testing.assert_close(back(x)[0], expected)
    assert back.state_dict().keys() == module.state_dict().keys()


def test_relu_dtype_and_mode_are_kept() -> None:
    module = nn.RNN(3, 4, nonlinearity="relu").double().eval()
    network = RNNModel.from_torch(module)
    assert network.dtype == torch.float64
    assert not network.training
    assert network.to_torch().nonlinearity == "relu"
    assert network.to_torch().weight_hh_l0.dtype == torch.float64


def test_dropout_between_layers_is_kept() -> None:
    network = RNNModel.from_torch(nn.GRU(3, 4, 2, dropout=0.3))
    assert network.config.hidden_dropout == 0.3
    assert network.to_torch().dropout == 0.3


def test_what_cannot_be_taken_over_is_refused() -> None:
    with pytest.raises(ConfigError, match="proj_size is 2"):
        RNNModel.from_torch(nn.LSTM(3, 4, proj_size=2))
    with pytest.raises(ConfigError, match="got Linear"):
        RNNModel.from_torch(nn.Linear(3, 4))


@pytest.mark.parametrize("name", ["layer_norm", "residual", "learn_initial_state"])
def test_what_torch_has_not_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        model(num_features=6, **{name: True}).to_torch()
    with pytest.raises(ConfigError, match="zoneout"):
        model(num_features=6, zoneout=0.1).to_torch()


def test_weights_are_copies() -> None:
    network = model(num_features=3)
    nn.init.zeros_(network.to_torch().weight_hh_l0)
    assert network.layers[0].cells[0].weight_hh.any()
