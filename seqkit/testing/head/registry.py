"""The list that the checks of a head put themselves on."""

from seqkit.testing.checks import Checks

HEAD_CHECKS = Checks("head")
