"""The panel of a classifier: a text, and the probability of each label as a bar."""

from typing import Any

from seqkit.demo.extra import load_gradio
from seqkit.demo.question import question
from seqkit.demo.words import Said, checked, saying
from seqkit.inference.decisions import decide, probabilities
from seqkit.inference.labeller import Labeller

LIMIT = 20_000
"""Most characters of a text."""

SHOWN = 8
"""Most bars."""


def weigh(labeller: Labeller, text: str, language: str) -> dict[str, float] | str:
    """Return the probability of each label of a text; of a regression, the number as text.

    Args:
        labeller: a classifier.
        text: what was typed.
        language: the page's language.

    Raises:
        DataError: if the text is empty or too long.
    """
    text = checked(text, language, LIMIT, "seqkit predict MODEL --data FILE")
    scores, config = labeller.scores([text])[0], labeller.model.config
    if config.problem_type == "regression":
        return f"{decide(scores, config)['value']:.4g}"
    found = probabilities(scores, config).tolist()
    return {config.id2label[place]: probability for place, probability in enumerate(found)}


def labels_panel(labeller: Labeller, language: Any) -> Said:
    """Lay out the panel inside an open page.

    Args:
        labeller: a classifier.
        language: the page's language switch.

    Returns:
        What its parts say.
    """
    gr = load_gradio()
    with gr.Row(equal_height=False):
        with gr.Column(min_width=300):
            asked = question("classify", lines=4)
        with gr.Column(min_width=300):
            found = gr.Label(**saying("en", {"label": "label"}), num_top_classes=SHOWN, elem_id="labels")
    asked.answered(lambda text, code: weigh(labeller, text, code), language, found)
    return [*asked.said, (found, {"label": "label"})]
