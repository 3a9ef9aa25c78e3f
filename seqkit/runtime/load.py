"""`seqkit.runtime.load`: from a folder to what answers."""

import os

from seqkit.errors import DataError
from seqkit.runtime.folder import Folder
from seqkit.runtime.labeller import Classifier, Tagger
from seqkit.runtime.writer import Writer

KINDS: dict[str, type[Writer] | type[Classifier] | type[Tagger]] = {
    "causal-lm": Writer,
    "sequence-classification": Classifier,
    "token-classification": Tagger,
}


def load(folder: str | os.PathLike[str], threads: int = 1) -> Writer | Classifier | Tagger:
    """Load an exported model.

    Args:
        folder: what `seqkit export MODEL --to onnx` has written.
        threads: how many it computes with. Default 1: recurrent steps are too small to share.

    Returns:
        A `Writer` with `generate`, a `Classifier` with `classify`, or a `Tagger` with `tag`.

    Raises:
        CheckpointError: if the folder is not what was exported, or this seqkit cannot read it.
        DataError: if `threads` is no number of threads.
    """
    if threads < 1:
        raise DataError(f"threads is {threads}; expected 1 or more.")
    read = Folder.read(folder)
    return KINDS[read.description.task](read, threads)
