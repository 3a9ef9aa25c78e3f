"""The page as a person has it: typed into, clicked and read in a headless Chromium, on a desktop and on a phone."""

import time
from typing import Any

import pytest

from tests.demo import browser
from tests.demo.models import HEADS, page_of, served

gradio = pytest.importorskip("gradio", reason="pip install 'seqkit[demo]'")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(browser.missing()), reason=f"needs a browser: {browser.missing()}"),
]

TYPED = {"write": "ab 한", "classify": "a good song", "tag": "Mr Kim sings", "translate": "seoul"}
PLACE = {"write": "#written", "classify": "#labels", "tag": "#tags", "translate": "#looks"}
BUTTON = {"write": "쓰기", "classify": "무엇일까요?", "tag": "단어에 꼬리표 달기", "translate": "옮기기"}

WATCH = """
window.seen = [];
new MutationObserver(() => {
    const count = document.querySelectorAll('#written pre span').length;
    if (count && count !== seen.at(-1)) seen.push(count);
    if (seen.length === 6) document.querySelector('.buttons button:last-child').click();
}).observe(document.body, {childList: true, subtree: true, characterData: true});
"""
"""Writes down how many letters there were at each change, in the page itself, and presses Stop after six changes."""


def find(driver: Any, style: str) -> Any:
    """Wait for an element."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(driver, 180, poll_frequency=0.1).until(lambda d: d.find_element(By.CSS_SELECTOR, style))


def until(driver: Any, holds: Any) -> Any:
    """Wait until something holds."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(driver, 180, poll_frequency=0.1).until(lambda _: holds())


def standing(driver: Any, script: str) -> bool:
    """Tell whether what a script counts stays the same for a second."""
    before = driver.execute_script(script)
    time.sleep(1)
    return bool(driver.execute_script(script) == before)


@pytest.mark.parametrize("size", browser.SIZES)
@pytest.mark.parametrize("head", HEADS)
def test_one_types_clicks_and_reads_and_nothing_leaves_the_machine(head: str, size: str) -> None:
    with served(page_of(head)) as address, browser.browser(size) as driver:
        driver.get(address)
        find(driver, "textarea").send_keys(TYPED[head])
        find(driver, "button.primary").click()
        expected = {"write": "ab 한", "classify": "neither", "tag": "Kim", "translate": "s"}[head]
        until(driver, lambda: expected in find(driver, PLACE[head]).text)
        find(driver, "#language input[value=ko]").click()
        until(driver, lambda: find(driver, "button.primary").text == BUTTON[head])
        assert driver.execute_script("return document.documentElement.lang") == "ko"
        assert browser.overflow(driver) <= 0
        asked = browser.asked(driver)
        assert len(asked) > 10
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def test_letters_come_one_by_one_stop_and_take_another_units_colours() -> None:
    with served(page_of("write")) as address, browser.browser() as driver:
        driver.get(address)
        find(driver, "textarea").send_keys("ab")
        driver.execute_script(WATCH)
        find(driver, "button.primary").click()
        until(driver, lambda: driver.execute_script("return seen.length") > 5)
        count = "return document.querySelectorAll('#written pre span').length"
        until(driver, lambda: standing(driver, count))
        text, colours = find(driver, "#written pre").text, find(driver, "#written pre").get_attribute("innerHTML")
        assert 2 < driver.execute_script(count) < 302
        box = find(driver, "input[type=number][aria-label*='Unit']")
        driver.execute_script("arguments[0].value = 3; arguments[0].dispatchEvent(new Event('input'));", box)
        until(driver, lambda: find(driver, "#written pre").get_attribute("innerHTML") != colours)
        # The letter that was on its way when it was stopped may be there too.
        assert text == find(driver, "#written pre").text[: len(text)]
        assert len(find(driver, "#written pre").text) <= len(text) + 2


def test_a_browser_that_speaks_korean_is_met_in_korean_and_told_what_is_wrong() -> None:
    with served(page_of("classify")) as address, browser.browser("phone", "ko") as driver:
        driver.get(address)
        until(driver, lambda: find(driver, "button.primary").text == BUTTON["classify"])
        find(driver, "button.primary").click()
        until(driver, lambda: "먼저 글을 써 주세요" in find(driver, ".toast-wrap").text)
        assert browser.overflow(driver) <= 0


def test_a_request_to_elsewhere_would_be_seen_and_does_not_get_through() -> None:
    with served(page_of("classify")) as address, browser.browser() as driver:
        driver.get(address)
        find(driver, "textarea")
        driver.execute_script(
            "new Image().src = 'http://192.0.2.1/x.png'; fetch('http://example.org/y').catch(() => 0);"
        )
        until(driver, lambda: "Content Security Policy" in str(driver.get_log("browser")))
        driver.get("data:text/html,<img src='http://127.0.0.1:59999/elsewhere.png'>")
        until(driver, lambda: "http://127.0.0.1:59999/elsewhere.png" in browser.asked(driver))
