"""A word-level language model of WikiText-2 by the recipe `word-lm`, beside the published figures of its class.

    python benchmarks/wikitext.py --data FOLDER [--epochs 6] [--threads 1]

The folder holds the train, valid and test files of WikiText-2. Words are what stands between blanks, and every line
ends in a word `<eos>`, as in pytorch/examples, whose 2 x 200 tied LSTM reaches a test perplexity of 130.3 after 6
epochs and 100.3 after 40. Perplexities are over all words, the state carried through the text. Writes wikitext.json.
"""

import math
import tempfile
import time
from pathlib import Path
from typing import Any

from common import arguments, origin, threads, write
from torch import Tensor
from transformers import set_seed

from seqkit import RNNConfig, RNNForCausalLM, RNNTrainer, RNNTrainingArguments, WordTokenizer, recipes
from seqkit.data import StreamDataset, encode_text, exact_streams

PUBLISHED = {"6 epochs, untied / tied": [142.07, 130.32], "40 epochs, tied": 100.33}
"""pytorch/examples, word_language_model, issues 281 and 415: test perplexities of LSTMs of 2 x 200."""


def read(folder: Path, part: str, lines: int | None) -> str:
    """Return a part of the corpus with a mark at the end of each line."""
    path = next(path for path in sorted(folder.glob("*.txt")) if path.name.startswith(part))
    return "\n".join(f"{line} <eos>" for line in path.read_text(encoding="utf-8").splitlines()[:lines])


def perplexity(trainer: RNNTrainer, ids: Tensor) -> float:
    """Return the perplexity of a text, read as ten streams like the published ones."""
    return math.exp(trainer.text_loss(exact_streams(ids, 10, 256)))


def main() -> None:
    parser = arguments(__doc__, rounds=1)
    parser.add_argument("--data", type=Path, required=True, help="the folder of WikiText-2")
    parser.add_argument("--epochs", type=float, default=None, help="epochs, the recipe's by default")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    parts = {name: read(options.data, name, 300 if options.quick else None) for name in ("train", "valid", "test")}
    tokenizer = WordTokenizer.train([parts["train"]], split="whitespace")
    ids = {name: encode_text(tokenizer, text) for name, text in parts.items()}
    recipe: dict[str, Any] = recipes.load("word-lm")
    if options.quick:
        recipe["config"]["adaptive_cutoffs"] = [100]
    epochs = options.epochs or (1 if options.quick else recipe["training"]["num_train_epochs"])
    chosen = {**recipe["training"], "num_train_epochs": epochs, "eval_strategy": "no"}
    set_seed(chosen["seed"])
    model = RNNForCausalLM(RNNConfig(vocab_size=len(tokenizer), **recipe["config"]))
    with threads(options.threads), tempfile.TemporaryDirectory() as folder:
        given = RNNTrainingArguments(folder, **chosen, use_cpu=True, report_to="none")
        data = StreamDataset(ids["train"], given.per_device_train_batch_size, given.sequence_length)
        trainer = RNNTrainer(model, given, train_dataset=data)
        started, cpu = time.perf_counter(), time.process_time()
        trainer.train()
        took = {"minutes": (time.perf_counter() - started) / 60, "processor_minutes": (time.process_time() - cpu) / 60}
        found = {name: round(perplexity(trainer, ids[name]), 2) for name in ("valid", "test")}
    result = {"perplexity": found, "published": PUBLISHED, "epochs": epochs, "parameters": model.num_parameters()}
    result |= {name: round(value, 1) for name, value in took.items()} | {"words": {k: len(v) for k, v in ids.items()}}
    result |= {"vocabulary": len(tokenizer), "quick": options.quick, **origin(options.threads, chosen["seed"])}
    write(options.output, "wikitext", result)
    print(result)


if __name__ == "__main__":
    main()
