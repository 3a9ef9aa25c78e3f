"""The cells of seqkit and of its own plugins on one text: what each has learnt after equally many steps.

    python benchmarks/cells.py [--data FILE ...] [--cells NAME ...] [--steps 1000] [--rounds 3]

A character language model of two layers, as wide as its cell may be for so many parameters, learns nine tenths of the
text (default: Python's own library) and is judged on the last tenth: the loss over all of it, state carried along.
Prints a table, and writes benchmarks/results/cells.json and cells.md. The rounds differ in their seed.
"""

import argparse
import hashlib
import math
import statistics
import sysconfig
from pathlib import Path
from typing import Any

import torch
from common import arguments, origin, threads, write
from torch import Tensor
from transformers import set_seed

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM

CELLS = ("rnn", "gru", "lstm", "lnlstm", "peephole", "slstm", "mingru", "minlstm")
BATCH, LENGTH, EMBEDDING, LAYERS, RATE = 16, 64, 64, 2, 5e-3
COLUMNS = ("cell", "plan", "units", "parameters", "loss", "lowest", "highest")


def read(files: list[Path]) -> tuple[str, str]:
    """Return the text of some files, and a sum that tells it from any other."""
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    return text, hashlib.sha256(text.encode()).hexdigest()[:16]


def streams(ids: Tensor, rows: int) -> Tensor:
    """Lay a text out as so many long rows (B, T): each goes on from batch to batch."""
    return ids[: len(ids) // rows * rows].view(rows, -1)


def fitting(cell: str, vocabulary: int, parameters: int) -> RNNForCausalLM:
    """Return the widest model of a cell that has no more than so many parameters."""

    def made(hidden: int) -> RNNForCausalLM:
        config = {"vocab_size": vocabulary, "embedding_size": EMBEDDING, "num_hidden_layers": LAYERS}
        return RNNForCausalLM(RNNConfig(cell=cell, hidden_size=hidden, **config))

    low, high = 1, 2048
    while high - low > 1:
        middle = (low + high) // 2
        with torch.device("meta"):
            fits = made(middle).num_parameters() <= parameters
        low, high = (middle, high) if fits else (low, middle)
    return made(low)


def train(model: RNNForCausalLM, rows: Tensor, steps: int) -> None:
    """Learn from a text by truncated back-propagation: the state goes on, its gradients do not."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    state, place = None, 0
    for _ in range(steps):
        if place + LENGTH >= rows.shape[1]:
            state, place = None, 0
        part = rows[:, place : place + LENGTH + 1]
        output = model(part[:, :-1], shift_labels=part[:, 1:], initial_state=state, return_state=True)
        output.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        state = tuple(tuple(tensor.detach() for tensor in layer) for layer in output.state)
        place += LENGTH


@torch.no_grad()
def judge(model: RNNForCausalLM, rows: Tensor) -> float:
    """Return the loss in nats per character over a text, the state carried from its beginning to its end."""
    model.eval()
    state, total, count = None, 0.0, 0
    for place in range(0, rows.shape[1] - 1, 512):
        part = rows[:, place : place + 513]
        output = model(part[:, :-1], shift_labels=part[:, 1:], initial_state=state, return_state=True)
        total, count = total + float(output.loss) * (part.shape[1] - 1), count + part.shape[1] - 1
        state = output.state
    return total / count


def measure(cell: str, ids: Tensor, vocabulary: int, options: argparse.Namespace) -> dict[str, Any]:
    """Train a cell from several seeds; return its row of the table."""
    cut, losses = len(ids) * 9 // 10, []
    for seed in range(options.rounds):
        set_seed(seed)
        model = fitting(cell, vocabulary, options.parameters)
        train(model.train(), streams(ids[:cut], BATCH), options.steps)
        losses.append(judge(model, streams(ids[cut:], BATCH)))
    row = {"cell": cell, "plan": model.explain()[0]["plan"], "units": model.config.hidden_size}
    row |= {"parameters": model.num_parameters(), "loss": round(statistics.mean(losses), 3)}
    return row | {"lowest": round(min(losses), 3), "highest": round(max(losses), 3)}


def table(result: dict[str, Any]) -> str:
    """Write the rows as a table with what stands behind them."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---|---|" + "---:|" * (len(COLUMNS) - 2)]
    for row in result["cells"]:
        units = [f"{row['units']:,}", f"{row['parameters']:,}", *(f"{row[name]:.3f}" for name in COLUMNS[4:])]
        lines.append(f"| {' | '.join([row['cell'], row['plan'], *units])} |")
    text = (
        f"Nats per character on the last tenth of {result['data']} (mean, lowest and highest of {result['rounds']} "
        f"seeds) after {result['steps']:,} steps of {BATCH} x {LENGTH} characters, {LAYERS} layers. "
        f"{result['machine']}, {result['date']}."
    )
    return "\n".join([*lines, "", text, ""])


def main() -> None:
    parser = arguments(__doc__, rounds=3)
    parser.add_argument("--data", type=Path, nargs="+", help="text files (default: Python's own library)")
    parser.add_argument("--name", default="Python's own library", help="what the table calls the text")
    parser.add_argument("--cells", nargs="+", default=list(CELLS))
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--parameters", type=int, default=150_000)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    files = options.data or sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))[:40]
    text, digest = read(files)
    if options.quick:
        text, options.steps, options.parameters = text[:5000], 2, 20_000
    tokenizer = CharTokenizer.train([text])
    ids = torch.tensor(tokenizer(text)["input_ids"])
    result: dict[str, Any] = {"cells": [], "data": f"{options.name} ({len(text):,} characters)", "sha256": digest}
    result |= {"steps": options.steps, "rounds": options.rounds, "quick": options.quick} | origin(options.threads)
    with threads(options.threads):
        for cell in options.cells:
            result["cells"].append(measure(cell, ids, len(tokenizer), options))
            print(result["cells"][-1], flush=True)
    assert all(math.isfinite(row["loss"]) for row in result["cells"])
    write(options.output, "cells", result)
    (options.output / "cells.md").write_text(table(result), encoding="utf-8")
    print(table(result))


if __name__ == "__main__":
    main()
