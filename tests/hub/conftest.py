"""The stand-in for the hub, and this process's client led to it."""

from pathlib import Path

import pytest
from huggingface_hub import constants

from tests.hub.standin import TOKEN, Hub
from tests.hub.standin import hub as hub


@pytest.fixture
def online(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub that this process's client talks to, in a folder and with a cache of the test's own.

    `huggingface_hub` reads the variables once, when it is imported; the tests that are marked slow set them for fresh
    processes, as a user does.
    """
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    return hub
