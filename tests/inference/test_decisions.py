"""What is said of scores."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqkit import RNNConfig
from seqkit.data import convert_tags
from seqkit.inference.decisions import decide, name_tags, of_words, probabilities

NAMES = {0: "a", 1: "b"}
TAGS = ["O", *(f"{prefix}-{kind}" for prefix in "BIES" for kind in ("PER", "LOC"))]


def config(**fields: object) -> RNNConfig:
    return RNNConfig(vocab_size=5, id2label=NAMES, **fields)


def test_one_label() -> None:
    scores = torch.tensor([0.0, 3.0])
    said = decide(scores, config(problem_type="single_label_classification"))
    assert said == {"label": "b", "score": 0.9526}
    assert decide(scores, config(calibration_temperature=3.0)) == {"label": "b", "score": 0.7311}


def test_several_labels_by_their_thresholds() -> None:
    scores, kind = torch.tensor([-1.0, 1.0]), "multi_label_classification"
    assert decide(scores, config(problem_type=kind)) == {"labels": ["b"], "scores": {"a": 0.2689, "b": 0.7311}}
    limits = config(problem_type=kind, label_thresholds=[0.2, 0.8])
    assert decide(scores, limits)["labels"] == ["a"]
    # Thresholds are of calibrated probabilities.
    limits.calibration_temperature = 0.5
    assert probabilities(scores, limits).tolist() == pytest.approx([0.1192, 0.8808], abs=1e-4)
    assert decide(scores, limits)["labels"] == ["b"]


def test_a_number() -> None:
    assert decide(torch.tensor([2.5]), config(problem_type="regression")) == {"value": 2.5}


def test_a_word_has_the_tag_of_its_first_token() -> None:
    assert of_words([5, 1, 2, 3, 6], [None, 0, 0, 2, None], 3) == [1, None, 3]


@given(st.lists(st.sampled_from(TAGS), max_size=12))
def test_iobes_is_named_in_bio(tags: list[str]) -> None:
    names = dict(enumerate(TAGS))
    found = list(name_tags([TAGS.index(tag) for tag in tags], names, "iobes"))
    assert found == convert_tags(tags, "bio")


def test_words_without_a_tag() -> None:
    assert list(name_tags([1, None], NAMES, None)) == ["b", None]
    assert list(name_tags([None, 0], {0: "B-A"}, "bio")) == ["O", "B-A"]
