"""Folders that try to have code run or files from elsewhere opened, through every door by which a folder comes in.

A trap is a folder of a small language model made hostile. Its code and its pickles would make a marker, a folder; a
door is a class, an Auto class, a pipeline, a command or the runtime. Whatever a door says, and whether it loads what is
harmless in the folder or not: the marker is not there, no pickle and nothing outside was opened by Python, nobody was
asked on the terminal, and weights from outside were not taken.
"""

import contextlib
import io
import json
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import torch
import transformers
from safetensors.torch import load_file, save_file

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM, RNNModel, runtime
from seqkit.cli import app
from seqkit.export.folder import export_onnx
from tests.faults.battery import Counts, Tally
from tests.faults.lines.configs import Asked, asked

UNIT = "folders through doors"

CODE = "import os\nos.mkdir({marker!r})\nclass Evil:\n    pass\nRNNConfig = RNNForCausalLM = CharTokenizer = Evil\n"
AUTO = ("AutoConfig", "AutoModel", "AutoModelForCausalLM", "AutoModelForMaskedLM", "AutoTokenizer")
AUTO_MAP = dict.fromkeys(AUTO, "evil.Evil")


class Bomb:
    """Makes a folder where it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        import os

        return os.mkdir, (str(self.marker),)


class Place:
    """A hostile folder, the marker that must not appear, and what lies outside."""

    def __init__(self, root: Path, whole: Path) -> None:
        self.folder, self.marker, self.outside = root / "model", root / "marker", root / "outside"
        for path in (self.folder, self.outside):
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(whole, path)
        weights = load_file(self.outside / "model.safetensors")
        taken = {name: torch.full_like(tensor, 0.625) for name, tensor in weights.items()}
        save_file(taken, self.outside / "model.safetensors", {"format": "pt"})

    def pickle(self, *names: str) -> None:
        for name in names:
            (self.folder / name).write_bytes(pickle.dumps(Bomb(self.marker)))

    def code(self, *names: str) -> None:
        for name in names:
            (self.folder / name).write_text(CODE.format(marker=str(self.marker)))

    def edit(self, name: str, **fields: Any) -> None:
        path = self.folder / name
        path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))

    def drop(self, *names: str) -> None:
        for name in names:
            (self.folder / name).unlink()

    def link(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        (self.folder / name).symlink_to(self.outside / name)

    def index(self, shard: str, name: str = "model.safetensors.index.json") -> None:
        names = load_file(self.outside / "model.safetensors")
        self.drop("model.safetensors")
        (self.folder / name).write_text(json.dumps({"metadata": {}, "weight_map": dict.fromkeys(names, shard)}))


def pickles_alone(place: Place) -> None:
    place.drop("model.safetensors")
    place.pickle("pytorch_model.bin", "model.pt", "model.pth", "model.pkl")


def pickles_beside(place: Place) -> None:
    place.pickle("pytorch_model.bin", "training_args.bin", "optimizer.pt", "adapter_model.bin", "rng_state.pth")


def adapter(place: Place) -> None:
    place.pickle("adapter_model.bin")
    made = {"peft_type": "LORA", "base_model_name_or_path": str(place.folder), "r": 1, "target_modules": ["lm_head"]}
    (place.folder / "adapter_config.json").write_text(json.dumps(made))


def shard_pickles(place: Place) -> None:
    place.pickle("shard.bin")
    place.index("shard.bin", "pytorch_model.bin.index.json")


def shard_pickle_as_safetensors(place: Place) -> None:
    place.pickle("shard.safetensors")
    place.index("shard.safetensors")


def auto_map(place: Place) -> None:
    place.code("evil.py")
    place.edit("config.json", auto_map=AUTO_MAP)
    place.edit("tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Evil", "evil.Evil"]})


def auto_map_of_unknown_tokenizer(place: Place) -> None:
    auto_map(place)
    place.edit("tokenizer_config.json", tokenizer_class="EvilTokenizer")


def changed_shim(place: Place) -> None:
    place.code("seqkit_shim.py", "seqkit.py", "generate.py", "modeling_evil.py", "tokenizer.py")


def named_cell(name: str) -> Callable[[Place], None]:
    def trap(place: Place) -> None:
        place.code("evil.py")
        place.edit("config.json", cell=name, provenance={"cell": {"name": name, "distribution": "../evil"}})

    return trap


def named_head(place: Place) -> None:
    place.code("evil.py")
    place.edit("config.json", architectures=["evil.Evil", "evil:Evil", "os.system"])


def named_kernel(place: Place) -> None:
    place.edit("config.json", attn_implementation="evil/kernel", experts_implementation="evil/kernel")


def named_generation(place: Place) -> None:
    place.code("generate.py")
    (place.folder / "custom_generate").mkdir()
    shutil.copy(place.folder / "generate.py", place.folder / "custom_generate")
    place.edit("generation_config.json", custom_generate=str(place.folder), cache_implementation="evil/kernel")


def template(place: Place) -> None:
    text = f"{{{{ cycler.__init__.__globals__.os.mkdir({str(place.marker)!r}) }}}}"
    (place.folder / "chat_template.jinja").write_text(text)
    place.edit("tokenizer_config.json", chat_template=text)


def onnx_outside(place: Place) -> None:
    """A graph whose weights lie in a file outside."""
    import onnx

    from seqkit.runtime.folder import sha256

    graph = onnx.load(str(place.folder / "onnx" / "model.onnx"))
    for tensor in graph.graph.initializer:
        onnx.external_data_helper.set_external_data(tensor, location=str(place.outside / "model.safetensors"))
        tensor.ClearField("raw_data")
    data = graph.SerializeToString()
    (place.folder / "onnx" / "model.onnx").write_bytes(data)
    made = json.loads((place.folder / "onnx" / "export.json").read_text())
    place.edit("onnx/export.json", files={**made["files"], "model.onnx": sha256(data)})


def state_pickle(place: Place) -> None:
    """A first state that is a pickle."""
    from seqkit.runtime.folder import sha256

    place.pickle("onnx/state.npz")
    data = (place.folder / "onnx" / "state.npz").read_bytes()
    made = json.loads((place.folder / "onnx" / "export.json").read_text())
    place.edit("onnx/export.json", files={**made["files"], "state.npz": sha256(data)})


def links(place: Place) -> None:
    for name in ("model.safetensors", "tokenizer.json", "onnx/model.onnx"):
        place.link(name)


TRAPS: dict[str, Callable[[Place], None]] = {
    **{
        trap.__name__: trap
        for trap in (pickles_alone, pickles_beside, adapter, shard_pickles, shard_pickle_as_safetensors, auto_map)
    },
    **{
        trap.__name__: trap
        for trap in (auto_map_of_unknown_tokenizer, changed_shim, named_head, named_kernel, named_generation, template)
    },
    **{f"cell {name}": named_cell(name) for name in ("evil:Evil", "evil.Evil", "../evil", "os.system", "evil/evil")},
    "shard outside": lambda place: place.index("../outside/model.safetensors"),
    "shard by its path": lambda place: place.index(str(place.outside / "model.safetensors")),
    "link to weights": lambda place: place.link("model.safetensors"),
    "link to a configuration": lambda place: place.link("config.json"),
    "link to a tokenizer": lambda place: place.link("tokenizer.json"),
    **{trap.__name__: trap for trap in (links, onnx_outside, state_pickle)},
}


def command(*words: str) -> Callable[[Place], Any]:
    """A door that is a command; FOLDER and TEXTS are put in."""

    def door(place: Place) -> Any:
        texts = place.folder.parent / "texts.txt"
        texts.write_text("abc abc\nabc\n" * 9)
        known = {"FOLDER": str(place.folder), "TEXTS": str(texts), "NEW": str(place.folder.parent / "new")}
        shutil.rmtree(known["NEW"], ignore_errors=True)
        app([known.get(word, word) for word in words], standalone_mode=False)

    return door


def through(loader: Any) -> Callable[[Place], Any]:
    return lambda place: loader.from_pretrained(place.folder)


DOORS: dict[str, Callable[[Place], Any]] = {
    **{kind.__name__: through(kind) for kind in (RNNForCausalLM, RNNModel, RNNConfig, CharTokenizer)},
    **{
        kind.__name__: through(kind)
        for kind in (
            *(transformers.AutoConfig, transformers.AutoModel, transformers.AutoModelForCausalLM),
            *(transformers.AutoModelForMaskedLM, transformers.AutoTokenizer),
        )
    },
    "pipeline": lambda place: transformers.pipeline("text-generation", str(place.folder))("a", max_new_tokens=2),
    "seqkit info": command("info", "FOLDER"),
    "seqkit generate": command("generate", "FOLDER", "a", "--max-new-tokens", "2"),
    "seqkit predict": command("predict", "FOLDER", "a"),
    "seqkit evaluate": command("evaluate", "FOLDER", "--data", "TEXTS"),
    "seqkit export": command("export", "FOLDER", "--output", "NEW"),
    "seqkit demo": command("demo", "FOLDER", "--space", "NEW"),
    "seqkit card": command("card", "FOLDER"),
    "seqkit push": command("push", "FOLDER", "somebody/something", "--dry-run"),
    "runtime": lambda place: runtime.load(place.folder / "onnx").generate("a", max_new_tokens=2),
}

FULL = len(TRAPS) * len(DOORS)
STRIDE = 37
"""From a pair to the next, so that a short run has something of everything; it divides no number of pairs."""

BEFORE_US = {*AUTO, "pipeline"}
"""Doors of transformers, which reads config.json itself to learn whose it is."""


class Opened:
    """Notes which files Python opens while it is used; a hook cannot be taken away, so there is one for all."""

    def __init__(self) -> None:
        self.paths: list[str] | None = None
        sys.addaudithook(self.note)

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and self.paths is not None and isinstance(arguments[0], str):
            self.paths.append(arguments[0])


OPENED = Opened()


def wrong(place: Place, door: str) -> str:
    """Go through a door; return what is wrong with what happened, nothing if all is well."""
    OPENED.paths, loaded, said = [], None, ""
    hidden = io.StringIO()
    try:
        with (
            mock.patch("builtins.input", asked),
            contextlib.redirect_stdout(hidden),
            contextlib.redirect_stderr(hidden),
        ):
            loaded = DOORS[door](place)
    except Asked:
        return "a question on the terminal"
    except (Exception, SystemExit) as error:
        said = str(error)
    paths, OPENED.paths = OPENED.paths, None
    if place.marker.exists():
        return "the code ran"
    outside, pickled = str(place.outside.resolve()), (".bin", ".pt", ".pth", ".pkl")
    for path in paths:
        allowed = door in BEFORE_US and path.endswith("config.json")
        if path.startswith(str(place.folder)) and path.endswith(pickled):
            return f"{path} was opened"
        if str(Path(path).resolve()).startswith(outside) and not allowed:
            return f"{path} was opened, which leads outside"
    if isinstance(loaded, torch.nn.Module) and any((tensor == 0.625).all() for tensor in loaded.state_dict().values()):
        return f"weights from outside were taken {said}"
    return ""


def make_whole(folder: Path) -> None:
    """Save a language model with its tokenizer, and beside it its export."""
    torch.manual_seed(0)
    tokenizer = CharTokenizer.train("abc ")
    model = RNNForCausalLM(RNNConfig(cell="gru", vocab_size=len(tokenizer), hidden_size=4)).eval()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    export_onnx(model, tokenizer, folder / "onnx")


def run(count: int, seed: int = 0) -> Counts:
    """Lay so many traps at doors, which begin at the seed's; no pair is tried twice."""
    tally, pairs = Tally(), [(trap, door) for trap in TRAPS for door in DOORS]
    with tempfile.TemporaryDirectory() as root:
        whole = Path(root, "whole")
        make_whole(whole)
        for number in range(min(count, len(pairs))):
            trap, door = pairs[(seed + number * STRIDE) % len(pairs)]
            place = Place(Path(root), whole)
            TRAPS[trap](place)
            fault = wrong(place, door)
            if fault:
                tally.wrong(f"{trap} through {door}: {fault}")
                shutil.rmtree(place.marker, ignore_errors=True)
            else:
                tally.right("kept out")
    return {**tally.counts(), "traps": len(TRAPS), "doors": len(DOORS)}
