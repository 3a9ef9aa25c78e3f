"""Checks of what a tokenizer makes of texts: ids, offsets, batches, padding, and the text again."""

from typing import Any

from seqkit.testing.checks import Skipped
from seqkit.testing.tokenizer.bench import NEVER, PLAIN, TEXTS, UNICODE, WORDS, TokenizerBench, bare, ids, in_words
from seqkit.testing.tokenizer.registry import TOKENIZER_CHECKS

ROLES = ("pad", "unk", "bos", "eos")


@TOKENIZER_CHECKS("ids-dense")
def ids_dense(bench: TokenizerBench) -> None:
    """Ids run from 0 to len(tokenizer) - 1, so that an embedding of that size has a row for each."""
    tokenizer = bench.make()
    found = sorted(tokenizer.get_vocab().values())
    assert found == list(range(len(tokenizer))), (
        f"{len(found)} tokens have ids up to {found[-1]}, for a len() of {len(tokenizer)}"
    )


@TOKENIZER_CHECKS("roundtrip-where-promised", optional=True)
def roundtrip_where_promised(bench: TokenizerBench) -> None:
    """A tokenizer that cuts exactly gives texts of known tokens back, blank by blank."""
    if not bench.promises:
        raise Skipped("it does not promise to give a text back as it was")
    tokenizer = bench.make()
    for text in PLAIN:
        found = tokenizer.decode(ids(tokenizer, text))
        assert found == text, f"{text!r} comes back as {found!r}"


@TOKENIZER_CHECKS("offsets-in-original-text")
def offsets_in_original_text(bench: TokenizerBench) -> None:
    """Offsets are places in the text as it was given, in order, and together hold all that is not blank."""
    tokenizer = bench.make()
    for text in (*PLAIN, *UNICODE[:2]):
        spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        for start, end in spans:
            assert 0 <= start < end <= len(text), f"the offsets {(start, end)} are no part of {text!r}"
        assert spans == sorted(spans), f"the offsets of {text!r} are out of order: {spans}"
        held = {place for start, end in spans for place in range(start, end)}
        lost = [character for place, character in enumerate(text) if place not in held and not character.isspace()]
        assert not lost, f"no token's offsets hold {lost} of {text!r}"


@TOKENIZER_CHECKS("batch-equals-single")
def batch_equals_single(bench: TokenizerBench) -> None:
    """A text has the same ids alone, in a batch, and when it is encoded again."""
    tokenizer = bench.make()
    rows = tokenizer(TEXTS)["input_ids"]
    for text, row in zip(TEXTS, rows, strict=True):
        alone = tokenizer(text)["input_ids"]
        assert alone == row, f"{text!r} is {alone[:8]} alone and {row[:8]} in a batch"


@TOKENIZER_CHECKS("padding-sides")
def padding_sides(bench: TokenizerBench) -> None:
    """Padding stands on the side that was asked for, with the pad token's id and a mask of 0."""
    for side in ("right", "left"):
        tokenizer = bench.make()
        tokenizer.padding_side = side
        expected = [tokenizer(text)["input_ids"] for text in TEXTS]
        batch = tokenizer(TEXTS, padding=True)
        for row, mask, alone in zip(batch["input_ids"], batch["attention_mask"], expected, strict=True):
            pads, real = [tokenizer.pad_token_id] * (len(row) - len(alone)), [1] * len(alone)
            assert row == (pads + alone if side == "left" else alone + pads), f"padded {side}, {alone} becomes {row}"
            zeros = [0] * len(pads)
            assert mask == (zeros + real if side == "left" else real + zeros), f"padded {side}, the mask is {mask}"


@TOKENIZER_CHECKS("truncation")
def truncation(bench: TokenizerBench) -> None:
    """A text cut to a length keeps its first tokens and no more than that."""
    tokenizer = bench.make()
    whole = in_words(tokenizer, WORDS)
    found = in_words(tokenizer, WORDS, truncation=True, max_length=3)
    assert found == whole[:3], f"of {whole[:6]}…, max_length=3 keeps {found}"


@TOKENIZER_CHECKS("special-tokens")
def special_tokens(bench: TokenizerBench) -> None:
    """pad, unk, bos and eos have ids of their own, decoding can leave them out, and no text can spell them."""
    tokenizer = bench.make()
    specials = {role: getattr(tokenizer, f"{role}_token_id") for role in ROLES}
    assert None not in specials.values(), f"a special token is missing: {specials}"
    assert len(set(specials.values())) == len(ROLES), f"two special tokens share an id: {specials}"
    known = ids(tokenizer, "cat")
    left = tokenizer.decode([specials["bos"], *known, specials["eos"], specials["pad"]], skip_special_tokens=True)
    assert bare(left) == "cat", f"without special tokens 'cat' decodes to {left!r}"
    for role in ("pad", "bos", "eos"):
        name = getattr(tokenizer, f"{role}_token")
        assert specials[role] not in ids(tokenizer, f"the {name} cat"), f"{name!r} in a text becomes the {role} token"


@TOKENIZER_CHECKS("unknown-token")
def unknown_token(bench: TokenizerBench) -> None:
    """What was never seen becomes the unknown token, and what stands around it stays as it is."""
    tokenizer = bench.make()
    known = in_words(tokenizer, ["cat"])
    found = in_words(tokenizer, ["cat", NEVER, "cat"])
    expected = [*known, tokenizer.unk_token_id, *known]
    assert found == expected, f"an unknown word between two known ones gives {found}; expected {expected}"


@TOKENIZER_CHECKS("empty-text")
def empty_text(bench: TokenizerBench) -> None:
    """An empty text has no tokens, alone or in a batch, and no tokens are an empty text."""
    tokenizer = bench.make()
    assert ids(tokenizer, "") == [], f"an empty text has the ids {ids(tokenizer, '')}"
    batch = tokenizer(["", "cat"], add_special_tokens=False, padding=True)
    assert not any(batch["attention_mask"][0]), "in a batch, an empty text has tokens that count"
    assert tokenizer.decode([]) == "", f"no tokens decode to {tokenizer.decode([])!r}"


@TOKENIZER_CHECKS("unicode-survives")
def unicode_survives(bench: TokenizerBench) -> None:
    """Hangul, jamo, emoji sequences, combining marks and characters beyond U+FFFF are known and come back."""
    tokenizer = bench.make()
    for text in UNICODE:
        encoded = ids(tokenizer, text)
        assert tokenizer.unk_token_id not in encoded, f"{text!r} has unknown tokens, although it was trained on"
        found = tokenizer.decode(encoded)
        assert bare(found) == bare(text), f"{text!r} comes back as {found!r}"


@TOKENIZER_CHECKS("word-ids")
def word_ids(bench: TokenizerBench) -> None:
    """Of a text that is split into words, each token knows its word: labels can be laid on."""
    encoded: Any = bench.make()(WORDS, is_split_into_words=True, add_special_tokens=False)
    found = encoded.word_ids()
    assert found == sorted(found), f"the words of the tokens are out of order: {found}"
    assert set(found) == set(range(len(WORDS))), f"of {len(WORDS)} words, the tokens name {sorted(set(found))}"
