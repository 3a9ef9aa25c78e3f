"""Training over large vocabularies: scores that are held, scores that are spared, and an adaptive softmax.

    python benchmarks/softmax.py [--rounds 3] [--quick]

A language model with one LSTM layer of 256, 32 rows of 64 tokens, forward and backward, one thread; ids are drawn by
Zipf's law. Every measurement is a process of its own, all in turn: the median processor time of a step, and the most
memory that the process held beyond what model and data take before the first step. Writes
benchmarks/results/softmax.json. Takes about six minutes.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from typing import Any

import numpy as np
import torch
from common import arguments, origin, write
from memory import resident

from seqkit import RNNConfig, RNNForCausalLM

WAYS = ("plain", "fused", "adaptive")
STEPS = 3


def zipf(vocabulary: int, shape: tuple[int, int]) -> torch.Tensor:
    """Draw word ids, the frequent ones low, with a frequency of 1 / (rank + 2.7)."""
    shares = 1 / (np.arange(vocabulary) + 2.7)
    return torch.from_numpy(np.random.default_rng(0).choice(vocabulary, shape, p=shares / shares.sum()))


def measure(way: str, vocabulary: int, hidden: int, rows: int, length: int) -> dict[str, float]:
    """Take a few steps in this process; return seconds of a step, peak memory in MB, and the loss."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    cutoffs = [vocabulary // 20, vocabulary // 5] if way == "adaptive" else None
    model = RNNForCausalLM(RNNConfig(vocab_size=vocabulary, hidden_size=hidden, adaptive_cutoffs=cutoffs)).train()
    ids, seconds, before = zipf(vocabulary, (rows, length)), [], resident()
    for _ in range(STEPS + 1):
        model.zero_grad()
        started = time.process_time()
        loss = model(ids, labels=ids, return_logits=way == "plain").loss
        loss.backward()
        seconds.append(time.process_time() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6 - before
    return {"seconds": statistics.median(seconds[1:]), "megabytes": peak, "loss": loss.item()}


def child(*words: Any) -> dict[str, float]:
    """Measure in a new process."""
    command = [sys.executable, __file__, "--one", *map(str, words)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def compare(vocabulary: int, sizes: tuple[int, int, int], rounds: int) -> dict[str, Any]:
    """Measure all ways at one vocabulary, in turn."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            found[way].append(child(way, vocabulary, *sizes))
    tokens, result = sizes[1] * sizes[2], {}
    for way, runs in found.items():
        ratios = [run["seconds"] / plain["seconds"] for run, plain in zip(runs, found["plain"], strict=True)]
        result[way] = {
            "tokens_per_second": round(tokens / statistics.median(run["seconds"] for run in runs)),
            "time_over_plain": round(statistics.median(ratios), 3),
            "peak_megabytes": round(statistics.median(run["megabytes"] for run in runs)),
            "first_loss": round(runs[0]["loss"], 5),
        }
    return {"vocabulary": vocabulary, **result}


def main() -> None:
    if "--one" in sys.argv:
        way, *sizes = sys.argv[sys.argv.index("--one") + 1 :]
        print(json.dumps(measure(way, *map(int, sizes))))
        return
    options = arguments(__doc__, rounds=3).parse_args()
    sizes = (16, 4, 8) if options.quick else (256, 32, 64)
    rows = []
    for vocabulary in (200, 400, 800) if options.quick else (10_000, 33_000, 100_000):
        rows.append(compare(vocabulary, sizes, options.rounds))
        for way in WAYS:
            told = rows[-1][way]
            print(
                f"V {vocabulary:>7,} {way:>8}: {told['tokens_per_second']:>7,} tokens/s, "
                f"{told['time_over_plain']:.2f} of plain's time, peak {told['peak_megabytes']:,} MB",
                flush=True,
            )
    shape = dict(zip(("hidden_size", "batch", "length"), sizes, strict=True))
    result = {"vocabularies": rows, **shape, "rounds": options.rounds, "quick": options.quick}
    write(options.output, "softmax", result | origin(1))


if __name__ == "__main__":
    main()
