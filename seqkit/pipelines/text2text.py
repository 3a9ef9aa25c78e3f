"""`pipeline("seqkit-text2text", model=folder)`: one text to another, as transformers 4 had it."""

from typing import Any

from transformers.pipelines.base import Pipeline

from seqkit.tokenizers.pair import target_tokenizer

TASK = "seqkit-text2text"


class Text2TextPipeline(Pipeline):
    """Writes the target of a source: a translation, a transcription, an answer.

    Args:
        args: those of `transformers.Pipeline`; `tokenizer` is the source's.
        target_tokenizer: the target's; None loads it from where the model was loaded.
        kwargs: those of `transformers.Pipeline`.

    Example of a call: `translate("ein Hund", num_beams=4)` gives `[{"generated_text": "a dog"}]`.
    """

    _load_processor = False
    _load_image_processor = False
    _load_feature_extractor = False
    _load_tokenizer = True

    def __init__(self, *args: Any, target_tokenizer: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._target = target_tokenizer

    @property
    def target_tokenizer(self) -> Any:
        """The tokenizer that turns what was written into text."""
        if self._target is None:
            self._target = target_tokenizer(self.model.config, self.tokenizer, self.model.name_or_path or None)
        return self._target

    def _sanitize_parameters(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Sort options: truncation is the tokenizer's, all others are `generate()`'s."""
        reading: dict[str, Any] = {
            name: options.pop(name) for name in ("truncation", "max_source_length") if name in options
        }
        return reading, {"generate_kwargs": {**options.pop("generate_kwargs", {}), **options}}, {}

    def preprocess(self, text: Any, truncation: bool = False, max_source_length: int | None = None) -> Any:
        """Turn a source into ids (1, S)."""
        tokenizer: Any = self.tokenizer
        encoded = tokenizer(text, return_tensors="pt", truncation=truncation, max_length=max_source_length)
        return {name: encoded[name] for name in ("input_ids", "attention_mask")}

    def _forward(self, inputs: Any, generate_kwargs: dict[str, Any] | None = None) -> Any:
        """Write ids, (B, returned sequences, T)."""
        ids = self.model.generate(**inputs, **(generate_kwargs or {}))
        return {"ids": ids.view(len(inputs["input_ids"]), -1, ids.shape[-1])}

    def postprocess(self, outputs: Any) -> list[dict[str, str]]:
        """Turn ids into texts, one for each returned sequence."""
        texts = self.target_tokenizer.batch_decode(outputs["ids"][0], skip_special_tokens=True)
        return [{"generated_text": text} for text in texts]
