"""The conformance kit: what every cell, tokenizer, head and checkpoint must keep, as checks that anybody can run.

In a plugin's tests, three lines are the whole file:

    from seqkit.testing import CellContract
    from seqkit_mingru import MinGRU

    class TestMinGRU(CellContract):
        cell = MinGRU

Anywhere else, `check_cell(MinGRU)` gives a report. The kit needs nothing but what seqkit itself needs; pytest finds
its contracts without the kit importing pytest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqkit.testing.cell import CellContract as CellContract
    from seqkit.testing.cell import check_cell as check_cell
    from seqkit.testing.checkpoint import CheckpointContract as CheckpointContract
    from seqkit.testing.checkpoint import check_checkpoint as check_checkpoint
    from seqkit.testing.head import HeadContract as HeadContract
    from seqkit.testing.head import check_head as check_head
    from seqkit.testing.report import Report as Report
    from seqkit.testing.report import Result as Result
    from seqkit.testing.tokenizer import TokenizerContract as TokenizerContract
    from seqkit.testing.tokenizer import check_tokenizer as check_tokenizer

_HOMES = {
    "CellContract": "cell",
    "CheckpointContract": "checkpoint",
    "HeadContract": "head",
    "Report": "report",
    "Result": "report",
    "TokenizerContract": "tokenizer",
    "check_cell": "cell",
    "check_checkpoint": "checkpoint",
    "check_head": "head",
    "check_tokenizer": "tokenizer",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    # Late, so that a fresh process can look at a plugin's import before anything else has been imported.
    if name not in _HOMES:
        raise AttributeError(f"module 'seqkit.testing' has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(f"seqkit.testing.{_HOMES[name]}"), name)
    return value
