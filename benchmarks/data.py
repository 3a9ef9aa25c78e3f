"""How fast a text becomes token ids, and how long a training waits for its batches.

    python benchmarks/data.py [--rounds 3] [--quick]

Characters of Python's own library, of Korean text and of a text with capitals, by `encode_text` and by the tokenizer
itself, and from a file to a file of ids, one thread, in MB of UTF-8 a second of the processor; all are checked to give
the same ids. Then the default recipe of `seqkit train --task causal-lm` for some hundred steps, from memory and from a
file that is mapped into memory: the share of its time that passes in asking for batches. Writes
benchmarks/results/data.json. Takes about two minutes.
"""

import statistics
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import arguments, origin, threads, write
from transformers import set_seed

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM, RNNTrainer, RNNTrainingArguments, recipes
from seqkit.data import StreamDataset, encode_text, open_tokens, text_pieces, token_dtype, write_tokens

ALLOWED = 0.02
"""The share of a training's time that may pass in waiting for data."""


def megabytes_per_second(run: Callable[[], Any], text: str, rounds: int) -> float:
    """Return MB of UTF-8 per second of the processor, the median of some rounds after one that warms up."""
    seconds = []
    for _ in range(rounds + 1):
        started = time.process_time()
        run()
        seconds.append(time.process_time() - started)
    return round(len(text.encode()) / 1e6 / statistics.median(seconds[1:]), 1)


def encoding(text: str, options: dict[str, Any], rounds: int) -> dict[str, float]:
    """Measure one text with one kind of tokenizer."""
    tokenizer, part = CharTokenizer.train(text, **options), text[:50_000]
    dtype = token_dtype(len(tokenizer))
    ids = tokenizer(part, add_special_tokens=False, verbose=False)["input_ids"]
    assert encode_text(tokenizer, part).tolist() == ids
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "text.txt", Path(folder) / "ids.npy"
        source.write_text(text, encoding="utf-8", newline="")
        result = {
            "encode_text": megabytes_per_second(lambda: encode_text(tokenizer, text, dtype), text, rounds),
            "file_to_file": megabytes_per_second(
                lambda: write_tokens(target, tokenizer, text_pieces(source)), text, rounds
            ),
            "tokenizer": megabytes_per_second(lambda: tokenizer(part, verbose=False), part, rounds),
        }
        assert open_tokens(target).tolist() == encode_text(tokenizer, text).tolist()
    return result


class Waiting(RNNTrainer):
    """Notes how long it waits for its batches."""

    waited = 0.0

    def get_batch_samples(self, *args: Any, **kwargs: Any) -> Any:
        started = time.process_time()
        found = super().get_batch_samples(*args, **kwargs)
        self.waited += time.process_time() - started
        return found


def waiting(text: str, steps: int, mapped: bool) -> dict[str, float]:
    """Train by the default recipe; return the share of waiting and the speed."""
    recipe = recipes.load("char-lm")
    set_seed(0)
    tokenizer = CharTokenizer.train(text)
    model = RNNForCausalLM(RNNConfig(vocab_size=len(tokenizer), **recipe["config"]))
    plan = recipe["training"] | {"max_steps": steps, "eval_strategy": "no", "use_cpu": True, "report_to": "none"}
    with tempfile.TemporaryDirectory() as folder, threads(1):
        ids = write_tokens(Path(folder) / "ids.npy", tokenizer, [text]) if mapped else encode_text(tokenizer, text)
        options = RNNTrainingArguments(folder, disable_tqdm=True, **plan | {"logging_strategy": "no"})
        data = StreamDataset(ids, options.train_batch_size, options.sequence_length)
        trainer = Waiting(model, options, train_dataset=data)
        started = time.process_time()
        trainer.train()
        seconds = time.process_time() - started
    tokens = steps * options.train_batch_size * options.sequence_length
    return {"waiting": round(trainer.waited / seconds, 4), "tokens_per_second": round(tokens / seconds)}


def main() -> None:
    options = arguments(__doc__, rounds=3).parse_args()
    size, steps = (100_000, 10) if options.quick else (20_000_000, 300)
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    code = "".join(path.read_text(encoding="utf-8") for path in files)
    code = (code * (1 + size // len(code)))[:size]
    korean = ("한국어 문장은 글자 하나가 토큰 하나입니다. Mixed with ASCII, 123.\n" * (1 + size // 40))[: size // 2]
    texts = {
        "code": (code, {}),
        "code, lower case": (code, {"lowercase": True}),
        "code, lower case and composed": (code, {"lowercase": True, "nfc": True}),
        "Korean": (korean, {}),
        "Korean, composed": (korean, {"nfc": True}),
    }
    speeds = {}
    with threads(1):
        for name, (text, settings) in texts.items():
            speeds[name] = encoding(text, settings, options.rounds)
            print(name, speeds[name], flush=True)
    shares = {name: waiting(code[: size // 4], steps, name == "mapped") for name in ("memory", "mapped")}
    print(shares)
    result = {"megabytes_per_second": speeds, "training": shares, "waiting_allowed": ALLOWED}
    result |= {"characters": size, "steps": steps, "rounds": options.rounds, "quick": options.quick}
    write(options.output, "data", result | origin(1))


if __name__ == "__main__":
    main()
