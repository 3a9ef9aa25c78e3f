"""Data sets that are `datasets` already: a folder that it saved, or a name on the hub."""

import re
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.compute as pc

from seqkit.data.readers.columns import Column, columns_of
from seqkit.data.readers.raw import RawTable
from seqkit.errors import DataError

_HUB_NAME = re.compile(r"(?P<name>[\w.-]+(/[\w.-]+)?)(:(?P<config>[\w.-]+))?")
_SPLIT_NAMES = {"valid": "validation", "val": "validation", "dev": "validation", "eval": "validation"}


def is_hub_name(path: str) -> bool:
    """Tell whether a path could be the name of a data set on the hub, with or without `:CONFIG`.

    Example:
        >>> is_hub_name("owner/name:config"), is_hub_name("./a/b/c")
        (True, False)
    """
    return _HUB_NAME.fullmatch(path) is not None


def load_folder(path: Path) -> dict[str, datasets.Dataset]:
    """Load a folder saved by `datasets`, one data set by split.

    Raises:
        DataError: the folder was not saved by `datasets`, or is broken.
    """
    if not any((path / name).is_file() for name in ("dataset_dict.json", "state.json")):
        raise DataError(
            f"{path} is a folder that datasets.Dataset.save_to_disk did not write (it holds no state.json or "
            f"dataset_dict.json): give the files in it instead, for example {path}/*.txt"
        )
    try:
        return _by_split(datasets.load_from_disk(str(path)))
    except IndexError as error:  # datasets writes no shard for no rows, and then cannot read them
        raise DataError(f"{path} has no rows: a data set must hold at least one") from error
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise DataError(
            f"{path} is a saved data set that cannot be read ({_first_line(error)}): save it anew"
        ) from error


def load_hub(name: str) -> dict[str, datasets.Dataset]:
    """Fetch a data set from the hub, one by split.

    Args:
        name: `NAME`, `OWNER/NAME`, or either with `:CONFIG` behind.

    Raises:
        DataError: it cannot be had: no such name, no network, or the hub is switched off by `HF_HUB_OFFLINE`.
    """
    match = _HUB_NAME.fullmatch(name)
    if match is None:
        raise DataError(f"{name!r} is no name of a data set: it must be NAME, OWNER/NAME or OWNER/NAME:CONFIG")
    try:
        return _by_split(datasets.load_dataset(match["name"], match["config"]))
    # Whatever goes wrong between here and the hub (a dozen classes of three libraries) means one thing to the user.
    except Exception as error:
        raise DataError(_not_fetched(name, error)) from error


def to_raw(
    dataset: datasets.Dataset,
    name: str,
    *,
    task: str,
    text_column: Column | None = None,
    label_column: Column | None = None,
    with_labels: bool = True,
) -> RawTable:
    """Take the columns that a task needs, with the names of classes in place of their numbers.

    Raises:
        DataError: a column is missing (the message lists those there are), or there are no rows.
    """
    if len(dataset) == 0:
        raise DataError(f"{name} has no rows: a data set must hold at least one")
    chosen = columns_of(task, dataset.column_names, text_column, label_column, with_labels, name)
    # Arrow tables stay where they are, on disk: no row becomes a Python object here.
    table = dataset.select_columns(list(dict.fromkeys(chosen.values()))).with_format("arrow")[:]
    features = dataset.features
    return RawTable(name, {out: _class_names(table.column(c), features[c], name, c) for out, c in chosen.items()})


def _class_names(column: pa.ChunkedArray, feature: object, name: str, title: str) -> pa.ChunkedArray:
    """Put names for numbers where the data set says what the numbers mean."""
    inner = feature.feature if isinstance(feature, datasets.List | datasets.LargeList) else feature
    if not isinstance(inner, datasets.ClassLabel) or inner.names is None:
        return column
    values = column.combine_chunks()
    numbers = values.flatten() if inner is not feature else values
    if pc.any(pc.less(numbers, 0)).as_py():
        raise DataError(
            f"{name} has rows without a label (-1) in column {title!r}: take them out, or give another split"
        )
    names = pc.take(pa.array(inner.names, pa.string()), numbers)
    if inner is feature:
        return pa.chunked_array([names])
    lengths = pc.fill_null(pc.list_value_length(values), 0)
    offsets = pc.cumulative_sum(pa.concat_arrays([pa.array([0], lengths.type), lengths])).cast(pa.int32())
    return pa.chunked_array([pa.ListArray.from_arrays(offsets, names)])


def _by_split(loaded: datasets.Dataset | datasets.DatasetDict) -> dict[str, datasets.Dataset]:
    splits = dict(loaded) if isinstance(loaded, datasets.DatasetDict) else {"train": loaded}
    return {_SPLIT_NAMES.get(str(split), str(split)): dataset for split, dataset in splits.items()}


def _not_fetched(name: str, error: Exception) -> str:
    if datasets.config.HF_HUB_OFFLINE:
        return f"{name} is no file or folder here, and HF_HUB_OFFLINE keeps it from being fetched: check the path"
    return f"{name} is no file or folder here, and the hub does not give it ({_first_line(error)}): check the name"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
