import pytest

from seqkit.data.tasks import AUTO_CLASSES, OUTPUT_COLUMNS, TASKS, VECTOR_TASKS, check_task, default_columns, find_task
from seqkit.errors import DataError


def test_every_task_has_its_columns() -> None:
    assert set(OUTPUT_COLUMNS) == set(TASKS)
    for task in TASKS:
        check_task(task)


def test_unknown_task() -> None:
    with pytest.raises(DataError, match=r"'translation' must be one of causal-lm, sequence-classification, series"):
        check_task("translation")


def test_usual_names_are_lower_case() -> None:
    for task in TASKS:
        for names in default_columns(task):
            assert list(names) == [name.lower() for name in names]


def test_a_task_follows_from_what_is_read_and_what_is_served() -> None:
    assert set(AUTO_CLASSES) == set(TASKS)
    for task, auto_class in AUTO_CLASSES.items():
        assert find_task(auto_class, task in VECTOR_TASKS) == task
    assert find_task("AutoModelForTokenClassification", vectors=True) is None
    assert find_task("AutoModel", vectors=False) is None
