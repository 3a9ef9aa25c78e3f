"""How a word is spelled: its characters as ids, and batches of spelled words."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

import numpy as np

from seqkit.errors import TokenizerError
from seqkit.tokenizers.corpus import checked
from seqkit.tokenizers.offsets import widen

NO_CHARACTER, UNKNOWN, BEGIN, END = range(4)
"""The ids that are no characters: behind a word's end, outside the alphabet, and the marks `bos` and `eos`."""

MARKS = 4
"""How many ids are no characters."""

FORMS = (None, "NFC", "NFD")

Spelled = list[list[int]]
"""The character ids of each word of a row; words are of unequal length."""


@dataclass(frozen=True)
class Speller:
    """Turns words into character ids.

    Args:
        alphabet: the characters, each once; the first has the id 4.
        form: Unicode's normal form that words are brought to; None takes them as they stand. `"NFD"` takes Hangul
            syllables apart into jamo, and accents off their letters; `"NFC"` puts both together.
        longest: of a word of more characters, half of so many at its head and half at its tail are kept, the greater
            half at its head.

    Raises:
        TokenizerError: the alphabet holds a character twice or what is none, or another value does not fit.

    Example:
        >>> Speller("abc", longest=4).spell("abxxcb")
        [4, 5, 6, 5]
    """

    alphabet: str
    form: Literal["NFC", "NFD"] | None = None
    longest: int = 64
    ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checked(self.alphabet, "the alphabet of characters")
        object.__setattr__(self, "ids", {character: i for i, character in enumerate(self.alphabet, start=MARKS)})
        if len(self.ids) < len(self.alphabet):
            twice = next(c for i, c in enumerate(self.alphabet) if c in self.alphabet[:i])
            raise TokenizerError(
                f"the alphabet of characters has {twice!r} twice: tokenizer_config.json is damaged, get or train it "
                "again"
            )
        if self.form not in FORMS:
            raise TokenizerError(f"character_form is {self.form!r}; expected one of None, 'NFC', 'NFD'")
        if type(self.longest) is not int or self.longest < 1:
            raise TokenizerError(f"max_word_length is {self.longest!r}; expected a whole number from 1 on, such as 64")

    def __len__(self) -> int:
        return MARKS + len(self.alphabet)

    def written(self, word: str) -> str:
        """Return the characters that a word is read by: in the normal form, and of a long word head and tail."""
        # Shortened twice: a word of any length costs next to nothing, and one in jamo may have grown.
        return shortened(self.normal(shortened(word, self.longest)), self.longest)

    def normal(self, text: str) -> str:
        """Bring a text to the normal form."""
        return text if self.form is None or text.isascii() else unicodedata.normalize(self.form, text)

    def spell(self, word: str) -> list[int]:
        """Return the character ids of a word."""
        ids = self.ids
        return [ids.get(character, UNKNOWN) for character in self.written(word)]


def shortened(word: str, longest: int) -> str:
    """Keep head and tail of a word that is too long.

    Example:
        >>> shortened("abcdefgh", 5)
        'abcgh'
    """
    if len(word) <= longest:
        return word
    tail = longest // 2
    return word[: longest - tail] + word[len(word) - tail :]


def surfaces(
    encoding: Any, sources: Sequence[Any], marks: Mapping[int | None, list[int]], composed: bool
) -> Iterator[str | list[int]]:
    """Yield each token as its text has it; of special tokens and padding the ids that stand for characters.

    Args:
        encoding: one row as the `tokenizers` library gives it.
        sources: its text or words, and those of its pair if there is one.
        marks: the character ids of special tokens, by token id.
        composed: whether the tokenizer brought the text to NFC.
    """
    places = zip(encoding.ids, encoding.sequence_ids, encoding.word_ids, encoding.offsets, strict=True)
    for token, sequence, word, span in places:
        if sequence is None or token in marks:
            yield marks.get(token, [])
            continue
        source = sources[sequence]
        source = source if isinstance(source, str) else source[word]
        start, end = widen(span, source) if composed else span
        yield source[start:end]


def padded(rows: Sequence[Iterable[Any]], length: int, side: str = "right", width: int = 1) -> np.ndarray:
    """Put rows of spelled words into one array.

    Args:
        rows: for each row its words, for each word its character ids (a list, a tuple, an array or a tensor).
        length: words T of a row, padding included.
        side: the side on which words of padding stand; characters are padded on the right in any case.
        width: how large C is at least.

    Returns:
        Character ids (B, T, C), 0 where there is none; C is the longest word's length, or `width`.

    Example:
        >>> padded([[[4, 5], [6]], [[7]]], 2, side="left").tolist()
        [[[4, 5], [6, 0]], [[0, 0], [7, 0]]]
    """
    words = [[_listed(word) for word in row] for row in rows]
    lengths = np.zeros((len(words), length), dtype=np.int64)
    for index, row in enumerate(words):
        begin = length - len(row) if side == "left" else 0
        lengths[index, begin : begin + len(row)] = [len(word) for word in row]
    ids = np.zeros((*lengths.shape, max(width, lengths.max(initial=0))), dtype=np.int64)
    # Row by row, word by word, character by character: the order in which a mask is filled.
    flat = chain.from_iterable(chain.from_iterable(words))
    ids[np.arange(ids.shape[2]) < lengths[..., None]] = np.fromiter(flat, np.int64)
    return ids


def _listed(word: Any) -> Sequence[int]:
    return word if isinstance(word, list | tuple) else np.asarray(word).tolist()
