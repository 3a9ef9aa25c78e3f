"""Each check of beginning, saving and training is failed by a head that is wrong there and nowhere else."""

import copy
import random
from typing import Any

import torch
from torch import nn

from seqkit import RNNConfig
from tests.testing.head.namesake import RNNForTokenClassification
from tests.testing.head.plain import Plain, fails_only


class OwnParameter(Plain):
    """It has a parameter that only its constructor sets. `>>>`."""

    def __init__(self, config: RNNConfig) -> None:
        super().__init__(config)
        self.shift = nn.Parameter(torch.zeros(config.num_labels))

    def spoil(self, outputs: Any, arguments: Any) -> None:
        outputs["logits"] = outputs.logits + self.shift
        if outputs.loss is not None:
            outputs["loss"] = outputs.loss + self.shift.square().sum()


def test_begins_from_backbone() -> None:
    assert "shift after loading a backbone" in fails_only("begins-from-backbone", OwnParameter)


class Unwritten(Plain):
    """It holds a number that no file holds. `>>>`."""

    def __init__(self, config: RNNConfig) -> None:
        super().__init__(config)
        self.temperature = random.uniform(0.5, 2)

    def spoil(self, outputs: Any, arguments: Any) -> None:
        outputs["logits"] = outputs.logits * self.temperature


def test_save_load_equal() -> None:
    assert "scores after loading" in fails_only("save-load-equal", Unwritten)


def test_auto_class_loads() -> None:
    found = fails_only("auto-class-loads", RNNForTokenClassification)
    assert "seqkit.models.token_classification.RNNForTokenClassification" in found


class Headstrong(Plain):
    """It changes the configuration that it is given. `>>>`."""

    def __init__(self, config: RNNConfig) -> None:
        config = copy.deepcopy(config)
        config.initializer_range = 0.02
        super().__init__(config)


def test_config_roundtrip() -> None:
    assert "initializer_range" in fails_only("config-roundtrip", Headstrong)


class Talkative(Plain):
    """Its outputs hold words, which no evaluation can gather. `>>>`."""

    def spoil(self, outputs: Any, arguments: Any) -> None:
        outputs["tagged"] = "words"


def test_trainer_step() -> None:
    assert "TypeError" in fails_only("trainer-step", Talkative)


class Closure(Plain):
    """It holds a function that cannot be pickled. `>>>`."""

    def __init__(self, config: RNNConfig) -> None:
        super().__init__(config)
        self.f = lambda x: x


def test_spawn_safe() -> None:
    assert "cannot be pickled" in fails_only("spawn-safe", Closure)


def test_import_is_quiet() -> None:
    from tests.testing.head.noisy import Noisy  # here, or this module would not be quiet either

    assert "whether gradients are kept" in fails_only("import-is-quiet", Noisy)


class Undocumented(Plain):
    """It shows nothing."""


def test_docstring_has_example() -> None:
    assert "no example" in fails_only("docstring-has-example", Undocumented)
