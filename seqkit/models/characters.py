"""A vector of a word from its characters: by a convolution, by a recurrent network, or by both."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqkit.cells.base import Cell
from seqkit.config import RNNConfig
from seqkit.engine import run_directions
from seqkit.engine.padding import where
from seqkit.engine.tracing import tracing
from seqkit.errors import DataError
from seqkit.models.inputs import check_ids
from seqkit.models.layers import build_cell
from seqkit.models.pooling import Pooling
from seqkit.models.unique import unique_rows
from seqkit.words import encoder_parts, kernel_sizes

LENGTHS = (4, 8, 12, 20, 40)
"""Up to so many characters words are read together, and longer ones apart."""

FEW = 64
"""Up to so many words, those of a sentence, it costs more to sort them than to read them as they stand."""


class CharacterEncoder(nn.Module):
    """Read the characters of words: (B, T, C) -> (B, T, S), S being `character_size(config)`.

    Each different word of a batch is read once. A word without characters, as padding is, gives zeros.

    Args:
        config: its `character_…` fields are read.

    Source:
        Ma & Hovy, "End-to-end sequence labeling via bi-directional LSTM-CNNs-CRF", 2016 (the convolution); Lample et
        al., "Neural architectures for named entity recognition", 2016 (the recurrent network).

    Example:
        >>> encoder = CharacterEncoder(RNNConfig(character_vocab_size=9, character_hidden_size=5))
        >>> encoder(torch.tensor([[[4, 5, 6], [7, 0, 0]]])).shape
        torch.Size([1, 2, 5])
    """

    def __init__(self, config: RNNConfig) -> None:
        super().__init__()
        self.embed = nn.Embedding(config.character_vocab_size or 0, config.character_embedding_size)
        kinds = {"cnn": CharacterCNN, "rnn": CharacterRNN}
        self.parts = nn.ModuleDict({part: kinds[part](config) for part in encoder_parts(config)})

    def forward(self, characters: Tensor) -> Tensor:
        """Read words.

        Args:
            characters: character ids (B, T, C), 0 where there is none.
        """
        words = characters.flatten(0, 1)  # (N, C)
        # A tracer cannot follow sizes that depend on the words.
        if tracing() or not words.numel():
            return self.read(words).unflatten(0, characters.shape[:2])
        words = words[:, : max(1, int(ends(words).amax()))]
        if len(words) <= FEW:
            return self.read(words).unflatten(0, characters.shape[:2])
        found, places = unique_rows(words)
        return self.read_by_length(found)[places].unflatten(0, characters.shape[:2])

    def read_by_length(self, words: Tensor) -> Tensor:
        """Read words (U, C) in groups of similar length, so that one long word does not stretch all others: (U, S)."""
        bounds = [bound for bound in LENGTHS if bound < words.shape[1]] + [words.shape[1]]
        group = torch.bucketize(ends(words), torch.tensor(bounds, device=words.device))
        rows = [(group == index).nonzero()[:, 0] for index in range(len(bounds))]
        parts = [self.read(words[row, :bound]) for row, bound in zip(rows, bounds, strict=True) if len(row)]
        return torch.cat(parts)[torch.cat(rows).argsort()]

    def read(self, words: Tensor) -> Tensor:
        """Read words (U, C) one by one: (U, S)."""
        real = words != 0
        x = where(real, self.embed(words), 0.0)  # (U, C, E)
        y = torch.cat([part(x, real) for part in self.parts.values()], -1)
        # A word without characters would otherwise give the biases.
        return where(real.any(1), y, 0.0)


def ends(words: Tensor) -> Tensor:
    """Return how many places words (U, C) take up, (U,)."""
    return torch.arange(1, words.shape[1] + 1, device=words.device).mul(words != 0).amax(1)


class CharacterCNN(nn.Module):
    """Filters over neighbouring characters, and the largest value of each: (U, C, E) -> (U, F).

        y_f = tanh(max_c (b_f + Σ_k w_{f,k} · x_{c+k}))        c over the word's own characters

    Beyond the ends of a word stand zeros, by which a filter knows that it is at an end.

    Args:
        config: its `character_…` fields are read.

    Source:
        Ma & Hovy, 2016, with one width; Kim et al., "Character-aware neural language models", 2016, with several.
    """

    def __init__(self, config: RNNConfig) -> None:
        super().__init__()
        self.sizes = kernel_sizes(config)
        width, filters = config.character_embedding_size, config.character_hidden_size
        self.filters = nn.ModuleList(nn.Linear(size * width, filters) for size in self.sizes)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        """Read the characters x (U, C, E), zeros where not real (U, C)."""
        widest = max(self.sizes)
        left = (widest - 1) // 2
        around = F.pad(x, (0, 0, left, widest // 2))
        # Not `unfold`, which no exporter takes for words of any length.
        shifts = [around[:, place : place + x.shape[1]] for place in range(widest)]
        found = []
        for size, linear in zip(self.sizes, self.filters, strict=True):
            first = left - (size - 1) // 2  # narrow filters look at the middle of what wide ones see
            windows = torch.stack(shifts[first : first + size], -1).flatten(2)  # (U, C, E * size)
            found.append(linear(windows))  # (U, C, F)
        scores = where(real, torch.cat(found, -1), torch.finfo(x.dtype).min)
        return torch.tanh(scores.amax(1))


class CharacterRNN(nn.Module):
    """The configured cell in both directions, and what each says at its end: (U, C, E) -> (U, 2H).

    Args:
        config: its cell and its `character_…` fields are read.

    Source:
        Lample et al., 2016; Plank et al., "Multilingual part-of-speech tagging with bidirectional LSTM models", 2016.
    """

    def __init__(self, config: RNNConfig) -> None:
        super().__init__()
        hidden = config.character_hidden_size
        self.cells = nn.ModuleList(build_cell(config, config.character_embedding_size, hidden) for _ in range(2))
        self.ends = Pooling("last", 2 * hidden, bidirectional=True)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        """Read the characters x (U, C, E), real where true (U, C)."""
        cells = [cell for cell in self.cells if isinstance(cell, Cell)]
        return self.ends(run_directions(cells, x, None, real, need_state=False)[0], real)


def check_characters(ids: Tensor | None, shape: torch.Size, mask: Tensor | None, config: RNNConfig) -> Tensor | None:
    """Return the characters of the real words (B, T, C), or None for a model that reads none.

    Args:
        ids: what was given as `character_ids`.
        shape: rows and words of the other input, (B, T).
        mask: true at real words, (B, T), or None: what stands in padding is never looked at.
        config: the model's configuration.

    Raises:
        DataError: if characters are lacking, not wanted, or do not fit.
    """
    count = config.character_vocab_size
    if not count:
        if ids is not None:
            raise DataError(
                "character_ids were given to a model that reads none. Leave them out, or use the tokenizer that was "
                "saved with the model."
            )
        return None
    if ids is None:
        raise DataError(
            "this model reads the characters of words: character_ids (B, T, C) are missing. The tokenizer 'word-char' "
            "(seqkit.WordCharTokenizer) gives them: pass all that it returns, as in model(**tokenizer(…))."
        )
    if not isinstance(ids, Tensor) or ids.dim() != 3 or ids.shape[:2] != shape:
        found = tuple(ids.shape) if isinstance(ids, Tensor) else type(ids).__name__
        raise DataError(f"character_ids is {found}; expected a tensor ({shape[0]}, {shape[1]}, C).")
    if ids.dtype not in (torch.int64, torch.int32):
        raise DataError(f"character_ids are {ids.dtype}; expected torch.int64.")
    ids = ids if mask is None else where(mask, ids, 0)
    check_ids(ids, count, "character_ids")
    return ids
