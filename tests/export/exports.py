"""Exported folders that many tests read and none writes to."""

from pathlib import Path
from typing import Any

import pytest
import torch

from seqkit.export import export_onnx
from tests.export.cases import classifier, tagger, writer


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Export a kind of model once: its model, tokenizer, folder, and what was said of it."""
    made: dict[tuple[str, bool], Any] = {}
    kinds = {"writer": writer, "classifier": classifier, "tagger": tagger}

    def export(kind: str, int8: bool = False) -> tuple[Any, Any, Path, Any]:
        if (kind, int8) not in made:
            torch.manual_seed(0)
            network, tokenizer = kinds[kind]()
            folder = tmp_path_factory.mktemp(kind) / "onnx"
            made[kind, int8] = network, tokenizer, folder, export_onnx(network, tokenizer, folder, int8=int8)
        return made[kind, int8]

    return export
