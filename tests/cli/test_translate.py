"""The verbs of the command line on an encoder-decoder, typed as one would."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seqkit.cli import app
from seqkit.inference import Translator, labeller

WORDS = ["ab", "ba", "abc", "cab", "bca", "acb", "aab", "bba", "cc", "ca"] * 4


def run(*words: str) -> str:
    """Run a command and return what it printed."""
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Teach a small model for a few steps to write words backwards."""
    folder = tmp_path_factory.mktemp("backwards")
    table = folder / "pairs.tsv"
    table.write_text("source\ttarget\n" + "".join(f"{word}\t{word[::-1]}\n" for word in WORDS), encoding="utf-8")
    small = ["--hidden-size", "16", "--embedding-size", "8", "--attention-size", "8", "--max-steps", "6"]
    told = json.loads(
        run("train", "--task", "seq2seq", "--data", str(table), "--tokenizer", "char", "--output", str(folder / "m"),
            "--warmup-steps", "0", *small, "--json")
    )  # fmt: skip
    assert {"bleu", "chrf", "exact_match", "perplexity", "loss"} <= told["metrics"].keys()
    assert told["sample"].count("->") == 3
    return folder / "m", table


def test_predict_writes_a_line_each(trained: tuple[Path, Path], tmp_path: Path) -> None:
    model, table = map(str, trained)
    assert len(run("predict", model, "ab", "cab").splitlines()) == 2
    run("predict", model, "--data", table, "--output", str(tmp_path / "out.jsonl"))
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["source"] for row in rows] == WORDS
    assert all(isinstance(row["target"], str) for row in rows)


def test_an_interrupted_run_goes_on_to_the_same_bytes(
    trained: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labeller, "WINDOW", 16)
    answer, asked = Translator.answer, []

    def interrupted(self: Translator, rows: list[str]) -> list[dict]:
        asked.append(len(rows))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return answer(self, rows)

    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    words = ["predict", *map(str, (trained[0], "--data", trained[1])), "--output"]
    run(*words, str(whole))
    monkeypatch.setattr(Translator, "answer", interrupted)
    assert CliRunner().invoke(app, [*words, str(cut)]).exit_code == 130
    assert not cut.exists()
    run(*words, str(cut), "--resume")
    assert asked == [16, 16, 16, 8]
    assert cut.read_bytes() == whole.read_bytes()


def test_evaluate_tells_the_figures(trained: tuple[Path, Path]) -> None:
    model, table = map(str, trained)
    found = json.loads(run("evaluate", model, "--data", table, "--json"))
    assert {"bleu", "chrf", "exact_match", "perplexity", "loss"} == set(found)


def test_inspect_shows_where_it_looks(trained: tuple[Path, Path], tmp_path: Path) -> None:
    model, table = map(str, trained)
    run("inspect", model, "--data", table, "--output", str(tmp_path / "report"), "--rows", "2")
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert page.count('<table class="alignment">') == 4
    assert (tmp_path / "report" / "alignment-0.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_without_the_targets_tokenizer_is_told(trained: tuple[Path, Path], tmp_path: Path) -> None:
    import shutil

    from seqkit.errors import CheckpointError

    shutil.copytree(trained[0], tmp_path / "m")
    shutil.rmtree(tmp_path / "m" / "target_tokenizer")
    with pytest.raises(CheckpointError, match="the target's tokenizer is missing"):
        run("predict", str(tmp_path / "m"), "ab")
