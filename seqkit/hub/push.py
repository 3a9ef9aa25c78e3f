"""A model's folder, checked, into a repository of the hub: in one commit, or not at all."""

from pathlib import Path
from typing import Any

from seqkit.errors import HubError
from seqkit.folder import SHIM, SHIM_TEXT
from seqkit.hub.card import is_rendered, render
from seqkit.hub.check import problems
from seqkit.hub.contents import shared_files
from seqkit.hub.remote import told_plainly
from seqkit.hub.source import read_source


def push(
    folder: str | Path,
    repository: str,
    private: bool | None = None,
    revision: str | None = None,
    message: str | None = None,
    token: str | None = None,
) -> str:
    """Check a folder, and push it.

    Args:
        folder: a model's folder: weights, tokenizer, figures and card.
        repository: where it goes, as `"me/days"`; made if it is not there.
        private: whether a new repository is private; None is the hub's own default, which is public. With True,
            nothing is sent to one that is public already.
        revision: the branch it goes to, made if it is not there; None is the main one.
        message: of the commit.
        token: of the hub; None is `HF_TOKEN`, or what `hf auth login` has stored.

    Returns:
        The address of the commit.

    Raises:
        HubError: if the folder is not ready (each problem is named with its mend), or the hub refuses.
    """
    path = Path(folder)
    if found := problems(path):
        raise HubError("\n".join([f"{folder} is not ready to be pushed:", *(f"- {each}" for each in found)]))
    with told_plainly(f"push to {repository}"):
        return _send(path, repository, private, revision, message or f"Upload {path.resolve().name}", token)


def _send(
    folder: Path, repository: str, private: bool | None, revision: str | None, message: str, token: str | None
) -> str:
    from huggingface_hub import HfApi

    api = HfApi(token=token, library_name="seqkit")
    name = api.create_repo(repository, private=private, exist_ok=True).repo_id
    # The hub leaves a repository that is there as it is, whatever was asked for.
    if private and not api.model_info(name).private:
        raise HubError(f"{name} is there already and is public; nothing was sent. Make it private, or take another.")
    if revision is not None and not revision.startswith("refs/pr/"):
        api.create_branch(name, branch=revision, exist_ok=True)
    return str(api.create_commit(name, operations(folder, name), commit_message=message, revision=revision).commit_url)


def operations(folder: Path, repository: str) -> list[Any]:
    """Return what a commit consists of: each file as it is, but the card for the place it goes to.

    Args:
        folder: a model's folder.
        repository: the repository's whole name.
    """
    from huggingface_hub import CommitOperationAdd

    contents: dict[str, Any] = {name: str(folder / name) for name in shared_files(folder)}
    if is_rendered(folder):
        contents["README.md"] = render(read_source(folder, repository)).encode()
    # The models that come with a package have none: it is code.
    contents.setdefault(f"{SHIM}.py", SHIM_TEXT.encode())
    return [CommitOperationAdd(name, content) for name, content in contents.items()]
