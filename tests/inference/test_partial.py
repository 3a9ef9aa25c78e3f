"""A file that is whole or not there, and can be gone on with."""

import json
from pathlib import Path

import pytest

from seqkit.errors import DataError
from seqkit.inference.partial import PartialFile, cut, line_at, whole_lines

RUN = {"model": "m", "data": [["a.txt", 3]]}
ROWS = [{"n": n} for n in range(6)]


def interrupted(path: Path, rows: list) -> None:
    def run() -> None:
        with PartialFile(path, RUN) as file:
            file.write(rows)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()


def test_it_has_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "made" / "a.jsonl"
    with PartialFile(path, RUN) as file:
        file.write(ROWS)
        assert not path.exists()
    assert [json.loads(line) for line in path.read_text().splitlines()] == ROWS
    assert [file.name for file in path.parent.iterdir()] == ["a.jsonl"]
    with pytest.raises(DataError, match="exists and is complete"):
        PartialFile(path, RUN, resume=True)


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    interrupted(path, ROWS[:4])
    assert not path.exists()
    with pytest.raises(DataError, match="Go on with it by --resume"):
        PartialFile(path, RUN)
    again = PartialFile(path, RUN, resume=True)
    assert again.kept == 4
    again.truncate(3)
    with again as file:
        file.write(ROWS[3:])
    assert [json.loads(line) for line in path.read_text().splitlines()] == ROWS


@pytest.mark.parametrize("torn", [b'{"n": 4', b'{"n": 4}', b"\0\0\0\0\n", b'[1]\n{"n": 5}\n', b'{"n": "\xff"}\n'])
def test_a_torn_line_is_written_anew(torn: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    interrupted(path, ROWS[:4])
    with (tmp_path / "a.jsonl.partial").open("ab") as file:
        file.write(torn)
    again = PartialFile(path, RUN, resume=True)
    assert again.kept == 4
    with again as made:
        made.write(ROWS[4:])
    assert [json.loads(line) for line in path.read_text().splitlines()] == ROWS


def test_another_run_does_not_go_on_with_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    interrupted(path, ROWS[:4])
    with pytest.raises(DataError, match=r"another run: model is 'other', there 'm'"):
        PartialFile(path, {**RUN, "model": "other"}, resume=True)
    (tmp_path / "a.jsonl.partial.json").unlink()
    with pytest.raises(DataError, match=r"another run: model is 'm', there None"):
        PartialFile(path, RUN, resume=True)


def test_without_anything_left_it_begins(tmp_path: Path) -> None:
    assert PartialFile(tmp_path / "a.jsonl", RUN, resume=True).kept == 0


def test_lines_are_counted_cut_and_found(tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    path.write_text('{"a": 1}\n{"b": 2}\n{"c": 3}\n')
    assert whole_lines(path) == 3
    assert line_at(path, 1) == {"b": 2}
    cut(path, 2)
    assert path.read_text() == '{"a": 1}\n{"b": 2}\n'
    cut(tmp_path / "new", 0)
    assert (tmp_path / "new").read_text() == ""
