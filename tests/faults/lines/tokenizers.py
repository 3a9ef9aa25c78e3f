"""Hostile `tokenizer.json` and `tokenizer_config.json`: refused with one TokenizerError when loaded, or harmless.

A file is a whole one with one field changed (anywhere in it), with a part that another library's tokenizers have, or
with one of `ATTACKS`. What loads all the same must encode a text within a second into ids that it has. Only refusals
within a second count; a regular expression that takes years must never be compiled.
"""

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seqkit import CharTokenizer, WordCharTokenizer, WordTokenizer
from seqkit.errors import CheckpointError, TokenizerError
from seqkit_jamo import JamoTokenizer
from tests.faults.battery import Counts, Tally

FULL = 2_000
UNIT = "tokenizers"

FILES = ("tokenizer.json", "tokenizer_config.json")
KINDS = (CharTokenizer, WordTokenizer, WordCharTokenizer, JamoTokenizer)
TEXT = "the cat\tsat <s> 한글 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"

WEIRD: list[Any] = [None, True, -1, 0, 2**31, 2**32, 2**64, 10**400, 1.5, "", "x", "\0", "<s>", "é" * 10**5, [], {}]
WEIRD += [[[]], {"type": "Sequence"}, {"type": "Nothing"}, json.loads("[" * 200 + "]" * 200)]

REGEXES = [
    r"(a+)+$",
    r"(a|aa)+$",
    r"(((a{1,1000}){1,1000}){1,1000})",
    "(" * 5_000 + ")" * 5_000,
    r"(?<=a+)b",
    "[",
    "a{99999999}",
]
"""Patterns that take years, or that the library panics at."""


def split(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def replace(pattern: dict[str, str], content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}


ATTACKS: dict[str, Callable[[dict[str, Any], random.Random], Any]] = {
    "regex of a cut": lambda made, rng: made.update(pre_tokenizer=split(rng.choice(REGEXES))),
    "regex of a normalizer": lambda made, rng: made.update(normalizer=replace({"Regex": rng.choice(REGEXES)}, "")),
    "regex within": lambda made, rng: made.update(
        pre_tokenizer={"type": "Sequence", "pretokenizers": [made["pre_tokenizer"], split(rng.choice(REGEXES))]}
    ),
    "gigabytes of a letter": lambda made, rng: made.update(normalizer=replace({"String": "a"}, "a" * 10**6)),
    "gigabytes of a token": lambda made, rng: made.update(decoder=replace({"String": "a"}, "a" * 10**6)),
    "charsmap": lambda made, rng: made.update(
        normalizer={"type": "Precompiled", "precompiled_charsmap": rng.choice(["", "AAAA", "/////wAAAAA=", "=" * 99])}
    ),
    "padding": lambda made, rng: made.update(padding={
        "strategy": {"Fixed": rng.choice([2**40, 2**62, -1, "x"])}, "direction": "Right", "pad_to_multiple_of": None,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "<pad>",
    }),
    "id beyond": lambda made, rng: made["model"]["vocab"].update(zzz=rng.choice([2**31, 2**32 - 1, 10**6, -1])),
    "id twice": lambda made, rng: made["model"]["vocab"].update(zzz=rng.randrange(4)),
    "added id": lambda made, rng: rng.choice(made["added_tokens"]).update(id=rng.choice([2**31, 77, 0, 3, -1, "1"])),
    "added name": lambda made, rng: rng.choice(made["added_tokens"]).update(content=rng.choice(["", "a" * 10**6])),
    "template": lambda made, rng: made.update(post_processor={
        "type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}], "pair": [],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [rng.choice([2**31, 10**6])], "tokens": ["<s>"]}},
    }),
    "another model": lambda made, rng: made.update(model={
        "type": rng.choice(["BPE", "Unigram", "WordPiece", "x"]), "vocab": rng.choice([{}, [], {"a": 0}]),
        "merges": ["a"], "unk_id": 5,
    }),
}  # fmt: skip
"""What somebody who wants to do harm would write into tokenizer.json."""

TEXTS = [b"", b"{", b"[]", b"null", b"\xff", b"[" * 10**5, b'{"version": "1.0"}', b'{"a":' * 990 + b"1" + b"}" * 990]
"""Whole files."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where something stands in what a file holds."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*path, key)
        yield from places(each, (*path, key))


def change(made: dict[str, Any], rng: random.Random) -> str:
    """Change, delete or double one thing anywhere in a file; return what it was."""
    *outer, key = rng.choice(list(places(made)))
    inside = made
    for step in outer:
        inside = inside[step]
    if rng.random() < 0.2:
        del inside[key]
    else:
        inside[key] = rng.choice(WEIRD)
    return "/".join(map(str, [*outer, key]))


class Bench:
    """A folder of each tokenizer."""

    def __init__(self, root: Path) -> None:
        self.folders = {kind: root / kind.__name__ for kind in KINDS}
        for kind, folder in self.folders.items():
            kind.train(["the cat 한"], add_bos=True).save_pretrained(folder)
        self.whole = {
            folder: {name: (folder / name).read_bytes() for name in FILES} for folder in self.folders.values()
        }

    def alter(self, folder: Path, rng: random.Random) -> str:
        """Write a hostile file; return what is wrong with it."""
        for name, data in self.whole[folder].items():
            (folder / name).write_bytes(data)
        name, choice = rng.choice(FILES), rng.random()
        if choice < 0.1:
            (folder / name).write_bytes(data := rng.choice(TEXTS))
            return f"{name} is {data[:20]!r}"
        if choice < 0.5:
            name, told = FILES[0], rng.choice(list(ATTACKS))
            made = json.loads(self.whole[folder][name])
            ATTACKS[told](made, rng)
        else:
            made = json.loads(self.whole[folder][name])
            told = change(made, rng)
        (folder / name).write_text(json.dumps(made))
        return f"{name}: {told}"

    def outcome(self, kind: Any, rng: random.Random) -> tuple[str, str]:
        """Load a hostile folder; return what is wrong with it and what came of it."""
        told, started = self.alter(self.folders[kind], rng), time.process_time()
        try:
            tokenizer = kind.from_pretrained(self.folders[kind])
            found = used(tokenizer)
        except (TokenizerError, CheckpointError) as error:
            found = "refused" if len(str(error)) < 5_000 else f"FAILED: a message of {len(str(error)):,} characters"
        except BaseException as error:  # a panic of the library is no Exception
            found = f"FAILED: {type(error).__name__}: {str(error)[:200]}"
        taken = time.process_time() - started
        return told, found if taken < 1 else f"FAILED: {taken:.1f} s, {found}"


def used(tokenizer: Any) -> str:
    """Encode with a tokenizer that has let itself be loaded."""
    ids = tokenizer(TEXT)["input_ids"]
    tokenizer.decode(ids)
    return "harmless" if all(0 <= each < len(tokenizer) for each in ids) else f"FAILED: ids {ids}"


def run(count: int, seed: int = 0) -> Counts:
    """Load so many tokenizers, of each kind in turn."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as root:
        bench = Bench(Path(root))
        for number in range(count):
            kind = KINDS[number % len(KINDS)]
            told, outcome = bench.outcome(kind, random.Random(f"{seed}/{number}"))
            if outcome.startswith("FAILED"):
                tally.wrong(f"tokenizer {number} (seed {seed}), {kind.__name__}, {told}: {outcome}")
            else:
                tally.right(outcome)
    return tally.counts()
