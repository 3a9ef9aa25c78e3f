"""Exported models beside torch: speed of writing and of labelling, and what eight bits cost on real test parts.

    python benchmarks/export.py [--keep FOLDER --data FOLDER] [--only writing loss labelling] [--rounds 5] [--quick]

Writing: LSTM language models with random weights, vocabulary 100, 400 new tokens greedily from a prompt of 8, one
thread, one row: `generate()` in torch, also in 8 bits, and the exported graphs; and the loss of a model trained here on
Python's own library, read token by token. Labelling: with `--keep`, folders of trained models named as
`benchmarks/recipes.py --keep` leaves them (upos-ko-0), and with `--data` the sets that their test parts are of;
sentences one at a time and 32 at once, from words to labels, by torch and by the exported graphs, in turn. Without
them only writing is measured. Times are the processor's, not the wall's: all runs on one thread. Writes
results/export.json and export.md.
"""

import argparse
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import arguments, in_turn, origin, speeds, threads, times_faster, write
from sets import sms_spam, snips, treebank
from trained import library_text, train

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM, runtime
from seqkit.cli.loading import load_model, load_tokenizer
from seqkit.errors import ConfigError
from seqkit.export import export_onnx
from seqkit.generation import quantize
from seqkit.inference import Labeller

TORCH, TORCH_8, ONNX, ONNX_8 = "torch", "torch, int8", "onnx", "onnx, int8"
SETS: dict[str, tuple[str, Callable[[Path, int], Any]]] = {
    "upos-en": ("ud-english-ewt", treebank),
    "upos-ko": ("ud-korean-gsd", treebank),
    "intents": ("snips", snips),
    "spam": ("sms-spam", sms_spam),
}
"""Recipes that are looked for in `--keep`: the folder of their data, and its reader."""

BATCHES = (1, 32)
PARTS = ("writing", "loss", "labelling")


def exported(model: Any, tokenizer: Any, folder: Path) -> dict[str, Any]:
    """Export a model with and without 8 bits; return what runs the folders."""
    made = {}
    for name, int8 in ((ONNX, False), (ONNX_8, True)):
        export_onnx(model, tokenizer, folder / name, int8=int8)
        made[name] = runtime.load(folder / name)
    return made


def megabytes(folder: Path) -> dict[str, float]:
    """Return the size of the whole-sequence graph of each export."""
    return {name: round((folder / name / "model.onnx").stat().st_size / 1e6, 2) for name in (ONNX, ONNX_8)}


def language_model(hidden: int) -> tuple[RNNForCausalLM, CharTokenizer]:
    """Build a model of characters as it is before its first step."""
    torch.manual_seed(0)
    tokenizer = CharTokenizer.train("".join(map(chr, range(33, 129))))
    return RNNForCausalLM(RNNConfig(vocab_size=len(tokenizer), hidden_size=hidden)).eval(), tokenizer


def writing(hidden: int, new: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Time how a language model writes in torch and as graphs."""
    model, tokenizer = language_model(hidden)
    graphs = exported(model, tokenizer, folder)
    prompt = list(range(4, 12))
    ids, asked = torch.tensor([prompt]), {"max_new_tokens": new, "do_sample": False, "pad_token_id": 0}
    choice = runtime.Choice()
    runs = {TORCH: lambda: model.generate(ids, **asked)[0, len(prompt) :].tolist()}
    try:
        small = quantize(model)
        runs[TORCH_8] = lambda: small.generate(ids, **asked)[0, len(prompt) :].tolist()
    except ConfigError as error:
        print(f"left out: {TORCH_8}: {error}")
    for name, graph in graphs.items():
        # Neither stops before its time: random weights say nothing of where a text ends.
        graph.description = replace(graph.description, eos_token_ids=[])
        runs[name] = lambda graph=graph: list(graph.tokens(prompt, new, choice))
    model.generation_config.eos_token_id = None
    equal = runs[TORCH]() == runs[ONNX]()
    times = in_turn(runs, rounds, clock=time.process_time)
    faster = {name: times_faster(times, name, TORCH) for name in runs if name != TORCH}
    return {
        "hidden_size": hidden, "tokens_per_second": speeds(times, new), "times_faster": faster, "tokens_equal": equal,
        "megabytes": megabytes(folder),
    }  # fmt: skip


def loss(writer: Any, ids: Sequence[int]) -> float:
    """Return the loss in nats of a text, read token by token as a text is written."""
    state, total = writer.start, 0.0
    for token, following in itertools.pairwise(ids):
        found = writer.step({"input_ids": np.array([token]), **state})
        state, logits = writer.after(found), found["logits"][0].astype(np.float64)
        total += np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[following]
    return total / (len(ids) - 1)


def losses(quick: bool, folder: Path) -> dict[str, Any]:
    """Train a small model of characters; return its loss as graphs in 32 and in 8 bits, on text it has not seen."""
    torch.manual_seed(0)
    text = library_text(60_000 if quick else 1_000_000)
    tokenizer = CharTokenizer.train(text)
    ids = tokenizer(text)["input_ids"]
    cut = 9 * len(ids) // 10
    model = train(torch.tensor(ids[:cut]), len(tokenizer), *((16, 3) if quick else (256, 300)))
    judged = ids[cut:][: 200 if quick else 10_000]
    found = {name: round(loss(graph, judged), 5) for name, graph in exported(model, tokenizer, folder).items()}
    return {**found, "change": found[ONNX_8] / found[ONNX] - 1, "characters": len(judged)}


def accuracy(found: list[Any], rows: list[dict[str, Any]]) -> float:
    """Return the share of right answers in %: of texts, or of words."""
    pairs = [
        (answer, row["labels"] if "tokens" in row else [row["label"]]) for answer, row in zip(found, rows, strict=True)
    ]
    right = [a == b for answer, labels in pairs for a, b in zip(answer, labels, strict=True)]
    return round(100 * sum(right) / len(right), 3)


def answers(answerer: Any, rows: list[Any], size: int) -> list[list[Any]]:
    """Return the labels of rows: of each word, or the one of each text."""
    if isinstance(answerer, Labeller):
        answerer.batch_size = size
        return [said.get("labels", [said.get("label")]) for said in answerer(rows)]
    if isinstance(answerer, runtime.Tagger):
        return answerer.tag(rows, size)
    return [[said["label"]] for said in answerer.classify(rows, size)]


def labelling(name: str, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Time and judge a trained classifier or tagger on its test part."""
    kept, (data, reader) = options.keep / f"{name}-0", SETS[name]
    model, tokenizer = load_model(str(kept)), load_tokenizer(str(kept))
    runs = {TORCH: Labeller(model, tokenizer), **exported(model, tokenizer, folder)}
    test = reader(options.data / data, 0)["test"][: 16 if options.quick else None]
    rows = [row.get("tokens", row.get("text")) for row in test]
    said = {one: answers(answerer, rows, 32) for one, answerer in runs.items()}
    result: dict[str, Any] = {
        "model": name, "rows": len(rows), "megabytes": megabytes(folder),
        "accuracy": {one: accuracy(found, test) for one, found in said.items()},
        "same_as_torch": {one: found == said[TORCH] for one, found in said.items() if one != TORCH},
        "speeds": [],
    }  # fmt: skip
    for size in BATCHES:
        part = rows[: 64 if size == 1 else 512]
        timed = {one: partial(answers, answerer, part, size) for one, answerer in runs.items()}
        times = in_turn(timed, options.rounds, clock=time.process_time)
        speed = {one: round(len(part) / statistics.median(values), 1) for one, values in times.items()}
        faster = {one: times_faster(times, one, TORCH) for one in runs if one != TORCH}
        result["speeds"].append({"batch": size, "sentences_per_second": speed, "times_faster": faster})
    return result


def measure(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure the parts that are asked for; yields the result each time it has grown."""
    sizes, new = ((16,), 20) if options.quick else ((256, 1024), 400)
    result: dict[str, Any] = {"new_tokens": new, "rounds": options.rounds, "quick": options.quick, **origin(1)}
    names = [name for name in SETS if options.keep and options.data and (options.keep / f"{name}-0").is_dir()]
    jobs = {
        "writing": [partial(writing, hidden, new, options.rounds) for hidden in sizes],
        "loss": [partial(losses, options.quick)],
        "labelling": [partial(labelling, name, options) for name in names],
    }
    with tempfile.TemporaryDirectory() as temporary:
        for part in options.only:
            result[part] = []
            for number, job in enumerate(jobs[part]):
                result[part].append(job(Path(temporary) / part / str(number)))
                yield result


def with_others(result: dict[str, Any], file: Path) -> dict[str, Any]:
    """Return a result with the parts that were not asked for as an earlier run has left them."""
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return {**{part: before.get(part, []) for part in PARTS}, **result}


def table(result: dict[str, Any]) -> str:
    """Write the figures as tables with what stands behind them."""
    names = (TORCH, TORCH_8, ONNX, ONNX_8)
    lines = [f"| tokens/s | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    for row in result["writing"]:
        cells = [shown(row["tokens_per_second"], row["times_faster"], name) for name in names]
        lines.append(f"| LSTM, {row['hidden_size']} units | {' | '.join(cells)} |")
    for found in result["loss"]:
        lines += [
            "",
            f"Loss of a trained model: {found[ONNX]:.4f} nats, {found[ONNX_8]:.4f} in 8 bits ({found['change']:+.2%}).",
        ]
    names = (TORCH, ONNX, ONNX_8)
    if result["labelling"]:
        lines += ["", f"| sentences/s | at once | {' | '.join(names)} |", "|---|---:|" + "---:|" * len(names)]
    for row in result["labelling"]:
        for speed in row["speeds"]:
            cells = [shown(speed["sentences_per_second"], speed["times_faster"], name) for name in names]
            lines.append(f"| {row['model']} | {speed['batch']} | {' | '.join(cells)} |")
        cells = [f"{row['accuracy'][name]:.2f} %" for name in names]
        lines.append(f"| {row['model']}, accuracy on {row['rows']:,} rows | | {' | '.join(cells)} |")
    lines += ["", f"One thread, seconds of the processor. {result['machine']}, {result['date']}."]
    return "\n".join(lines) + "\n"


def shown(speeds: dict[str, float], faster: dict[str, float], name: str) -> str:
    """Write a speed, and how many times that of torch it is."""
    if name not in speeds:
        return "-"
    return f"{speeds[name]:,.0f}" + (f" ({faster[name]:.2f} x)" if name in faster else "")


def main() -> None:
    parser = arguments(__doc__, rounds=5)
    parser.add_argument("--keep", type=Path, help="folders of trained models, such as upos-ko-0")
    parser.add_argument("--data", type=Path, help="the folder of the sets, such as ud-korean-gsd/")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="the parts to measure anew")
    options = parser.parse_args()
    with threads(1):
        for result in measure(options):
            # Written each time: an interrupted run leaves what it has measured.
            result = with_others(result, options.output / "export.json")
            write(options.output, "export", result)
            (options.output / "export.md").write_text(table(result), encoding="utf-8")
    print(table(result))


if __name__ == "__main__":
    main()
