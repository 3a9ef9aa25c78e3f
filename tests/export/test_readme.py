"""The README of a folder runs as it stands."""

import re
from typing import Any

import pytest


@pytest.mark.parametrize("kind", ["writer", "classifier", "tagger"])
def test_its_lines_run(kind: str, exports: Any, capsys: pytest.CaptureFixture) -> None:
    folder = exports(kind)[2]
    text = (folder / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1].replace("PATH OF THIS FOLDER", str(folder))
    exec(code, {})
    assert capsys.readouterr().out
    assert ("`step.onnx`" in text) == (kind == "writer")
