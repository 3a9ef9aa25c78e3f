"""Figures of written texts: BLEU and chrF from sacrebleu, and how many are right to the last character."""

from importlib.util import find_spec
from typing import Any

import numpy as np
from transformers import EvalPrediction

from seqkit.data.streams import IGNORED


def text_metrics(written: list[str], right: list[str]) -> dict[str, float]:
    """Compare texts.

    Args:
        written: what was written.
        right: what should have been.

    Returns:
        `exact_match`, the share that is equal; `bleu` (Papineni et al., 2002) and `chrf` (Popović, 2015) from 0 to 100
        as sacrebleu computes them by default, if it is installed.
    """
    equal = sum(a.strip() == b.strip() for a, b in zip(written, right, strict=True)) / max(1, len(right))
    if find_spec("sacrebleu") is None:
        return {"exact_match": equal}
    import sacrebleu

    # `force`: whoever translates tokens as they are given need not be warned of each evaluation.
    bleu = sacrebleu.corpus_bleu(written, [right], force=True).score
    return {"bleu": float(bleu), "chrf": float(sacrebleu.corpus_chrf(written, [right]).score), "exact_match": equal}


class Translation:
    """Figures of an evaluation with `predict_with_generate`.

    Args:
        tokenizer: the target's.
        references: the right texts in the order of the data; None puts them together from the labels, in which an
            unknown word is lost.
    """

    def __init__(self, tokenizer: Any, references: list[str] | None = None) -> None:
        self.tokenizer, self.references = tokenizer, references

    def __call__(self, prediction: EvalPrediction) -> dict[str, float]:
        """Return BLEU, chrF and the share of exact matches."""
        written = self.decode(prediction.predictions)
        right = self.references
        if right is None or len(right) != len(written):
            right = self.decode(prediction.label_ids)
        return text_metrics(written, right)

    def decode(self, ids: Any) -> list[str]:
        """Turn ids (N, T), filled up with -100 or padding, into texts."""
        known = np.where(ids == IGNORED, self.tokenizer.pad_token_id, ids)
        return self.tokenizer.batch_decode(known, skip_special_tokens=True)
