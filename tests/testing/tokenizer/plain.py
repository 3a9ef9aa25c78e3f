"""A tokenizer that keeps the whole contract, from which every wrong one departs in one place."""

from typing import Any

from transformers import BatchEncoding

from seqkit.testing import check_tokenizer
from seqkit.tokenizers.base import SeqkitTokenizer
from seqkit.tokenizers.cuts import CHARACTERS


class Plain(SeqkitTokenizer):
    """Characters. `>>> Plain.train("a")`."""

    splits = {"characters": CHARACTERS}

    def _encode_plus(self, text: Any, *args: Any, **kwargs: Any) -> BatchEncoding:
        encoded = super()._encode_plus(text, *args, **kwargs)
        single = isinstance(text, str) or kwargs.get("is_split_into_words")
        rows = [encoded] if single else [{k: v[i] for k, v in encoded.items()} for i in range(len(text))]
        for row, source in zip(rows, [text] if single else text, strict=True):
            self.spoil(row, source, single)
        return encoded if single else BatchEncoding({k: [row[k] for row in rows] for k in encoded}, encoded.encodings)

    def spoil(self, row: Any, text: Any, single: bool) -> None:
        """Change one encoded text: here nothing."""


def fails_only(check: str, tokenizer: type) -> str:
    """Run the whole kit on a tokenizer, assert that it fails exactly this check, and return what the check found."""
    report = check_tokenizer(tokenizer)
    assert [result.id for result in report.results if result.status == "failed"] == [check], str(report)
    return next(result.reason for result in report.results if result.id == check)
