"""Training speed of minGRU and minLSTM under the plan `scan` against `torch.nn.LSTM` of equal size, in turn in one run.

    python benchmarks/scan.py [--rounds 5] [--threads 1]

One layer, batch 32, forward and backward down to the input. Prints tokens per second of all and the medians of the
ratios of neighbouring rounds, over the length at hidden 256 and at two lengths for other sizes; writes
benchmarks/results/scan.json and benchmarks/results/scan.png. Needs the plugin seqkit-mingru.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from seqkit.cells import Cell
from seqkit.engine import run
from seqkit_mingru import MinGRU, MinLSTM

BATCH = 32
SHAPES = [(256, length) for length in (64, 128, 256, 512, 1024, 2048, 4096)]
SHAPES += [(hidden, length) for hidden in (128, 512) for length in (256, 2048)]
RESULTS = Path(__file__).parent / "results"


def stepper(module: nn.Module, forward: Callable[[Tensor], Tensor], x: Tensor, g: Tensor) -> Callable[[], None]:
    """Return one training step: the outputs of x (B, T, H), and the gradients that g (B, T, H) leaves behind."""

    def step() -> None:
        module.zero_grad()
        x.grad = None
        forward(x).backward(g)

    return step


def seconds(step: Callable[[], None]) -> float:
    """Time a step in seconds of the processor, which others on the machine disturb less than the clock on the wall."""
    started = time.process_time()
    step()
    return time.process_time() - started


def measure(hidden: int, length: int, rounds: int) -> dict[str, Any]:
    """Compare all at one shape."""
    x = torch.randn(BATCH, length, hidden, requires_grad=True)
    g = torch.randn(BATCH, length, hidden)
    lstm = nn.LSTM(hidden, hidden, batch_first=True)
    steps = {"nn.LSTM": stepper(lstm, lambda x: lstm(x)[0], x, g)}
    for name, kind in {"minGRU": MinGRU, "minLSTM": MinLSTM}.items():
        steps[name] = stepper(cell := kind(hidden, hidden), partial(scanned, cell), x, g)
    times: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(rounds + 1):
        for name, step in steps.items():
            took = seconds(step)
            if number:  # the first round warms up
                times[name].append(took)
    first, *others = times
    ratios = {
        name: round(statistics.median(a / b for a, b in zip(times[first], times[name], strict=True)), 2)
        for name in others
    }
    speeds = {name: round(BATCH * length / statistics.median(values)) for name, values in times.items()}
    return {"hidden_size": hidden, "length": length, "ratios": ratios, "tokens_per_second": speeds}


def scanned(cell: Cell, x: Tensor) -> Tensor:
    """Return the outputs of a cell (B, T, H) by the plan `scan`."""
    return run(cell, x, plan="scan")[0]


def draw(rows: list[dict[str, Any]], machine: str) -> None:
    """Draw tokens per second over the length at hidden 256."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    rows = [row for row in rows if row["hidden_size"] == 256]
    lengths = [row["length"] for row in rows]
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for name in rows[0]["tokens_per_second"]:
        axes.plot(lengths, [row["tokens_per_second"][name] for row in rows], marker="o", label=name)
    axes.set(xscale="log", xlabel="length T", ylabel="tokens per second")
    axes.set_xticks(lengths, [str(length) for length in lengths], minor=False)
    axes.minorticks_off()
    axes.set_ylim(0)
    axes.set_title(f"Training one layer, hidden 256, batch {BATCH}\n{machine}", fontsize=9)
    axes.legend()
    figure.savefig(RESULTS / "scan.png", dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    rows = []
    for hidden, length in SHAPES:
        rows.append(measure(hidden, length, options.rounds))
        speeds = ", ".join(f"{name} {speed:,} tokens/s" for name, speed in rows[-1]["tokens_per_second"].items())
        print(f"hidden {hidden}, T {length}: {speeds}; {rows[-1]['ratios']} times", flush=True)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {options.threads} thread(s), torch {torch.__version__}"
    result = {"rows": rows, "batch": BATCH, "rounds": options.rounds, "machine": machine}
    result |= {"date": date.today().isoformat(), "seed": 0}
    (RESULTS / "scan.json").write_text(json.dumps(result, indent=2) + "\n")
    draw(rows, machine)


if __name__ == "__main__":
    main()
