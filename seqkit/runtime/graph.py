"""One ONNX graph, held to what the folder says of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seqkit.errors import CheckpointError, DataError

Arrays = dict[str, np.ndarray]


class Graph:
    """A graph that is run.

    Args:
        data: the bytes of an ONNX file.
        name: of the file, for messages.
        inputs: names of its inputs, in order.
        outputs: names of its outputs, in order.
        widths: what the last axis of an input or output must be, by its name.
        threads: how many it computes with.

    Raises:
        CheckpointError: if it is no graph, or not one with these inputs and outputs.
    """

    def __init__(
        self, data: bytes, name: str, inputs: Sequence[str], outputs: Sequence[str],
        widths: Mapping[str, int], threads: int,
    ) -> None:  # fmt: skip
        self.session = _session(data, name, threads)
        found = [port.name for port in self.session.get_inputs()], [port.name for port in self.session.get_outputs()]
        if found != (list(inputs), list(outputs)):
            raise CheckpointError(f"{name} reads and gives {found}; expected {(list(inputs), list(outputs))}.")
        for port in [*self.session.get_inputs(), *self.session.get_outputs()]:
            if port.name in widths and port.shape[-1] != widths[port.name]:
                raise CheckpointError(f"{name}: {port.name} is {port.shape}; expected a width of {widths[port.name]}.")
        self.outputs = list(outputs)

    def __call__(self, inputs: Arrays) -> Arrays:
        """Run it once: arrays by name in, arrays by name out.

        Raises:
            DataError: if onnxruntime refuses the arrays, as it does an id beyond the vocabulary.
        """
        try:
            return dict(zip(self.outputs, self.session.run(self.outputs, inputs), strict=True))
        except Exception as error:  # onnxruntime's own classes of errors have no common base but this
            shapes = {name: array.shape for name, array in inputs.items()}
            raise DataError(f"onnxruntime refuses arrays of {shapes}: {str(error)[:300]}") from error


def _session(data: bytes, name: str, threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise CheckpointError("exported models need onnxruntime: pip install 'seqkit[onnx]'") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    try:
        # From the bytes that were compared, not from the file: nobody can change it in between.
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise CheckpointError(f"{name} is no graph that onnxruntime runs: {str(error)[:300]}") from error
