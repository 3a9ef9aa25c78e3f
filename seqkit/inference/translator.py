"""What an encoder-decoder writes for sources, texts or series: in order, and in memory that does not grow."""

from collections.abc import Sequence
from typing import Any

import torch

from seqkit.data.inputs import inputs_of
from seqkit.errors import DataError
from seqkit.inference.labeller import Row


class Translator:
    """A trained encoder-decoder that takes windows of sources and gives their targets.

    Args:
        model: an encoder-decoder, on any device; it is put into evaluation mode.
        tokenizer: the source's tokenizer; None for a model that reads vectors (`num_features`).
        target_tokenizer: the target's.
        batch_size: sources that are read at once. Default 32.
        num_beams: targets of each source that are followed side by side; None is what the model's own generation
            configuration says.

    Raises:
        DataError: if the model is no encoder-decoder, or lacks a tokenizer.
    """

    def __init__(
        self, model: Any, tokenizer: Any, target_tokenizer: Any, batch_size: int = 32, num_beams: int | None = None
    ) -> None:
        if model.auto_class_name != "AutoModelForSeq2SeqLM":
            raise DataError(f"a {type(model).__name__} writes no targets; expected an encoder-decoder")
        self.model, self.tokenizer, self.target_tokenizer = model.eval(), tokenizer, target_tokenizer
        self.column, self.batch_size = inputs_of(model, tokenizer).column, batch_size
        self.options = {} if num_beams is None else {"num_beams": num_beams}

    def answer(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Answer one window of sources: `{"target": …}` for each, in order."""
        parts = [list(rows[start : start + self.batch_size]) for start in range(0, len(rows), self.batch_size)]
        sides = self.model, self.tokenizer, self.target_tokenizer
        return [{"target": target} for part in parts for target in translate(*sides, part, **self.options)]


def translate(model: Any, source: Any, target: Any, rows: Sequence[Row], **options: Any) -> list[str]:
    """Write the targets of sources in one batch.

    Args:
        model: the encoder-decoder.
        source: the source's tokenizer; None for a model that reads vectors.
        target: the target's.
        rows: the sources: texts, or series (T, N) of vectors.
        options: for `generate()`.
    """
    inputs = inputs_of(model, source)
    given = {name: tensor.to(model.device) for name, tensor in inputs.pad(inputs.encode(rows)).items()}
    with torch.inference_mode():
        ids = model.generate(**given, **options)
    return target.batch_decode(ids, skip_special_tokens=True)
