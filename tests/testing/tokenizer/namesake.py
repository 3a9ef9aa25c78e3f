"""A tokenizer whose class is called like one of seqkit's own."""

from tests.testing.tokenizer.plain import Plain


class CharTokenizer(Plain):
    """A saved folder of it names another class. `>>>`."""
