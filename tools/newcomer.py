"""python newcomer.py [EXTRAS] - what somebody does who has just installed seqkit; run by tools/smoke.py.

It runs with the Python of a new environment, in an empty folder, and leaves its files there. With EXTRAS it also does
what the optional packages are for.
"""

import csv
import subprocess
import sys
import sysconfig
from importlib.metadata import distributions
from pathlib import Path

TEXT = "She sells sea shells by the sea shore.\n안녕하세요, 세계.\n" * 100
SEQKIT = str(Path(sysconfig.get_path("scripts"), "seqkit"))
SMALL = ["--hidden-size", "8", "--max-steps", "2"]


def seqkit(*words: str) -> str:
    """Run a command and return what it prints."""
    done = subprocess.run([SEQKIT, *words], capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        sys.exit(f"seqkit {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def follow_the_readme() -> None:
    """Train, generate, evaluate and look, by the command line."""
    Path("text.txt").write_text(TEXT, encoding="utf-8")
    seqkit("train", "--task", "causal-lm", "--data", "text.txt", "--output", "runs/lm", *SMALL)
    assert seqkit("generate", "runs/lm", "She", "--max-new-tokens", "5").startswith("She")
    seqkit("evaluate", "runs/lm", "--data", "text.txt")
    assert "parameters" in seqkit("info", "runs/lm")
    with open("labels.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *[("good film", "yes"), ("bad film", "no")] * 20])
    seqkit("train", "--task", "sequence-classification", "--data", "labels.csv", "--output", "runs/labels", *SMALL)
    assert seqkit("predict", "runs/labels", "good film")


def save_and_load() -> None:
    """Write, save, load and write again, through transformers' own classes."""
    import seqkit as package

    assert Path(package.__file__).is_relative_to(sys.prefix), f"{package.__file__} is not of this environment"
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, tokenizer = (kind.from_pretrained("runs/lm") for kind in (AutoModelForCausalLM, AutoTokenizer))
    ids = tokenizer("She", return_tensors="pt")["input_ids"]
    before = model.generate(ids, max_new_tokens=5, do_sample=False)
    model.save_pretrained("runs/again")
    after = AutoModelForCausalLM.from_pretrained("runs/again").generate(ids, max_new_tokens=5, do_sample=False)
    assert before.tolist() == after.tolist()


def use_every_plugin() -> int:
    """Make, train for a step, save and load what each entry point leads to; return how many there are."""
    from seqkit.plugins import list_plugins

    rows = list_plugins()
    broken = [row for row in rows if row.status != "ok"]
    assert not broken, broken
    announced = {
        (point.group.removeprefix("seqkit."), point.name)
        for distribution in distributions()
        for point in distribution.entry_points
        if point.group in ("seqkit.cells", "seqkit.tokenizers", "seqkit.heads", "seqkit.checkpoints")
    }
    assert announced == {(row.kind, row.name) for row in rows}
    for row in rows:
        USES[row.kind](row.name)
    return len(rows)


def use_cell(name: str) -> None:
    """Take a gradient through a language model with a cell, and load it again."""
    import torch

    from seqkit import RNNConfig, RNNForCausalLM

    model = RNNForCausalLM(RNNConfig(cell=name, vocab_size=9, embedding_size=8, hidden_size=8))
    ids = torch.tensor([[1, 2, 3, 4]])
    model(ids, labels=ids).loss.backward()
    model.save_pretrained(f"runs/cell-{name}")
    assert RNNForCausalLM.from_pretrained(f"runs/cell-{name}").config.cell == model.config.cell


def use_tokenizer(name: str) -> None:
    """Train a tokenizer, and read what it has written."""
    from seqkit.plugins import get

    tokenizer = get("tokenizers", name).train([TEXT])
    assert tokenizer.decode(tokenizer("She sells")["input_ids"], skip_special_tokens=True) == "She sells"
    tokenizer.save_pretrained(f"runs/tokenizer-{name}")


def use_checkpoint(name: str) -> None:
    """Load a model that a distribution brings."""
    from seqkit import RNNConfig, checkpoint
    from seqkit.plugins import resolve_head

    folder = checkpoint(name)
    resolve_head(RNNConfig.from_pretrained(folder).architectures[0]).from_pretrained(folder)


def use_head(name: str) -> None:
    """Make a head, save it and load it."""
    from seqkit import RNNConfig
    from seqkit.plugins import get

    head = get("heads", name)
    special = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    config = RNNConfig(vocab_size=9, hidden_size=8, num_labels=3, is_encoder_decoder=name == "seq2seq", **special)
    head(config).save_pretrained(f"runs/head-{name}")
    head.from_pretrained(f"runs/head-{name}")


USES = {"cells": use_cell, "tokenizers": use_tokenizer, "heads": use_head, "checkpoints": use_checkpoint}


def use_extras() -> None:
    """Draw, count, export and open the page: what the optional packages are for."""
    assert Path("runs/lm/loss.png").is_file()
    seqkit("inspect", "runs/lm", "--data", "text.txt", "--output", "runs/report")
    seqkit("export", "runs/lm", "--output", "runs/onnx")
    from seqkit import runtime

    assert 0 < len(runtime.load("runs/onnx").generate("She", max_new_tokens=5)) <= 5
    seqkit("demo", "runs/lm", "--space", "runs/space")
    lines = "Kim B-PER\nsells O\nshells O\n\n" * 20
    Path("tags.conll").write_text(lines, encoding="utf-8")
    trained = ["--task", "token-classification", "--data", "tags.conll", "--output", "runs/tags", *SMALL]
    seqkit("train", *trained, "--report-to", "tensorboard")
    assert "PER" in seqkit("evaluate", "runs/tags", "--data", "tags.conll")


def main() -> None:
    """Do all of it, and say so."""
    follow_the_readme()
    save_and_load()
    count = use_every_plugin()
    if len(sys.argv) > 1:
        use_extras()
    print(f"trained, saved, loaded, written; {count} plugins used{'; extras used' if len(sys.argv) > 1 else ''}")


if __name__ == "__main__":
    main()
