"""The door to gradio: imported late, told to keep to itself, and an error that says how to get it."""

import os
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from seqkit.errors import ConfigError, SeqkitError


def load_gradio() -> Any:
    """Import gradio, with its reports to its makers turned off.

    Raises:
        ConfigError: if it is not installed.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before the import: parts of it read this only once
    try:
        import gradio
    except ImportError as error:
        raise ConfigError("the page needs gradio, which is not installed. pip install 'seqkit[demo]'.") from error
    return gradio


def told(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Let the page show what is wrong with what was typed, and keep the terminal free of it.

    Args:
        handler: a function of the page that may raise one of seqkit's errors.
    """

    @wraps(handler)
    def wrapped(*values: Any) -> Any:
        try:
            return handler(*values)
        except SeqkitError as error:
            raise shown(error) from error

    return wrapped


def told_while(handler: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """Do what `told` does, for a function whose answer grows while it is shown."""

    @wraps(handler)
    def wrapped(*values: Any) -> Iterator[Any]:
        try:
            yield from handler(*values)
        except SeqkitError as error:
            raise shown(error) from error

    return wrapped


def shown(error: SeqkitError) -> Exception:
    """Return gradio's error for one of ours: the message alone, until it is clicked away."""
    return load_gradio().Error(str(error), duration=None, title="seqkit", print_exception=False)
