"""What a plugin's import must not leave behind: printed lines, other random numbers, other settings of torch."""

import logging
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, NamedTuple

from seqkit.plugins.policy import VARIABLE

SLOW = 2.0
"""Seconds of import after which a plugin is told of; what its base class stands on is imported before, uncounted."""

logger = logging.getLogger(__name__)


class Setting(NamedTuple):
    """Something of the whole process that an import can change.

    Args:
        name: what it is, for a message.
        read: gives its value.
        write: sets it.
    """

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], Any]


@contextmanager
def kept(what: str, numbers: bool = True) -> Iterator[None]:
    """Import a plugin in the block; afterwards the process is as it was, and one warning tells what was put back.

    What it prints goes to the error stream: a command's output, which may be JSON, stays whole.

    Args:
        what: what is imported, for the warning.
        numbers: whether numpy and torch are imported, to watch them; else only where they are there already.
    """
    settings = [*_OWN, *(_settings() if numbers or "torch" in sys.modules else ())]
    before = [setting.read() for setting in settings]
    printed, started = _ToErrors(), time.perf_counter()
    try:
        with redirect_stdout(printed):
            yield
    finally:
        took = time.perf_counter() - started
        changed = [setting.name for setting, value in zip(settings, before, strict=True) if _put_back(setting, value)]
        told = ["printed to the output, which went to the error stream"] * printed.used
        told += [f"changed {' and '.join(changed)}, which has been put back"] * bool(changed)
        told += [f"took {took:.1f} s"] * (took > SLOW)
        if told:
            logger.warning("Importing the plugin %s %s: its author should know.", what, "; it ".join(told))


class _ToErrors:
    """An output stream that is the error stream, and remembers that it was written to."""

    used = False

    def write(self, text: str) -> int:
        self.used = True
        return sys.stderr.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


_OWN = (Setting("Python's random numbers", random.getstate, random.setstate),)


def _settings() -> list[Setting]:
    """Return what is watched of numpy and torch: the base class of every plugin that is one stands on them anyway."""
    import numpy
    import torch

    return [
        Setting("numpy's random numbers", lambda: numpy.random.get_state(legacy=False), numpy.random.set_state),
        Setting("torch's random numbers", torch.get_rng_state, torch.set_rng_state),
        Setting("torch's default device", torch.get_default_device, _set_device),
        Setting("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype),
        Setting("torch's gradient mode", torch.is_grad_enabled, torch.set_grad_enabled),
        Setting("torch's number of threads", torch.get_num_threads, torch.set_num_threads),
        Setting("the working folder", os.getcwd, os.chdir),
        Setting("what is logged", lambda: logging.root.manager.disable, logging.disable),
        Setting(VARIABLE, lambda: os.environ.get(VARIABLE), _set_policy),
    ]


def _set_device(device: Any) -> None:
    import torch

    # None is the way back: a device that is set, be it the CPU, looks at every call.
    torch.set_default_device(None if device.type == "cpu" else device)


def _set_policy(text: str | None) -> None:
    os.environ.pop(VARIABLE, None) if text is None else os.environ.__setitem__(VARIABLE, text)


def _put_back(setting: Setting, value: Any) -> bool:
    """Set what was changed to its value of before, and tell whether it was changed."""
    # As lists: tensors and arrays in a state compare element by element.
    if _plain(setting.read()) == _plain(value):
        return False
    setting.write(value)
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value.tolist() if hasattr(value, "tolist") else value
