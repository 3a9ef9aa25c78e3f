"""Each check of training and saving is failed by a tokenizer that is wrong there and nowhere else."""

from typing import Any

from tests.testing.tokenizer.namesake import CharTokenizer
from tests.testing.tokenizer.plain import Plain, fails_only


class Unsorted(Plain):
    """Its ids depend on the order of a set. `>>>`."""

    @classmethod
    def arrange(cls, tokens: list[str]) -> list[str]:
        return list(set(tokens))


def test_deterministic() -> None:
    assert "another vocabulary" in fails_only("deterministic", Unsorted)


class Unwritten(Plain):
    """It holds a setting that no file holds. `>>>`."""

    trained = False

    @classmethod
    def train(cls, texts: Any, **options: Any) -> Any:
        tokenizer = super().train(texts, **options)
        tokenizer.trained = True
        return tokenizer

    def spoil(self, row: Any, text: Any, single: bool) -> None:
        if not self.trained:
            row["input_ids"] = row["input_ids"][::-1]


def test_save_load_equal() -> None:
    assert "after loading" in fails_only("save-load-equal", Unwritten)


def test_auto_tokenizer_loads() -> None:
    assert "seqkit.tokenizers.char.CharTokenizer" in fails_only("auto-tokenizer-loads", CharTokenizer)


class Closure(Plain):
    """It holds a function that cannot be pickled. `>>>`."""

    @classmethod
    def train(cls, texts: Any, **options: Any) -> Any:
        tokenizer = super().train(texts, **options)
        tokenizer.f = lambda text: text
        return tokenizer


def test_spawn_safe() -> None:
    assert "cannot be pickled" in fails_only("spawn-safe", Closure)


def test_import_is_quiet() -> None:
    from tests.testing.tokenizer.noisy import Noisy  # here, or this module would not be quiet either

    assert "the environment variables" in fails_only("import-is-quiet", Noisy)


class Undocumented(Plain):
    """It shows nothing."""


def test_docstring_has_example() -> None:
    assert "no example" in fails_only("docstring-has-example", Undocumented)
