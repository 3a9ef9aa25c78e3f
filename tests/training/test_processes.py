"""Several processes, each with streams of its own, train what one process does with the same batch.

`torchrun` runs this very file: its `main` is what both sides do.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from seqkit import RNNConfig, RNNForCausalLM, RNNTrainer, RNNTrainingArguments
from seqkit.data import DocumentStreams, StreamDataset
from tests.cases import same

ROOT = Path(__file__).resolve().parents[2]
IDS = torch.randint(0, 12, (600,), generator=torch.Generator().manual_seed(0))
DOCUMENTS = [IDS[begin : begin + 29].tolist() for begin in range(0, 580, 29)]
NOISE = {"hidden_dropout": 0.2, "weight_dropout": 0.2, "output_dropout": 0.1}

CASES: dict[str, dict[str, Any]] = {
    "streams": {},
    "documents, accumulated": {"data": "documents", "gradient_accumulation_steps": 2},
    "random lengths": {"random_segment_lengths": True},
    "streamed": {"data": "streamed"},
    "resumed": {"random_segment_lengths": True, "save_strategy": "steps", "save_steps": 22, "max_steps": 26},
}


def data_of(kind: str) -> Any:
    if kind == "streamed":
        return DocumentStreams(DOCUMENTS, 4, 8, run_length=60, documents=True)
    return StreamDataset(IDS, 4, 8, end_id=3 if kind == "documents" else None)


def train(folder: Path, data: str = "streams", resume: str | None = None, **options: Any) -> RNNTrainer:
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(vocab_size=12, hidden_size=16, num_hidden_layers=2, **NOISE))
    quiet = {"report_to": "none", "disable_tqdm": True, "logging_strategy": "no", "use_cpu": True, "seed": 5}
    # 18 segments make an epoch: the training goes into its second.
    plain = {"max_steps": 22, "learning_rate": 0.5, "optim": "sgd", "save_strategy": "no", **quiet}
    rows = 4 // int(os.environ.get("WORLD_SIZE", "1"))
    arguments = RNNTrainingArguments(str(folder), per_device_train_batch_size=rows, **{**plain, **options})
    trainer = RNNTrainer(model, arguments, train_dataset=data_of(data), eval_dataset=StreamDataset(IDS, 3, 16, True))
    trainer.train(resume_from_checkpoint=resume)
    return trainer


def main(folder: Path) -> None:
    """Train every case, and write weights and evaluation; the last case goes on from its checkpoint too."""
    rank = os.environ.get("RANK", "0")
    for name, options in CASES.items():
        trainer = train(folder / name, **options)
        if name == "resumed":
            trainer = train(folder / "again", resume=str(folder / name / "checkpoint-22"), **options)
        found = {key: p.detach().clone() for key, p in trainer.model.named_parameters()}
        loss = torch.tensor(trainer.evaluate()["eval_loss"], dtype=torch.float64)
        save_file({**found, "loss": loss}, folder / f"{name} {rank}.safetensors")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Run all cases in one process and in two."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("one", "two")}
    main(folders["one"])
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true"}
    command += ["--rdzv_backend", "c10d", "--rdzv_endpoint", "localhost:0", "-m", "tests.training.test_processes"]
    done = subprocess.run(
        [*command, str(folders["two"])], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folders


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_two_processes_train_what_one_does(both: dict[str, Path], name: str) -> None:
    one, first, second = (
        load_file(both[who] / f"{name} {rank}.safetensors") for who, rank in (("one", 0), ("two", 0), ("two", 1))
    )
    same(first, one)
    same(second, first, 0)


@pytest.mark.slow
def test_the_resumed_training_is_the_uninterrupted_one(both: dict[str, Path]) -> None:
    for who in both:
        straight = train_alone(both[who])
        same(load_file(both[who] / "resumed 0.safetensors"), straight)


def train_alone(folder: Path) -> dict[str, torch.Tensor]:
    trainer = train(folder / "straight", random_segment_lengths=True, max_steps=26)
    found = {key: p.detach().clone() for key, p in trainer.model.named_parameters()}
    return {**found, "loss": torch.tensor(trainer.evaluate()["eval_loss"], dtype=torch.float64)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
