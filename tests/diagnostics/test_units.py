import numpy as np
import pytest
import torch

from seqkit import CharTokenizer
from seqkit.diagnostics import FEATURES, Activations, Unit, find_units
from seqkit.diagnostics.units import correlations, liveliest, search
from seqkit.errors import DataError
from seqkit.models import RNNForCausalLM
from tests.cases import config

CODE = 'def f(x):\n    return "a" + g[x(1)]\n\n\nprint("done", f(2))\n' * 60


def planted(text: str) -> tuple[RNNForCausalLM, CharTokenizer]:
    """A random network, in which unit 5 alone opens at a quotation mark: h_t = tanh(W x_t + W_hh h_{t-1})."""
    tokenizer = CharTokenizer.train([text])
    made = RNNForCausalLM(config("rnn", vocab_size=len(tokenizer), hidden_size=8, embedding_size=16)).eval()
    cell = made.rnn_layers[0].directions[0]
    with torch.no_grad():
        embedding = made.get_input_embeddings().weight
        embedding[:, 0] = 0
        embedding[tokenizer.convert_tokens_to_ids("(")] += torch.eye(16)[0]
        embedding[tokenizer.convert_tokens_to_ids(")")] -= torch.eye(16)[0]
        cell.weight_ih[5], cell.weight_hh[5] = 4 * torch.eye(16)[0], 1.5 * torch.eye(8)[5]
    return made, tokenizer


def test_features_are_what_a_reader_sees() -> None:
    text = '  a "b" (c[d])\n\te\n'
    found = {name: list(map(int, feature(text))) for name, feature in FEATURES.items()}
    assert found["inside quotes"] == [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert found["bracket depth"] == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 1, 0, 0, 0, 0, 0]
    assert found["place in line"] == [*range(1, 15), 0, 1, 2, 0]
    assert found["indentation"] == [1, *[2] * 13, 0, 4, 4, 0]
    assert found["length of the line before"] == [*[0] * 14, 14, 14, 14, 2]
    assert all(len(numbers) == len(text) for numbers in found.values())
    assert FEATURES["inside quotes"]("“a” «b»")[:5] == [1, 1, 0, 0, 1]


def test_a_planted_unit_is_found_and_its_rank_is_honest() -> None:
    made, tokenizer = planted(CODE)
    found = find_units(made, tokenizer, CODE)
    by_name = {follower.feature: follower for follower in found.followers}
    assert by_name["bracket depth"].unit == Unit(0, "forward", 0, 5)
    values = found.activations.of(by_name["bracket depth"].unit).double().numpy()
    half = len(values) // 2
    wanted = np.array(FEATURES["bracket depth"](CODE))
    assert by_name["bracket depth"].held_back == pytest.approx(np.corrcoef(values[half:], wanted[half:])[0, 1])
    assert by_name["bracket depth"].chosen == pytest.approx(np.corrcoef(values[:half], wanted[:half])[0, 1])
    assert by_name["bracket depth"].searched == 8
    sizes = [abs(follower.held_back) for follower in found.followers]
    assert sizes == sorted(sizes, reverse=True)
    assert "".join(found.tokens) == CODE


def test_noise_does_not_pass_for_a_follower() -> None:
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(400, 500, generator=generator)
    wanted = torch.randn(400, generator=generator)
    read = Activations(values, tuple(Unit(0, "forward", 0, index) for index in range(500)))
    _, chosen, held_back, chance = search(read, wanted)
    assert abs(chosen) > 0.2  # the best of 500 looks like something on the text it was chosen on
    assert abs(held_back) < 0.15
    assert abs(chance) < 0.15


def test_a_feature_that_does_not_vary_is_left_out() -> None:
    made, tokenizer = planted(CODE)
    text = "".join(c for c in CODE if c != '"')
    found = find_units(made, tokenizer, text, {"quotes": FEATURES["inside quotes"], "own": lambda t: range(len(t))})
    assert [follower.feature for follower in found.followers] == ["own"]


def test_correlations_are_pearsons() -> None:
    values, wanted = torch.randn(50, 3), torch.randn(50)
    values[:, 1] = 7.0
    found = correlations(values, wanted)
    expected = [np.corrcoef(values[:, index].double(), wanted.double())[0, 1] for index in (0, 2)]
    assert found[[0, 2]].tolist() == pytest.approx(expected)
    assert found[1] == 0


def test_the_liveliest_window_lies_in_the_second_half() -> None:
    wanted = torch.zeros(4000)
    wanted[0:800:2] = 5
    wanted[3000:3400:2] = 1
    start = liveliest(wanted)
    assert 2000 <= start <= 3200
    assert float(wanted[start : start + 800].sum()) == 200


def test_a_text_must_be_long_enough() -> None:
    made, tokenizer = planted(CODE)
    with pytest.raises(DataError, match="has 50 tokens; correlations need 200"):
        find_units(made, tokenizer, CODE[:50])
