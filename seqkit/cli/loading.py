"""Finds a model by what the command line calls it, and loads it with its tokenizer, if it reads text."""

from pathlib import Path
from typing import Annotated, Any

import typer

from seqkit.errors import CheckpointError, UnknownPlugin


def place(model: str | None) -> str | None:
    """Return where a model is: a folder that is there as it stands, the folder of a checkpoint, or a name on the hub.

    Args:
        model: a path, the bare name of an installed checkpoint, or `owner/name` on the hub; None stays None.

    Raises:
        CheckpointError: if a bare name is neither a folder nor a checkpoint.
        PluginError: if the checkpoint cannot be used.
    """
    if model is None or Path(model).exists() or Path(model).name != model:
        return model
    from seqkit.checkpoints import checkpoint

    try:
        return checkpoint(model)
    except UnknownPlugin as error:
        told = f"{model} is no folder here. {error} A model on the hub has its owner before its name: owner/{model}."
        raise CheckpointError(told) from error


Model = Annotated[
    str,
    typer.Argument(
        help="The folder of a saved model, the name of an installed one (`seqkit models`), or its name on the hub.",
        callback=place,
    ),
]
"""The argument MODEL of every command that reads one."""


def quiet() -> None:
    """Keep transformers' and datasets' progress bars and hints off the terminal; errors stay."""
    import datasets
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    datasets.disable_progress_bars()


def load_config(model: str) -> Any:
    """Load the configuration of a folder or a hub name.

    Raises:
        CheckpointError: if there is none.
    """
    from seqkit.config import RNNConfig

    folder = Path(model)
    if folder.exists() and not (folder / "config.json").is_file():
        raise CheckpointError(f"{model} holds no config.json: it is not a saved model. `seqkit train` makes one.")
    if not folder.exists() and (model.startswith((".", "/")) or model.count("/") > 1):
        raise CheckpointError(f"{model} does not exist. Give the folder of a saved model, or a name on the hub.")
    return RNNConfig.from_pretrained(model)


def load_model(model: str) -> Any:
    """Load a model by the class its configuration names, ready to be used.

    Raises:
        CheckpointError: if it cannot be loaded exactly.
    """
    from seqkit import plugins
    from seqkit.models import RNNModel

    quiet()
    config = load_config(model)
    name = (config.architectures or ["RNNModel"])[0]
    head = RNNModel if name == "RNNModel" else plugins.resolve_head(name)
    if head is None:
        raise CheckpointError(f"{model} was saved as {name}, which no installed distribution offers.")
    return head.from_pretrained(model).eval()


def load_tokenizer(model: str) -> Any:
    """Load a model's tokenizer.

    Raises:
        CheckpointError: if it has none.
    """
    from transformers import AutoTokenizer

    import seqkit  # noqa: F401 (makes AutoTokenizer know ours)
    from seqkit.tokenizers.pair import TARGET

    if Path(model).is_dir() and not (Path(model) / "tokenizer.json").is_file():
        if (Path(model) / TARGET).is_dir():
            raise CheckpointError(
                f"{model} reads float vectors, and so has no tokenizer of what it reads. Load its model alone."
            )
        raise CheckpointError(f"{model} holds no tokenizer.json. Save the tokenizer into the same folder.")
    return AutoTokenizer.from_pretrained(model, trust_remote_code=False)


def load_both(model: str) -> tuple[Any, Any]:
    """Load a model and its tokenizer, which is None if it reads vectors.

    Raises:
        CheckpointError: if the model cannot be loaded exactly, or lacks its tokenizer.
    """
    network = load_model(model)
    return network, None if network.config.num_features else load_tokenizer(model)


def task_of(model: Any) -> str:
    """Return the task of a loaded model: of what it reads, and of the Auto class which its head serves.

    Raises:
        CheckpointError: if the model has no head, or the command line no task for it.
    """
    from seqkit.data.tasks import find_task

    name, vectors = type(model).__name__, bool(model.config.num_features)
    task = find_task(model.auto_class_name, vectors)
    if task is None and find_task(model.auto_class_name, vectors=False):
        raise CheckpointError(f"a {name} that reads vectors is not used by the command line: call it from Python.")
    if task is None:
        raise CheckpointError(f"{name} has no head; this needs a model that was trained for a task.")
    return task
