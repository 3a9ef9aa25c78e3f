"""Korean pages are those that they translate: the same code, tables of the same size, the same pictures and pages."""

import re
from pathlib import Path

import pytest

from tests.pages import ROOT, blocks, headings

KOREAN = sorted((ROOT / "docs" / "ko").glob("*.md"))


def read(page: Path) -> tuple[str, str]:
    """Return a Korean page and its English one."""
    return page.read_text(encoding="utf-8"), (ROOT / "docs" / page.name).read_text(encoding="utf-8")


def test_the_first_two_pages_are_translated() -> None:
    assert {page.name for page in KOREAN} >= {"start.md", "five-shapes.md"}


@pytest.mark.parametrize("page", KOREAN, ids=lambda page: page.stem)
def test_code_and_order_are_those_of_the_english_page(page: Path) -> None:
    korean, english = read(page)
    assert blocks(korean) == blocks(english)
    assert len(headings(korean)) == len(headings(english))
    assert korean.count("\n|") == english.count("\n|")


@pytest.mark.parametrize("page", KOREAN, ids=lambda page: page.stem)
def test_names_in_code_and_links_are_those_of_the_english_page(page: Path) -> None:
    korean, english = read(page)
    code = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
    assert {*code.findall(english)} == {*code.findall(korean)}
    target = re.compile(r"\]\((?:\.\./)?(?:ko/)?([\w./-]+)\)")
    own = {page.name, "five-shapes.md"}  # each leads to the other language, and the first to the second
    assert {*target.findall(english)} - own == {*target.findall(korean)} - own


@pytest.mark.parametrize("page", KOREAN, ids=lambda page: page.stem)
def test_each_leads_to_the_other(page: Path) -> None:
    korean, english = read(page)
    assert f"[English](../{page.name})" in korean
    assert f"[한국어](ko/{page.name})" in english
    assert len(re.findall("[가-힣]", korean)) > 400
