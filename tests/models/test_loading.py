import json
import logging
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from seqkit.errors import CheckpointError
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification, RNNModel
from tests.cases import CELLS, HEADS, model, poisoned, same

WEIGHT = "model.layers.0.cells.0.weight_hh"


def saved(folder: Path, kind: type = RNNForCausalLM, **fields: Any) -> Path:
    """Save a small model and return its one file of weights."""
    model(kind, **fields).save_pretrained(folder)
    return folder / "model.safetensors"


def edit(path: Path, change: Callable[[dict[str, Tensor]], Any]) -> None:
    """Change the tensors of a file."""
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, {"format": "pt"})


def put(name: str, value: Callable[[Tensor], Tensor]) -> Callable[[dict[str, Tensor]], None]:
    """Return a change of one tensor."""
    return lambda tensors: tensors.update({name: value(tensors[name])})


FAULTS: dict[str, tuple[Callable[[dict[str, Tensor]], Any], str]] = {
    "missing": (lambda t: t.pop(WEIGHT), "lacks the tensor 'layers.0.cells.0.weight_hh'"),
    "missing head": (lambda t: t.pop("lm_head.bias"), "lacks the tensor 'lm_head.bias'"),
    "extra": (lambda t: t.update({"model.layers.7.x": torch.zeros(1)}), "'model.layers.7.x'"),
    "extra head": (lambda t: t.update({"classifier.weight": torch.zeros(1)}), "'classifier.weight'"),
    "twice": (lambda t: t.update({WEIGHT[6:]: t[WEIGHT] + 1}), "twice"),
    "misshaped": (put(WEIGHT, lambda x: x[:-1].clone()), f"'{WEIGHT}' has shape"),
    "misshaped head": (put("lm_head.weight", lambda x: x.T.contiguous()), "'lm_head.weight' has shape"),
    "integer": (put(WEIGHT, lambda x: x.long()), f"'{WEIGHT}' is torch.int64"),
    "bool": (put(WEIGHT, lambda x: x > 0), f"'{WEIGHT}' is torch.bool"),
    "nan": (put(WEIGHT, lambda x: x * torch.nan), f"'{WEIGHT}' holds NaN"),
    "one infinity": (put("lm_head.bias", lambda x: x.index_fill(0, torch.tensor(5), torch.inf)), "lm_head.bias"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_tensor_that_is_wrong_is_named(fault: str, tmp_path: Path) -> None:
    path = saved(tmp_path)
    change, words = FAULTS[fault]
    edit(path, change)
    with pytest.raises(CheckpointError) as caught:
        RNNForCausalLM.from_pretrained(tmp_path)
    assert words in str(caught.value)
    if "missing" not in fault:
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if "head" not in fault and fault != "one infinity"])
def test_the_backbone_is_strict_under_any_head(fault: str, tmp_path: Path) -> None:
    edit(saved(tmp_path), FAULTS[fault][0])
    for kind in (RNNModel, RNNForSequenceClassification, RNNForTokenClassification):
        with pytest.raises(CheckpointError):
            kind.from_pretrained(tmp_path, ignore_mismatched_sizes=True)


@pytest.mark.parametrize(
    "damage",
    [lambda b: b[:-1], lambda b: b[:7], lambda b: b"", lambda b: b"\xff" * 8 + b[8:], lambda b: b[:8] + b"x" + b[9:]],
)
def test_a_file_that_is_not_whole_is_named(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError, match=r"model\.safetensors is not a whole safetensors file"):
        RNNForCausalLM.from_pretrained(tmp_path)


class Bomb:
    """Would make a file where it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt"])
def test_a_pickle_is_not_opened(name: str, tmp_path: Path) -> None:
    saved(tmp_path).unlink()
    (tmp_path / name).write_bytes(pickle.dumps(Bomb(str(tmp_path / "boom"))))
    with pytest.raises(CheckpointError, match=f"{name} is a pickle"):
        RNNForCausalLM.from_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="use_safetensors=False"):
        RNNForCausalLM.from_pretrained(tmp_path, use_safetensors=False)
    assert not (tmp_path / "boom").exists()


def test_a_folder_without_weights_says_what_it_holds(tmp_path: Path) -> None:
    saved(tmp_path).unlink()
    with pytest.raises(CheckpointError, match=r"holds no model\.safetensors.*config\.json"):
        RNNForCausalLM.from_pretrained(tmp_path)


def shards(folder: Path) -> Path:
    """Save a model in many files and return their index."""
    model(RNNForCausalLM, num_hidden_layers=3).save_pretrained(folder, max_shard_size="1KB")
    return folder / "model.safetensors.index.json"


def test_many_files_load(tmp_path: Path) -> None:
    network = model(RNNForCausalLM, num_hidden_layers=3)
    network.save_pretrained(tmp_path, max_shard_size="1KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 2
    same(RNNForCausalLM.from_pretrained(tmp_path).state_dict(), network.state_dict(), 0)


@pytest.mark.parametrize(
    "place",
    [
        "../outside.safetensors",
        "sub/x.safetensors",
        "..\\outside.safetensors",
        "/etc/x.safetensors",
        "gone.safetensors",
        "config.json",
        5,
        None,
    ],
)
def test_an_index_may_name_only_its_own_folder(place: Any, tmp_path: Path) -> None:
    index = shards(tmp_path / "model")
    content = json.loads(index.read_text())
    name, shard = next(iter(content["weight_map"].items()))
    (tmp_path / "model/sub").mkdir()
    for target in (tmp_path / "outside.safetensors", tmp_path / "model/sub/x.safetensors"):
        target.write_bytes((tmp_path / "model" / shard).read_bytes())
    content["weight_map"][name] = place
    index.write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match=name):
        RNNForCausalLM.from_pretrained(tmp_path / "model")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"weight_map": 5}', '{"weight_map": [1]}', "\xff"])
def test_an_index_that_is_none_is_named(text: str, tmp_path: Path) -> None:
    shards(tmp_path).write_text(text, encoding="latin-1")
    with pytest.raises(CheckpointError, match=r"index\.json (is no index|is not a valid JSON|holds a list)"):
        RNNForCausalLM.from_pretrained(tmp_path)


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    shards(tmp_path)
    gone = sorted(tmp_path.glob("model-*.safetensors"))[1]
    gone.unlink()
    with pytest.raises(CheckpointError, match=gone.name):
        RNNForCausalLM.from_pretrained(tmp_path)


@pytest.mark.parametrize(
    "fields", [{"hidden_size": 7}, {"num_hidden_layers": 2}, {"vocab_size": 12}, {"cell": "lstm"}, {"layer_norm": True}]
)
def test_a_configuration_that_is_not_the_files_own_is_found(fields: dict, tmp_path: Path) -> None:
    saved(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))
    with pytest.raises(CheckpointError):
        RNNForCausalLM.from_pretrained(tmp_path)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", [RNNForSequenceClassification, RNNForTokenClassification])
def test_a_language_model_becomes_a_classifier(kind: type, cell: str, tmp_path: Path) -> None:
    network = model(RNNForCausalLM, cell)
    network.save_pretrained(tmp_path)
    for _ in range(3):
        with poisoned():
            loaded = kind.from_pretrained(tmp_path, num_labels=4)
        assert all(torch.isfinite(p).all() for p in loaded.parameters())
        same(dict(loaded.model.named_parameters()), dict(network.model.named_parameters()), 0)
        assert loaded.config.num_labels == 4


def test_one_warning_lists_what_is_new_and_left_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    saved(tmp_path)
    logger = logging.getLogger("transformers")
    logger.addHandler(caplog.handler)
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        RNNForTokenClassification.from_pretrained(tmp_path)
    finally:
        logger.removeHandler(caplog.handler)
        logger.setLevel(level)
    told = ("classifier.weight", "lm_head.weight")
    # Under CI transformers hands its records on to the root as well: the same record may be caught twice.
    warnings = {id(r) for r in caplog.records if all(name in r.getMessage() for name in told)}
    assert len(warnings) == 1


def test_a_head_with_other_labels(tmp_path: Path) -> None:
    saved(tmp_path, RNNForTokenClassification, num_labels=3)
    with pytest.raises(CheckpointError, match="ignore_mismatched_sizes=True"):
        RNNForTokenClassification.from_pretrained(tmp_path, num_labels=5)
    with poisoned():
        loaded = RNNForTokenClassification.from_pretrained(tmp_path, num_labels=5, ignore_mismatched_sizes=True)
    assert loaded.classifier.weight.shape == (5, 6)
    assert torch.isfinite(loaded.classifier.weight).all()
    same(
        loaded.model.state_dict(),
        {k[6:]: v for k, v in load_file(tmp_path / "model.safetensors").items() if k.startswith("model.")},
        0,
    )


@pytest.mark.parametrize("kind", HEADS)
def test_a_head_goes_on_a_bare_backbone_and_comes_off(kind: type, tmp_path: Path) -> None:
    network = model(RNNModel)
    network.save_pretrained(tmp_path / "bare")
    head = kind.from_pretrained(tmp_path / "bare")
    same(head.model.state_dict(), network.state_dict(), 0)
    head.save_pretrained(tmp_path / "head")
    same(RNNModel.from_pretrained(tmp_path / "head").state_dict(), network.state_dict(), 0)


def test_a_state_dict_is_checked_too() -> None:
    network = model(RNNForCausalLM)
    tensors = network.state_dict()
    same(RNNForCausalLM.from_pretrained(None, config=network.config, state_dict=tensors).state_dict(), tensors, 0)
    tensors = {**tensors, WEIGHT: tensors[WEIGHT] * torch.nan}
    network.config.architectures = ["RNNForCausalLM"]
    with pytest.raises(CheckpointError, match=WEIGHT):
        RNNForCausalLM.from_pretrained(None, config=network.config, state_dict=tensors)


def test_tied_weights_that_differ_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, tie_word_embeddings=True)
    RNNForCausalLM.from_pretrained(tmp_path)
    edit(path, lambda t: t.update({"lm_head.weight": t["model.embed_tokens.weight"].clone()}))
    assert RNNForCausalLM.from_pretrained(tmp_path).lm_head.weight is not None
    edit(path, put("lm_head.weight", lambda x: x + 1))
    with pytest.raises(CheckpointError, match="tie_word_embeddings"):
        RNNForCausalLM.from_pretrained(tmp_path)


def test_a_file_without_a_note_of_its_library_loads_and_one_of_another_does_not(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tensors = load_file(path)
    save_file(tensors, path)
    assert torch.equal(RNNForCausalLM.from_pretrained(tmp_path).state_dict()[WEIGHT], tensors[WEIGHT])
    save_file(tensors, path, {"format": "tf"})
    with pytest.raises(CheckpointError, match="of the format 'tf'; expected 'pt'"):
        RNNForCausalLM.from_pretrained(tmp_path)
