"""Metadata that the hub would refuse is refused here, and what huggingface_hub itself writes passes."""

from typing import Any

import pytest
from huggingface_hub import EvalResult, EvalResultEntry, ModelCardData, eval_result_entries_to_yaml

from seqkit.hub.schema import entry_faults, faults

RESULT = EvalResult(
    task_type="text-classification", dataset_type="imdb", dataset_name="IMDb", metric_type="accuracy", metric_value=0.9
)


def good(**changes: Any) -> dict[str, Any]:
    data = ModelCardData(
        license="mit",
        language=["en", "pt-BR"],
        library_name="seqkit",
        pipeline_tag="text-classification",
        tags=["seqkit"],
        model_name="days",
        eval_results=[RESULT],
        widget=[{"text": "a good day"}],
    )
    return {**data.to_dict(), **changes}


def index(**changes: Any) -> list[dict[str, Any]]:
    (model,) = good()["model-index"]
    return [{**model, "results": [{**model["results"][0], **changes}]}]


def test_what_huggingface_hub_writes_passes() -> None:
    assert faults(good()) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"license": None}, "license is None"),
        ({"license": "cc-by4.0"}, "Did you mean 'cc-by-4.0'"),
        ({"license": "other"}, "license_name"),
        ({"pipeline_tag": "seqkit-text2text"}, "pipeline_tag is 'seqkit-text2text'"),
        ({"library_name": None}, "library_name is None"),
        ({"language": ["english"]}, "language holds 'english'"),
        ({"tags": "seqkit"}, "tags is 'seqkit'"),
        ({"widget": ["a text"]}, "widget is"),
        ({"widget": [{"txt": "a"}]}, "expected an example with a text"),
        ({"model-index": []}, "model-index cannot be read"),
        ({"model-index": [{"name": "x", "results": []}]}, "holds no figure"),
        ({"model-index": [{"name": "x", "results": [{"task": {}}]}]}, "model-index cannot be read"),
        ({"model-index": index(metrics=[{"type": "accuracy", "value": float("nan")}])}, "expected a finite number"),
        ({"model-index": index(metrics=[{"type": "accuracy", "value": "high"}])}, "accuracy is 'high'"),
        ({"model-index": index(dataset={"name": "", "type": "imdb"})}, "dataset_name is ''"),
        ({"model-index": index(task={"type": 3})}, "task_type is 3"),
    ],
)
def test_a_fault_is_named(changes: dict[str, Any], message: str) -> None:
    (first, *_) = faults(good(**changes))
    assert message in first


def test_entries_that_huggingface_hub_writes_pass() -> None:
    entry = EvalResultEntry(dataset_id="org/set", task_id="default", value=20.9, notes="seed 0", source_url="https://x")
    assert entry_faults(eval_result_entries_to_yaml([entry])) == []


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({}, "expected a list"),
        ([{"dataset": {"id": "org/set"}, "value": 1}], "task_id"),
        ([{"dataset": {"id": "org/set", "task_id": "d"}, "value": "x"}], "value is 'x'"),
        ([{"dataset": {"id": "", "task_id": "d"}, "value": 1}], "expected two texts"),
        ([{"dataset": {"id": "a/b", "task_id": "d"}, "value": 1, "seed": 0}], "no field 'seed'"),
    ],
)
def test_a_faulty_entry_is_named(entries: Any, message: str) -> None:
    assert any(message in fault for fault in entry_faults(entries))
