import copy
import json
import math
import pickle
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
import torch

from seqkit.annotations import Range
from seqkit.config import RNNConfig, UnknownCell
from seqkit.errors import ConfigError, SeqkitError, UnknownPlugin
from seqkit.fields import own_fields
from tests.cases import CELLS, MODELS, config

FIELDS = own_fields(RNNConfig)

HOSTILE = {
    int: [True, 1.0, "1", [1], math.nan, 10**400],
    float: [True, "0.1", math.nan, math.inf, 10**400, [0.1]],
    bool: [1, 0, "true", [True]],
    str: [1, True, ["gru"], b"gru"],
    dict: [[1], "a", 5, {1: 2}],
}
"""Values of the wrong kind, for each kind of field; None besides, where it is not allowed."""


def kinds(hint: Any) -> list[type]:
    """Return the plain types that an annotation allows."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return kinds(args[0])
    if origin in (Union, UnionType):
        return [kind for arg in args for kind in kinds(arg)]
    return [type(args[0])] if origin is Literal else [origin or hint]


def bad_values(hint: Any) -> list[Any]:
    """Return values that a field must refuse."""
    allowed = kinds(hint)
    values = [value for kind in allowed for value in HOSTILE.get(kind, [])]
    values += [..., {"a"}] + ([] if type(None) in allowed else [None])
    for part in (hint, *get_args(hint)):
        for rule in getattr(part, "__metadata__", ()):
            assert isinstance(rule, Range)
            values += [rule.low - 1, rule.high if rule.below else rule.high + 1]
    return [value for value in values if not (list in allowed and value == [1])]


CASES = [(name, value) for name, hint in FIELDS.items() for value in bad_values(hint)]


@pytest.mark.parametrize(("name", "value"), CASES, ids=lambda v: str(v)[:24])
def test_every_field_refuses_what_is_not_its_own(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=name):
        RNNConfig(**{name: value})


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_checked_again_when_a_model_is_built(name: str) -> None:
    changed = config()
    changed.__dict__[name] = object()
    with pytest.raises(ConfigError, match=name):
        changed.check()


def test_every_field_is_documented() -> None:
    assert [name for name in FIELDS if f"        {name}: " not in (RNNConfig.__doc__ or "")] == []


def test_defaults_make_a_configuration() -> None:
    made = RNNConfig()
    assert (made.cell, made.hidden_size, made.num_labels) == ("lstm", 256, 2)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("hiden_size", "hidden_size"), ("num_layers", ""), ("id2labels", "id2label"), ("biderectional", "bidirectional")],
)
def test_an_unknown_field_is_told_its_nearest_neighbour(name: str, nearest: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}.*{nearest and f'Did you mean .{nearest}'}"):
        RNNConfig(**{name: 1})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"dtype": "os:system"}, "float32"),
        ({"dtype": 5}, "dtype is 5"),
        ({"dtype": torch.int8}, "torch.int8"),
        ({"quantization_config": 5}, "quantization_config"),
        ({"architectures": "RNNModel"}, "architectures"),
        ({"problem_type": "ranking"}, "problem_type"),
        ({"transformers_weights": "../a.safetensors"}, "unknown field"),
        ({"temperature": 0.5}, "generation_config"),
        ({"id2label": -1}, "id2label"),
        ({"id2label": {}}, "0, 1, 2"),
        ({"id2label": {0: "a", 5: "b"}}, "0, 1, 2"),
        ({"id2label": {"x": "a"}}, "0, 1, 2"),
        ({"id2label": {0: "a", 1: "a"}}, "same label"),
        ({"id2label": {0: "a"}, "label2id": {"a": "x"}}, "inverse"),
        ({"id2label": {0: "a"}, "label2id": {"a": 1}}, "inverse"),
        ({"id2label": {0: "a", 1: "b"}, "num_labels": 3}, r"num_labels \(3\)"),
        ({"label2id": {"a": 0, "b": 7}}, "0, 1, 2"),
        ({"num_labels": 0}, "num_labels"),
        ({"vocab_size": 5, "num_features": 5}, "both set"),
        ({"vocab_size": 5, "pad_token_id": 5}, "below vocab_size"),
        ({"vocab_size": 5, "eos_token_id": [1, 9]}, "below vocab_size"),
        ({"tie_word_embeddings": True, "embedding_size": 5, "hidden_size": 6}, "embedding_size=6"),
        ({"vocab_size": 2**31 - 1, "hidden_size": 65536}, "parameters"),
        ({"hidden_size": 65536, "num_hidden_layers": 256}, "parameters"),
        ({"cell_options": {"bais": True}}, "Did you mean 'bias'"),
        ({"cell_options": {"bias": 1}}, "bias.*true or false"),
        ({"cell_options": {"forget_bias": math.nan}}, "forget_bias"),
        ({"cell_options": {"recurrent_init": "zeros"}}, "orthogonal"),
        ({"cell_options": {"input_size": 3}}, "does not know"),
        ({"provenance": {"cell": "x"}}, "provenance"),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(fields: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        RNNConfig(**fields)


@pytest.mark.parametrize("name", ["lstmm", "", "../lstm", "os:system", "seqkit.cells.gru:GRU", "no-such/gru"])
def test_an_unknown_cell_is_both_kinds_of_error(name: str) -> None:
    with pytest.raises(UnknownCell) as caught:
        RNNConfig(cell=name)
    assert isinstance(caught.value, ConfigError)
    assert isinstance(caught.value, UnknownPlugin)
    assert isinstance(caught.value, SeqkitError)


def test_the_nearest_cell_is_told() -> None:
    with pytest.raises(UnknownCell, match="Did you mean 'lstm'"):
        RNNConfig(cell="lstmm")


@pytest.mark.parametrize("cell", CELLS)
def test_a_qualified_name_is_the_same_cell(cell: str) -> None:
    assert RNNConfig(cell=f"seqkit/{cell}").cell_class() is RNNConfig(cell=cell).cell_class()


def test_labels_follow_from_each_other() -> None:
    for fields in (
        {"id2label": {0: "a", 1: "b"}},
        {"label2id": {"a": 0, "b": 1}},
        {"id2label": {"0": "a", "1": "b"}, "num_labels": 2},
    ):
        made = RNNConfig(**fields)
        assert (made.id2label, made.label2id, made.num_labels) == ({0: "a", 1: "b"}, {"a": 0, "b": 1}, 2)


def test_sizes() -> None:
    assert config(embedding_size=4).input_size == 4
    assert config().input_size == 6
    assert config(num_features=3).input_size == 3
    assert config(num_features=3, embedding_size=5).input_size == 5
    assert config(bidirectional=True).output_size == 12


def test_dropout_on_recurrent_weights_needs_a_cell_that_declares_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RNNConfig().cell_class(), "recurrent_weights", ())
    for name in ("weight_dropout", "recurrent_dropout"):
        with pytest.raises(ConfigError, match=f"{name}.*recurrent_weights"):
            RNNConfig(**{name: 0.1})


FULL = {
    "cell": "rnn",
    "vocab_size": 11,
    "embedding_size": 5,
    "hidden_size": 6,
    "num_hidden_layers": 2,
    "bidirectional": True,
    "cell_options": {"nonlinearity": "relu", "bias": False},
    "pooling": "attention",
    "embedding_dropout": 0.1,
    "input_dropout": 0,
    "hidden_dropout": 0.2,
    "weight_dropout": 0.3,
    "zoneout": 0.4,
    "locked_dropout": True,
    "layer_norm": True,
    "residual": True,
    "learn_initial_state": True,
    "initializer_range": 1,
    "use_cache": False,
    "pad_token_id": 0,
    "eos_token_id": [1, 2],
    "id2label": {0: "좋다", 1: "나쁘다"},
    "problem_type": "multi_label_classification",
    "dtype": "bfloat16",
}


def test_round_trip(tmp_path: Path) -> None:
    made = RNNConfig(**FULL)
    made.save_pretrained(tmp_path)
    loaded = RNNConfig.from_pretrained(tmp_path)
    for name in {*FULL, *FIELDS} - {"dtype", "provenance"}:
        assert getattr(loaded, name) == getattr(made, name), name
    assert loaded.dtype == torch.bfloat16
    loaded.save_pretrained(tmp_path / "again")
    assert json.loads((tmp_path / "again/config.json").read_text()) == json.loads(
        (tmp_path / "config.json").read_text()
    )


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c)), lambda c: RNNConfig(**c.to_dict())]
)
def test_copies_are_equal(copied: Any) -> None:
    made = RNNConfig(**FULL)
    assert copied(made).to_dict() == made.to_dict()


@pytest.mark.parametrize("kind", MODELS)
def test_what_transformers_writes_is_known(kind: type, tmp_path: Path) -> None:
    kind(config(num_labels=3)).save_pretrained(tmp_path)
    loaded = RNNConfig.from_pretrained(tmp_path)
    assert loaded.architectures == [kind.__name__]
    assert loaded.num_labels == 3
    RNNConfig(**json.loads((tmp_path / "config.json").read_text()))


def test_a_hostile_file_is_refused(tmp_path: Path) -> None:
    made = config()
    made.save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    fields = json.loads(path.read_text())
    for change in (
        {"hidden_size": -1},
        {"num_hidden_layers": 10**9},
        {"zoneout": math.nan},
        {"surprise": 1},
        {"cell": "x:y"},
    ):
        path.write_text(json.dumps({**fields, **change}))
        with pytest.raises(ConfigError, match=next(iter(change))):
            RNNConfig.from_pretrained(tmp_path)


def test_options_do_not_leak_between_configurations() -> None:
    options = {"bias": False}
    first, second = RNNConfig(cell_options=options), RNNConfig()
    options["bias"] = True
    assert first.cell_options == {"bias": False}
    assert second.cell_options == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"calibration_temperature": 0.0},
        {"calibration_temperature": float("nan")},
        {"label_thresholds": [0.5]},
        {"label_thresholds": [0.5, 1.5]},
        {"label_thresholds": "0.5"},
    ],
    ids=str,
)
def test_calibration_and_thresholds_are_checked(fields: dict) -> None:
    with pytest.raises(ConfigError, match=next(iter(fields))):
        RNNConfig(vocab_size=5, num_labels=2, **fields)


def test_thresholds_are_kept_and_go_with_their_labels(tmp_path: Path) -> None:
    RNNConfig(vocab_size=5, num_labels=2, label_thresholds=[0.2, 0.7], calibration_temperature=1.5).save_pretrained(
        tmp_path
    )
    loaded = RNNConfig.from_pretrained(tmp_path)
    assert (loaded.label_thresholds, loaded.calibration_temperature) == ([0.2, 0.7], 1.5)
    assert RNNConfig.from_pretrained(tmp_path, num_labels=3).label_thresholds is None
