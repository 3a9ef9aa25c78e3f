"""Full disks under everything that writes, in the quick form. `python -m tests.faults full_disks` is the full one."""

import subprocess
from pathlib import Path

import pytest

from tests.faults import battery
from tests.faults.lines.full_disks import small_disk


def test_a_full_disk_is_told_and_spoils_nothing(tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path / "disk"):
            pass
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"only root may make a small disk, and not everywhere: {error}")
    found = battery.run("full_disks", count=9)
    assert found["failures"] == []
    assert found["told"] > 0
