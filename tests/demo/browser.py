"""A headless Chromium that reaches nothing but this machine, and tells what it asked for."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


def missing() -> str:
    """Tell what to install for a browser, or nothing if all is there."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "pip install selenium"
    found = shutil.which("chromium") and shutil.which("chromedriver")
    return "" if found else "apt-get install chromium chromium-driver"


@contextmanager
def browser(size: str = "desktop", language: str = "en") -> Iterator[Any]:
    """Start a browser whose window has the size of a desktop's or a phone's; ends it too."""
    from selenium import webdriver

    width, height = SIZES[size]
    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--lang={language}"):
        options.add_argument(flag)
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        # A window has a least width; the metrics of a phone are smaller.
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        driver.set_page_load_timeout(120)
        yield driver
    finally:
        driver.quit()


def asked(driver: Any) -> list[str]:
    """Return the addresses that the browser has asked for since this was last called."""
    messages = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


def overflow(driver: Any) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth"))
