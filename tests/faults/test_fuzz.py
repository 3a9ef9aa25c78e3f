"""The corpus of the fuzzer, gone through again: what reached new code, or broke something, is still answered."""

import importlib.util

import pytest

from tests.faults.lines import fuzz
from tests.faults.targets import TARGETS, seeds


def test_every_target_is_fuzzed() -> None:
    assert set(fuzz.NAMES) == set(TARGETS)


@pytest.mark.parametrize("name", fuzz.NAMES)
def test_the_corpus_is_answered(name: str) -> None:
    inputs = [*seeds(name), *fuzz.entries(name)]
    assert len(inputs) > len(seeds(name)), "the corpus is lost"
    for data in inputs:
        TARGETS[name](data)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed: seqkit[fuzz]")
def test_the_fuzzer_runs() -> None:
    kept = {path: path.read_bytes() for path in fuzz.CORPUS.iterdir()}
    counts = fuzz.run(7)
    for path, data in kept.items():
        path.write_bytes(data)
    assert counts["failures"] == []
    assert all(result["runs"] > 10 for result in counts["targets"].values())
