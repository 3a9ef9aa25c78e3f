"""`export_onnx`: a folder that holds all that answering needs, written whole or not at all."""

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import seqkit
from seqkit.errors import ExportError
from seqkit.export import parity
from seqkit.export.graph import GraphModule
from seqkit.export.int8 import round_weights
from seqkit.export.onnx import write_graph
from seqkit.export.ports import Port, ports, start, state_widths
from seqkit.export.projected import projected
from seqkit.export.readme import readme
from seqkit.export.refusals import characters_of, task_of, tokenizer_kind
from seqkit.files import move_folder, sync_tree
from seqkit.runtime.description import FILE, MODEL, START, STEP, TOKENIZER, Description
from seqkit.runtime.folder import sha256
from seqkit.runtime.graph import Graph
from seqkit.runtime.load import load
from seqkit.runtime.whole import new


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        folder: where it lies.
        differences: the greatest difference to torch in 32 bits, by the graph's file.
        megabytes: size of each file.
    """

    folder: Path
    differences: dict[str, float]
    megabytes: dict[str, float]


def export_onnx(model: Any, tokenizer: Any, folder: str | os.PathLike[str], *, int8: bool = False) -> Exported:
    """Export a model to ONNX.

    The folder holds `model.onnx`, which reads rows of any number and length with their mask, and for a model that
    carries a state `step.onnx`, which reads one token of each row; `seqkit.runtime.load` runs both. Each graph is
    compared with torch at other sizes than it was recorded with, ragged rows among them, and refused if it differs.

    Args:
        model: a language model, classifier or tagger as seqkit makes it, on the CPU in float32; it is put into
            evaluation mode.
        tokenizer: its tokenizer; None for a model that reads float vectors.
        folder: where to; it must not be there.
        int8: round the weights to 8 bits.

    Returns:
        What was written, and how near it is to torch.

    Raises:
        ExportError: if the model cannot be exported so that it stays right, the folder exists, or onnx is missing.
    """
    need_onnx()
    target = Path(folder)
    if target.exists():
        raise ExportError(f"{target} exists. Give a folder that is not there, or remove it first.")
    task, kind = task_of(model.eval()), tokenizer_kind(model, tokenizer)
    # A classifier decides of a whole text, and in both directions there is no state to carry on.
    stateful = task != "sequence-classification" and not model.config.bidirectional
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as temporary:
        part = Path(temporary) / target.name
        part.mkdir()
        differences = {
            name: _write_graph(model, part / name, name == STEP, stateful, int8)
            for name in ((MODEL, STEP) if stateful else (MODEL,))
        }
        if stateful:
            rows = {name: row.detach().numpy() for name, row in start(model).items()}
            np.savez(part / START, allow_pickle=False, **rows)
        if kind is not None:
            tokenizer.backend_tokenizer.save(str(part / TOKENIZER))
        _describe(part, describe(model, tokenizer, task, kind, stateful, int8))
        sync_tree(part)
        load(part)
        move_folder(part, target)
    sizes = {path.name: round(path.stat().st_size / 1e6, 3) for path in sorted(target.iterdir())}
    return Exported(target, differences, sizes)


def need_onnx() -> None:
    """Refuse where the extra is not installed.

    Raises:
        ExportError: telling what to install.
    """
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ExportError(f"exporting needs {error.name}: pip install 'seqkit[onnx]'") from error


def _write_graph(model: Any, path: Path, one_step: bool, stateful: bool, int8: bool) -> float:
    """Write one graph, hold it to torch and round it; returns the greatest difference before rounding."""
    given = ports(model, one_step, stateful)
    graph = GraphModule(model, given, one_step)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        write_graph(GraphModule(projected(model), given, True) if one_step else graph, given, path)
        difference = parity.check(graph, given, loaded(path, given))
    if int8:
        exact = path.with_suffix(".exact")
        path.rename(exact)
        round_weights(exact, path)
        exact.unlink()
    return difference


def loaded(path: Path, given: list[Port]) -> Graph:
    """Load a graph that was written."""
    names = [port.name for port in given]
    widths = {port.name: port.axes[-1] for port in given if isinstance(port.axes[-1], int)}
    outputs = ["logits", *(new(name) for name in names if name.startswith("state."))]
    return Graph(path.read_bytes(), path.name, names, outputs, widths, 1)


def describe(model: Any, tokenizer: Any, task: str, kind: str | None, stateful: bool, int8: bool) -> Description:
    """Say what an exported model is."""
    config = model.config
    spelling = None
    if characters_of(tokenizer) and config.character_vocab_size:
        speller = tokenizer.speller
        spelling = {"alphabet": speller.alphabet, "form": speller.form, "longest": speller.longest}
    # A language model stops where `generate()` does; elsewhere the mark is one that a tokenizer may put there.
    ends = model.generation_config.eos_token_id if task == "causal-lm" else getattr(tokenizer, "eos_token_id", None)
    return Description(
        task=task,
        cell=config.cell,
        int8=int8,
        seqkit=seqkit.__version__,
        inputs=[port.name for port in ports(model, False, False)],
        state=state_widths(model) if stateful else {},
        vocab_size=config.vocab_size,
        num_features=config.num_features,
        labels=[] if task == "causal-lm" else [config.id2label[i] for i in range(config.num_labels)],
        problem_type=config.problem_type,
        calibration_temperature=config.calibration_temperature,
        label_thresholds=config.label_thresholds,
        pad_token_id=None if kind is None else tokenizer.pad_token_id,
        bos_token_id=None if kind is None else tokenizer.bos_token_id,
        eos_token_ids=[ends] if isinstance(ends, int) else list(ends or []),
        padding_side="right" if kind is None else tokenizer.padding_side,
        tokenizer=kind,
        spelling=spelling,
    )


def _describe(part: Path, description: Description) -> None:
    """Write `export.json` with the sums of all files, and a README."""
    sums = {path.name: sha256(path.read_bytes()) for path in sorted(part.iterdir())}
    whole = replace(description, files=sums)
    (part / FILE).write_text(whole.write(), encoding="utf-8")
    (part / "README.md").write_text(readme(whole), encoding="utf-8")
