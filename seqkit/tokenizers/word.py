"""Words as tokens, in running text or pre-split."""

from seqkit.tokenizers.base import SeqkitTokenizer
from seqkit.tokenizers.cuts import WHITESPACE, WHOLE, WORDS


class WordTokenizer(SeqkitTokenizer):
    """A tokenizer whose tokens are words; the most frequent word has the first id after the special tokens.

    How a text is cut is chosen in training and kept in tokenizer.json:

    - `split="words"` (default): words, single marks and single blanks. `decode` gives a text of known words back
      exactly.
    - `split="whitespace"`: what stands between blanks, so that `can't`, `U.S.` and `12,5` are one token each. Right for
      a tagger: gold words stay whole with `is_split_into_words=True`, and running text can be given too.
    - `split="none"`: every word of a pre-split text is one token, even one with a blank in it.

    The last two put words together with one space.

    Example:
        >>> tokenizer = WordTokenizer.train(["the cat sat", "the dog"])
        >>> tokenizer.tokenize("the dog  sat!")
        ['the', ' ', 'dog', ' ', ' ', 'sat', '<unk>']
        >>> tagger = WordTokenizer.train([["I", "can't"], ["the", "U.S."]], split="whitespace")
        >>> tagger(["the", "U.S.", "can't", "wait"], is_split_into_words=True).tokens()
        ['the', 'U.S.', "can't", '<unk>']
    """

    splits = {"words": WORDS, "whitespace": WHITESPACE, "none": WHOLE}
