import copy
from pathlib import Path

import pytest
import torch

from seqkit.engine.build import BuildError, compiler
from seqkit.engine.int8 import Int8Weight
from seqkit.errors import ConfigError
from seqkit.generation import quantization as module
from seqkit.generation.quantization import multiplied, quantize
from seqkit.models import RNNForCausalLM
from tests.cases import CELLS, make_cell, model

pytestmark = pytest.mark.skipif(compiler() is None, reason="8-bit products need a C++ compiler")


@pytest.fixture(autouse=True)
def no_weight_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALLEST", 0)


@pytest.mark.parametrize("plan", ["auto", "loop"])
@pytest.mark.parametrize("cell", CELLS)
def test_scores_are_close_and_weights_are_gone(cell: str, plan: str) -> None:
    network = model(RNNForCausalLM, cell, num_hidden_layers=2, hidden_size=32)
    with torch.no_grad():
        for weight in (p for p in network.parameters() if p.dim() > 1):
            weight.mul_(0.3)
    small, ids = quantize(network), torch.randint(0, 11, (2, 12))
    small.plan = plan
    torch.testing.assert_close(small(ids).logits, network(ids).logits, atol=0.15, rtol=0.1)
    assert not torch.equal(small(ids).logits, network(ids).logits)
    names = dict(small.named_parameters())
    assert "model.layers.0.cells.0.weight_ih" in names
    assert {"lm_head.weight", "model.layers.0.cells.0.weight_hh", "model.layers.1.cells.0.weight_ih"}.isdisjoint(names)
    assert small.num_parameters() < network.num_parameters() / 2


def test_writing_runs_in_integers() -> None:
    network = model(RNNForCausalLM, "lstm", hidden_size=32)
    small = quantize(network)
    ids = torch.tensor([[1, 2, 3]])
    asked = {"max_new_tokens": 8, "do_sample": False, "return_dict_in_generate": True, "output_logits": True}
    ours, full = small.generate(ids, **asked), network.generate(ids, **asked)
    assert ours.sequences.shape == full.sequences.shape == (1, 11)
    assert isinstance(small.lm_head.weight, Int8Weight)
    assert not torch.equal(ours.logits[0], full.logits[0])
    assert torch.equal(copy.deepcopy(small).generate(ids, **asked).sequences, ours.sequences)


def test_the_model_itself_is_left_as_it_is() -> None:
    network = model(RNNForCausalLM, tie_word_embeddings=True).train()
    before = {name: p.clone() for name, p in network.named_parameters()}
    quantize(network)
    assert network.training
    assert all(torch.equal(p, before[name]) for name, p in network.named_parameters())


def test_it_is_not_saved_and_not_trained(tmp_path: Path) -> None:
    small = quantize(model(RNNForCausalLM))
    with pytest.raises(ConfigError, match="no file holds"):
        small.save_pretrained(tmp_path / "model")
    assert not (tmp_path / "model").exists()
    with pytest.raises(ConfigError, match="cannot be trained"):
        small.train()
    assert not small.eval().training


def test_what_cannot_be_quantised_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"torch\.float64 on cpu"):
        quantize(model(RNNForCausalLM).double())
    with pytest.raises(ConfigError, match="on meta"):
        quantize(model(RNNForCausalLM).to("meta"))


def test_without_a_compiler_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise BuildError("no C++ compiler is found")

    monkeypatch.setattr(module, "kernel", fail)
    with pytest.raises(ConfigError, match=r"no C\+\+ compiler is found. Use the model as it is"):
        quantize(model(RNNForCausalLM))


@pytest.mark.parametrize("cell", CELLS)
def test_a_row_and_a_text_give_what_they_give_alone_and_at_once(cell: str) -> None:
    small = quantize(model(RNNForCausalLM, cell, num_hidden_layers=2, hidden_size=32))
    ids = torch.randint(1, 11, (3, 12))
    asked = {"max_new_tokens": 9, "do_sample": False, "pad_token_id": 0}
    written = small.generate(ids, **asked)
    for row, text in zip(ids, written, strict=True):
        assert torch.equal(small.generate(row[None], **asked)[0], text)
    states = small(written[:, :15], use_cache=True).past_key_values
    ends = small(written[:, 15:], past_key_values=states).logits
    torch.testing.assert_close(small(written).logits[:, 15:], ends, atol=1e-5, rtol=1e-5)


def test_it_wants_no_gradients_and_says_how_it_runs() -> None:
    small = quantize(model(RNNForCausalLM, hidden_size=32))
    assert not small(torch.tensor([[1, 2]])).logits.requires_grad
    assert {(row["plan"], row["reason"]) for row in small.explain()} == {("compiled", "its weights are in 8 bits")}


def test_only_weights_of_linear_products_are_found() -> None:
    assert multiplied(make_cell("gru")) == ({"weight_hh"}, {"weight_ih"})
    cell = make_cell("rnn")
    cell.project = lambda x: x @ cell.weight_ih.t()
    assert multiplied(cell) == ({"weight_hh"}, set())


def test_a_small_weight_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALLEST", 3 * 32 * 32)
    small = quantize(model(RNNForCausalLM, hidden_size=32))
    assert isinstance(small.rnn_layers[0].cells[0].weight_hh, Int8Weight)
    assert not isinstance(small.lm_head.weight, Int8Weight)
