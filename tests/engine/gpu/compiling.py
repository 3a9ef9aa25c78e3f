"""Compiles kernels for a GPU that need not be there: Triton brings the assembler along."""

from collections.abc import Iterator
from typing import Any

import torch

from seqkit.engine.gpu import TRITON
from seqkit.engine.gpu.emit import is_matrix
from seqkit.engine.gpu.target import DEPTH
from seqkit.engine.kernel import link, write_step
from seqkit.engine.target import Kernel
from seqkit.engine.trace import Traced

NAMES = {torch.float32: "fp32", torch.float64: "fp64", torch.bfloat16: "bf16", torch.float16: "fp16"}


def kernels(traced: Traced) -> Iterator[Kernel]:
    """Write the kernels of a step in Triton, there and back."""
    program = write_step(traced, True, TRITON)
    link(program)
    for stage in program.stages:
        yield from (kernel for kernel in (stage.forward, stage.backward) if kernel is not None)


def compiled_for_hopper(kernel: Kernel, dtype: torch.dtype) -> Any:
    """Compile a kernel for tensors of a dtype and return what Triton made of it; its `asm` holds the machine's code."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    rows, columns = kernel.layout.tile(16)
    constants: dict[str, Any] = {"ROWS": rows, "COLUMNS": columns, "DEPTH": DEPTH, "PRECISION": "ieee"}
    types = ["i32", "i32"]
    for place in kernel.layout.places:
        added_up = place.startswith("d_weight") and dtype.itemsize < 4
        types.append("*" + ("i1" if place.startswith("mask") else "fp32" if added_up else NAMES[dtype]))
        types += ["i32"] * (2 if is_matrix(place) else 1)
    types += ["constexpr"] * len(constants)
    signature = dict(zip(kernel.function.arg_names, types, strict=True))
    source = ASTSource(kernel.function, signature=signature, constexprs=constants)
    return triton.compile(source, target=GPUTarget("cuda", 90, 32))
