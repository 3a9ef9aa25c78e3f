"""The tasks, the columns each gives, and the names under which users' files keep them."""

from typing import Literal, get_args

from seqkit.errors import DataError

Task = Literal[
    "causal-lm",
    "sequence-classification",
    "series-classification",
    "token-classification",
    "seq2seq",
    "series-to-text",
]

TASKS: tuple[str, ...] = get_args(Task)

AUTO_CLASSES: dict[str, str] = {
    "causal-lm": "AutoModelForCausalLM",
    "sequence-classification": "AutoModelForSequenceClassification",
    "series-classification": "AutoModelForSequenceClassification",
    "token-classification": "AutoModelForTokenClassification",
    "seq2seq": "AutoModelForSeq2SeqLM",
    "series-to-text": "AutoModelForSeq2SeqLM",
}
"""The Auto class that every head of a task serves."""

VECTOR_TASKS = ("series-classification", "series-to-text")
"""The tasks whose models read float vectors; those of all others read text."""

WRITING_TASKS = ("seq2seq", "series-to-text")
"""The tasks of encoder-decoders, which write a target for what they read."""

# The columns of the data set that the readers give: (text, label or None).
OUTPUT_COLUMNS: dict[str, tuple[str, str | None]] = {
    "causal-lm": ("text", None),
    "sequence-classification": ("text", "label"),
    "series-classification": ("input_features", "label"),
    "token-classification": ("tokens", "labels"),
    "seq2seq": ("source", "target"),
    "series-to-text": ("input_features", "target"),
}

# What a column is called when the user names none, the likeliest first; compared without regard to case.
TEXT_COLUMNS = (
    "text", "sentence", "content", "document", "review", "name", "utterance", "question", "message", "comment", "title",
)  # fmt: skip
LABEL_COLUMNS = (
    "label", "labels", "class", "category", "target", "intent", "sentiment", "language", "rating", "score",
)  # fmt: skip
SERIES_COLUMNS = ("input_features", "features", "series", "vectors", "values")
TOKENS_COLUMNS = ("tokens", "words", "form")
TAGS_COLUMNS = ("labels", "tags", "ner_tags", "pos_tags", "upos", "label")
SOURCE_COLUMNS = ("source", "src", "input", "question", "prompt", "article", "document", "text")
TARGET_COLUMNS = ("target", "tgt", "output", "answer", "translation", "summary", "response", "label")

USUAL_COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "causal-lm": (TEXT_COLUMNS, LABEL_COLUMNS),
    "sequence-classification": (TEXT_COLUMNS, LABEL_COLUMNS),
    "series-classification": (SERIES_COLUMNS, LABEL_COLUMNS),
    "token-classification": (TOKENS_COLUMNS, TAGS_COLUMNS),
    "seq2seq": (SOURCE_COLUMNS, TARGET_COLUMNS),
    "series-to-text": (SERIES_COLUMNS, TARGET_COLUMNS),
}


def find_task(auto_class: str, vectors: bool) -> str | None:
    """Return the task of a model.

    Args:
        auto_class: the Auto class that its head serves.
        vectors: whether it reads float vectors, and not text.

    Returns:
        The task, or None where there is none for both.

    Example:
        >>> find_task("AutoModelForSequenceClassification", vectors=True)
        'series-classification'
    """
    for task, served in AUTO_CLASSES.items():
        if served == auto_class and (task in VECTOR_TASKS) == vectors:
            return task
    return None


def check_task(task: str) -> None:
    """Refuse a task that does not exist.

    Raises:
        DataError: the task is none of `TASKS`.
    """
    if task not in TASKS:
        raise DataError(f"task {task!r} must be one of {', '.join(TASKS)}")


def default_columns(task: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the usual names of the text column and of the label column for a task.

    Example:
        >>> default_columns("token-classification")[0]
        ('tokens', 'words', 'form')
    """
    return USUAL_COLUMNS[task]
