"""Tags for words that keep coming: a document of any length, of which only a little is in memory."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import torch

from seqkit.data.padding import pad_rows
from seqkit.errors import DataError
from seqkit.inference.blocks import Piece
from seqkit.inference.labeller import Labeller
from seqkit.inference.long import can_read_blocks, tag_blocks

WORDS = 512
"""Words that are tokenized at once."""

FIRST, OTHER, WORDLESS = "first token of a word", "other token", "word without a token"


def tag_stream(labeller: Labeller, words: Iterable[str]) -> Iterator[str | None]:
    """Tag the words of one document while they come.

    Neither words nor scores nor tags are kept: memory does not grow with the document. The tags are those that
    `labeller([words])` gives for a row longer than `max_length`.

    Args:
        labeller: a tagger whose head can be read block by block.
        words: the words of one document, any number of them.

    Returns:
        The label of each word, in order, some blocks behind the words.

    Raises:
        DataError: if the model is no tagger, or its head needs the whole document at once.

    Example:
        >>> from seqkit import RNNConfig, RNNForTokenClassification, WordTokenizer
        >>> tokenizer = WordTokenizer.train(["a good day"])
        >>> model = RNNForTokenClassification(RNNConfig(vocab_size=len(tokenizer), hidden_size=4, num_labels=3))
        >>> sum(1 for _ in tag_stream(Labeller(model, tokenizer), ("day" for _ in range(100_000))))
        100000
    """
    if not labeller.tags or not can_read_blocks(labeller.model):
        raise DataError(f"a {type(labeller.model).__name__} cannot tag a stream; expected a tagger that reads blocks")
    return labeller.named(_tags(labeller, words))


def _tags(labeller: Labeller, words: Iterable[str]) -> Iterator[int | None]:
    """Give the tag of each word: that of its first token."""
    waiting: deque[str] = deque()
    pieces = _pieces(labeller, words, waiting)
    blocks = tag_blocks(labeller.model, pieces, labeller.max_length, labeller.overlap)
    for tag in chain.from_iterable(_computed(blocks)):
        while waiting[0] == WORDLESS:
            waiting.popleft()
            yield None
        if waiting.popleft() == FIRST:
            yield tag
    for _ in waiting:  # only words without a token can be left
        yield None


def _computed(blocks: Iterator[list[int]]) -> Iterator[list[int]]:
    """Run a generator in inference mode, and those who take its values in theirs."""
    while True:
        with torch.inference_mode():
            block = next(blocks, None)
        if block is None:
            return
        yield block


def _pieces(labeller: Labeller, words: Iterable[str], waiting: deque[str]) -> Iterator[Piece]:
    """Tokenize words a few hundred at a time, and note in `waiting` what each token is."""
    words = iter(words)
    before, after = special_ends(labeller.tokenizer)
    part, is_first = list(islice(words, WORDS)), True
    while part or is_first:
        rest = list(islice(words, WORDS))
        encoded = labeller.tokenizer(part, is_split_into_words=True, padding=False, truncation=False, verbose=False)
        count = len(encoded["input_ids"])
        # Marks of beginning and end belong to the document, not to each part of it.
        kept = slice(0 if is_first else before, count - after if rest else count)
        waiting.extend(_kinds(encoded.word_ids()[kept], len(part)))
        columns = {name: [column[kept]] for name, column in encoded.items() if name != "attention_mask"}
        batch = pad_rows(columns, labeller.tokenizer)
        yield {name: batch[name].to(labeller.model.device) for name in columns}
        part, is_first = rest, False


def _kinds(word_ids: list[int | None], count: int) -> Iterator[str]:
    """Tell what each token is, and between them which words have none."""
    word = -1
    for index in word_ids:
        if index is None or index == word:
            yield OTHER
            continue
        yield from [WORDLESS] * (index - word - 1)
        yield FIRST
        word = index
    yield from [WORDLESS] * (count - 1 - word)


def special_ends(tokenizer: Any) -> tuple[int, int]:
    """Count the special tokens that a tokenizer puts before and behind a text.

    Example:
        >>> from seqkit import WordTokenizer
        >>> special_ends(WordTokenizer.train(["a"], add_eos=True))
        (0, 1)
    """
    words = tokenizer(["a"], is_split_into_words=True).word_ids()
    real = [place for place, word in enumerate(words) if word is not None]
    return (real[0], len(words) - real[-1] - 1) if real else (0, 0)
