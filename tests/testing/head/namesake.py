"""A head whose class is called like one of seqkit's own."""

from tests.testing.head.plain import Plain


class RNNForTokenClassification(Plain):
    """A saved folder of it names another class. `>>>`."""
