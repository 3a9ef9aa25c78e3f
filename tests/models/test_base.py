import copy
import pickle
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from torch import nn

from seqkit.errors import ConfigError
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification, RNNModel
from seqkit.models.base import ALIGNMENT
from tests.cases import CELLS, HEADS, MODELS, config, model, poisoned, same

IDS = torch.tensor([[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_saved_model_is_the_same_model(cell: str, kind: type, tmp_path: Path) -> None:
    network = model(kind, cell, num_hidden_layers=2, layer_norm=True, learn_initial_state=True, pooling="attention")
    network.save_pretrained(tmp_path)
    with poisoned():
        loaded, report = kind.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(report.values())
    same(loaded.state_dict(), network.state_dict(), 0)
    with torch.no_grad():
        torch.testing.assert_close(loaded(IDS)[0], network(IDS)[0])
    assert not loaded.training


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_parameter_begins_well(cell: str, kind: type) -> None:
    with poisoned():
        made = kind._from_config(config(cell, learn_initial_state=True, pooling="attention", layer_norm=True))
        second = kind(config(cell, learn_initial_state=True, pooling="attention", layer_norm=True))
    for network in (made, second):
        assert all(torch.isfinite(p).all() and p.abs().max() < 10 for p in network.parameters())


def test_the_same_seed_gives_the_same_model() -> None:
    made = []
    for _ in range(2):
        torch.manual_seed(1)
        made.append(RNNForCausalLM(config("lstm")).state_dict())
    same(*made, 0)


@pytest.mark.parametrize("dtype", ["bfloat16", torch.float64, "auto"])
@pytest.mark.parametrize("cell", CELLS)
def test_dtype(cell: str, dtype: Any, tmp_path: Path) -> None:
    model(RNNForCausalLM, cell).to(torch.bfloat16).save_pretrained(tmp_path)
    loaded = RNNForCausalLM.from_pretrained(tmp_path, dtype=dtype)
    assert loaded.dtype == (torch.float64 if dtype == torch.float64 else torch.bfloat16)
    assert {p.dtype for p in loaded.parameters()} == {loaded.dtype}
    out = loaded(IDS, labels=IDS)
    out.loss.backward()
    assert torch.isfinite(out.loss)
    assert loaded.generate(IDS, max_new_tokens=2, do_sample=False).shape == (2, 5)


@pytest.mark.parametrize("kind", MODELS)
def test_device_map(kind: type, tmp_path: Path) -> None:
    network = model(kind, num_hidden_layers=2)
    network.save_pretrained(tmp_path)
    loaded = kind.from_pretrained(tmp_path, device_map="auto")
    torch.testing.assert_close(loaded(IDS)[0], network(IDS)[0])


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"])
def test_copies_are_equal_and_apart(copied: Any, kind: type) -> None:
    network = model(kind, "lstm", num_hidden_layers=2)
    other = copied(network)
    same(other.state_dict(), network.state_dict(), 0)
    torch.testing.assert_close(other(IDS)[0], network(IDS)[0])
    nn.init.zeros_(other.get_input_embeddings().weight)
    assert network.get_input_embeddings().weight.any()


@pytest.mark.parametrize("size", [9, 15])
@pytest.mark.parametrize("tied", [False, True])
def test_the_vocabulary_is_resized(tied: bool, size: int, tmp_path: Path) -> None:
    network = model(RNNForCausalLM, tie_word_embeddings=tied)
    with torch.no_grad():
        before = network(IDS).logits
    network.resize_token_embeddings(size)
    assert (
        network.config.vocab_size
        == network.get_input_embeddings().num_embeddings
        == network.lm_head.out_features
        == size
    )
    assert len(network.lm_head.bias) == size
    assert (network.lm_head.weight is network.get_input_embeddings().weight) is tied
    common = min(size, 11)
    torch.testing.assert_close(network(IDS).logits[..., :common], before[..., :common])
    network(IDS % size, labels=IDS % size).loss.backward()
    network.save_pretrained(tmp_path)
    torch.testing.assert_close(RNNForCausalLM.from_pretrained(tmp_path)(IDS).logits, network(IDS).logits)


def test_embeddings_can_be_taken_and_set() -> None:
    for kind in MODELS:
        network = model(kind)
        new = nn.Embedding(11, 6)
        network.set_input_embeddings(new)
        assert network.get_input_embeddings() is new
        assert getattr(network, "model", network).embed_tokens is new
    network, head = model(RNNForCausalLM), nn.Linear(6, 11)
    assert network.get_output_embeddings() is network.lm_head
    network.set_output_embeddings(head)
    assert network.lm_head is head
    assert model(RNNForTokenClassification).get_output_embeddings() is None


def test_a_model_of_vectors_has_no_embedding(tmp_path: Path) -> None:
    network = model(RNNForSequenceClassification, num_features=3, embedding_size=4)
    assert network.main_input_name == "input_features"
    assert model(RNNForSequenceClassification).main_input_name == "input_ids"
    assert network.get_input_embeddings() is None
    network.save_pretrained(tmp_path)
    x = torch.randn(2, 5, 3)
    torch.testing.assert_close(
        RNNForSequenceClassification.from_pretrained(tmp_path)(input_features=x)[0], network(input_features=x)[0]
    )


FLOATS = {"num_features": 3, "embedding_size": 4}
LORA: list[tuple[type, dict[str, Any], dict[str, Any]]] = [
    (RNNForCausalLM, {"target_modules": ["lm_head"], "task_type": "CAUSAL_LM"}, {}),
    (RNNForCausalLM, {"target_modules": ["embed_tokens"], "modules_to_save": ["lm_head"]}, {}),
    (RNNForTokenClassification, {"target_modules": ["classifier"]}, {}),
    (RNNForSequenceClassification, {"target_modules": ["input_projection"], "modules_to_save": ["score"]}, FLOATS),
]


@pytest.mark.parametrize(("kind", "lora", "fields"), LORA)
def test_a_lora_adapter_trains_and_loads(kind: type, lora: dict, fields: dict, tmp_path: Path) -> None:
    network = model(kind, num_labels=3, **fields)
    inputs = {"input_features": torch.randn(2, 3, 3)} if fields else {"input_ids": IDS}
    labels = IDS % 3 if kind is not RNNForSequenceClassification else torch.tensor([0, 2])
    fresh = copy.deepcopy(network)
    adapted = peft.get_peft_model(network, peft.LoraConfig(r=2, **lora))
    optimizer = torch.optim.Adam([p for p in adapted.parameters() if p.requires_grad], 0.1)
    losses = []
    for _ in range(8):
        loss = adapted(**inputs, labels=labels).loss
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert losses[-1] < losses[0]
    frozen = [name for name, p in adapted.named_parameters() if not p.requires_grad]
    assert any("weight_hh" in name for name in frozen)
    adapted.save_pretrained(tmp_path)
    again = peft.PeftModel.from_pretrained(fresh, tmp_path)
    torch.testing.assert_close(again(**inputs).logits, adapted.eval()(**inputs).logits)


def test_explain_has_a_row_for_each_layer_and_direction() -> None:
    table = model(RNNForTokenClassification, "lstm", num_hidden_layers=2, bidirectional=True).explain()
    assert [(row["layer"], row["direction"]) for row in table] == [
        (0, "forward"),
        (0, "backward"),
        (1, "forward"),
        (1, "backward"),
    ]
    assert {(row["cell"], row["plan"]) for row in table} == {("lstm", "fused")}
    assert "zoneout" in model(zoneout=0.1).explain()[0]["reason"]


def test_a_plan_is_set_for_all_layers_or_none() -> None:
    network = model(num_hidden_layers=2)
    assert network.plan == "auto"
    network.plan = "loop"
    assert {row["plan"] for row in network.explain()} == {"loop"}
    for bad in ("fastest", "scan!"):
        with pytest.raises(ConfigError, match=bad):
            network.plan = bad
    with pytest.raises(ConfigError, match="zoneout"):
        model(zoneout=0.1).plan = "fused"
    assert network.plan == "loop"


def test_a_configuration_is_checked_when_a_model_is_built() -> None:
    changed = config()
    changed.hidden_size = 0
    with pytest.raises(ConfigError, match="hidden_size is 0"):
        RNNModel(changed)
    with pytest.raises(ConfigError, match="RNNModel is no encoder-decoder"):
        RNNModel(config(is_encoder_decoder=True, bos_token_id=1))


@pytest.mark.parametrize("kind", HEADS)
def test_saving_copies_no_code(kind: type, tmp_path: Path) -> None:
    kind.register_for_auto_class()
    model(kind).save_pretrained(tmp_path)
    assert not any("def forward" in path.read_text() for path in tmp_path.glob("*.py"))


@pytest.mark.parametrize("cell", CELLS)
def test_a_loaded_model_computes_the_very_same_bits(cell: str, tmp_path: Path) -> None:
    for size in (16, 23, 37, 65):
        network = model(RNNForCausalLM, cell, hidden_size=size, num_hidden_layers=2)
        network.save_pretrained(tmp_path)
        loaded = RNNForCausalLM.from_pretrained(tmp_path).eval()
        assert all(p.data_ptr() % ALIGNMENT == 0 for p in loaded.parameters())
        ids = torch.randint(0, 11, (1, 20))
        with torch.no_grad():
            assert torch.equal(loaded(ids).logits, network(ids).logits)


@pytest.mark.parametrize("kind", HEADS)
def test_a_head_keeps_its_loss_under_another_name(kind: type) -> None:
    other = type("Doubled", (kind,), {})
    ids = IDS.clone()
    labels = {"RNNForSequenceClassification": torch.tensor([0, 1])}.get(kind.__name__, ids % 2)
    torch.manual_seed(1)
    expected = model(kind)(ids, labels=labels).loss
    torch.manual_seed(1)
    torch.testing.assert_close(model(other)(ids, labels=labels).loss, expected)
