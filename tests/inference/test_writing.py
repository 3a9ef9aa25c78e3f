"""A run that is cut off anywhere, and gone on with, leaves the bytes of one that was not."""

from pathlib import Path
from typing import Any

import pytest

from seqkit import RNNForSequenceClassification, WordTokenizer
from seqkit.errors import DataError
from seqkit.inference import Labeller
from seqkit.inference import labeller as module
from seqkit.inference.labeller import windows
from seqkit.inference.partial import PartialFile
from seqkit.inference.writing import answered, fingerprint, skip_answered, write_answers
from tests.cases import model

TEXT = "the dog runs and the cat sleeps on a mat"
TOKENIZER = WordTokenizer.train([TEXT])
ROWS = [TEXT[: 3 + (7 * n) % 35] for n in range(47)]


@pytest.fixture
def labeller(monkeypatch: pytest.MonkeyPatch) -> Labeller:
    monkeypatch.setattr(module, "WINDOW", 10)
    return Labeller(model(RNNForSequenceClassification, vocab_size=len(TOKENIZER)), TOKENIZER, batch_size=4)


def run(labeller: Any, path: Path, rows: Any, resume: bool = False) -> int:
    file = PartialFile(path, {"run": 1}, resume)
    rest = windows(rows)
    done = skip_answered(labeller, rest, file)
    write_answers(labeller, rest, file)
    return done


def breaking(after: int) -> Any:
    yield from ROWS[:after]
    raise KeyboardInterrupt


@pytest.mark.parametrize("after", [0, 9, 10, 25, 46])
def test_the_bytes_are_those_of_a_run_without_interruption(after: int, labeller: Labeller, tmp_path: Path) -> None:
    run(labeller, tmp_path / "whole", ROWS)
    with pytest.raises(KeyboardInterrupt):
        run(labeller, tmp_path / "cut", breaking(after))
    with (tmp_path / "cut.partial").open("a") as file:
        file.write('{"text": "torn"}\n' * 3 + '{"te')
    assert not (tmp_path / "cut").exists()
    assert run(labeller, tmp_path / "cut", ROWS, resume=True) == after // 10 * 10
    assert (tmp_path / "cut").read_bytes() == (tmp_path / "whole").read_bytes()


def test_all_but_the_name_was_done(labeller: Labeller, tmp_path: Path) -> None:
    run(labeller, tmp_path / "a", ROWS)
    (tmp_path / "a").rename(tmp_path / "a.partial")
    (tmp_path / "a.partial.json").write_text('{"run": 1}')
    assert run(labeller, tmp_path / "a", ROWS, resume=True) == 47
    assert len((tmp_path / "a").read_text().splitlines()) == 47


def test_other_rows_are_not_gone_on_with(labeller: Labeller, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(labeller, tmp_path / "a", breaking(25))
    with pytest.raises(DataError, match="answers to other rows"):
        run(labeller, tmp_path / "a", ROWS[::-1], resume=True)


def test_each_row_has_its_answer(labeller: Labeller) -> None:
    pairs = list(answered(labeller, ROWS))
    assert [row for row, _ in pairs] == ROWS
    assert [answer for _, answer in pairs] == list(labeller(ROWS))


def test_files_and_folders_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("1")
    before, file = fingerprint(str(tmp_path)), tmp_path / "config.json"
    assert fingerprint(str(file))[:2] == [str(file), 1]
    file.write_text("2")
    assert fingerprint(str(tmp_path)) != before
    assert fingerprint("owner/name") == ["owner/name"]
