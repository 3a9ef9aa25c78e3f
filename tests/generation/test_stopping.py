import pytest
import torch
from transformers import GenerationConfig

from seqkit import CharTokenizer, WordTokenizer
from seqkit.generation.stopping import StopTokenizer
from seqkit.models import RNNForCausalLM
from tests.cases import model
from tests.tokenizers.accents import AccentTokenizer

TOKENIZERS = {
    "letters": CharTokenizer.train("xyz .!"),
    "한글": CharTokenizer.train("안녕하세요 세계."),
    "words": WordTokenizer.train("the cat sat. on! the mat"),
}


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("name", TOKENIZERS)
def test_writing_ends_where_a_stop_string_does(name: str, rows: int) -> None:
    tokenizer = TOKENIZERS[name]
    network = model(RNNForCausalLM, vocab_size=len(tokenizer))
    ids = torch.randint(4, len(tokenizer), (rows, 3))
    for seed in range(12):
        asked = {"do_sample": True, "max_new_tokens": 40, "pad_token_id": 0}
        torch.manual_seed(seed)
        free = tokenizer.batch_decode(network.generate(ids, **asked)[:, 3:])
        stop = free[0][5:7]  # two characters or words' parts that were written
        torch.manual_seed(seed)
        stopped = network.generate(ids, **asked, stop_strings=[stop], tokenizer=tokenizer)[:, 3:]
        text = tokenizer.decode(stopped[0])
        if rows == 1:
            assert free[0].startswith(text)
            assert stop in text
            assert stop not in tokenizer.decode(stopped[0, :-1])
        else:
            ended = [stop in tokenizer.decode(row) for row in stopped]
            assert all(ended) or stopped.shape[1] == 40


def test_the_letters_stand_before_every_token() -> None:
    shown = StopTokenizer(TOKENIZERS["한글"])
    assert shown("abcdef", add_special_tokens=False) == {"input_ids": []}
    assert shown.convert_tokens_to_string(["안"]) == "abcdef안"
    assert shown.get_vocab() == TOKENIZERS["한글"].get_vocab()


@pytest.mark.parametrize("way", ["argument", "config", "positional config"])
def test_a_stop_string_is_looked_for_as_tokens_spell_it(way: str) -> None:
    tokenizer = AccentTokenizer.train(["e\u0301"])
    network = model(RNNForCausalLM, vocab_size=len(tokenizer))
    config = GenerationConfig(max_new_tokens=200, do_sample=True, pad_token_id=0)
    named = {"argument": {"stop_strings": "é", "generation_config": config}, "config": {"generation_config": config}}
    config.stop_strings = None if way == "argument" else ["é"]
    torch.manual_seed(0)
    written = network.generate(
        torch.tensor([[4]]), *([] if way in named else [config]), **named.get(way, {}), tokenizer=tokenizer
    )
    text = tokenizer.decode(written[0])
    assert text.endswith("é")
    assert text.count("é") == 1
