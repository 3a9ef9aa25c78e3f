import pytest
import torch
from torch import Tensor
from torch.autograd.functional import jacobian

from seqkit import plugins
from seqkit.diagnostics import jacobian_spectrum, record, step_jacobian
from seqkit.models import RNNModel
from tests.cases import make_cell, make_state, model

EVERY_CELL = sorted(plugin.qualified for plugin in plugins.list_plugins("cells") if plugin.status == "ok")


@pytest.mark.parametrize("name", EVERY_CELL)
def test_the_jacobian_is_that_of_autograd(name: str) -> None:
    cell = make_cell(name, 4, 4, torch.float64)
    p, state = cell.project(torch.randn(1, 1, 4, dtype=torch.float64))[:, 0], make_state(cell, 1)
    sizes = [tensor.numel() for tensor in state]

    def flat(s: Tensor) -> Tensor:
        parts = tuple(part.view_as(t) for part, t in zip(s.split(sizes), state, strict=True))
        return torch.cat([t.flatten() for t in cell.step(p, parts)[1]])

    expected = jacobian(flat, torch.cat([t.flatten() for t in state]))
    torch.testing.assert_close(step_jacobian(cell.step, p, state), expected)


def test_zoneout_keeps_a_part_of_every_change() -> None:
    plain, zoned = model(RNNModel, "gru"), model(RNNModel, "gru", zoneout=0.4)
    zoned.load_state_dict(plain.state_dict())
    ids = {"input_ids": torch.tensor([[1]])}
    spectra = [jacobian_spectrum(record(made, ids)[0]) for made in (plain, zoned)]
    expected = 0.6 * spectra[0].eigenvalues + 0.4
    torch.testing.assert_close(spectra[1].eigenvalues.real.sort().values, expected.real.sort().values)


def test_the_spectrum_of_a_known_matrix() -> None:
    made = model(RNNModel, "rnn", hidden_size=3, cell_options={"nonlinearity": "relu"})
    cell = made.rnn_layers[0].directions[0]
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.bias_ih.fill_(1.0)
        cell.weight_hh.copy_(torch.tensor([[2.0, 0, 0], [0, 0.5, 0], [0, 0, 0.95]]))
    mask = torch.tensor([[1, 1, 1, 0], [0, 1, 1, 0]])
    found = jacobian_spectrum(record(made, {"input_ids": torch.ones_like(mask), "attention_mask": mask})[0], points=3)
    assert found.eigenvalues.shape == (3, 3)
    assert found.eigenvalues.abs()[0].tolist() == pytest.approx([2, 0.95, 0.5])
    assert (found.radius, found.norm) == pytest.approx((2, 2))
    assert found.kept == pytest.approx(2 / 3)
