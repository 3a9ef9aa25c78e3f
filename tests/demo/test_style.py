import pytest

from seqkit.demo.style import CSS, theme

gradio = pytest.importorskip("gradio", reason="pip install 'seqkit[demo]'")


def test_no_font_or_file_comes_from_elsewhere() -> None:
    made = theme(gradio)
    fonts = [*made._font, *made._font_mono]
    assert "Noto Sans KR" in [getattr(font, "name", font) for font in fonts]
    assert not any(isinstance(font, gradio.themes.GoogleFont) for font in fonts)
    # A picture inside the style sheet names the standard it is drawn by, which nobody fetches.
    assert "http" not in (made._get_theme_css() + CSS).replace("http://www.w3.org/2000/svg", "")
    assert "url(" not in CSS
