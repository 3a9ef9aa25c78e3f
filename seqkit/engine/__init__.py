"""How a cell is run over time: plans, padding and direction, written once for every cell."""

from seqkit.engine.directions import run_directions
from seqkit.engine.masks import dropout_seed
from seqkit.engine.run import PLANS, Choice, Noise, Plan, choose, run

__all__ = ["PLANS", "Choice", "Noise", "Plan", "choose", "dropout_seed", "run", "run_directions"]
