"""The list that the checks of a cell put themselves on."""

from seqkit.testing.checks import Checks

CELL_CHECKS = Checks("cell")
