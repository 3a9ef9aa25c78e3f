"""Where a training reports to, checked before it begins; nothing is reported unless it is asked for."""

from collections.abc import Iterable
from importlib.util import find_spec

from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

from seqkit.annotations import nearest
from seqkit.errors import ConfigError

MODULES = {"tensorboard": ("tensorboard", "tensorboardX"), "trackio": ("trackio",), "wandb": ("wandb",)}
"""The modules of which a tracker needs one. What else transformers knows, it checks itself."""


def check_trackers(names: Iterable[str]) -> None:
    """Refuse a tracker that is unknown or not installed.

    Args:
        names: `report_to` of the training arguments.

    Raises:
        ConfigError: with the nearest name, or the command that installs it.

    Example:
        >>> check_trackers(["tensorbord"])
        Traceback (most recent call last):
            ...
        seqkit.errors.ConfigError: report_to names 'tensorbord'. Did you mean 'tensorboard'?
    """
    for name in names:
        if name not in INTEGRATION_TO_CALLBACK:
            raise ConfigError(f"report_to names {name!r}.{nearest(name, INTEGRATION_TO_CALLBACK)}")
        if name in MODULES and not any(installed(module) for module in MODULES[name]):
            raise ConfigError(f"report_to names {name!r}, which is not installed. Run: pip install {name}")


def installed(module: str) -> bool:
    """Tell whether a module could be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except ValueError:  # Something stands in its place, such as None.
        return False
