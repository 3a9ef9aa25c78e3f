"""Labels by an exported classifier or tagger: rows sorted by length, read in batches, answered in order."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from seqkit.data.schemes import scheme_of
from seqkit.errors import DataError
from seqkit.inference.tags import name_tags, of_words
from seqkit.runtime.decisions import decide
from seqkit.runtime.folder import Folder
from seqkit.runtime.graph import Arrays, Graph
from seqkit.runtime.text import Row
from seqkit.runtime.whole import encoder_of, whole_graph, words_of

BATCH_TOKENS = 65_536
"""Tokens, padding included, that are read at once at most."""


class Labeller:
    """What classifier and tagger share: from rows to scores.

    Args:
        folder: the exported folder.
        threads: how many onnxruntime computes with.
    """

    def __init__(self, folder: Folder, threads: int = 1) -> None:
        self.description = folder.description
        self.graph: Graph = whole_graph(folder, threads)
        self.encoder, self.words = encoder_of(folder), words_of(folder, threads)
        self.start = folder.start()

    def scores(self, rows: Sequence[Any], batch_size: int = 32) -> list[np.ndarray]:
        """Return the scores of rows: (labels,) of a classifier, (T, labels) of a tagger, T being its tokens.

        Args:
            rows: texts or lists of words; for a model that reads float vectors, arrays (T, N).
            batch_size: rows that are read at once.

        Raises:
            DataError: if a row is not what the model reads.
        """
        return self._scores(self._read(rows), batch_size)

    def _read(self, rows: Sequence[Any]) -> list[Any]:
        if isinstance(rows, str) or not isinstance(rows, Sequence):
            raise DataError(f"rows are a {type(rows).__name__}; expected a list of rows, one alone too.")
        if self.encoder is not None:
            return list(self.encoder.rows(rows))
        width, read = self.description.num_features, []
        for row in rows:
            array = np.asarray(row, np.float32)
            if array.ndim != 2 or array.shape[1] != width:
                raise DataError(f"a row has shape {array.shape}; expected (T, {width}): this model reads vectors.")
            read.append(array)
        return read

    def _scores(self, rows: list[Any], batch_size: int) -> list[np.ndarray]:
        if batch_size < 1:
            raise DataError(f"batch_size is {batch_size}; expected 1 or more.")
        lengths = [len(row.ids) if isinstance(row, Row) else len(row) for row in rows]
        found: list[Any] = [None] * len(rows)
        for indices in batches(lengths, batch_size):
            inputs = self._batch([rows[i] for i in indices])
            scores, mask = self._run(inputs), inputs["attention_mask"].astype(bool)
            for place, index in enumerate(indices):
                found[index] = scores[place][mask[place]] if scores.ndim == 3 else scores[place]
        return found

    def _run(self, inputs: Arrays) -> np.ndarray:
        count = len(inputs["attention_mask"])
        state = {name: np.repeat(array, count, 0) for name, array in self.start.items()}
        return self.graph({**inputs, **state})["logits"]

    def _batch(self, rows: list[Any]) -> Arrays:
        if self.encoder is not None:
            batch = self.encoder.batch(rows)
            if self.words is not None:
                length, side = batch["input_ids"].shape[1], self.description.padding_side
                batch["character_vectors"] = self.words([row.spelled for row in rows], length, side)
            return batch
        length = max(1, *(len(row) for row in rows))
        features = np.zeros((len(rows), length, self.description.num_features or 0), np.float32)
        mask = np.zeros(features.shape[:2], np.int64)
        for index, row in enumerate(rows):
            features[index, : len(row)], mask[index, : len(row)] = row, 1
        return {"input_features": features, "attention_mask": mask}


class Classifier(Labeller):
    """An exported classifier; `seqkit.runtime.load` makes one."""

    def classify(self, texts: Sequence[Any], batch_size: int = 32) -> list[dict[str, Any]]:
        """Answer texts, as `seqkit.inference.Labeller` does.

        Args:
            texts: texts; for a model that reads float vectors, arrays (T, N).
            batch_size: texts that are read at once.

        Returns:
            For each: `label` and `score`; or `labels` and `scores`; or a `value`.

        Raises:
            DataError: if one is no text.
        """
        return [decide(scores, self.description) for scores in self.scores(texts, batch_size)]


class Tagger(Labeller):
    """An exported tagger; `seqkit.runtime.load` makes one."""

    def tag(self, sentences: Sequence[Sequence[str]], batch_size: int = 32) -> list[list[str | None]]:
        """Give each word its label, as `seqkit.inference.Labeller` does.

        Args:
            sentences: lists of words.
            batch_size: sentences that are read at once.

        Returns:
            For each sentence the label of each word, in BIO if the model writes IOBES; None, or O, for a word that the
            tokenizer gives no token for.

        Raises:
            DataError: if one is no list of words, or the model gives numbers, or reads vectors: see `scores`.
        """
        if self.description.problem_type == "regression" or self.encoder is None:
            raise DataError("this model gives numbers or reads vectors, not words. Use scores(rows).")
        wrong = next((sentence for sentence in sentences if isinstance(sentence, str)), None)
        if wrong is not None:
            raise DataError(f"a sentence is the text {wrong[:40]!r}; expected a list of words: {wrong[:40]!r}.split().")
        rows = self._read(sentences)
        names = dict(enumerate(self.description.labels))
        scheme = scheme_of([list(names.values())])
        found = []
        for words, row, scores in zip(sentences, rows, self._scores(rows, batch_size), strict=True):
            tags = of_words(scores.argmax(-1).tolist(), row.word_ids, len(words))
            found.append(list(name_tags(tags, names, scheme)))
        return found


def batches(lengths: Sequence[int], batch_size: int) -> Iterator[list[int]]:
    """Yield places of rows of similar length, as many as are read at once.

    Args:
        lengths: tokens of each row.
        batch_size: rows that are read at once at most.

    Example:
        >>> list(batches([5, 1, 4, 2], 2))
        [[1, 3], [2, 0]]
    """
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        longest = max([lengths[place], *(lengths[i] for i in batch)])
        if batch and (len(batch) == batch_size or (len(batch) + 1) * longest > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
