from typing import Any

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import DataCollatorForTokenClassification

from seqkit.data.alignment import TokenLabelAligner, align_labels
from seqkit.data.readers.read import read_dataset
from seqkit.data.streams import IGNORED
from seqkit.errors import DataError
from seqkit.tokenizers.char import CharTokenizer
from seqkit.tokenizers.word import WordTokenizer
from tests.data.conftest import Real

IDS = {"O": 0, "B": 1}
CHARACTERS = CharTokenizer.train("abc ")
WORDS = WordTokenizer.train([["a", "ab", "abc"]], split="whitespace")
SENTENCES = st.lists(st.lists(st.tuples(st.text("abc", min_size=1), st.sampled_from(sorted(IDS)))), min_size=1)


@pytest.mark.parametrize("tokenizer", [CHARACTERS, WORDS], ids=["characters", "words"])
@given(sentences=SENTENCES)
def test_first_token_of_each_word_has_its_label(tokenizer: Any, sentences: list[list[tuple[str, str]]]) -> None:
    batch = {"tokens": [[w for w, _ in row] for row in sentences], "labels": [[t for _, t in row] for row in sentences]}
    aligned = align_labels(batch, tokenizer, IDS)
    for ids, labels, row in zip(aligned["input_ids"], aligned["labels"], sentences, strict=True):
        assert len(ids) == len(labels)
        assert [label for label in labels if label != IGNORED] == [IDS[tag] for _, tag in row]
    if tokenizer is CHARACTERS:
        expected = [[i for w, tag in row for i in [IDS[tag], *[IGNORED] * (len(w) - 1)]] for row in sentences]
        assert aligned["labels"] == expected


def test_special_tokens_have_no_label() -> None:
    tokenizer = CharTokenizer.train("ab", add_bos=True, add_eos=True)
    assert align_labels({"tokens": [["ab", "b"]], "labels": [["B", "O"]]}, tokenizer, IDS)["labels"] == [
        [IGNORED, 1, IGNORED, 0, IGNORED]
    ]


def test_nothing_is_cut_or_padded() -> None:
    tokenizer = CharTokenizer.train("ab", model_max_length=4)
    aligned = align_labels({"tokens": [["a" * 10_000, "b"], ["b"]], "labels": [["B", "O"], ["O"]]}, tokenizer, IDS)
    assert [len(ids) for ids in aligned["input_ids"]] == [10_001, 1]
    assert aligned["labels"][0][-1] == 0


def test_without_labels() -> None:
    assert "labels" not in align_labels({"tokens": [["ab"]]}, CHARACTERS, IDS)


@pytest.mark.parametrize(
    ("tokens", "labels", "message"),
    [
        (["a", "b"], ["O", "Bx"], "row 4: label 'Bx' was not seen in training; known are O, B; did you mean 'B'"),
        (["a", "b"], ["O"], "row 4 has 2 words and 1 labels"),
        (
            ["a", "", "b"],
            ["O", "B", "O"],
            "row 4: the tokenizer gives no token for word 2, '', so its label would be lost",
        ),
    ],
)
def test_bad_rows(tokens: list[str], labels: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        align_labels({"tokens": [["a"], tokens], "labels": [["O"], labels]}, CHARACTERS, IDS, first_row=2)


def test_map_names_rows_of_the_whole_data_set() -> None:
    rows = {"tokens": [["a"]] * 1500, "labels": [["O"]] * 1499 + [["X"]]}
    aligner = TokenLabelAligner(CHARACTERS, IDS)
    with pytest.raises(DataError, match="row 1500: label 'X'"):
        datasets.Dataset.from_dict(rows).map(aligner, batched=True, with_indices=True)


def test_stock_collator_makes_batches() -> None:
    dataset = datasets.Dataset.from_dict({"tokens": [["ab", "c"], [], ["b"]], "labels": [["B", "O"], [], ["O"]]})
    mapped = dataset.map(TokenLabelAligner(CHARACTERS, IDS), batched=True, remove_columns=["tokens"])
    mapped = mapped.select_columns(["input_ids", "attention_mask", "labels"])
    batch = DataCollatorForTokenClassification(CHARACTERS)([mapped[i] for i in range(3)])
    assert batch["labels"].tolist() == [[1, IGNORED, 0], [IGNORED] * 3, [0, IGNORED, IGNORED]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [0, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("klue-ner-mini/train-mini.tsv", marks=pytest.mark.slow),
        "ud-korean-gsd/ko_gsd-ud-dev.conllu",
        "wnut17/emerging.dev.conll",
    ],
)
def test_real_labels_all_find_a_token(real: Real, name: str) -> None:
    rows = read_dataset(real(name), task="token-classification")
    tags = sorted({tag for row in rows["labels"] for tag in row})
    label2id = {tag: i for i, tag in enumerate(tags)}
    for tokenizer in (CharTokenizer.train(rows["tokens"]), WordTokenizer.train(rows["tokens"], split="none")):
        mapped = rows.map(TokenLabelAligner(tokenizer, label2id), batched=True, with_indices=True)
        kept = [[tags[label] for label in labels if label != IGNORED] for labels in mapped["labels"]]
        assert kept == rows["labels"][:]
