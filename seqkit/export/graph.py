"""A model as the two graphs want it: plain tensors in, plain tensors out."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from seqkit.cells.base import State
from seqkit.export.ports import Port
from seqkit.runtime.whole import new


class GraphModule(nn.Module):
    """Scores and state of a model, from tensors in the order of their ports.

    Args:
        model: the model, in evaluation mode.
        given: its inputs.
        one_step: whether one token of each row comes in.
    """

    def __init__(self, model: Any, given: Sequence[Port], one_step: bool) -> None:
        super().__init__()
        self.model, self.one_step = model, one_step
        self.names = [port.name for port in given]
        self.outputs = ("logits", *(new(name) for name in self.names if name.startswith("state.")))
        self.cell = model.config.cell

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Return scores (B, T, ·), or (B, ·) of one step or one decision, and the new state if there is one."""
        given = dict(zip(self.names, tensors, strict=True))
        state = [given.pop(name) for name in self.names if name.startswith("state.")]
        if self.one_step:
            given = {name: tensor[:, None] for name, tensor in given.items()}
        carried: dict[str, Any] = {"initial_state": self._layers(state), "return_state": True} if state else {}
        outputs = self.model(**given, use_cache=False, **carried)
        logits = outputs.logits[:, 0] if self.one_step else outputs.logits
        return logits, *(tensor for layer in outputs.state or () for tensor in layer)

    def _layers(self, state: list[Tensor]) -> tuple[State, ...]:
        share = len(state) // len(self.model.rnn_layers)
        return tuple(tuple(state[i : i + share]) for i in range(0, len(state), share))
