from pathlib import Path

import pytest

from seqkit.data import read_dataset
from seqkit.data.readers.parallel import pairs, read_parallel
from seqkit.errors import DataError


def files(folder: Path, source: str, target: str) -> tuple[Path, Path]:
    """Write both sides."""
    made = folder / "train.de", folder / "train.en"
    for path, text in zip(made, (source, target), strict=True):
        path.write_text(text, encoding="utf-8")
    return made


def test_line_n_belongs_to_line_n(tmp_path: Path) -> None:
    made = files(tmp_path, "eins\nzwei drei\r\n", "one\ntwo three")
    found = read_dataset([str(path) for path in made], task="seq2seq")
    assert found.to_dict() == {"source": ["eins", "zwei drei"], "target": ["one", "two three"]}
    twice = read_dataset([*made, *made], task="seq2seq")
    assert len(twice) == 4
    alone = read_dataset(made[0], task="seq2seq", with_labels=False)
    assert alone.to_dict() == {"source": ["eins", "zwei drei"]}


def test_unequal_or_empty_lines_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has 2 lines and .*train.en 1"):
        read_parallel(*files(tmp_path, "a\nb", "a"))
    with pytest.raises(DataError, match=r"train.en, line 2 is empty"):
        read_parallel(*files(tmp_path, "a\nb\nc", "a\n\nc"))
    with pytest.raises(DataError, match="is empty"):
        read_parallel(*files(tmp_path, "", "a"))
    with pytest.raises(DataError, match="two text files with a pair in each line"):
        read_dataset(files(tmp_path, "a", "a")[0], task="seq2seq")


def test_only_text_files_by_twos_are_pairs(tmp_path: Path) -> None:
    made = files(tmp_path, "a", "b")
    assert pairs(made, [".csv"]) == [made]
    assert pairs(made[:1], [".csv"]) == []
    assert pairs(made, [".de"]) == []
    assert pairs([*made, "no-such-file", "no-other"], [".csv"]) == []


def test_tables_hold_both_sides(tmp_path: Path) -> None:
    table = tmp_path / "pairs.tsv"
    table.write_text('src\tTarget\n"a" b\t1\nc\t2\n', encoding="utf-8")
    found = read_dataset(table, task="seq2seq")
    assert found.to_dict() == {"source": ['"a" b', "c"], "target": ["1", "2"]}
    rows = tmp_path / "pairs.jsonl"
    rows.write_text('{"de": "a", "en": "b"}\n', encoding="utf-8")
    named = read_dataset(rows, task="seq2seq", text_column="de", label_column="en")
    assert named.to_dict() == {"source": ["a"], "target": ["b"]}
    rows.write_text('{"source": "a", "target": ""}\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 1 has no value for target"):
        read_dataset(rows, task="seq2seq")
