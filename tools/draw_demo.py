"""python tools/draw_demo.py MODEL - takes docs/pictures/demo.png: the page of a language model, in a headless Chromium.

It needs `pip install selenium`, `apt-get install chromium chromium-driver`, and a model that `seqkit train` made.
The picture in the docs is of `seqkit train --task causal-lm --data input.txt --max-steps 500` on Tiny Shakespeare.
"""

import io
import sys
import time
from pathlib import Path

from PIL import Image
from transformers import set_seed

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from seqkit.cli.loading import load_model, load_tokenizer  # noqa: E402
from seqkit.demo import build, serve  # noqa: E402
from tests.demo.browser import browser  # noqa: E402

SECONDS = 30
"""How long it may take to write."""


def main() -> None:
    """Type a beginning, let the page write, and keep what it looks like, in few colours."""
    from selenium.webdriver.common.by import By

    set_seed(0)
    page = build(load_model(sys.argv[1]), load_tokenizer(sys.argv[1]), Path(sys.argv[1]).name)
    address = serve(page, "127.0.0.1", 0, wait=False)
    with browser() as driver:
        driver.get(address)
        driver.implicitly_wait(SECONDS)
        driver.find_element(By.CSS_SELECTOR, "textarea").send_keys("ROMEO:")
        driver.find_element(By.CSS_SELECTOR, "button.primary").click()
        time.sleep(SECONDS)
        shot = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    page.close(verbose=False)
    shot.crop((120, 0, 1160, 620)).quantize(64).save(ROOT / "docs" / "pictures" / "demo.png", optimize=True)


if __name__ == "__main__":
    main()
