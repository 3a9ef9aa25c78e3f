"""The plain C loop of plain.c over a model's weights, compiled when it is asked for."""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from seqkit import RNNForCausalLM

FLAGS = ("-O3", "-march=native", "-ffast-math", "-shared", "-fPIC")


class NoCompiler(Exception):
    """There is no C compiler, or it refuses; says why."""


def compiled(folder: Path) -> ctypes.CDLL:
    """Compile plain.c into a folder and load it."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoCompiler("no C compiler named cc")
    library = folder / "plain.so"
    source = Path(__file__).with_name("plain.c")
    done = subprocess.run(
        [compiler, *FLAGS, str(source), "-o", str(library), "-lm"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoCompiler(f"cc failed: {done.stderr.strip().splitlines()[-1] if done.stderr else done.returncode}")
    return ctypes.CDLL(str(library))


def writer(model: RNNForCausalLM, folder: Path) -> Callable[[Tensor, int], Tensor]:
    """Return a function that continues a prompt (1, T) greedily by so many tokens.

    Args:
        model: a language model of one LSTM layer.
        folder: where the compiled loop is put.

    Raises:
        NoCompiler: if it cannot be compiled here.
    """
    library = compiled(folder)
    lstm = model.model.to_torch()
    with torch.no_grad():
        table = model.get_input_embeddings().weight @ lstm.weight_ih_l0.T + lstm.bias_ih_l0 + lstm.bias_hh_l0
        weights = [
            w.detach().contiguous() for w in (table, lstm.weight_hh_l0, model.lm_head.weight, model.lm_head.bias)
        ]

    def write(prompt: Tensor, new: int) -> Tensor:
        ids = torch.cat([prompt[0], prompt.new_zeros(new)])
        addresses = [ctypes.c_void_p(w.data_ptr()) for w in weights]
        sizes = len(table), lstm.hidden_size
        if library.write_greedily(*addresses, *sizes, ctypes.c_void_p(ids.data_ptr()), prompt.shape[1], len(ids)):
            raise MemoryError("the C loop got no memory")
        return ids[None]

    return write
