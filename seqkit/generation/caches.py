"""The state that `generate()` is given where transformers would make a cache of keys and values."""

from typing import Any

from transformers import GenerationConfig

from seqkit.cache_names import CACHE
from seqkit.config import RNNConfig
from seqkit.errors import StateError
from seqkit.models.state import RNNCache, check_cache


def prepare_cache(generation_config: GenerationConfig, model_kwargs: dict[str, Any], config: RNNConfig) -> None:
    """Put an empty state among the arguments of a forward pass, or check the one that is there.

    Args:
        generation_config: what `generate()` was asked for.
        model_kwargs: the arguments.
        config: that of the network that reads and writes.

    Raises:
        StateError: if another kind of cache is asked for or given.
    """
    if generation_config.cache_implementation is not None:
        raise StateError(
            f"cache_implementation is {generation_config.cache_implementation!r}; a recurrent state has one kind "
            "only, and a constant size. Leave cache_implementation out."
        )
    if (cache := model_kwargs.get(CACHE)) is not None:
        check_cache(cache, config)
        cache._is_user_defined = True
    elif generation_config.use_cache:
        model_kwargs[CACHE] = RNNCache(config)
        if generation_config.is_assistant:
            model_kwargs[CACHE].activate_past_recording()
