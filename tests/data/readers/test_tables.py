import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.data.readers.tables import read_table
from seqkit.errors import DataError
from tests.data.conftest import Write

FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ROWS = st.lists(st.tuples(FIELDS, FIELDS), min_size=1)


def read(path: Any, extension: str = "", **options: Any) -> dict[str, list[Any]]:
    options = {"task": "sequence-classification", **options}
    raw = read_table(path, extension=extension or path.suffix, **options)
    return {name: column.to_pylist() for name, column in raw.columns.items()}


@given(rows=ROWS)
def test_what_csv_wrote_is_read(rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([("label", "text"), *rows])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(file.getvalue().encode())
    assert read(path) == {"text": [text for _, text in rows], "label": [label for label, _ in rows]}


@given(rows=ROWS)
def test_what_json_wrote_is_read(rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    records = [{"label": label, "text": text} for label, text in rows]
    folder = tmp_path_factory.mktemp("json")
    for ascii_only in (True, False):
        lines = [json.dumps(record, ensure_ascii=ascii_only) for record in records]
        (folder / "a.jsonl").write_bytes("\n".join(lines).encode())
        (folder / "a.json").write_bytes(json.dumps(records, indent=1, ensure_ascii=ascii_only).encode())
        expected = {"text": [text for _, text in rows], "label": [label for label, _ in rows]}
        assert read(folder / "a.jsonl") == read(folder / "a.json") == expected


def test_nothing_is_guessed_of_a_text(write: Write) -> None:
    texts = ["007", "1.0", "2020-01-01", "NA", "true", "null", ""]
    rows = "".join(f"{text},x\n" for text in texts)
    assert read(write("a.csv", f"text,label\n{rows}"))["text"] == texts
    lines = "\n".join(json.dumps({"text": text, "label": "x"}) for text in texts)
    assert read(write("a.jsonl", lines))["text"] == texts


def test_tsv_has_no_quotes(write: Write) -> None:
    path = write("a.tsv", 'id\tdocument\tlabel\r\n1\t"""여기"" 까지\t0\r\n2\t\t1\r\n\r\n3\ta\rb,"\t0')
    assert read(path) == {"text": ['"""여기"" 까지', "", 'a\rb,"'], "label": ["0", "1", "0"]}


def test_byte_order_mark_is_no_part_of_the_header(write: Write) -> None:
    for name, content in {"a.csv": "text,label\na,b\n", "a.jsonl": '{"text": "a", "label": "b"}'}.items():
        assert read(write(name, b"\xef\xbb\xbf" + content.encode())) == {"text": ["a"], "label": ["b"]}


def test_long_field(write: Write) -> None:
    assert read(write("a.csv", f'text,label\n"{"long " * 100_000}",x\n'))["text"] == ["long " * 100_000]


def test_json_lines_under_the_name_json(write: Write) -> None:
    assert read(write("a.json", '{"text": "a", "label": 1}\n{"text": "b", "label": 2}'))["label"] == [1, 2]


def test_lists_of_labels_and_numbers(write: Write) -> None:
    path = write("a.jsonl", '{"text": "a", "label": ["x", "y"]}\n{"text": "b", "label": []}')
    assert read(path)["label"] == [["x", "y"], []]
    path = write("a.jsonl", '{"text": "a", "label": 4}\n{"text": "b", "label": 3.5}')
    assert read(path)["label"] == [4.0, 3.5]


def test_tokens(write: Write) -> None:
    options = {"task": "token-classification", "text_column": "w", "label_column": "t"}
    path = write("a.jsonl", '{"w": ["a", "b"], "t": ["X", 1]}\n{"w": [], "t": []}')
    assert read(path, **options) == {"tokens": [["a", "b"], []], "labels": [["X", "1"], []]}
    path = write("a.csv", "tokens,ner_tags\nthe cat,O B\n")
    assert read(path, task="token-classification") == {"tokens": [["the", "cat"]], "labels": [["O", "B"]]}


def test_columns_of_one_name(write: Write) -> None:
    # The header of the Kaggle form of the SMS spam set ends in three columns without a name.
    path = write("a.csv", 'v1,v2,,,\nham,"Go, now",,,\nspam,WIN,x,y,z\n')
    assert read(path, text_column="v2", label_column="v1") == {"text": ["Go, now", "WIN"], "label": ["ham", "spam"]}
    assert read(write("b.csv", "text,text,label\na,b,x\n"))["text"] == ["a"]


def test_without_labels(write: Write) -> None:
    path = write("a.csv", "text\nan example\n")
    assert read(path, with_labels=False) == {"text": ["an example"]}
    assert read(path, task="causal-lm") == {"text": ["an example"]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,label\na,b\nc\n", "a.csv, line 3 has 1 fields where the header has 2"),
        ("a.csv", 'text,label\n"a\nb",x\nc,d,e\n', "a.csv, line 4 has 3 fields"),
        ("a.csv", 'text,label\na,b\n"c,d\n', r"a.csv, line 3 is malformed \(unexpected end of data\)"),
        ("a.csv", 'text,label\na,b\n"c"d,e\n', "a.csv, line 3 is malformed"),
        ("a.csv", "text,label\n", "a.csv has no rows"),
        ("a.csv", "id,label\na,b\n", "a.csv has no column with a usual name .*'id', 'label'"),
        ("a.tsv", "text\tlabel\n\na\tb\tc\n", "a.tsv, line 3 has 3 fields where the header has 2"),
        (
            "a.jsonl",
            '{"text": "a", "label": 1}\n\n{"text": "b"',
            "a.jsonl, line 3 is malformed .* must be one JSON object",
        ),
        ("a.jsonl", '{"text": "a", "label": 1}\n{"text": "b"}', "a.jsonl, line 2 has no value in column 'label'"),
        ("a.jsonl", '{"text": "a", "label": 1}\n{"text": null, "label": 1}', "line 2 has no value in column 'text'"),
        (
            "a.jsonl",
            '{"text": "a", "label": 1}\n[1]',
            r"a.jsonl, line 2 is \[1\], where each row must be a JSON object",
        ),
        ("a.jsonl", '{"text": 5, "label": 1}', "line 1: column 'text' is 5, where text must be a string"),
        ("a.json", '[{"text": "a",\n"label" 1}]', "a.json, line 2 is malformed"),
        ("a.json", "[]", "a.json has no rows"),
    ],
)
def test_bad_rows_are_named(write: Write, name: str, content: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(write(name, content))


def test_bad_lists_are_named(write: Write) -> None:
    path = write("a.jsonl", '{"tokens": ["a"], "labels": ["X"]}\n{"tokens": [["b"]], "labels": ["X"]}')
    with pytest.raises(DataError, match=r"line 2: column 'tokens' is .* where it must be a list of strings"):
        read(path, task="token-classification")
