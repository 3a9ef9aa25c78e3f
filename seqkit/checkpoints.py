"""Trained models that installed distributions bring: found by name, as cells are, and loaded without a network.

A distribution offers one through an entry point in the group `seqkit.checkpoints`, whose value is a function of no
arguments that returns a folder inside the installed package.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from seqkit import plugins
from seqkit.errors import BrokenPlugin, SeqkitError
from seqkit.plugins import PluginInfo

FIGURES = ("f1", "accuracy", "exact_match", "bits_per_character", "loss")
"""What a model is judged by, in this order: the first of them that was measured."""


@dataclass(frozen=True)
class CheckpointInfo:
    """One trained model, as its folder tells it.

    Args:
        name: what it is asked for by.
        distribution: the distribution that brings it.
        status: as that of a plugin, `"ok"` where it can be loaded.
        reason: why it cannot be loaded and what to do about it, else "".
        task: `"token-classification"` and the like.
        language: ISO 639 codes of what it reads and writes.
        megabytes: size of its weights, 10⁶ bytes.
        figure: what was measured on its test data, a key of its `metrics.json`.
        value: that figure; shares are from 0 to 1.
        licence: under which it is given away.
        about: a sentence on what it is for.
    """

    name: str
    distribution: str
    status: str
    reason: str = ""
    task: str = ""
    language: tuple[str, ...] = ()
    megabytes: float = 0.0
    figure: str = ""
    value: float | None = None
    licence: str = ""
    about: str = ""


def checkpoint(name: str) -> str:
    """Return the folder of a trained model that an installed distribution brings.

    Args:
        name: bare, `"upos-en"`, or qualified, `"seqkit-zoo/upos-en"`; never a path.

    Returns:
        The path of its folder, for `from_pretrained`.

    Raises:
        UnknownPlugin: there is none of this name; the message gives the nearest, all there are, and what brings more.
        BrokenPlugin: what its entry point names failed, or leads to no model's folder.
        PluginError: as `seqkit.plugins.get` does.

    Example:
        >>> from seqkit import checkpoint
        >>> checkpoint("upos")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        seqkit.errors.UnknownPlugin: No checkpoint is called 'upos'. ...
    """
    lead = plugins.get("checkpoints", name)
    try:
        found = lead()
    except KeyboardInterrupt:
        raise
    # As at an import: whatever somebody's code raises must not end the process that asked for it.
    except BaseException as error:
        raise BrokenPlugin(f"The checkpoint {name!r} is broken: its function raised {error!r}.") from error
    if not isinstance(found, str | os.PathLike):
        raise BrokenPlugin(
            f"The checkpoint {name!r} is broken: it leads to {found!r}, which is no folder on disk. Install its "
            "distribution unpacked; its author should return a path."
        )
    if not (Path(found) / "config.json").is_file():
        raise BrokenPlugin(f"The checkpoint {name!r} is broken: {found} holds no config.json. Reinstall it.")
    return str(Path(found))


def list_checkpoints() -> list[CheckpointInfo]:
    """Describe every installed checkpoint from the files of its folder; no model is loaded.

    Returns:
        One row for each; of one that cannot be used, the reason.
    """
    return [_described(row) for row in plugins.list_plugins("checkpoints")]


def _described(row: PluginInfo) -> CheckpointInfo:
    # Here, since `seqkit.checkpoint` does without.
    from seqkit.hub.source import read_source

    try:
        folder = Path(checkpoint(row.qualified))
        source = read_source(folder)
    except SeqkitError as error:
        status = "broken" if row.status == "ok" else row.status
        return CheckpointInfo(row.name, row.distribution, status, str(error))
    measured = source.result["metrics"]
    figure = next((name for name in FIGURES if name in measured), "")
    told = source.told
    return CheckpointInfo(
        row.name,
        row.distribution,
        row.status,
        row.reason,
        task=source.task,
        language=tuple(told.language),
        megabytes=sum(file.stat().st_size for file in folder.glob("*.safetensors")) / 1e6,
        figure=figure,
        value=measured.get(figure),
        licence=told.under,
        about=told.about,
    )
