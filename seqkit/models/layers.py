"""One layer of a network: a cell in one or two directions, with what stands around it."""

import torch
from torch import Tensor, nn
from transformers import initialization
from transformers.modeling_layers import GradientCheckpointingLayer

from seqkit.cells.base import Cell, State
from seqkit.config import RNNConfig
from seqkit.engine import Noise, Plan, run_directions
from seqkit.engine.masks import Masks


def build_cell(config: RNNConfig, input_size: int, hidden_size: int | None = None) -> Cell:
    """Build the cell that a configuration names, of its `hidden_size` unless another is given."""
    return config.cell_class()(input_size, hidden_size or config.hidden_size, **config.cell_options or {})


class RNNLayer(GradientCheckpointingLayer):
    """One recurrent layer: (B, T, D) -> (B, T, H), or (B, T, 2H) in both directions.

    Its state is the forward cell's tensors followed by the backward cell's.

    Args:
        config: the model's configuration.
        input_size: width D of its input.
    """

    def __init__(self, config: RNNConfig, input_size: int) -> None:
        super().__init__()
        self.input_size, self.cell_name = input_size, config.cell
        self.cells = nn.ModuleList(build_cell(config, input_size) for _ in range(2 if config.bidirectional else 1))
        self.initial_state = self._initial_state() if config.learn_initial_state else None
        self.norm = nn.LayerNorm(config.output_size) if config.layer_norm else None
        self.residual = config.residual and input_size == config.output_size
        self.noise = Noise(config.weight_dropout, config.recurrent_dropout, config.zoneout)
        self.plan: Plan = "auto"

    @property
    def directions(self) -> list[Cell]:
        """The cells: forward, and backward if there is one."""
        return [cell for cell in self.cells if isinstance(cell, Cell)]

    def _initial_state(self) -> nn.ParameterList:
        """Make parameters (1, ·) of the cells' own initial states."""
        rows = (tensor for cell in self.directions for tensor in cell.init_state(1))
        return nn.ParameterList(nn.Parameter(row.clone()) for row in rows)

    def reset_initial_state(self) -> None:
        """Begin learning the initial state from the cells' own."""
        if self.initial_state is not None:
            rows = (tensor for cell in self.directions for tensor in cell.rebuild().init_state(1))
            for parameter, row in zip(self.initial_state, rows, strict=True):
                initialization.copy_(parameter, row)

    def init_state(self, batch_size: int) -> State:
        """Return the state before the first token: learnt, or the cells' own."""
        if self.initial_state is not None:
            return tuple(row.expand(batch_size, *row.shape[1:]) for row in self.initial_state)
        return tuple(tensor for cell in self.directions for tensor in cell.init_state(batch_size))

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        state: State | None = None,
        need_state: bool = True,
        masks: Masks | None = None,
        resets: Tensor | None = None,
    ) -> tuple[Tensor, State | None]:
        """Run the layer.

        Args:
            x: input (B, T, D).
            mask: true at real tokens, (B, T), or None.
            state: the state of before, or None for the initial one.
            need_state: whether the final state is wanted.
            masks: where the masks of dropout come from; None draws them anew.
            resets: true where the state is set back to the initial one, (B, T), or None.

        Returns:
            The output (B, T, H or 2H), and the final state or None.
        """
        fresh = self.init_state(x.shape[0]) if state is None or resets is not None else None
        state = fresh if state is None else state
        y, final = run_directions(
            self.directions,
            x,
            state,
            mask,
            plan=self.plan,
            noise=self.noise,
            need_state=need_state,
            masks=masks,
            resets=resets,
            fresh=fresh,
        )
        return self.finish(x, y, mask), final

    def finish(self, x: Tensor, y: Tensor, mask: Tensor | None = None) -> Tensor:
        """Normalise the cells' output y and add the layer's input x, both (..., H), as configured."""
        if self.norm is not None:
            y = self.norm(y)
        if self.residual:
            y = y + x
        if mask is not None and (self.norm is not None or self.residual):
            y = torch.where(mask[..., None], y, 0.0)
        return y
