"""python tools/draw_learning.py - draws docs/pictures/learning.png: a network learns, in a minute of processor time.

An LSTM reads Python's own library, character by character, and is asked to write at a few steps on the way. What it
writes begins with the same three letters and the same random numbers each time; only the network differs.
"""

import sysconfig
import tempfile
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import torch
from transformers import TrainerCallback, set_seed

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM, RNNTrainer, RNNTrainingArguments
from seqkit.data import StreamDataset, encode_text
from seqkit.training.display import Sampler

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "learning.png"
FILES = (
    "argparse",
    "ast",
    "calendar",
    "configparser",
    "csv",
    "dataclasses",
    "datetime",
    "difflib",
    "inspect",
    "pathlib",
)
HELD_BACK = "textwrap"
SHOWN = (0, 20, 100, 300, 800)
"""Steps after which it writes."""

COLUMNS, LINES = 62, 3


class Watch(TrainerCallback):
    """Notes loss and text at some steps.

    Args:
        sampler: lets the network write.
    """

    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler
        self.texts: dict[int, str] = {}

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Write before anything is learnt."""
        self.note(0)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Write if this is one of the steps."""
        if state.global_step in SHOWN:
            self.note(state.global_step)

    def note(self, step: int) -> None:
        """Keep what the network writes now, in a few short lines."""
        lines = [line[:COLUMNS] for line in self.sampler().splitlines() if line.strip()]
        self.texts[step] = "\n".join(lines[:LINES])


def learn() -> tuple[list[tuple[int, float]], dict[int, str]]:
    """Train; return the bits per character of the held-back file by step, and the texts by step."""
    library = Path(sysconfig.get_path("stdlib"))
    text, held_back = (
        "".join((library / f"{name}.py").read_text("utf-8") for name in names) for names in (FILES, [HELD_BACK])
    )
    tokenizer = CharTokenizer.train(text)
    model = RNNForCausalLM(RNNConfig(cell="lstm", vocab_size=len(tokenizer), embedding_size=32, hidden_size=160))
    with tempfile.TemporaryDirectory() as folder:
        arguments = RNNTrainingArguments(
            folder, per_device_train_batch_size=16, sequence_length=64, max_steps=SHOWN[-1], learning_rate=0.01,
            lr_scheduler_type="cosine", max_grad_norm=1.0, eval_strategy="steps", eval_steps=20, save_strategy="no",
            report_to="none", use_cpu=True, disable_tqdm=True,
        )  # fmt: skip
        watch = Watch(Sampler(model, tokenizer, 300, "def"))
        data = StreamDataset(encode_text(tokenizer, text), 16, 64)
        unseen = StreamDataset(encode_text(tokenizer, held_back), 1, 512, whole=True)
        trainer = RNNTrainer(
            model, arguments, train_dataset=data, eval_dataset=unseen, processing_class=tokenizer, callbacks=[watch]
        )
        first = trainer.evaluate()["eval_bits_per_character"]
        trainer.train()
    found = [(row["step"], row["eval_bits_per_character"]) for row in trainer.state.log_history if "eval_loss" in row]
    return [(0, first), *(point for point in found if point[0])], watch.texts


def draw(curve: list[tuple[int, float]], texts: dict[int, str]) -> None:
    """Draw the curve, and beside it what was written at its dots."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), width_ratios=(1, 1.5), layout="constrained")
    left.plot(*zip(*curve, strict=True), color="#3b6ea5", linewidth=1.8)
    losses = dict(curve)
    left.plot(SHOWN, [losses[step] for step in SHOWN], "o", color="#c8553d")
    left.set(xlabel="step", ylabel="bits per character, unseen file", ylim=(0, None), title="An LSTM learns Python")
    left.spines[["top", "right"]].set_visible(False)
    right.axis("off")
    for row, step in enumerate(SHOWN):
        height = 1 - row / len(SHOWN)
        right.text(0, height, f"step {step}", va="top", color="#c8553d", fontsize=9, weight="bold")
        right.text(0.13, height, texts[step], va="top", family="monospace", fontsize=8, parse_math=False)
    figure.savefig(PICTURE, dpi=110)


if __name__ == "__main__":
    torch.set_num_threads(1)
    set_seed(0)
    draw(*learn())
