"""Which tags may follow each other, read off their names: BIO (B-, I-) and BIOES (also E-, S-)."""

from collections.abc import Sequence


def parts(label: str) -> tuple[str, str]:
    """Return prefix and kind of a label: `"B-PER"` -> `("B", "PER")`, `"O"` -> `("O", "")`."""
    prefix, _, kind = label.partition("-")
    return prefix, kind


def is_scheme(labels: Sequence[str]) -> bool:
    """Tell whether labels are spans in BIO or BIOES, and so constrain each other."""
    found = [parts(label) for label in labels]
    spans = [prefix for prefix, kind in found if kind]
    # Spans of two words at most have no I- in BIOES.
    return (
        "B" in spans
        and ("I" in spans or "E" in spans)
        and all((kind and p in "BIES") or (p, kind) == ("O", "") for p, kind in found)
    )


def may_follow(before: str, after: str, closing: bool) -> bool:
    """Tell whether a label may stand behind another; `"O"` stands for the edges of a sequence too.

    Args:
        before: the label of a place.
        after: the label of the next place.
        closing: whether spans end with E- or S- (BIOES), so that B- and I- must go on.
    """
    (p, kind), (q, next_kind) = parts(before), parts(after)
    inside = p in ("B", "I") and bool(kind)
    if q in ("I", "E"):
        return inside and kind == next_kind
    return not (closing and inside)


def moves(labels: Sequence[str]) -> list[list[bool]]:
    """Return for each label, and at last for the edge, which labels, and at last the edge, may follow."""
    names = [*labels, "O"]
    if not is_scheme(labels):
        return [[True] * len(names) for _ in names]
    closing = any(parts(label)[0] in ("E", "S") and parts(label)[1] for label in labels)
    return [[may_follow(before, after, closing) for after in names] for before in names]
