"""Every benchmark runs at its smallest size and writes what its page promises; no figure is judged here."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ORIGIN = {"machine", "date", "seed"}
FIELDS = {
    "training": {"ratio", "tokens_per_second", "hidden_size", "batch", "length"},
    "generation": {"rows", "int8_loss", "left_out", "new_tokens", "rounds", "minutes", "quick"},
    "cells": {"cells", "data", "sha256", "steps", "rounds", "quick"},
    "crf": {"heads", "runs", "data", "sha256", "epochs", "rounds", "quick"},
    "memory": {"tokens", "growth_megabytes", "growth_allowed", "time_end_over_start", "time_allowed", "quick"},
    "predict": {"runs", "quick"},
    "peers": {"models", "lengths", "rounds", "minutes", "quick"},
    "softmax": {"vocabularies", "hidden_size", "batch", "length", "rounds", "quick"},
    "data": {"megabytes_per_second", "training", "waiting_allowed", "characters", "steps", "rounds", "quick"},
    "export": {"writing", "loss", "labelling", "new_tokens", "rounds", "quick"},
    "plugins": {"plugins", "seconds", "processor_seconds", "allowed", "rounds", "quick"},
}

pytestmark = pytest.mark.slow


Results = Callable[[str], tuple[Path, dict[str, Any]]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Run a benchmark as its reader does, once; give the folder that it wrote and its figures."""

    @cache
    def run(name: str) -> tuple[Path, dict[str, Any]]:
        folder = tmp_path_factory.mktemp(name)
        command = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), "--quick", "--rounds", "1"]
        command += ["--output", str(folder)]
        environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
        assert done.returncode == 0, done.stderr
        return folder, json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))

    return run


@pytest.mark.parametrize("name", FIELDS)
def test_a_result_has_its_fields_and_says_where_it_comes_from(name: str, results: Results) -> None:
    _, result = results(name)
    assert ORIGIN | FIELDS[name] <= result.keys()


def test_generation_writes_the_tokens_of_the_stock_loop_and_of_the_wrapper(results: Results) -> None:
    _, result = results("generation")
    equal = {(row["case"], row["against"]): row["tokens_equal"] for row in result["rows"]}
    exact = {case: same for case, same in equal.items() if case[1] in ("stock loop", "wrapper", "bare nn.LSTM loop")}
    assert len(exact) == 16
    assert all(exact.values()), exact


def test_generation_leaves_nothing_out_without_a_reason(results: Results) -> None:
    _, result = results("generation")
    held = {row["against"] for row in result["rows"]} | {row["of"] for row in result["rows"]}
    missing = {"plain C", "seqkit, int8", "two threads"} - held
    assert missing == {what.rsplit(", ", 1)[0] for what in result["left_out"] if what != "loss, int8"}
    assert all(result["left_out"].values())


def test_memory_counts_every_token(results: Results) -> None:
    _, result = results("memory")
    assert result["tokens"] == 501  # the one that was fed, and 50 chunks of 10


def test_peers_draws_every_model_at_every_length(results: Results) -> None:
    folder, result = results("peers")
    table = (folder / "peers.md").read_text(encoding="utf-8")
    assert (folder / "peers.png").read_bytes().startswith(b"\x89PNG")
    assert list(result["models"]) == ["seqkit LSTM", "GPT-2", "Llama", "Mamba", "RWKV"]
    for name, row in result["models"].items():
        assert f"| {name} | {row['parameters']:,} |" in table
        assert all(row["tokens_per_second"][str(length)] > 0 for length in result["lengths"])
        assert row["reached"] == max(result["lengths"])


def test_exported_graphs_write_the_tokens_of_torch(results: Results) -> None:
    folder, result = results("export")
    assert all(row["tokens_equal"] for row in result["writing"])
    assert "LSTM, 16 units" in (folder / "export.md").read_text(encoding="utf-8")


def test_without_a_gpu_its_benchmark_says_so() -> None:
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, str(ROOT / "benchmarks" / "gpu.py")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
    assert done.returncode == 1
    assert "needs a GPU" in done.stderr
