"""What every tokenizer of seqkit shares: training, exact text, offsets, saving, and errors that say what to do."""

import os
from pathlib import Path
from typing import Any, ClassVar, Self

from tokenizers import AddedToken
from tokenizers.models import WordLevel
from transformers.tokenization_utils_base import BatchEncoding
from transformers.tokenization_utils_tokenizers import PreTrainedTokenizerFast

from seqkit import folder
from seqkit.annotations import show
from seqkit.errors import SeqkitError, TokenizerError
from seqkit.files import staged
from seqkit.pushing import Pushed
from seqkit.reading import check_links, read_object
from seqkit.tokenizers import hostile
from seqkit.tokenizers.corpus import Files, Texts, checked, read_files, read_texts
from seqkit.tokenizers.cuts import Cut, untrained
from seqkit.tokenizers.offsets import composes, widen_all
from seqkit.tokenizers.vocabulary import count_tokens, most_frequent

# Given to transformers as init arguments, not as class attributes: only so do they stand in the saved folder.
DEFAULTS: dict[str, Any] = {
    "split_special_tokens": True,  # "<s>" written in a text is three characters of text, never a control token
    "clean_up_tokenization_spaces": False,
}

CONFIGURATIONS = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
"""What transformers reads beside tokenizer.json."""


class SeqkitTokenizer(Pushed, PreTrainedTokenizerFast):
    """The base class of seqkit's tokenizers, built-in and plugin.

    A subclass says in `splits` how it cuts a text; training, encoding, decoding and saving follow. It must not define
    `__init__`: transformers would then drop the pipeline of tokenizer.json when it loads the folder (build what you
    need in a classmethod). The special tokens are `pad`, `unk`, `bos` and `eos`, ids 0 to 3.

    Example:
        >>> from seqkit.tokenizers import Cut
        >>> class DigitTokenizer(SeqkitTokenizer):
        ...     splits = {"digits": Cut(r"[0-9]+|[^0-9]", exact=True)}
        >>> DigitTokenizer.train("ab12").tokenize("12ba")
        ['12', 'b', 'a']
    """

    splits: ClassVar[dict[str, Cut]] = {}
    """The ways to cut a text, by name; the first is the default."""

    alphabet: ClassVar[tuple[str, ...]] = ()
    """Tokens that every vocabulary has, whatever the texts have."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in cls.__dict__:
            raise TokenizerError(
                f"{cls.__name__} defines __init__, which would make transformers drop its tokenizer.json on loading: "
                "move the code to a classmethod, and keep settings as init arguments"
            )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        file = kwargs.get("tokenizer_file")
        if file is not None and kwargs.get("tokenizer_object") is None:
            hostile.check(read_object(Path(file), TokenizerError), self.splits.values(), str(file))
        longest = kwargs.get("model_max_length")
        if longest is not None and (not isinstance(longest, int | float) or not longest > 0):
            raise TokenizerError(f"model_max_length is {show(longest)}; expected a number of tokens, or none")
        super().__init__(*args, **{**DEFAULTS, **kwargs})
        self._check_ids()
        self._read_template()
        self._settle()

    @classmethod
    def train(
        cls,
        texts: Texts,
        *,
        split: str | None = None,
        min_frequency: int = 1,
        max_vocab: int | None = None,
        lowercase: bool = False,
        nfc: bool = False,
        add_bos: bool = False,
        add_eos: bool = False,
        pad_token: str = "<pad>",
        unk_token: str = "<unk>",
        bos_token: str = "<s>",
        eos_token: str = "</s>",
        padding_side: str = "right",
        model_max_length: int | None = None,
        **kwargs: Any,
    ) -> Self:
        """Learn a vocabulary and give a tokenizer that has it.

        Args:
            texts: one string, or an iterable of strings or of lists of words (a generator, a dataset's column); read
                once. Each list's words are counted one by one, as a call with `is_split_into_words=True` takes them.
            split: a name in `splits`, the way to cut a text; None is the first of them.
            min_frequency: tokens that occur less often are unknown.
            max_vocab: the size of the whole vocabulary at most, special tokens included; None sets no limit.
            lowercase: turn letters into small ones first; decoding gives small letters.
            nfc: compose characters first (Unicode's normal form C), so that 한 is one character however it is stored.
            add_bos: begin every encoded sequence with `bos_token` (unless a call says `add_special_tokens=False`).
            add_eos: end every encoded sequence with `eos_token`, so that a model learns where a text ends.
            pad_token: name of id 0, the padding.
            unk_token: name of id 1, what stands for tokens outside the vocabulary.
            bos_token: name of id 2, the beginning of a sequence.
            eos_token: name of id 3, the end of a sequence.
            padding_side: "right" or "left".
            model_max_length: tokens that `truncation=True` keeps; None sets no limit.
            kwargs: further init arguments of transformers' tokenizers, such as `truncation_side`.

        Returns:
            The tokenizer; `len(tokenizer)` is the `vocab_size` that a model needs.

        Raises:
            TokenizerError: the texts are empty, an item is no string or holds a lone surrogate, no token is frequent
                enough, or an option is out of its range.
        """
        cut = cls._cut(split)
        specials = {"pad_token": pad_token, "unk_token": unk_token, "bos_token": bos_token, "eos_token": eos_token}
        names = list(specials.values())
        _check_names(specials, cut)
        _check_limits(min_frequency, max_vocab, len(names), len(cls.alphabet))
        backend = untrained(cut, names, lowercase=lowercase, nfc=nfc)
        counts = count_tokens(backend, cut, read_texts(texts))
        limit = None if max_vocab is None else max_vocab - len(names)
        kept = most_frequent(counts, min_frequency=min_frequency, limit=limit, alphabet=cls.alphabet)
        tokens = cls.arrange(kept)
        vocabulary = {token: index for index, token in enumerate([*names, *tokens])}
        backend.model = WordLevel(vocabulary, unk_token=unk_token)
        backend.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in names])
        settings = {"padding_side": padding_side, "model_max_length": model_max_length, **specials, **kwargs}
        return cls(tokenizer_object=backend, add_bos_token=add_bos, add_eos_token=add_eos, **settings)

    @classmethod
    def train_from_files(cls, files: Files, *, split: str | None = None, **options: Any) -> Self:
        """Learn a vocabulary from UTF-8 text files, read line by line.

        Args:
            files: a path, or an iterable of paths. Line ends count as text, except where `split` leaves texts whole:
                there, each line without its end is one token.
            split: as in `train`.
            options: all the other options of `train`.

        Raises:
            DataError: a file is not UTF-8; the message tells the byte and where it stands.
            TokenizerError: as in `train`.
        """
        whole = cls._cut(split).pattern is None
        return cls.train(read_files(files, keep_line_ends=not whole), split=split, **options)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike, *args: Any, **kwargs: Any) -> Self:
        """Load a tokenizer from a folder or the hub; arguments as transformers' own tokenizers have them.

        Raises:
            TokenizerError: a file of the folder is damaged, or holds what this tokenizer is not made of.
            CheckpointError: a file of the folder is a link that leads out of it.
        """
        place = Path(pretrained_model_name_or_path)
        if not place.is_dir():
            return super().from_pretrained(pretrained_model_name_or_path, *args, **kwargs)
        subfolder = kwargs.get("subfolder") or ""
        check_links(place, *([subfolder] if subfolder else []))
        for name in CONFIGURATIONS:
            if (place / subfolder / name).is_file():
                read_object(place / subfolder / name, TokenizerError)
        try:
            return super().from_pretrained(pretrained_model_name_or_path, *args, **kwargs)
        except SeqkitError:
            raise
        except Exception as error:  # what is wrong with a file shows in transformers and `tokenizers` in many ways
            raise TokenizerError(
                f"the tokenizer of {place / subfolder} cannot be loaded: {type(error).__name__}: {str(error)[:300]}. "
                "Its files are damaged: get or train it again."
            ) from error

    @classmethod
    def register_for_auto_class(cls, auto_class: str = "AutoTokenizer") -> None:
        """Do nothing: a saved folder points to the installed seqkit, and never carries copies of its files."""

    @property
    def _auto_map(self) -> dict[str, list[str | None]]:
        """What transformers writes into tokenizer_config.json for a process that has not imported seqkit."""
        return folder.tokenizer_map(type(self).__name__)

    def save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        """Save; arguments as in `transformers`. Nothing in the folder changes before all files are on the disk.

        Returns:
            The files saved.
        """
        target = Path(save_directory)
        # What is uploaded is taken from where it lies.
        if target.is_file() or kwargs.get("push_to_hub"):
            return super().save_pretrained(save_directory, *args, **kwargs)
        with staged(target, folder.KNOWN) as part:
            files = super().save_pretrained(part, *args, **kwargs)
        return tuple(str(target / Path(file).relative_to(part)) for file in files)

    def _save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        """Save, as transformers does, with what makes the folder load anywhere: a one-line shim and a README."""
        files = super()._save_pretrained(save_directory, *args, **kwargs)
        folder.complete(Path(save_directory))
        return files

    @classmethod
    def arrange(cls, tokens: list[str]) -> list[str]:
        """Put the tokens of a new vocabulary, the alphabet first, then the frequent ones, in the order of their ids."""
        return tokens

    def spell(self, text: str) -> str:
        """Write a text as its tokens spell it: the text itself, where tokens are pieces of text.

        Stop strings are looked for in what tokens spell. A tokenizer whose tokens are smaller than characters overrides
        this, `unsettled`, and what puts the tokens together.
        """
        return text

    def unsettled(self, ids: list[int]) -> int:
        """Return how many of the last tokens may read otherwise once more follow: 0, where tokens are pieces of text.

        Streamers hold these back.
        """
        return 0

    @classmethod
    def _cut(cls, split: str | None) -> Cut:
        name = next(iter(cls.splits)) if split is None else split
        if name not in cls.splits:
            raise TokenizerError(
                f"split ({split!r}) is unknown to {cls.__name__}: choose one of {', '.join(map(repr, cls.splits))}"
            )
        return cls.splits[name]

    def _settle(self) -> None:
        """Make of the init arguments what a subclass needs, which has no `__init__` to do it in."""

    def _check_ids(self) -> None:
        """Refuse a vocabulary whose ids are not 0 to n-1, each once: a model's embedding has exactly such rows."""
        ids = sorted(self.get_vocab().values())
        wrong = next((found for expected, found in enumerate(ids) if found != expected), None)
        if wrong is not None:
            raise TokenizerError(
                f"the vocabulary of {len(ids)} tokens must have the ids 0 to {len(ids) - 1}, each once, but id {wrong} "
                "is doubled or out of place: tokenizer.json is damaged, get or train it again"
            )

    def _read_template(self) -> None:
        """Take `add_bos_token` and `add_eos_token` from tokenizer.json, where transformers forgets to look for them."""
        added = self.backend_tokenizer.encode("").ids
        beyond = [token for token in (*added, *self.backend_tokenizer.encode("", "").ids) if token >= len(self)]
        if beyond:
            raise TokenizerError(
                f"every text would be given the id {beyond[0]}, but there are {len(self)} tokens: tokenizer.json is "
                "damaged, get or train it again"
            )
        self._add_bos_token = self.bos_token_id is not None and added[:1] == [self.bos_token_id]
        self._add_eos_token = self.eos_token_id is not None and added[-1:] == [self.eos_token_id]

    def _encode_plus(self, text: Any, text_pair: Any = None, *args: Any, **kwargs: Any) -> BatchEncoding:
        """Encode, as transformers does, with offsets that cover composed characters and errors that tell the place."""
        try:
            if kwargs.get("return_offsets_mapping") and self._composes():
                return self._encode_with_offsets(text, text_pair, **kwargs)  # transformers names all the rest
            return super()._encode_plus(text, text_pair, *args, **kwargs)
        except (TypeError, ValueError):
            _explain(text, "text")
            if text_pair is not None:
                _explain(text_pair, "text_pair")
            raise

    def _composes(self) -> bool:
        return composes(self.backend_tokenizer)

    def _encode_with_offsets(self, text: Any, text_pair: Any, **kwargs: Any) -> BatchEncoding:
        tensors = kwargs.pop("return_tensors", None)
        words = kwargs.get("is_split_into_words", False)
        single = isinstance(text, str) or (words and (not text or isinstance(text[0], str)))
        texts = [text] if single else text
        pairs = None if text_pair is None else [text_pair] if single else text_pair
        encoded = super()._encode_plus(texts, text_pair=pairs, **kwargs)
        encoded["offset_mapping"] = widen_all(encoded, texts, pairs)
        if tensors is not None:
            return encoded.convert_to_tensors(tensors)
        if single and not kwargs.get("return_overflowing_tokens"):
            return BatchEncoding({key: value[0] for key, value in encoded.items()}, encoded.encodings)
        return encoded


def _explain(text: Any, place: str) -> None:
    """Look for what the library cannot take; raises a TokenizerError that tells where it stands."""
    if isinstance(text, list | tuple):
        for index, item in enumerate(text):
            _explain(item, f"{place}[{index}]")
    else:
        checked(text, place)


def _check_names(specials: dict[str, str], cut: Cut) -> None:
    for role, name in specials.items():
        # A name that the cut leaves whole could be written in a text, and would then be taken for the special token.
        if len(name) < 2 or (cut.exact and len(list(cut.pieces(name))) < 2):
            raise TokenizerError(
                f"{role} ({name!r}) could be a token of a text: choose a name that is cut in pieces, "
                "as names in brackets are in running text"
            )
    if len(set(specials.values())) < len(specials):
        raise TokenizerError(f"the special tokens must have different names, not {specials}")


def _check_limits(min_frequency: int, max_vocab: int | None, num_specials: int, num_letters: int) -> None:
    if min_frequency < 1:
        raise TokenizerError(f"min_frequency ({min_frequency}) must be 1 or more: 1 keeps every token")
    least = num_specials + max(1, num_letters)
    if max_vocab is not None and max_vocab < least:
        rest = f"the {num_letters} tokens of the alphabet" if num_letters else "one token"
        need = f"{num_specials} special tokens and {rest}"
        raise TokenizerError(f"max_vocab ({max_vocab}) must be at least {least}: {need}")
