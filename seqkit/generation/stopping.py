"""Stop strings for tokenizers that do not know every letter, or whose tokens are smaller than one."""

from typing import Any


class StopTokenizer:
    """Shows transformers' `StopStringCriteria` what each token of a tokenizer says.

    The criterion learns that by encoding the letters "abcdef" and putting each token behind them. A character tokenizer
    that never saw an f cannot do this, and a Korean one need not know any of them; here the letters stand before the
    token without being encoded.

    Args:
        tokenizer: any tokenizer of seqkit's.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.prefix = ""

    def get_vocab(self) -> dict[str, int]:
        """Return all tokens and their ids."""
        return self.tokenizer.get_vocab()

    def __call__(self, prefix: str, **options: Any) -> dict[str, list[int]]:
        """Take the letters that shall stand before every token."""
        self.prefix = prefix
        return {"input_ids": []}

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Return the letters and what the tokens spell."""
        return self.prefix + self.tokenizer.backend_tokenizer.decoder.decode(tokens)

    def spelled(self, stops: str | list[str]) -> list[str]:
        """Write stop strings as tokens spell them: a syllable may be several tokens."""
        return [self.tokenizer.spell(stop) for stop in ([stops] if isinstance(stops, str) else stops)]
