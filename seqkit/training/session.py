"""One training from settings to a folder that others can load."""

import os
import platform
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import torch
import transformers
from rich.console import Console
from transformers import PreTrainedModel, PrinterCallback, set_seed

import seqkit
from seqkit import plugins
from seqkit.config import RNNConfig
from seqkit.diagnostics.picture import gradient_picture
from seqkit.errors import DataError
from seqkit.files import sync, sync_tree
from seqkit.hub.card import write_card
from seqkit.inference.labeller import Labeller
from seqkit.tokenizers.pair import save_tokenizers
from seqkit.training.calibrating import calibrate
from seqkit.training.confusion import draw_confusion
from seqkit.training.display import Display, Sampler, figures
from seqkit.training.evaluation import evaluate
from seqkit.training.heads import head_of
from seqkit.training.interrupt import StopsAtInterrupt
from seqkit.training.picture import loss_curve
from seqkit.training.prepared import Prepared
from seqkit.training.report import Report
from seqkit.training.resuming import checkpoints
from seqkit.training.seq2seq_trainer import RNNSeq2SeqTrainer
from seqkit.training.settings import Settings
from seqkit.training.start import begin_with_vectors, load_start
from seqkit.training.tasks import PART, prepare
from seqkit.training.trainer import RNNTrainer

SAMPLE, LONG_SAMPLE = 160, 600
"""Tokens that are written at each evaluation, and at the end."""

MODEL = "model.safetensors"
"""The file whose presence says that a training has ended."""

SMALL = 256
"""Units up to which a network trains on one thread."""


def build_model(settings: Settings, prepared: Prepared, console: Console) -> PreTrainedModel:
    """Build the model that settings and data ask for, or load the one to begin with and say what is new in it.

    Raises:
        ConfigError: if a field does not fit.
        CheckpointError: if the model to begin with does not fit.
        PluginError: if the cell's or the head's plugin cannot be used.
    """
    head, fields = head_of(settings.task, settings.head), {**prepared.config, **settings.config}
    if settings.vectors is not None:
        return begin_with_vectors(head, fields, prepared, settings.vectors, console)
    if settings.model is None:
        model = head(RNNConfig(**fields))
    else:
        model, told = load_start(head, settings.model, fields)
        console.print(told, highlight=False, markup=False)
    if prepared.generation:
        model.generation_config.update(**prepared.generation)
    return model


def train(settings: Settings, console: Console) -> dict[str, Any]:
    """Train, evaluate and save a model.

    Args:
        settings: what to train on what.
        console: where progress is shown.

    Returns:
        What there is to tell: `output`, `metrics`, `facts`, `sample`, `parameters`, `seconds`, `machine` and more.

    Raises:
        SeqkitError: if the data, the configuration or a plugin does not fit; nothing is written then.
    """
    output = free_folder(str(settings.arguments.output_dir), settings.resume)
    head_of(settings.task, settings.head)  # refused here, before a long look at the data
    set_seed(settings.arguments.seed)
    prepared = prepare(settings)
    model = build_model(settings, prepared, console)
    sizes = f"{model.config.num_hidden_layers} x {model.config.cell} of {model.config.hidden_size}"
    console.print(f"{sizes}, {model.num_parameters():,} parameters; {describe(prepared.facts)}", highlight=False)
    for note in [*settings.notes, *prepared.notes]:
        console.print(f"note: {note}", highlight=False, markup=False)
    if prepared.validation is not prepared.whole and len(prepared.validation) < len(prepared.whole):  # type: ignore[arg-type]
        console.print(f"during training, validation looks at the first {PART:,} tokens; at the end, at all of them")
    console.print(f"plugins: {plugins.describe(origins(model, prepared.tokenizer))}", highlight=False, markup=False)
    trainer = build_trainer(settings, prepared, model, console)
    spare_threads(model)
    started, cpu = time.perf_counter(), time.process_time()
    run(trainer, beginning(settings, output, console), console)
    times = {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
    }
    result = {"output": str(output), **times, **report(settings, prepared, trainer)}
    told = figures(result["metrics"], "")
    console.print(f"[bold]done[/bold] in {times['seconds']:.0f} s: {told}", highlight=False)
    if trainer.is_world_process_zero():
        save(trainer, prepared, settings, result, output, console)
    return result


def run(trainer: RNNTrainer, beginning: str | bool | None, console: Console) -> None:
    """Train; what is interrupted says where it goes on from.

    Raises:
        KeyboardInterrupt: if it was interrupted before its last step.
    """
    interrupt = StopsAtInterrupt(console)
    trainer.add_callback(interrupt)
    folder = Path(str(trainer.args.output_dir))
    try:
        trainer.train(resume_from_checkpoint=beginning)
        if interrupt.asked and trainer.state.global_step < trainer.state.max_steps:
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        whole = next((path for path in checkpoints(folder)), None)
        told = f"{whole} is complete; the same command with --resume goes on from there"
        console.print(told if whole else f"{folder} holds no checkpoint yet", highlight=False, markup=False)
        raise
    finally:
        interrupt.restore()


def origins(model: PreTrainedModel, tokenizer: Any) -> dict[str, dict[str, str]]:
    """Return which distributions give the cell, the head and the tokenizer, and let the configuration record them.

    The configuration leaves a built-in tokenizer out, as it does a built-in head.
    """
    given = {"head": plugins.origin("heads", type(model)), "tokenizer": plugins.origin("tokenizers", type(tokenizer))}
    record = {"cell": plugins.origin("cells", model.config.cell), **given}
    whole = {part: origin for part, origin in record.items() if origin}
    if whole.get("tokenizer", {}).get("distribution", "seqkit") != "seqkit":
        model.config.provenance = {**(model.config.provenance or {}), "tokenizer": whole["tokenizer"]}
    return whole


def spare_threads(model: PreTrainedModel) -> None:
    """Run a small network on one thread: a step of it is too little work to share.

    At 192 units a second thread saves a fifth of the time, and costs half as much processor time again; on a machine
    that does other things it costs time too. `OMP_NUM_THREADS` has the last word.
    """
    if model.device.type == "cpu" and model.config.hidden_size <= SMALL and "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)


def free_folder(output: str, resume: bool = False) -> Path:
    """Refuse a folder in which a model, or the checkpoints of a training that has not ended, would be overwritten."""
    folder = Path(output)
    if folder.exists() and (not folder.is_dir() or (folder / MODEL).exists()):
        raise DataError(f"{folder} exists and would be overwritten. Choose another --output, or remove it first.")
    if not resume and (found := checkpoints(folder)):
        raise DataError(
            f"{folder} holds {found[0].name} of a training that has not ended. Go on with it by --resume, choose "
            "another --output, or remove the folder first."
        )
    return folder


def beginning(settings: Settings, output: Path, console: Console) -> str | bool | None:
    """Return what the trainer is to go on from: a named checkpoint, True for the newest one, None for none."""
    if settings.arguments.resume_from_checkpoint or not settings.resume:
        return settings.arguments.resume_from_checkpoint
    if checkpoints(output):
        return True
    # The same command may be run until it ends, however early it was cut off the first time.
    console.print(f"{output} holds no checkpoint yet: the training begins at step 0", highlight=False, markup=False)
    return None


def build_trainer(settings: Settings, prepared: Prepared, model: PreTrainedModel, console: Console) -> RNNTrainer:
    """Build the trainer, with what it shows."""
    sampler: Any = Sampler(model, prepared.tokenizer, SAMPLE) if settings.task == "causal-lm" else None
    if prepared.sampler is not None:
        sampler = prepared.sampler(model)
    per_token: Any = prepared.facts.get("characters per token")
    trainer = trainer_class(settings.task)(
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
    return trainer


def trainer_class(task: str) -> type[RNNTrainer]:
    """Return the trainer of a task."""
    return RNNSeq2SeqTrainer if task == "seq2seq" else RNNTrainer


def sample(settings: Settings, prepared: Prepared, model: PreTrainedModel) -> str | None:
    """Let a trained model write what a card shows; None if it writes nothing."""
    if prepared.sampler is not None:
        return prepared.sampler(model)()
    return Sampler(model, prepared.tokenizer, LONG_SAMPLE)() if settings.task == "causal-lm" else None


def report(settings: Settings, prepared: Prepared, trainer: RNNTrainer) -> dict[str, Any]:
    """Evaluate on all of the validation data, and gather what a card tells."""
    model = trainer.model
    if prepared.rows is None:
        metrics = trainer.evaluate(prepared.whole, metric_key_prefix="final")
        metrics = {name.removeprefix("final_"): value for name, value in metrics.items() if "_per_second" not in name}
        judged: dict[str, Any] = {}
    else:
        found = judge(settings, prepared, model)
        metrics, judged = found.figures, {"by_label": found.table, "notes": [*prepared.notes, *found.notes]}
        judged |= {"labels": found.labels, "confusion": found.confusion}
    return {
        "task": settings.task,
        "metrics": metrics,
        **judged,
        "facts": prepared.facts,
        "sample": sample(settings, prepared, model),
        "parameters": model.num_parameters(),
        "seed": settings.arguments.seed,
        "resumed_from": trainer.resumed_from,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__} on {model.device.type}",
        "date": date.today().isoformat(),
        "versions": {"seqkit": seqkit.__version__, "transformers": transformers.__version__},
    }


def judge(settings: Settings, prepared: Prepared, model: PreTrainedModel) -> Report:
    """Judge a classifier or tagger label by label, after fitting what is asked for."""
    assert prepared.rows is not None
    size = settings.arguments.per_device_eval_batch_size
    fitted: dict[str, float] = {}
    if settings.calibrate or settings.tune_thresholds:
        labeller = Labeller(model, prepared.tokenizer, size)
        fitted = calibrate(labeller, prepared.rows, settings.calibrate, settings.tune_thresholds)
    found = evaluate(model, prepared.tokenizer, settings.task, prepared.rows, size)
    found.figures |= fitted
    return found


def describe(facts: dict[str, Any]) -> str:
    """Write sizes as one line."""
    return ", ".join(f"{value:,} {name}" for name, value in facts.items() if isinstance(value, int))


def save(
    trainer: RNNTrainer, prepared: Prepared, settings: Settings, result: dict[str, Any], output: Path, console: Console
) -> None:
    """Write the model, what tokenizer it has, the pictures and the card; nothing appears before all of it is there."""
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as temporary:
        folder = Path(temporary) / output.name
        trainer.model.save_pretrained(folder)
        save_tokenizers(folder, prepared.tokenizer, prepared.target_tokenizer)
        drawn = loss_curve(trainer.state.log_history, folder / "loss.png", f"{settings.task}: {output.name}")
        memory = draw_gradient(trainer, prepared, folder / "gradient.png", console) if drawn else None
        if result.get("confusion"):
            title = f"{output.name}: what was taken for what"
            draw_confusion(result["labels"], result["confusion"], folder / "confusion.png", title)
        write_card(folder, settings, result, memory)
        sync_tree(folder)
        # The model comes last: as long as it is not there, the training has not ended, and can go on.
        for file in sorted(folder.iterdir(), key=lambda file: file.name == MODEL):
            file.replace(output / file.name)
    sync(output)


def draw_gradient(trainer: RNNTrainer, prepared: Prepared, path: Path, console: Console) -> str | None:
    """Draw how far back gradients reach, and tell it in words; None if that cannot be measured."""
    try:
        return gradient_picture(trainer.model, prepared.whole, trainer.data_collator, path, "gradient through time")
    except Exception as error:  # whatever a plugin's cell or head makes of it, a trained model is worth more
        console.print(f"no picture of the gradient: {error}", highlight=False, markup=False)
        return None
