"""Labels of words become labels of tokens: the first token of a word carries its label, the rest of them none."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from seqkit.data.labels import unseen
from seqkit.data.streams import IGNORED
from seqkit.errors import DataError


def align_labels(
    batch: Mapping[str, Sequence[Any]], tokenizer: Any, label2id: Mapping[str, int], first_row: int = 0
) -> dict[str, list[list[int]]]:
    """Tokenize a batch of sentences that are lists of words, and give each word's label to its first token.

    Nothing is cut off, whatever the length; `DataCollatorForTokenClassification` of transformers makes batches of
    the result.

    Args:
        batch: the columns `tokens` (lists of words) and, if there are labels, `labels` (lists of names), as
            `read_dataset` gives them.
        tokenizer: a fast transformers tokenizer.
        label2id: the number of each label.
        first_row: the number of the batch's first row (from 0), for messages.

    Returns:
        What the tokenizer gives (`input_ids`, `attention_mask`, …) and, if there are labels, `labels`: for each
        token the number of its word's label, or -100 for special tokens and all but the first token of a word.

    Raises:
        DataError: a label was not seen in training, words and labels of a row differ in number, or the tokenizer
            gives no token at all for a word, so that its label would be lost.
    """
    # Padding and truncation off whatever the tokenizer's own defaults are: the collator pads, and a recurrent model
    # has no longest sentence.
    encoded = tokenizer(
        [list(words) for words in batch["tokens"]], is_split_into_words=True, padding=False, truncation=False
    )
    result: dict[str, list[list[int]]] = dict(encoded)
    if "labels" in batch:
        result["labels"] = [
            _aligned(words, labels, encoded.word_ids(i), label2id, f"row {first_row + i + 1}")
            for i, (words, labels) in enumerate(zip(batch["tokens"], batch["labels"], strict=True))
        ]
    return result


class TokenLabelAligner:
    """`align_labels` with its tokenizer and labels, as a function for `datasets.Dataset.map(…, batched=True)`.

    Args:
        tokenizer: a fast transformers tokenizer.
        label2id: the number of each label.
    """

    def __init__(self, tokenizer: Any, label2id: Mapping[str, int]) -> None:
        self.tokenizer = tokenizer
        self.label2id = copy(label2id)

    def __call__(self, batch: Mapping[str, Sequence[Any]], indices: Sequence[int] = (0,)) -> dict[str, list[list[int]]]:
        """Align one batch; with `with_indices=True` messages number rows from the beginning of the data set."""
        return align_labels(batch, self.tokenizer, self.label2id, first_row=indices[0] if indices else 0)


def _aligned(
    words: Sequence[str], labels: Sequence[str], word_ids: Sequence[int | None], label2id: Mapping[str, int], where: str
) -> list[int]:
    if len(words) != len(labels):
        raise DataError(f"{where} has {len(words)} words and {len(labels)} labels: each word needs its label")
    lost = set(range(len(words))) - set(word_ids)
    if lost:
        word = words[min(lost)]
        raise DataError(
            f"{where}: the tokenizer gives no token for word {min(lost) + 1}, {word!r}, so its label would be lost: "
            "take the word out, or use a tokenizer that knows it"
        )
    numbers = [_number(label, label2id, where) for label in labels]
    before: int | None = None
    aligned = []
    for index in word_ids:
        aligned.append(numbers[index] if index is not None and index != before else IGNORED)
        before = index
    return aligned


def _number(label: str, label2id: Mapping[str, int], where: str) -> int:
    try:
        return label2id[label]
    except KeyError:
        raise DataError(unseen(label, label2id, where)) from None
