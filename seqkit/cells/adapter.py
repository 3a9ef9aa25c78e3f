"""Cells of others: any module `cell(x, state)`, such as `torch.nn.LSTMCell`, as a cell of seqkit."""

import inspect
import sys
from collections.abc import Callable
from typing import Any, ClassVar, get_type_hints

import torch
from torch import Tensor, nn

from seqkit.cells.base import Cell, State
from seqkit.errors import ConfigError

SCALAR = (bool, int, float, str)
"""What an option may be: a configuration is JSON, so no functions, modules or devices."""

Result = tuple[Tensor, State]


class AdaptedCell(Cell):
    """A cell that leaves its step to a module of another package; `adapt` makes the classes.

    The input goes into the step as it is: `project` cannot know which products of the module need no state. Recurrent
    weights are not declared either, for only the module knows them.

    Args:
        input_size: size D of an input vector.
        hidden_size: size H of the output.
        options: options of the module.

    Attributes:
        module: the module that takes the steps; its parameters are the cell's, under `module.`.
        state_shapes: shapes of the tensors of the state, without the batch.

    Raises:
        ConfigError: if the module refuses the options, or what it returns cannot be read.
    """

    module_class: ClassVar[type[nn.Module]]
    separate_output: ClassVar[bool] = False
    states: ClassVar[int | None] = None

    def __init__(self, input_size: int, hidden_size: int, **options: Any) -> None:
        super().__init__(input_size, hidden_size)
        try:
            # Not every module knows of torch's default device: some put one tensor there and one elsewhere.
            with torch.device("cpu"):
                self.module = self.module_class(input_size, hidden_size, **options)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{self.module_class.__name__} refuses its sizes or cell_options: {error}") from error
        self.state_shapes = self.probe()
        self.module.to(torch.get_default_device())

    def probe(self) -> tuple[torch.Size, ...]:
        """Take a step from no state, and return the shapes of the state that comes of it."""
        x = next(self.parameters(), torch.empty(())).new_zeros(1, self.input_size)
        given = None if self.states is None else (x.new_zeros(1, self.hidden_size),) * self.states
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            h, state = self.read(self.module(x) if given is None else self.module(x, self.packed(given)))
        if h.shape != (1, self.hidden_size) or any(tensor.shape[:1] != (1,) for tensor in state):
            found = [tuple(tensor.shape) for tensor in (h, *state)]
            raise ConfigError(
                f"{self.module_class.__name__} gives an output and a state of shapes {found}; "
                f"expected ({self.hidden_size},) and any others, each after the batch of 1."
            )
        return tuple(tensor.shape[1:] for tensor in state)

    def init_state(self, batch_size: int) -> State:
        """Return zeros of the state's shapes, (B, ·) each."""
        like = next(self.parameters(), torch.empty(()))
        return tuple(like.new_zeros(batch_size, *shape) for shape in self.state_shapes)

    def step(self, p: Tensor, state: State) -> tuple[Tensor, State]:
        """Take one step of the module: x (B, D) and the state of before -> output (B, H) and the new state."""
        return self.read(self.module(p, self.packed(state)))

    def packed(self, state: State) -> Any:
        """Return a state as the module takes it: one tensor by itself, several as a tuple."""
        return state[0] if len(state) == 1 else state

    def read(self, result: Any) -> Result:
        """Return output and state of what the module returned: a state, whose first tensor is h, or both."""
        if isinstance(result, Tensor):
            return result, (result,)
        nested = isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], tuple | list)
        output, state = result if nested or self.separate_output else (result[0], result)
        return output, (state,) if isinstance(state, Tensor) else tuple(state)


def adapt(
    module: type[nn.Module],
    *,
    name: str | None = None,
    source: str = "",
    separate_output: bool = False,
    states: int | None = None,
) -> type[Cell]:
    """Make a cell class of a module class whose instances are called as `cell(x, state)`, from x (B, D).

    The module returns the new state, a tensor or a tuple of tensors of which the first is the output; or the output
    and the state. Called without a state it begins from zeros. Its options become the cell's: the parameters of its
    constructor after `input_size` and `hidden_size` that a configuration can hold.

    Args:
        module: the module class, such as `torch.nn.GRUCell`.
        name: the class's name; default the module's, without `Cell` at its end.
        source: where its equations are from: paper and year, for the docstring.
        separate_output: whether of two tensors that are returned the second alone is the state; default False.
        states: how many tensors (B, H) the state has, for a module that must be given one; default None, which finds
            them by a call without a state.

    Returns:
        The class: register it, or name it in an entry point of the group `seqkit.cells`.

    Raises:
        TypeError: if the module's constructor cannot be called with an input size and a hidden size alone.

    Example:
        >>> Adapted = adapt(nn.LSTMCell, name="Adapted")
        >>> [tuple(tensor.shape) for tensor in Adapted(3, 2, bias=False).init_state(4)]
        [(4, 2), (4, 2)]
    """
    title = name or module.__name__.removesuffix("Cell")
    about = f"`{module.__module__}.{module.__qualname__}` as a cell.\n\n{inspect.getdoc(module) or ''}".rstrip()
    contents = {
        "__init__": constructor(module),
        "__doc__": f"{about}\n\nSource:\n    {source}\n" if source else f"{about}\n",
        # As `collections.namedtuple` does: the class belongs to whoever asked for it, and can be pickled there.
        "__module__": sys._getframe(1).f_globals.get("__name__", __name__),
        "module_class": module,
        "separate_output": separate_output,
        "states": states,
    }
    return type(title, (AdaptedCell,), contents)


def constructor(module: type[nn.Module]) -> Callable[..., None]:
    """Return an `__init__` with the module's options, by which a configuration checks them."""
    given = list(inspect.signature(module).parameters.values())
    sizes, others = given[:2], given[2:]
    lacking = [p.name for p in others if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if len(sizes) < 2 or lacking:
        raise TypeError(
            f"{module.__name__}{inspect.signature(module)} cannot become a cell: expected an input size and a hidden "
            "size, and defaults for all else. Write a subclass of the module whose constructor says so."
        )

    def __init__(self: AdaptedCell, input_size: int, hidden_size: int, **options: Any) -> None:
        AdaptedCell.__init__(self, input_size, hidden_size, **options)

    hints, kind = get_type_hints(module.__init__), inspect.Parameter.KEYWORD_ONLY
    options = {option.name: option for option in others if isinstance(option.default, SCALAR)}
    kinds = {name: hints.get(name, type(option.default)) for name, option in options.items()}
    heads = list(inspect.signature(__init__).parameters.values())[:3]
    rest = [option.replace(kind=kind, annotation=kinds[name]) for name, option in options.items()]
    __init__.__signature__ = inspect.Signature([*heads, *rest])  # type: ignore[attr-defined]
    __init__.__annotations__ = {"input_size": int, "hidden_size": int, **kinds}
    return __init__
