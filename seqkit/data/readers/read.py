"""One call for every kind of source: files, saved folders, names on the hub."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets

from seqkit.data.readers import parallel, stored
from seqkit.data.readers.checks import check_file, check_not_empty, is_empty
from seqkit.data.readers.columns import Column
from seqkit.data.readers.files import KNOWN, TABLES, is_table, open_file
from seqkit.data.readers.raw import RawTable, collect
from seqkit.data.readers.settle import settle
from seqkit.data.readers.text import read_text
from seqkit.data.tasks import Task, check_task
from seqkit.errors import DataError

logger = logging.getLogger(__name__)


Paths = str | Path | Sequence[str | Path]


def read_dataset(
    paths: Paths,
    *,
    task: Task,
    text_column: Column | None = None,
    label_column: Column | None = None,
    with_labels: bool = True,
    split: str = "train",
) -> datasets.Dataset:
    """Read files, a saved folder or a data set of the hub into the columns of a task.

    | task | columns |
    |---|---|
    | causal-lm | `text`: string; a text file is one row, every character kept (a byte order mark is none) |
    | sequence-classification | `text`: string; `label`: string, list of string, or float (regression) |
    | series-classification | `input_features`: lists (T, N) of float, N the same in all rows; `label` as above |
    | token-classification | `tokens` and `labels`: lists of string of equal length |
    | seq2seq | `source` and `target`: string; from a table, or from text files by twos with a pair in each line |
    | series-to-text | `input_features` as above, and `target`: string |

    Args:
        paths: one source or several, put one behind the other: text (.txt, .md, .py, …), .csv, .tsv (never quoted),
            .jsonl, .json, .conll, .bio, .conllu; a folder written by `save_to_disk`; or `OWNER/NAME[:CONFIG]` on
            the hub. For token classification, .txt, .tsv and unknown extensions are column files like .conll.
        task: `"causal-lm"`, `"sequence-classification"`, `"series-classification"`, `"token-classification"`,
            `"seq2seq"` or `"series-to-text"`.
        text_column: the column of texts or tokens; default: the first with a usual name. A number for column files.
        label_column: the column of labels; default: the first with a usual name; `upos` for CoNLL-U; the last of a
            column file.
        with_labels: False leaves labels out, so that unlabelled data can be read; a text file then gives a row per
            line.
        split: which split of a saved folder or hub data set; files are all `"train"`.

    Returns:
        The data set, in memory as arrow, or still on disk where it was arrow before.

    Raises:
        DataError: the source is missing, empty, malformed or lacks a column; the message says where and what to do.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "names.csv"
        >>> _ = file.write_text("name,language\\n지민,Korean\\nAnna,German\\n")
        >>> read_dataset(file, task="sequence-classification")[0]
        {'text': '지민', 'label': 'Korean'}
    """
    splits = read_splits(
        paths, task=task, text_column=text_column, label_column=label_column, with_labels=with_labels, only=split
    )
    if split not in splits:
        raise DataError(f"there is no split {split!r} in {_names(paths)}: choose one of {', '.join(splits)}")
    return splits[split]


def read_splits(
    paths: Paths,
    *,
    task: Task,
    text_column: Column | None = None,
    label_column: Column | None = None,
    with_labels: bool = True,
    only: str | None = None,
) -> datasets.DatasetDict:
    """Read as `read_dataset` does, and give every split there is.

    Args:
        paths: as in `read_dataset`.
        task: as in `read_dataset`.
        text_column: as in `read_dataset`.
        label_column: as in `read_dataset`.
        with_labels: as in `read_dataset`.
        only: look at this split alone; one that others lack columns in does no harm then. None reads all.

    Returns:
        The data sets by split. Files are `train`; `valid`, `val`, `dev` and `eval` are called `validation`.

    Raises:
        DataError: as in `read_dataset`.
    """
    check_task(task)
    sources = [paths] if isinstance(paths, str | Path) else list(paths)
    if not sources:
        raise DataError("no data was given: name at least one file, saved folder or hub data set")
    options: dict[str, Any] = {
        "task": task, "text_column": text_column, "label_column": label_column, "with_labels": with_labels,
    }  # fmt: skip
    by_split: dict[str, list[RawTable]] = {}
    if task == "seq2seq" and with_labels and (pairs := parallel.pairs(sources, TABLES)):
        by_split["train"] = [parallel.read_parallel(*pair) for pair in pairs]
        sources = []
    for source in sources:
        for split, raw in _open(source, only, options):
            by_split.setdefault(split, []).append(raw)
    if task == "causal-lm":
        _report_empty(sources)
    return datasets.DatasetDict({split: datasets.Dataset(settle(raws)) for split, raws in by_split.items()})


def _open(source: str | Path, only: str | None, options: Mapping[str, Any]) -> Iterator[tuple[str, RawTable]]:
    """Give the raw table of each split of one source."""
    path = Path(source)
    if path.is_file():
        yield "train", _read_file(path, **options)
        return
    if path.is_dir():
        found = stored.load_folder(path)
    elif path.suffix.lower() not in KNOWN and stored.is_hub_name(str(source)):
        found = stored.load_hub(str(source))
    else:
        raise DataError(f"{source} does not exist: check the path (seen from {Path.cwd()})")
    chosen = {split: dataset for split, dataset in found.items() if only is None or split == only}
    if not chosen:
        raise DataError(f"{source} has no split {only!r}: choose one of {', '.join(found)}")
    for split, dataset in chosen.items():
        yield split, stored.to_raw(dataset, f"{source} ({split})", **options)


def _read_file(path: Path, **options: Any) -> RawTable:
    if options["task"] == "causal-lm" and not is_table(path):
        check_file(path, known_extension=path.suffix.lower() in KNOWN)
        return read_text(path)
    return collect(str(path), *open_file(path, **options))


def _report_empty(sources: Sequence[str | Path]) -> None:
    """Refuse empty text; only tell of empty files among others, since Python packages are full of them."""
    files = [path for path in map(Path, sources) if path.is_file()]
    empty = [path for path in files if is_empty(path)]
    if empty and len(empty) == len(sources):
        check_not_empty(empty[0])
    if empty:
        logger.warning("%d of %d files are empty, the first of them %s", len(empty), len(files), empty[0])


def _names(paths: Paths) -> str:
    return str(paths) if isinstance(paths, str | Path) else ", ".join(map(str, paths))
