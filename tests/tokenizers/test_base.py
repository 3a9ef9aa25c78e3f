import copy
import importlib.util
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers.normalizers import Replace, Sequence
from transformers import AutoTokenizer
from transformers.tokenization_utils_tokenizers import PreTrainedTokenizerFast

from seqkit.errors import TokenizerError
from seqkit.tokenizers import CharTokenizer, SeqkitTokenizer, WordTokenizer
from tests.tokenizers.accents import AccentTokenizer

CLASSES = [CharTokenizer, WordTokenizer]
TEXT = "<s>The cat</s> <pad>\tsat\r\n한글 <unk>"
OPTIONS: dict[str, Any] = {
    "add_bos": True,
    "add_eos": True,
    "padding_side": "left",
    "model_max_length": 9,
    "lowercase": True,
    "nfc": True,
    "truncation_side": "left",
}


def reloaded(tokenizer: SeqkitTokenizer, folder: Path) -> SeqkitTokenizer:
    tokenizer.save_pretrained(folder)
    return type(tokenizer).from_pretrained(folder)


def unregistered(tokenizer: SeqkitTokenizer, folder: Path) -> PreTrainedTokenizerFast:
    tokenizer.save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def pickled(tokenizer: SeqkitTokenizer, folder: Path) -> SeqkitTokenizer:
    return pickle.loads(pickle.dumps(tokenizer))


def copied(tokenizer: SeqkitTokenizer, folder: Path) -> SeqkitTokenizer:
    return copy.deepcopy(tokenizer)


def twice(tokenizer: SeqkitTokenizer, folder: Path) -> SeqkitTokenizer:
    return reloaded(reloaded(tokenizer, folder / "once"), folder / "twice")


@pytest.mark.parametrize("cls", CLASSES)
def test_special_tokens_have_the_first_ids_and_are_not_added_by_themselves(cls: type[SeqkitTokenizer]) -> None:
    tokenizer = cls.train(TEXT)
    ids = (tokenizer.pad_token_id, tokenizer.unk_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id)
    assert ids == (0, 1, 2, 3)
    assert sorted(tokenizer.get_vocab().values()) == list(range(len(tokenizer)))
    assert not set(tokenizer(TEXT)["input_ids"]) & {0, 1, 2, 3}


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("way", [reloaded, unregistered, pickled, copied, twice])
def test_text_that_spells_special_tokens_stays_text(
    cls: type[SeqkitTokenizer], way: Callable[..., PreTrainedTokenizerFast], tmp_path: Path
) -> None:
    tokenizer = way(cls.train(TEXT), tmp_path)
    ids = tokenizer(TEXT)["input_ids"]
    assert not set(ids) & {0, 1, 2, 3}
    assert tokenizer.encode(TEXT) == tokenizer([TEXT])["input_ids"][0] == ids
    assert tokenizer(["x", TEXT], padding=True)["input_ids"][1] == ids
    assert tokenizer.convert_tokens_to_ids(tokenizer.tokenize(TEXT)) == ids
    assert tokenizer.decode(ids) == TEXT
    assert tokenizer.decode(ids, skip_special_tokens=True) == TEXT


@pytest.mark.parametrize("cls", CLASSES)
def test_a_caller_may_ask_for_special_tokens_in_the_text(cls: type[SeqkitTokenizer]) -> None:
    assert cls.train(TEXT)("<s>", split_special_tokens=False)["input_ids"] == [2]
    assert cls.train(TEXT)("<s>")["input_ids"] != [2]


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("way", [reloaded, unregistered, pickled, copied, twice])
def test_nothing_is_lost_on_the_way(
    cls: type[SeqkitTokenizer], way: Callable[..., PreTrainedTokenizerFast], tmp_path: Path
) -> None:
    before = cls.train(TEXT, **OPTIONS)
    after = way(before, tmp_path)
    assert after.backend_tokenizer.to_str() == before.backend_tokenizer.to_str()
    assert after.padding_side == after.truncation_side == "left"
    assert after.model_max_length == 9
    assert after.split_special_tokens
    assert not after.clean_up_tokenization_spaces
    assert after.model_input_names == ["input_ids", "attention_mask"]
    assert after.special_tokens_map == before.special_tokens_map
    batch = [TEXT, "cat", ""]
    assert dict(after(batch, padding=True, truncation=True)) == dict(before(batch, padding=True, truncation=True))


@pytest.mark.parametrize("way", [reloaded, pickled, copied, twice])
def test_beginning_and_end_are_kept_and_can_be_switched(way: Callable[..., SeqkitTokenizer], tmp_path: Path) -> None:
    tokenizer = way(CharTokenizer.train("ab", add_bos=True), tmp_path)
    assert (tokenizer.add_bos_token, tokenizer.add_eos_token) == (True, False)
    assert tokenizer("ab")["input_ids"] == [2, 4, 5]
    assert tokenizer("ab", add_special_tokens=False)["input_ids"] == [4, 5]
    tokenizer.add_eos_token = True
    assert tokenizer("ab")["input_ids"] == [2, 4, 5, 3]
    assert tokenizer.decode([2, 4, 5, 3], skip_special_tokens=True) == "ab"


@pytest.mark.parametrize("cls", CLASSES)
def test_the_fallback_of_auto_tokenizer_encodes_the_same(cls: type[SeqkitTokenizer], tmp_path: Path) -> None:
    tokenizer = cls.train(TEXT, **OPTIONS)
    tokenizer.save_pretrained(tmp_path)
    assert dict(AutoTokenizer.from_pretrained(tmp_path)(TEXT)) == dict(tokenizer(TEXT))


@pytest.mark.skipif(importlib.util.find_spec("seqkit.auto") is None, reason="seqkit.auto registers the classes")
@pytest.mark.parametrize("cls", CLASSES)
def test_auto_tokenizer_finds_the_class_in_a_fresh_process(cls: type[SeqkitTokenizer], tmp_path: Path) -> None:
    tokenizer = cls.train(TEXT, **OPTIONS)
    tokenizer.save_pretrained(tmp_path)
    code = (
        "import json, sys, seqkit; from transformers import AutoTokenizer; "
        "t = AutoTokenizer.from_pretrained(sys.argv[1]); "
        "print(json.dumps([type(t).__name__, t.padding_side, t(sys.argv[2])['input_ids']]))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path, TEXT], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [cls.__name__, "left", tokenizer(TEXT)["input_ids"]]


def test_importing_tokenizers_is_light() -> None:
    code = "import sys, seqkit.tokenizers; print([m for m in sys.modules if m in sys.argv[1:]])"
    heavy = ["torch", "datasets", "transformers.models.auto.tokenization_auto", "transformers.modeling_utils"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("cls", CLASSES)
def test_training_again_keeps_class_and_options(cls: type[SeqkitTokenizer]) -> None:
    old = cls.train(TEXT, **OPTIONS)
    new = old.train_new_from_iterator([["new <s> WORDS"]], vocab_size=50)
    assert type(new) is cls
    assert (new.padding_side, new.model_max_length, new.split_special_tokens) == ("left", 9, True)
    ids = new("WORDS")["input_ids"]
    assert (ids[0], ids[-1]) == (2, 3)
    assert new.decode(ids, skip_special_tokens=True) == "words"
    assert not set(new("<s>", add_special_tokens=False)["input_ids"]) & {0, 1, 2, 3}


@pytest.mark.parametrize("cls", CLASSES)
def test_both_padding_sides_hold_the_same_tokens(cls: type[SeqkitTokenizer]) -> None:
    batch = ["a b", "a", ""]
    right, left = (cls.train(batch, padding_side=side)(batch, padding=True) for side in ["right", "left"])
    for r, l, r_mask, l_mask in zip(
        *(b[k] for k in ["input_ids", "attention_mask"] for b in [right, left]), strict=True
    ):
        size = sum(r_mask)
        assert sum(l_mask) == size
        assert r[:size] == l[len(l) - size :]
        assert set(r[size:]) | set(l[: len(l) - size]) <= {0}


def test_tensors_truncation_and_offsets() -> None:
    tokenizer = CharTokenizer.train("abcd", model_max_length=3)
    batch = tokenizer(["abcd", "a"], padding=True, truncation=True, return_tensors="pt", return_offsets_mapping=True)
    assert batch["input_ids"].tolist() == [[4, 5, 6], [4, 0, 0]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch["offset_mapping"][0].tolist() == [[0, 1], [1, 2], [2, 3]]
    assert "token_type_ids" not in batch


@pytest.mark.parametrize("cls", CLASSES)
def test_files_and_texts_give_the_same_tokenizer(cls: type[SeqkitTokenizer], tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT.encode())
    from_files = cls.train_from_files([path], min_frequency=2)
    assert from_files.get_vocab() == cls.train(TEXT, min_frequency=2).get_vocab()
    assert from_files.get_vocab() == cls.train((part for part in [TEXT]), min_frequency=2).get_vocab()


def test_own_names_of_special_tokens() -> None:
    tokenizer = CharTokenizer.train("[PAD]", pad_token="[PAD]", extra_special_tokens=["<sep>"])
    assert (tokenizer.pad_token, tokenizer.pad_token_id) == ("[PAD]", 0)
    assert tokenizer.convert_tokens_to_ids("<sep>") == len(tokenizer) - 1
    assert tokenizer.decode(tokenizer.encode("[PAD]"), skip_special_tokens=True) == "[PAD]"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"split": "lines"},
            r"split \('lines'\) is unknown to WordTokenizer: choose one of 'words', 'whitespace', 'none'",
        ),
        ({"min_frequency": 0}, r"min_frequency \(0\) must be 1 or more"),
        ({"max_vocab": 4}, r"max_vocab \(4\) must be at least 5"),
        ({"pad_token": "PAD"}, r"pad_token \('PAD'\) could be a token of a text"),
        ({"pad_token": "<s>"}, "must have different names"),
        ({"pad_token": ""}, r"pad_token \(''\) could be a token"),
        ({"min_frequency": 9}, "no token occurs"),
    ],
)
def test_an_option_out_of_range_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TokenizerError, match=message):
        WordTokenizer.train("a text", **options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ab\ud800", r"text holds a lone surrogate, U\+D800, at character 2"),
        (["a", "\udfff"], r"text\[1\] holds a lone surrogate, U\+DFFF, at character 0"),
        (["a", 3], r"text\[1\] is 3 of type int"),
        ([None, "a"], r"text\[0\] is None of type NoneType"),
    ],
)
def test_what_cannot_be_encoded_is_named_with_its_place(text: Any, message: str) -> None:
    tokenizer = CharTokenizer.train("ab")
    for call in [tokenizer, tokenizer.encode]:
        with pytest.raises(TokenizerError, match=message):
            call(text)
    with pytest.raises(TokenizerError, match="text_pair holds a lone surrogate"):
        tokenizer("a", "\ud800")
    with pytest.raises(TokenizerError, match=r"text\[0\]\[1\] holds a lone surrogate"):
        tokenizer([["a", "\ud800"]], is_split_into_words=True)


@pytest.mark.parametrize(("token", "number"), [("a", 5), ("b", 2**31), ("b", 7)])
def test_a_damaged_vocabulary_is_refused(token: str, number: int, tmp_path: Path) -> None:
    CharTokenizer.train("ab").save_pretrained(tmp_path)
    path = tmp_path / "tokenizer.json"
    content = json.loads(path.read_text())
    content["model"]["vocab"][token] = number
    path.write_text(json.dumps(content))
    with pytest.raises(TokenizerError, match=rf"id {number} is doubled or out of place"):
        CharTokenizer.from_pretrained(tmp_path)


def test_a_subclass_with_init_is_refused() -> None:
    with pytest.raises(TokenizerError, match="Wrong defines __init__"):

        class Wrong(SeqkitTokenizer):
            def __init__(self) -> None:
                pass


def test_an_alphabet_is_in_every_vocabulary_and_counts_in_its_limit() -> None:
    for options in ({}, {"min_frequency": 3}, {"max_vocab": 9}):
        tokenizer = AccentTokenizer.train("xxy", **options)
        assert tokenizer.unk_token_id not in tokenizer.encode("aeiou")
    assert len(AccentTokenizer.train("xxya", max_vocab=10)) == 10
    assert AccentTokenizer.train("xxya", max_vocab=10).decode(tokenizer.encode("a")) == "a"
    with pytest.raises(
        TokenizerError, match=r"max_vocab \(8\) must be at least 9: 4 special .* the 5 tokens of the alpha"
    ):
        AccentTokenizer.train("xxy", max_vocab=8)


def test_tokens_that_are_pieces_of_text_spell_it_and_settle_at_once() -> None:
    for cls in CLASSES:
        tokenizer = cls.train(TEXT)
        assert tokenizer.spell(TEXT) == TEXT
        assert tokenizer.unsettled(tokenizer.encode(TEXT)) == 0


def test_only_a_composing_normalizer_widens_offsets() -> None:
    text = "e\u0301"
    for nfc, expected in ((False, [(0, 1), (1, 2)]), (True, [(0, 2)])):
        tokenizer = CharTokenizer.train(text, nfc=nfc, lowercase=True)
        # A normalizer may say NFC without being one.
        tokenizer.backend_tokenizer.normalizer = Sequence(
            [*tokenizer.backend_tokenizer.normalizer, Replace("NFC", "c")]
        )
        assert tokenizer(text, return_offsets_mapping=True)["offset_mapping"] == expected


def test_a_tokenizer_of_several_chat_templates_is_saved_twice(tmp_path: Path) -> None:
    tokenizer = CharTokenizer.train("ab")
    for text in ("one", "two"):
        tokenizer.chat_template = {"default": text, "tool_use": f"{text} tools"}
        tokenizer.save_pretrained(tmp_path)
    assert CharTokenizer.from_pretrained(tmp_path).chat_template == {"default": "two", "tool_use": "two tools"}
