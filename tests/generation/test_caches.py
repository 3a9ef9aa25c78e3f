import pytest
import torch
from transformers import DynamicCache, GenerationConfig

from seqkit.cache_names import CACHE
from seqkit.errors import StateError
from seqkit.generation.caches import prepare_cache
from seqkit.models import RNNCache, RNNModel
from tests.cases import config


def test_an_empty_state_is_put_in() -> None:
    given: dict = {}
    prepare_cache(GenerationConfig(use_cache=True), given, config(num_hidden_layers=2))
    assert isinstance(given[CACHE], RNNCache)
    assert len(given[CACHE]) == 2
    given = {}
    prepare_cache(GenerationConfig(use_cache=False), given, config())
    assert given == {}


def test_a_state_that_is_there_is_checked() -> None:
    made = RNNModel(config())
    given = {CACHE: made(torch.tensor([[1, 2]]), use_cache=True).past_key_values}
    prepare_cache(GenerationConfig(), given, made.config)
    with pytest.raises(StateError, match="cell 'gru'"):
        prepare_cache(GenerationConfig(), given, config("lstm"))
    with pytest.raises(StateError, match="DynamicCache"):
        prepare_cache(GenerationConfig(), {CACHE: DynamicCache()}, made.config)
    with pytest.raises(StateError, match="cache_implementation is 'static'"):
        prepare_cache(GenerationConfig(cache_implementation="static"), {}, made.config)
