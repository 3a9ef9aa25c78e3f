from pathlib import Path

import pytest
from transformers import AutoTokenizer

from seqkit import CharTokenizer, WordTokenizer
from seqkit.errors import CheckpointError
from seqkit.tokenizers.pair import TARGET, save_tokenizers, target_tokenizer
from tests.seq2seq import config


def test_two_tokenizers_lie_in_one_folder(tmp_path: Path) -> None:
    source = WordTokenizer.train(["ein Hund"], split="whitespace", add_eos=True)
    target = CharTokenizer.train(["개"], add_eos=True)
    save_tokenizers(tmp_path, source, target)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded("ein Hund")["input_ids"] == source("ein Hund")["input_ids"]
    found = target_tokenizer(config(encoder_vocab_size=len(source)), loaded)
    assert type(found) is CharTokenizer
    assert found("개")["input_ids"] == target("개")["input_ids"]
    assert found.decode(found("개")["input_ids"], skip_special_tokens=True) == "개"


def test_a_model_of_vectors_has_none(tmp_path: Path) -> None:
    save_tokenizers(tmp_path, None)
    assert not list(tmp_path.iterdir())


def test_one_tokenizer_lies_there_once(tmp_path: Path) -> None:
    shared = CharTokenizer.train(["abc"])
    save_tokenizers(tmp_path, shared, shared)
    assert not (tmp_path / TARGET).exists()
    assert target_tokenizer(config(), shared, str(tmp_path)) is shared
    with pytest.raises(CheckpointError, match=TARGET):
        target_tokenizer(config(encoder_vocab_size=7), shared, str(tmp_path))
