"""A model loaded, used and let go, again and again: memory does not grow."""

import gc
import os
import tempfile
from pathlib import Path

import numpy as np
import torch

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM
from tests.faults.battery import Counts
from tests.faults.training import quiet

FULL = 1_000
UNIT = "loads"

GROWTH = 5.0
"""Most that memory may grow by, in MB, over all cycles behind the warm-up."""


def run(count: int, seed: int = 0) -> Counts:
    """Load, compute, write, learn and let go; a line through the memory of all but the first fifth tells the growth."""
    quiet()
    torch.manual_seed(seed)
    memory = np.ones(count)
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = CharTokenizer.train("abcdefgh")
        RNNForCausalLM(RNNConfig(vocab_size=len(tokenizer), hidden_size=64)).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        for number in range(count):
            cycle(folder)
            gc.collect()
            memory[number] = resident()
    late = memory[count // 5 :]
    slope = float(np.polyfit(np.arange(len(late)), late, 1)[0]) if len(late) > 1 else 0.0
    grown = round(slope * (len(late) - 1), 3)
    failures = [f"memory grew by {grown} MB in {len(late)} cycles"] if grown > GROWTH else []
    return {"cases": count, "failed": len(failures), "failures": failures, "grown_megabytes": grown,
            "resident_megabytes": round(float(memory[-1]), 1)}  # fmt: skip


def cycle(folder: str) -> None:
    """Do with a model all that is done with one."""
    model, tokenizer = RNNForCausalLM.from_pretrained(folder), CharTokenizer.from_pretrained(folder)
    given = tokenizer(["abc", "abcdef"], padding=True, return_tensors="pt")
    model(**given, labels=given["input_ids"]).loss.backward()
    model.eval().generate(given["input_ids"][:1], max_new_tokens=4, pad_token_id=0)


def resident() -> float:
    """Return the memory that this process holds, in MB (10^6 bytes)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
