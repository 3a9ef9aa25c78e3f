"""`load` gives what answers."""

from typing import Any

import pytest

from seqkit.errors import DataError
from seqkit.runtime import Classifier, Tagger, Writer, load


def test_each_task_has_its_class(exports: Any) -> None:
    for kind, made in (("writer", Writer), ("classifier", Classifier), ("tagger", Tagger)):
        assert type(load(exports(kind)[2])) is made


def test_a_number_of_threads(exports: Any) -> None:
    folder = exports("classifier")[2]
    assert load(folder, threads=2).classify(["a good day"])[0]["label"] in ("good", "bad", "neither")
    with pytest.raises(DataError, match="threads is 0"):
        load(folder, threads=0)
