"""Training on rows of different lengths: the batches that RNNTrainer makes, against random ones, padded or packed.

    python benchmarks/batching.py [--rounds 3] [--rows 2048] [--threads 1]

A tagger, one bidirectional LSTM, batch 32, row lengths log-normal with mean 24, up to 150; forward and backward over
one epoch each, in turn. Prints real tokens per second and the medians of the ratios of neighbouring rounds, and writes
benchmarks/results/batching.json. `nn.LSTM, padded` lets its backward direction read padding, and so is not exact.
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
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, RandomSampler

from seqkit import RNNConfig, RNNForTokenClassification
from seqkit.data import LengthSampler

VOCABULARY, EMBEDDING, LABELS, BATCH = 1000, 100, 9, 32
SIGMA, MEAN, LONGEST = 0.8, 24, 150
OURS = "seqkit, batches of similar length"


class Bare(nn.Module):
    """The tagger that one would otherwise write, with packed rows or without."""

    def __init__(self, hidden: int, packed: bool) -> None:
        super().__init__()
        self.packed = packed
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, hidden, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(2 * hidden, LABELS)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor) -> Tensor:
        x = self.embedding(input_ids)
        if self.packed:
            rows = pack_padded_sequence(x, attention_mask.sum(1), batch_first=True, enforce_sorted=False)
            y, _ = pad_packed_sequence(self.lstm(rows)[0], batch_first=True)
        else:
            y, _ = self.lstm(x)
        return nn.functional.cross_entropy(self.linear(y).flatten(0, 1), labels.flatten())


def make_rows(count: int) -> list[Tensor]:
    """Draw rows of tokens whose lengths are log-normal."""
    draw = np.random.default_rng(0).lognormal(np.log(MEAN) - SIGMA**2 / 2, SIGMA, count)
    return [torch.randint(1, VOCABULARY, (length,)) for length in draw.round().clip(1, LONGEST).astype(int).tolist()]


def collate(rows: list[Tensor]) -> dict[str, Tensor]:
    """Pad rows on the right."""
    ids = pad_sequence(rows, batch_first=True)
    mask = (ids != 0).long()
    return {"input_ids": ids, "attention_mask": mask, "labels": torch.where(mask.bool(), ids % LABELS, -100)}


def epoch(loader: DataLoader, loss: Callable[..., Tensor]) -> float:
    """Train over all rows once, in seconds of the processor; of the optimizer's share, which is equal, nothing."""
    started = time.process_time()
    for batch in loader:
        loss(**batch).backward()
    return time.process_time() - started


def measure(hidden: int, rows: list[Tensor], rounds: int) -> dict[str, Any]:
    """Compare all at one size."""
    fields = {"vocab_size": VOCABULARY, "embedding_size": EMBEDDING, "hidden_size": hidden, "num_labels": LABELS}
    tagger = RNNForTokenClassification(RNNConfig(cell="lstm", bidirectional=True, **fields)).train()
    random = DataLoader(rows, BATCH, sampler=RandomSampler(rows), collate_fn=collate)
    similar = DataLoader(rows, BATCH, sampler=LengthSampler([len(row) for row in rows], BATCH), collate_fn=collate)
    epochs: dict[str, tuple[DataLoader, Callable[..., Tensor]]] = {
        "nn.LSTM, random batches, padded": (random, Bare(hidden, packed=False)),
        "nn.LSTM, random batches, packed": (random, Bare(hidden, packed=True)),
        "seqkit, random batches": (random, lambda **batch: tagger(**batch).loss),
        OURS: (similar, lambda **batch: tagger(**batch).loss),
    }
    times: dict[str, list[float]] = {name: [] for name in epochs}
    for number in range(rounds + 1):
        for name, (loader, loss) in epochs.items():
            took = epoch(loader, loss)
            if number:  # the first round warms up
                times[name].append(took)
    tokens = sum(len(row) for row in rows)
    speeds = {name: round(tokens / statistics.median(values)) for name, values in times.items()}
    ratios = {
        name: round(statistics.median(t / o for t, o in zip(values, times[OURS], strict=True)), 2)
        for name, values in times.items()
        if name != OURS
    }
    return {"hidden_size": hidden, "real_tokens_per_second": speeds, "ratio_to": ratios}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=2048)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    rows, results = make_rows(options.rows), []
    for hidden in (128, 256):
        results.append(measure(hidden, rows, options.rounds))
        for name, speed in results[-1]["real_tokens_per_second"].items():
            told = f", of which ours is {results[-1]['ratio_to'][name]} times" if name != OURS else ""
            print(f"hidden {hidden}, {name}: {speed:,} real tokens/s{told}", flush=True)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {options.threads} thread(s), torch {torch.__version__}"
    lengths = {"mean": round(sum(map(len, rows)) / len(rows), 1), "longest": max(map(len, rows))}
    result = {"sizes": results, "rows": len(rows), "lengths": lengths, "batch": BATCH, "rounds": options.rounds}
    result |= {"machine": machine, "date": date.today().isoformat(), "seed": 0}
    Path(__file__).parent.joinpath("results", "batching.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
