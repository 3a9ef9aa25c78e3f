"""A bar for rows that come from files, on a terminal only, and beside the output."""

from collections.abc import Iterator
from typing import Any

EVERY = 256
"""Rows between two looks at the bar."""


def with_bar(source: Any, wanted: bool = True, console: Any = None) -> Iterator[Any]:
    """Give the rows of a source, and show on stderr how far they are and how fast they go.

    Args:
        source: `Place`s of rows, and, if it has one, their `total`.
        wanted: whether a bar is of use; on anything but a terminal there is none.
        console: where to; default stderr.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = console or Console(stderr=True)
    columns = [BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]} rows"), TimeElapsedColumn()]
    left = [TextColumn("left"), TimeRemainingColumn()]
    with Progress(
        *columns, *left, console=console, transient=True, disable=not (wanted and console.is_terminal)
    ) as bar:
        task = bar.add_task("", total=getattr(source, "total", None), rows=0)
        for count, place in enumerate(source, start=1):
            yield place.value
            if count % EVERY == 0:
                bar.update(task, completed=place.position, rows=f"{count:,}")
