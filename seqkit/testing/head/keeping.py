"""Checks of how a head begins, is saved, found by its Auto class, trained and sent to other processes."""

import tempfile
from typing import Any

import torch
import transformers
from torch import Tensor
from transformers import PrinterCallback, Trainer, TrainingArguments

from seqkit.config import RNNConfig
from seqkit.models.backbone import RNNModel
from seqkit.testing import process
from seqkit.testing.checks import Skipped
from seqkit.testing.compare import finite, same
from seqkit.testing.head.bench import B, HeadBench, batch, beside
from seqkit.testing.head.registry import HEAD_CHECKS
from seqkit.testing.manners import docstring_has_example, import_is_quiet
from seqkit.testing.names import named
from seqkit.testing.surroundings import poisoned

QUIET: dict[str, Any] = {
    "use_cpu": True,
    "disable_tqdm": True,
    "report_to": [],
    "save_strategy": "no",
    "logging_strategy": "no",
}

WRITTEN = {"architectures", "dtype", "provenance", "transformers_version"}
"""Fields of a configuration that are written when a model is made or saved."""


@HEAD_CHECKS("begins-from-backbone", optional=True)
def begins_from_backbone(bench: HeadBench) -> None:
    """Given a folder with the backbone alone, in poisoned memory, it begins with every tensor of its own finite."""
    if bench.kind.is_encoder_decoder:
        raise Skipped("an encoder-decoder has two sides, and no backbone that stands alone")
    with tempfile.TemporaryDirectory() as folder:
        RNNModel(bench.config()).save_pretrained(folder)
        with poisoned():
            model = bench.kind.from_pretrained(folder)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            finite(f"{name} after loading a backbone", tensor)


@HEAD_CHECKS("save-load-equal")
def save_load_equal(bench: HeadBench) -> None:
    """A saved model comes back, in poisoned memory, with the same scores bit by bit."""
    model, ids = bench.make(), batch()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        with poisoned():
            loaded = bench.kind.from_pretrained(folder).eval()
    same("scores after loading", scores_of(loaded, ids), scores_of(model, ids), tolerance=0)


@HEAD_CHECKS("auto-class-loads")
def auto_class_loads(bench: HeadBench) -> None:
    """The Auto class that it serves gives it for a saved folder that names it."""
    auto_class = getattr(transformers, bench.serves)
    with named("heads", bench.kind), tempfile.TemporaryDirectory() as folder:
        bench.make().save_pretrained(folder)
        found = type(auto_class.from_pretrained(folder))
    assert found is bench.kind, f"{bench.serves} gives {found.__module__}.{found.__name__}"


@HEAD_CHECKS("config-roundtrip")
def config_roundtrip(bench: HeadBench) -> None:
    """The model keeps the configuration that it was given, and config.json gives it back and names the class."""
    given = bench.config().to_dict()
    model = bench.make()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        loaded = RNNConfig.from_pretrained(folder)
    for name, config in {"the model's": model.config, "the saved": loaded}.items():
        changed = [key for key, value in given.items() if key not in WRITTEN and config.to_dict()[key] != value]
        assert not changed, f"in {name} configuration, {', '.join(changed)} is not what was given"
    assert loaded.architectures == [bench.kind.__name__], f"config.json names {loaded.architectures}"


@HEAD_CHECKS("trainer-step")
def trainer_step(bench: HeadBench) -> None:
    """transformers' own Trainer takes a step with it, and evaluates it."""
    model, ids = bench.make(), batch()
    before = [parameter.detach().clone() for parameter in model.parameters()]
    rows = [{"input_ids": row, "labels": label} for row, label in zip(ids, bench.labels(ids), strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(folder, max_steps=1, per_device_train_batch_size=B, **QUIET)
        trainer = Trainer(model, arguments, train_dataset=rows, eval_dataset=rows)
        trainer.remove_callback(PrinterCallback)
        loss = trainer.train().training_loss
        scores: Any = trainer.predict(rows).predictions
    finite("training loss", torch.tensor(loss))
    moved = any(not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))
    assert moved, "after a step of training every parameter is as it was"
    scores = scores[0] if isinstance(scores, tuple) else scores
    assert len(scores) == B, f"evaluation gives {len(scores)} rows of scores; expected {B}"


@HEAD_CHECKS("spawn-safe", optional=True)
def spawn_safe(bench: HeadBench) -> None:
    """A pickled model gives the same scores in a spawned process."""
    model, ids = bench.make(), batch()
    expected = scores_of(model, ids)
    same("scores in another process", process.call(bench.kind, scores_of, model, ids), expected)


HEAD_CHECKS("import-is-quiet", optional=True)(import_is_quiet)
HEAD_CHECKS("docstring-has-example")(docstring_has_example)


def scores_of(model: Any, ids: Tensor) -> Tensor:
    """Return the scores of a batch: what a spawned process is asked for."""
    with torch.no_grad():
        return model(ids, **beside(model, ids)).logits
