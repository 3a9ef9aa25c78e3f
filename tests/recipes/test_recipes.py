"""Every recipe is complete, and builds."""

import pytest

from seqkit import recipes
from seqkit.config import RNNConfig
from seqkit.errors import ConfigError
from seqkit.training.settings import build_settings


@pytest.mark.parametrize("name", recipes.names())
def test_a_recipe_holds_fields_that_exist(name: str) -> None:
    recipe = recipes.load(name)
    assert set(recipe) == {"about", "task", "head", "tokenizer", "tokenizer_options", "config", "training"}
    settings = build_settings(None, name, ["data"], "out", {})
    assert settings.task == recipe["task"]
    # What follows from the data and the task.
    sizes = {"vocab_size": 50_000, "unk_token_id": 1, "bos_token_id": 2}
    sizes |= {"is_encoder_decoder": True} if settings.task == "seq2seq" else {}
    sizes |= {"character_vocab_size": 100} if settings.tokenizer == "word-char" else {}
    assert RNNConfig(**sizes, **settings.config).hidden_size == recipe["config"]["hidden_size"]


def test_every_task_has_a_recipe() -> None:
    assert {recipes.load(name)["task"] for name in recipes.DEFAULTS.values()} == set(recipes.DEFAULTS)


def test_an_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="'char-lm'"):
        recipes.load("charlm")
