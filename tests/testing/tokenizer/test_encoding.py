"""Each check of what is made of texts is failed by a tokenizer that is wrong there and nowhere else."""

from typing import Any

from transformers import BatchEncoding

from seqkit.testing import check_tokenizer
from tests.testing.tokenizer.plain import Plain, fails_only


def test_the_plain_tokenizer_passes_every_check() -> None:
    report = check_tokenizer(Plain)
    assert (report.ran, report.skipped, report.failed) == (17, 0, 0), str(report)


class Miscounted(Plain):
    """Its length leaves the special tokens out. `>>>`."""

    def __len__(self) -> int:
        return super().__len__() - 4


def test_ids_dense() -> None:
    assert "for a len() of" in fails_only("ids-dense", Miscounted)


class Tidy(Plain):
    """It promises exact texts, and strips them. `>>>`."""

    def decode(self, *args: Any, **kwargs: Any) -> Any:
        return super().decode(*args, **kwargs).strip()


def test_roundtrip_where_promised() -> None:
    assert "comes back as" in fails_only("roundtrip-where-promised", Tidy)


class Bytes(Plain):
    """Its offsets count bytes. `>>>`."""

    def spoil(self, row: Any, text: Any, single: bool) -> None:
        if "offset_mapping" in row:
            place = [len(text[:index].encode()) for index in range(len(text) + 1)]
            row["offset_mapping"] = [(place[start], place[end]) for start, end in row["offset_mapping"]]


def test_offsets_in_original_text() -> None:
    assert "are no part of" in fails_only("offsets-in-original-text", Bytes)


class Hurried(Plain):
    """It cuts the texts of a batch that nobody pads. `>>>`."""

    def __call__(self, text: Any, **kwargs: Any) -> Any:
        if isinstance(text, list) and not kwargs:
            return super().__call__(text, truncation=True, max_length=9)
        return super().__call__(text, **kwargs)


def test_batch_equals_single() -> None:
    assert "in a batch" in fails_only("batch-equals-single", Hurried)


class AllReal(Plain):
    """Its mask says that padding is text, where a text is there at all. `>>>`."""

    def spoil(self, row: Any, text: Any, single: bool) -> None:
        if text and "attention_mask" in row:
            row["attention_mask"] = [1] * len(row["attention_mask"])


def test_padding_sides() -> None:
    assert "the mask is" in fails_only("padding-sides", AllReal)


class Endless(Plain):
    """It keeps one token more than it was told. `>>>`."""

    def _encode_plus(self, *args: Any, **kwargs: Any) -> BatchEncoding:
        if kwargs.get("max_length"):
            kwargs["max_length"] += 1
        return super()._encode_plus(*args, **kwargs)


def test_truncation() -> None:
    assert "max_length=3 keeps" in fails_only("truncation", Endless)


class Injectable(Plain):
    """It takes the name of a special token in a text for the token. `>>>`."""

    @classmethod
    def train(cls, texts: Any, **options: Any) -> Any:
        return super().train(texts, split_special_tokens=False, **options)


def test_special_tokens() -> None:
    assert "'<pad>' in a text becomes the pad token" in fails_only("special-tokens", Injectable)


class Forgetful(Plain):
    """It drops what it does not know. `>>>`."""

    def spoil(self, row: Any, text: Any, single: bool) -> None:
        row["input_ids"] = [index for index in row["input_ids"] if index != self.unk_token_id]


def test_unknown_token() -> None:
    assert "an unknown word" in fails_only("unknown-token", Forgetful)


class NeverSilent(Plain):
    """It has something to say to an empty text. `>>>`."""

    def decode(self, token_ids: Any, *args: Any, **kwargs: Any) -> Any:
        return super().decode(token_ids, *args, **kwargs) or " "


def test_empty_text() -> None:
    assert "no tokens decode to ' '" in fails_only("empty-text", NeverSilent)


class BasicPlane(Plain):
    """It writes no character beyond U+FFFF. `>>>`."""

    def decode(self, *args: Any, **kwargs: Any) -> Any:
        return "".join(character for character in super().decode(*args, **kwargs) if ord(character) < 0x10000)


def test_unicode_survives() -> None:
    assert "comes back as" in fails_only("unicode-survives", BasicPlane)


class Wordless(Plain):
    """Its tokens know no words. `>>>`."""

    def _encode_plus(self, *args: Any, **kwargs: Any) -> BatchEncoding:
        encoded = super()._encode_plus(*args, **kwargs)
        encoded.word_ids = lambda: [0] * len(encoded["input_ids"])
        return encoded


def test_word_ids() -> None:
    assert "the tokens name [0]" in fails_only("word-ids", Wordless)
