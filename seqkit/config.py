"""The configuration of every seqkit model: flat, JSON, every field checked when it is made."""

import itertools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from transformers.configuration_utils import PreTrainedConfig
from transformers.utils import CONFIG_NAME

from seqkit import folder, plugins
from seqkit.annotations import Probability, Range, show
from seqkit.cells.base import Cell
from seqkit.errors import ConfigError, UnknownPlugin
from seqkit.fields import (
    Size,
    TokenId,
    check_features,
    check_labels,
    check_options,
    check_raw,
    check_thresholds,
    check_value,
    own_fields,
)
from seqkit.files import replacing
from seqkit.pushing import Pushed
from seqkit.reading import check_links, read_object
from seqkit.sides import check_sides
from seqkit.words import character_size, character_weights, check_words, word_size

MAX_PARAMETERS = 4_000_000_000
"""No recurrent network that anybody trains is near this; a typing error is quickly beyond it."""


LONGEST = 2 * 2**20
"""Bytes of the longest `config.json` that is read: labels are what makes one long."""

OF_LABELS = ("id2label", "label2id", "label_thresholds")
"""Fields that say something of each label."""


class UnknownCell(ConfigError, UnknownPlugin):
    """A configuration names a cell that no installed distribution offers."""


class RNNConfig(Pushed, PreTrainedConfig):
    """Configuration of a recurrent network; one class for every cell.

    Args:
        cell: name of the recurrence, as `seqkit plugins` lists it: `"rnn"`, `"gru"`, `"lstm"`, a plugin's name, or
            `"distribution/name"`; default `"lstm"`.
        vocab_size: number of token ids V; None for a model that takes float vectors.
        embedding_size: width of a token's vector; None is `hidden_size`.
        hidden_size: units H of each layer and direction; default 256.
        num_hidden_layers: stacked layers L; default 1.
        bidirectional: read in both directions and concatenate, so that outputs are 2H wide; default False.
        cell_options: options of the cell, checked by its own annotations, such as `{"nonlinearity": "relu"}`.
        num_features: width N of the float vectors `input_features` (B, T, N) taken in place of token ids. They go into
            the first layer as they are; with `embedding_size` set, through a linear map.
        feature_means: what is subtracted from each of those numbers first, N floats; None (default) is nothing.
        feature_deviations: what each of them is divided by then, N floats above 0; None (default) is nothing. `seqkit
            train` takes both from its training data.
        character_vocab_size: number of character ids; a model that has it reads `character_ids` (B, T, C) beside the
            words, as the tokenizer `word-char` gives them. None (default): it does not.
        character_encoder: how the characters of a word become a vector beside its own: `"cnn"` (Ma & Hovy, 2016),
            `"rnn"` (Lample et al., 2016), or `"both"`; None is `"cnn"`.
        character_embedding_size: width of a character's vector; default 32.
        character_hidden_size: filters of each width of the CNN, and units of each direction of the RNN; default 64.
        character_kernel_sizes: widths of the CNN's filters in characters; None is `[3]`.
        word_dropout: probability that a word is read as unknown in training, so that the network learns to do without
            it (Iyyer et al., 2015); needs `unk_token_id`.
        pooling: how a sequence becomes one vector for classification; default `"last"`: the last real token forwards,
            the first backwards; `"mean"`, `"max"`, `"attention"`, or `"concat"` of last, max and mean.
        embedding_dropout: probability of dropping a token type everywhere in a batch (Gal & Ghahramani, 2016).
        input_dropout: dropout on the input of the first layer.
        hidden_dropout: dropout between layers.
        output_dropout: dropout on the output of the last layer.
        recurrent_dropout: dropout of units of h_{t-1} in the recurrent products, one mask over time.
        weight_dropout: dropout of single recurrent weights (Merity et al., 2018).
        zoneout: probability that a unit of the state keeps its old value (Krueger et al., 2017).
        locked_dropout: keep one mask over time in input, hidden and output dropout; default False.
        layer_norm: normalise the output of each layer (Ba et al., 2016); default False.
        residual: add a layer's input to its output where their widths agree; default False.
        learn_initial_state: learn the state before the first token; zeros otherwise.
        tie_word_embeddings: use the embedding as the output matrix; needs `embedding_size` equal to the output width.
        decoder_start_token_id: id that an encoder-decoder's decoder reads first; None is `bos_token_id`.
        num_decoder_layers: layers of an encoder-decoder's decoder; None is `num_hidden_layers`.
        decoder_cell: its recurrence; None is `cell`, with the same options.
        decoder_cell_options: options of `decoder_cell`.
        encoder_vocab_size: token ids of its encoder; None is `vocab_size`: both sides share one tokenizer.
        share_embeddings: one embedding for encoder and decoder, which then have one tokenizer; default False.
        attention: how the decoder looks at the encoder's outputs: None (default), `"dot"` or `"general"` (Luong et
            al., 2015), `"additive"` (Bahdanau et al., 2015).
        attention_size: width A in which additive attention compares; None is `hidden_size`.
        input_feeding: feed what attention gave at one step into the next (Luong et al., 2015). The decoder then runs
            step by step, in training too; default False.
        bridge: how the decoder's first state is made of the encoder's last: `"copy"`, `"linear"` (a learnt map of each
            tensor), `"step"` (a learnt vector that the decoder reads first, right for any cell), `"none"`; None copies
            if both sides agree, maps if the cell begins with zeros, and else takes a step.
        max_source_length: tokens of the longest source that is taken; None (default) sets no limit.
        is_decoder: whether this is a decoder inside another library's encoder-decoder; default False.
        add_cross_attention: whether a decoder looks at `encoder_hidden_states`; default False.
        cross_attention_hidden_size: width M of `encoder_hidden_states`; None is `hidden_size`.
        adaptive_cutoffs: where the clusters of a language model's adaptive softmax begin, such as `[2000, 10000]` of
            33,000 words whose ids are sorted by falling frequency, as `WordTokenizer`'s are (Grave et al., 2017); None
            (default) scores all words alike.
        adaptive_div_value: how many times narrower the vectors of each further cluster are; default 4. With
            `tie_word_embeddings` they all have the embedding's width.
        calibration_temperature: what a classifier's scores are divided by before they become probabilities, by whoever
            shows them, as `seqkit predict` does; `logits` stay as they are. Fitted after a training; default 1.
        label_thresholds: probability from which on each of several labels is given, in the order of the labels; None is
            0.5 for all.
        initializer_range: standard deviation of embeddings and heads at the start; default 0.1.
        use_cache: return the state as `past_key_values` outside of training; default True.
        pad_token_id: id that fills short rows; None if there is none.
        bos_token_id: id that begins a text; None if there is none.
        eos_token_id: id, or ids, that end a text; None if there is none.
        unk_token_id: id of unknown words; None if there is none.
        provenance: which distribution and version gave the cell; written when a model is saved, shown and compared,
            never imported from.
        kwargs: fields of `transformers.PreTrainedConfig`, such as `num_labels`, `id2label`, `problem_type`.

    Raises:
        ConfigError: if a field is unknown (the nearest known one is told), has the wrong type or is out of range.
        PluginError: if the cell's plugin is missing, disabled, incompatible or broken.

    Example:
        >>> RNNConfig(cell="gru", vocab_size=100, hidden_size=64).hidden_size
        64
    """

    model_type = "seqkit-rnn"
    keys_to_ignore_at_inference = ["past_key_values", "cache", "state"]

    cell: str = "lstm"
    vocab_size: Annotated[int, Range(1, 2**31 - 1)] | None = None
    embedding_size: Size | None = None
    hidden_size: Size = 256
    num_hidden_layers: Annotated[int, Range(1, 256)] = 1
    bidirectional: bool = False
    cell_options: dict[str, Any] | None = None
    num_features: Annotated[int, Range(1, 1_000_000)] | None = None
    feature_means: list[Annotated[float, Range(-1e30, 1e30)]] | None = None
    feature_deviations: list[Annotated[float, Range(1e-30, 1e30)]] | None = None
    character_vocab_size: Annotated[int, Range(1, 2**21)] | None = None
    character_encoder: Literal["cnn", "rnn", "both"] | None = None
    character_embedding_size: Size = 32
    character_hidden_size: Size = 64
    character_kernel_sizes: list[Annotated[int, Range(1, 64)]] | None = None
    word_dropout: Probability = 0.0
    pooling: Literal["last", "mean", "max", "attention", "concat"] = "last"
    embedding_dropout: Probability = 0.0
    input_dropout: Probability = 0.0
    hidden_dropout: Probability = 0.0
    output_dropout: Probability = 0.0
    recurrent_dropout: Probability = 0.0
    weight_dropout: Probability = 0.0
    zoneout: Probability = 0.0
    locked_dropout: bool = False
    layer_norm: bool = False
    residual: bool = False
    learn_initial_state: bool = False
    tie_word_embeddings: bool = False
    decoder_start_token_id: TokenId | None = None
    num_decoder_layers: Annotated[int, Range(1, 256)] | None = None
    decoder_cell: str | None = None
    decoder_cell_options: dict[str, Any] | None = None
    encoder_vocab_size: Annotated[int, Range(1, 2**31 - 1)] | None = None
    share_embeddings: bool = False
    attention: Literal["dot", "general", "additive"] | None = None
    attention_size: Size | None = None
    input_feeding: bool = False
    bridge: Literal["copy", "linear", "step", "none"] | None = None
    max_source_length: Annotated[int, Range(1, 2**31 - 1)] | None = None
    is_decoder: bool = False
    add_cross_attention: bool = False
    cross_attention_hidden_size: Size | None = None
    adaptive_cutoffs: list[Annotated[int, Range(1, 2**31 - 1)]] | None = None
    adaptive_div_value: Annotated[float, Range(1, 64)] = 4.0
    calibration_temperature: Annotated[float, Range(1e-3, 1e3)] = 1.0
    label_thresholds: list[Probability] | None = None
    initializer_range: Annotated[float, Range(0, 10)] = 0.1
    use_cache: bool = True
    pad_token_id: TokenId | None = None
    bos_token_id: TokenId | None = None
    eos_token_id: TokenId | list[TokenId] | None = None
    unk_token_id: TokenId | None = None
    provenance: dict[str, dict[str, str]] | None = None

    if TYPE_CHECKING:  # fields of transformers' own that are set here
        architectures: list[str] | None
        id2label: dict[int, str] | None
        label2id: dict[str, int] | None

    def __new__(cls, *args: Any, **kwargs: Any) -> "RNNConfig":
        """Check the raw values here: transformers' own set-up would trip over them before any method of ours runs."""
        check_raw(cls, kwargs)
        return super().__new__(cls)

    def __post_init__(self, **kwargs: Any) -> None:
        """Let transformers set its own fields up, then check what only shows in sum."""
        self.cell_options = dict(self.cell_options or {})
        if self.id2label is None and self.label2id:
            self.id2label = {int(index): label for label, index in self.label2id.items()}
        # Written to files only: in a process that runs this, seqkit is imported and nothing has to be looked up.
        kwargs.pop("auto_map", None)
        # transformers walks over it to choose among the heads of one Auto class, and fails at None.
        self.architectures = list(self.architectures or [])
        try:
            super().__post_init__(**kwargs)
        except (AttributeError, TypeError, ValueError) as error:
            raise ConfigError(f"transformers refuses this configuration: {error}") from error
        if self.id2label is not None and self.label2id is None:
            self.label2id = {label: index for index, label in self.id2label.items()}
        self.check()

    @classmethod
    def _dict_from_json_file(cls, json_file: str | os.PathLike) -> dict[str, Any]:
        """Read a file that may come from anybody, where transformers would read one of any size, depth and place."""
        path = Path(json_file)
        check_links(path.parent)
        values = cls._decode_special_floats(read_object(path, ConfigError, LONGEST))
        check_raw(cls, values)
        return values

    @classmethod
    def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Any:
        """Make a configuration from the contents of a `config.json`, and warn if its cell has changed since.

        Args:
            config_dict: the fields.
            kwargs: fields that replace those; with `return_unused_kwargs=True`, others are given back.

        Returns:
            The configuration, or it and the unused arguments.
        """
        labels = config_dict.get("id2label")
        if kwargs.get("num_labels") not in (None, len(labels) if isinstance(labels, dict) else 0):
            # Labels of another number have other names than those in the file.
            config_dict = {key: value for key, value in config_dict.items() if key not in OF_LABELS}
        made = super().from_dict(config_dict, **kwargs)
        folder.compare(made[0] if isinstance(made, tuple) else made)
        return made

    def save_pretrained(self, save_directory: str | os.PathLike, push_to_hub: bool = False, **kwargs: Any) -> None:
        """Save `config.json`, and with it what makes the folder load anywhere: a one-line shim and a README.

        Args:
            save_directory: the folder; made if it is not there. A README of your own is left alone.
            push_to_hub: whether to upload it too.
            kwargs: for the upload, as in `transformers.PreTrainedConfig.save_pretrained`.
        """
        self.provenance = folder.record(self)
        super().save_pretrained(save_directory, push_to_hub=push_to_hub, **kwargs)

    def to_json_file(self, json_file_path: str | os.PathLike, use_diff: bool = True) -> None:
        """Write the fields to a file, whole or not at all; one called `config.json` completes its folder.

        Args:
            json_file_path: the file.
            use_diff: whether to leave out what is transformers' default anyway.
        """
        path = Path(json_file_path)
        values = {**json.loads(self.to_json_string(use_diff)), "auto_map": folder.CONFIG_MAP}
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        if path.name == CONFIG_NAME:
            folder.complete(path.parent)

    @classmethod
    def register_for_auto_class(cls, auto_class: str = "AutoConfig") -> None:
        """Do nothing: a saved folder points to the installed seqkit, and never carries copies of its files."""

    @property
    def input_size(self) -> int:
        """Width D of what the first layer reads."""
        if self.num_features and not self.embedding_size:
            return self.num_features
        return word_size(self) + character_size(self)

    @property
    def output_size(self) -> int:
        """Width of what the last layer gives: H, or 2H in both directions."""
        return self.hidden_size * (2 if self.bidirectional else 1)

    @property
    def has_attention(self) -> bool:
        """Whether a decoder looks at an encoder's outputs."""
        return bool(self.attention) and (self.is_encoder_decoder or self.add_cross_attention)

    @property
    def readout_size(self) -> int:
        """Width R of what the head reads: with attention any, so the embedding's where that is tied."""
        if not self.has_attention:
            return self.hidden_size if self.is_encoder_decoder else self.output_size
        return (self.tie_word_embeddings and self.embedding_size) or self.hidden_size

    def check(self) -> None:
        """Check every field again, alone and together; a model calls it when it is built.

        Raises:
            ConfigError: telling the value, the rule and the next step.
            PluginError: if the cell's plugin cannot be used.
        """
        for name, hint in own_fields(type(self)).items():
            check_value(name, getattr(self, name), hint)
        check_labels(self.id2label, self.label2id)
        check_thresholds(self.label_thresholds, self.num_labels)
        check_features(self)
        self._check_tokens()
        check_sides(self)
        if self.vocab_size and self.num_features and not self.is_encoder_decoder:
            raise ConfigError(
                f"vocab_size ({self.vocab_size}) and num_features ({self.num_features}) are both set; "
                "a model reads either token ids or float vectors. Leave one of them None."
            )
        width = self.embedding_size or self.hidden_size
        if self.tie_word_embeddings and width != self.readout_size:
            raise ConfigError(
                f"tie_word_embeddings needs embedding_size ({width}) equal to the width of what the head reads "
                f"({self.readout_size}). Set embedding_size={self.readout_size}."
            )
        check_words(self)
        self._check_cutoffs()
        self._check_size()
        check_options(self.cell_class(), self.cell_options or {})
        self._check_noise()

    def cell_class(self) -> type[Cell]:
        """Return the class that `cell` names, through the entry points.

        Raises:
            UnknownCell: if nobody offers it (the nearest name is told).
            PluginError: if its plugin is missing, disabled, incompatible or broken.
        """
        origin = (self.provenance or {}).get("cell", {}).get("distribution")
        try:
            return plugins.get("cells", self.cell, distribution=origin)
        except UnknownPlugin as error:
            raise UnknownCell(f"cell is {show(self.cell)}: {error}") from error

    def _check_size(self) -> None:
        """Stop an absurd size before memory is asked for; four gates and two directions stand for any cell."""
        width = self.embedding_size or self.hidden_size
        layers = self.num_hidden_layers * 8 * self.hidden_size * (self.hidden_size + self.output_size)
        total = (
            (self.vocab_size or 0) * width + layers + self.input_size * 8 * self.hidden_size + character_weights(self)
        )
        if total > MAX_PARAMETERS:
            raise ConfigError(
                f"this configuration means about {total:.1e} parameters, more than {MAX_PARAMETERS:.0e}. "
                "Lower vocab_size, hidden_size or num_hidden_layers."
            )

    def _check_cutoffs(self) -> None:
        """Refuse clusters that are empty, or whose vectors would have no width."""
        bounds = [0, *(self.adaptive_cutoffs or []), self.vocab_size or 2**31]
        if any(low >= high for low, high in itertools.pairwise(bounds)):
            raise ConfigError(
                f"adaptive_cutoffs is {show(self.adaptive_cutoffs)}; expected increasing ids between 0 and vocab_size "
                f"({self.vocab_size})."
            )
        narrowest = self.output_size // self.adaptive_div_value ** len(bounds[2:])
        if narrowest < 1 and not self.tie_word_embeddings:
            raise ConfigError(
                f"adaptive_div_value ({self.adaptive_div_value}) leaves cluster {len(bounds[2:])} no width of "
                f"{self.output_size}. Lower it, or give fewer adaptive_cutoffs."
            )

    def _check_tokens(self) -> None:
        """Refuse special tokens beyond the vocabulary: generation would feed them to the model."""
        for name in ("pad_token_id", "bos_token_id", "eos_token_id", "unk_token_id"):
            ids = getattr(self, name)
            for token in ids if isinstance(ids, list) else [ids]:
                if token is not None and self.vocab_size and token >= self.vocab_size:
                    raise ConfigError(f"{name} ({token}) must be below vocab_size ({self.vocab_size}).")

    @property
    def has_dropout(self) -> bool:
        """Whether training draws any mask at random."""
        between = self.embedding_dropout, self.input_dropout, self.hidden_dropout, self.output_dropout
        return any((*between, self.word_dropout, self.recurrent_dropout, self.weight_dropout, self.zoneout))

    def _check_noise(self) -> None:
        """Refuse dropout on recurrent weights to a cell that declares none."""
        for name in ("weight_dropout", "recurrent_dropout"):
            if getattr(self, name) and not self.cell_class().recurrent_weights:
                raise ConfigError(
                    f"{name} is {getattr(self, name)}, but the cell {self.cell!r} declares no recurrent_weights. "
                    f"Set {name}=0.0, or declare them in the cell."
                )
