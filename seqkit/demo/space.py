"""A folder that the hub runs as a Space: the page of a model, with the model or its name."""

import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from huggingface_hub import metadata_save

from seqkit.errors import ConfigError
from seqkit.files import move_folder, sync_tree
from seqkit.folder import record
from seqkit.hub.source import distributions

MODEL = "model"
"""The subfolder of a model that is copied."""

LEFT_OUT = "checkpoint-*", "*.pt", "*.pth", "*.bin", "events.*", ".*"
"""What a training may leave beside a model: nothing of it is needed to run it, and pickles are never shared."""

APP = '''"""The page of a model; `python app.py` serves it on this machine, the hub runs the same file."""

from pathlib import Path

from seqkit.cli.demo import demo

demo({model}, title={title})
'''

README = """
# {title}

A page to play with a recurrent network, written by `seqkit demo --space`. To run it here:

```bash
pip install -r requirements.txt
python app.py
```
"""


def write_space(folder: Path, model: str, config: Any, title: str) -> None:
    """Write a Space, whole or not at all.

    Args:
        folder: where; it must not exist, or be empty.
        model: the folder of the model, which is copied, or its name on the hub, which the Space loads by itself.
        config: the model's configuration.
        title: what stands above the page.

    Raises:
        ConfigError: if something is there already, or the model's folder would take in its own copy.
    """
    folder = Path(folder)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ConfigError(f"{folder} is there already. Name a folder that is new or empty.")
    if Path(model).is_dir() and folder.resolve().is_relative_to(Path(model).resolve()):
        raise ConfigError(f"{folder} lies in the model's own folder {model}. Name one outside of it.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir()
        fill(draft, model, config, title)
        sync_tree(draft)
        move_folder(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def fill(draft: Path, model: str, config: Any, title: str) -> None:
    """Write the files of a Space into an empty folder."""
    copied = Path(model).is_dir()
    if copied:
        shutil.copytree(model, draft / MODEL, ignore=shutil.ignore_patterns(*LEFT_OUT))
    named = f'str(Path(__file__).parent / "{MODEL}")' if copied else json.dumps(model)
    code = APP.format(model=named, title=json.dumps(title, ensure_ascii=False))
    (draft / "app.py").write_text(
        code if copied else code.replace("from pathlib import Path\n\n", ""), encoding="utf-8"
    )
    (draft / "requirements.txt").write_text("\n".join(requirements(config)) + "\n", encoding="utf-8")
    (draft / "README.md").write_text(README.format(title=title).lstrip(), encoding="utf-8")
    metadata_save(draft / "README.md", metadata(title, None if copied else model))


def requirements(config: Any) -> list[str]:
    """Return what the Space installs: this very version of seqkit, and the plugins that the model is made of."""
    plugins = dict.fromkeys(name for name in distributions(config.provenance or record(config)) if name != "seqkit")
    return [f"seqkit[demo]=={version('seqkit')}", *plugins]


def metadata(title: str, model: str | None) -> dict[str, Any]:
    """Return what the hub reads at the head of a Space's README.

    Args:
        title: the Space's title.
        model: the name of its model on the hub, or None.
    """
    found = {
        "title": title,
        "emoji": "🔁",
        "colorFrom": "blue",
        "colorTo": "red",
        "sdk": "gradio",
        "sdk_version": version("gradio"),
        "python_version": "3.11",
        "app_file": "app.py",
        "pinned": False,
        "tags": ["seqkit", "rnn"],
    }
    return found if model is None else {**found, "models": [model]}
