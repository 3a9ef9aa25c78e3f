"""`push_to_hub` of a model and of a tokenizer leaves a card that says what to install; somebody's own is left alone."""

from pathlib import Path

import pytest

from seqkit import folder
from tests import fresh
from tests.hub.cases import save
from tests.hub.standin import Hub, environment
from tests.hub.standin import hub as hub

LOAD = "import seqkit\nfrom transformers import AutoModelForSequenceClassification as Auto, AutoTokenizer\n"
MODEL = f"{LOAD}model = Auto.from_pretrained('days')\nmodel.push_to_hub"
TOKENIZER = f"{LOAD}tokenizer = AutoTokenizer.from_pretrained('days')\ntokenizer.push_to_hub"

WITHOUT = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "seqkit":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without())
"""
"""A Python in which seqkit is not installed."""


def push(code: str, home: Path, hub: Hub) -> str:
    fresh.printed(code, home, **environment(hub))
    return hub.files("me/days")["README.md"].decode()


def test_model_and_tokenizer_in_two_steps_have_one_card(hub: Hub, tmp_path: Path) -> None:
    save(tmp_path / "days")
    card = push(f"{MODEL}('me/days', private=True, tags=['mine'])", tmp_path, hub)
    assert hub.repositories["me/days"].private
    assert "- seqkit\n- mine\n" in card
    assert 'AutoModelForSequenceClassification.from_pretrained("me/days")' in card
    assert "AutoTokenizer" not in card
    card = push(f"{TOKENIZER}('me/days')", tmp_path, hub)
    for text in (
        "pip install seqkit\n",
        'Classification.from_pretrained("me/days")',
        'Tokenizer.from_pretrained("me/days")',
    ):
        assert text in card
    files = hub.files("me/days")
    assert files["seqkit_shim.py"].decode() == folder.SHIM_TEXT
    assert {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"} <= set(files)


@pytest.mark.slow
def test_saving_and_pushing_at_once_does_the_same(hub: Hub, tmp_path: Path) -> None:
    save(tmp_path / "days")
    code = f"{LOAD}Auto.from_pretrained('days').save_pretrained('out', push_to_hub=True, repo_id='me/days')\n"
    assert "pip install seqkit\n" in push(code, tmp_path, hub)
    code = f"{LOAD}seqkit.RNNConfig.from_pretrained('days').push_to_hub('me/days', revision='v1')"
    fresh.printed(code, tmp_path, **environment(hub))
    assert "pip install seqkit\n" in hub.files("me/days", "v1")["README.md"].decode()


@pytest.mark.slow
def test_a_card_in_the_repository_that_is_somebodys_own_stays(hub: Hub, tmp_path: Path) -> None:
    save(tmp_path / "days")
    hub.add("me/days", {"README.md": b"---\nlicense: mit\n---\n# My own card\n"})
    assert "# My own card" in push(f"{MODEL}('me/days')", tmp_path, hub)


@pytest.mark.slow
def test_whoever_has_no_seqkit_is_told_what_to_install(hub: Hub, tmp_path: Path) -> None:
    save(tmp_path / "days")
    push(f"{MODEL}('me/days')", tmp_path, hub)
    code = f"{WITHOUT}from transformers import AutoModel\nAutoModel.from_pretrained('me/days', trust_remote_code=True)"
    done = fresh.run(code, tmp_path, **environment(hub))
    assert done.returncode == 1
    assert "pip install seqkit" in done.stderr
