"""One training from settings to a folder that others can load."""

import math
import os
import platform
import time
from datetime import date
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from transformers import PreTrainedModel, PrinterCallback, set_seed

from seqkit import plugins
from seqkit.config import RNNConfig
from seqkit.errors import DataError
from seqkit.hub.card import write_card
from seqkit.training.display import Display, Sampler, figures
from seqkit.training.picture import loss_curve
from seqkit.training.settings import Settings
from seqkit.training.tasks import Prepared, prepare
from seqkit.training.trainer import RNNTrainer

SAMPLE, LONG_SAMPLE = 160, 600
"""Tokens that are written at each evaluation, and at the end."""


def build_model(settings: Settings, prepared: Prepared) -> PreTrainedModel:
    """Build the model that settings and data ask for.

    Raises:
        ConfigError: if a field does not fit.
        PluginError: if the cell's or the head's plugin cannot be used.
    """
    head = plugins.get("heads", settings.task)
    return head(RNNConfig(**{**prepared.config, **settings.config}))


def train(settings: Settings, console: Console) -> dict[str, Any]:
    """Train, evaluate and save a model.

    Args:
        settings: what to train on what.
        console: where progress is shown.

    Returns:
        What there is to tell: `output`, `metrics`, `facts`, `sample`, `parameters`, `seconds`.

    Raises:
        SeqkitError: if the data, the configuration or a plugin does not fit; nothing is written then.
    """
    output = Path(settings.arguments.output_dir)
    if output.exists() and (not output.is_dir() or (output / "model.safetensors").exists()):
        raise DataError(f"{output} exists and would be overwritten. Choose another --output, or remove it first.")
    set_seed(settings.arguments.seed)
    prepared = prepare(settings)
    model = build_model(settings, prepared)
    parameters = model.num_parameters()
    cell = f"{model.config.num_hidden_layers} x {model.config.cell} of {model.config.hidden_size}"
    console.print(f"{cell}, {parameters:,} parameters; " + describe(prepared.facts), highlight=False)
    sampler = Sampler(model, prepared.tokenizer, SAMPLE) if settings.task == "causal-lm" else None
    per_token: Any = prepared.facts.get("characters per token")
    trainer = RNNTrainer(
        model,
        settings.arguments,
        train_dataset=prepared.train,
        eval_dataset=prepared.validation,
        data_collator=prepared.collator,
        processing_class=prepared.tokenizer,
        compute_metrics=prepared.compute_metrics,
        callbacks=[Display(console, sampler, per_token)],
    )
    # The display shows the same, for people.
    trainer.remove_callback(PrinterCallback)
    started, cpu = time.perf_counter(), time.process_time()
    trainer.train()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    metrics = trainer.evaluate(prepared.whole, metric_key_prefix="final")
    if per_token:
        metrics["final_bits_per_character"] = metrics["final_loss"] / float(per_token) / math.log(2)
    result = {
        "output": str(output),
        "task": settings.task,
        "metrics": {name.removeprefix("final_"): v for name, v in metrics.items() if "_per_second" not in name},
        "facts": prepared.facts,
        "sample": Sampler(model, prepared.tokenizer, LONG_SAMPLE)() if sampler else None,
        "parameters": parameters,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu_seconds, 1),
        "seed": settings.arguments.seed,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__} on {model.device.type}",
        "date": date.today().isoformat(),
    }
    console.print(f"[bold]done[/bold] in {seconds:.0f} s: {figures(metrics, 'final_')}", highlight=False)
    save(trainer, prepared, settings, result, output)
    return result


def describe(facts: dict[str, Any]) -> str:
    """Write sizes as one line."""
    return ", ".join(f"{value:,} {name}" for name, value in facts.items() if isinstance(value, int))


def save(trainer: RNNTrainer, prepared: Prepared, settings: Settings, result: dict[str, Any], output: Path) -> None:
    """Write the model, its tokenizer, the loss curve and the card."""
    trainer.model.save_pretrained(output)
    prepared.tokenizer.save_pretrained(output)
    drawn = loss_curve(trainer.state.log_history, output / "loss.png", f"{settings.task}: {output.name}")
    write_card(output, trainer.model.config, settings, result, picture="loss.png" if drawn else None)
