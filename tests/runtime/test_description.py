"""`export.json` is believed only after every field has been looked at."""

import json
from typing import Any

import pytest

from seqkit.errors import CheckpointError
from seqkit.runtime.description import Description

GOOD = Description(
    task="token-classification", cell="gru", int8=False, seqkit="0.1.0", inputs=["input_ids", "attention_mask"],
    state={"state.0.0": 4}, vocab_size=5, num_features=None, character_size=None, labels=["a", "b"], problem_type=None,
    calibration_temperature=1.0, label_thresholds=None, pad_token_id=0, bos_token_id=None, eos_token_ids=[],
    padding_side="right", tokenizer="word", spelling=None,
    files=dict.fromkeys(("model.onnx", "step.onnx", "state.npz", "tokenizer.json"), "0"),
)  # fmt: skip


def changed(**fields: Any) -> str:
    return json.dumps({**json.loads(GOOD.write()), **fields})


def test_what_is_written_is_read() -> None:
    assert Description.read(GOOD.write()) == GOOD


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"format": 1}, "format 1; this seqkit reads 2"),
        ({"import_path": "os:system"}, "the field 'import_path' is unknown"),
        ({"vocab_size": True}, "vocab_size is True"),
        ({"vocab_size": "5"}, "vocab_size is '5'"),
        ({"labels": ["a", 1]}, "labels is"),
        ({"state": {"state.0.0": -1}}, "widths of 1 or more"),
        ({"character_size": 4}, "the character_size 4, and the spelling None"),
        ({"character_size": 0, "spelling": {}}, "the character_size 0, and the spelling {}"),
        ({"task": "seq2seq"}, "task holds 'seq2seq'"),
        ({"padding_side": "top"}, "padding_side holds 'top'"),
        ({"tokenizer": "jamo"}, "tokenizer holds 'jamo'"),
        ({"files": {"../model.onnx": "0"}}, "files holds '../model.onnx'"),
        ({"files": {"model.onnx": "0"}}, "names the files"),
        ({"calibration_temperature": 0}, "calibration_temperature is 0"),
        ({"task": "causal-lm"}, "2 labels for the task causal-lm"),
        ({"labels": []}, "0 labels"),
        ({"label_thresholds": [0.5]}, "label_thresholds has 1"),
    ],
)
def test_damaged_fields_are_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(CheckpointError, match=said):
        Description.read(changed(**fields))


def test_other_texts_are_refused() -> None:
    for text, said in (("{", "not a valid JSON"), ("[]", "a list"), ('{"format": 2}', "'bos_token_id' is missing")):
        with pytest.raises(CheckpointError, match=said):
            Description.read(text)
