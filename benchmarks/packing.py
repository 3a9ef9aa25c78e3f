"""A trained model made small enough to come with a package: weights in half the size, and fewer words."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from seqkit.tokenizers.pair import TARGET

WEIGHTS = "model.safetensors"
FILES = ("README.md", "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", TARGET)
PICTURES = ("loss.png", "gradient.png")


def pack(trained: Path, target: Path, words: int | None = None) -> str:
    """Copy what a model is loaded from, its weights as float16; it goes on being computed with as float32.

    Args:
        trained: the model's folder.
        target: the new folder.
        words: how many tokens of a vocabulary of words are kept, the most frequent; the others become unknown, and are
            read by their characters alone. None keeps all.

    Returns:
        What was done, in words.
    """
    target.mkdir(parents=True)
    for name in (*FILES, *PICTURES):
        if (trained / name).is_dir():
            shutil.copytree(trained / name, target / name, ignore=shutil.ignore_patterns("*.py", "*.md"))
        elif (trained / name).exists():
            shutil.copyfile(trained / name, target / name)
    weights = load_file(trained / WEIGHTS)
    told = f", and of its {keep_words(target, weights, words):,} words the {words:,} most frequent" if words else ""
    save_file({name: tensor.to(torch.float16) for name, tensor in weights.items()}, target / WEIGHTS, {"format": "pt"})
    (target / WEIGHTS).chmod(0o644)
    return f"float16{told}"


def keep_words(folder: Path, weights: dict[str, Tensor], words: int) -> int:
    """Cut vocabulary and embedding; tokens stand there by their frequency. Returns how many there were."""
    (name,) = [name for name in weights if name.endswith("embed_tokens.weight")]
    before = len(weights[name])
    weights[name] = weights[name][:words].clone()
    tokenizer, config = read(folder / "tokenizer.json"), read(folder / "config.json")
    vocabulary = tokenizer["model"]["vocab"]
    tokenizer["model"]["vocab"] = {word: number for word, number in vocabulary.items() if number < words}
    config["vocab_size"] = words
    for file, values in (("tokenizer.json", tokenizer), ("config.json", config)):
        text = json.dumps(values, ensure_ascii=False, indent=2 if file == "config.json" else None)
        (folder / file).write_text(text + "\n", encoding="utf-8")
    return before


def read(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def parameters(folder: Path) -> int:
    """Return how many numbers a packed model consists of."""
    return sum(tensor.numel() for tensor in load_file(folder / WEIGHTS).values())
