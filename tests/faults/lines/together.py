"""Many at once: processes load one folder and compile into one cache; threads write, each its own text."""

import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import torch

from seqkit import RNNConfig, RNNForCausalLM
from seqkit.engine import build
from seqkit.generation import Stream
from tests.faults.battery import Counts, Tally
from tests.faults.processes import Child
from tests.faults.training import digest, quiet

FULL = 64
UNIT = "processes and threads"

TOGETHER = 8
TOKENS = 40


def run(count: int, seed: int = 0) -> Counts:
    """Start eight processes, then eight threads, as often as makes the count."""
    quiet()
    tally = Tally()
    for number in range(max(1, count // (2 * TOGETHER))):
        torch.manual_seed(seed + number)
        with tempfile.TemporaryDirectory() as name:
            for wrong in processes(Path(name)):
                tally.wrong(f"round {number}: {wrong}") if wrong else tally.right("process")
        for wrong in threads():
            tally.wrong(f"round {number}: {wrong}") if wrong else tally.right("thread")
    return tally.counts()


def make() -> RNNForCausalLM:
    return RNNForCausalLM(RNNConfig(cell="gru", vocab_size=30, hidden_size=16, num_hidden_layers=2)).eval()


def processes(folder: Path) -> list[str]:
    """Let processes load and compile at once into an empty cache; say for each what is wrong with it."""
    model, ids, before = make(), torch.randint(30, (4, 20)), os.environ.get("XDG_CACHE_HOME")
    model.save_pretrained(folder / "model")
    plan = "compiled" if build.compiler() else "loop"

    def work() -> dict[str, Any]:
        loaded = RNNForCausalLM.from_pretrained(folder / "model").eval()
        loaded.plan = plan
        with torch.no_grad():
            return {"weights": digest(loaded.state_dict()), "logits": digest(loaded(ids).logits)}

    patience, build.PATIENCE = build.PATIENCE, 300.0  # the promise is equal results, on a busy machine too
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    try:
        children = [Child(work, folder / f"answer{number}") for number in range(TOGETHER)]
        answers = [child.result() for child in children]
        strays = [path.name for path in build.folder().iterdir() if path.suffix != ".so"] if plan == "compiled" else []
    finally:
        build.PATIENCE = patience
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before
    weights = digest(model.state_dict())
    wrong = ["it failed" if each is None else "" if each["weights"] == weights else "other weights" for each in answers]
    logits = {each["logits"] for each in answers if each}
    return [
        *wrong,
        *(["they compute different scores"] if len(logits) > 1 else []),
        *(f"{name} left" for name in strays),
    ]


def threads() -> list[str]:
    """Let threads write with one model, each from a state of its own; what each writes is what it writes alone."""
    model = make()
    beginnings = [[number + 1, 2 * number + 1] for number in range(TOGETHER)]
    alone = [write(model, ids) for ids in beginnings]
    found: list[Any] = [None] * TOGETHER

    def work(number: int) -> None:
        found[number] = write(model, beginnings[number])

    workers = [threading.Thread(target=work, args=(number,)) for number in range(TOGETHER)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return ["" if one == other else f"thread {n} wrote {one}, alone {other}" for n, (one, other) in
            enumerate(zip(found, alone, strict=True))]  # fmt: skip


def write(model: RNNForCausalLM, ids: list[int]) -> list[int]:
    """Write a text half through `generate`, half through a stream that goes on."""
    whole = model.generate(torch.tensor([ids]), max_new_tokens=TOKENS, do_sample=False, pad_token_id=0)[0].tolist()
    stream = Stream(model).feed(ids)
    stream.generate(max_new_tokens=TOKENS, do_sample=False, pad_token_id=0)
    return [*whole, *stream.generate(max_new_tokens=TOKENS, do_sample=False, pad_token_id=0)]
