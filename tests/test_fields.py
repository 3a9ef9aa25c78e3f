from typing import Annotated

import pytest

from seqkit.annotations import Range
from seqkit.cells.gru import GRU
from seqkit.config import RNNConfig
from seqkit.errors import ConfigError
from seqkit.fields import FOREIGN, check_labels, check_options, check_raw, check_thresholds, check_value, own_fields


class Wider(RNNConfig):
    """A configuration with a field more."""

    girth: Annotated[int, Range(1, 9)] = 3


def test_own_fields_are_seqkits_and_those_of_descendants() -> None:
    assert own_fields(Wider).keys() - own_fields(RNNConfig).keys() == {"girth"}
    assert "cell" in own_fields(Wider)
    assert not own_fields(RNNConfig).keys() & {"id2label", "problem_type"}


def test_no_field_is_both_seqkits_and_transformers() -> None:
    assert not own_fields(RNNConfig).keys() & FOREIGN.keys()


def test_a_descendants_field_is_checked() -> None:
    check_raw(Wider, {"girth": 9})
    with pytest.raises(ConfigError, match="girth is 10; expected"):
        check_raw(Wider, {"girth": 10})
    with pytest.raises(ConfigError, match="unknown field 'girth'"):
        check_raw(RNNConfig, {"girth": 9})


def test_a_value_is_told_with_what_was_expected() -> None:
    check_value("size", 3, int)
    with pytest.raises(ConfigError, match=r"size is '3'; expected"):
        check_value("size", "3", int)


@pytest.mark.parametrize(
    ("id2label", "label2id", "count"),
    [({1: "a"}, None, None), ({0: "a", 1: "a"}, None, None), ({0: "a"}, {"b": 0}, None), ({0: "a"}, {"a": 0}, 2)],
    ids=["ids with a gap", "one label twice", "no inverse", "another number"],
)
def test_labels_that_contradict_each_other_are_refused(
    id2label: dict | None, label2id: dict | None, count: int | None
) -> None:
    with pytest.raises(ConfigError):
        check_labels(id2label, label2id, count)


def test_options_are_the_cells_own() -> None:
    check_options(GRU, {"bias": False})
    with pytest.raises(ConfigError, match=r"does not know.*bias"):
        check_options(GRU, {"bia": False})
    with pytest.raises(ConfigError, match="bias"):
        check_options(GRU, {"bias": "no"})


def test_thresholds_are_as_many_as_labels() -> None:
    check_thresholds(None, 2)
    check_thresholds([0.2, 0.5], 2)
    with pytest.raises(ConfigError, match="label_thresholds has 1 values; expected one for each of 2 labels"):
        check_thresholds([0.2], 2)


@pytest.mark.parametrize("name", ["feature_means", "feature_deviations"])
def test_there_is_one_measure_for_each_number(name: str) -> None:
    RNNConfig(num_features=2, **{name: [1.0, 2.0]})
    with pytest.raises(ConfigError, match=f"{name} has 1 values.*num_features is 2"):
        RNNConfig(num_features=2, **{name: [1.0]})
    with pytest.raises(ConfigError, match=f"{name} has 1 values.*num_features is None"):
        RNNConfig(vocab_size=2, **{name: [1.0]})
    with pytest.raises(ConfigError, match="feature_deviations"):
        RNNConfig(num_features=1, feature_deviations=[0.0])
