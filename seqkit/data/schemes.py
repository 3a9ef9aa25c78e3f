"""Spans written as a tag for each word: IOB1, BIO and IOBES, read as conlleval reads them, and written anew."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, get_args

from seqkit.errors import DataError

Scheme = Literal["iob1", "bio", "iobes"]

SCHEMES: tuple[str, ...] = get_args(Scheme)

RAW = "raw"
"""In place of a scheme: tags stay as they are."""

_TAG = re.compile(r"[BIES]-.+", re.DOTALL)


class Span(NamedTuple):
    """A stretch of words of one kind: words `begin` to `end` (exclusive)."""

    kind: str
    begin: int
    end: int


def are_spans(names: Iterable[str]) -> bool:
    """Tell whether labels mark spans: each is `O`, or a kind behind `B-`, `I-`, `E-` or `S-`, and not all are `O`.

    Example:
        >>> are_spans(["O", "B-PER", "I-PER"]), are_spans(["NOUN", "VERB"])
        (True, False)
    """
    others = set(names) - {"O"}
    return bool(others) and all(_TAG.fullmatch(name) for name in others)


def read_spans(tags: Sequence[str]) -> list[Span]:
    """Read the spans off tags of any scheme, legal or not, as conlleval does.

    A tag goes on with the span before it if it is `I-` or `E-` of the same kind, and no `E-` or `S-` has closed that
    span; any other tag than `O` begins a span.

    Args:
        tags: a tag for each word of a sentence.

    Returns:
        The spans in their order.

    Source:
        Tjong Kim Sang and Buchholz, "Introduction to the CoNLL-2000 shared task: chunking", 2000 (conlleval).

    Example:
        >>> read_spans(["I-PER", "I-PER", "O", "S-LOC", "I-LOC"])
        [Span(kind='PER', begin=0, end=2), Span(kind='LOC', begin=3, end=4), Span(kind='LOC', begin=4, end=5)]
    """
    spans: list[Span] = []
    open_kind = None  # of the span that the next tag may go on with
    for place, tag in enumerate(tags):
        prefix, _, kind = tag.partition("-")
        if not kind:
            open_kind = None
            continue
        if prefix in "IE" and kind == open_kind:
            spans[-1] = spans[-1]._replace(end=place + 1)
        else:
            spans.append(Span(kind, place, place + 1))
        open_kind = kind if prefix in "BI" else None
    return spans


def write_spans(spans: Iterable[Span], length: int, scheme: Scheme) -> list[str]:
    """Write spans as tags.

    Args:
        spans: spans that do not overlap, in their order.
        length: words of the sentence.
        scheme: `"iob1"`: `B-` only where a span follows one of its kind without a gap; `"bio"`: `B-` begins every
            span; `"iobes"`: `E-` ends it too, and `S-` is a span of one word.

    Example:
        >>> write_spans([Span("PER", 0, 2), Span("LOC", 3, 4)], 4, "iobes")
        ['B-PER', 'E-PER', 'O', 'S-LOC']
    """
    tags = ["O"] * length
    before: Span | None = None
    for span in spans:
        kind, begin, end = span
        tags[begin:end] = [f"I-{kind}"] * (end - begin)
        adjacent = before is not None and before.kind == kind and before.end == begin
        if scheme != "iob1" or adjacent:
            tags[begin] = f"B-{kind}"
        if scheme == "iobes":
            tags[end - 1] = f"E-{kind}" if end - begin > 1 else f"S-{kind}"
        before = span
    return tags


def convert_tags(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """Write tags of any scheme in another; illegal sequences become legal, and mean what conlleval reads in them.

    Example:
        >>> convert_tags(["O", "I-PER", "I-PER", "I-LOC"], "bio")
        ['O', 'B-PER', 'I-PER', 'B-LOC']
    """
    return write_spans(read_spans(tags), len(tags), scheme)


def illegal_places(tags: Sequence[str], scheme: Scheme) -> list[int]:
    """Find the tags that a scheme does not allow where they stand: those that `convert_tags` would change.

    Example:
        >>> illegal_places(["O", "I-PER", "I-PER"], "bio"), illegal_places(["B-PER", "O"], "iobes")
        ([1], [0])
    """
    return [
        place for place, (tag, legal) in enumerate(zip(tags, convert_tags(tags, scheme), strict=True)) if tag != legal
    ]


def scheme_of(sentences: Iterable[Sequence[str]]) -> Scheme | None:
    """Tell which scheme the tags of a data set are written in; None if they mark no spans.

    `E-` and `S-` are IOBES. Data whose spans begin with `I-`, and whose `B-` stand only where spans of one kind touch,
    are IOB1; all else is BIO.

    Args:
        sentences: the tags of each sentence.

    Example:
        >>> scheme_of([["I-PER", "B-PER", "O"]]), scheme_of([["B-PER", "I-PER", "O"]]), scheme_of([["NOUN"]])
        ('iob1', 'bio', None)
    """
    sentences = list(sentences)
    names = {tag for tags in sentences for tag in tags}
    if not are_spans(names):
        return None
    if any(name[:2] in ("E-", "S-") for name in names):
        return "iobes"
    # With no span that tells them apart (every B- follows its own kind, no I- begins one), BIO is the usual case.
    begun_by_i = any(illegal_places(tags, "bio") for tags in sentences)
    return "iob1" if begun_by_i and not any(illegal_places(tags, "iob1") for tags in sentences) else "bio"


def check_tag_scheme(task: str, scheme: str | None) -> None:
    """Refuse a scheme that does not exist, or a task whose labels are none of words.

    Raises:
        DataError: naming the schemes there are, or the task.
    """
    if scheme is None:
        return
    if scheme not in (*SCHEMES, RAW):
        raise DataError(f"tag_scheme is {scheme!r}; expected one of {', '.join((*SCHEMES, RAW))}")
    if task != "token-classification":
        raise DataError(f"tag_scheme is {scheme!r}, but {task} has no tags. Leave it out.")


class Settled(NamedTuple):
    """The tags of a data set in the scheme that is wanted.

    Args:
        sentences: the tags of each sentence.
        scheme: how they are written now; None if they mark no spans.
        found: how they were written.
        illegal: how many tags stood where their scheme does not allow them, and were read as conlleval does.
    """

    sentences: list[list[str]]
    scheme: Scheme | None
    found: Scheme | None
    illegal: int


def settle_tags(sentences: Iterable[Sequence[str]], wanted: str | None = None) -> Settled:
    """Bring the tags of a data set into one scheme, and count what was not legal in it.

    Args:
        sentences: the tags of each sentence.
        wanted: `"bio"`, `"iobes"` or `"iob1"`; None keeps the scheme that they have (IOB1 becomes BIO); `"raw"` leaves
            every tag as it is, illegal ones too.

    Raises:
        DataError: if a scheme is wanted, and the tags mark no spans.

    Example:
        >>> settle_tags([["I-PER", "I-PER"], ["O", "B-LOC"]], "iobes").sentences
        [['B-PER', 'E-PER'], ['O', 'S-LOC']]
    """
    check_tag_scheme("token-classification", wanted)
    rows = [list(tags) for tags in sentences]
    found = scheme_of(rows)
    if found is None:
        if wanted not in (None, RAW) and any(tag != "O" for tags in rows for tag in tags):
            names = ", ".join(sorted({tag for tags in rows for tag in tags})[:5])
            raise DataError(f"tag_scheme is {wanted!r}, but the labels ({names}, …) mark no spans. Leave it out.")
        return Settled(rows, None, None, 0)
    illegal = sum(len(illegal_places(tags, found)) for tags in rows)
    if wanted == RAW:
        return Settled(rows, found, found, illegal)
    scheme: Any = wanted or ("bio" if found == "iob1" else found)
    return Settled([convert_tags(tags, scheme) for tags in rows], scheme, found, illegal)
