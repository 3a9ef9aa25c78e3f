"""One token at a time: the network of a language model without what only whole sequences need."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit.cells.base import Cell, State
from seqkit.engine.int8 import affine
from seqkit.engine.single import single

if TYPE_CHECKING:
    from seqkit.models.causal_lm import RNNForCausalLM

TABLE_BYTES = 64 * 2**20
"""Most that the projections of tokens may take; then they are forgotten and begun anew."""


class Projections:
    """What the first layer makes of each token before any state comes in, computed once a token.

    A text has few different tokens, and `cell.project` looks at one step at a time; so the product of input weights
    and embedding, half of an LSTM's work, is done once for each and looked up afterwards.

    Args:
        cell: the first layer's cell.
        embedding: the vectors of all tokens (V, D).
        expected: how many tokens are to be read; where the vocabulary has no more, it is computed in one product.
    """

    def __init__(self, cell: Cell, embedding: Tensor, expected: int) -> None:
        self.cell = cell
        self.embedding = embedding
        self.rows: dict[int, Tensor] = {}
        self.limit = TABLE_BYTES // self._compute([0])[0].nbytes
        if len(embedding) <= min(expected, self.limit):
            self._add(list(range(len(embedding))))

    def __call__(self, tokens: list[int]) -> Tensor:
        """Return the projections (B, P) of the tokens of B rows."""
        if len(tokens) == 1 and (row := self.rows.get(tokens[0])) is not None:
            return row
        if missing := [token for token in dict.fromkeys(tokens) if token not in self.rows]:
            if len(self.rows) + len(missing) > self.limit:
                self.rows, missing = {}, list(dict.fromkeys(tokens))
            self._add(missing)
        return torch.cat([self.rows[token] for token in tokens])

    def _add(self, tokens: list[int]) -> None:
        """Add the projections of some tokens."""
        self.rows.update(zip(tokens, self._compute(tokens).split(1), strict=True))

    def _compute(self, tokens: list[int]) -> Tensor:
        """Compute the projections (N, P) of N tokens in one product."""
        return self.cell.project(F.embedding(torch.tensor(tokens), self.embedding)[:, None])[:, 0]


class Stepper:
    """Steps a language model on by one token; equal to its `forward` on one place, and far cheaper.

    Weights are read when it is made: make one for a text, do not keep it.

    Args:
        model: the language model, in evaluation mode.
        state: the states of all layers, tensors (B, ·); they are left as they are.
        expected: how many tokens are to be read.
    """

    def __init__(self, model: "RNNForCausalLM", state: tuple[State, ...], expected: int = 0) -> None:
        self.layers = model.rnn_layers
        self.embedding = model.get_input_embeddings().weight
        self.cells = [layer.directions[0] for layer in self.layers]
        self.steps = [
            single(cell, part, layer.noise.zoneout)
            for cell, part, layer in zip(self.cells, state, self.layers, strict=True)
        ]
        self.plain = [layer.norm is None and not layer.residual for layer in self.layers]
        self.projections = Projections(self.cells[0], self.embedding, expected)
        self.head = affine(model.lm_head.weight, model.lm_head.bias)

    @property
    def state(self) -> tuple[State, ...]:
        """The states of all layers after the tokens read so far, copied."""
        return tuple(tuple(t.clone() for t in step.state) for step in self.steps)

    def __call__(self, tokens: list[int]) -> tuple[Tensor, Tensor]:
        """Read the next token of each row.

        Args:
            tokens: B ids.

        Returns:
            Scores of the tokens that may follow (B, V), and the last layer's output (B, H), which the next call may
            overwrite.
        """
        p = self.projections(tokens)
        x = p if self.plain[0] else F.embedding(torch.tensor(tokens), self.embedding)
        for index, step in enumerate(self.steps):
            if index:
                p = self.cells[index].project(x[:, None])[:, 0]
            y = step(p)
            x = y if self.plain[index] else self.layers[index].finish(x, y)
        return self.head(x), x
