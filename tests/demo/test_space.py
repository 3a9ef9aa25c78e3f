import os
import subprocess
import sys
import urllib.request
from importlib.metadata import version
from pathlib import Path

import pytest
from huggingface_hub import metadata_load

from seqkit.config import RNNConfig
from seqkit.demo.space import write_space
from seqkit.errors import ConfigError
from tests.demo.models import save
from tests.fresh import ROOT

gradio = pytest.importorskip("gradio", reason="pip install 'seqkit[demo]'")


def write(model: Path | str, space: Path, title: str = "a page") -> Path:
    config = RNNConfig.from_pretrained(model) if isinstance(model, Path) else RNNConfig(vocab_size=5)
    write_space(space, str(model), config, title)
    return space


def test_a_folder_is_copied_and_the_readme_is_what_the_hub_reads(tmp_path: Path) -> None:
    model = save("translate", tmp_path / "model")
    (model / "checkpoint-3").mkdir()
    (model / "checkpoint-3" / "optimizer.pt").write_bytes(b"pickle")
    (model / "training_args.bin").write_bytes(b"pickle")
    space = write(model, tmp_path / "deep" / "space", 'say "안녕"')
    found = metadata_load(space / "README.md")
    assert (found["sdk"], found["sdk_version"], found["app_file"]) == ("gradio", version("gradio"), "app.py")
    assert found["title"] == 'say "안녕"'
    assert f"seqkit[demo]=={version('seqkit')}" in (space / "requirements.txt").read_text().splitlines()
    names = {path.relative_to(space / "model").as_posix() for path in (space / "model").rglob("*")}
    assert {"model.safetensors", "config.json", "tokenizer.json", "target_tokenizer/tokenizer.json"} <= names
    assert not any("checkpoint" in name or name.endswith((".bin", ".pt")) for name in names)
    assert [path.name for path in space.parent.iterdir()] == ["space"]
    compile((space / "app.py").read_text(), "app.py", "exec")


def test_a_name_on_the_hub_is_a_reference(tmp_path: Path) -> None:
    space = write("someone/some-model", tmp_path / "space")
    assert metadata_load(space / "README.md")["models"] == ["someone/some-model"]
    assert 'demo("someone/some-model", title="a page")' in (space / "app.py").read_text()
    assert not (space / "model").exists()


def test_plugins_of_the_model_are_installed_too(tmp_path: Path) -> None:
    config = RNNConfig(vocab_size=5)
    config.provenance = {"cell": {"name": "mingru", "distribution": "seqkit-mingru", "version": "0.1.0"}}
    write_space(tmp_path / "space", "someone/some-model", config, "a page")
    assert "seqkit-mingru" in (tmp_path / "space" / "requirements.txt").read_text().splitlines()


def test_nothing_is_overwritten_and_nothing_is_left_half_written(tmp_path: Path) -> None:
    model = save("classify", tmp_path / "model")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine")
    for place, told in ((taken, "is there already"), (model / "space", "model's own folder")):
        with pytest.raises(ConfigError, match=told):
            write(model, place)
    assert [path.name for path in taken.iterdir()] == ["mine.txt"]
    (model / "loose.json").symlink_to(tmp_path / "gone")  # a file that cannot be copied
    with pytest.raises(OSError, match="loose"):
        write(model, tmp_path / "space")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "taken"]


def test_the_folder_serves_its_page(tmp_path: Path) -> None:
    space = write(save("classify", tmp_path / "model"), tmp_path / "space")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    environment.pop("GRADIO_SERVER_NAME", None)
    with subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=space,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            said = next((line for line in lines if "the page is at" in line), "it ended")
            address = said.split("the page is at ")[-1].split()[0]
            assert address.startswith("http://127.0.0.1:"), said
            with urllib.request.urlopen(address) as answer:
                assert answer.status == 200
        finally:
            process.terminate()
