"""Inference: what trained classifiers, taggers and encoder-decoders say of texts of any length and number.

Names are resolved when they are first used, so that importing this package does not import torch.
"""

from typing import TYPE_CHECKING

from seqkit.lazy import lazy

if TYPE_CHECKING:
    from seqkit.inference.calibration import calibration_error, fit_temperature, fit_thresholds
    from seqkit.inference.labeller import Labeller
    from seqkit.inference.translator import Translator
    from seqkit.inference.words import tag_stream

_HOME = {
    "Labeller": "labeller",
    "Translator": "translator",
    "calibration_error": "calibration",
    "fit_temperature": "calibration",
    "fit_thresholds": "calibration",
    "tag_stream": "words",
}

__all__ = ["Labeller", "Translator", "calibration_error", "fit_temperature", "fit_thresholds", "tag_stream"]

__getattr__, __dir__ = lazy(__name__, _HOME)
