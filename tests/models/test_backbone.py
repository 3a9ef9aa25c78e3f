import copy
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from seqkit.engine.build import compiler
from seqkit.engine.masks import dropout_seed
from seqkit.errors import ConfigError, DataError, StateError
from seqkit.models import RNNCache, RNNForCausalLM, RNNModel
from seqkit.models.state import detach
from tests.cases import CELLS, MASKS, config, gradients, model, rows, same

VARIANTS: list[dict[str, Any]] = [
    {},
    {"num_hidden_layers": 2, "bidirectional": True},
    {"num_hidden_layers": 2, "layer_norm": True, "residual": True, "learn_initial_state": True},
    {"num_hidden_layers": 2, "zoneout": 0.3},
    {"bidirectional": True, "learn_initial_state": True, "zoneout": 0.3, "layer_norm": True},
]
FORWARD = [variant for variant in VARIANTS if "bidirectional" not in variant]


def garbage(kind: str, mask: Tensor) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return a model's fields and an input whose padded places hold what no model can read."""
    if kind == "input_ids":
        ids = torch.randint(0, 11, mask.shape)
        absurd = torch.where(torch.rand(mask.shape) < 0.5, -100, 10**6)
        return {}, {kind: torch.where(mask, ids, absurd)}
    width = 6 if kind == "inputs_embeds" else 3
    x = torch.randn(*mask.shape, width, dtype=torch.float64)
    fields = {
        "inputs_embeds": {},
        "input_features": {"num_features": 3},
        "projected": {"num_features": 3, "embedding_size": 6},
    }[kind]
    name = "input_features" if fields else "inputs_embeds"
    return fields, {name: torch.where(mask[..., None], x, torch.nan)}


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("kind", ["input_ids", "inputs_embeds", "input_features", "projected"])
@pytest.mark.parametrize("cell", CELLS)
def test_a_row_alone_is_the_row_in_a_batch(cell: str, kind: str, variant: dict) -> None:
    for side in MASKS:
        mask = torch.tensor(MASKS[side]).bool()
        fields, batch = garbage(kind, mask)
        network = model(RNNModel, cell, **{**fields, **variant}).double()
        out = network(**batch, attention_mask=mask.long(), return_state=True)
        assert not out.last_hidden_state[~mask].any()
        for index, places in rows(mask):
            alone = network(**{name: x[index : index + 1, places] for name, x in batch.items()}, return_state=True)
            torch.testing.assert_close(out.last_hidden_state[index : index + 1, places], alone.last_hidden_state)
            for whole, part in zip(out.state, alone.state, strict=True):
                for a, b in zip(whole, part, strict=True):
                    torch.testing.assert_close(a[index : index + 1], b)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("kind", ["input_ids", "inputs_embeds", "projected"])
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_of_a_padded_batch_are_the_sum_over_its_rows(cell: str, kind: str, variant: dict) -> None:
    mask = torch.tensor(MASKS["scattered"]).bool()
    fields, batch = garbage(kind, mask)
    network = model(RNNModel, cell, **{**fields, **variant}).double()
    leaves, weight = (
        dict(network.named_parameters()),
        torch.randn(4, 5, network.config.output_size, dtype=torch.float64),
    )
    loss = (network(**batch, attention_mask=mask)[0] * weight).sum()
    found, summed = gradients(loss, leaves), {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    for index, places in rows(mask):
        alone = network(**{name: x[index : index + 1, places] for name, x in batch.items()})[0]
        for name, grad in gradients((alone * weight[index, places]).sum(), leaves).items():
            summed[name] = summed[name] + grad
    same(found, summed)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_plans_agree_through_a_whole_model(cell: str, variant: dict) -> None:
    network = model(RNNModel, cell, **variant)
    ids, mask = torch.randint(0, 11, (4, 5)), torch.tensor(MASKS["left"])
    found = []
    for plan in ("loop", "auto"):
        network.plan = plan
        y = network(ids, mask).last_hidden_state
        found.append({"y": y, **gradients(y.square().sum(), dict(network.named_parameters()))})
    same(*found)


@pytest.mark.parametrize("side", [None, "right", "left", "scattered"])
@pytest.mark.parametrize("variant", FORWARD, ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_chunks_with_carried_state_are_the_whole(cell: str, variant: dict, side: str | None) -> None:
    network, ids = model(RNNModel, cell, **variant), torch.randint(0, 11, (4, 5))
    mask = torch.ones(4, 5).long() if side is None else torch.tensor(MASKS[side])
    whole = network(ids, mask, return_state=True)
    for cut in (0, 1, 3, 5):
        first = network(ids[:, :cut], mask[:, :cut], return_state=True, use_cache=True)
        again = network(ids[:, cut:], mask[:, cut:], initial_state=first.state, return_state=True)
        cached = network(ids[:, cut:], mask, past_key_values=first.past_key_values)
        for second in (again, cached):
            y = torch.cat([first.last_hidden_state, second.last_hidden_state], 1)
            torch.testing.assert_close(y, whole.last_hidden_state, atol=1e-5, rtol=1e-5)
        for ours in (again.state, cached.past_key_values.state):
            same(flat(ours), flat(whole.state))


def flat(state: tuple[tuple[Tensor, ...], ...]) -> dict[str, Tensor]:
    """Name the tensors of a state."""
    return {f"{i}.{j}": t for i, layer in enumerate(state) for j, t in enumerate(layer)}


def test_state_carries_gradients_until_it_is_detached() -> None:
    network, ids = model(RNNModel, "lstm", num_hidden_layers=2).train(), torch.randint(1, 11, (2, 4))
    state = network(ids * 0, return_state=True).state
    network(ids, initial_state=state).last_hidden_state.sum().backward()
    assert network.embed_tokens.weight.grad[0].any()
    network.zero_grad()
    network(ids, initial_state=detach(state)).last_hidden_state.sum().backward()
    assert not network.embed_tokens.weight.grad[0].any()


def test_a_learnt_initial_state_is_learnt() -> None:
    network = model(RNNModel, "lstm", learn_initial_state=True, bidirectional=True)
    network(torch.tensor([[1, 2]])).last_hidden_state.sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in network.layers[0].initial_state)
    assert len(network.layers[0].initial_state) == 4


def test_fields_of_the_output() -> None:
    network, ids = model(num_hidden_layers=2), torch.randint(0, 11, (2, 4))
    out = network(ids, output_hidden_states=True, return_state=True)
    assert [h.shape for h in out.hidden_states] == [(2, 4, 6)] * 3
    torch.testing.assert_close(out.hidden_states[-1], out.last_hidden_state)
    assert isinstance(out.past_key_values, RNNCache)
    assert network(ids).hidden_states is None
    assert network(ids).state is None
    assert isinstance(network(ids, return_dict=False), tuple)
    assert network(ids, use_cache=False).past_key_values is None
    assert network.train()(ids).past_key_values is None
    assert model(use_cache=False)(ids).past_key_values is None


@pytest.mark.parametrize("shape", [(2, 0), (0, 3), (1, 1)])
@pytest.mark.parametrize("cell", CELLS)
def test_odd_shapes(cell: str, shape: tuple[int, int]) -> None:
    for bidirectional in (False, True):
        network = model(RNNModel, cell, bidirectional=bidirectional, num_hidden_layers=2)
        y = network(torch.zeros(shape, dtype=torch.long)).last_hidden_state
        assert y.shape == (*shape, network.config.output_size)


@pytest.mark.parametrize("ids", [[[11]], [[-1]], [[-100]]])
def test_an_id_beyond_the_vocabulary_is_named(ids: list) -> None:
    with pytest.raises(DataError, match=f"input_ids holds {ids[0][0]}; expected 0 to 10"):
        model()(torch.tensor(ids))


def test_inputs_that_do_not_fit_are_refused() -> None:
    ids = torch.zeros(1, 2, dtype=torch.long)
    for call, words in (
        (lambda: model()(), "exactly one"),
        (lambda: model()(ids, inputs_embeds=torch.zeros(1, 2, 6)), "exactly one"),
        (lambda: model()(inputs_embeds=torch.zeros(1, 2, 5)), r"expected \(B, T, 6\)"),
        (lambda: model(num_features=3)(ids), "takes input_features"),
        (lambda: model(num_features=3)(input_features=torch.zeros(1, 3)), r"expected \(B, T, 3\)"),
        (lambda: model()(ids, torch.ones(1, 3)), "attention_mask"),
    ):
        with pytest.raises(DataError, match=words):
            call()
    with pytest.raises(ConfigError, match="both None"):
        RNNModel(config(vocab_size=None))


def test_a_state_that_does_not_fit_is_refused() -> None:
    network, ids = model(RNNModel, "lstm", num_hidden_layers=2), torch.zeros(2, 3, dtype=torch.long)
    for state in (
        torch.zeros(2, 2, 6),
        ((torch.zeros(2, 6),) * 2,),
        ((torch.zeros(3, 6),) * 2,) * 2,
        ((torch.zeros(2, 6),),) * 2,
    ):
        with pytest.raises(StateError, match="state"):
            network(ids, initial_state=state)


@pytest.mark.parametrize("fields", [{}, {"num_features": 3}, {"num_features": 3, "embedding_size": 4}])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_dtypes(cell: str, fields: dict, dtype: torch.dtype) -> None:
    network = model(RNNModel, cell, num_hidden_layers=2, layer_norm=True, **fields).to(dtype)
    x = {"input_features": torch.randn(4, 5, 3)} if fields else {"input_ids": torch.randint(0, 11, (4, 5))}
    out = network(**x, attention_mask=torch.tensor(MASKS["left"]), return_state=True)
    assert out.last_hidden_state.dtype == dtype
    assert {t.dtype for layer in out.state for t in layer} == {dtype}


@pytest.mark.parametrize("fields", [{}, {"num_features": 3}, {"num_features": 3, "embedding_size": 4}])
@pytest.mark.parametrize("cell", CELLS)
def test_autocast(cell: str, fields: dict) -> None:
    network = model(RNNModel, cell, num_hidden_layers=2, layer_norm=True, residual=True, **fields)
    x = {"input_features": torch.randn(4, 5, 3)} if fields else {"input_ids": torch.randint(0, 11, (4, 5))}
    for mask in (None, torch.tensor(MASKS["left"])):
        exact = network(**x, attention_mask=mask).last_hidden_state
        with torch.autocast("cpu", torch.bfloat16):
            out = network(**x, attention_mask=mask, return_state=True)
            network(**x, attention_mask=mask, initial_state=out.state)
        torch.testing.assert_close(out.last_hidden_state.float(), exact, atol=0.15, rtol=0.1)
        out.last_hidden_state.float().sum().backward()
        assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)


needs_compiler = pytest.mark.skipif(compiler() is None, reason="the plan needs a C++ compiler")
NAMES = ("embedding", "input", "hidden", "output", "recurrent", "weight")
DROPOUTS: list[dict[str, Any]] = [*({f"{name}_dropout": 0.5} for name in NAMES), {"zoneout": 0.5}]


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize(("fields", "cell"), list(product(DROPOUTS, CELLS)), ids=str)
def test_dropouts_act_in_training_and_not_in_evaluation(fields: dict, cell: str, locked: bool) -> None:
    network = model(RNNModel, cell, num_hidden_layers=2, locked_dropout=locked, **fields)
    ids = torch.randint(0, 11, (2, 6))
    clean = network(ids).last_hidden_state
    assert torch.equal(network(ids).last_hidden_state, clean)
    if "zoneout" not in fields:
        bare = RNNModel(config(cell, num_hidden_layers=2)).eval()
        bare.load_state_dict(network.state_dict())
        assert torch.equal(bare(ids).last_hidden_state, clean)
    network.train()
    assert not torch.allclose(network(ids).last_hidden_state, clean)
    assert not torch.allclose(network(ids).last_hidden_state, network(ids).last_hidden_state)
    network(ids).last_hidden_state.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("fields", DROPOUTS, ids=str)
def test_one_seed_gives_the_same_masks_in_parts_of_a_batch_and_under_other_padding(
    fields: dict, bidirectional: bool, locked: bool
) -> None:
    network = model(RNNModel, "gru", num_hidden_layers=2, bidirectional=bidirectional, locked_dropout=locked, **fields)
    network.train()
    ids, mask = torch.randint(0, 11, (4, 5)), torch.tensor(MASKS["scattered"])
    with dropout_seed(3):
        whole = network(ids, mask).last_hidden_state
    with dropout_seed(3):
        first, *rest = (network(ids[rows], mask[rows]).last_hidden_state for rows in (slice(1), slice(1, 4)))
    torch.testing.assert_close(torch.cat([first, *rest]), whole)
    packed = ids[:1, mask[0].bool()]
    with dropout_seed(3):
        torch.testing.assert_close(network(packed).last_hidden_state, whole[:1, mask[0].bool()])
    # Without `dropout_seed` the seed is torch's own, and what all rows share is drawn for each batch.
    torch.manual_seed(4)
    whole = network(ids, mask).last_hidden_state
    torch.manual_seed(4)
    torch.testing.assert_close(network(ids[:3], mask[:3]).last_hidden_state, whole[:3])


@pytest.mark.parametrize("plan", ["loop", pytest.param("compiled", marks=needs_compiler)])
@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_activation_checkpointing_gives_the_same_gradients(cell: str, reentrant: bool, plan: str) -> None:
    dropouts = {"weight_dropout": 0.3, "hidden_dropout": 0.3, "zoneout": 0.3}
    network = model(RNNForCausalLM, cell, num_hidden_layers=2, learn_initial_state=True, **dropouts).train()
    network.plan = plan
    ids, found = torch.randint(0, 11, (4, 5)), []
    mask = torch.tensor(MASKS["left"])
    for on in (False, True):
        if on:
            network.activation_checkpointing_enable({"use_reentrant": reentrant})
            assert network.is_activation_checkpointing
        torch.manual_seed(1)
        out = network(ids, mask, labels=ids, return_state=True)
        # Re-entrant checkpointing sees no tensors inside of tuples, which is why torch advises against it.
        loss = out.loss + (0.0 if reentrant else sum(t.sum() for layer in out.state for t in layer))
        found.append({"loss": loss, **gradients_by_backward(loss, network)})
    same(*found)


def gradients_by_backward(loss: Tensor, network: torch.nn.Module) -> dict[str, Tensor]:
    """Return the gradients by name; re-entrant checkpointing knows no `autograd.grad`."""
    network.zero_grad()
    loss.backward()
    return {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}


def test_a_copy_has_its_own_recurrent_weights() -> None:
    network = model(RNNModel, "lstm", weight_dropout=0.5).train()
    network(torch.zeros(1, 3, dtype=torch.long))
    other = copy.deepcopy(network)
    torch.nn.init.zeros_(other.layers[0].cells[0].weight_hh)
    assert network.layers[0].cells[0].weight_hh.any()
