from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from seqkit.errors import StateError
from seqkit.models import RNNCache
from seqkit.models.state_file import FORMAT, read_tensors, write_tensors

T = torch.zeros(2, 3)
GOOD = {"format": FORMAT, "tokens": "3"}


@pytest.mark.parametrize(
    ("content", "metadata", "words"),
    [
        ({"0.0": T}, None, "format None"),
        ({"0.0": T}, {"format": "pt"}, "format 'pt'"),
        ({"0.0": T}, {"format": "seqkit-state-1", "tokens": "3"}, "in the format 'seqkit-state-1'; this seqkit reads"),
        ({"0.0": T}, {"format": FORMAT}, "no state"),
        ({"0.0": T}, {"format": FORMAT, "tokens": "-3"}, "no state"),
        ({"0.0": T}, {"format": FORMAT, "tokens": "²"}, "no state"),
        ({"0.0": T}, {"format": FORMAT, "tokens": "9" * 5000}, "no state"),
        ({"0.0": T * torch.nan}, GOOD, "not finite"),
        ({"0.0": torch.tensor(1.0)}, GOOD, "no batch axis"),
        ({"1.0": T}, GOOD, "not the parts"),
        ({"0.0": T, "0.2": T}, GOOD, "not the parts"),
        ({"0.0": T, "0.²": T}, GOOD, "not the parts"),
        ({"0.0": T, "weight": T}, GOOD, "not the parts"),
        ({"0.0": T, "1.0": torch.zeros(3, 3)}, GOOD, "not the parts"),
        ({"output": T}, GOOD, "not the parts"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_state_is_refused(content: dict, metadata: dict | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    save_file({name: tensor.clone() for name, tensor in content.items()}, path, metadata)
    with pytest.raises(StateError, match=words):
        RNNCache.load(path)


def test_what_is_no_safetensors_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with pytest.raises(StateError, match="cannot read"):
        RNNCache.load(path)
    torch.save({"0.0": T}, path)
    with pytest.raises(StateError, match="cannot read"):
        RNNCache.load(path)
    write_tensors(path, {"0.0": T}, 3, "gru")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StateError, match="cannot read"):
        RNNCache.load(path)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    parts = {"0.0": torch.randn(2, 3), "0.1": torch.randn(3, 2).t()}
    write_tensors(tmp_path / "state", parts, 7, "lstm")
    found, tokens, cell = read_tensors(tmp_path / "state")
    assert (tokens, cell) == (7, "lstm")
    assert all(torch.equal(found[name], parts[name]) for name in parts)
