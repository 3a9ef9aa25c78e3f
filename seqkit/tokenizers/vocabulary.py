"""From texts to a vocabulary: count the tokens, keep the frequent ones, in an order that depends on nothing else."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Tokenizer

from seqkit.errors import TokenizerError
from seqkit.tokenizers.corpus import blocks
from seqkit.tokenizers.cuts import Cut


def count_tokens(backend: Tokenizer, cut: Cut, texts: Iterable[str]) -> Counter[str]:
    """Count the tokens of a corpus, prepared and cut as `backend` will do it.

    Args:
        backend: gives the normalizer.
        cut: how a text is cut.
        texts: strings; read once.

    Raises:
        TokenizerError: there is not one character in the texts.
    """
    counts: Counter[str] = Counter()
    number = 0
    for number, text in enumerate(texts, start=1):  # noqa: B007 - read after the loop
        for block in [text] if cut.pattern is None else blocks(text):
            normal = block if backend.normalizer is None else backend.normalizer.normalize_str(block)
            counts.update(cut.pieces(normal))
    del counts[""]
    if not counts:
        raise TokenizerError(f"the texts are empty: {number} read, with nothing in them to learn a vocabulary from")
    return counts


def most_frequent(
    counts: Counter[str], *, min_frequency: int, limit: int | None, alphabet: Sequence[str] = ()
) -> list[str]:
    """Choose the tokens of a vocabulary, the most frequent first, equally frequent ones by their code points.

    Args:
        counts: how often each token occurs.
        min_frequency: rarer tokens are left out.
        limit: how many to keep at most; None keeps all.
        alphabet: tokens that are kept whatever the counts, before all others.

    Raises:
        TokenizerError: no token is frequent enough.

    Example:
        >>> most_frequent(Counter("abracadabra"), min_frequency=2, limit=3)
        ['a', 'b', 'r']
    """
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    others = [token for token in ranked if counts[token] >= min_frequency and token not in alphabet]
    kept = [*alphabet, *others]
    if not kept:
        raise TokenizerError(
            f"no token occurs min_frequency ({min_frequency}) times; the most frequent, {ranked[0]!r}, occurs "
            f"{counts[ranked[0]]} times: lower min_frequency or give more text"
        )
    return kept[:limit]
