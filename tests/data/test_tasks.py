import pytest

from seqkit.data.tasks import OUTPUT_COLUMNS, TASKS, check_task, default_columns
from seqkit.errors import DataError


def test_every_task_has_its_columns() -> None:
    assert set(OUTPUT_COLUMNS) == set(TASKS)
    for task in TASKS:
        check_task(task)


def test_unknown_task() -> None:
    with pytest.raises(DataError, match=r"'translation' must be one of causal-lm, sequence-classification, token"):
        check_task("translation")


def test_usual_names_are_lower_case() -> None:
    for task in TASKS:
        for names in default_columns(task):
            assert list(names) == [name.lower() for name in names]
