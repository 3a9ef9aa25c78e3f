import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import normalizers

from seqkit import CharTokenizer, WordTokenizer
from seqkit.errors import CheckpointError, TokenizerError
from seqkit.tokenizers.cuts import CHARACTERS
from seqkit.tokenizers.hostile import NAMED, agree, check


def made(**options: Any) -> dict[str, Any]:
    return json.loads(CharTokenizer.train("abc", **options).backend_tokenizer.to_str())


@pytest.mark.parametrize("options", [{}, {"nfc": True}, {"lowercase": True}, {"nfc": True, "add_bos": True}])
def test_what_training_makes_passes_and_is_loaded_as_it_was(options: dict[str, Any], tmp_path: Path) -> None:
    check(made(**options), [CHARACTERS], "tokenizer.json")
    CharTokenizer.train("abc", **options).save_pretrained(tmp_path)
    assert json.loads(CharTokenizer.from_pretrained(tmp_path).backend_tokenizer.to_str()) == made(**options)


@pytest.mark.parametrize("split", list(WordTokenizer.splits))
def test_every_way_to_cut_words_is_loaded_again(split: str, tmp_path: Path) -> None:
    WordTokenizer.train(["a"], split=split, lowercase=True, pad_token="[PAD]").save_pretrained(tmp_path)
    assert WordTokenizer.from_pretrained(tmp_path).tokenize("A") == ["a"]


def test_plain_parts_and_renamed_or_added_tokens_are_loaded_again(tmp_path: Path) -> None:
    tokenizer = WordTokenizer.train(["a b"], split="whitespace")
    tokenizer.backend_tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), tokenizer.backend_tokenizer.normalizer]
    )
    tokenizer.add_tokens(["<more>"])
    tokenizer.save_pretrained(tmp_path)
    assert len(WordTokenizer.from_pretrained(tmp_path)) == len(tokenizer)


def test_a_part_of_another_tokenizers_is_named() -> None:
    values = made()
    values["pre_tokenizer"]["pattern"]["Regex"] = "(a+)+$"
    with pytest.raises(CheckpointError, match=r"tokenizer\.json: pre_tokenizer holds .*\(a\+\)\+"):
        check(values, [CHARACTERS], "tokenizer.json", CheckpointError)


@pytest.mark.parametrize("kind", [{}, {"Regex": "a"}, [], 1, None])
def test_a_part_whose_type_is_no_name_is_refused(kind: Any) -> None:
    with pytest.raises(TokenizerError, match="normalizer holds"):
        check({**made(), "normalizer": {"type": kind}}, [CHARACTERS], "tokenizer.json")


def test_every_added_token_has_a_name() -> None:
    values = made()
    values["added_tokens"] += [{"id": 7 + number, "content": f"<{number}>"} for number in range(NAMED)]
    check(values, [CHARACTERS], "tokenizer.json")
    for content in ([], {}, 1, None):
        values["added_tokens"][-1] = {"id": 6 + NAMED, "content": content}
        with pytest.raises(TokenizerError, match="has no name"):
            check(values, [CHARACTERS], "tokenizer.json")


def test_padding_of_any_length_and_an_unknown_token_that_is_none_are_refused() -> None:
    padding = {"strategy": {"Fixed": 2**40}, "pad_to_multiple_of": None}
    with pytest.raises(TokenizerError, match="padding is"):
        check({**made(), "padding": padding}, [CHARACTERS], "tokenizer.json")
    check({**made(), "padding": {**padding, "strategy": {"Fixed": 128}}}, [CHARACTERS], "tokenizer.json")
    check({**made(), "padding": {**padding, "strategy": "BatchLongest"}}, [CHARACTERS], "tokenizer.json")
    values = made()
    values["model"]["unk_token"] = "<none>"
    with pytest.raises(TokenizerError, match="unknown token '<none>'"):
        check(values, [CHARACTERS], "tokenizer.json")


def test_parts_agree_in_what_both_say() -> None:
    assert agree({"type": "Split", "invert": False}, {"type": "Split", "more": 1})
    assert not agree({"type": "Split", "pattern": {"Regex": "a"}}, {"type": "Split", "pattern": {"Regex": "b"}})
    assert not agree({"invert": 1}, {"invert": True})


@pytest.mark.parametrize("length", ["512", [], {}, 0, -1])
def test_a_longest_text_that_is_no_number_is_refused(length: Any) -> None:
    with pytest.raises(TokenizerError, match="model_max_length is"):
        CharTokenizer.train("a", model_max_length=length)
