"""Names that come when they are asked for, and only those."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from seqkit.lazy import lazy

PACKAGES = sorted(
    f"seqkit.{path.parent.name}"
    for path in (Path(__file__).parents[1] / "seqkit").glob("*/__init__.py")
    if "lazy(__name__" in path.read_text(encoding="utf-8")
)


def test_nothing_is_imported_before_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "sleepy"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "bed.py").write_text("Pillow = 'soft'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    look_up, names = lazy("sleepy", {"Pillow": "bed"})
    assert names() == ["Pillow"]
    assert "sleepy.bed" not in sys.modules
    assert look_up("Pillow") == "soft"
    with pytest.raises(AttributeError, match="module 'sleepy' has no attribute 'Blanket'"):
        look_up("Blanket")


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_of_a_lazy_package_is_there(name: str) -> None:
    package = import_module(name)
    assert set(dir(package)) == set(package.__all__)
    assert all(getattr(package, public) is not None for public in package.__all__)


def test_the_packages_are_found() -> None:
    assert {"seqkit.data", "seqkit.tokenizers", "seqkit.training"} <= set(PACKAGES)
