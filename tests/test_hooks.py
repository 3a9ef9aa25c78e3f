"""The Auto classes know seqkit's models in whatever order things are imported."""

import importlib
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from seqkit import hooks
from tests.fresh import printed

CHECK = """
from transformers import AutoConfig, AutoModelForCausalLM
config = AutoConfig.for_model("seqkit-rnn", vocab_size=5, hidden_size=4)
print(type(AutoModelForCausalLM.from_config(config)).__name__)
import seqkit
print(AutoModelForCausalLM._model_mapping[type(config)] is seqkit.RNNForCausalLM)
"""


@pytest.mark.parametrize(
    "order",
    [
        "import seqkit",
        "from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer; import seqkit",
        # Imports modeling_auto when it is halfway through, and seqkit's models stand on it.
        "import seqkit; import transformers.modeling_layers",
        "import seqkit.models; import transformers",
        "from seqkit import RNNConfig; from transformers import Trainer",
        "from transformers import AutoConfig; from seqkit import CharTokenizer",
    ],
)
def test_import_orders(order: str, tmp_path: Path) -> None:
    assert printed(order + CHECK, tmp_path) == ["RNNForCausalLM", "True"]


def test_without_seqkit_the_type_is_unknown(tmp_path: Path) -> None:
    code = "from transformers import AutoConfig\ntry:\n    AutoConfig.for_model('seqkit-rnn')\n"
    code += "except ValueError as error:\n    print(error)"
    assert "Unrecognized model identifier: seqkit-rnn" in printed(code, tmp_path)[0]


class Recorder:
    """Stands behind the watcher on `sys.meta_path` and finds one module of nothing."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name == self.name else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        module.executed = True


def test_a_step_runs_when_all_its_modules_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    auto: Any = importlib.import_module("seqkit.auto")
    monkeypatch.setattr(auto, "load_config", lambda: called.append("both"))
    monkeypatch.setattr(hooks, "STEPS", ((frozenset({"late_module_", "early_module_"}), "load_config"),))
    watcher = hooks.Watcher()
    monkeypatch.setattr(sys, "meta_path", [watcher, Recorder("late_module_"), *sys.meta_path])
    watcher.note("early_module_")
    assert called == []
    assert importlib.import_module("late_module_").executed
    assert called == ["both"]
    del sys.modules["late_module_"]


def test_it_finds_nothing_else() -> None:
    assert hooks.Watcher().find_spec("json") is None


def test_installing_twice_changes_nothing() -> None:
    before = list(sys.meta_path)
    hooks.install()
    assert sys.meta_path == before
    assert sum(isinstance(finder, hooks.Watcher) for finder in before) == 1
