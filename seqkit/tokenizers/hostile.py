"""A `tokenizer.json` that may come from anybody, looked over before the `tokenizers` library makes anything of it.

The library compiles and runs what a file says: a regular expression may take it years, or panic; a replacement may
make gigabytes of a line; an id may be any number. So a file may hold the parts that seqkit's own tokenizers are made
of, and plain ones that have nothing to set, and no others.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from seqkit.annotations import show
from seqkit.errors import SeqkitError, TokenizerError
from seqkit.tokenizers.cuts import Cut, untrained

PARTS = ("normalizer", "pre_tokenizer", "decoder")

PLAIN = (
    *("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Strip", "BertNormalizer", "BertPreTokenizer"),
    *("Whitespace", "WhitespaceSplit", "Punctuation", "Digits", "UnicodeScripts", "Fuse"),
)
"""Parts that do their work in linear time, and give no more than they were given. No set: a type may be anything."""

NAMED = 64
"""How many added tokens are looked at as names of special tokens: training adds four, first of all."""

LONGEST_NAME, LONGEST_PADDING = 256, 2**20
"""Characters of a special token's name; tokens that every text is filled up to."""


def check(made: dict[str, Any], cuts: Iterable[Cut], place: str, error: type[SeqkitError] = TokenizerError) -> None:
    """Refuse a file that holds what seqkit's tokenizers are not made of, or ids that are not 0 to n-1.

    Args:
        made: what `tokenizer.json` holds.
        cuts: the ways to cut a text that its tokenizer has.
        place: the file, for the message.
        error: the class of the error.

    Raises:
        SeqkitError: of the class `error`, telling what is wrong and where.
    """
    added = made.get("added_tokens") or []
    if not isinstance(added, list) or not all(isinstance(token, dict) for token in added):
        raise error(f"{place}: added_tokens is no list of tokens. Get or train the tokenizer again.")
    names = [token["content"] for token in added if isinstance(token.get("content"), str)]
    if len(names) < len(added) or not all(0 < len(name) <= LONGEST_NAME for name in names[:NAMED]):
        raise error(f"{place}: an added token has no name of 1 to {LONGEST_NAME} characters. Get or train it again.")
    known = _known(tuple(cuts), names[:NAMED])
    for part in PARTS:
        for node in _nodes(made.get(part)):
            if not (isinstance(node, dict) and (node.get("type") in PLAIN or any(agree(node, own) for own in known))):
                raise error(
                    f"{place}: {part} holds {json.dumps(node)[:120]}, which this tokenizer is not made of. "
                    "Get or train it again."
                )
    _check_ids(made, added, place, error)
    _check_padding(made.get("padding"), place, error)


def agree(found: Any, own: Any) -> bool:
    """Tell whether two parts agree in all they both say: other versions of the library may write more, or less.

    Example:
        >>> agree({"type": "Split", "invert": False}, {"type": "Split"}), agree({"type": "Split"}, {"type": "Fuse"})
        (True, False)
    """
    if isinstance(found, dict) and isinstance(own, dict):
        return found.get("type") == own.get("type") and all(agree(found[key], own[key]) for key in found.keys() & own)
    return bool(found == own) and type(found) is type(own)


def _nodes(part: Any) -> Iterator[Any]:
    """Yield the parts of a sequence one by one."""
    if isinstance(part, dict) and part.get("type") == "Sequence":
        inner = [value for key, value in part.items() if key != "type"]
        for value in inner:
            for each in value if isinstance(value, list) else [value]:
                yield from _nodes(each)
    elif part is not None:
        yield part


def _known(cuts: tuple[Cut, ...], names: list[str]) -> list[Any]:
    """Return the parts that training makes of these cuts, whatever its options."""
    four = [*names, "<pad>", "<unk>"][: max(2, len(names))]
    made = [json.loads(untrained(cut, four, lowercase=True, nfc=True).to_str()) for cut in cuts]
    return [node for each in made for part in PARTS for node in _nodes(each[part])]


def _check_ids(made: dict[str, Any], added: list[dict[str, Any]], place: str, error: type[SeqkitError]) -> None:
    model: Any = made.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    if not isinstance(vocabulary, dict):
        raise error(f"{place}: the model has no vocabulary of tokens by name. Get or train it again.")
    unknown = model.get("unk_token")
    if model.get("type", "WordLevel") == "WordLevel" and (not isinstance(unknown, str) or unknown not in vocabulary):
        raise error(f"{place}: the unknown token {show(unknown)} is not in the vocabulary. Get or train it again.")
    ids = list({**vocabulary, **{token.get("content"): token.get("id") for token in added}}.values())
    ids = [None if isinstance(number, bool | list | dict) else number for number in ids]
    counted = Counter(number for number in ids if type(number) is int)
    wrong = [number for number in ids if counted[number] != 1 or not 0 <= number < len(ids)]
    if wrong:
        raise error(
            f"{place}: the vocabulary of {len(ids)} tokens must have the ids 0 to {len(ids) - 1}, each once, but id "
            f"{show(wrong[0])} is doubled or out of place. Get or train it again."
        )


def _check_padding(padding: Any, place: str, error: type[SeqkitError]) -> None:
    """Refuse padding to a length that would take all memory with the first text."""
    if padding is None:
        return
    strategy = padding.get("strategy") if isinstance(padding, dict) else None
    sizes = [strategy.get("Fixed"), padding.get("pad_to_multiple_of")] if isinstance(strategy, dict) else [0]
    if strategy is None or any(size is not None and not _is_size(size) for size in sizes):
        raise error(f"{place}: padding is {json.dumps(padding)[:120]}; expected a length. Get or train it again.")


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LONGEST_PADDING
