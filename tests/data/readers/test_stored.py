from pathlib import Path

import datasets
import pytest

from seqkit.data.readers.read import read_dataset, read_splits
from seqkit.data.readers.stored import is_hub_name, load_folder, load_hub, to_raw
from seqkit.errors import DataError

NAMES = datasets.ClassLabel(names=["neg", "pos"])
TAGS = datasets.List(datasets.ClassLabel(names=["O", "B", "I"]))


def classified(*labels: int) -> datasets.Dataset:
    features = datasets.Features({"id": datasets.Value("int64"), "sentence": datasets.Value("string"), "label": NAMES})
    rows = {"id": list(range(len(labels))), "sentence": [f"s{i}" for i in labels], "label": list(labels)}
    return datasets.Dataset.from_dict(rows, features=features)


def tagged() -> datasets.Dataset:
    features = datasets.Features({"tokens": datasets.List(datasets.Value("string")), "ner_tags": TAGS})
    return datasets.Dataset.from_dict(
        {"tokens": [["a", "b"], [], ["c"]], "ner_tags": [[1, 2], [], [0]]}, features=features
    )


def test_names_of_classes_stand_for_their_numbers(tmp_path: Path) -> None:
    classified(1, 0, 1).save_to_disk(tmp_path / "saved")
    dataset = read_dataset(tmp_path / "saved", task="sequence-classification")
    assert dataset[:] == {"text": ["s1", "s0", "s1"], "label": ["pos", "neg", "pos"]}


def test_names_of_tags_stand_for_their_numbers(tmp_path: Path) -> None:
    # A selection: arrow's list arrays then begin within their values.
    tagged().select([1, 2, 0]).save_to_disk(tmp_path / "saved")
    expected = {"tokens": [[], ["c"], ["a", "b"]], "labels": [[], ["O"], ["B", "I"]]}
    assert read_dataset(tmp_path / "saved", task="token-classification")[:] == expected
    raw = to_raw(tagged().select(range(1, 3)), "sliced", task="token-classification")
    assert raw.columns["labels"].to_pylist() == [[], ["O"]]


def test_splits(tmp_path: Path) -> None:
    parts = {"train": classified(0, 1), "dev": classified(1), "odd": classified(0).rename_column("label", "y")}
    datasets.DatasetDict(parts).save_to_disk(tmp_path / "saved")
    with pytest.raises(DataError, match=r"\(odd\) has no column with a usual name"):
        read_splits(tmp_path / "saved", task="sequence-classification")
    splits = read_splits(tmp_path / "saved", task="causal-lm")
    assert {name: len(part) for name, part in splits.items()} == {"train": 2, "validation": 1, "odd": 1}
    options = {"task": "sequence-classification", "split": "validation"}
    assert read_dataset(tmp_path / "saved", **options)["label"][:] == ["pos"]
    with pytest.raises(DataError, match="has no split 'test': choose one of train, validation, odd"):
        read_dataset(tmp_path / "saved", task="causal-lm", split="test")


def test_rows_without_a_label() -> None:
    with pytest.raises(DataError, match=r"saved has rows without a label \(-1\) in column 'label'"):
        to_raw(classified(0, -1), "saved", task="sequence-classification")


def test_no_rows(tmp_path: Path) -> None:
    classified().save_to_disk(tmp_path / "saved")
    with pytest.raises(DataError, match="saved has no rows: a data set must hold at least one"):
        read_dataset(tmp_path / "saved", task="causal-lm")
    with pytest.raises(DataError, match=r"saved \(test\) has no rows"):
        to_raw(classified(), "saved (test)", task="causal-lm")


def test_folder_that_datasets_did_not_write(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"did not write .*give the files in it instead"):
        load_folder(tmp_path)


def test_broken_folder(tmp_path: Path) -> None:
    classified(0, 1).save_to_disk(tmp_path / "saved")
    next((tmp_path / "saved").glob("*.arrow")).write_bytes(b"not arrow")
    with pytest.raises(DataError, match=r"is a saved data set that cannot be read .*: save it anew"):
        load_folder(tmp_path / "saved")


def test_nothing_is_written_beside_a_saved_data_set(tmp_path: Path) -> None:
    tagged().save_to_disk(tmp_path / "saved")
    before = sorted(tmp_path.rglob("*"))
    read_dataset(tmp_path / "saved", task="token-classification")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["imdb", "owner/name", "owner/name:config"])
def test_hub_without_network(name: str) -> None:
    assert is_hub_name(name)
    with pytest.raises(DataError, match=f"{name} is no file or folder here, and HF_HUB_OFFLINE keeps it"):
        load_hub(name)


@pytest.mark.parametrize("name", ["../x", "/a/b", "a/b/c", "a b", ""])
def test_paths_that_are_no_hub_names(name: str) -> None:
    if name == "../x":  # OWNER/NAME in form; the hub refuses it.
        assert is_hub_name(name)
        return
    assert not is_hub_name(name)
    with pytest.raises(DataError, match="is no name of a data set"):
        load_hub(name)
