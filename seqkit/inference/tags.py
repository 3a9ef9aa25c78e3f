"""From tags of tokens to names of words; nothing here needs torch."""

from collections.abc import Iterable, Iterator, Sequence


def of_words(tags: Sequence[int], word_ids: Sequence[int | None], count: int) -> list[int | None]:
    """Return the tag of each word: that of its first token; None for a word that no token stands for.

    Args:
        tags: the tag of each token.
        word_ids: the word that each token belongs to; None for special tokens.
        count: the number of words.
    """
    found: list[int | None] = [None] * count
    for tag, word in zip(tags, word_ids, strict=True):
        if word is not None and found[word] is None:
            found[word] = tag
    return found


def name_tags(tags: Iterable[int | None], names: dict[int, str], scheme: str | None) -> Iterator[str | None]:
    """Give tags their names, in BIO where the model writes IOBES.

    Args:
        tags: the tag of each word, None where there is none.
        names: the model's `id2label`.
        scheme: the scheme of these names; a word without a tag is `O` if there is one.
    """
    before = "O"
    for tag in tags:
        name = ("O" if scheme else None) if tag is None else names[tag]
        if scheme == "iobes" and name is not None:
            after = name
            name = _bio(before, name)
            before = after
        yield name


def _bio(before: str, tag: str) -> str:
    """Write one IOBES tag in BIO: it goes on with the span of the tag before it, or begins one (as conlleval reads)."""
    prefix, _, kind = tag.partition("-")
    if not kind:
        return "O"
    goes_on = prefix in "IE" and before[:2] in ("B-", "I-") and before[2:] == kind
    return f"{'I' if goes_on else 'B'}-{kind}"
