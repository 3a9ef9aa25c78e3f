"""Dropout on what passes between layers; what happens inside a recurrence is the engine's."""

from torch import Tensor, nn

from seqkit.config import RNNConfig
from seqkit.engine.masks import Masks, drop, masks_for


class Dropout(nn.Module):
    """Dropout on (B, T, ·), with one mask over time if locked (Gal & Ghahramani, 2016).

    Args:
        rate: probability of dropping.
        locked: whether all steps of a sequence share one mask.
    """

    def __init__(self, rate: float, locked: bool) -> None:
        super().__init__()
        self.rate, self.locked = rate, locked

    def forward(self, x: Tensor, masks: Masks | None = None, real: Tensor | None = None) -> Tensor:
        """Drop from x in training.

        Args:
            x: input (B, T, ·).
            masks: where the masks come from; None draws them anew.
            real: true at real tokens, (B, T), or None if all are.
        """
        if not self.training or not self.rate:
            return x
        masks = masks_for(x.shape[0]) if masks is None else masks
        kept = masks.rows(1 - self.rate, x[:, :1]) if self.locked else masks.rows(1 - self.rate, x, real)
        return drop(x, kept, self.rate)

    def extra_repr(self) -> str:
        """Show rate and kind when a model is printed."""
        return f"{self.rate}, locked={self.locked}"


def embed(ids: Tensor, embedding: nn.Embedding, rate: float, masks: Masks | None = None) -> Tensor:
    """Look token ids up (B, T) -> (B, T, E), dropping whole token types at a rate in training."""
    vectors = embedding(ids)
    if not embedding.training or not rate:
        return vectors
    masks = masks_for(ids.shape[0]) if masks is None else masks
    kept = masks.shared(1 - rate, embedding.weight[:, :1])  # (V, 1)
    return drop(vectors, kept[ids], rate)


def drop_words(ids: Tensor, config: RNNConfig, masks: Masks, real: Tensor | None = None) -> Tensor:
    """Put the unknown word in place of words at the rate `word_dropout`, each place for itself (Iyyer et al., 2015).

    Args:
        ids: token ids (B, T).
        config: gives `word_dropout` and `unk_token_id`.
        masks: where the masks come from.
        real: true at real tokens, (B, T), or None if all are.
    """
    if not config.word_dropout or config.unk_token_id is None:
        return ids
    kept = masks.rows(1 - config.word_dropout, ids[..., None], real)[..., 0]  # (B, T)
    return ids.where(kept, config.unk_token_id)
