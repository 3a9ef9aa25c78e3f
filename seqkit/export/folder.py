"""`export_onnx`: a folder that holds all that answering needs, written whole or not at all."""

import os
import tempfile
from collections.abc import Sequence
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
from seqkit.export.words import Chained, CharacterGraph, WordsRead, given_vectors, word_ports
from seqkit.files import move_folder, sync_tree
from seqkit.runtime.description import FILE, MODEL, START, STEP, TOKENIZER, WORDS, Description
from seqkit.runtime.folder import sha256
from seqkit.runtime.graph import Graph
from seqkit.runtime.load import load
from seqkit.runtime.words import Words
from seqkit.words import character_size


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
    carries a state `step.onnx`, which reads one token of each row; for one that reads the characters of words,
    `words.onnx` gives both what they say. `seqkit.runtime.load` runs all of them. Each graph is
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
        differences = _write_graphs(model, part, (MODEL, STEP) if stateful else (MODEL,), stateful)
        if int8:
            for name in (WORDS, MODEL, STEP):
                _round(part / name)
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


def _write_graphs(model: Any, part: Path, names: Sequence[str], stateful: bool) -> dict[str, float]:
    """Write graphs and hold each to torch; returns the greatest differences by name."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        words = _write_words(model, part / WORDS) if model.config.character_vocab_size else None
        return {name: _write_graph(model, part / name, name == STEP, stateful, words) for name in names}


def _write_words(model: Any, path: Path) -> Words:
    """Write the graph that reads words; it is held to torch together with the one that is given what they say."""
    graph, given = CharacterGraph(model), word_ports(model)
    write_graph(graph, given, path)
    return Words(loaded(path, graph, given), character_size(model.config))


def _write_graph(model: Any, path: Path, one_step: bool, stateful: bool, words: Words | None) -> float:
    """Write one graph and hold it to torch; returns the greatest difference."""
    given = ports(model, one_step, stateful)
    taken = given if words is None else given_vectors(given, model)
    whole = model if words is None else WordsRead(model)
    written = GraphModule(projected(model) if one_step and words is None else whole, taken, one_step)
    write_graph(written, taken, path)
    exported = loaded(path, written, taken)
    runs = exported if words is None else Chained(words, exported)
    return parity.check(GraphModule(model, given, one_step), given, runs)


def _round(path: Path) -> None:
    """Round the weights of a graph, if it was written."""
    if path.exists():
        exact = path.with_suffix(".exact")
        path.rename(exact)
        round_weights(exact, path)
        exact.unlink()


def loaded(path: Path, graph: Any, given: list[Port]) -> Graph:
    """Load a graph that was written."""
    widths = {port.name: port.axes[-1] for port in given if isinstance(port.axes[-1], int)}
    return Graph(path.read_bytes(), path.name, [port.name for port in given], list(graph.outputs), widths, 1)


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
        inputs=[port.name for port in given_vectors(ports(model, False, False), model)],
        state=state_widths(model) if stateful else {},
        vocab_size=config.vocab_size,
        num_features=config.num_features,
        character_size=character_size(config) or None,
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
