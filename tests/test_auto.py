"""transformers' Auto classes, pipelines and Trainer take seqkit's models for their own."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from datasets import Dataset
from torch.nn import functional as F
from transformers.models.auto import modeling_auto, tokenization_auto

import seqkit
from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM, RNNForTokenClassification, auto, plugins
from seqkit.errors import BrokenPlugin, MissingPlugin
from tests.fresh import install, printed, run

TEXTS = ["hello world", "good day"]


@pytest.fixture
def config() -> RNNConfig:
    return RNNConfig(cell="gru", vocab_size=30, hidden_size=4, num_labels=3)


@pytest.fixture
def leaky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The distribution `seqkit-leaky`, installed while the test runs; what it registered is taken back."""
    site = install(tmp_path / "site")
    monkeypatch.syspath_prepend(site)
    plugins.refresh()
    yield site
    monkeypatch.undo()
    plugins.refresh()
    sys.modules.pop("seqkit_leaky", None)
    auto.register_loaded_models()
    for name in auto.NAME_MAPS.values():
        getattr(modeling_auto, name).pop("seqkit-rnn/RNNDoubled", None)


@pytest.mark.parametrize(("auto_class", "head"), auto.HEADS.items())
def test_every_auto_class(auto_class: str, head: str, config: RNNConfig, tmp_path: Path) -> None:
    cls, ours = getattr(transformers, auto_class), getattr(seqkit, head)
    if ours.is_encoder_decoder:
        config = RNNConfig(is_encoder_decoder=True, bos_token_id=1, vocab_size=30, hidden_size=4)
    model = cls.from_config(config)
    assert type(model) is ours
    assert ours.auto_class_name == auto_class
    model.save_pretrained(tmp_path)
    loaded = cls.from_pretrained(tmp_path)
    assert type(loaded) is ours
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], tensor, rtol=0, atol=0)


@pytest.mark.parametrize(("auto_class", "head"), auto.HEADS.items())
def test_names_stand_in_the_name_maps(auto_class: str, head: str) -> None:
    assert getattr(modeling_auto, auto.NAME_MAPS[auto_class])["seqkit-rnn"] == head


@pytest.mark.parametrize("cls", [seqkit.CharTokenizer, seqkit.WordTokenizer])
def test_auto_tokenizer_keeps_class_and_settings(cls: Any, tmp_path: Path) -> None:
    cls.train(TEXTS, padding_side="left").save_pretrained(tmp_path)
    loaded = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert type(loaded) is cls
    assert loaded.padding_side == "left"
    assert loaded.decode(loaded(TEXTS[0])["input_ids"], skip_special_tokens=True) == TEXTS[0]


def test_a_folder_name_may_be_a_path_or_a_string(config: RNNConfig, tmp_path: Path) -> None:
    config.save_pretrained(tmp_path)
    for name in (tmp_path, str(tmp_path)):
        assert type(transformers.AutoConfig.from_pretrained(name)) is RNNConfig


def test_a_plugins_head_is_found_by_name(leaky: Path, config: RNNConfig, tmp_path: Path) -> None:
    doubled = plugins.resolve_head("RNNDoubled")
    model = doubled(config).eval()
    model.save_pretrained(tmp_path / "m")
    loaded = transformers.AutoModelForTokenClassification.from_pretrained(tmp_path / "m")
    assert type(loaded) is doubled
    ids = torch.tensor([[1, 2, 3]])
    torch.testing.assert_close(loaded.eval()(ids).logits, model(ids).logits)
    registered = transformers.AutoModelForTokenClassification._model_mapping[RNNConfig]
    # Another test of this process may have used another plugin's head.
    assert registered[0] is RNNForTokenClassification
    assert doubled in registered
    # It serves one Auto class: the others go on giving the built-in ones.
    assert type(transformers.AutoModel.from_pretrained(tmp_path / "m")) is seqkit.RNNModel


def test_beside_a_plugins_head_the_built_in_one_stays_the_default(leaky: Path, config: RNNConfig) -> None:
    doubled, auto_class = plugins.resolve_head("RNNDoubled"), transformers.AutoModelForTokenClassification
    assert type(auto_class.from_config(RNNConfig(vocab_size=9, architectures=["RNNDoubled"]))) is doubled
    assert type(auto_class.from_config(config)) is RNNForTokenClassification
    assert type(auto_class.from_config(RNNConfig(vocab_size=9, architectures=None))) is RNNForTokenClassification


def test_a_head_registered_again_replaces_the_older_one(leaky: Path) -> None:
    first = type("RNNDoubled", (RNNForTokenClassification,), {})
    second = type("RNNDoubled", (RNNForTokenClassification,), {})
    auto.register_head(first)
    auto.register_head(second)
    known = transformers.AutoModelForTokenClassification._model_mapping[RNNConfig]
    assert known[0] is RNNForTokenClassification
    assert second in known
    assert first not in known


def test_a_head_whose_plugin_is_gone(leaky: Path, config: RNNConfig, tmp_path: Path) -> None:
    plugins.resolve_head("RNNDoubled")(config).save_pretrained(tmp_path / "m")
    (leaky / "seqkit_leaky-1.2.3.dist-info" / "entry_points.txt").write_text("")
    (leaky / "seqkit_leaky-1.2.3.dist-info").rename(leaky / "away")
    plugins.refresh()
    with pytest.raises(MissingPlugin, match="pip install seqkit-leaky"):
        transformers.AutoModelForTokenClassification.from_pretrained(tmp_path / "m")


def test_a_broken_head_is_no_reason_to_take_another(leaky: Path, config: RNNConfig, tmp_path: Path) -> None:
    plugins.resolve_head("RNNDoubled")(config).save_pretrained(tmp_path / "m")
    sys.modules.pop("seqkit_leaky")
    (leaky / "seqkit_leaky.py").write_text("raise RuntimeError('no licence')")
    plugins.refresh()
    with pytest.raises(BrokenPlugin, match="no licence"):
        transformers.AutoModelForTokenClassification.from_pretrained(tmp_path / "m")


def test_a_plugins_tokenizer_is_found_by_name(leaky: Path, tmp_path: Path) -> None:
    plugins.get("tokenizers", "bare").train(TEXTS).save_pretrained(tmp_path / "m")
    sys.modules.pop("seqkit_leaky")
    loaded = transformers.AutoTokenizer.from_pretrained(tmp_path / "m")
    assert (type(loaded).__name__, type(loaded).__module__) == ("BareTokenizer", "seqkit_leaky")


def test_a_plugin_cannot_take_a_tokenizer_of_transformers(leaky: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = leaky / "seqkit_leaky-1.2.3.dist-info" / "entry_points.txt"
    points.write_text("[seqkit.tokenizers]\nbert = seqkit_leaky:BertTokenizer\n")
    plugins.refresh()
    assert "BertTokenizer" not in tokenization_auto.REGISTERED_TOKENIZER_CLASSES
    assert tokenization_auto.tokenizer_class_from_name("BertTokenizer") is transformers.BertTokenizer


def test_bad_plugin_settings_do_not_touch_other_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQKIT_PLUGINS", "not a name")
    assert tokenization_auto.tokenizer_class_from_name("BertTokenizer") is transformers.BertTokenizer


@pytest.mark.parametrize(
    ("architecture", "auto_class"),
    [("RNNForCausalLM", "AutoModelForCausalLM"), ("RNNModel", "AutoModel"), ("Nobody", "AutoModel")],
)
def test_auto_class_of(architecture: str, auto_class: str) -> None:
    assert auto.auto_class_of(architecture) == auto_class


def test_label_smoothing_is_that_of_the_shifted_loss(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(vocab_size=11, hidden_size=8, initializer_range=1.0))
    rows = torch.randint(0, 11, (4, 7))
    arguments = transformers.TrainingArguments(
        str(tmp_path), label_smoothing_factor=0.1, report_to=[], use_cpu=True, per_device_eval_batch_size=4
    )
    data = Dataset.from_dict({"input_ids": rows.tolist(), "labels": rows.tolist()})
    found = transformers.Trainer(model, arguments, eval_dataset=data).evaluate()["eval_loss"]
    logits = model.eval()(rows).logits
    shifted = F.cross_entropy(logits[:, :-1].flatten(0, 1), rows[:, 1:].flatten(), label_smoothing=0.1).item()
    straight = F.cross_entropy(logits.flatten(0, 1), rows.flatten(), label_smoothing=0.1).item()
    assert abs(shifted - straight) > 1e-3
    assert found == pytest.approx(shifted, abs=1e-5)


PIPELINES = """
import seqkit, sys, transformers
for task, folder, options in (
    ("text-generation", "lm", dict(max_new_tokens=3, do_sample=False)),
    ("text-classification", "classifier", {}),
    ("token-classification", "tagger", {}),
    ("token-classification", "tagger", dict(aggregation_strategy="simple")),
    ("feature-extraction", "backbone", {}),
):
    assert transformers.pipeline(task, model=f"{sys.argv[0]}/{folder}")("hello", **options)
"""


def test_pipelines_print_no_warning(tmp_path: Path) -> None:
    tokenizer = CharTokenizer.train(TEXTS)
    heads = {
        "lm": RNNForCausalLM,
        "classifier": seqkit.RNNForSequenceClassification,
        "tagger": RNNForTokenClassification,
        "backbone": seqkit.RNNModel,
    }
    for folder, head in heads.items():
        ids = {name: getattr(tokenizer, name) for name in ("pad_token_id", "bos_token_id", "eos_token_id")}
        head(RNNConfig(vocab_size=len(tokenizer), hidden_size=4, **ids)).save_pretrained(tmp_path / folder)
        tokenizer.save_pretrained(tmp_path / folder)
    done = run(PIPELINES.replace("sys.argv[0]", repr(str(tmp_path))), tmp_path)
    assert done.returncode == 0, done.stderr[-4000:]
    told = [
        line for line in done.stderr.replace("\r", "\n").splitlines() if line.strip() and "Loading weights" not in line
    ]
    assert told == []


def test_a_foreign_head_is_told_of_by_the_pipeline(tmp_path: Path) -> None:
    """The check above can fail: a model that the task does not know makes transformers speak."""
    RNNForTokenClassification(RNNConfig(vocab_size=20, hidden_size=4)).save_pretrained(tmp_path / "m")
    CharTokenizer.train(TEXTS).save_pretrained(tmp_path / "m")
    code = (
        "import seqkit, transformers as t\n"
        "tokenizer = t.AutoTokenizer.from_pretrained('m')\n"
        "model = seqkit.RNNForTokenClassification.from_pretrained('m')\n"
        "t.pipeline('text-classification', model=model, tokenizer=tokenizer)"
    )
    assert "is not supported for text-classification" in run(code, tmp_path).stderr


def test_a_plugins_parts_in_a_fresh_process(leaky: Path, tmp_path: Path) -> None:
    config = RNNConfig(cell="leaky", vocab_size=30, hidden_size=4)
    plugins.resolve_head("RNNDoubled")(config).save_pretrained(tmp_path / "m")
    plugins.get("tokenizers", "bare").train(TEXTS).save_pretrained(tmp_path / "m")
    code = """
import json, seqkit, sys
from transformers import AutoModelForTokenClassification, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained("m")
model = AutoModelForTokenClassification.from_pretrained("m")
print(json.dumps([type(tokenizer).__name__, type(model).__name__, model.explain()[0]["cell"]]))
"""
    assert json.loads(printed(code, tmp_path, leaky)[0]) == ["BareTokenizer", "RNNDoubled", "leaky"]
    code = code.replace('"m"', '"m", trust_remote_code=True').replace("import json, seqkit, sys", "import json, sys")
    assert json.loads(printed(code, tmp_path, leaky)[0]) == ["BareTokenizer", "RNNDoubled", "leaky"]
