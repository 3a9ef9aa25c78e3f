"""The page as a program sees it, over loopback; test_browser.py looks at it."""

from typing import Any

import pytest

from seqkit.demo.page import build, heading
from seqkit.errors import DataError
from seqkit.models import RNNForSequenceClassification, RNNModel
from tests.cases import model
from tests.demo.models import HEADS, WORDS, classifier, page_of, served

gradio = pytest.importorskip("gradio", reason="pip install 'seqkit[demo]'")

ASKED: dict[str, list[Any]] = {
    "write": ["ab 한", 10, 0.8, 0, 3],
    "classify": ["a good song"],
    "tag": ["Mr Kim sings"],
    "translate": ["seoul"],
}


@pytest.mark.parametrize("head", HEADS)
def test_the_page_of_each_head_answers_and_tells_what_is_wrong(head: str) -> None:
    from gradio_client import Client

    with served(page_of(head)) as address:
        client = Client(address, verbose=False)
        found = client.predict(*ASKED[head], "en", api_name=f"/{head}")
        expected = {"write": "<span", "classify": "confidences", "tag": "Kim", "translate": "alignment"}[head]
        assert expected in str(found)
        for language, told in (("en", "There is no text"), ("ko", "먼저 글을 써 주세요")):
            with pytest.raises(Exception, match=told):
                client.predict("", *ASKED[head][1:], language, api_name=f"/{head}")
        client.close()


@pytest.mark.parametrize("head", HEADS)
def test_every_part_of_the_page_says_what_it_is(head: str) -> None:
    page = page_of(head)
    assert page.title == f"my {head} · seqkit"
    assert page.analytics_enabled is False
    kinds = {type(block).__name__ for block in page.blocks.values()}
    assert {"Radio", "Textbox", "Button"} <= kinds
    assert {"write": "Slider", "classify": "Label", "tag": "HighlightedText", "translate": "HTML"}[head] in kinds


def test_the_heading_tells_what_the_model_is() -> None:
    network = classifier()
    assert heading(network, "mine", "en").startswith("# mine\n1 layer(s) of `gru`, 6 units, ")
    assert "유닛 6개" in heading(network, "mine", "ko")


def test_models_without_a_head_or_a_text_are_refused() -> None:
    with pytest.raises(DataError, match="RNNModel has no head"):
        build(model(RNNModel, vocab_size=len(WORDS)), WORDS, "mine")
    with pytest.raises(DataError, match="vectors of 3 numbers"):
        build(model(RNNForSequenceClassification, num_features=3), WORDS, "mine")
