"""The page's words, in English and Korean, and the parts of the page that say them."""

from collections.abc import Callable
from typing import Any

from seqkit.errors import DataError

LANGUAGES = {"en": "English", "ko": "한국어"}

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "facts": "{layers} layer(s) of `{cell}`, {units} units, {parameters} parameters",
        "begin": "Beginning",
        "begin hint": "Write how the text begins; the network goes on.",
        "settings": "How it writes",
        "length": "Length, in tokens",
        "temperature": "Temperature: high is wild",
        "layer": "Layer and part of the state",
        "part": "layer {layer}, state {tensor}",
        "part backward": "layer {layer} backward, state {tensor}",
        "unit": "Unit that colours the letters",
        "write": "Write",
        "go on": "Go on",
        "stop": "Stop",
        "legend": "Blue letters: the unit is low. Red: it is high. Move the slider for the same text by another unit.",
        "text": "Text",
        "text hint": "Write a text of the kind that the network has learnt.",
        "classify": "What is it?",
        "label": "Probabilities",
        "tag": "Tag the words",
        "tags": "Tagged words",
        "source": "Source",
        "translate": "Translate",
        "target": "Target",
        "looks": "Where it looked: each row is a token it wrote, dark is where its attention was.",
        "no attention": "This network has no attention: there is nothing to show of where it looked.",
        "empty": "There is no text. Write something first.",
        "long": "The text has {length:,} characters; this page takes {limit:,} at most. Files of any size: {verb}",
        "unknown": "The network knows nothing in this text: its tokenizer gives no token for it.",
        "nothing yet": "Nothing has been written yet, so there is nothing to go on from. Press Write first.",
    },
    "ko": {
        "facts": "`{cell}` {layers}층, 유닛 {units}개, 매개변수 {parameters}개",
        "begin": "첫머리",
        "begin hint": "글의 첫머리를 쓰면 신경망이 이어서 씁니다.",
        "settings": "쓰는 방법",
        "length": "길이(토큰 수)",
        "temperature": "온도: 높을수록 자유분방",
        "layer": "층과 상태의 부분",
        "part": "{layer}층, 상태 {tensor}",
        "part backward": "{layer}층 역방향, 상태 {tensor}",
        "unit": "글자를 물들이는 유닛",
        "write": "쓰기",
        "go on": "이어 쓰기",
        "stop": "멈추기",
        "legend": "파란 글자: 유닛 값이 낮음. 빨간 글자: 높음. 슬라이더를 움직이면 같은 글을 다른 유닛으로 봅니다.",
        "text": "글",
        "text hint": "신경망이 배운 것과 같은 종류의 글을 써 보세요.",
        "classify": "무엇일까요?",
        "label": "확률",
        "tag": "단어에 꼬리표 달기",
        "tags": "꼬리표를 단 단어",
        "source": "원문",
        "translate": "옮기기",
        "target": "옮긴 글",
        "looks": "어디를 보았나: 한 줄이 신경망이 쓴 토큰 하나이고, 진할수록 그곳을 더 보았습니다.",
        "no attention": "이 신경망에는 어텐션이 없어서 어디를 보았는지 보여 줄 수 없습니다.",
        "empty": "글이 없습니다. 먼저 글을 써 주세요.",
        "long": "글이 {length:,}자입니다. 이 페이지는 {limit:,}자까지 받습니다. 더 큰 파일은 이렇게: {verb}",
        "unknown": "신경망이 이 글에서 아는 것이 없습니다. 토크나이저가 토큰을 하나도 만들지 못했습니다.",
        "nothing yet": "아직 쓴 글이 없어 이어 쓸 수 없습니다. 먼저 ‘쓰기’를 눌러 주세요.",
    },
}

Said = list[tuple[Any, dict[str, str | Callable[[str], Any]]]]
"""Parts of the page, and for each property of them its word, or a function from the language to its value."""


def word(language: str, key: str, **values: Any) -> str:
    """Return a word of the page.

    Args:
        language: `"en"` or `"ko"`; any other is read as English.
        key: which word.
        values: what stands in its braces.

    Example:
        >>> word("ko", "write"), word("en", "part", layer=0, tensor=1)
        ('쓰기', 'layer 0, state 1')
    """
    return WORDS.get(language, WORDS["en"])[key].format(**values)


def saying(language: str, properties: dict[str, str | Callable[[str], Any]]) -> dict[str, Any]:
    """Return the properties of one part of the page, in a language."""
    return {name: key(language) if callable(key) else word(language, key) for name, key in properties.items()}


def preferred(accepted: str | None) -> str:
    """Return the page's language for a browser.

    Args:
        accepted: the header `Accept-Language`, or None.

    Example:
        >>> preferred("ko-KR,ko;q=0.9,en;q=0.8"), preferred("de,ko;q=0.5"), preferred(None)
        ('ko', 'ko', 'en')
    """
    ours = [tag.strip()[:2].lower() for tag in (accepted or "").split(",")]
    return next((tag for tag in ours if tag in LANGUAGES), "en")


def checked(text: str | None, language: str, limit: int, verb: str) -> str:
    """Return a text that a panel can work on.

    Args:
        text: what was typed.
        language: the page's language.
        limit: the most characters.
        verb: the command for longer texts.

    Raises:
        DataError: if it is empty or too long, in the page's language.
    """
    if not text or not text.strip():
        raise DataError(word(language, "empty"))
    if len(text) > limit:
        raise DataError(word(language, "long", length=len(text), limit=limit, verb=verb))
    return text
