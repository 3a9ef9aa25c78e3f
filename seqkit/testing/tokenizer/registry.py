"""The list that the checks of a tokenizer put themselves on."""

from seqkit.testing.checks import Checks

TOKENIZER_CHECKS = Checks("tokenizer")
