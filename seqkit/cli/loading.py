"""Loads a saved model with its tokenizer, whatever its head."""

from pathlib import Path
from typing import Any

from seqkit.errors import CheckpointError


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

    if Path(model).is_dir() and not (Path(model) / "tokenizer.json").is_file():
        raise CheckpointError(f"{model} holds no tokenizer.json. Save the tokenizer into the same folder.")
    return AutoTokenizer.from_pretrained(model, trust_remote_code=False)


def task_of(model: Any) -> str:
    """Return the task of a loaded model: that of the Auto class which its head, a plugin's or not, serves."""
    from seqkit.data.tasks import AUTO_CLASSES

    for task, auto_class in AUTO_CLASSES.items():
        if model.auto_class_name == auto_class:
            return task
    raise CheckpointError(f"{type(model).__name__} has no head; this needs a model that was trained for a task.")
