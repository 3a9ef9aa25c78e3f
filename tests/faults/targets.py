"""What is fuzzed: each reader of files that may come from anybody; anything but its own error is a find."""

import contextlib
import json
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from tokenizers import Tokenizer

from seqkit.config import RNNConfig
from seqkit.errors import CheckpointError, ConfigError, StateError, TokenizerError
from seqkit.manifest import MANIFEST, read, seal
from seqkit.models import RNNCache, RNNForCausalLM
from seqkit.models.loading import Checker, check_header, check_index, read_tensors
from seqkit.reading import parse_object
from seqkit.runtime.description import Description
from seqkit.tokenizers import hostile
from seqkit.tokenizers.char import CharTokenizer
from seqkit.tokenizers.cuts import CHARACTERS


@cache
def folder() -> Path:
    """A folder of this process's own."""
    return Path(tempfile.mkdtemp(prefix="seqkit-fuzz-"))


@cache
def model() -> RNNForCausalLM:
    torch.manual_seed(0)
    return RNNForCausalLM(RNNConfig(cell="gru", vocab_size=5, hidden_size=2, tie_word_embeddings=True)).eval()


def written(name: str, data: bytes) -> Path:
    path = folder() / name
    path.write_bytes(data)
    return path


def config(data: bytes) -> None:
    """`config.json`: a configuration, or a ConfigError; plugins are looked up by their names."""
    with contextlib.suppress(ConfigError):
        RNNConfig.from_json_file(written("config.json", data)).to_json_string()


def checkpoint(data: bytes) -> None:
    """A safetensors file, against a model."""
    path = written("model.safetensors", data)
    try:
        check_header(path)
        Checker(model(), resize_head=False).check(read_tensors([str(path)]))
    except CheckpointError:
        pass


def index(data: bytes) -> None:
    """The index of a checkpoint of many files."""
    with contextlib.suppress(CheckpointError):
        check_index(written("model.safetensors.index.json", data))


def manifest(data: bytes) -> None:
    """The manifest of a checkpoint."""
    written(MANIFEST, data)
    with contextlib.suppress(CheckpointError):
        read(folder())


def tokenizer(data: bytes) -> None:
    """`tokenizer.json`: what passes must be loaded by the library, or refused without a panic, and encode at once."""
    try:
        hostile.check(parse_object(data, "tokenizer.json", TokenizerError), [CHARACTERS], "tokenizer.json")
    except TokenizerError:
        return
    try:
        made = Tokenizer.from_str(data.decode())
        made.encode("the cat sat 한")
    except Exception:  # the library raises plain Exceptions; a panic is none
        return


def description(data: bytes) -> None:
    """`export.json` of an exported model."""
    with contextlib.suppress(CheckpointError):
        Description.read(data.decode("utf-8", "replace"))


def state(data: bytes) -> None:
    """A saved recurrent state."""
    with contextlib.suppress(StateError):
        RNNCache.load(written("state.safetensors", data))


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (config, checkpoint, index, manifest, tokenizer, description, state)
}

DESCRIPTION = {
    "task": "causal-lm",
    "cell": "gru",
    "int8": False,
    "seqkit": "0.1.0",
    "inputs": ["input_ids"],
    "state": {"0.0": 2},
    "vocab_size": 5,
    "num_features": None,
    "character_size": None,
    "labels": [],
    "problem_type": None,
    "calibration_temperature": 1.0,
    "label_thresholds": None,
    "pad_token_id": 0,
    "bos_token_id": 2,
    "eos_token_ids": [3],
    "padding_side": "right",
    "tokenizer": "char",
    "spelling": None,
    "format": 2,
    "files": dict.fromkeys(("model.onnx", "step.onnx", "tokenizer.json", "state.npz"), "00"),
}


def seeds(name: str) -> list[bytes]:
    """Return whole files to begin with."""
    place = Path(tempfile.mkdtemp(prefix="seqkit-seeds-"))
    network = model()
    network.save_pretrained(place)
    if name == "tokenizer":
        return [
            CharTokenizer.train("ab", **options).backend_tokenizer.to_str().encode() for options in ({}, {"nfc": 1})
        ]
    if name == "state":
        network(torch.tensor([[1, 2]])).past_key_values.save(place / "state")
        return [(place / "state").read_bytes()]
    if name == "manifest":
        seal(place, {"step": 1, "resumable": True, "training": {}})
    shards = {"metadata": {"total_size": 8}, "weight_map": {"model.layers.0.x": "model.safetensors"}}
    files = {"config": "config.json", "checkpoint": "model.safetensors", "manifest": MANIFEST}
    made = {"index": shards, "description": DESCRIPTION}
    return [json.dumps(made[name]).encode()] if name in made else [(place / files[name]).read_bytes()]
