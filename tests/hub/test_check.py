"""Whatever is not right is named with its mend; a folder in which all is right has no problem."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from seqkit import CharTokenizer, RNNConfig, RNNForConditionalGeneration, RNNForTokenClassification, WordTokenizer
from seqkit.hub.card import MARK, render_into
from seqkit.hub.check import listed, problems, problems_of_card, try_out
from seqkit.hub.told import DataSet, Told, read_told, write_told
from tests.hub.cases import TOLD, save


def told(folder: Path) -> str:
    return "\n".join(map(str, problems(folder)))


def edit(folder: Path, **changes: Any) -> None:
    """Change values of `metrics.json`."""
    path = folder / "metrics.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    render_into(folder)


@pytest.mark.parametrize("task", ["sequence-classification", "series-classification", "causal-lm"])
def test_a_whole_folder_is_ready(tmp_path: Path, task: str) -> None:
    assert problems(save(tmp_path / "days", task=task)) == []


def test_what_nobody_told_is_named_with_the_command_that_mends_it(tmp_path: Path) -> None:
    folder = save(tmp_path / "days", told=Told())
    text = told(folder)
    for option in ("--licence", "--data-name", "--language", "--example"):
        assert f"seqkit card {folder} {option}" in text
    write_told(folder, Told(data=DataSet(name="Days")))
    assert "--data-licence" in told(folder)


def test_numbers_need_no_language_no_example_and_no_tokenizer(tmp_path: Path) -> None:
    told = replace(TOLD, language=[], examples=[])
    assert problems(save(tmp_path / "series", task="series-classification", told=told)) == []
    assert len(problems(save(tmp_path / "days", told=told))) == 2


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "metrics.json", "README.md"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = save(tmp_path / "days")
    (folder / name).unlink()
    assert f"{folder / name} is missing." in told(folder)


def test_a_pickle_in_the_folder_is_named(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    (folder / "pytorch_model.bin").write_bytes(b"")
    assert "pytorch_model.bin may run code" in told(folder)


def test_weights_that_do_not_load_are_named(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    tensors = load_file(folder / "model.safetensors")
    save_file(
        {name: torch.full_like(tensor, torch.nan) for name, tensor in tensors.items()}, folder / "model.safetensors"
    )
    assert "the model does not work: " in told(folder)
    assert "NaN" in told(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metrics": {}}, "holds no figure"),
        ({"metrics": {"loss": float("nan")}}, "loss is nan"),
        ({"seed": None}, "has no 'seed'"),
        ({"date": None}, "has no 'date'"),
    ],
)
def test_figures_that_say_nothing_are_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    folder = save(tmp_path / "days")
    edit(folder, **changes)
    assert message in told(folder)


def test_a_card_that_is_behind_the_files_is_named(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    write_told(folder, replace(TOLD, about="Something new."))
    assert "is not what the folder's files say. Run: seqkit card" in told(folder)


def test_a_card_of_somebodys_own_needs_its_sections_and_metadata(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    text = (folder / "README.md").read_text(encoding="utf-8").replace(MARK, "")
    (folder / "README.md").write_text(text, encoding="utf-8")
    assert problems_of_card(folder) == []
    (folder / "README.md").write_text(
        text.replace("## Limits", "##").replace("apache-2.0", "apache2"), encoding="utf-8"
    )
    assert "has no section 'Limits'" in told(folder)
    assert "Did you mean 'apache-2.0'" in told(folder)
    (folder / "README.md").write_text("---\na: [\n---\n")
    assert "its metadata cannot be read" in told(folder)
    (folder / "README.md").write_text("# days\n")
    assert "it begins with no metadata" in told(folder)


def test_results_for_leaderboards_are_checked(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    (folder / ".eval_results").mkdir()
    (folder / ".eval_results" / "a.yaml").write_text("- dataset: {id: org/set, task_id: default}\n  value: 0.9\n")
    assert problems(folder) == []
    assert ".eval_results/a.yaml" in dict(listed(folder))
    (folder / ".eval_results" / "b.yaml").write_text("- dataset: {id: org/set}\n  value: 0.9\n")
    (folder / ".eval_results" / "c.yaml").write_text("[")
    assert "b.yaml: a result cannot be read" in told(folder)
    assert "c.yaml: it is no YAML" in told(folder)


def test_a_told_file_that_is_none_is_named(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    (folder / "card.json").write_text('{"licens": ""}')
    assert "Did you mean 'licence'" in told(folder)


def test_taggers_and_encoder_decoders_are_tried_out_too(tmp_path: Path) -> None:
    words, letters = WordTokenizer.train(["a good day"]), CharTokenizer.train("a good day")
    tagger = RNNForTokenClassification(RNNConfig(vocab_size=len(words), hidden_size=4, pad_token_id=0))
    config = RNNConfig(vocab_size=len(letters), hidden_size=4, is_encoder_decoder=True, bos_token_id=2, eos_token_id=3)
    for task, model, tokenizer in (
        ("token-classification", tagger, words),
        ("seq2seq", RNNForConditionalGeneration(config), letters),
    ):
        folder = save(tmp_path / task, task=task)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        assert try_out(folder)
    assert len(try_out(tmp_path / "token-classification")["labels"]) == len(read_told(folder).examples[0].split())


def test_what_writes_for_vectors_needs_the_tokenizer_that_it_writes_with(tmp_path: Path) -> None:
    folder = save(tmp_path / "digits", task="series-to-text")
    assert problems(folder) == []
    assert list(try_out(folder)) == ["target"]
    shutil.rmtree(folder / "target_tokenizer")
    assert f"{folder / 'target_tokenizer' / 'tokenizer.json'} is missing." in told(folder)


def test_no_folder_is_said_to_be_none(tmp_path: Path) -> None:
    assert "is no folder" in told(tmp_path / "nowhere")
