from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Trainer, TrainingArguments

from seqkit.data import StreamDataset
from seqkit.diagnostics import GradientCallback
from seqkit.errors import ConfigError
from seqkit.models import RNNForCausalLM
from seqkit.training import RNNTrainer, RNNTrainingArguments
from tests.cases import config

ROWS = [{"input_ids": ids, "labels": ids} for ids in torch.arange(80).view(4, 20) % 11]
BATCH = {"input_ids": torch.arange(40).view(2, 20) % 11}


def trainer(folder: Path, kind: str) -> Any:
    torch.manual_seed(0)
    made = RNNForCausalLM(config("lstm", num_hidden_layers=2, hidden_dropout=0.3))
    options = {"max_steps": 4, "report_to": "none", "disable_tqdm": True, "use_cpu": True, "logging_steps": 1}
    if kind == "stock":
        return Trainer(made, TrainingArguments(str(folder), **options), train_dataset=ROWS)
    data = StreamDataset(torch.arange(400) % 11, batch_size=4, sequence_length=10)
    return RNNTrainer(
        made, RNNTrainingArguments(str(folder), per_device_train_batch_size=4, **options), train_dataset=data
    )


@pytest.mark.parametrize("kind", ["stock", "rnn"])
def test_figures_are_logged_and_the_training_is_not_touched(tmp_path: Path, kind: str) -> None:
    plain = trainer(tmp_path / "a", kind)
    plain.train()
    watched = trainer(tmp_path / "b", kind)
    callback = GradientCallback(watched, BATCH, every=2, picture=tmp_path / "gradient.png")
    watched.add_callback(callback)
    watched.train()
    for name, tensor in plain.model.state_dict().items():
        assert torch.equal(tensor, watched.model.state_dict()[name]), name
    rows = [row for row in watched.state.log_history if "memory_layer_1" in row]
    assert [row["step"] for row in rows] == [2, 4]
    assert all(0 < row["gradient_rate_layer_0"] < 2 and 0 < row["memory_layer_0"] <= 18 for row in rows)
    assert list(callback.measured) == [0, 4]
    assert (tmp_path / "gradient.png").read_bytes().startswith(b"\x89PNG")


def test_steps_between_measurements_are_counted_from_one() -> None:
    with pytest.raises(ConfigError, match="every is 0"):
        GradientCallback(None, BATCH, every=0)
