"""Graphs and tokenizer of a folder."""

from typing import Any

import numpy as np

from seqkit.runtime.folder import Folder
from seqkit.runtime.whole import encoder_of, new, step_graph, whole_graph


def test_one_step_after_the_other_is_the_whole(exports: Any) -> None:
    folder = Folder.read(exports("writer")[2])
    whole, step, start = whole_graph(folder, 1), step_graph(folder, 1), folder.start()
    ids = encoder_of(folder).rows(["나리 나리"])[0].ids
    all_at_once = whole({"input_ids": np.array([ids]), "attention_mask": np.ones((1, len(ids)), np.int64), **start})
    state = start
    for place, token in enumerate(ids):
        found = step({"input_ids": np.array([token]), **state})
        state = {name: found[new(name)] for name in start}
        np.testing.assert_allclose(found["logits"], all_at_once["logits"][:, place], atol=1e-5)
    for name in start:
        np.testing.assert_allclose(state[name], all_at_once[new(name)], atol=1e-5)
