"""The paper behind each cell, as torchrecurrent's own documentation links it."""

import re

YEARS = {
    "10.1049/gtd2.12056": 2021,
    "10.1371/journal.pone.0252676": 2021,
    "10.1016/j.neucom.2026.132847": 2026,
    "document/6795963": 1997,
    "gers02a": 2002,
    "jozefowicz15": 2015,
    "Sequence-Modeling-NIPS-2017": 2017,
    "2079-9292/13/16/3204": 2024,
    "v63/gao30": 2016,
}
"""Years of the papers whose links do not tell them as arXiv's do, by a part of the link."""


def source_of(module: type) -> str:
    """Return link and year of the paper that a module's docstring links, or nothing.

    Args:
        module: a cell of torchrecurrent.

    Returns:
        Such as `https://arxiv.org/abs/1603.09420, 2016`.
    """
    links = re.findall(r"<(https?://[^>]+)>", module.__doc__ or "")
    if not links:
        return ""
    paper = re.search(r"arxiv\.org/\w+/(\d\d)\d\d\.", links[0])
    years = [2000 + int(paper[1])] if paper else [year for part, year in YEARS.items() if part in links[0]]
    return f"{links[0]}, {years[0]}" if years else links[0]
