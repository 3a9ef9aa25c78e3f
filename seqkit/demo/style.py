"""How the page looks: fonts that every machine has, and a layout that fits a phone."""

from typing import Any

FONTS = "system-ui", "Noto Sans KR", "Noto Sans CJK KR", "Malgun Gothic", "Apple SD Gothic Neo", "sans-serif"
MONOSPACE = "ui-monospace", "Noto Sans Mono CJK KR", "DejaVu Sans Mono", "monospace"

CSS = """
.gradio-container { width: 100%; max-width: 72rem !important; margin: 0 auto !important; }
#head { align-items: center; justify-content: space-between; }
#head > #language { flex: 0 0 auto; }
#title { min-width: 15rem; flex: 1 1 15rem; }
#language .wrap { flex-wrap: nowrap; }
#written:not(:has(pre)) { min-height: 8rem; border: 1px dashed var(--border-color-primary); border-radius: 6px; }
#title h1 { margin: 0; font-size: 1.5rem; overflow-wrap: anywhere; }
.legend { color: var(--body-text-color-subdued); font-size: 0.9rem; }
pre.activations { font: 15px/1.6 var(--font-mono); white-space: pre-wrap; overflow-wrap: anywhere; margin: 0;
  padding: 0.6rem; background: #fff; color: #111; border-radius: 6px; max-height: 28rem; overflow-y: auto; }
#looks { overflow-x: auto; }
table.alignment { border-collapse: collapse; font-size: 0.95rem; background: #fff; color: #111; }
table.alignment th { padding: 0.15rem 0.4rem; font-weight: 500; white-space: nowrap; text-align: left;
  border: 1px solid #eee; }
table.alignment td { padding: 0; min-width: 1.6rem; border: 1px solid #eee; }
"""


def theme(gr: Any) -> Any:
    """Return a theme that loads no font from anywhere.

    Args:
        gr: gradio.
    """
    # Hints are paler than the least contrast (WCAG AA) in the theme itself.
    return gr.themes.Default(font=FONTS, font_mono=MONOSPACE).set(
        block_info_text_color="*neutral_600", block_info_text_color_dark="*neutral_300"
    )
