import sys
from pathlib import Path

import pytest

from seqkit.plugins.source import Source, locate

CLASS = "\n\nclass X:\n    '''What X is.'''\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that raises when it is imported."""
    folder = tmp_path / "fake_source"
    (folder / "sub").mkdir(parents=True)
    (folder / "__init__.py").write_text("from .sub.cell import X as Y\nraise RuntimeError")
    (folder / "sub" / "__init__.py").write_text("from . import cell\nfrom .cell import X\nfrom ..loop import Z")
    (folder / "sub" / "cell.py").write_text(CLASS)
    (folder / "loop.py").write_text("from fake_source.sub import Z")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


@pytest.mark.parametrize("value", ["fake_source.sub.cell:X", "fake_source.sub:X", "fake_source:Y"])
def test_class_is_followed_to_where_it_is_written(package: Path, value: str) -> None:
    assert locate(value) == Source(str(package / "sub" / "cell.py"), 3, "What X is.")
    assert "fake_source" not in sys.modules


def test_class_that_is_not_there(package: Path) -> None:
    assert locate("fake_source.sub.cell:Y") == Source(str(package / "sub" / "cell.py"))


def test_imports_in_a_circle_end(package: Path) -> None:
    assert locate("fake_source.sub:Z").line is None


@pytest.mark.parametrize("value", ["", "nosuch:X", "fake_source.nosuch:X", "fake_source.sub.cell.deep:X", "sys:X"])
def test_module_without_source(package: Path, value: str) -> None:
    assert locate(value) == Source()


def test_source_that_cannot_be_parsed(package: Path) -> None:
    (package / "loop.py").write_text("def broken(:")
    assert locate("fake_source.loop:X") == Source(str(package / "loop.py"))


def test_odd_escapes_in_a_source_raise_no_warning(package: Path, recwarn: pytest.WarningsRecorder) -> None:
    (package / "loop.py").write_text("PATTERN = '\\d'" + CLASS)
    assert locate("fake_source.loop:X").doc == "What X is."
    assert not recwarn.list


def test_built_in_is_found_without_importing_it() -> None:
    source = locate("seqkit.cells.lstm:LSTM")
    assert source.file is not None
    assert source.file.endswith("lstm.py")
    assert (source.doc or "").startswith("Long short-term memory")


def test_options_and_paper_are_read_as_they_are_written(site) -> None:
    (site.folder / "fake_options.py").write_text(
        "class A:\n    '''A.\n\n    Source:\n        Somebody, \"It\",\n        1999.\n\n    Example:\n        none\n"
        "    '''\n"
        "    def __init__(self, size, a: int = 3, *, b: str, c=None): ...\n\nclass B: ...\n"
    )
    source = locate("fake_options:A")
    assert source.options == ("a: int = 3", "c = None")
    assert source.paper == 'Somebody, "It", 1999.'
    assert (locate("fake_options:B").options, locate("fake_options:B").paper) == ((), "")


@pytest.mark.parametrize(
    "value", ["seqkit.models:RNNForTokenClassification", "seqkit:RNNForTokenClassification", "fake_source.loop:Head"]
)
def test_what_a_head_serves_is_read_from_it_or_its_bases(package: Path, value: str) -> None:
    (package / "loop.py").write_text(
        "import seqkit.models.token_classification\nfrom seqkit import RNNForTokenClassification as Tagger\n"
        "class Mixin: other = 3\n"
        "class Base(Mixin, seqkit.models.token_classification.RNNForTokenClassification): other = 'x'\n"
        "try:\n    class Head(Base): '''A head.'''\nexcept ImportError: pass\n"
    )
    assert locate(value).serves == "AutoModelForTokenClassification"
    assert "fake_source" not in sys.modules


@pytest.mark.parametrize("base", ["", "(Head)", "(Other)", "(made())", "(nosuch.Base)", "(fake_source.loop.Head)"])
def test_what_serves_nothing_serves_nothing(package: Path, base: str) -> None:
    (package / "loop.py").write_text(
        f"import fake_source.loop\nclass Head{base}:\n    auto_class_name = None\nclass Other(Head): pass\n"
    )
    assert locate("fake_source.loop:Head").serves == ""
