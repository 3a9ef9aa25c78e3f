"""Weights in 8 bits, by onnxruntime's dynamic quantisation: activations are rounded while they are computed."""

import logging
from pathlib import Path

from seqkit.export.onnx import quiet

OPERATORS = ["MatMul", "Gemm", "LSTM"]
"""What has kernels in 8 bits. Embeddings stay as they are: rounding them saves no time."""


def round_weights(source: Path, target: Path) -> None:
    """Write a graph anew with the weights of its products in 8 bits, those inside of loops too.

    Args:
        source: an ONNX file.
        target: where the rounded one goes.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logger = logging.getLogger()
    before = logger.level
    # It recommends a preparation to the root logger that has nothing to do here: shapes are inferred already.
    logger.setLevel(logging.ERROR)
    try:
        with quiet():
            quantize_dynamic(
                source,
                target,
                op_types_to_quantize=OPERATORS,
                per_channel=True,
                # 7 bits where two products are added in 16: older processors would overflow.
                reduce_range=True,
                weight_type=QuantType.QInt8,
                extra_options={"EnableSubgraph": True, "MatMulConstBOnly": True},
            )
    finally:
        logger.setLevel(before)
