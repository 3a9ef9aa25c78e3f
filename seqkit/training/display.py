"""What a training shows: a bar with the time that is left, figures, and a text that gets better."""

import math
from typing import Any

import torch
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainerCallback

SHOWN = {
    "eval_loss": "validation loss {:.3f}",
    "eval_bits_per_character": "{:.3f} bits per character",
    "eval_perplexity": "perplexity {:.2f}",
    "eval_accuracy": "accuracy {:.4f}",
    "eval_f1": "F1 {:.4f}",
    "eval_f1_macro": "macro F1 {:.4f}",
    "eval_bleu": "BLEU {:.1f}",
    "eval_chrf": "chrF {:.1f}",
    "eval_exact_match": "exact {:.3f}",
    "eval_mse": "squared error {:.4f}",
    "eval_mae": "absolute error {:.4f}",
    "eval_calibration_temperature": "calibrated by a temperature of {:.3f}",
    "eval_calibration_error_before": "calibration error {:.4f} before",
    "eval_calibration_error_after": "{:.4f} after",
    "eval_f1_before_thresholds": "mean F1 of labels {:.4f} at a half",
    "eval_f1_after_thresholds": "{:.4f} at their thresholds",
}


def figures(metrics: dict[str, float], prefix: str = "eval_") -> str:
    """Write the figures of an evaluation as one line."""
    renamed = {"eval_" + name.removeprefix(prefix): value for name, value in metrics.items()}
    return " · ".join(text.format(renamed[name]) for name, text in SHOWN.items() if name in renamed)


class Display(TrainerCallback):
    """Shows a training on the terminal.

    Args:
        console: where to.
        sampler: gives a text that the model writes at the moment, shown at each evaluation; None shows none.
        characters_per_token: what turns the training's nats per token into bits per character; None shows none.
    """

    def __init__(self, console: Console, sampler: Any = None, characters_per_token: float | None = None) -> None:
        self.console, self.sampler, self.characters_per_token = console, sampler, characters_per_token
        columns = [TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[figures]}")]
        # On a file or a pipe a bar is noise; the evaluations' lines remain.
        self.bar = Progress(
            *columns,
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step:
            self.console.print(f"goes on from step {state.global_step} of {state.max_steps}", highlight=False)
        self.task = self.bar.add_task("train", total=state.max_steps, completed=state.global_step, figures="")
        self.bar.start()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.bar.update(self.task, completed=state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        if logs and "loss" in logs:
            text = f"loss {logs['loss']:.3f}" + self._bits(logs["loss"], " · {:.2f} bits per character")
            self.bar.update(self.task, figures=text)

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float], **kwargs: Any) -> None:
        line = figures(metrics)
        if not line:
            return
        self.console.print(f"[bold]step {state.global_step}[/bold] of {state.max_steps}: {line}", highlight=False)
        if self.sampler is not None:
            self.console.print(escape(self.sampler()), style="dim", highlight=False)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.bar.stop()

    def _bits(self, nats: float, text: str) -> str:
        return text.format(nats / self.characters_per_token / math.log(2)) if self.characters_per_token else ""


class Sampler:
    """Lets a language model write a few lines, without disturbing the training it is in.

    Args:
        model: a model with `generate()`.
        tokenizer: its tokenizer.
        length: tokens to write.
        prompt: what it begins with; a newline by default.
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, length: int, prompt: str = "\n"
    ) -> None:
        self.model, self.tokenizer, self.length, self.prompt = model, tokenizer, length, prompt

    def __call__(self) -> str:
        """Write: sampled at temperature 0.8, the same random numbers each time."""
        was_training = self.model.training
        self.model.eval()
        ids = torch.tensor([self.tokenizer.encode(self.prompt)], device=self.model.device)
        # The training's own random numbers must not depend on how often somebody looks.
        with torch.random.fork_rng():
            torch.manual_seed(0)
            output = self.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=self.length,
                min_new_tokens=self.length,
                do_sample=True,
                temperature=0.8,
            )
        self.model.train(was_training)
        return self.tokenizer.decode(output[0], skip_special_tokens=True).strip("\n")
