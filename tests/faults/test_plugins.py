"""Fake distributions, broken at random, in the quick form: `python -m tests.faults plugins` is the full one."""

import subprocess
import sys

CODE = (
    "from tests.faults import battery; found = battery.run('plugins', count=60); assert found['failures'] == [], found"
)


def test_sixty_broken_distributions_spoil_nothing_and_each_message_names_its_own() -> None:
    """In a process of its own: plugins of strangers are imported into it."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
