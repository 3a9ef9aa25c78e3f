import numpy as np
import pyarrow as pa
import pytest

from seqkit.data.readers.raw import RawTable, collect, join
from seqkit.errors import DataError


def test_rows_across_chunks_keep_order_and_lines() -> None:
    rows = ((2 * i, (str(i),)) for i in range(25_000))
    raw = collect("a", rows, {"text": pa.string()})
    assert raw.columns["text"].to_pylist() == [str(i) for i in range(25_000)]
    assert raw.where(24_999) == "a, line 49998"


def test_chunks_widen_to_one_type() -> None:
    rows = ((i, (i if i < 15_000 else i + 0.5,)) for i in range(20_000))
    assert collect("a", rows, {"label": None}).columns["label"].type == pa.float64()


def test_mixed_kinds() -> None:
    for late in (1, 15_000):  # within a chunk, and between two
        rows = ((i, ("x" if i == late else i,)) for i in range(20_000))
        with pytest.raises(DataError, match=r"a\.jsonl mixes kinds of values in label: write all as strings"):
            collect("a.jsonl", rows, {"label": None})


def test_no_rows() -> None:
    with pytest.raises(DataError, match=r"a\.csv has no rows"):
        collect("a.csv", iter(()), {"text": pa.string()})


def test_where_without_lines_counts_rows() -> None:
    assert RawTable("saved (train)", {}).where(0) == "saved (train), row 1"
    assert RawTable("a.csv", {}, np.array([2, 7])).where(1) == "a.csv, line 7"


def test_join_of_two_string_types() -> None:
    joined = join([pa.array(["a"], pa.string()), pa.array(["b"], pa.large_string())], "a", "text")
    assert joined.to_pylist() == ["a", "b"]
