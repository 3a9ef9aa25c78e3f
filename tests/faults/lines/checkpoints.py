"""Altered safetensors files: refused with one CheckpointError that names the file, and the tensor where there is one.

Every case takes a whole file, alters it in one of the ways of `RAW` or `TENSORS`, and loads it. Half of the folders
have a checkpoint's manifest; there any change at all must be refused. Without one, a change that leaves the weights bit
for bit what they were (a blank in the header) may load, and so may flipped bits of weights that stay finite: nothing
in such a folder tells what they were.
"""

import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from seqkit import RNNConfig, RNNForCausalLM, RNNForConditionalGeneration, RNNForSequenceClassification
from seqkit.errors import CheckpointError
from seqkit.manifest import seal
from tests.faults.battery import Counts, Tally

FULL = 5_000
UNIT = "files"

FILE = "model.safetensors"
MODELS: dict[type, dict[str, Any]] = {
    RNNForCausalLM: {"cell": "gru", "vocab_size": 7, "hidden_size": 4, "tie_word_embeddings": True},
    RNNForSequenceClassification: {"vocab_size": 5, "hidden_size": 3, "bidirectional": True},
    RNNForConditionalGeneration: {
        "cell": "rnn",
        "vocab_size": 5,
        "hidden_size": 3,
        "is_encoder_decoder": True,
        "decoder_start_token_id": 0,
        "attention": "additive",
    },
}

WEIRD: list[Any] = [-1, 0, 2**31, 2**63, 2**64, 2**200, 1.5, "7", None, True, [], {}, [[1]], "../x", "\0"]
DTYPES = ("F64", "F32", "F16", "BF16", "I64", "I32", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "C64", "f32", "", "X" * 1000)


def split(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Take a file apart into its header and the bytes of its tensors."""
    size = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + size]), data[8 + size :]


def join(header: Any, body: bytes) -> bytes:
    """Put a file together."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def flip(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def names(header: dict[str, Any]) -> list[str]:
    return [name for name in header if name != "__metadata__"]


def flip_header(data: bytes, rng: random.Random) -> bytes:
    end = 8 + int.from_bytes(data[:8], "little")
    for _ in range(rng.randint(1, 4)):
        data = flip(data, rng.randrange(end), rng.randrange(8))
    return data


def flip_weight(data: bytes, rng: random.Random) -> bytes:
    begin = 8 + int.from_bytes(data[:8], "little")
    return flip(data, rng.randrange(begin, len(data)), rng.randrange(8))


def truncate(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def extend(data: bytes, rng: random.Random) -> bytes:
    return data + rng.randbytes(rng.randint(1, 64))


def bomb(data: bytes, rng: random.Random) -> bytes:
    """A header that says it is long, or is deep."""
    deep = rng.choice([100, 1_000, 100_000])
    texts = [b"[" * deep, b'{"a":' * deep, b"{}" + b" " * deep, b'{"__metadata__":' + b"[" * deep, b"\xff" * deep]
    lie = rng.choice([2**64 - 1, 2**63, 2**40, 100_000_001, len(data), 0, 1]).to_bytes(8, "little") + data[8:]
    return rng.choice([lie, join(rng.choice(texts), split(data)[1])])


def wrong_field(data: bytes, rng: random.Random) -> bytes:
    """A type, shape or place of a tensor that it does not have: overlaps, gaps, lies and nonsense."""
    header, body = split(data)
    name, key = rng.choice(names(header)), rng.choice(["dtype", "shape", "data_offsets"])
    other = header[rng.choice(names(header))]
    choices = {
        "dtype": [*DTYPES, *WEIRD],
        "shape": [[*header[name]["shape"], 1], header[name]["shape"][:-1], [rng.choice(WEIRD)], [2**32, 2**32], *WEIRD],
        "data_offsets": [other["data_offsets"], [0, len(body)], [8, 4], [0, 2**63], [rng.choice(WEIRD)] * 2, *WEIRD],
    }
    header[name] = {**header[name], key: rng.choice(choices[key])}
    return join(header, body)


def rename(data: bytes, rng: random.Random) -> bytes:
    header, body = split(data)
    name = rng.choice(names(header))
    wanted = rng.choice(
        ["", "x", "../../x", "/etc/passwd", "\0", name.upper(), name + ".", f"model.{name}", "a" * 9999]
    )
    return join({wanted if key == name else key: value for key, value in header.items()}, body)


def double(data: bytes, rng: random.Random) -> bytes:
    """A name that stands in the header twice."""
    header, body = split(data)
    name, other = rng.choice(names(header)), rng.choice(names(header))
    text = json.dumps(header)[:-1] + f", {json.dumps(name)}: {json.dumps(header[other])}}}"
    return join(text.encode(), body)


def metadata(data: bytes, rng: random.Random) -> bytes:
    header, body = split(data)
    notes = [{}, {"format": "np"}, {"format": "tf"}, {"format": "PT"}, {"format": 5}, {"format": None}, [], "pt", None]
    return join({**header, "__metadata__": rng.choice(notes)}, body)


RAW: dict[str, Callable[[bytes, random.Random], bytes]] = {
    each.__name__: each
    for each in (flip_header, flip_weight, truncate, extend, bomb, wrong_field, rename, double, metadata)
}
"""Alterations of bytes."""

Tensors = dict[str, Tensor]


def missing(tensors: Tensors, name: str, rng: random.Random) -> str:
    del tensors[name]
    return name.removeprefix("model.")


def extra(tensors: Tensors, name: str, rng: random.Random) -> str:
    more = rng.choice([f"{name}_", "model.layers.9.cells.0.weight", "lm_head.scale", "model.embed_tokens.bias", "x"])
    tensors[more] = torch.zeros(rng.choice([(), (1,), (0,), (3, 2)]))
    return more


def misshaped(tensors: Tensors, name: str, rng: random.Random) -> str:
    old = tensors[name]
    wide = old.new_zeros((*old.shape[:-1], old.shape[-1] + 1))
    tensors[name] = rng.choice([old[None], old[:0], wide, old.new_zeros(()), old.flatten()[1:]]).contiguous()
    return name


def mistyped(tensors: Tensors, name: str, rng: random.Random) -> str:
    kinds = [torch.int64, torch.int32, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.float8_e4m3fn]
    tensors[name] = tensors[name].to(rng.choice(kinds))
    return name


def infinite(tensors: Tensors, name: str, rng: random.Random) -> str:
    """One number that is none, or that is too large for the model's type."""
    bad = rng.choice([float("nan"), float("inf"), -float("inf"), 1e300])
    old = tensors[name].double() if bad == 1e300 else tensors[name]
    flat = old.flatten().clone()
    flat[rng.randrange(len(flat))] = bad
    tensors[name] = flat.view(old.shape)
    return name


TENSORS: dict[str, Callable[[Tensors, str, random.Random], str]] = {
    each.__name__: each for each in (missing, extra, misshaped, mistyped, infinite)
}
"""Alterations of tensors: the file is whole, and what is in it is wrong. Each returns the name that must be told."""


class Bench:
    """A model of each kind in a folder, with and without a manifest."""

    def __init__(self, root: Path) -> None:
        self.places: list[tuple[type, Path, bool]] = []
        torch.manual_seed(0)
        for number, (kind, fields) in enumerate(MODELS.items()):
            for sealed in (False, True):
                folder = root / f"{number}-{sealed}"
                kind(RNNConfig(**fields)).save_pretrained(folder)
                if sealed:
                    seal(folder, {"step": 1, "resumable": False, "training": {}})
                self.places.append((kind, folder, sealed))
        self.whole = {folder: (folder / FILE).read_bytes() for _, folder, _ in self.places}

    def outcome(self, how: str, rng: random.Random) -> str:
        """Alter a file and load it; return what came of it, which begins with `FAILED` if a promise was broken."""
        kind, folder, sealed = rng.choice(self.places)
        whole, told = self.whole[folder], ""
        if how in RAW:
            data = RAW[how](whole, rng)
        else:
            tensors = load(whole)
            told = TENSORS[how](tensors, rng.choice(sorted(tensors)), rng)
            data = save(tensors, rng.choice([{"format": "pt"}, None]))
        (folder / FILE).write_bytes(data)
        try:
            loaded = kind.from_pretrained(folder)
        except CheckpointError as error:
            named = FILE in str(error) and (sealed or told in str(error))
            return "refused" if named else f"FAILED: it does not name {FILE} and {told!r}: {error}"
        except Exception as error:
            return f"FAILED: {type(error).__name__}: {error}"
        if data == whole or same(loaded, whole):
            return "same weights" if not sealed or data == whole else "FAILED: loaded although the manifest differs"
        return "flipped, no manifest" if how == "flip_weight" and not sealed else "FAILED: loaded with other weights"


def same(model: Any, whole: bytes) -> bool:
    """Tell whether a model has the weights of a file, bit for bit."""
    found = model.state_dict()
    return all(name in found and torch.equal(found[name], tensor) for name, tensor in load(whole).items())


def run(count: int, seed: int = 0) -> Counts:
    """Alter so many files, each way in turn."""
    tally, ways = Tally(), [*RAW, *TENSORS]
    with tempfile.TemporaryDirectory() as root:
        bench = Bench(Path(root))
        for number in range(count):
            how = ways[number % len(ways)]
            outcome = bench.outcome(how, random.Random(f"{seed}/{number}"))
            if outcome.startswith("FAILED"):
                tally.wrong(f"file {number} (seed {seed}), {how}: {outcome[:300]}")
            else:
                tally.right(outcome)
    return {**tally.counts(), "ways": len(ways)}
