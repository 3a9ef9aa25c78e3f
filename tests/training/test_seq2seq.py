from pathlib import Path
from typing import Any

import datasets
import pytest
import torch

from seqkit.errors import DataError
from seqkit.inference.translator import translate
from seqkit.models import RNNForConditionalGeneration
from seqkit.training.seq2seq import Translations, seq2seq, side_fields
from seqkit.training.settings import build_settings
from tests.seq2seq import config

PAIRS = {"source": ["ein hund", "eine katze schläft", "ein hund schläft", "eine katze"] * 3,
         "target": ["a dog", "a cat sleeps", "a dog sleeps", "a cat"] * 3}  # fmt: skip


def prepared(tmp_path: Path, **options: str) -> Any:
    """Prepare the pairs as `seqkit train` would."""
    settings = build_settings("seq2seq", None, ["none"], str(tmp_path), options)
    data = datasets.Dataset.from_dict(PAIRS)
    return seq2seq(settings, data, data)


def test_two_tokenizers_by_default_one_where_embeddings_are_shared(tmp_path: Path) -> None:
    apart = prepared(tmp_path)
    assert apart.target_tokenizer is not None
    assert apart.config["encoder_vocab_size"] == len(apart.tokenizer) == 4 + 5
    assert apart.config["vocab_size"] == len(apart.target_tokenizer) == 4 + 4
    row = apart.train[1]
    assert apart.tokenizer.decode(row["input_ids"], skip_special_tokens=True) == "eine katze schläft"
    assert row["input_ids"][-1] == apart.tokenizer.eos_token_id
    assert apart.target_tokenizer.convert_ids_to_tokens(row["labels"]) == ["a", "cat", "sleeps", "</s>"]
    assert apart.config["decoder_start_token_id"] == apart.target_tokenizer.bos_token_id
    assert apart.generation == {"max_length": 4 + 2 + 2}
    shared = prepared(tmp_path, share_embeddings="true")
    assert shared.target_tokenizer is None
    assert shared.config["encoder_vocab_size"] is None
    assert shared.config["vocab_size"] == len(shared.tokenizer) == 4 + 9


def test_a_source_beyond_the_limit_is_refused_before_training(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="4 tokens; max_source_length is 3"):
        prepared(tmp_path, max_source_length="3")


def test_translations_leave_a_training_as_it_was(tmp_path: Path) -> None:
    made = prepared(tmp_path)
    network = RNNForConditionalGeneration(
        config(**{**side_fields(made.tokenizer, made.target_tokenizer), "attention": "general"})
    ).train()
    before = torch.get_rng_state()
    show = made.sampler(network)
    assert isinstance(show, Translations)
    text = show()
    assert network.training
    assert torch.equal(torch.get_rng_state(), before)
    assert text.count("->") == 3
    assert "(a cat sleeps)" in text
    written = translate(network.eval(), made.tokenizer, made.target_tokenizer, ["ein hund", "eine"], max_new_tokens=3)
    assert len(written) == 2
    assert all("</s>" not in each and "<pad>" not in each for each in written)
