"""German to English by the recipe `seq2seq` on Multi30k, with attention and without, beside the published figures.

    python benchmarks/translation.py --data FOLDER [--only "without attention"] [--rounds 3] [--threads 2]

The folder holds the lower-cased, tokenised parts of Multi30k. A recipe learns from the training part alone; validation
and the test part of 2016 are looked at once, after the last step. Perplexity is over all words of the targets and their
ends, those of unknown words included; BLEU compares tokens as they are given. Writes translation.json, in which what
was not measured anew is kept, and translation.md.
"""

import argparse
import io
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from common import arguments, origin, threads, write
from rich.console import Console
from transformers import AutoTokenizer

from seqkit import RNNForConditionalGeneration
from seqkit.cli.seq2seq import measure_pairs
from seqkit.data import read_dataset
from seqkit.tokenizers.pair import target_tokenizer
from seqkit.training.session import train
from seqkit.training.settings import Settings, build_settings

SUFFIX = "lc.norm.tok"
PARTS = {"train": "train", "validation": "val", "test": "test_2016_flickr"}
BEAMS = 5

JOBS: dict[str, dict[str, Any]] = {"additive attention": {}, "without attention": {"attention": None}}
"""What is made of the recipe's configuration."""

PUBLISHED = {
    "additive attention": "GRU with attention: ppl 25.6, BLEU 28.3",
    "without attention": "LSTM: ppl 43.8, BLEU 13.8",
}
"""bentrevett/pytorch-seq2seq, on the same parts: perplexity, and BLEU of greedy decoding."""


def pairs(folder: Path, part: str, limit: int | None) -> list[dict[str, str]]:
    """Read a part of the corpus: rows of `source` in German and `target` in English."""
    sides = [
        (folder / f"{PARTS[part]}.{SUFFIX}.{side}").read_text(encoding="utf-8").splitlines() for side in ("de", "en")
    ]
    return [{"source": de.strip(), "target": en.strip()} for de, en in zip(*sides, strict=True)][:limit]


def write_parts(data: Path, folder: Path, quick: bool) -> dict[str, str]:
    """Write each part as JSON lines, which `seqkit train` reads, and return the files."""
    files = {}
    for part in PARTS:
        rows = pairs(data, part, 64 if quick else None)
        files[part] = str(folder / f"{part}.jsonl")
        Path(files[part]).write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
        )
    return files


def settings_of(name: str, files: dict[str, str], output: str, seed: int, options: argparse.Namespace) -> Settings:
    """Return the recipe's settings, changed as the job says."""
    given = {"seed": str(seed), "use_cpu": "true", "eval_strategy": "no", **dict(o.split("=", 1) for o in options.set)}
    given |= {"max_steps": "2"} if options.quick else {}
    told = {"validation": [files["validation"]], "command": "benchmarks/translation.py"}
    settings = build_settings(None, "seq2seq", [files["train"]], output, given, **told)
    settings.config |= JOBS[name]
    return settings


def judge(folder: str, file: str, beams: int) -> dict[str, float]:
    """Return the figures of a saved model on a file of pairs."""
    model = RNNForConditionalGeneration.from_pretrained(folder).eval()
    source = AutoTokenizer.from_pretrained(folder)
    target = target_tokenizer(model.config, source, folder)
    return measure_pairs(model, source, target, read_dataset(file, task="seq2seq"), 64, beams)


def run(name: str, files: dict[str, str], seed: int, options: argparse.Namespace) -> dict[str, float]:
    """Train from a seed, and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        output = str(options.keep / f"{name.replace(' ', '-')}-{seed}") if options.keep else f"{folder}/model"
        result = train(settings_of(name, files, output, seed, options), Console(file=io.StringIO()))
        greedy, beam = (judge(output, files["test"], beams) for beams in (1, BEAMS))
    print(name, seed, {"validation": result["metrics"], "greedy": greedy, "beam": beam}, flush=True)
    return {
        "perplexity": greedy["perplexity"],
        "BLEU": greedy["bleu"],
        f"BLEU, {BEAMS} beams": beam["bleu"],
        f"chrF, {BEAMS} beams": beam["chrf"],
        "validation BLEU": result["metrics"]["bleu"],
        "processor minutes": result["cpu_seconds"] / 60,
        "parameters": result["parameters"],
    }


def summary(runs: list[dict[str, float]], name: str) -> dict[str, Any]:
    """Return mean, least and greatest of each figure."""
    found = {key: [figures[key] for figures in runs] for key in runs[0]}
    kept = {key: [round(f(values), 2) for f in (statistics.mean, min, max)] for key, values in found.items()}
    return {**kept, "seeds": len(runs), "published": PUBLISHED[name]}


def table(results: dict[str, Any]) -> str:
    """Write all that was measured as a table."""
    names = ["perplexity", "BLEU", f"BLEU, {BEAMS} beams", f"chrF, {BEAMS} beams"]
    lines = [f"| | {' | '.join(names)} | parameters | processor minutes | published |", f"|---|{'---:|' * 6}---|"]
    for name in (name for name in JOBS if name in results):
        row = results[name]
        cells = [f"**{row[key][0]:.1f}** ({row[key][1]:.1f} to {row[key][2]:.1f})" for key in names]
        cells += [f"{row['parameters'][0]:,.0f}", f"{row['processor minutes'][0]:.0f}", row["published"]]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = arguments(__doc__, rounds=3)
    parser.add_argument("--data", type=Path, required=True, help="the folder of Multi30k")
    parser.add_argument("--only", nargs="+", choices=list(JOBS), help="measure these alone")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder in which the trained models are kept")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="other settings than the recipe's")
    options = parser.parse_args()
    with threads(options.threads), tempfile.TemporaryDirectory() as folder:
        files = write_parts(options.data, Path(folder), options.quick)
        for name in options.only or JOBS:
            runs = [run(name, files, seed, options) for seed in range(options.rounds)]
            kept = options.output / "translation.json"
            results = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
            results[name] = {**summary(runs, name), **origin(options.threads), "quick": options.quick}
            write(options.output, "translation", results)
            (options.output / "translation.md").write_text(table(results), encoding="utf-8")


if __name__ == "__main__":
    main()
