"""Files written for a test, and the real data sets where they are."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[[str, str | bytes], Path]
Real = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file, every byte as given."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def real() -> Real:
    """Give a file of the real data sets, or skip."""

    def real(name: str) -> Path:
        folder = os.environ.get("SEQKIT_DATA")
        if not folder:
            pytest.skip("SEQKIT_DATA does not name a folder with the real data sets")
        path = Path(folder) / name
        if not path.exists():
            pytest.skip(f"{path} is not there")
        return path

    return real
