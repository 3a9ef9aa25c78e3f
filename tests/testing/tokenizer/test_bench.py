from seqkit import WordTokenizer
from seqkit.testing.tokenizer.bench import TokenizerBench, bare, ids, in_words


def test_what_is_promised_follows_from_how_a_text_is_cut() -> None:
    assert TokenizerBench(WordTokenizer).promises
    assert not TokenizerBench(WordTokenizer, {"split": "whitespace"}).promises
    assert not TokenizerBench(WordTokenizer, {"lowercase": True}).promises
    assert not TokenizerBench(int).promises


def test_texts_are_encoded_without_special_tokens() -> None:
    tokenizer = TokenizerBench(WordTokenizer, {"add_bos": True}).make()
    assert tokenizer.bos_token_id not in ids(tokenizer, "the cat")
    assert len(in_words(tokenizer, ["the", "cat"])) == 2
    assert len(in_words(tokenizer, ["the", "cat"], truncation=True, max_length=1)) == 1


def test_bare_texts_say_the_same() -> None:
    assert bare("Cafe\u0301  au lait") == bare("café AU\tlait")
