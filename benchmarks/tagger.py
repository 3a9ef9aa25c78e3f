"""Speed and size of the tagger of the recipe `upos-en`, beside a transformer of DistilBERT's size with random weights.

    SEQKIT_DATA=FOLDER python benchmarks/tagger.py [--data FOLDER] [--rounds 5]

The folder holds ud-english-ewt/ as it is published. Sentences of its test part, one thread, alone and in batches of 64
in the order of the file; both models are measured in turn: with the ids ready and, for seqkit, from words to labels.
The transformer gets one piece a word, which flatters it: a word has some 1.2 pieces. Writes results/tagger.json and
tagger.md.
"""

import argparse
import os
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from common import arguments, in_turn, origin, threads, times_faster, write
from sets import treebank
from torch import nn
from transformers import DistilBertConfig, DistilBertForTokenClassification

from seqkit import RNNConfig, RNNForTokenClassification, WordCharTokenizer, recipes

BATCHES = (1, 64)
TRANSFORMER = "DistilBERT's size"
PIECES = 30_522
"""Word pieces that DistilBERT knows."""


def build(train: list[dict[str, Any]]) -> tuple[RNNForTokenClassification, WordCharTokenizer]:
    """Build the recipe's tagger as it is before its first step, with the vocabulary of its training part."""
    plan = recipes.load("upos-en")
    tokenizer = WordCharTokenizer.train([row["tokens"] for row in train], **plan["tokenizer_options"])
    sizes = {"vocab_size": len(tokenizer), "character_vocab_size": tokenizer.character_vocab_size}
    labels = sorted({label for row in train for label in row["labels"]})
    config = RNNConfig(**plan["config"], **sizes, num_labels=len(labels), unk_token_id=tokenizer.unk_token_id)
    return RNNForTokenClassification(config).eval(), tokenizer


def pieces(batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return as many pieces as there are words, and two marks."""
    rows, words = batch["attention_mask"].shape
    mask = torch.cat([batch["attention_mask"].new_ones(rows, 2), batch["attention_mask"]], 1)
    return {"input_ids": torch.randint(PIECES, (rows, words + 2)), "attention_mask": mask}


def megabytes(model: nn.Module) -> float:
    """Return the size of a model's parameters."""
    return round(sum(parameter.nbytes for parameter in model.parameters()) / 1e6, 1)


def runs(tagger: Any, tokenizer: Any, other: Any, sentences: list[list[str]], size: int) -> dict[str, Callable]:
    """Return what is timed: all sentences through each model, so many at once."""
    parts = [sentences[start : start + size] for start in range(0, len(sentences), size)]
    kind = {"is_split_into_words": True, "padding": True, "return_tensors": "pt"}
    batches = [tokenizer(part, **kind) for part in parts]
    cut = [pieces(batch) for batch in batches]
    return {
        "upos-en": lambda: [tagger(**batch).logits for batch in batches],
        "upos-en from words": lambda: [tagger(**tokenizer(part, **kind)).logits.argmax(-1) for part in parts],
        TRANSFORMER: lambda: [other(**batch).logits for batch in cut],
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Time both models."""
    torch.manual_seed(0)
    parts = treebank(options.data / "ud-english-ewt", 0)
    tagger, tokenizer = build(parts["train"])
    other = DistilBertForTokenClassification(DistilBertConfig(num_labels=tagger.num_labels)).eval()
    rows = []
    for size in BATCHES:
        count = 8 if options.quick else 64 if size == 1 else 512
        sentences = [row["tokens"] for row in parts["test"][:count]]
        with torch.inference_mode():
            times = in_turn(runs(tagger, tokenizer, other, sentences, size), options.rounds)
        speeds = {name: round(count / statistics.median(values), 1) for name, values in times.items()}
        faster = {name: times_faster(times, name, TRANSFORMER) for name in times if name != TRANSFORMER}
        rows.append({"batch": size, "sentences_per_second": speeds, "times_faster": faster})
    sizes = {"upos-en": megabytes(tagger), TRANSFORMER: megabytes(other)}
    return {"rows": rows, "megabytes": sizes, "rounds": options.rounds, "quick": options.quick, **origin(1)}


def table(result: dict[str, Any]) -> str:
    """Write the figures as a table with what stands behind them."""
    titles = ("", *(f"sentences/s, {row['batch']} at once" for row in result["rows"]), "MB")
    lines = [f"| {' | '.join(titles)} |", "|---|" + "---:|" * (len(titles) - 1)]
    for name in result["rows"][0]["sentences_per_second"]:
        cells = [f"{row['sentences_per_second'][name]:,.0f}" for row in result["rows"]]
        cells = [f"{cell} ({row['times_faster'][name]:.0f} x)" if name in row["times_faster"] else cell
                 for cell, row in zip(cells, result["rows"], strict=True)]  # fmt: skip
        size = result["megabytes"].get(name, result["megabytes"]["upos-en"])
        lines.append(f"| {name} | {' | '.join(cells)} | {size} |")
    lines += ["", f"Speed alone: the weights are random. {result['machine']}, {result['date']}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser, given = arguments(__doc__, rounds=5), os.environ.get("SEQKIT_DATA")
    parser.add_argument("--data", type=Path, default=given, help="the folder of ud-english-ewt/")
    options = parser.parse_args()
    if options.data is None:
        parser.error("give --data FOLDER, or set SEQKIT_DATA")
    with threads(1):
        result = measure(options)
    write(options.output, "tagger", result)
    (options.output / "tagger.md").write_text(table(result), encoding="utf-8")
    print(table(result))


if __name__ == "__main__":
    main()
