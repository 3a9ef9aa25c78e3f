"""The table of invariances: every cell, head, direction, plan and dtype against padding, company, chunks and files.

Cells and their plans are run by the engine; heads with each cell as whole models. Results may differ by 1e-6 of their
size in float32 and by 2^-6 in bfloat16, or by what the cell makes of one rounding of what is handed from step to step:
those are told by name. Gradients in float64 are compared with finite differences.
"""

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
from tests.faults.conditioning import reach

FULL = 10_000
UNIT = "cells of the table"

Pairs = list[tuple[Tensor, Tensor]]
"""What is found, and what was expected."""

DTYPES = {torch.float32: 1e-6, torch.bfloat16: 2.0**-6}
FILLS = {"zeros": 0.0, "huge": 1e30, "nan": torch.nan}
LENGTHS = (T, 4, 1, 0)


class Bench(CellBench):
    """Cells of one width inside and out: some read nothing else."""

    def fresh(self) -> Any:
        return self.kind(H, H, **self.options)


@dataclass(frozen=True)
class Numbers:
    """What a check computes in: numbers of a dtype, or the same numbers, where `fine`, in float64."""

    dtype: torch.dtype
    fine: bool = False

    def __call__(self, drawn: Any) -> Any:
        """Round what was drawn, a tensor or a module."""
        return drawn.to(self.dtype).double() if self.fine else drawn.to(self.dtype)


def run(count: int, seed: int = 0) -> Counts:
    """Fill the table; where fewer cells are asked for, an even choice of them."""
    torch.manual_seed(seed)
    places = list(table())
    step = max(1, len(places) / count)
    chosen = [places[int(number * step)] for number in range(min(count, len(places)))]
    tally, rows, amplified = Tally(), {}, {}
    for name, check, given in chosen:
        kind = name.partition(":")[0]
        rows[kind] = rows.get(kind, 0) + 1
        try:
            wrong = differ(filled(check, given, seed), given["numbers"].dtype)
            if wrong:
                wrong, amplified[name] = rounded(check, given, seed)
        except ConfigError:  # a head that reads one way only or keeps no state, a plan that a dtype has not
            tally.right("refused")
            continue
        except Exception as error:  # a cell of the table that raises is a failure, not the end of the table
            wrong = f"{type(error).__name__}: {str(error)[:200]}"
        tally.wrong(f"{name}: {wrong}") if wrong else tally.right("amplified" if name in amplified else "equal")
    return {**tally.counts(), "whole_table": len(places), "table": rows, "beyond": amplified}


def table() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Give every place of the table: its name, its check, and what the check is given."""
    cells = [row for row in plugins.list_plugins("cells") if row.status in ("ok", "shadowed", "ambiguous")]
    heads = [row for row in plugins.list_plugins("heads") if row.status in ("ok", "shadowed", "ambiguous")]
    for row in cells:
        kind = plugins.get("cells", row.qualified)
        cell = Bench(kind).make()
        for plan, reverse, dtype in itertools.product(plans(cell), (False, True), DTYPES):
            where = f"{row.name}, {plan}, {'backward' if reverse else 'forward'}, {dtype}"
            forward = {"kind": kind, "plan": plan, "numbers": Numbers(dtype)}
            given = {**forward, "reverse": reverse}
            for side, fill in itertools.product(("left", "right", "both"), FILLS):
                yield f"padding: {where}, {fill} {side}", padded, {**given, "side": side, "fill": FILLS[fill]}
            yield f"company: {where}", company, given
            if plan != "loop":
                yield f"plans: {where}", against_loop, given
            if not reverse:
                yield f"chunks: {where}", chunks, forward
        yield f"gradcheck: {row.name}", slopes, {"kind": kind, "numbers": Numbers(torch.float64)}
    for head, row, both in itertools.product(heads, cells, (False, True)):
        options = {"cell": row.name if row.distribution == BUILT_IN else row.qualified, "bidirectional": both}
        given = {"bench": HeadBench(plugins.get("heads", head.qualified), options), "numbers": Numbers(torch.float32)}
        where = f"{head.name} of {row.name}, {'both' if both else 'one'}"
        for side in ("left", "right"):
            yield f"head padding: {where}, {side}", head_padded, {**given, "side": side}
        yield f"head company: {where}", head_company, given
        if not both:
            yield f"head state: {where}", head_state, given


def filled(check: Any, given: dict[str, Any], seed: int) -> Pairs:
    """Make a check: the same numbers each time, and in each dtype."""
    torch.manual_seed(seed)
    return [(found.detach().double(), expected.detach().double()) for found, expected in check(**given)]


def differ(pairs: Pairs, dtype: torch.dtype, allowed: list[Tensor] | None = None) -> str:
    """Say by how much results differ beyond what is allowed, by default relative to 1 or to the larger."""
    for index, (found, expected) in enumerate(pairs):
        if found.shape != expected.shape:
            return f"{tuple(found.shape)} and {tuple(expected.shape)}"
        limit = DTYPES[dtype] * size(expected) if allowed is None else allowed[index]
        off = (found - expected).abs()
        if not bool((off <= limit).all()):
            worst = (off / limit).argmax()
            return f"they differ by {off.flatten()[worst]:.2g}, more than {limit.flatten()[worst]:.2g}"
    return ""


def size(tensor: Tensor) -> Tensor:
    return tensor.abs().clamp(min=1)


def rounded(check: Any, given: dict[str, Any], seed: int) -> tuple[str, dict[str, float]]:
    """Ask of results that differ by more than is usual whether that is what the cell makes of a rounding.

    They may differ by what becomes of one rounding of all that is handed to a step (see `conditioning`), if in float64
    they differ by as much less as that is finer: a rounding shrinks with the precision, a fault does not.

    Returns:
        What is wrong, and the worst place in numbers.
    """
    dtype = given["numbers"].dtype
    fine = {**given, "numbers": replace(given["numbers"], fine=True)}
    looped = {**fine, "plan": "loop"} if "plan" in given else fine
    found, truth = filled(check, given, seed), filled(check, fine, seed)
    carried = reach(lambda: [expected for _, expected in filled(check, looped, seed)])
    coarse, finest = (torch.finfo(each).eps for each in (dtype, torch.float64))
    usual = [DTYPES[dtype] * size(expected) for _, expected in truth]
    limits = [torch.maximum(least, coarse * each) for least, each in zip(usual, carried, strict=True)]
    wrong = differ(found, dtype, limits) or differ(truth, dtype, [limit * finest / coarse for limit in limits])
    return wrong, told(found, truth, limits)


def told(pairs: Pairs, fine: Pairs, limits: list[Tensor]) -> dict[str, float]:
    """Return the largest difference, what is allowed there, and how far both are from the result in float64.

    All of it is relative to 1 or to the result.
    """
    sides = ([one for one, _ in pairs], [other for _, other in pairs], [other for _, other in fine], limits)
    found, expected, truth, allowed = (torch.cat([each.flatten() for each in side]) for side in sides)
    place = ((found - expected).abs() / size(truth)).argmax()
    numbers = {"differ": found - expected, "allowed": allowed, "first": found - truth, "second": expected - truth}
    return {name: float(f"{(each.abs() / size(truth))[place]:.2g}") for name, each in numbers.items()}


def padded(kind: Any, plan: Any, reverse: bool, numbers: Numbers, side: str, fill: float) -> Pairs:
    """Rows alone, and together with padding of any content on any side: outputs, and states."""
    cell = numbers(Bench(kind).make())
    rows = [numbers(torch.randn(length, H)) for length in LENGTHS]
    x, mask = numbers(torch.full((len(rows), T, H), fill)), torch.zeros(len(rows), T, dtype=torch.bool)
    for index, row in enumerate(rows):
        first = {"left": T - len(row), "right": 0, "both": (T - len(row)) // 2}[side]
        x[index, first : first + len(row)], mask[index, first : first + len(row)] = row, True
    y, final = follow(cell, x, plan=plan, mask=mask, reverse=reverse)
    pairs = []
    for index, row in enumerate(rows):
        alone, last = follow(cell, row[None], plan=plan, reverse=reverse)
        pairs += [(y[index, mask[index]], alone[0])]
        pairs += [(one[index], other[0]) for one, other in zip(final, last, strict=True)]
    return pairs


def company(kind: Any, plan: Any, reverse: bool, numbers: Numbers) -> Pairs:
    """A row alone, and among others, of which one is NaN altogether."""
    cell, x = numbers(Bench(kind).make()), numbers(torch.randn(4, T, H))
    alone, last = follow(cell, x[:1], plan=plan, reverse=reverse)
    x[3] = torch.nan
    y, final = follow(cell, x, plan=plan, reverse=reverse)
    return [(y[:1], alone), *((one[:1], other) for one, other in zip(final, last, strict=True))]


def against_loop(kind: Any, plan: Any, reverse: bool, numbers: Numbers) -> Pairs:
    """A plan against the loop, the naive twin."""
    cell, x = numbers(Bench(kind).make()), numbers(torch.randn(3, T, H))
    (y, final), (expected, last) = (follow(cell, x, plan=each, reverse=reverse) for each in (plan, "loop"))
    return [(y, expected), *zip(final, last, strict=True)]


def chunks(kind: Any, plan: Any, numbers: Numbers) -> Pairs:
    """A sequence as a whole, and in parts of every length with the state carried."""
    cell, x = numbers(Bench(kind).make()), numbers(torch.randn(2, T, H))
    _, before = follow(cell, numbers(torch.randn(2, 2, H)))
    whole, final = follow(cell, x, before, plan)
    pairs = []
    for size in range(1, T):
        parts, state = [], before
        for part in x.split(size, 1):
            y, state = follow(cell, part, state, plan)
            parts.append(y)
        pairs += [(torch.cat(parts, 1), whole), *zip(state, final, strict=True)]
    return pairs


def slopes(kind: Any, numbers: Numbers) -> Pairs:
    """Gradients in float64, of inputs and parameters, against finite differences."""
    cell, x = numbers(Bench(kind).make()), numbers(torch.randn(2, 3, H)).requires_grad_()
    leaves = [parameter for parameter in cell.parameters() if parameter.requires_grad]

    def outputs(x: Tensor, *_: Tensor) -> tuple[Tensor, ...]:
        y, final = run_cell(cell, x, plan="loop")
        return (y, *(final or ()))

    torch.autograd.gradcheck(outputs, (x, *leaves))
    return []


def head_padded(bench: HeadBench, numbers: Numbers, side: str) -> Pairs:
    """A model's scores of rows alone, and padded with ids that mean something."""
    model, ids = numbers(bench.make()), batch()
    length = ids.shape[1]
    pad = batch(len(ids), 3)
    mask = torch.ones_like(ids)
    both = [pad, ids] if side == "left" else [ids, pad]
    masks = [torch.zeros_like(pad), mask] if side == "left" else [mask, torch.zeros_like(pad)]
    places = slice(3, None) if side == "left" else slice(length)
    with torch.no_grad():
        alone = model(ids, attention_mask=mask, **beside(model, ids)).logits
        found = model(torch.cat(both, 1), attention_mask=torch.cat(masks, 1), **beside(model, ids)).logits
    return [(bench.real(found, places), alone)]


def head_company(bench: HeadBench, numbers: Numbers) -> Pairs:
    """A model's scores of a row alone and in a batch."""
    model, ids = numbers(bench.make()), batch()
    with torch.no_grad():
        together = model(ids, **beside(model, ids)).logits
        alone = model(ids[:1], **beside(model, ids[:1])).logits
    return [(together[:1], alone)]


def head_state(bench: HeadBench, numbers: Numbers) -> Pairs:
    """A model goes on from a state that was saved and loaded as from the one in memory."""
    model, ids = numbers(bench.make()), batch()
    try:
        with torch.no_grad():
            whole = None if model.is_encoder_decoder else model(ids, use_cache=True, output_hidden_states=True)
    except TypeError:
        whole = None
    if getattr(whole, "past_key_values", None) is None:
        raise ConfigError("It keeps no state to go on from.")
    with tempfile.TemporaryDirectory() as name, torch.no_grad():
        state = model(ids[:, :3], use_cache=True).past_key_values
        state.save(Path(name) / "state.safetensors")
        again = RNNCache.load(Path(name) / "state.safetensors")
        rest = model(ids[:, 3:], past_key_values=again, use_cache=True, output_hidden_states=True)
    # The layers' outputs: what a CRF decides depends on the whole sentence.
    return [(rest.hidden_states[-1], whole.hidden_states[-1][:, 3:])]
