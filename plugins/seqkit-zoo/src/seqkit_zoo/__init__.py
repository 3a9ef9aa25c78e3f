"""Small trained models as data: each name of this module is a function that returns a model's folder."""

from collections.abc import Callable
from importlib.resources import files
from importlib.resources.abc import Traversable

__all__ = [
    "digit_to_words",
    "languages",
    "python_char",
    "sentiment_ko",
    "shakespeare_char",
    "transliterate_en_ko",
    "upos_en",
    "upos_ko",
]


def _leads_to(name: str) -> Callable[[], Traversable]:
    return lambda: files(__package__) / "models" / name


digit_to_words = _leads_to("digit-to-words")
languages = _leads_to("languages")
python_char = _leads_to("python-char")
sentiment_ko = _leads_to("sentiment-ko")
shakespeare_char = _leads_to("shakespeare-char")
transliterate_en_ko = _leads_to("transliterate-en-ko")
upos_en = _leads_to("upos-en")
upos_ko = _leads_to("upos-ko")
