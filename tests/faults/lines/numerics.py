"""The table of invariances: every cell, head, direction, plan and dtype against padding, company, chunks and files.

Cells and their plans are run by the engine; heads with each cell as whole models. In float32 results may differ by
1e-6 of their size, in bfloat16 by 2^-6; float64 gradients are compared with finite differences.
"""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seqkit import RNNCache, plugins
from seqkit.engine import run as run_cell
from seqkit.errors import ConfigError
from seqkit.plugins.kinds import BUILT_IN
from seqkit.testing.cell.bench import CellBench, H, T, follow, plans
from seqkit.testing.head.bench import HeadBench, batch, beside
from tests.faults.battery import Counts, Tally

FULL = 10_000
UNIT = "cells of the table"

DTYPES = {torch.float32: 1e-6, torch.bfloat16: 2.0**-6}
FILLS = {"zeros": 0.0, "huge": 1e30, "nan": torch.nan}
LENGTHS = (T, 4, 1, 0)


class Bench(CellBench):
    """Cells of one width inside and out: some read nothing else."""

    def fresh(self) -> Any:
        return self.kind(H, H, **self.options)


def run(count: int, seed: int = 0) -> Counts:
    """Fill the table; where fewer cells are asked for, an even choice of them."""
    torch.manual_seed(seed)
    places = list(table())
    step = max(1, len(places) / count)
    chosen = [places[int(number * step)] for number in range(min(count, len(places)))]
    tally, rows = Tally(), {}
    for name, check, given in chosen:
        torch.manual_seed(seed)
        kind = name.partition(":")[0]
        rows[kind] = rows.get(kind, 0) + 1
        try:
            wrong = check(*given)
        except ConfigError:  # a head that reads one way only, a plan that a dtype has not: refused by name
            tally.right("refused")
            continue
        except Exception as error:  # a cell of the table that raises is a failure, not the end of the table
            wrong = f"{type(error).__name__}: {str(error)[:200]}"
        tally.wrong(f"{name}: {wrong}") if wrong else tally.right("equal")
    return {**tally.counts(), "whole_table": len(places), "table": rows}


def table() -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    """Give every place of the table: its name, its check, and what the check is given."""
    cells = [row for row in plugins.list_plugins("cells") if row.status in ("ok", "shadowed", "ambiguous")]
    heads = [row for row in plugins.list_plugins("heads") if row.status in ("ok", "shadowed", "ambiguous")]
    for row in cells:
        kind = plugins.get("cells", row.qualified)
        cell = Bench(kind).make()
        for plan, reverse, dtype in itertools.product(plans(cell), (False, True), DTYPES):
            where = f"{row.name}, {plan}, {'backward' if reverse else 'forward'}, {dtype}"
            for side, fill in itertools.product(("left", "right", "both"), FILLS):
                yield f"padding: {where}, {fill} {side}", padded, (kind, plan, reverse, dtype, side, FILLS[fill])
            yield f"company: {where}", company, (kind, plan, reverse, dtype)
            if plan != "loop":
                yield f"plans: {where}", against_loop, (kind, plan, reverse, dtype)
            if not reverse:
                yield f"chunks: {where}", chunks, (kind, plan, dtype)
        yield f"gradcheck: {row.name}", slopes, (kind,)
    for head, row, both in itertools.product(heads, cells, (False, True)):
        options = {"cell": row.name if row.distribution == BUILT_IN else row.qualified, "bidirectional": both}
        bench = HeadBench(plugins.get("heads", head.qualified), options)
        where = f"{head.name} of {row.name}, {'both' if both else 'one'}"
        for side in ("left", "right"):
            yield f"head padding: {where}, {side}", head_padded, (bench, side)
        yield f"head company: {where}", head_company, (bench,)
        if not both:
            yield f"head state: {where}", head_state, (bench,)


def differ(found: Tensor, expected: Tensor, dtype: torch.dtype) -> str:
    """Say by how much two results differ beyond what is allowed, relative to 1 or to the larger."""
    found, expected = found.detach().double(), expected.detach().double()
    if found.shape != expected.shape:
        return f"{tuple(found.shape)} and {tuple(expected.shape)}"
    if not found.numel():
        return ""
    off = ((found - expected).abs() / expected.abs().clamp(min=1)).max().item()
    return "" if off <= DTYPES[dtype] else f"they differ by {off:.2g}, more than {DTYPES[dtype]:.2g}"


def worst(pairs: Iterator[tuple[Tensor, Tensor]], dtype: torch.dtype) -> str:
    return next(filter(None, (differ(one, other, dtype) for one, other in pairs)), "")


def padded(kind: Any, plan: Any, reverse: bool, dtype: torch.dtype, side: str, fill: float) -> str:
    """Rows alone, and together with padding of any content on any side: outputs, and states."""
    cell = Bench(kind).make(dtype)
    rows = [torch.randn(length, H, dtype=dtype) for length in LENGTHS]
    x, mask = torch.full((len(rows), T, H), fill, dtype=dtype), torch.zeros(len(rows), T, dtype=torch.bool)
    for index, row in enumerate(rows):
        first = {"left": T - len(row), "right": 0, "both": (T - len(row)) // 2}[side]
        x[index, first : first + len(row)], mask[index, first : first + len(row)] = row, True
    y, final = follow(cell, x, plan=plan, mask=mask, reverse=reverse)
    pairs = []
    for index, row in enumerate(rows):
        alone, last = follow(cell, row[None], plan=plan, reverse=reverse)
        pairs += [(y[index, mask[index]], alone[0])]
        pairs += [(one[index], other[0]) for one, other in zip(final, last, strict=True)]
    return worst(iter(pairs), dtype)


def company(kind: Any, plan: Any, reverse: bool, dtype: torch.dtype) -> str:
    """A row alone, and among others, of which one is NaN altogether."""
    cell, x = Bench(kind).make(dtype), torch.randn(4, T, H, dtype=dtype)
    alone, last = follow(cell, x[:1], plan=plan, reverse=reverse)
    x[3] = torch.nan
    y, final = follow(cell, x, plan=plan, reverse=reverse)
    return worst(iter([(y[:1], alone), *((one[:1], other) for one, other in zip(final, last, strict=True))]), dtype)


def against_loop(kind: Any, plan: Any, reverse: bool, dtype: torch.dtype) -> str:
    """A plan against the loop, the naive twin."""
    cell, x = Bench(kind).make(dtype), torch.randn(3, T, H, dtype=dtype)
    (y, final), (expected, last) = (follow(cell, x, plan=each, reverse=reverse) for each in (plan, "loop"))
    return worst(iter([(y, expected), *zip(final, last, strict=True)]), dtype)


def chunks(kind: Any, plan: Any, dtype: torch.dtype) -> str:
    """A sequence as a whole, and in parts of every length with the state carried."""
    cell, x = Bench(kind).make(dtype), torch.randn(2, T, H, dtype=dtype)
    _, before = follow(cell, torch.randn(2, 2, H, dtype=dtype))
    whole, final = follow(cell, x, before, plan)
    pairs = []
    for size in range(1, T):
        parts, state = [], before
        for part in x.split(size, 1):
            y, state = follow(cell, part, state, plan)
            parts.append(y)
        pairs += [(torch.cat(parts, 1), whole), *zip(state, final, strict=True)]
    return worst(iter(pairs), dtype)


def slopes(kind: Any) -> str:
    """Gradients in float64, of inputs and parameters, against finite differences."""
    cell, x = Bench(kind).make(torch.float64), torch.randn(2, 3, H, dtype=torch.float64).requires_grad_()
    leaves = [parameter for parameter in cell.parameters() if parameter.requires_grad]

    def outputs(x: Tensor, *_: Tensor) -> tuple[Tensor, ...]:
        y, final = run_cell(cell, x, plan="loop")
        return (y, *(final or ()))

    return "" if torch.autograd.gradcheck(outputs, (x, *leaves), raise_exception=False) else "gradients differ"


def head_padded(bench: HeadBench, side: str) -> str:
    """A model's scores of rows alone, and padded with ids that mean something."""
    model, ids = bench.make(), batch()
    length = ids.shape[1]
    pad = batch(len(ids), 3)
    mask = torch.ones_like(ids)
    both = [pad, ids] if side == "left" else [ids, pad]
    masks = [torch.zeros_like(pad), mask] if side == "left" else [mask, torch.zeros_like(pad)]
    places = slice(3, None) if side == "left" else slice(length)
    with torch.no_grad():
        alone = model(ids, attention_mask=mask, **beside(model, ids)).logits
        found = model(torch.cat(both, 1), attention_mask=torch.cat(masks, 1), **beside(model, ids)).logits
    return differ(bench.real(found, places), alone, torch.float32)


def head_company(bench: HeadBench) -> str:
    """A model's scores of a row alone and in a batch."""
    model, ids = bench.make(), batch()
    with torch.no_grad():
        together = model(ids, **beside(model, ids)).logits
        alone = model(ids[:1], **beside(model, ids[:1])).logits
    return differ(together[:1], alone, torch.float32)


def head_state(bench: HeadBench) -> str:
    """A model goes on from a state that was saved and loaded as from the one in memory."""
    model, ids = bench.make(), batch()
    if model.is_encoder_decoder:
        return ""
    try:
        with torch.no_grad():
            whole = model(ids, use_cache=True, output_hidden_states=True)
    except (ConfigError, TypeError):
        return ""
    if getattr(whole, "past_key_values", None) is None:
        return ""
    with tempfile.TemporaryDirectory() as name, torch.no_grad():
        state = model(ids[:, :3], use_cache=True).past_key_values
        state.save(Path(name) / "state.safetensors")
        again = RNNCache.load(Path(name) / "state.safetensors")
        rest = model(ids[:, 3:], past_key_values=again, use_cache=True, output_hidden_states=True)
    # The layers' outputs: what a CRF decides depends on the whole sentence.
    return differ(rest.hidden_states[-1], whole.hidden_states[-1][:, 3:], torch.float32)
