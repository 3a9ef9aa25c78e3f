"""What a training of an encoder-decoder makes of its pairs: tokenizers, ids, figures and translations to look at."""

from functools import partial
from typing import Any

import datasets
from transformers import PreTrainedTokenizerBase

from seqkit import plugins
from seqkit.data.inputs import Inputs, SourceInputs
from seqkit.errors import DataError
from seqkit.inference.translator import translate
from seqkit.tokenizers.pair import target_tokenizer
from seqkit.training.prepared import Prepared
from seqkit.training.rows import column_lengths
from seqkit.training.settings import Settings
from seqkit.training.start import load_tokenizer
from seqkit.training.translation import Translation

ENDS = {"add_eos": True}
"""Option of every tokenizer's `train`: a target must end, and a source's end is a place to look at for nothing."""

SHOWN, LONG_SHOWN = 3, 40
"""Translations that are shown at each evaluation, and tokens of each."""


def seq2seq(settings: Settings, train: datasets.Dataset, validation: datasets.Dataset) -> Prepared:
    """Tokenise pairs of texts, with one tokenizer where `share_embeddings` is set, else with two.

    Raises:
        DataError: if a source is longer than `max_source_length`.
        TokenizerError: if no tokenizer can be learnt.
    """
    source, target = tokenizers(settings, train)
    inputs = SourceInputs(source)
    encoded = [encode_pairs(part, inputs, target) for part in (train, validation)]
    limit = settings.config.get("max_source_length")
    longest = [int(column_lengths(encoded[0], name).max()) for name in ("input_ids", "labels")]
    if limit is not None and longest[0] > limit:
        raise DataError(f"a source has {longest[0]} tokens; max_source_length is {limit}. Raise it, or cut the source.")
    facts = {"training rows": len(train), "validation rows": len(validation), "source vocabulary": len(source)}
    shown = validation.select(range(min(SHOWN, len(validation))))
    return Prepared(
        source,
        encoded[0],
        encoded[1],
        encoded[1],
        side_fields(source, target),
        inputs.collator,
        Translation(target, list(validation["target"])),
        {**facts, "target vocabulary": len(target)},
        target_tokenizer=None if target is source else target,
        # Half as long again as any target seen: an end that does not come must not be waited for.
        generation={"max_length": longest[1] + longest[1] // 2 + 2},
        sampler=partial(Translations, source=source, target=target, rows=shown),
    )


def tokenizers(settings: Settings, train: Any) -> tuple[PreTrainedTokenizerBase, PreTrainedTokenizerBase]:
    """Train the tokenizers of source and target, or load those of the model to begin with."""
    if settings.model is not None:
        from seqkit.config import RNNConfig

        source = load_tokenizer(settings.model)
        return source, target_tokenizer(RNNConfig.from_pretrained(settings.model), source, settings.model)
    learn = partial(plugins.get("tokenizers", settings.tokenizer).train, **{**ENDS, **settings.tokenizer_options})
    if settings.config.get("share_embeddings"):
        shared = learn([*train["source"], *train["target"]])
        return shared, shared
    return learn(train["source"]), learn(train["target"])


def side_fields(source: PreTrainedTokenizerBase, target: PreTrainedTokenizerBase) -> dict[str, Any]:
    """Return the configuration fields that follow from the tokenizers."""
    return {
        "is_encoder_decoder": True,
        "vocab_size": len(target),
        "encoder_vocab_size": None if target is source else len(source),
        "pad_token_id": target.pad_token_id,
        "bos_token_id": target.bos_token_id,
        "eos_token_id": target.eos_token_id,
        "decoder_start_token_id": target.bos_token_id,
    }


def encode_pairs(data: datasets.Dataset, inputs: Inputs, target: PreTrainedTokenizerBase) -> datasets.Dataset:
    """Turn rows of sources, texts or series, and of `target` into what the model reads, and `labels`."""

    def encode(rows: dict[str, list[Any]]) -> dict[str, Any]:
        return {**inputs.encode(rows[inputs.column]), "labels": target(rows["target"])["input_ids"]}

    return data.map(encode, batched=True, remove_columns=data.column_names)


class Translations:
    """Lets a model translate a few sources, to be looked at, without disturbing the training it is in.

    Args:
        model: the encoder-decoder.
        source: the source's tokenizer.
        target: the target's.
        rows: pairs of `source` and `target`.
    """

    def __init__(self, model: Any, source: Any, target: Any, rows: datasets.Dataset) -> None:
        self.model, self.source, self.target, self.rows = model, source, target, rows

    def __call__(self) -> str:
        """Write each source, what the model makes of it, and what it should be."""
        was_training = self.model.training
        self.model.eval()
        made = translate(self.model, self.source, self.target, list(self.rows["source"]), max_new_tokens=LONG_SHOWN)
        self.model.train(was_training)
        rows = zip(self.rows["source"], made, self.rows["target"], strict=True)
        return "\n".join(f"{source}\n  -> {guess}\n  ({target})" for source, guess, target in rows)
