"""Words as tokens, each with the characters that it is spelled by."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, Self

import numpy as np
from transformers.tokenization_utils_base import BatchEncoding
from transformers.utils import PaddingStrategy

from seqkit.errors import TokenizerError
from seqkit.tokenizers.corpus import Texts, read_texts
from seqkit.tokenizers.cuts import WHITESPACE, WHOLE, WORDS
from seqkit.tokenizers.spelling import BEGIN, END, Spelled, Speller, padded, surfaces
from seqkit.tokenizers.vocabulary import most_frequent
from seqkit.tokenizers.word import WordTokenizer

CHARACTER_IDS = "character_ids"


class WordCharTokenizer(WordTokenizer):
    """A tokenizer whose tokens are words, and that gives the characters of each word beside its id.

    What it returns has `character_ids` beside `input_ids`: for each token its characters as the text has them (capital
    letters too, where `lowercase` makes words small), so that a network can read words it has never seen. Padded,
    they are (B, T, C), with 0 where there is no character; unpadded, each word has a list of its own length, or, as a
    tensor, `max_word_length` places. Texts are cut as `WordTokenizer` cuts them, but by `split="whitespace"` unless
    another is named.

    Example:
        >>> tokenizer = WordCharTokenizer.train([["ab", "a"], ["ab"]], min_frequency=2)
        >>> encoded = tokenizer(["ab", "ba"], is_split_into_words=True)
        >>> encoded["input_ids"], encoded["character_ids"]
        ([4, 1], [[4, 5], [5, 4]])
        >>> tokenizer.pad([encoded, tokenizer(["a"], is_split_into_words=True)], return_tensors="pt")[
        ...     "character_ids"
        ... ].shape
        torch.Size([2, 2, 2])
    """

    splits = {"whitespace": WHITESPACE, "words": WORDS, "none": WHOLE}
    model_input_names = ["input_ids", "attention_mask", CHARACTER_IDS]

    @classmethod
    def train(
        cls,
        texts: Texts,
        *,
        min_character_frequency: int = 1,
        character_form: Literal["NFC", "NFD"] | None = None,
        max_word_length: int = 64,
        **options: Any,
    ) -> Self:
        """Learn the words and the characters of texts.

        Args:
            texts: as in `WordTokenizer.train`.
            min_character_frequency: characters that occur less often are unknown.
            character_form: Unicode's normal form in which words are spelled: None (default) as they stand, `"NFC"`
                composed, `"NFD"` decomposed: Hangul syllables become jamo, 한 is ㅎ, ㅏ, ㄴ. Words stay what they are.
            max_word_length: of a longer word, half of so many characters at its head and half at its tail are read.
            options: all options of `WordTokenizer.train`.

        Raises:
            TokenizerError: as in `WordTokenizer.train`, or an option of the characters is out of its range.
        """
        settings = {"character_form": character_form, "max_word_length": max_word_length}
        if min_character_frequency < 1:
            raise TokenizerError(f"min_character_frequency ({min_character_frequency}) must be 1 or more")
        speller, counts = Speller("", character_form, max_word_length), Counter[str]()
        made = super().train(_counted(texts, speller, counts), **{**options, **settings, "characters": ""})
        if cls._cut(options.get("split")) is WHITESPACE:
            counts = Counter({character: count for character, count in counts.items() if not character.isspace()})
        kept = most_frequent(counts, min_frequency=min_character_frequency, limit=None)
        made.init_kwargs["characters"] = "".join(sorted(kept))
        made._settle()
        return made

    @property
    def character_vocab_size(self) -> int:
        """Number of character ids, which is the `character_vocab_size` that a model needs."""
        return len(self.speller)

    def pad(
        self,
        encoded_inputs: Any,
        padding: bool | str | PaddingStrategy = True,
        max_length: int | None = None,
        pad_to_multiple_of: int | None = None,
        padding_side: str | None = None,
        **kwargs: Any,
    ) -> BatchEncoding:
        """Pad rows to one length, and their words too; arguments and result are those of transformers' `pad`."""
        if isinstance(encoded_inputs, list | tuple):
            encoded_inputs = {name: [row[name] for row in encoded_inputs] for name in (encoded_inputs or [{}])[0]}
        others = dict(encoded_inputs)
        spelled = others.pop(CHARACTER_IDS, None)
        found = super().pad(others, padding, max_length, pad_to_multiple_of, padding_side, **kwargs)
        if spelled is None:
            return found
        ids = found["input_ids"]
        if padding in (False, PaddingStrategy.DO_NOT_PAD) and isinstance(ids, list):
            found[CHARACTER_IDS] = spelled
            return found
        single = not len(ids) or np.ndim(ids[0]) == 0
        length = len(ids) if single else max(len(row) for row in ids)
        array = padded([spelled] if single else spelled, length, padding_side or self.padding_side)
        found[CHARACTER_IDS] = _like(array[0] if single else array, ids)
        return found

    def _settle(self) -> None:
        """Read the alphabet off the init arguments, which stand in tokenizer_config.json."""
        given = {name: self.init_kwargs.get(name) for name in ("characters", "character_form", "max_word_length")}
        if not isinstance(given["characters"], str):
            raise TokenizerError(
                f"characters is a {type(given['characters']).__name__}; expected a string, the alphabet of the words: "
                "tokenizer_config.json is damaged, get or train it again"
            )
        self.speller = Speller(given["characters"], given["character_form"], given["max_word_length"])

    def _encode_plus(self, text: Any, text_pair: Any = None, *args: Any, **kwargs: Any) -> BatchEncoding:
        """Encode, as transformers does, and spell each token."""
        tensors = kwargs.pop("return_tensors", None)
        encoded = super()._encode_plus(text, text_pair, *args, **kwargs)
        ids = encoded["input_ids"]
        single = not kwargs.get("return_overflowing_tokens") and (not ids or isinstance(ids[0], int))
        rows: Any = self._spell(encoded, _sources(text, text_pair, kwargs.get("is_split_into_words", False)))
        fills = kwargs.get("padding_strategy", PaddingStrategy.DO_NOT_PAD) != PaddingStrategy.DO_NOT_PAD
        if fills or tensors is not None:
            # Pipelines put texts that were encoded one by one together, and count on tensors of one width.
            array = padded(rows, max(len(row) for row in rows), width=1 if fills else self.speller.longest)
            rows = array.tolist() if tensors is None else array
        encoded[CHARACTER_IDS] = rows[0] if single else rows
        return encoded if tensors is None else encoded.convert_to_tensors(tensors, prepend_batch_axis=single)

    def _spell(self, encoded: BatchEncoding, sources: list[Any]) -> list[Spelled]:
        """Spell each token of each row, every word once."""
        encodings: Any = encoded.encodings or ()
        samples = encoded.get("overflow_to_sample_mapping") or range(len(encodings))
        known: dict[str, list[int]] = {}
        marks = {self.bos_token_id: [BEGIN], self.eos_token_id: [END]}
        composed = self._composes()
        return [
            [self._spell_once(word, known) for word in surfaces(encoding, sources[at], marks, composed)]
            for encoding, at in zip(encodings, samples, strict=True)
        ]

    def _spell_once(self, word: str | list[int], known: dict[str, list[int]]) -> list[int]:
        if not isinstance(word, str):
            return word
        if word not in known:
            known[word] = self.speller.spell(word)
        return known[word]


def _counted(texts: Texts, speller: Speller, counts: Counter[str]) -> Iterator[str]:
    """Give texts on as they are, and count their characters as they are spelled."""
    for text in read_texts(texts):
        counts.update(speller.normal(text))
        yield text


def _sources(text: Any, pair: Any, words: bool) -> list[Any]:
    """Return for each row its text, or its words, and those of its pair if there is one."""
    if isinstance(text, str) or (words and (not text or isinstance(text[0], str))):
        return [(text, pair)]
    if pair is not None:
        return list(zip(text, pair, strict=True))
    # A batch may hold pairs itself.
    inner = list | tuple if words else str
    return [row if _is_pair(row, inner) else (row, None) for row in text]


def _is_pair(row: Any, inner: Any) -> bool:
    return isinstance(row, list | tuple) and len(row) == 2 and all(isinstance(part, inner) for part in row)


def _like(array: np.ndarray, ids: Any) -> Any:
    """Give an array in the form that other ids have: lists, an array, or a tensor."""
    if isinstance(ids, list | np.ndarray):
        return array.tolist() if isinstance(ids, list) else array
    import torch  # whoever has tensors has it imported already

    return torch.from_numpy(array)
