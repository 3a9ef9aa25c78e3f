"""How a text is cut into tokens and put together again, as parts of the `tokenizers` library."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import WordLevel

_WORD_JOINER = "\u2060"  # an invisible character that stands inside no word
_NONCHARACTER = "\uffff"  # a code point that Unicode keeps out of all text


@dataclass(frozen=True)
class Cut:
    """One way to cut a text into tokens.

    Args:
        pattern: a regular expression (Oniguruma's syntax); None leaves every text whole.
        exact: True: what the pattern matches are the tokens, nothing is lost, and tokens are put together as they are.
            False: what the pattern matches is dropped, and tokens are put together with a space.

    Example:
        >>> Cut(r"[0-9]+|[^0-9]", exact=True).pieces("12:5")
        ['12', ':', '5']
    """

    pattern: str | None
    exact: bool

    def pieces(self, text: str) -> Iterable[str]:
        """Cut one text; gives its tokens in order."""
        if self.pattern == CHARACTERS.pattern:
            return text  # a string is the sequence of its characters already: 20 times as fast
        splitter = self.pre_tokenizer()
        return [text] if splitter is None else [piece for piece, _ in splitter.pre_tokenize_str(text)]

    def pre_tokenizer(self) -> pre_tokenizers.PreTokenizer | None:
        """Give the library's object that cuts, or None where nothing is cut."""
        if self.pattern is None:
            return None
        return pre_tokenizers.Split(Regex(self.pattern), "isolated" if self.exact else "removed")

    def decoder(self, names: Sequence[str]) -> decoders.Decoder:
        """Give the library's object that puts tokens together; `names` are the special tokens' names."""
        if self.exact:
            return decoders.Fuse()
        literals = [decoders.Replace(_stand_in(name), name) for name in names]
        # WordPiece's decoder is the one that joins with spaces; no token begins with the prefix it would glue.
        return decoders.Sequence([*literals, decoders.WordPiece(prefix=_NONCHARACTER, cleanup=False)])

    def normalizer(self, names: Sequence[str], *, lowercase: bool, nfc: bool) -> normalizers.Normalizer | None:
        """Give the library's object that prepares a text, or None where a text is taken as it is."""
        steps: list[normalizers.Normalizer] = []
        if nfc:
            steps.append(normalizers.NFC())
        if lowercase:
            steps.append(normalizers.Lowercase())
        if not self.exact:
            steps.extend(_spell_out(name) for name in names)
        return normalizers.Sequence(steps) if steps else None


CHARACTERS = Cut(r"[\s\S]", exact=True)
"""Every character (code point) is a token."""

WORDS = Cut(r"\s|\w+|[^\w\s]", exact=True)
"""Words, single marks and single blanks are tokens: the text can be put together again."""

WHITESPACE = Cut(r"\s+", exact=False)
"""What stands between blanks is a token; the blanks are dropped."""

WHOLE = Cut(None, exact=False)
"""Every text, or every word of a pre-split text, is one token."""


def _stand_in(name: str) -> str:
    return name[0] + _WORD_JOINER + name[1:]


def _spell_out(name: str) -> normalizers.Normalizer:
    """Keep a word that is spelled like a special token apart from it.

    Where words are not cut up further, the word `<s>` and the special token `<s>` would be one entry of the vocabulary.
    So the word stands there with an invisible joiner after its first character. Only that character is matched:
    the library would otherwise give the word's offsets as those of its last character.
    """
    first, rest = re.escape(name[0]), re.escape(name[1:])
    return normalizers.Replace(Regex(rf"(?<!\S){first}(?={rest}(?!\S))"), _stand_in(name)[:2])


def untrained(cut: Cut, names: Sequence[str], *, lowercase: bool, nfc: bool) -> Tokenizer:
    """Build the library's tokenizer with everything but a vocabulary.

    Args:
        cut: how to cut.
        names: the special tokens' names, the unknown token's second.
        lowercase: turn letters into small ones first.
        nfc: compose characters first (Unicode's normal form C).
    """
    backend = Tokenizer(WordLevel(unk_token=names[1]))
    normalizer, pre_tokenizer = cut.normalizer(names, lowercase=lowercase, nfc=nfc), cut.pre_tokenizer()
    if normalizer is not None:
        backend.normalizer = normalizer
    if pre_tokenizer is not None:
        backend.pre_tokenizer = pre_tokenizer
    backend.decoder = cut.decoder(names)
    return backend
