"""What transformers' Auto classes know of seqkit: its configuration, its heads, its tokenizers and those of plugins.

`seqkit.hooks` calls the `register_…` functions when transformers' modules are there. Nothing of transformers is
imported at the head of this file, and no model before one is asked for.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, SupportsIndex

from seqkit import plugins
from seqkit.errors import PluginError
from seqkit.plugins import PluginInfo

if TYPE_CHECKING:
    from seqkit.config import RNNConfig

MODEL_TYPE = "seqkit-rnn"

HEADS = {
    "AutoModel": "RNNModel",
    "AutoModelForCausalLM": "RNNForCausalLM",
    "AutoModelForSeq2SeqLM": "RNNForConditionalGeneration",
    "AutoModelForSequenceClassification": "RNNForSequenceClassification",
    "AutoModelForTokenClassification": "RNNForTokenClassification",
}
"""The built-in class that each Auto class gives."""

# transformers asks these for class *names*: its Trainer shifts smoothed labels only for a language model it finds here.
NAME_MAPS = {
    "AutoModel": "MODEL_MAPPING_NAMES",
    "AutoModelForCausalLM": "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    "AutoModelForSeq2SeqLM": "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
    "AutoModelForSequenceClassification": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",
    "AutoModelForTokenClassification": "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES",
}


class BuiltIn(tuple):
    """The tuple of one built-in head, imported when somebody looks into it.

    transformers takes a tuple of classes where it takes a class. `seqkit.models` cannot be imported when the tuple is
    registered: transformers' own model files, on which it stands, may be halfway through their import just then.

    Args:
        items: the name of the class, alone in an iterable.
    """

    def __iter__(self) -> Iterator[Any]:
        return (getattr(import_module("seqkit.models"), name) for name in super().__iter__())

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        return tuple(self)[index]


class TokenizerClasses(dict[str, Any]):
    """transformers' table of tokenizer classes by name, which asks seqkit's entry points too."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or bool(tokenizers_called(name))

    def __missing__(self, name: str) -> Any:
        found = tokenizers_called(name)
        if not found:
            raise KeyError(name)
        return plugins.get("tokenizers", found[0].qualified if len(found) == 1 else found[0].name)


def load_config() -> None:
    """Import the configuration; it is registered when that is done."""
    import_module("seqkit.config")


def register_config() -> None:
    """Let `AutoConfig` know the configuration."""
    from transformers.models.auto.configuration_auto import AutoConfig

    AutoConfig.register(MODEL_TYPE, _config_class(), exist_ok=True)


def register_tokenizers() -> None:
    """Let `AutoTokenizer` know that these models have tokenizers, and find their classes by name."""
    from transformers.models.auto import tokenization_auto
    from transformers.tokenization_utils_tokenizers import PreTrainedTokenizerFast

    # The class for a folder that names none; every tokenizer's own folder does.
    tokenization_auto.AutoTokenizer.register(_config_class(), tokenizer_class=PreTrainedTokenizerFast, exist_ok=True)
    known = tokenization_auto.REGISTERED_TOKENIZER_CLASSES
    if not isinstance(known, TokenizerClasses):
        tokenization_auto.REGISTERED_TOKENIZER_CLASSES = TokenizerClasses(known)


def register_models() -> None:
    """Let the Auto classes know the built-in heads, by name only."""
    from transformers.models.auto import modeling_auto

    for auto_class, name in HEADS.items():
        getattr(modeling_auto, auto_class).register(_config_class(), BuiltIn([name]), exist_ok=True)
        getattr(modeling_auto, NAME_MAPS[auto_class])[MODEL_TYPE] = name


def register_loaded_models() -> None:
    """Put the classes themselves in place of their names, now that they are imported."""
    from transformers.models.auto import modeling_auto

    for auto_class, name in HEADS.items():
        head = getattr(import_module("seqkit.models"), name)
        getattr(modeling_auto, auto_class).register(_config_class(), head, exist_ok=True)


def register_pipelines() -> None:
    """Let `transformers.pipeline` know the tasks that it has no more."""
    from transformers.models.auto.modeling_auto import AutoModelForSeq2SeqLM
    from transformers.pipelines import PIPELINE_REGISTRY

    from seqkit.pipelines.text2text import TASK, Text2TextPipeline

    if TASK not in PIPELINE_REGISTRY.supported_tasks:
        PIPELINE_REGISTRY.register_pipeline(
            TASK, pipeline_class=Text2TextPipeline, pt_model=AutoModelForSeq2SeqLM, type="text"
        )


def register_head(head: Any) -> None:
    """Let an Auto class know a plugin's head beside the built-in one, which stays the default.

    Args:
        head: the class; its `auto_class_name` names the Auto class.
    """
    from transformers.models.auto import modeling_auto

    auto_class, names = getattr(modeling_auto, head.auto_class_name), NAME_MAPS[head.auto_class_name]
    known = auto_class._model_mapping[_config_class()]
    classes = known if isinstance(known, tuple) else (known,)
    # A class of the same name is an older one, as when a notebook's cell is run again.
    others = [each for each in classes if each.__name__ != head.__name__]
    auto_class.register(_config_class(), (*others, head), exist_ok=True)
    getattr(modeling_auto, names)[f"{MODEL_TYPE}/{head.__name__}"] = head.__name__


def is_caller(arguments: dict[str, Any]) -> bool:
    """Tell an Auto class from a user, who means the class whose `from_pretrained` is called, by what it passes on."""
    return "adapter_kwargs" in arguments and arguments.get("config") is not None


def head_for(cls: Any, config: "RNNConfig") -> Any:
    """Return the class that an Auto class shall give, the one of a plugin if `architectures` names it.

    Args:
        cls: the class that the Auto class found; it stays if the plugin's head serves another Auto class.
        config: the configuration of the folder.

    Raises:
        MissingPlugin: the folder was saved with a plugin's head, and its distribution is not installed.
        PluginError: the plugin's head cannot be used.
    """
    for architecture in config.architectures or ():
        if architecture == cls.__name__ or architecture in HEADS.values():
            return cls
        head = plugins.resolve_head(architecture)
        if head is None:
            _check_recorded_head(config)
        elif head.auto_class_name in HEADS and head.auto_class_name == cls.auto_class_name:
            register_head(head)
            return head
    return cls


def auto_class_of(architecture: str) -> str:
    """Return the name of the Auto class that loads an architecture, as far as seqkit knows it.

    Example:
        >>> auto_class_of("RNNForCausalLM")
        'AutoModelForCausalLM'
    """
    built_in = {head: auto_class for auto_class, head in HEADS.items()}
    if architecture in built_in:
        return built_in[architecture]
    try:
        head = plugins.resolve_head(architecture)
    except PluginError:
        head = None
    return getattr(head, "auto_class_name", None) or "AutoModel"


def tokenizers_called(name: object) -> list[PluginInfo]:
    """Return the rows of the tokenizers whose class has this name; transformers' own classes come first.

    Args:
        name: the class name, as `tokenizer_config.json` has it.
    """
    try:
        found = [row for row in plugins.list_plugins("tokenizers") if row.value.rpartition(":")[2] == name]
    except PluginError:
        # A malformed SEQKIT_PLUGINS is told where a plugin is used; a tokenizer of BERT's must load all the same.
        return []
    return [] if found and name in dir(sys.modules["transformers"]) else found


def _check_recorded_head(config: "RNNConfig") -> None:
    """Raise if the checkpoint's head came from a plugin that is not here: the built-in one would begin untrained."""
    record = (config.provenance or {}).get("head")
    if record:
        plugins.get("heads", record.get("name", ""), record.get("distribution"))


def _config_class() -> Any:
    return import_module("seqkit.config").RNNConfig
