import math

import pytest

from seqkit.training.teacher_forcing import SCHEDULES, forcing


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_it_falls_from_1_to_its_end(schedule: str) -> None:
    values = [forcing(schedule, 0.25, step, 100) for step in range(0, 101, 10)]
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(0.25 if schedule == "constant" else 1, abs=0.01)
    assert values[-1] == pytest.approx(0.25, abs=0.01)
    assert forcing(schedule, 1, 50, 100) == 1


def test_the_papers_shapes() -> None:
    assert forcing("linear", 0.5, 30, 100) == pytest.approx(0.85)
    assert forcing("exponential", 0.25, 50, 100) == pytest.approx(0.5)
    assert forcing("inverse_sigmoid", 0.0, 50, 100) == pytest.approx(0.5)
    assert forcing("inverse_sigmoid", 0.0, 100, 100) == pytest.approx(1 / (1 + math.exp(5)))
