"""What a language for kernels must offer the engine: C++ for CPUs, Triton for GPUs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from seqkit.engine.columns import Output
from seqkit.engine.trace import Node
from seqkit.engine.walk import Act, Place


@dataclass(frozen=True)
class Term:
    """One product that a kernel computes by itself: `left (B, K) @ matrix (K, G)`, or `@ matrix.t()`.

    Args:
        product: its place among the products of the step.
        left: name of the tensor that is multiplied.
        depth: columns of `left`.
        matrix: name of the weight.
        turned: whether the matrix is taken transposed, as on the way back.
    """

    product: int
    left: str
    depth: int
    matrix: str
    turned: bool


@dataclass(frozen=True)
class Sum:
    """What an input of a kernel is, if not simply read: the sum of products, of a bias, and of what is read.

    Args:
        terms: the products.
        bias: name of the bias (G,), or None.
        read: whether the input's own tensor is added too.
    """

    terms: tuple[Term, ...]
    bias: str | None = None
    read: bool = False


@dataclass
class Kernel:
    """One function, and the names of the tensors that it reads and then of those that it writes.

    Args:
        name: the function's name.
        reads: what it reads.
        writes: what it writes.
        code: its text.
        multiplied: the step's products that it computes itself.
        layout: what its target has to know of it to start it.
        function: the function, once it is linked.
    """

    name: str
    reads: list[str]
    writes: list[str]
    code: str
    multiplied: frozenset[int] = frozenset()
    layout: Any = None
    function: Any = None


@dataclass(frozen=True)
class Request:
    """What a kernel shall do.

    Args:
        name: the function's name.
        reads: the inputs.
        outputs: what to write, by name.
        batch: the batch size of the trace.
        sums: inputs that are products, by name; only of targets that fuse them.
        down: whether the rows, if they are taken one after the other, are taken from the last to the first.
    """

    name: str
    reads: Sequence[Node]
    outputs: dict[str, Output]
    batch: int
    sums: dict[str, Sum] = field(default_factory=dict)
    down: bool = False

    @property
    def weights(self) -> set[Node]:
        """The inputs that are the same for all rows."""
        return {node for node in self.reads if node.name.startswith("weight")}


class Target(Protocol):
    """A language, and what runs it."""

    fuses: bool
    """Whether a kernel without sums over a row computes the products before it too."""

    def obstacle(self, tensor: Tensor) -> str | None:
        """Tell why a tensor's device or dtype is none of this target's; None if it is."""

    def write(self, request: Request, dtype: torch.dtype) -> Kernel:
        """Write a kernel that computes in `dtype`."""

    def link(self, kernels: Sequence[Kernel], dtype: torch.dtype) -> None:
        """Give kernels their functions.

        Raises:
            BuildError: if the compiler is missing or fails.
        """

    def bind(self, kernel: Kernel, places: dict[str, Place], rows: int) -> Act:
        """Return a kernel as a function of the step's number."""

    def walk(self, acts: Sequence[Act], times: range) -> None:
        """Take steps one after the other; each does all acts in order."""
