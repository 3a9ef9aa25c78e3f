"""Training speed of RNNForCausalLM against a bare `torch.nn.LSTM` + `Linear` loop, in turn in one run.

    python benchmarks/training.py [--rounds 7] [--hidden-size 512] [--threads 1]

Prints tokens per second of both and the median of the ratios of neighbouring rounds, and writes
benchmarks/results/training.json.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import torch
from torch import Tensor, nn

from seqkit import RNNConfig, RNNForCausalLM

VOCABULARY, EMBEDDING, BATCH, LENGTH = 100, 128, 32, 128


class Bare(nn.Module):
    """The loop that a seqkit user would otherwise write."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, VOCABULARY)

    def forward(self, ids: Tensor, targets: Tensor) -> Tensor:
        scores = self.linear(self.lstm(self.embedding(ids))[0])
        return nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten())


def stepper(model: nn.Module, loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[], None]:
    """Return one training step on random tokens."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    ids = torch.randint(VOCABULARY, (BATCH, LENGTH + 1))

    def step() -> None:
        loss(ids[:, :-1], ids[:, 1:]).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def seconds(step: Callable[[], None], steps: int) -> float:
    """Time some steps."""
    started = time.perf_counter()
    for _ in range(steps):
        step()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--hidden-size", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    config = RNNConfig(vocab_size=VOCABULARY, embedding_size=EMBEDDING, hidden_size=options.hidden_size)
    ours, bare = RNNForCausalLM(config).train(), Bare(options.hidden_size)
    steps = {
        "bare nn.LSTM loop": stepper(bare, bare),
        "RNNForCausalLM": stepper(ours, lambda ids, targets: ours(ids, shift_labels=targets).loss),
    }
    for step in steps.values():
        seconds(step, 2)
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(options.rounds):
        for name, step in steps.items():
            times[name].append(seconds(step, options.steps))
    ratio = statistics.median(b / o for b, o in zip(*times.values(), strict=True))
    tokens = BATCH * LENGTH * options.steps
    speeds = {name: round(tokens / statistics.median(values)) for name, values in times.items()}
    for name, speed in speeds.items():
        print(f"{name:20} {speed:>10,} tokens/s")
    print(f"RNNForCausalLM trains at {ratio:.3f} of the bare loop's speed (median of {options.rounds} pairs)")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {options.threads} thread(s), torch {torch.__version__}"
    result = {"ratio": round(ratio, 3), "tokens_per_second": speeds, "hidden_size": options.hidden_size}
    result |= {"batch": BATCH, "length": LENGTH, "machine": machine, "date": date.today().isoformat(), "seed": 0}
    Path(__file__).parent.joinpath("results", "training.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
