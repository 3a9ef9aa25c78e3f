"""A saved folder loads with `trust_remote_code=True` where seqkit is installed and was not imported."""

import json
from pathlib import Path
from typing import Any

import pytest

import seqkit
from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM, RNNForConditionalGeneration, auto, shim
from tests.fresh import printed, run

FILES = {
    "README.md",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "seqkit_shim.py",
    "tokenizer.json",
    "tokenizer_config.json",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `m` is a saved language model with its tokenizer, and `pair` an encoder-decoder."""
    home = tmp_path_factory.mktemp("home")
    tokenizer = CharTokenizer.train(["hello world"], padding_side="left")
    sizes: dict[str, Any] = {"vocab_size": len(tokenizer), "hidden_size": 4}
    RNNForCausalLM(RNNConfig(**sizes)).save_pretrained(home / "m")
    tokenizer.save_pretrained(home / "m")
    pair = RNNConfig(**sizes, is_encoder_decoder=True, decoder_start_token_id=tokenizer.bos_token_id)
    RNNForConditionalGeneration(pair).save_pretrained(home / "pair")
    return home


def test_every_auto_class_is_trusted_to_load(home: Path) -> None:
    code = f"""
import sys, transformers
for name in {[*auto.HEADS]}:
    folder = "pair" if "Seq2Seq" in name else "m"
    model = getattr(transformers, name).from_pretrained(folder, trust_remote_code=True)
    print(type(model).__module__.split(".")[0], type(model).__name__)
tokenizer = transformers.AutoTokenizer.from_pretrained("m", trust_remote_code=True)
print(type(tokenizer).__module__.split(".")[0], type(tokenizer).__name__, tokenizer.padding_side)
"""
    assert printed(code, home) == [*(f"seqkit {head}" for head in auto.HEADS.values()), "seqkit CharTokenizer left"]


def test_a_tokenizer_alone_is_trusted_to_load(home: Path) -> None:
    CharTokenizer.train(["abc"]).save_pretrained(home / "tokenizer")
    code = """
import transformers
print(type(transformers.AutoTokenizer.from_pretrained("tokenizer", trust_remote_code=True)).__module__)
"""
    assert printed(code, home) == ["seqkit.tokenizers.char"]


def test_without_trust_nothing_runs(home: Path) -> None:
    code = "import transformers, sys\ntry:\n    transformers.AutoModel.from_pretrained('m', trust_remote_code=False)\n"
    code += "except ValueError as error:\n    print('trust_remote_code=True' in str(error), 'seqkit' in sys.modules)"
    assert printed(code, home) == ["True False"]


def test_with_seqkit_imported_nobody_is_asked(home: Path) -> None:
    code = """
import seqkit, transformers
transformers.AutoModelForCausalLM.from_pretrained("m")
transformers.AutoTokenizer.from_pretrained("m")
transformers.pipeline("text-generation", model="m")
"""
    done = run(code, home)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "[y/N]" not in done.stdout + done.stderr


CHAIN = """
import transformers
{first}
for source, target in (("m", "{name}1"), ("{name}1", "{name}2")):
    model = transformers.AutoModelForCausalLM.from_pretrained(source{trust})
    tokenizer = transformers.AutoTokenizer.from_pretrained(source{trust})
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    transformers.AutoConfig.from_pretrained(source{trust}).save_pretrained(target + "config")
"""


@pytest.mark.parametrize(
    ("name", "first", "trust"),
    [
        ("trusted", "", ", trust_remote_code=True"),
        ("untrusted", "import seqkit", ""),
        ("refused", "import seqkit", ", trust_remote_code=False"),
    ],
)
def test_load_save_load_again(name: str, first: str, trust: str, home: Path) -> None:
    printed(CHAIN.format(name=name, first=first, trust=trust), home)
    for turn in ("1", "2"):
        folder = home / f"{name}{turn}"
        assert {path.name for path in folder.iterdir()} == FILES
        assert {path.name for path in (home / f"{name}{turn}config").iterdir()} == {
            "README.md",
            "config.json",
            "seqkit_shim.py",
        }
        for file in ("config.json", "seqkit_shim.py", "tokenizer.json"):
            assert (folder / file).read_text() == (home / "m" / file).read_text()
        # transformers adds how the folder was loaded.
        before, after = (json.loads((each / "tokenizer_config.json").read_text()) for each in (home / "m", folder))
        assert {name: after[name] for name in before} == before
        assert (folder / "model.safetensors").read_bytes() == (home / "m" / "model.safetensors").read_bytes()
    # What was resaved is trusted to load again where seqkit was not imported.
    code = (
        "import transformers as t; print(t.AutoModelForCausalLM.from_pretrained('NAME2', trust_remote_code=True).dtype)"
    )
    assert printed(code.replace("NAME", name), home) == ["torch.float32"]


def test_without_seqkit_the_message_says_what_to_install(home: Path, tmp_path: Path) -> None:
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "seqkit":
            raise ModuleNotFoundError("No module named 'seqkit'", name="seqkit")
sys.meta_path.insert(0, Absent())
import transformers
try:
    transformers.AutoModel.from_pretrained("m", trust_remote_code=True)
except ImportError as error:
    print("pip install seqkit" in str(error))
"""
    assert printed(code, home) == ["True"]


def test_names_are_those_of_seqkit() -> None:
    assert shim.RNNConfig is seqkit.RNNConfig
    assert shim.CharTokenizer is seqkit.CharTokenizer


@pytest.mark.parametrize("name", ["RNNForNothing", "_private", "__path__"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        getattr(shim, name)


def test_auto_map_is_never_null(home: Path) -> None:
    for file in ("config.json", "tokenizer_config.json"):
        assert json.loads((home / "m" / file).read_text())["auto_map"]
    assert "auto_map" not in RNNConfig(vocab_size=5, auto_map=None).to_dict()
