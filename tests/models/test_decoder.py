import math
from typing import Any

import pytest
import torch

from seqkit.engine.masks import Masks, dropout_seed, masks_for
from seqkit.errors import ConfigError, DataError, StateError
from seqkit.models import RNNForTokenClassification
from seqkit.models.decoder import RNNDecoder, StepMasks
from seqkit.sides import decoder_config
from tests.cases import CELLS, gradients, same
from tests.seq2seq import KINDS, NAMES, config, model

IDS = torch.tensor([[3, 4, 5, 6], [7, 8, 0, 0]])
MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])


def memory(network: RNNDecoder, length: int = 3) -> dict[str, Any]:
    """Make something to look at."""
    width = network.config.cross_attention_hidden_size or 0
    return {"encoder_hidden_states": torch.linspace(-1, 1, 2 * length * width).view(2, length, width)}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", [k for k in KINDS if k["attention"]], ids=NAMES[1:])
def test_all_at_once_is_step_by_step(kind: dict[str, Any], cell: str) -> None:
    network = model(cell=cell, **kind).decoder
    state = tuple(layer.init_state(2) for layer in network.rnn_layers)
    whole = network(IDS, **memory(network), use_cache=True, output_attentions=True, initial_state=state)
    cache, parts, looks = None, [], []
    for t in range(IDS.shape[1]):
        step = network(
            IDS[:, t : t + 1], **memory(network), past_key_values=cache, use_cache=True, output_attentions=True
        )
        cache = step.past_key_values
        parts.append(step.last_hidden_state)
        looks.append(step.cross_attentions[0])
    assert cache is not None
    found = {"read": torch.cat(parts, 1), "weights": torch.cat(looks, 2), "output": cache.output}
    same(
        found,
        {"read": whole.last_hidden_state, "weights": whole.cross_attentions[0], "output": whole.past_key_values.output},
    )
    same(
        {f"{i}.{j}": t for i, layer in enumerate(cache.state or ()) for j, t in enumerate(layer)},
        {f"{i}.{j}": t for i, layer in enumerate(whole.past_key_values.state) for j, t in enumerate(layer)},
    )


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_the_loop_over_steps_is_the_run_over_all(kind: dict[str, Any]) -> None:
    # Feedback that never speaks sends the same tokens through the loop.
    network = model(**{**kind, "input_feeding": False}).decoder
    leaves = dict(network.named_parameters())
    found = []
    for feedback in (None, lambda read, chances: torch.full((len(read),), -1)):
        outputs = network(IDS, attention_mask=MASK, feedback=feedback, return_state=True, **memory(network))
        loss = (outputs.last_hidden_state**2).sum() + sum((t**2).sum() for layer in outputs.state for t in layer)
        found.append({"read": outputs.last_hidden_state, **gradients(loss, leaves)})
    same(found[0], found[1])


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_is_exact_on_both_sides(kind: dict[str, Any], side: str) -> None:
    network = model(**kind).decoder
    width = network.config.cross_attention_hidden_size or 0
    alone, ids = torch.randn(1, 3, width), torch.tensor([[3, 4]])
    expected = network(ids, encoder_hidden_states=alone, output_attentions=True)
    leaves = dict(network.named_parameters())
    slopes = gradients((expected.last_hidden_state**2).sum(), leaves)
    places, steps = (slice(2, 5), slice(2, 4)) if side == "left" else (slice(0, 3), slice(0, 2))
    padded, mask = torch.full((1, 5, width), math.nan), torch.zeros(1, 5)
    padded[:, places], mask[:, places] = alone, 1
    more, more_mask = torch.full((1, 4), 10**6), torch.zeros(1, 4)
    more[:, steps], more_mask[:, steps] = ids, 1
    found = network(more, more_mask, encoder_hidden_states=padded, encoder_attention_mask=mask, output_attentions=True)
    torch.testing.assert_close(found.last_hidden_state[:, steps], expected.last_hidden_state)
    same(gradients((found.last_hidden_state[:, steps] ** 2).sum(), leaves), slopes)
    if kind["attention"]:
        (weights,) = found.cross_attentions
        torch.testing.assert_close(weights[:, :, steps, places], expected.cross_attentions[0])
        assert not weights[:, :, steps].masked_fill(mask[:, None, None].bool(), 0).any()
    else:
        assert found.cross_attentions is None


def test_a_cache_remembers_what_it_looks_at() -> None:
    network = model(attention="additive").decoder
    begun = network(IDS[:, :2], **memory(network), use_cache=True).past_key_values
    again = begun.clone()
    expected = network(IDS[:, 2:], **memory(network), past_key_values=begun).last_hidden_state
    found = network(IDS[:, 2:], past_key_values=again).last_hidden_state
    assert torch.equal(found, expected)
    again.batch_select_indices(torch.tensor([1]))
    one = network(IDS[1:, :1], past_key_values=again).last_hidden_state
    begun.reorder_cache(torch.tensor([1, 0]))
    torch.testing.assert_close(network(IDS[[1, 0], :1], past_key_values=begun).last_hidden_state[:1], one)
    again.reset()
    assert again.memory is None


def test_other_models_look_at_nothing() -> None:
    made = decoder_config(config(attention="general"))
    with pytest.raises(ConfigError, match="RNNForTokenClassification looks at no encoder"):
        RNNForTokenClassification(made)


def test_nothing_to_look_at_is_told() -> None:
    network = model(attention="general").decoder
    with pytest.raises(StateError, match="without encoder outputs"):
        network(IDS)
    for wrong in (torch.zeros(2, 3, 5), torch.zeros(1, 3, 6), torch.zeros(2, 0, 6), torch.zeros(2, 6)):
        with pytest.raises(DataError, match="encoder outputs have shape"):
            network(IDS, encoder_hidden_states=wrong)


@pytest.mark.parametrize("locked", [False, True])
def test_dropout_in_the_loop_is_kept_over_time_where_it_should_be(locked: bool) -> None:
    like = torch.zeros(2, 1, 50)
    with dropout_seed(3):
        whole = masks_for(2)
    for name, kept in {"hidden 1": locked, "zoneout": False, "layer 0": True}.items():
        first, second = (StepMasks(whole, t, locked).at("x").at(name).rows(0.5, like) for t in (0, 1))
        assert torch.equal(first, second) is kept, name
    shared = StepMasks(whole, 0, locked).at("weights").shared(0.5, like)
    assert torch.equal(shared, whole.at("weights").shared(0.5, like))


def test_every_dropout_runs_in_the_loop() -> None:
    rates = {f"{name}_dropout": 0.2 for name in ("embedding", "input", "hidden", "output", "recurrent", "weight")}
    network = RNNDecoder(decoder_config(config(attention="general", input_feeding=True, zoneout=0.1, **rates))).train()
    with dropout_seed(1):
        first = network(IDS, **memory(network)).last_hidden_state
    with dropout_seed(1):
        again = network(IDS, **memory(network)).last_hidden_state
    with dropout_seed(2):
        other = network(IDS, **memory(network)).last_hidden_state
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_tokens_of_its_own_are_read_where_they_are_chosen() -> None:
    network = model(attention="additive").decoder

    def feedback(read: torch.Tensor, chances: Masks) -> torch.Tensor:
        return torch.tensor([9, -1])

    found = network(IDS, **memory(network), feedback=feedback).last_hidden_state
    read = torch.cat([IDS[:, :1], torch.tensor([[9, 9, 9], [8, 0, 0]])], 1)
    torch.testing.assert_close(found, network(read, **memory(network)).last_hidden_state)
