import sys
import types
from pathlib import Path

import pytest

from seqkit.cells import LSTM
from seqkit.cells.base import Cell
from seqkit.plugins.loading import is_value_of, judge, load
from tests import fresh


def write(site, source: str) -> None:
    (site.folder / "fake_loading.py").write_text(source)


def test_load_gives_the_class() -> None:
    assert load("cells", "seqkit.cells.lstm:LSTM") == (LSTM, "", None)


@pytest.mark.parametrize(
    ("source", "fault", "cause"),
    [
        ("1 / 0", "raised ZeroDivisionError: division by zero", ZeroDivisionError),
        ("import no_such_module", "raised ModuleNotFoundError: No module named 'no_such_module'", ImportError),
        ("def broken(:", "raised SyntaxError: invalid syntax", SyntaxError),
        ("import sys; sys.exit(3)", "raised SystemExit: 3", SystemExit),
        ("raise BaseException('rust panicked')", "raised BaseException: rust panicked", BaseException),
        ("raise ValueError('two\\nlines')", "raised ValueError: two lines", ValueError),
        ("x = 1", "has no attribute 'Cell_'", AttributeError),
        (
            "class Odd(Exception):\n    def __str__(self): raise TypeError\nraise Odd",
            "raised fake_loading.Odd: <exception str() failed>",
            Exception,
        ),
    ],
)
def test_failure_is_told_with_its_cause(site, source: str, fault: str, cause: type[BaseException]) -> None:
    write(site, source)
    cls, told, error = load("cells", "fake_loading:Cell_")
    assert cls is None
    assert fault in told
    assert "\n" not in told
    assert isinstance(error, cause)


def test_keyboard_interrupt_passes_through(site) -> None:
    write(site, "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load("cells", "fake_loading:Cell_")


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("Cell_ = 3", "fake_loading:Cell_ is a int, not a class"),
        ("def Cell_(): pass", "is a function, not a class"),
        ("class Cell_: pass", "does not descend from Cell of seqkit.cells.base, as every cell must"),
        ("class Cell: pass\nclass Cell_(Cell): pass", "does not descend from Cell of seqkit.cells.base"),
        ("from seqkit.cells.base import Cell as Cell_", "does not descend from Cell of seqkit.cells.base"),
    ],
)
def test_wrong_type_is_told(site, source: str, fault: str) -> None:
    write(site, source)
    cls, told, error = load("cells", "fake_loading:Cell_")
    assert cls is None
    assert fault in told
    assert error is None


def test_each_kind_is_judged_by_its_own_base() -> None:
    assert judge("cells", LSTM) == ""
    assert "PreTrainedTokenizerBase of transformers, as every tokenizer must" in judge("tokenizers", LSTM)
    assert "RNNPreTrainedModel of seqkit.models, as every head must" in judge("heads", LSTM)


def test_is_value_of_looks_only_at_what_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = types.ModuleType("lazy_module")
    lazy.__getattr__ = lambda name: pytest.fail("a lazy attribute was asked for")  # type: ignore[method-assign]
    monkeypatch.setitem(sys.modules, "lazy_module", lazy)
    assert is_value_of("seqkit.cells:LSTM", LSTM)
    assert not is_value_of("seqkit.cells:GRU", LSTM)
    assert not is_value_of("lazy_module:LSTM", LSTM)
    assert not is_value_of("not_imported:Cell", Cell)


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ("cells", "seqkit.cells.base"),
        ("tokenizers", "transformers.tokenization_utils_base"),
        ("heads", "seqkit.models.base"),
    ],
)
def test_what_a_kind_stands_on_is_no_part_of_the_plugins_own_seconds(kind: str, needed: str, tmp_path: Path) -> None:
    (tmp_path / "early.py").write_text(f"import sys; raise ImportError({needed!r} in sys.modules)")
    code = f"from seqkit.plugins.loading import load; print(load({kind!r}, 'early:X')[1])"
    assert fresh.printed(code, tmp_path, tmp_path) == ["importing early:X raised ImportError: True"]
