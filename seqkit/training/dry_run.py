"""A training that is only tried: what would be trained, for how long, in how much memory. Nothing is left of it."""

import copy
import math
import tempfile
import time
from itertools import pairwise
from statistics import median
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from transformers import PreTrainedModel, PrinterCallback, TrainerCallback, set_seed
from transformers.trainer_utils import IntervalStrategy, SaveStrategy

from seqkit.training.prepared import Prepared
from seqkit.training.session import build_model, free_folder, spare_threads, trainer_class
from seqkit.training.settings import Settings
from seqkit.training.tasks import prepare
from seqkit.training.trainer import RNNTrainer

WARM, TIMED = 3, 10
"""Steps that are not timed, since kernels are chosen and compiled in them, and steps that are."""

PATIENCE = 30.0
"""Seconds after which no further step is timed."""


def dry_run(settings: Settings) -> dict[str, Any]:
    """Take a few steps of a training on its real data, and tell what all of it would take.

    Nothing is restored, and nothing is written: no checkpoint, no log, no model.

    Args:
        settings: the training.

    Returns:
        `task`, `recipe`, `model`, `parameters`, `facts` (sizes of the data), `streams` or `rows` of a step, `steps`,
        `epochs`, `memory` (bytes, by what takes them), `seconds_per_step` and `seconds` (evaluations not counted).

    Raises:
        SeqkitError: as the training itself would.
    """
    free_folder(str(settings.arguments.output_dir))
    set_seed(settings.arguments.seed)
    prepared = prepare(settings)
    model = build_model(settings, prepared, Console(quiet=True))
    spare_threads(model)
    with tempfile.TemporaryDirectory() as folder:
        trainer = tried(settings, prepared, model, folder)
        steps, epochs = length(settings.arguments, len(trainer.get_train_dataloader()))
        watch = Stopwatch()
        trainer.add_callback(watch)
        trainer.train()
        taken = memory(trainer)
    return {
        "task": settings.task,
        "recipe": settings.recipe,
        "model": f"{model.config.num_hidden_layers} x {model.config.cell} of {model.config.hidden_size}",
        "parameters": model.num_parameters(),
        "facts": prepared.facts,
        "rows per step": settings.arguments.train_batch_size
        * settings.arguments.gradient_accumulation_steps
        * settings.arguments.world_size,
        "steps": steps,
        "epochs": round(epochs, 2),
        "memory": taken,
        "seconds_per_step": watch.seconds,
        "seconds": watch.seconds * steps,
    }


def tried(settings: Settings, prepared: Prepared, model: PreTrainedModel, folder: str) -> RNNTrainer:
    """Build a trainer for a few steps, which neither saves nor evaluates nor reports."""
    arguments = copy.copy(settings.arguments)
    arguments.output_dir, arguments.max_steps = folder, WARM + TIMED
    arguments.eval_strategy = arguments.logging_strategy = IntervalStrategy.NO
    arguments.save_strategy, arguments.report_to, arguments.disable_tqdm = SaveStrategy.NO, [], True
    arguments.load_best_model_at_end = arguments.push_to_hub = False
    kind = trainer_class(settings.task)
    trainer = kind(model, arguments, train_dataset=prepared.train, data_collator=prepared.collator)
    trainer.remove_callback(PrinterCallback)
    return trainer


def length(arguments: Any, batches: int) -> tuple[int, float]:
    """Return how many steps a training takes, and how many epochs those are."""
    each = max(1, math.ceil(batches / arguments.gradient_accumulation_steps))
    steps = arguments.max_steps if arguments.max_steps > 0 else math.ceil(arguments.num_train_epochs * each)
    return steps, steps / each


class Stopwatch(TrainerCallback):
    """Times the steps of a training, and ends it when it has waited long enough."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.ends: list[float] = []

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note the time."""
        if args.device.type == "cuda":
            torch.cuda.synchronize()
        self.ends.append(time.perf_counter())
        control.should_training_stop |= len(self.ends) > WARM and self.ends[-1] - self.begun > PATIENCE

    @property
    def seconds(self) -> float:
        """How long a step takes: the median of those that are timed."""
        return median(after - before for before, after in pairwise(self.ends[WARM - 1 :]))


def memory(trainer: RNNTrainer) -> dict[str, int]:
    """Return the bytes that a training holds, by what takes them.

    Args:
        trainer: after a step at least, when gradients and the optimizer's numbers have been there.
    """
    weights = list(trainer.model.parameters())
    kept = [value for state in trainer.optimizer.state.values() for value in state.values()]
    taken = {
        "weights": size(weights),
        "gradients": size([weight for weight in weights if weight.requires_grad]),
        "optimizer": size([value for value in kept if isinstance(value, Tensor)]),
        "activations": activations(trainer),
    }
    return {**taken, "all": sum(taken.values())}


def activations(trainer: RNNTrainer) -> int:
    """Return the bytes that one forward pass keeps for the way back, weights and inputs not counted."""
    batch = trainer._prepare_inputs(next(iter(trainer.get_train_dataloader())))
    known = {storage(tensor) for tensor in (*trainer.model.parameters(), *batch.values())}
    found: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        if storage(tensor) not in known:
            found[storage(tensor)] = tensor.untyped_storage().nbytes()
        return tensor

    model: nn.Module = trainer.model.train()
    trainer.forget()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), trainer.compute_loss_context_manager():
        # The loss holds the graph, so no storage is given away and counted twice.
        _loss = trainer.compute_loss(model, batch)
    return sum(found.values())


def storage(tensor: Tensor) -> int:
    """Return where a tensor's numbers lie."""
    return tensor.untyped_storage().data_ptr()


def size(tensors: list[Any]) -> int:
    """Return the bytes of tensors, each once."""
    return sum({storage(tensor): tensor.untyped_storage().nbytes() for tensor in tensors}.values())


def show(plan: dict[str, Any], console: Console) -> None:
    """Print what a dry run has found as a table."""
    table = Table("", "", title="what would be trained", show_header=False)
    table.columns[1].justify = "right"
    single = {name.replace("_", " "): plan[name] for name in ("task", "recipe", "model", "parameters")}
    rows = {**single, **plan["facts"], "rows per step": plan["rows per step"], "steps": plan["steps"]}
    rows["epochs"] = plan["epochs"]
    for name, value in rows.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else f"{value}")
    for name, value in plan["memory"].items():
        table.add_row(f"memory: {name}", f"{value / 1e6:,.1f} MB")
    table.add_row("a step", f"{plan['seconds_per_step'] * 1e3:,.1f} ms")
    table.add_row("all steps", duration(plan["seconds"]))
    console.print(table)
    console.print("evaluations come on top; nothing was written")


def duration(seconds: float) -> str:
    """Write a time as one reads it.

    Example:
        >>> duration(42.3), duration(3725)
        ('42 s', '1 h 02 min')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
