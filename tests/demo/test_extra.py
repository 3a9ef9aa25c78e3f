import os
from collections.abc import Iterator

import pytest

from seqkit.demo.extra import load_gradio, told, told_while
from seqkit.errors import ConfigError, DataError
from tests.fresh import printed

gradio = pytest.importorskip("gradio", reason="pip install 'seqkit[demo]'")


def test_gradio_does_not_report_home() -> None:
    load_gradio()
    assert not gradio.analytics.analytics_enabled()
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"


def test_what_to_install_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "gradio", None)
    with pytest.raises(ConfigError, match=r"pip install 'seqkit\[demo\]'"):
        load_gradio()


def test_our_errors_reach_the_page_and_others_stay_what_they_are() -> None:
    def refuse(text: str) -> None:
        raise DataError(f"{text} is bad")

    def fail(text: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(gradio.Error, match="it is bad") as error:
        told(refuse)("it")
    assert error.value.print_exception is False
    with pytest.raises(ZeroDivisionError):
        told(fail)("it")
    assert told(str.upper)("it") == "IT"


def test_a_growing_answer_is_shown_as_far_as_it_came() -> None:
    def grow(text: str) -> Iterator[str]:
        yield text
        raise DataError("no more")

    growing = told_while(grow)("it")
    assert next(growing) == "it"
    with pytest.raises(gradio.Error, match="no more"):
        next(growing)


def test_the_package_is_light_until_it_is_used(tmp_path) -> None:
    code = "import sys, seqkit.demo, seqkit.demo.words, seqkit.cli\nprint({'gradio', 'torch'} & set(sys.modules))"
    assert printed(code, tmp_path) == ["set()"]
