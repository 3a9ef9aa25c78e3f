"""Targets for windows of sources: in order, whatever shares a batch."""

import pytest
import torch

from seqkit import CharTokenizer, RNNConfig, RNNForConditionalGeneration, RNNForSequenceClassification
from seqkit.errors import DataError
from seqkit.inference import Translator
from tests.cases import model

TOKENIZER = CharTokenizer.train(["abc"], add_eos=True)
SOURCES = ["abc", "c", "ba", "cabba", "a"]


@pytest.fixture
def network() -> RNNForConditionalGeneration:
    torch.manual_seed(0)
    ids = {name: getattr(TOKENIZER, name) for name in ("pad_token_id", "bos_token_id", "eos_token_id")}
    config = RNNConfig(is_encoder_decoder=True, vocab_size=len(TOKENIZER), hidden_size=8, attention="dot", **ids)
    made = RNNForConditionalGeneration(config)
    for parameter in made.parameters():
        torch.nn.init.uniform_(parameter, -1, 1)
    made.generation_config.max_new_tokens = 6
    return made.train()


def test_each_source_has_its_target_alone_and_in_batches(network: RNNForConditionalGeneration) -> None:
    alone = [Translator(network, TOKENIZER, TOKENIZER).answer([source])[0] for source in SOURCES]
    assert len({answer["target"] for answer in alone}) > 1
    assert Translator(network, TOKENIZER, TOKENIZER, batch_size=2).answer(SOURCES) == alone
    assert Translator(network, TOKENIZER, TOKENIZER).answer([]) == []
    assert not network.training


def test_beams_are_those_of_generate(network: RNNForConditionalGeneration) -> None:
    beams = [answer["target"] for answer in Translator(network, TOKENIZER, TOKENIZER, num_beams=4).answer(SOURCES)]
    read = TOKENIZER(SOURCES, padding=True, return_tensors="pt")
    ids = network.generate(read["input_ids"], attention_mask=read["attention_mask"], num_beams=4)
    assert beams == TOKENIZER.batch_decode(ids, skip_special_tokens=True)


def test_the_model_says_how_many_beams_unless_another_number_is_given(
    network: RNNForConditionalGeneration, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, generate = [], network.generate
    monkeypatch.setattr(network, "generate", lambda **given: seen.append(given.get("num_beams")) or generate(**given))
    for beams in (None, 3):
        Translator(network, TOKENIZER, TOKENIZER, num_beams=beams).answer(SOURCES)
    assert seen == [None, 3]


def test_what_writes_no_targets_is_refused() -> None:
    with pytest.raises(DataError, match="RNNForSequenceClassification writes no targets"):
        Translator(model(RNNForSequenceClassification), TOKENIZER, TOKENIZER)
