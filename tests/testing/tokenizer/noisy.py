"""A module that changes an environment variable at import."""

import os
import sys

from tests.testing.tokenizer.plain import Plain


class Noisy(Plain):
    """Its module is not quiet. `>>>`."""


if sys.argv[0].endswith("child.py"):  # not in the process that runs the tests
    os.environ["TOKENIZERS_PARALLELISM"] = "perhaps"
