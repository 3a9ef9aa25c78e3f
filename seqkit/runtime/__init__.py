"""Exported models at work, with onnxruntime, numpy and tokenizers alone: neither torch nor transformers is imported.

    from seqkit import runtime

    writer = runtime.load("poems-onnx")
    print(writer.generate("The sea", max_new_tokens=80))

`seqkit export MODEL --to onnx` makes such folders.
"""

from seqkit.runtime.labeller import Classifier, Tagger
from seqkit.runtime.load import load
from seqkit.runtime.writer import Choice, Writer

__all__ = ["Choice", "Classifier", "Tagger", "Writer", "load"]
