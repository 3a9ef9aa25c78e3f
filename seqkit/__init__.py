"""seqkit: write a recurrence once, as equations; everything Hugging Face follows from it.

`import seqkit` takes a few milliseconds: it imports neither torch nor transformers. Each public name is imported when
it is first used, and transformers' Auto classes know seqkit's models whichever of the two is imported first.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from seqkit import hooks

if TYPE_CHECKING:
    from seqkit import errors as errors
    from seqkit import plugins as plugins
    from seqkit.cells import Cell as Cell
    from seqkit.checkpoints import checkpoint as checkpoint
    from seqkit.config import RNNConfig as RNNConfig
    from seqkit.engine import dropout_seed as dropout_seed
    from seqkit.models import RNNCache as RNNCache
    from seqkit.models import RNNForCausalLM as RNNForCausalLM
    from seqkit.models import RNNForConditionalGeneration as RNNForConditionalGeneration
    from seqkit.models import RNNForSequenceClassification as RNNForSequenceClassification
    from seqkit.models import RNNForTokenClassification as RNNForTokenClassification
    from seqkit.models import RNNModel as RNNModel
    from seqkit.tokenizers import CharTokenizer as CharTokenizer
    from seqkit.tokenizers import WordCharTokenizer as WordCharTokenizer
    from seqkit.tokenizers import WordTokenizer as WordTokenizer
    from seqkit.training import RNNTrainer as RNNTrainer
    from seqkit.training import RNNTrainingArguments as RNNTrainingArguments

    __version__: str

_HOMES = {
    "Cell": "cells",
    "CharTokenizer": "tokenizers",
    "RNNCache": "models",
    "RNNConfig": "config",
    "RNNForCausalLM": "models",
    "RNNForConditionalGeneration": "models",
    "RNNForSequenceClassification": "models",
    "RNNForTokenClassification": "models",
    "RNNModel": "models",
    "RNNTrainer": "training",
    "RNNTrainingArguments": "training",
    "WordCharTokenizer": "tokenizers",
    "WordTokenizer": "tokenizers",
    "checkpoint": "checkpoints",
    "dropout_seed": "engine",
}
_SUBMODULES = ("errors", "plugins")

__all__ = [*_HOMES, *_SUBMODULES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"seqkit.{_HOMES[name]}"), name)
    elif name in _SUBMODULES:
        value = import_module(f"seqkit.{name}")
    elif name == "__version__":
        from importlib.metadata import version

        value = version("seqkit")
    else:
        raise AttributeError(f"module 'seqkit' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})


hooks.install()
