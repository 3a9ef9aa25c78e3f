"""A model from a repository of the hub into a folder: whole or not at all, and nothing that can run code."""

import json
import shutil
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from seqkit import folder as saved
from seqkit.auto import MODEL_TYPE
from seqkit.errors import HubError
from seqkit.files import move_folder, sync_tree
from seqkit.hub.contents import LEFT, PULLED, is_pulled
from seqkit.hub.remote import told_plainly
from seqkit.hub.source import distributions


def pull(
    repository: str, output: str | Path | None = None, revision: str | None = None, token: str | None = None
) -> Path:
    """Fetch a model, its tokenizer and its card.

    Files come through the cache of `huggingface_hub` (in `HF_HOME`), so what was fetched once is there without a
    network. Weights are fetched as safetensors alone; the one-line shim of a folder is written here, not fetched.

    Args:
        repository: where it lies, as `"me/days"`.
        output: the folder that it goes to; None is the last part of the repository's name.
        revision: a branch, tag or commit; None is the main branch.
        token: of the hub; None is `HF_TOKEN`, or what `hf auth login` has stored.

    Returns:
        The folder.

    Raises:
        HubError: if the folder is taken, the hub gives nothing, or what it gives is no model of seqkit.
    """
    target = Path(output or repository.rstrip("/").rpartition("/")[2])
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise HubError(f"{target} exists and would be overwritten. Choose another --output, or remove it first.")
    with told_plainly(f"pull {repository}{f' at {revision}' if revision else ''}"):
        cached = _fetch(repository, revision, token)
    _check(cached, repository)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as temporary:
        made = Path(temporary) / target.name
        _copy(cached, made)
        saved.complete(made)
        sync_tree(made)
        move_folder(made, target)
    return target


def _fetch(repository: str, revision: str | None, token: str | None) -> Path:
    from huggingface_hub import snapshot_download

    where: dict[str, Any] = {"revision": revision, "token": token, "library_name": "seqkit"}
    return Path(snapshot_download(repository, allow_patterns=list(PULLED), ignore_patterns=list(LEFT), **where))


def _copy(cached: Path, made: Path) -> None:
    """Copy what is pulled; the cache holds links, and may hold what others have fetched, code and pickles included."""
    for path in sorted(cached.rglob("*")):
        name = path.relative_to(cached).as_posix()
        if path.is_file() and is_pulled(name):
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, made / name)


def _check(folder: Path, repository: str) -> None:
    """Refuse what is no model of seqkit, before anything of it has a name."""
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise HubError(f"{repository} holds no config.json of a model, so there is nothing to pull.") from error
    if kind != MODEL_TYPE:
        raise HubError(f"{repository} holds a {kind!r} model; expected {MODEL_TYPE!r}. Load it with its own library.")
    if not any(folder.glob("*.safetensors")):
        raise HubError(
            f"{repository} holds no weights as safetensors. If it has others, they are pickles, which can run code, "
            "and are not fetched. Ask its owner for model.safetensors."
        )


def missing(folder: Path) -> list[str]:
    """Name the distributions that a pulled model needs and that are not installed.

    Args:
        folder: the folder; its `config.json` says where its parts came from, and nothing of it is imported.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return [name for name in distributions(config.get("provenance")) if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
