"""The readers of published sets, on files of the same form."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import sets  # noqa: E402


def put(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a file, its folder too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding=encoding)
    return path


def test_nsmc_keeps_quotes_and_leaves_empty_reviews_out(tmp_path: Path) -> None:
    put(tmp_path / "ratings_train.txt", 'id\tdocument\tlabel\n1\t"""굿"""\t1\n2\t\t0\n')
    put(tmp_path / "ratings_test.txt", "id\tdocument\tlabel\n3\t별로\t0\n")
    parts = sets.nsmc(tmp_path, 0)
    assert parts == {"train": [{"text": '"""굿"""', "label": "1"}], "test": [{"text": "별로", "label": "0"}]}


def test_kims_files_are_latin_1(tmp_path: Path) -> None:
    for part in ("train", "test"):
        put(tmp_path / f"TREC.{part}.all", "3 Who was Cézanne ?\n", "latin-1")
    assert sets.trec(tmp_path, 0)["test"] == [{"text": "Who was Cézanne ?", "label": "3"}]


def test_ten_folds_hold_every_review_once(tmp_path: Path) -> None:
    put(tmp_path / "rt-polarity.all", "".join(f"{i % 2} review {i}\n" for i in range(53)), "latin-1")
    folds = [sets.movie_reviews(tmp_path, fold) for fold in range(10)]
    tested = [row["text"] for fold in folds for row in fold["test"]]
    assert sorted(tested) == sorted(f"review {i}" for i in range(53))
    assert all(not {row["text"] for row in fold["test"]} & {row["text"] for row in fold["train"]} for fold in folds)


def test_a_held_out_part_has_its_share_of_every_class() -> None:
    rows = [{"text": str(i), "label": "a" if i < 40 else "b"} for i in range(50)]
    parts = sets.held_out(rows, 0.2, seed=1)
    assert [row["label"] for row in parts["test"]] == ["a"] * 8 + ["b"] * 2
    assert sorted(row["text"] for part in parts.values() for row in part) == sorted(row["text"] for row in rows)
    assert sets.held_out(rows, 0.2, seed=1) == parts != sets.held_out(rows, 0.2, seed=2)


def test_spam_is_read_as_csv(tmp_path: Path) -> None:
    put(tmp_path / "spam.csv", 'v1,v2,,,\nham,"Ok, £5",,,\n' + "spam,Win,,,\n" * 9, "latin-1")
    rows = [row for part in sets.sms_spam(tmp_path, 0).values() for row in part]
    assert len(rows) == 10
    assert {"text": "Ok, £5", "label": "ham"} in rows


def test_commands_have_intents_or_slots(tmp_path: Path) -> None:
    for part in ("train", "valid", "test"):
        put(tmp_path / part / "seq.in", "play it  \n")
        put(tmp_path / part / "seq.out", "O B-track \n")
        put(tmp_path / part / "label", "PlayMusic\n")
    assert sets.snips(tmp_path, 0)["test"] == [{"text": "play it", "label": "PlayMusic"}]
    assert sets.snips_slots(tmp_path, 0)["test"] == [{"tokens": ["play", "it"], "labels": ["O", "B-track"]}]


def test_blanks_are_characters_with_a_label(tmp_path: Path) -> None:
    for name in ("train-mini.tsv", "klue-ner-v1.1_dev.tsv"):
        put(tmp_path / name, "## note\n## id\t<경:OG> 은\n경\tB-OG\n \tO\n은\tO\n\n## id\tx\n네\tO\n\n")
    rows = sets.klue_ner(tmp_path, 0)["train"]
    assert rows == [{"tokens": ["경", " ", "은"], "labels": ["B-OG", "O", "O"]}, {"tokens": ["네"], "labels": ["O"]}]


@pytest.mark.parametrize("name", ["ud-english-ewt", "ud-korean-gsd"])
def test_treebanks_give_words_and_their_classes(tmp_path: Path, name: str) -> None:
    for part in ("train", "dev", "test"):
        columns = "\t_" * 6
        put(tmp_path / f"x-ud-{part}.conllu", f"# sent_id = 1\n1\tGo\tgo\tVERB{columns}\n2\t!\t!\tPUNCT{columns}\n\n")
    assert sets.READERS[name](tmp_path, 0)["validation"] == [{"tokens": ["Go", "!"], "labels": ["VERB", "PUNCT"]}]


def test_channels_become_steps(tmp_path: Path) -> None:
    for part in ("TRAIN", "TEST"):
        text = "#note: 1,2\n@problemName x\n@classLabel true 1 2\n@data\n1.5,2,3:-1,0,0.5:2\n4:5:1\n"
        put(tmp_path / "timeseries-small" / "JapaneseVowels" / f"JapaneseVowels_{part}.ts", text)
    rows = [{"input_features": [[1.5, -1], [2, 0], [3, 0.5]], "label": "2"}, {"input_features": [[4, 5]], "label": "1"}]
    assert sets.read(tmp_path, "japanese-vowels", 0) == {"train": rows, "test": rows}


def test_parts_become_files(tmp_path: Path) -> None:
    files = sets.write_parts({"train": [{"text": "가", "label": "1"}], "test": []}, tmp_path)
    assert Path(files["train"]).read_text(encoding="utf-8") == '{"text": "가", "label": "1"}\n'
