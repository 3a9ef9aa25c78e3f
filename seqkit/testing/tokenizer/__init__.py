"""The kit for tokenizers: what a trained tokenizer must keep, and the contract that tests it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from transformers import PreTrainedTokenizerBase

from seqkit.testing.contract import Contract, title
from seqkit.testing.report import Report
from seqkit.testing.tokenizer.bench import TokenizerBench
from seqkit.testing.tokenizer.registry import TOKENIZER_CHECKS

# Each adds its checks to the list, in this order.
from seqkit.testing.tokenizer import encoding, keeping  # isort: skip

__all__ = ["TOKENIZER_CHECKS", "TokenizerContract", "check_tokenizer", "encoding", "keeping"]


def check_tokenizer(
    tokenizer: type[PreTrainedTokenizerBase],
    *,
    options: dict[str, Any] | None = None,
    only: Sequence[str] | None = None,
) -> Report:
    """Run the checks on a tokenizer.

    Args:
        tokenizer: the class; its classmethod `train(texts, **options)` gives a tokenizer, as those of seqkit do.
        options: options of `train`; None is its defaults.
        only: ids of the checks to run; None is all.

    Returns:
        The report; `report.raise_for_failures()` makes an error of it.

    Raises:
        ValueError: if `only` names a check that does not exist.

    Example:
        >>> from seqkit import CharTokenizer
        >>> print(check_tokenizer(CharTokenizer, only=["ids-dense", "empty-text"]).summary)
        ran 2, skipped 0, failed 0
    """
    return TOKENIZER_CHECKS.run(title(tokenizer, options), TokenizerBench(tokenizer, options or {}), only)


class TokenizerContract(Contract):
    """What a tokenizer must keep, as tests: `class TestJamo(TokenizerContract): tokenizer = JamoTokenizer`."""

    checks = TOKENIZER_CHECKS
    tokenizer: ClassVar[type[PreTrainedTokenizerBase]]
    """The class that is tested."""

    @classmethod
    def subject(cls) -> TokenizerBench:
        """Return what the checks are given."""
        return TokenizerBench(cls.tokenizer, dict(cls.options))
