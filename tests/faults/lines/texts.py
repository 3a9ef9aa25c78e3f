"""Texts over all of Unicode, through every tokenizer: no crash, ids that the model has, and the text comes back.

What comes back, and when, is what each tokenizer promises: characters and jamo give back every text whose characters
they know, words that are cut at marks too; where blanks are dropped, the words come back. A lone surrogate stands for
no character, and is refused by a TokenizerError that tells its place. The table tells seconds of the processor for
texts of growing size.
"""

import random
import time
from collections.abc import Callable
from typing import Any

from seqkit import CharTokenizer, WordCharTokenizer, WordTokenizer
from seqkit.errors import TokenizerError
from seqkit.tokenizers import SeqkitTokenizer
from seqkit_jamo import JamoTokenizer
from tests.faults.battery import Counts, Tally

FULL = 10_000
UNIT = "texts"

BATCH = 100
"""Texts that one tokenizer is trained on; it then knows all their characters."""

SPECIALS = ("<pad>", "<unk>", "<s>", "</s>")

Draw = Callable[[random.Random], str]


def between(low: int, high: int) -> Draw:
    return lambda rng: chr(rng.randint(low, high))


def one_of(characters: str) -> Draw:
    return lambda rng: rng.choice(characters)


DRAWS: dict[str, Draw] = {
    "ascii": between(0x20, 0x7E),
    "controls": between(0, 0x1F),
    "latin": between(0x80, 0x24F),
    "combining": between(0x300, 0x36F),
    "right to left": between(0x590, 0x6FF),
    "directions": one_of("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2069"),
    "indic": between(0x900, 0xDFF),
    "jamo": between(0x1100, 0x11FF),
    "more jamo": one_of("\ua960\ua97c\ud7b0\ud7cb\ud7fb␛ㅋㅎㅏ"),
    "blanks": one_of(" \t\n\r\x0b\x0c\x85\xa0\u1680\u2000\u200a\u200b\u2028\u2029\u202f\u3000\ufeff"),
    "joiners": one_of("\u200c\u200d\u2060\ufe0e\ufe0f\U0001f468\U0001f469\U0001f466\U0001f3fd"),
    "kana and han": between(0x3040, 0x9FFF),
    "hangul": between(0xAC00, 0xD7A3),
    "private": between(0xE000, 0xF8FF),
    "presentation": between(0xFB00, 0xFFFF),
    "emoji": between(0x1F300, 0x1FAFF),
    "tags and beyond": between(0xE0000, 0x10FFFF),
    "any": lambda rng: chr(rng.choice([rng.randint(0, 0xD7FF), rng.randint(0xE000, 0x10FFFF)])),
    "names": lambda rng: rng.choice(SPECIALS),
}


def make(rng: random.Random) -> str:
    """Make a text of up to 60 characters, of one kind or of several, sometimes one again and again."""
    kinds = rng.sample(list(DRAWS), rng.choice([1, 1, 2, 4]))
    text = "".join(DRAWS[rng.choice(kinds)](rng) for _ in range(rng.randint(0, 60)))
    return text[:3] * 20 if rng.random() < 0.05 else text


TOKENIZERS: dict[str, tuple[type[SeqkitTokenizer], dict[str, Any]]] = {
    "char": (CharTokenizer, {}),
    "jamo": (JamoTokenizer, {}),
    "word": (WordTokenizer, {}),
    "word-char": (WordCharTokenizer, {}),
}


def returned(name: str, text: str, decoded: str) -> bool:
    """Tell whether what was decoded is what the tokenizer promises of a text whose tokens it knows."""
    if name == "word-char":
        return decoded.split(" ") == words(text) or not words(text)
    return decoded == text


def words(text: str) -> list[str]:
    r"""Cut as `\s+` of the `tokenizers` library does: by Unicode's White_Space, which is not quite Python's."""
    blanks = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
    pieces = text.translate(dict.fromkeys(map(ord, blanks), " ")).split(" ")
    return [piece for piece in pieces if piece]


def wrong(name: str, tokenizer: SeqkitTokenizer, text: str, known: bool) -> str:
    """Return what is wrong with how a text is encoded and decoded, nothing if all is well."""
    try:
        encoded = tokenizer(text, return_offsets_mapping=True)
        ids, spans = encoded["input_ids"], encoded["offset_mapping"]
        decoded = tokenizer.decode(ids)
    except BaseException as error:  # a panic of the library is no Exception
        return f"{type(error).__name__}: {error}"
    if any(not 0 <= number < len(tokenizer) for number in ids):
        return "an id that the model does not have"
    if any(not 0 <= begin <= end <= len(text) for begin, end in spans):
        return "a place outside of the text"
    if known and tokenizer.unk_token_id in ids:
        return "unknown, though trained on"
    return "" if not known or returned(name, text, decoded) else f"comes back as {decoded!r}"


def refuses(tokenizer: SeqkitTokenizer, text: str) -> bool:
    """Tell whether a text with a lone surrogate is refused by its place."""
    try:
        tokenizer(text)
    except TokenizerError as error:
        return "surrogate" in str(error)
    return False


def check_batch(texts: list[str], broken: str, few: dict[str, SeqkitTokenizer], tally: Tally, told: str) -> None:
    """Check texts with tokenizers that know all in them, and with tokenizers that know next to nothing."""
    for name, (kind, options) in TOKENIZERS.items():
        knows = kind.train([*texts, "a"], **options)
        for number, text in enumerate(texts):
            fault = wrong(name, knows, text, True) or wrong(name, few[name], text, False)
            if fault:
                tally.wrong(f"{told}, text {number}, {name}, {text!r}: {fault}")
            else:
                tally.right(name)
        if refuses(knows, broken):
            tally.right("surrogates refused")
        else:
            tally.wrong(f"{told}, {name}, {broken!r} is not refused")


LONG = {
    "running text": "The cat sat. 한글은 좋다! é\t\r\n",
    "one word": "a",
    "blanks": " ",
    "syllables": "한",
    "marks on one letter": "\u0301",
    "joined emoji": "\U0001f468\u200d",
    "unknown": "\U0010abcd",
}
"""What long texts are made of."""


def seconds(tokenizer: SeqkitTokenizer, text: str) -> float:
    started = time.process_time()
    tokenizer.decode(tokenizer(text)["input_ids"])
    return time.process_time() - started


def table(largest: int, tally: Tally) -> dict[str, dict[str, list[float]]]:
    """Measure texts of a quarter, a half and the whole of a size; four times the text may take eight times as long."""
    found: dict[str, dict[str, list[float]]] = {}
    for name, (kind, options) in TOKENIZERS.items():
        tokenizer = kind.train(["The cat sat. 한글은 좋다! é\t\r\n"], **options)
        found[name] = {}
        for what, piece in LONG.items():
            text = (piece * (largest // len(piece) + 1))[:largest]
            seconds(tokenizer, text[: largest // 8])
            times = [seconds(tokenizer, text[: largest // part]) for part in (4, 2, 1)]
            found[name][what] = [round(each, 3) for each in times]
            if times[2] > 8 * times[0] + 0.05:
                tally.wrong(f"{name}, {what}: {largest // 4:,} and {largest:,} characters take {times} s")
            else:
                tally.right("linear")
    return found


def token_of(size: int, tally: Tally) -> float:
    """Encode one token of so many characters."""
    tokenizer = WordTokenizer.train(["a b"])
    started = time.process_time()
    ids = tokenizer("a" * size)["input_ids"]
    if ids == [tokenizer.unk_token_id]:
        tally.right("one long token")
    else:
        tally.wrong(f"one token of {size:,} characters is {len(ids)} tokens")
    return round(time.process_time() - started, 3)


def run(count: int, seed: int = 0) -> Counts:
    """Check so many texts, and long ones of up to 100 times their number of characters."""
    tally = Tally()
    few = {name: kind.train("a b", **options) for name, (kind, options) in TOKENIZERS.items()}
    for begin in range(0, count, BATCH):
        rng = random.Random(f"{seed}/{begin}")
        texts = [make(rng) for _ in range(min(BATCH, count - begin))]
        lone = chr(rng.randint(0xD800, 0xDFFF))
        check_batch(texts, f"{make(rng)}{lone}{make(rng)}", few, tally, f"batch {begin} (seed {seed})")
    largest = 100 * count
    times = table(largest, tally)
    long = 1_000 * count
    figures = {"longest_token": long, "longest_token_seconds": token_of(long, tally), "largest": largest}
    return {"texts": count, **tally.counts(), **figures, "seconds_at_quarter_half_whole": times}
