"""A graph becomes an ONNX file, by torch's own exporter, for any batch and any length."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.export import Dim

from seqkit.errors import ExportError
from seqkit.export.ports import Port, samples

TRACED = {"B": 3, "T": 7, "C": 5}
"""The sizes that a graph is recorded with; it is held to others afterwards."""

EVERYTHING = 2**40
"""Weights of any size are put into their final order when the file is written, not each time it is loaded."""


def write_graph(graph: Any, given: Sequence[Port], path: Path) -> None:
    """Write a graph.

    Args:
        graph: a module that takes and gives plain tensors, names its `outputs`, and its `cell` for messages.
        given: its inputs.
        path: the file.

    Raises:
        ExportError: if torch cannot export it, naming the cell and the reason.
    """
    from onnxscript import optimizer

    from seqkit.export.operators import table

    names = [port.name for port in given]
    dims = {axis: Dim(axis) for axis in TRACED}
    try:
        with quiet(), torch.no_grad():
            program: Any = torch.onnx.export(
                graph,
                tuple(samples(given, TRACED)),
                dynamo=True,
                dynamic_shapes=(tuple(port.spec(dims) for port in given),),
                input_names=names,
                output_names=list(graph.outputs),
                custom_translation_table=table(),
                verbose=False,
            )
            optimizer.optimize(program.model, input_size_limit=EVERYTHING, output_size_limit=EVERYTHING)
            program.save(path)
    except Exception as error:  # whatever torch, onnxscript or a plugin's cell raise
        raise ExportError(
            f"a model with the cell {graph.cell!r} cannot be exported: {type(error).__name__}: {summary(error)}. "
            "A cell is exported if its step is pure torch on tensors, with no value of them looked at in Python."
        ) from error


def summary(error: Exception) -> str:
    """Return the first cause of an error, in one line."""
    while error.__cause__ is not None and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return " ".join(str(error).split())[:300]


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the exporter's hints to its own developers off the terminal."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
