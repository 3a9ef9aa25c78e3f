"""What `push_to_hub` of a model, a tokenizer and a configuration adds: a card that says what to install."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from seqkit import folder

HALVES = ("config.json", "tokenizer_config.json")
"""What a card is written from; a model brings one of them, its tokenizer the other."""


class Pushed:
    """Mixed in before transformers' own classes, whose card says nothing of seqkit.

    transformers writes that card over the folder's own just before it uploads; here it is put right again. A card that
    somebody has written into the repository is left alone.
    """

    def _upload_modified_files(self, working_dir: str | os.PathLike, repo_id: str, *args: Any, **kwargs: Any) -> Any:
        where = {"token": kwargs.get("token"), "revision": kwargs.get("revision")}
        renew_card(Path(working_dir), repo_id, **where)
        return super()._upload_modified_files(working_dir, repo_id, *args, **kwargs)  # type: ignore[misc]


def renew_card(working: Path, repository: str, token: Any = None, revision: str | None = None) -> None:
    """Write the card of a folder that is about to be uploaded.

    Args:
        working: the folder; its `README.md` is transformers' stub, or that of the repository.
        repository: where it goes.
        token: of the hub.
        revision: the branch it goes to.
    """
    from huggingface_hub import HfApi, ModelCard

    api, readme = HfApi(token=token), working / "README.md"
    there = readme.read_text(encoding="utf-8") if readme.exists() else ""
    if folder.MARK not in there and api.file_exists(repository, "README.md"):
        return
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary)
        for name in HALVES:
            _take(api, whole, working / name, repository, revision)
        card: Any = ModelCard(folder.describe(whole, repository))
    # Whoever pushes may name tags; they stand in transformers' card.
    tags = (ModelCard(there).data.get("tags") or []) if there else []
    card.data.tags = list(dict.fromkeys([*card.data.tags, *tags]))
    readme.write_text(str(card), encoding="utf-8")


def _take(api: Any, whole: Path, mine: Path, repository: str, revision: str | None) -> None:
    """Put one half into a folder: ours, or that which is in the repository already."""
    if mine.exists():
        shutil.copyfile(mine, whole / mine.name)
    elif api.file_exists(repository, mine.name, revision=revision):
        shutil.copyfile(api.hf_hub_download(repository, mine.name, revision=revision), whole / mine.name)
