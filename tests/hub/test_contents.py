"""What is shared is named; pickles, code and a training's leavings are not."""

from pathlib import Path

import pytest

from seqkit.hub.contents import PICKLES, is_pulled, is_shared, shared_files
from tests.hub.cases import save

CODE = ("pytorch_model.bin", "model.pt", "a.pkl", "modeling_evil.py", "setup.sh", "data.pickle", "model.ckpt")


@pytest.mark.parametrize("name", CODE)
def test_what_can_run_code_is_neither_sent_nor_fetched(name: str) -> None:
    assert not is_shared(name)
    assert not is_pulled(name)


CUT_OFF = (".incomplete/checkpoint-5/model.safetensors", ".saving.x/days/config.json")


@pytest.mark.parametrize("name", ["checkpoint-5/model.safetensors", "runs/1/a.json", ".cache/a.json", *CUT_OFF])
def test_what_a_training_leaves_stays(name: str) -> None:
    assert not is_shared(name)
    assert not is_pulled(name)


def test_our_shim_is_sent_and_nobodys_is_fetched() -> None:
    assert is_shared("seqkit_shim.py")
    assert not is_pulled("seqkit_shim.py")


def test_all_that_a_model_is_goes_along(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    (folder / "target_tokenizer").mkdir()
    for name in ("target_tokenizer/tokenizer.json", "optimizer.pt", "model-00001-of-00002.safetensors"):
        (folder / name).write_text("")
    names = set(shared_files(folder))
    assert {"config.json", "model.safetensors", "tokenizer.json", "card.json", "README.md", "seqkit_shim.py"} <= names
    assert {"target_tokenizer/tokenizer.json", "model-00001-of-00002.safetensors"} <= names
    assert not {name for name in names if name.endswith(PICKLES)}
