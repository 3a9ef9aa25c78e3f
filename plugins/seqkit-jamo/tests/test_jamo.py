"""The tokenizer keeps the contract, gives every text back, knows every syllable, and is one of transformers' own."""

import unicodedata
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, pipeline

from seqkit import RNNConfig, RNNForCausalLM, RNNForTokenClassification, plugins
from seqkit.data import align_labels
from seqkit.errors import TokenizerError
from seqkit.generation import CharStreamer, Stream
from seqkit.testing import TokenizerContract
from seqkit_jamo import JamoTokenizer
from seqkit_jamo.hangul import ESCAPE, JAMO, decompose

SAMPLES = {
    "syllables": "안녕하세요, 세계! 뷁",
    "letters": "ㅋㅋㅋ ㅠㅠ ㅇㅇ",
    "decomposed": unicodedata.normalize("NFD", "안녕 café 한글"),
    "half decomposed": "하\u11ab 한\u11ab \u1112ㅏ \u1100가",
    "old Hangul": "나랏말ᄊᆞ미 \u115f\u1160\u11f9 \ua960\ud7b0",
    "escapes": f"{ESCAPE}{ESCAPE}가{ESCAPE}\u1112{ESCAPE}",
    "marks": "가\u0301 각\u0327\u0301 \u1112\u0301 한\u302e 가\u200b\u0301",
    "line ends": "가\r\n나\n다\r라\u2028\t  마",
    "emoji": "좋아 👩‍👩‍👧‍👦 ❤️ 👍🏽 ❤️‍🔥",
    "controls": "\x00\x7f\ufeff\ufffd\uffff",
    "special tokens": "<s>가<pad></s>힣<unk>",
}
TOKENIZER = JamoTokenizer.train(SAMPLES.values())
KNOWN = st.text(alphabet="".join(SAMPLES.values()))
ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


class TestJamo(TokenizerContract):
    tokenizer = JamoTokenizer


class TestJamoComposed(TokenizerContract):
    tokenizer = JamoTokenizer
    options = {"nfc": True, "lowercase": True}


def spans(text: str) -> list[tuple[int, int]]:
    """Return where each token stands: all jamo of a syllable where it does."""
    counts = [len(decompose(c)) if "가" <= c <= "힣" else 1 for c in text]
    return [(place, place + 1) for place, count in enumerate(counts) for _ in range(count)]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_text_comes_back_byte_for_byte(name: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(SAMPLES[name])).encode() == SAMPLES[name].encode()


@given(KNOWN)
def test_any_known_text_comes_back_with_offsets_in_the_original(text: str) -> None:
    encoded = TOKENIZER(text, return_offsets_mapping=True)
    assert TOKENIZER.decode(encoded["input_ids"]) == text
    assert TOKENIZER.convert_tokens_to_string(encoded.tokens()) == text
    assert encoded["offset_mapping"] == spans(text)


@given(ANY)
def test_any_text_is_learned_and_comes_back(text: str) -> None:
    tokenizer = JamoTokenizer.train(text)
    encoded = tokenizer(text, return_offsets_mapping=True)
    assert tokenizer.decode(encoded["input_ids"]) == text
    assert encoded["offset_mapping"] == spans(text)
    assert len(tokenizer) == 4 + len(JAMO) + len({c for c in text if not "가" <= c <= "힣"})


@given(st.lists(KNOWN, min_size=1, max_size=4))
def test_a_batch_is_its_rows(texts: list[str]) -> None:
    assert TOKENIZER(texts)["input_ids"] == [TOKENIZER(text)["input_ids"] for text in texts]
    padded = TOKENIZER(texts, padding=True)
    assert TOKENIZER.batch_decode(padded["input_ids"], skip_special_tokens=True) == texts


@pytest.mark.parametrize("options", [{}, {"min_frequency": 9}, {"max_vocab": 71}])
def test_no_syllable_is_ever_unknown(options: dict[str, int]) -> None:
    tokenizer = JamoTokenizer.train("one word", **options)
    text = "".join(map(chr, range(0xAC00, 0xD7A4)))
    ids = tokenizer.encode(text)
    assert tokenizer.unk_token_id not in ids
    assert tokenizer.decode(ids) == text
    assert tokenizer.convert_ids_to_tokens(list(range(4, 71))) == list(JAMO)
    assert len(tokenizer) == 71 + (0 if options else len(set("one word")))


def test_a_vocabulary_without_room_for_the_jamo_is_refused() -> None:
    with pytest.raises(TokenizerError, match=r"max_vocab \(70\) must be at least 71: .* the 67 tokens of the alphabet"):
        JamoTokenizer.train("가", max_vocab=70)


def test_composition_is_an_option_whose_offsets_hold_all_that_was_composed() -> None:
    text = unicodedata.normalize("NFD", "한é")
    tokenizer = JamoTokenizer.train(text, nfc=True)
    encoded = tokenizer(text, return_offsets_mapping=True)
    assert tokenizer.decode(encoded["input_ids"]) == "한é"
    assert encoded["offset_mapping"] == [(0, 3)] * 3 + [(3, 5)]


def test_a_folder_comes_back_by_its_auto_class_and_reads_without_the_plugin(tmp_path: Path) -> None:
    TOKENIZER.padding_side = "left"
    TOKENIZER.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert type(loaded) is JamoTokenizer is plugins.get("tokenizers", "jamo")
    assert loaded.padding_side == "left"
    for text in SAMPLES.values():
        assert loaded.encode(text) == TOKENIZER.encode(text) == loaded.backend_tokenizer.encode(text).ids
        assert loaded.decode(loaded.encode(text)) == text
    TOKENIZER.padding_side = "right"


def test_labels_of_words_stand_at_the_first_jamo_of_each() -> None:
    batch = {"tokens": [["나는", "간다", "ㅋㅋ"]], "labels": [["NOUN", "VERB", "X"]]}
    found = align_labels(batch, TOKENIZER, {"NOUN": 0, "VERB": 1, "X": 2})
    assert found["labels"] == [[0, -100, -100, -100, -100, 1, -100, -100, -100, -100, 2, -100]]


def streamed(ids: list[int], prompt: int = 1, **options: bool) -> list[str]:
    pieces: list[str] = []
    streamer = CharStreamer(TOKENIZER, callback=pieces.append, **options)
    streamer.put(torch.tensor([ids[:prompt]]))
    for index in ids[prompt:]:
        streamer.put(torch.tensor([index]))
    streamer.end()
    return pieces


def test_a_syllable_is_handed_out_when_nothing_can_change_it() -> None:
    assert streamed(TOKENIZER.encode("가나 한글요")) == ["가", "나 ", "한", "글", "요"]
    assert streamed(TOKENIZER.encode("ㅋ하")[:-1]) == ["ㅋ", "ㅎ"]


@given(st.lists(st.integers(0, len(TOKENIZER) - 1), min_size=1))
def test_the_pieces_are_the_decoded_whole(ids: list[int]) -> None:
    assert "".join(streamed(ids, skip_special_tokens=False)) == TOKENIZER.decode(ids)


def test_a_final_for_a_syllable_that_is_out_already_is_not_lost() -> None:
    ids = TOKENIZER.encode("한 ")
    assert streamed(ids, prompt=2, skip_prompt=True) == ["ㄴ", " "]


def test_writing_stops_at_a_syllable_and_goes_on_in_pieces() -> None:
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(vocab_size=len(TOKENIZER), hidden_size=64)).train()
    text = "안녕하세요 세계 " * 4
    ids = TOKENIZER(text, return_tensors="pt")["input_ids"]
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    for _ in range(60):
        optimizer.zero_grad()
        model(ids, labels=ids).loss.backward()
        optimizer.step()
    write = pipeline("text-generation", model=model.eval(), tokenizer=TOKENIZER)
    asked = {"do_sample": False, "max_new_tokens": 30}
    assert write("안녕", **asked)[0]["generated_text"].startswith("안녕하세요 세계 안녕하")
    start = TOKENIZER("안녕", return_tensors="pt")["input_ids"]
    stopped = model.generate(start, **asked, stop_strings=["세계"], tokenizer=TOKENIZER)[0]
    assert TOKENIZER.decode(stopped) == "안녕하세요 세계"
    stream = Stream(model, TOKENIZER).feed("안녕")
    pieces = [stream.generate(max_new_tokens=1, do_sample=False) for _ in range(8)]
    assert pieces == ["", "", "하", "", "세", "", "요 ", ""]


def test_a_tagger_names_whole_syllables() -> None:
    model = RNNForTokenClassification(RNNConfig(vocab_size=len(TOKENIZER), hidden_size=8, num_labels=2)).eval()
    tag = pipeline("token-classification", model=model, tokenizer=TOKENIZER, aggregation_strategy="simple")
    found = tag("안녕 ㅋ")
    assert "".join("안녕 ㅋ"[row["start"] : row["end"]] for row in found).replace(" ", "")
    assert {place for row in found for place in range(row["start"], row["end"])} == set(range(4))
