from typing import Any

import pytest

from seqkit.data.labels import LabelSet
from seqkit.data.readers.conll import read_conll
from seqkit.errors import DataError
from tests.data.conftest import Real, Write

CONLLU = """\
# sent_id = 1
# text = vámonos al mar
1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tvamos\tir\tVERB\tV\tMood=Imp\t0\troot\t_\t_
2\tnos\tnosotros\tPRON\t_\t_\t1\tobj\t_\t_
2.1\tnada\t_\tVERB\t_\t_\t_\t_\t_\t_
3\tmar\tmar\tNOUN\t_\t_\t1\tobl\t_\t_

# text = 뉴욕 시
1\t뉴욕 시\t뉴욕\tPROPN\tNNP\t_\t0\troot\t_\t_
"""


def read(path: Any, universal: bool = False, **options: Any) -> list[tuple[list[str], ...]]:
    columns = read_conll(path, universal=universal, **options).columns
    return list(zip(*(column.to_pylist() for column in columns.values()), strict=True))


def test_universal(write: Write) -> None:
    path = write("a.conllu", CONLLU)
    assert read(path, True) == [(["vamos", "nos", "mar"], ["VERB", "PRON", "NOUN"]), (["뉴욕 시"], ["PROPN"])]
    for column in ("lemma", "LEMMA", 2, "2"):
        assert read(path, True, label_column=column)[0][1] == ["ir", "nosotros", "mar"]
    assert read(path, True, text_column="lemma", with_labels=False)[1] == (["뉴욕"],)
    assert read_conll(path, universal=True).where(1).endswith("a.conllu, line 10")


@pytest.mark.parametrize(
    ("column", "labels"),
    [("xpos", "V _ _"), ("feats", "Mood=Imp _ _"), ("deprel", "root obj obl"), ("head", "0 1 1")],
)
def test_any_universal_column_is_a_label(column: str, labels: str, write: Write) -> None:
    assert read(write("a.conllu", CONLLU), True, label_column=column)[0][1] == labels.split()


def test_columns_between_tabs(write: Write) -> None:
    # From WNUT-17 (a tab alone ends a sentence, words begin with #) and KLUE (remarks, blanks as words).
    path = write(
        "a.bio", "## 주석 : ##\n## id-1\t<영동:LC> 방향\n영\tB-LC\n \tO\n방\tO\n\t\n#photography\tO\n\u2028\u00a0\tO"
    )
    assert read(path) == [(["영", " ", "방"], ["B-LC", "O", "O"]), (["#photography", "\u2028\u00a0"], ["O", "O"])]


def test_columns_between_spaces(write: Write) -> None:
    path = write(
        "a.conll",
        "-DOCSTART- -X- -X- O\r\n\r\nEU NNP B-NP B-ORG\r\n# SYM O O \r\n\r\n\r\nNew\u00a0York NNP B-NP B-LOC\r\n",
    )
    assert read(path) == [(["EU", "#"], ["B-ORG", "O"]), (["New\u00a0York"], ["B-LOC"])]
    assert read(path, label_column=1)[0][1] == read(path, label_column="-3")[0][1] == ["NNP", "SYM"]
    assert read(path, text_column=-1, with_labels=False)[1] == (["B-LOC"],)


def test_words_alone(write: Write) -> None:
    assert read(write("a.txt", "the\ncat\n\nsat\n"), with_labels=False) == [(["the", "cat"],), (["sat"],)]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("a\tO\n\nb\tO\nc\n", {}, "line 4 has 1 columns where the file's first word has 2: each word needs its label"),
        ("a O\nb O O\n", {}, "line 2 has 3 columns where"),
        ("a O\n", {"label_column": 2}, "label_column is 2, and the columns of .*line 1 have no names.*0 to 1"),
        ("a O\n", {"text_column": "form"}, "text_column is 'form', .* no names, only numbers: choose 0 to 1"),
        ("\n-DOCSTART- O\n", {}, "has no rows"),
    ],
)
def test_bad_column_files(write: Write, content: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(write("a.conll", content), **options)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("1\tword\tNOUN\n", {}, "line 1 has 3 columns between tabs: CoNLL-U has ten"),
        (CONLLU.replace("3\tmar", "x\tmar"), {}, "line 7 begins with 'x': CoNLL-U has a word's number, 1-2 or 8.1"),
        (
            CONLLU,
            {"label_column": "ner"},
            "label_column is 'ner', which is no column of CoNLL-U: choose one of id, form",
        ),
    ],
)
def test_bad_universal_files(write: Write, content: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(write("a.conllu", content), True, **options)


@pytest.mark.parametrize(
    ("name", "sentences", "words", "labels"),
    [
        ("ud-english-ewt/en_ewt-ud-train.conllu", 12_544, 204_577, 17),
        ("ud-english-ewt/en_ewt-ud-test.conllu", 2_077, 25_094, 17),
        ("ud-korean-gsd/ko_gsd-ud-train.conllu", 4_400, 56_687, 16),
        ("ud-korean-gsd/ko_gsd-ud-dev.conllu", 950, 11_958, 15),
        ("wnut17/wnut17train.conll", 3_394, 62_730, 13),
        ("wnut17/emerging.test.annotated", 1_287, 23_394, 13),
        ("klue-ner-mini/train-mini.tsv", 5_000, 274_109, 13),
    ],
)
def test_published_counts(real: Real, name: str, sentences: int, words: int, labels: int) -> None:
    rows = read(real(name), universal=name.endswith("conllu"))
    assert (len(rows), sum(len(tokens) for tokens, _ in rows)) == (sentences, words)
    assert len(LabelSet.learn_tags(tags for _, tags in rows).names) == labels
