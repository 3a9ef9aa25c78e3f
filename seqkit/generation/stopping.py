"""Stop strings for tokenizers that do not know every letter."""

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
        """Return the letters and what the tokens say."""
        return self.prefix + self.tokenizer.convert_tokens_to_string(tokens)
