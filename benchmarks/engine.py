"""Cells in plain equations, compiled by the engine, against `torch.nn.LSTM` of the same size, in turn in one run.

    python benchmarks/engine.py [--hidden-sizes 128 256 512] [--rounds 7] [--threads 1] [--picture]

Prints, for training (forward and backward) and inference, the median of the ratios of neighbouring rounds: a cell's
time over that of nn.LSTM, less is faster. Then how long the first call waits for the compiler, in a fresh process
without and with the kernels on disk. Writes benchmarks/results/engine.json and engine.png; with --picture it only
draws what was measured before.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import torch
from equations import LayerNormLSTM, PeepholeLSTM, PlainLSTM, PlainMinGRU, ResetFirstGRU
from torch import Tensor, nn

from seqkit.cells.base import Cell
from seqkit.engine import run

BATCH, LENGTH = 32, 256
CELLS: dict[str, type[Cell]] = {
    "LSTM in plain equations": PlainLSTM,
    "layer-norm LSTM": LayerNormLSTM,
    "peephole LSTM": PeepholeLSTM,
    "minGRU, not declared linear": PlainMinGRU,
    "GRU that resets first": ResetFirstGRU,
}
RESULTS = Path(__file__).parent / "results" / "engine.json"


def contestants(hidden: int) -> dict[str, Callable[[Tensor], Tensor]]:
    """Return nn.LSTM, the cells compiled, and the loop for one of them."""
    module = nn.LSTM(hidden, hidden, batch_first=True)
    found: dict[str, Callable[[Tensor], Tensor]] = {"nn.LSTM": lambda x: module(x)[0]}
    for name, kind in CELLS.items():
        cell = kind(hidden, hidden)
        found[name] = lambda x, cell=cell: run(cell, x, plan="compiled")[0]
    plain = PlainLSTM(hidden, hidden)
    found["the first of them in a loop"] = lambda x: run(plain, x, plan="loop")[0]
    return found


def seconds(function: Callable[[Tensor], Tensor], x: Tensor, train: bool) -> float:
    """Time one pass, with its gradients in training, in the processor's seconds: other programs do not count."""
    started = time.process_time()
    with torch.set_grad_enabled(train):
        y = function(x)
        if train:
            y.sum().backward()
    return time.process_time() - started


def ratios(hidden: int, train: bool, rounds: int) -> dict[str, float]:
    """Time all in turn; return the median ratio of each to nn.LSTM, and the latter's milliseconds."""
    functions, x = contestants(hidden), torch.randn(BATCH, LENGTH, hidden, requires_grad=train)
    times: dict[str, list[float]] = {name: [] for name in functions}
    for index in range(rounds + 1):
        for name, function in functions.items():
            took = seconds(function, x, train)
            if index:  # the first round compiles
                times[name].append(took)
    first = times.pop("nn.LSTM")
    found = {name: statistics.median(t / b for t, b in zip(taken, first, strict=True)) for name, taken in times.items()}
    return {name: round(ratio, 3) for name, ratio in found.items()} | {
        "nn.LSTM, milliseconds": round(1000 * statistics.median(first), 1)
    }


def first_call(name: str, hidden: int) -> float:
    """Return what the first training step of a process takes more than the second."""
    cell, x = CELLS[name](hidden, hidden), torch.randn(BATCH, LENGTH, hidden, requires_grad=True)
    marks = [time.perf_counter()]
    for _ in range(2):
        run(cell, x)[0].sum().backward()
        marks.append(time.perf_counter())
    return (marks[1] - marks[0]) - (marks[2] - marks[1])


def waits(hidden: int) -> dict[str, dict[str, float]]:
    """Return how long the first call of a fresh process waits, for each cell: cold, and with the kernel on disk."""
    found = {}
    for name in CELLS:
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "XDG_CACHE_HOME": cache}
            command = [sys.executable, __file__, "--first-call", name, "--hidden-sizes", str(hidden)]
            cold, warm = (
                float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
                for _ in range(2)
            )
            found[name] = {"cold": round(cold, 2), "warm": round(warm, 2)}
    return found


def table(title: str, rows: dict[str, dict[str, float]]) -> None:
    """Print rows under each other: a name, then its numbers by column."""
    columns = list(next(iter(rows.values())))
    print(f"\n{title:34}" + "".join(f"{column:>12}" for column in columns))
    for name, row in rows.items():
        print(f"{name:34}" + "".join(f"{row[column]:>12.2f}" for column in columns))


def draw(result: dict[str, Any]) -> None:
    """Draw the ratios as bars, a group for each cell and a colour for each size."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(11, 4), layout="constrained", sharey=True)
    for axes, kind in zip(panels, ("training", "inference"), strict=True):
        rows = {name: row for name, row in result[kind].items() if not name.startswith("nn.LSTM")}
        sizes = list(next(iter(rows.values())))
        for index, size in enumerate(sizes):
            places = [place + (index - (len(sizes) - 1) / 2) * 0.25 for place in range(len(rows))]
            axes.barh(places, [row[size] for row in rows.values()], height=0.23, label=f"{size} units")
        axes.axvline(1.0, color="black", linewidth=0.8)
        axes.set_yticks(range(len(rows)), list(rows))
        axes.set(xlabel="time / nn.LSTM's, less is faster", title=kind)
    panels[0].invert_yaxis()
    panels[1].legend(loc="center right")
    where = f"batch {result['batch']}, {result['length']} steps, {result['rounds']} rounds"
    figure.suptitle(f"{where}; {result['machine']}, {result['date']}", fontsize=9)
    figure.savefig(RESULTS.with_suffix(".png"), dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden-sizes", type=int, nargs="+", default=[128, 256, 512])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--first-call", choices=list(CELLS), help=argparse.SUPPRESS)
    parser.add_argument("--picture", action="store_true", help="only draw what was measured before")
    options = parser.parse_args()
    if options.picture:
        draw(json.loads(RESULTS.read_text(encoding="utf-8"))["compiled"])
        return
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    if options.first_call:
        print(first_call(options.first_call, options.hidden_sizes[0]))
        return
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {options.threads} thread(s), torch {torch.__version__}"
    result = {"batch": BATCH, "length": LENGTH, "rounds": options.rounds, "seed": 0, "machine": machine}
    result |= {"date": date.today().isoformat(), "load": round(os.getloadavg()[0], 1)}
    for kind, train in (("training", True), ("inference", False)):
        measured = {str(hidden): ratios(hidden, train, options.rounds) for hidden in options.hidden_sizes}
        names = next(iter(measured.values()))
        rows = {name: {hidden: row[name] for hidden, row in measured.items()} for name in names}
        table(f"{kind}, time / nn.LSTM's", rows)
        result[kind] = rows
    result["first call, seconds"] = waits(options.hidden_sizes[-1])
    table("first call, seconds", result["first call, seconds"])
    # Other benchmarks keep their own entries in the file.
    before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps(before | {"compiled": result}, indent=2) + "\n", encoding="utf-8")
    draw(result)


if __name__ == "__main__":
    main()
