"""A cell in plain equations and a linear one on a GPU, against cuDNN, in turn in one run.

    python benchmarks/gpu.py [--rounds 20] [--hidden-size 768] [--batch 16] [--lengths 1024 4096]

Training (forward and backward) in bfloat16. Prints, as medians of neighbouring rounds: the time of an LSTM written in
plain equations, compiled by the engine in Triton, and the same step by step, over nn.LSTM's; and how many times faster
than nn.GRU a minGRU is scanned. Writes gpu.json into the folder of results. It needs a GPU; there is no quick form.
"""

import json
import statistics
import sys
from collections.abc import Callable

import torch
from common import arguments, origin, write
from equations import PlainLSTM
from torch import Tensor, nn

from seqkit.cells.base import Cell
from seqkit.engine import run
from seqkit_mingru import MinGRU


def milliseconds(function: Callable[[Tensor], Tensor], x: Tensor) -> float:
    """Time one pass and its gradients by the GPU's own clock."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    function(x).sum().backward()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end)


def medians(runs: dict[str, Callable[[Tensor], Tensor]], x: Tensor, rounds: int) -> dict[str, float]:
    """Time all in turn, after two rounds that compile; return the median milliseconds of each."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for index in range(rounds + 2):
        for name, function in runs.items():
            took = milliseconds(function, x)
            if index > 1:
                times[name].append(took)
    return {name: statistics.median(taken) for name, taken in times.items()}


def by_plan(cell: Cell, plan: str) -> Callable[[Tensor], Tensor]:
    """Return a cell as a function of its input."""
    return lambda x: run(cell, x, plan=plan)[0]  # type: ignore[arg-type]


def row(hidden: int, batch: int, length: int, rounds: int) -> dict[str, float]:
    """Measure one length."""
    placed = {"device": "cuda", "dtype": torch.bfloat16}
    x = torch.randn(batch, length, hidden, **placed, requires_grad=True)
    lstm, gru = (kind(hidden, hidden, batch_first=True).to(**placed) for kind in (nn.LSTM, nn.GRU))
    plain, linear = PlainLSTM(hidden, hidden).to(**placed), MinGRU(hidden, hidden).to(**placed)
    runs = {"nn.LSTM": lambda x: lstm(x)[0], "compiled": by_plan(plain, "compiled"), "nn.GRU": lambda x: gru(x)[0]}
    times = medians({**runs, "scan": by_plan(linear, "scan")}, x, rounds)
    loop = medians({"loop": by_plan(plain, "loop")}, x, 1)["loop"]
    return {
        "compiled LSTM, time / nn.LSTM's": round(times["compiled"] / times["nn.LSTM"], 2),
        "LSTM in a loop, time / nn.LSTM's": round(loop / times["nn.LSTM"], 2),
        "minGRU, times nn.GRU's speed": round(times["nn.GRU"] / times["scan"], 2),
        "nn.LSTM, milliseconds": round(times["nn.LSTM"], 2),
    }


def main() -> None:
    parser = arguments(__doc__, rounds=20)
    parser.add_argument("--hidden-size", type=int, default=768)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lengths", type=int, nargs="+", default=[1024, 4096])
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit(
            "benchmarks/gpu.py needs a GPU, and torch sees none. Kernels are tested without one: tests/engine/gpu."
        )
    torch.manual_seed(0)
    rows = {str(t): row(options.hidden_size, options.batch, t, options.rounds) for t in options.lengths}
    result = {"lengths": rows, "hidden_size": options.hidden_size, "batch": options.batch, "rounds": options.rounds}
    result |= origin(torch.get_num_threads()) | {"gpu": torch.cuda.get_device_name()}
    print(json.dumps(result, indent=2))
    write(options.output, "gpu", result)


if __name__ == "__main__":
    main()
