import math

import pytest
import torch

from seqkit.diagnostics import lyapunov_exponents, record
from seqkit.diagnostics.recording import Trace
from seqkit.models import RNNModel
from tests.cases import model


def linear(factors: list[float], mask: torch.Tensor) -> Trace:
    """A recurrence h_t = a ⊙ h_{t-1} + 1: a relu network whose units stay above zero."""
    made = model(RNNModel, "rnn", hidden_size=len(factors), cell_options={"nonlinearity": "relu"})
    cell = made.rnn_layers[0].directions[0]
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.bias_ih.fill_(1.0)
        cell.weight_hh.copy_(torch.diag(torch.tensor(factors)))
    (trace,) = record(made.double(), {"input_ids": torch.ones_like(mask), "attention_mask": mask})
    return trace


def test_exponents_of_a_linear_recurrence_are_logarithms_of_its_factors() -> None:
    found = lyapunov_exponents(linear([0.9, 1.1, 0.5], torch.ones(2, 200).long()), count=8)
    expected = [math.log(a) for a in (1.1, 0.9, 0.5)]
    assert found.values.tolist() == pytest.approx(expected, abs=2e-3)
    assert found.largest == pytest.approx(math.log(1.1), abs=1e-4)
    assert found.lifetime == math.inf
    assert found.tokens == 2 * 160  # a fifth is not counted


def test_padding_takes_no_part() -> None:
    mask = torch.ones(3, 40).long()
    mask[1, :13], mask[2] = 0, 0
    mask[0, 5:9] = 0
    found = lyapunov_exponents(linear([0.8, 0.8], mask), count=1)
    assert found.largest == pytest.approx(math.log(0.8), abs=1e-6)
    assert found.lifetime == pytest.approx(-1 / math.log(0.8))
    assert found.error == pytest.approx(0, abs=1e-6)


def test_rows_of_a_batch_count_as_they_do_alone() -> None:
    made = model(RNNModel, "lstm").double()
    ids, mask = torch.randint(11, (2, 40)), torch.ones(2, 40).long()
    mask[1, 30:], mask[1, :5] = 0, 0
    (both,) = record(made, {"input_ids": ids, "attention_mask": mask})
    found = lyapunov_exponents(both)
    alone = [
        lyapunov_exponents(record(made, {"input_ids": row[real.bool()][None]})[0])
        for row, real in zip(ids, mask, strict=True)
    ]
    assert found.tokens == sum(each.tokens for each in alone) == 32 + 20
    expected = sum(each.tokens * each.values for each in alone) / found.tokens
    assert found.largest == pytest.approx(float(expected[0]), abs=1e-9)
    # The others may change places from row to row; together they are the logarithm of a volume.
    assert float(found.values.sum()) == pytest.approx(float(expected.sum()), abs=1e-9)
    assert found.error > 0


def test_the_exponent_of_a_real_network_is_that_of_the_product_of_its_jacobians() -> None:
    from seqkit.diagnostics.jacobian import jacobian_at

    made = model(RNNModel, "lstm").double()
    (trace,) = record(made, {"input_ids": torch.randint(11, (1, 400))})
    # The textbook's way, forwards: a tangent vector through every Jacobian, brought to length one at each.
    v, total = torch.randn(12, dtype=torch.float64), 0.0
    for t in range(400):
        v = jacobian_at(trace, t, 0) @ v
        total += float(v.norm().log()) if t >= 80 else 0.0
        v = v / v.norm()
    assert lyapunov_exponents(trace).largest == pytest.approx(total / 320, abs=0.02)


def test_what_is_wiped_out_is_a_finite_number_and_nobodys_random_numbers_move() -> None:
    trace, random = linear([0.0, 0.0], torch.ones(1, 10).long()), torch.get_rng_state()
    found = lyapunov_exponents(trace)
    assert found.largest < -80
    assert math.isnan(found.error)
    assert torch.equal(torch.get_rng_state(), random)


def test_brief_floats_are_taken() -> None:
    made = model(RNNModel, "gru").to(torch.bfloat16)
    (trace,) = record(made, {"input_ids": torch.randint(11, (2, 30))})
    assert math.isfinite(lyapunov_exponents(trace).largest)
