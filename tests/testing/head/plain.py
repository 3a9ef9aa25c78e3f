"""A head that keeps the whole contract, from which every wrong one departs in one place."""

from functools import wraps
from typing import Any

from seqkit.models import RNNForTokenClassification
from seqkit.testing import check_head


class Plain(RNNForTokenClassification):
    """A tagger. `>>> Plain(config)`."""

    @wraps(RNNForTokenClassification.forward)
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        as_tuple = kwargs.pop("return_dict", None) is False
        outputs = super().forward(*args, **self.given(kwargs))
        self.spoil(outputs, kwargs)
        return outputs.to_tuple() if as_tuple else outputs

    def given(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Change what the tagger is given: here nothing."""
        return arguments

    def spoil(self, outputs: Any, arguments: dict[str, Any]) -> None:
        """Change what the tagger gives: here nothing."""


def fails_only(check: str, head: type) -> str:
    """Run the whole kit on a head, assert that it fails exactly this check, and return what the check found."""
    report = check_head(head)
    assert [result.id for result in report.results if result.status == "failed"] == [check], str(report)
    return next(result.reason for result in report.results if result.id == check)
