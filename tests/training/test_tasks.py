"""What each task makes of its data."""

from pathlib import Path

import pytest
import torch

from seqkit.data import StreamDataset
from seqkit.errors import DataError
from seqkit.training.settings import Settings, build_settings
from seqkit.training.tasks import prepare

CSV = "text,label\n" + "\n".join(f"{word} day number {n},{label}" for n in range(20) for word, label in
                                 (("good", "pos"), ("bad", "neg")))  # fmt: skip
CONLL = "\n\n".join("the DET\ndog NOUN\nruns VERB" for _ in range(20)) + "\n"


def settings_for(task: str, file: Path, **options: str) -> Settings:
    return build_settings(task, None, [str(file)], "out", {"use_cpu": "true", **options})


def test_causal_lm_splits_by_position_and_streams(tmp_path: Path) -> None:
    text = "abcdefghij" * 2000
    (tmp_path / "a.txt").write_text(text)
    prepared = prepare(settings_for("causal-lm", tmp_path / "a.txt"))
    assert isinstance(prepared.train, StreamDataset)
    assert prepared.facts["training characters"] == 18_000
    assert prepared.facts["characters per token"] == 1.0
    assert prepared.config["vocab_size"] == len(prepared.tokenizer) == 14
    counted = sum(int((row["shift_labels"] != -100).sum()) for row in prepared.whole)
    assert counted == 1_999
    assert prepared.tokenizer.decode(prepared.train[0]["input_ids"]) == text[:64]


def test_sequence_classification_numbers_labels(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    prepared = prepare(settings_for("sequence-classification", tmp_path / "a.csv"))
    assert prepared.config["label2id"] == {"neg": 0, "pos": 1}
    assert prepared.config["problem_type"] == "single_label_classification"
    assert len(prepared.train) + len(prepared.validation) == 40
    batch = prepared.collator([prepared.train[i] for i in range(4)])
    assert batch["input_ids"].shape == batch["attention_mask"].shape
    assert batch["labels"].dtype == torch.long


def test_token_classification_aligns_labels(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(CONLL)
    prepared = prepare(settings_for("token-classification", tmp_path / "a.conll"))
    row = prepared.train[0]
    assert prepared.tokenizer.convert_ids_to_tokens(row["input_ids"]) == ["the", "dog", "runs"]
    assert [prepared.config["id2label"][i] for i in row["labels"]] == ["DET", "NOUN", "VERB"]


def test_given_validation_data_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "b.csv").write_text("text,label\nnice,pos\n")
    settings = settings_for("sequence-classification", tmp_path / "a.csv")
    settings.validation = [str(tmp_path / "b.csv")]
    prepared = prepare(settings)
    assert (len(prepared.train), len(prepared.validation)) == (40, 1)


def test_a_text_that_is_too_short_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("too short")
    with pytest.raises(DataError, match=r"sequence_length|tokens"):
        prepare(settings_for("causal-lm", tmp_path / "a.txt"))


@pytest.mark.parametrize("tokenizer", ["char", "word"])
def test_documents_are_told_apart_if_asked(tmp_path: Path, tokenizer: str) -> None:
    rows = [f"day {number} was a good day.\\n" for number in range(400)]
    (tmp_path / "a.jsonl").write_text("\n".join(f'{{"text": "{row}"}}' for row in rows))
    settings = build_settings(
        "causal-lm", None, [str(tmp_path / "a.jsonl")], "out",
        {"use_cpu": "true", "reset_at_document_ends": "true"}, tokenizer=tokenizer,
    )  # fmt: skip
    prepared = prepare(settings)
    batch = [prepared.train[index] for index in range(16 * prepared.train.segments)]
    stream = torch.cat([row["reset_mask"] for row in batch[::16]])
    ids = torch.cat([row["input_ids"] for row in batch[::16]])
    pieces = ids.tensor_split(stream.nonzero()[:, 0])
    texts = [prepared.tokenizer.decode(piece) for piece in pieces[:-1]]
    assert len(texts) > 5
    assert texts[1:] == [row.replace("\\n", "\n") for row in rows[1 : len(texts)]]
    assert prepared.facts["documents"] in (360, 361)
    assert prepared.whole.characters_per_token == prepared.facts["characters per token"]
    plain = prepare(settings_for("causal-lm", tmp_path / "a.jsonl"))
    assert "reset_mask" not in plain.train[0]


BROKEN = "new I-LOC\nyork I-LOC\nis O\n\nold B-LOC\nrome I-LOC\n\nfar B-LOC\n\n" * 10


@pytest.mark.parametrize(
    ("scheme", "tags", "note"),
    [
        (None, ["B-LOC", "I-LOC", "O"], "mended as conlleval reads them"),
        ("iobes", ["B-LOC", "E-LOC", "O"], "training tags were bio, and are iobes now"),
        ("raw", ["I-LOC", "I-LOC", "O"], "left as they are"),
    ],
)
def test_tags_are_brought_into_one_scheme(tmp_path: Path, scheme: str | None, tags: list[str], note: str) -> None:
    (tmp_path / "a.conll").write_text(BROKEN)
    settings = settings_for("token-classification", tmp_path / "a.conll")
    settings.validation, settings.tag_scheme = [str(tmp_path / "a.conll")], scheme
    prepared = prepare(settings)
    assert any(note in told for told in prepared.notes)
    row = next(row for row in prepared.rows if row["tokens"][0] == "new")
    assert row["labels"] == tags
    assert set(prepared.config["label2id"]) == ({"O", "B-LOC", "E-LOC", "S-LOC"} if scheme == "iobes" else
                                                {"O", "B-LOC", "I-LOC"})  # fmt: skip
    assert any("10 training tags are not legal in bio" in told for told in prepared.notes)


def test_sentences_without_words_are_left_out_and_told(tmp_path: Path) -> None:
    rows = '{"tokens": ["a", "b"], "labels": ["X", "Y"]}\n{"tokens": [], "labels": []}\n'
    (tmp_path / "a.jsonl").write_text(rows * 5)
    settings = settings_for("token-classification", tmp_path / "a.jsonl")
    settings.validation = [str(tmp_path / "a.jsonl")]
    prepared = prepare(settings)
    assert prepared.notes == ["5 training sentences have no word, and are left out"]
    assert (len(prepared.train), len(prepared.validation)) == (5, 10)


def test_validation_labels_that_training_lacks_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "b.csv").write_text("text,label\nnice,poss\nfine,poss\nbad,egg\n")
    settings = settings_for("sequence-classification", tmp_path / "a.csv")
    settings.validation = [str(tmp_path / "b.csv")]
    with pytest.raises(DataError, match=r"row 1 \(2 times\): label 'poss'.*Also unseen: 'egg' \(1, first in row 3\)"):
        prepare(settings)
