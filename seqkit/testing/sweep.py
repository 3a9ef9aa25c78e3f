"""The whole kit over all that is installed: every cell, every tokenizer, every head with every cell both ways.

`python -m seqkit.testing` prints a line for each and the sum of all.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from seqkit import plugins
from seqkit.plugins import PluginInfo
from seqkit.plugins.kinds import BUILT_IN
from seqkit.testing.cell import check_cell
from seqkit.testing.head import check_head
from seqkit.testing.report import Report
from seqkit.testing.tokenizer import check_tokenizer


def sweep(built_in: bool = False) -> Iterator[Report]:
    """Check everything that is installed and works.

    Args:
        built_in: whether to leave out what other distributions offer.

    Yields:
        A report for each cell, for each tokenizer, and for each head with each cell in each direction. A head that
        refuses to read in both directions gets one that skips for that reason.
    """
    cells, tokenizers, heads = (_usable(kind, built_in) for kind in ("cells", "tokenizers", "heads"))
    for row in cells:
        yield check_cell(plugins.get("cells", row.qualified))
    for row in tokenizers:
        yield check_tokenizer(plugins.get("tokenizers", row.qualified))
    for head, cell, both in product(heads, cells, (False, True)):
        kind = plugins.get("heads", head.qualified)
        options: dict[str, Any] = {"cell": cell.name if cell.distribution == BUILT_IN else cell.qualified}
        refusal = check_head(kind, options=options, only=["bidirectional"]) if both else None
        causal = refusal is not None and refusal.skipped
        yield refusal if refusal and causal else check_head(kind, options={**options, "bidirectional": both})


def total(reports: Iterable[Report]) -> str:
    """Count all results of several reports: `ran 388, skipped 9, failed 0 in 23 reports`."""
    every = list(reports)
    ran, skipped, failed = (sum(getattr(report, what) for report in every) for what in ("ran", "skipped", "failed"))
    return f"ran {ran}, skipped {skipped}, failed {failed} in {len(every)} reports"


def main() -> int:
    """Print a line for each report, those with a failure in full, and the sum; returns whether anything failed."""
    reports = []
    for report in sweep():
        reports.append(report)
        print(report if report.failed else f"{report.name}: {report.summary}", flush=True)
    print(total(reports))
    return int(any(report.failed for report in reports))


def _usable(kind: str, built_in: bool) -> list[PluginInfo]:
    rows = [row for row in plugins.list_plugins(kind) if row.status in ("ok", "shadowed", "ambiguous")]
    return [row for row in rows if row.distribution == BUILT_IN or not built_in]
