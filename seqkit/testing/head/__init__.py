"""The kit for heads: what a model with a head must keep, and the contract that tests it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from seqkit.models.base import RNNPreTrainedModel
from seqkit.testing.contract import Contract, title
from seqkit.testing.head.bench import HeadBench
from seqkit.testing.head.registry import HEAD_CHECKS
from seqkit.testing.report import Report

# Each adds its checks to the list, in this order.
from seqkit.testing.head import scoring, keeping  # isort: skip

__all__ = ["HEAD_CHECKS", "HeadContract", "check_head", "keeping", "scoring"]


def check_head(
    head: type[RNNPreTrainedModel], *, options: dict[str, Any] | None = None, only: Sequence[str] | None = None
) -> Report:
    """Run the checks on a head.

    Args:
        head: the class; its `auto_class_name` says what its scores and labels are.
        options: fields of the configuration, such as `{"cell": "lstm", "bidirectional": True}`; None is a GRU that
            reads one way.
        only: ids of the checks to run; None is all.

    Returns:
        The report; `report.raise_for_failures()` makes an error of it.

    Raises:
        ValueError: if `only` names a check that does not exist.

    Example:
        >>> from seqkit import RNNForCausalLM
        >>> print(check_head(RNNForCausalLM, only=["forward-shapes", "bidirectional"]).summary)
        ran 1, skipped 1 (bidirectional: declared causal only), failed 0
    """
    return HEAD_CHECKS.run(title(head, options), HeadBench(head, options or {}), only)


class HeadContract(Contract):
    """What a head must keep, as tests: `class TestCRF(HeadContract): head = RNNCRFForTokenClassification`."""

    checks = HEAD_CHECKS
    head: ClassVar[type[RNNPreTrainedModel]]
    """The class that is tested."""

    @classmethod
    def subject(cls) -> HeadBench:
        """Return what the checks are given."""
        return HeadBench(cls.head, dict(cls.options))
