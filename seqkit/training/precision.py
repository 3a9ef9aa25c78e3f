"""Whether a recipe's bfloat16 pays on this machine."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import torch

GAIN = 0.8
"""Share of float32's time that bfloat16 may take at most to be worth its rounding."""

ROUNDS = 5


@cache
def bfloat16_pays() -> bool:
    """Tell whether this machine multiplies matrices faster in bfloat16 than in float32.

    A processor with instructions for it takes half to two thirds of the time; others take up to three times as long.
    It is tried with a product of some milliseconds, once in a process.
    """
    if torch.accelerator.is_available():
        return True
    single, half = (shortest(product(dtype)) for dtype in (torch.float32, torch.bfloat16))
    return half < GAIN * single


def product(dtype: torch.dtype) -> Callable[[], Any]:
    """Return a product as a recurrent network has it, (512, 512) x (512, 2048)."""
    x, weight = torch.ones(512, 512, dtype=dtype), torch.ones(2048, 512, dtype=dtype)
    return lambda: torch.nn.functional.linear(x, weight)


def shortest(run: Callable[[], Any]) -> float:
    """Return the least seconds of some runs: what else the machine does only adds to them."""
    run()
    found = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        run()
        found.append(time.perf_counter() - started)
    return min(found)


def settle_precision(plan: dict[str, Any], given: dict[str, str]) -> str | None:
    """Take bfloat16 out of a recipe's training arguments where it would slow the training down.

    Args:
        plan: the recipe's training arguments; they are changed.
        given: the user's own, which have the last word.

    Returns:
        What there is to tell, or None.
    """
    if not plan.get("bf16") or {"bf16", "fp16"} & given.keys() or bfloat16_pays():
        return None
    plan["bf16"] = False
    return "float32, since this machine multiplies no faster in bfloat16 (--bf16 true has it all the same)"
