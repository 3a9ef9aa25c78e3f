"""Everything that is refused, and by which words."""

from pathlib import Path
from typing import Any

import pytest
import torch

from seqkit import (
    CharTokenizer,
    RNNConfig,
    RNNForConditionalGeneration,
    RNNForTokenClassification,
    RNNModel,
    WordCharTokenizer,
    WordTokenizer,
)
from seqkit.errors import ExportError
from seqkit.export import export_onnx
from seqkit.export.refusals import task_of, tokenizer_kind
from seqkit.models import RNNForCausalLM
from tests.cases import config, model
from tests.export.cases import SENTENCES, classifier, tagger, writer


class Doubled(RNNForTokenClassification):
    """A head of somebody else's."""


class Shouting(CharTokenizer):
    """A tokenizer of somebody else's."""


def refused(network: Any, tokenizer: Any, said: str, folder: Path) -> None:
    with pytest.raises(ExportError, match=said):
        export_onnx(network, tokenizer, folder / "onnx")
    assert list(folder.iterdir()) == []


def test_what_can_be_exported() -> None:
    for make, task, kind in (
        (writer, "causal-lm", "char"),
        (classifier, "sequence-classification", "word"),
        (tagger, "token-classification", "word-char"),
    ):
        network, tokenizer = make()
        assert (task_of(network), tokenizer_kind(network, tokenizer)) == (task, kind)
    assert tokenizer_kind(model(RNNForTokenClassification, num_features=3), None) is None


def test_encoder_decoders(tmp_path: Path) -> None:
    sides = config(is_encoder_decoder=True, decoder_start_token_id=2)
    refused(RNNForConditionalGeneration(sides), None, "RNNForConditionalGeneration cannot be exported yet", tmp_path)
    looks = RNNConfig(vocab_size=9, hidden_size=4, is_decoder=True, add_cross_attention=True, attention="dot")
    refused(RNNForCausalLM(looks), None, "looks at an encoder", tmp_path)


def test_heads_of_others_and_none(tmp_path: Path) -> None:
    refused(Doubled(config()), None, "a Doubled cannot be exported: its head decides", tmp_path)
    refused(RNNModel(config()), None, "a RNNModel cannot be exported", tmp_path)


def test_other_numbers(tmp_path: Path) -> None:
    from seqkit.generation import quantize

    network, tokenizer = writer()
    refused(quantize(network), tokenizer, "8 bits already", tmp_path)
    refused(writer()[0].to("meta"), tokenizer, "exported from the CPU", tmp_path)
    refused(network.to(torch.bfloat16), tokenizer, "dtype=torch.float32", tmp_path)


def test_tokenizers_that_do_not_fit(tmp_path: Path) -> None:
    network, _ = writer()
    refused(network, Shouting.train("abc"), "a Shouting cannot be exported", tmp_path)
    refused(network, None, "a NoneType cannot be exported", tmp_path)
    refused(network, CharTokenizer.train("".join(map(chr, range(100, 400)))), "Is it the model's own", tmp_path)
    reads = tagger()[0]
    refused(reads, WordTokenizer.train(SENTENCES, split="whitespace", min_frequency=2), "does not give", tmp_path)
    many = WordCharTokenizer.train([["가나다라마바사아자차", "abcdefghijklmnopqrstuvwxyz0123456789"]])
    refused(reads, many, "character_vocab_size", tmp_path)
