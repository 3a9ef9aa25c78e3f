"""Series of vectors are taken as they are; what does not fit is told before anything is trained."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from seqkit import RNNConfig, RNNForSequenceClassification
from seqkit.data.batching import row_lengths
from seqkit.errors import CheckpointError, ConfigError, DataError
from seqkit.training.prepared import Prepared
from seqkit.training.settings import build_settings
from seqkit.training.start import load_start
from seqkit.training.tasks import prepare

ROWS = [{"features": [[n % 5, 0.5]] * (1 + n % 3), "label": "odd" if n % 2 else "even"} for n in range(20)]
TASK = "series-classification"


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def prepared(folder: Path, **other: Any) -> Prepared:
    return prepare(build_settings(TASK, None, [write(folder / "a.jsonl", ROWS)], "out", {"use_cpu": "true"}, **other))


def test_width_and_labels_follow_from_the_data(tmp_path: Path) -> None:
    made = prepared(tmp_path)
    assert made.tokenizer is None
    assert made.config["num_features"] == 2
    assert len(made.config["feature_means"]) == len(made.config["feature_deviations"]) == 2
    assert made.config["label2id"] == {"even": 0, "odd": 1}
    assert made.facts == {
        "training rows": 18, "validation rows": 2, "numbers a step": 2, "steps of the longest row": 3, "labels": 2,
    }  # fmt: skip
    batch = made.collator([made.train[i] for i in range(4)])
    assert batch["input_features"].dtype == torch.float32
    assert batch["attention_mask"].sum(1).tolist() == row_lengths(made.train, "input_features")[:4].tolist()


def test_validation_data_of_another_width_are_refused(tmp_path: Path) -> None:
    other = write(tmp_path / "b.jsonl", [{"features": [[1.0]], "label": "odd"}])
    with pytest.raises(DataError, match="validation data have 1 numbers a step, and the training data 2"):
        prepared(tmp_path, validation=[other])


@pytest.mark.parametrize("task", [TASK, "sequence-classification"])
def test_text_and_vectors_are_told_apart(task: str, tmp_path: Path) -> None:
    rows = ROWS if task != TASK else [{"text": "a", "label": "b"}]
    column = "'features' is what models for series" if task != TASK else "'text' is what models for causal-lm"
    settings = build_settings(task, None, [write(tmp_path / "a.jsonl", rows)], "out", {})
    with pytest.raises(DataError, match=rf"no column with a usual name.*{column}.*and this is for {task}"):
        prepare(settings)


@pytest.mark.parametrize(
    ("task", "options", "other", "message"),
    [
        (TASK, {}, {"tokenizer": "word"}, "tokenizer is 'word', but the rows of series-classification hold no text"),
        (TASK, {}, {"vectors": "v.txt"}, r"vectors is 'v\.txt', but the rows"),
        (TASK, {"num_features": "3"}, {}, "num_features is 3. It follows from the data"),
        ("causal-lm", {"num_features": "3"}, {}, "Vectors are for --task series-classification"),
    ],
)
def test_options_that_do_not_fit_are_refused(task: str, options: dict, other: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_settings(task, None, ["a"], "out", options, **other)


def test_a_training_goes_on_from_a_saved_model_that_reads_the_same(tmp_path: Path) -> None:
    torch.manual_seed(0)
    saved = RNNForSequenceClassification(RNNConfig(num_features=2, hidden_size=4, num_labels=3))
    saved.save_pretrained(tmp_path / "saved")
    build_settings(TASK, None, ["a"], "out", {}, model=str(tmp_path / "saved"))
    fields = {"num_features": 2, "id2label": {0: "even", 1: "odd"}, "label2id": {"even": 0, "odd": 1}}
    with pytest.raises(CheckpointError, match="reads vectors of 2 numbers, and the data hold vectors of 5 numbers"):
        load_start(RNNForSequenceClassification, str(tmp_path / "saved"), {**fields, "num_features": 5})
    with pytest.raises(CheckpointError, match="reads vectors of 2 numbers, and the data hold text"):
        load_start(RNNForSequenceClassification, str(tmp_path / "saved"), {})


def test_numbers_of_any_size_are_measured(tmp_path: Path) -> None:
    rows = [{**row, "features": [[1e4 * first, 7.5] for first, _ in row["features"]]} for row in ROWS]
    made = prepare(build_settings(TASK, None, [write(tmp_path / "a.jsonl", rows)], "out", {}))
    steps = torch.tensor([step for row in made.train["input_features"] for step in row], dtype=torch.float64)
    assert made.config["feature_means"] == pytest.approx(steps.mean(0).tolist())
    assert made.config["feature_deviations"] == pytest.approx([float(steps[:, 0].std(correction=0)), 1.0])
    assert made.config["feature_deviations"][0] > 1e4
    # What is written stays as it was: the network itself divides.
    assert steps.max() == 4e4


def test_what_was_measured_goes_with_the_weights(tmp_path: Path) -> None:
    fields = {"feature_means": [5.0, 6.0], "feature_deviations": [2.0, 3.0]}
    saved = RNNForSequenceClassification(RNNConfig(num_features=2, hidden_size=4, num_labels=2, **fields))
    saved.save_pretrained(tmp_path / "saved")
    new = {"num_features": 2, "feature_means": [0.0, 0.0], "feature_deviations": [1.0, 1.0]}
    model, _ = load_start(RNNForSequenceClassification, str(tmp_path / "saved"), new)
    assert model.config.feature_means == [5.0, 6.0]
    assert model.config.feature_deviations == [2.0, 3.0]
