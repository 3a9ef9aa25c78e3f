"""Data: files become data sets, labels become numbers, long texts become streams, rows become batches.

Names are resolved when they are first used, so that importing this package imports neither torch nor datasets.
"""

from typing import TYPE_CHECKING

from seqkit.lazy import lazy

if TYPE_CHECKING:
    from seqkit.data.alignment import TokenLabelAligner, align_labels
    from seqkit.data.batching import LengthSampler
    from seqkit.data.collators import FeatureCollator
    from seqkit.data.documents import encode_documents
    from seqkit.data.encoding import encode_text, token_dtype
    from seqkit.data.labels import LabelSet
    from seqkit.data.readers.read import read_dataset, read_splits
    from seqkit.data.schemes import convert_tags, illegal_places, read_spans, scheme_of, write_spans
    from seqkit.data.splits import position_split, split
    from seqkit.data.streaming import DocumentStreams
    from seqkit.data.streams import StreamDataset, exact_streams
    from seqkit.data.tagging import TaggingCollator
    from seqkit.data.token_files import open_tokens, text_pieces, write_tokens

_HOME = {
    "DocumentStreams": "streaming",
    "FeatureCollator": "collators",
    "LabelSet": "labels",
    "LengthSampler": "batching",
    "StreamDataset": "streams",
    "TaggingCollator": "tagging",
    "TokenLabelAligner": "alignment",
    "align_labels": "alignment",
    "convert_tags": "schemes",
    "encode_documents": "documents",
    "encode_text": "encoding",
    "exact_streams": "streams",
    "illegal_places": "schemes",
    "open_tokens": "token_files",
    "position_split": "splits",
    "read_dataset": "readers.read",
    "read_spans": "schemes",
    "read_splits": "readers.read",
    "scheme_of": "schemes",
    "split": "splits",
    "text_pieces": "token_files",
    "token_dtype": "encoding",
    "write_spans": "schemes",
    "write_tokens": "token_files",
}

__all__ = [
    "DocumentStreams",
    "FeatureCollator",
    "LabelSet",
    "LengthSampler",
    "StreamDataset",
    "TaggingCollator",
    "TokenLabelAligner",
    "align_labels",
    "convert_tags",
    "encode_documents",
    "encode_text",
    "exact_streams",
    "illegal_places",
    "open_tokens",
    "position_split",
    "read_dataset",
    "read_spans",
    "read_splits",
    "scheme_of",
    "split",
    "text_pieces",
    "token_dtype",
    "write_spans",
    "write_tokens",
]

__getattr__, __dir__ = lazy(__name__, _HOME)
