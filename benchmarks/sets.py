"""The published data sets that recipes are measured on: read as they are published, split as the field splits them.

Each reader takes the set's folder and a seed, and returns its parts by name. A row is a dictionary with the columns
that `seqkit train` reads: `text` and `label`, `tokens` and `labels`, or `input_features` and `label`.
"""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqkit.data import read_dataset

Rows = list[dict[str, Any]]
Parts = dict[str, Rows]


def lines(path: Path, encoding: str = "utf-8") -> list[str]:
    """Return the lines of a file that hold something."""
    return [line for line in path.read_text(encoding=encoding).split("\n") if line.strip()]


def labelled(path: Path, encoding: str = "utf-8") -> Rows:
    """Read lines of a label, a blank and a text, as the sets of Kim (2014) are kept."""
    pairs = [line.split(" ", 1) for line in lines(path, encoding)]
    return [{"text": text.strip(), "label": label} for label, text in pairs]


def held_out(rows: Rows, share: float, seed: int) -> Parts:
    """Set a share of every class aside as the test part."""
    by_label = defaultdict(list)
    for row in rows:
        by_label[row["label"]].append(row)
    parts: Parts = {"train": [], "test": []}
    rng = random.Random(seed)
    for label in sorted(by_label):
        group = by_label[label]
        rng.shuffle(group)
        count = round(share * len(group))
        parts["test"] += group[:count]
        parts["train"] += group[count:]
    return parts


def nsmc(folder: Path, seed: int) -> Parts:
    """Naver sentiment movie corpus: reviews, 1 good and 0 bad. Its fields are never quoted; six reviews are empty."""

    def read(name: str) -> Rows:
        cells = [line.split("\t") for line in lines(folder / name)[1:]]
        return [{"text": row[1], "label": row[2]} for row in cells if row[1].strip()]

    # The official sample of the training part, or the one that was drawn again from the same reviews.
    train = next(path.name for path in sorted(folder.glob("ratings_train*.txt")))
    return {"train": read(train), "test": read("ratings_test.txt")}


def trec(folder: Path, seed: int) -> Parts:
    """TREC questions of six kinds (Li & Roth, 2002)."""
    return {part: labelled(folder / f"TREC.{part}.all", "latin-1") for part in ("train", "test")}


def sst2(folder: Path, seed: int) -> Parts:
    """Stanford sentiment treebank, whole sentences of two classes (Socher et al., 2013)."""
    names = {"train": "train", "validation": "dev", "test": "test"}
    return {part: labelled(folder / f"stsa.binary.{name}", "latin-1") for part, name in names.items()}


def movie_reviews(folder: Path, seed: int) -> Parts:
    """Movie reviews of two classes (Pang & Lee, 2005): the fold of ten that the seed names is the test part."""
    rows = labelled(folder / "rt-polarity.all", "latin-1")
    random.Random(0).shuffle(rows)
    fold = {index for index in range(len(rows)) if index % 10 == seed % 10}
    parts: Parts = {"train": [], "test": []}
    for index, row in enumerate(rows):
        parts["test" if index in fold else "train"].append(row)
    return parts


def names(folder: Path, seed: int) -> Parts:
    """Family names of 18 languages: a fifth of each is the test part."""
    files = sorted((folder / "names").glob("*.txt"))
    rows = [{"text": name.strip(), "label": file.stem} for file in files for name in lines(file)]
    return held_out(rows, 0.2, seed)


def sms_spam(folder: Path, seed: int) -> Parts:
    """Short messages, ham or spam (Almeida et al., 2011): a fifth is the test part."""
    with (folder / "spam.csv").open(encoding="latin-1", newline="") as file:
        rows = [{"text": row[1], "label": row[0]} for row in list(csv.reader(file))[1:]]
    return held_out(rows, 0.2, seed)


def snips(folder: Path, seed: int, slots: bool = False) -> Parts:
    """Commands to an assistant in the split of Goo et al. (2018): seven intents, or the slots of their words."""

    def read(name: str) -> Rows:
        words, tags, intents = (
            [line.split() for line in lines(folder / name / file)] for file in ("seq.in", "seq.out", "label")
        )
        if slots:
            return [{"tokens": row, "labels": tag} for row, tag in zip(words, tags, strict=True)]
        return [{"text": " ".join(row), "label": intent[0]} for row, intent in zip(words, intents, strict=True)]

    return {"train": read("train"), "validation": read("valid"), "test": read("test")}


def snips_slots(folder: Path, seed: int) -> Parts:
    """The words of commands to an assistant, and the slots that they fill (Goo et al., 2018)."""
    return snips(folder, seed, slots=True)


def treebank(folder: Path, seed: int) -> Parts:
    """Universal Dependencies: words and their universal parts of speech."""
    names = {"train": "train", "validation": "dev", "test": "test"}
    files = {part: next(folder.glob(f"*-ud-{name}.conllu")) for part, name in names.items()}
    return {part: tagged(file, label_column="upos") for part, file in files.items()}


def wnut17(folder: Path, seed: int) -> Parts:
    """New and rare entities of the web (Derczynski et al., 2017)."""
    names = {"train": "wnut17train.conll", "validation": "emerging.dev.conll", "test": "emerging.test.annotated"}
    return {part: tagged(folder / name) for part, name in names.items()}


def klue_ner(folder: Path, seed: int) -> Parts:
    """Korean entities, a label for each character, blanks included (Park et al., 2021); tested on the official dev."""

    def read(name: str) -> Rows:
        found: Rows = []
        for block in (folder / name).read_text(encoding="utf-8").split("\n\n"):
            cells = [
                line.rsplit("\t", 1) for line in block.split("\n") if line.strip("\n") and not line.startswith("##")
            ]
            if cells:
                found.append({"tokens": [cell[0] for cell in cells], "labels": [cell[1] for cell in cells]})
        return found

    return {"train": read("train-mini.tsv"), "test": read("klue-ner-v1.1_dev.tsv")}


def tagged(path: Path, **columns: Any) -> Rows:
    """Read a file of words and labels."""
    return [dict(row) for row in read_dataset(path, task="token-classification", **columns)]


def vowels(folder: Path, seed: int) -> Parts:
    """Nine speakers saying two Japanese vowels (Kudo et al., 1999): 12 coefficients a step, 7 to 29 steps."""
    return {part: series(folder / f"JapaneseVowels_{part.upper()}.ts") for part in ("train", "test")}


def series(path: Path) -> Rows:
    """Read a file of the UEA archive: a row's channels and its label stand between colons, a channel's steps between
    commas."""
    rows = lines(path)
    begin = next(place for place, line in enumerate(rows) if line.strip().lower() == "@data")
    found: Rows = []
    for line in rows[begin + 1 :]:
        *channels, label = line.strip().split(":")
        steps = zip(*([float(number) for number in channel.split(",")] for channel in channels), strict=True)
        found.append({"input_features": [list(step) for step in steps], "label": label})
    return found


READERS: dict[str, Callable[[Path, int], Parts]] = {
    "ud-english-ewt": treebank,
    "ud-korean-gsd": treebank,
    "wnut17": wnut17,
    "snips-slots": snips_slots,
    "snips": snips,
    "klue-ner-mini": klue_ner,
    "nsmc": nsmc,
    "trec6": trec,
    "sst2": sst2,
    "mr": movie_reviews,
    "names": names,
    "sms-spam": sms_spam,
    "japanese-vowels": vowels,
}
"""The reader of each set."""

FOLDERS = {"snips-slots": "snips", "japanese-vowels": "timeseries-small/JapaneseVowels"}
"""The folders of sets that are not called as the set is."""


def read(data: Path, name: str, seed: int) -> Parts:
    """Read a set.

    Args:
        data: the folder of all sets.
        name: the set's name in `READERS`.
        seed: of what is random in its split.
    """
    return READERS[name](data / FOLDERS.get(name, name), seed)


def write_parts(parts: Parts, folder: Path) -> dict[str, str]:
    """Write each part as JSON lines, which `seqkit train` reads, and return the files."""
    files = {part: folder / f"{part}.jsonl" for part in parts}
    for part, file in files.items():
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in parts[part]), encoding="utf-8")
    return {part: str(file) for part, file in files.items()}
