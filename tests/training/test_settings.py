"""Options of the command line: fields of the configuration and the training arguments, nothing else."""

import pytest

from seqkit.errors import ConfigError
from seqkit.training.settings import build_settings, parse_config, split_options


def test_options_are_sorted_from_words() -> None:
    options, words = split_options(["a.txt", "--hidden-size", "32", "b.txt", "--seed=3"])
    assert options == {"hidden_size": "32", "seed": "3"}
    assert words == ["a.txt", "b.txt"]


def test_a_flag_takes_no_file_for_its_value() -> None:
    options, words = split_options(["--bidirectional", "b.txt", "--residual", "false", "--locked-dropout"])
    assert options == {"bidirectional": "true", "residual": "false", "locked_dropout": "true"}
    assert words == ["b.txt"]


def test_unknown_options_name_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"--hiden-size.*'hidden_size'"):
        split_options(["--hiden-size", "3"])


def test_configuration_values_are_json_or_text() -> None:
    values = parse_config({"hidden_size": "32", "cell": "gru", "residual": "True", "cell_options": '{"bias": false}'})
    assert values == {"hidden_size": 32, "cell": "gru", "residual": True, "cell_options": {"bias": False}}


def test_options_override_the_recipe() -> None:
    settings = build_settings("causal-lm", None, ["a"], "out", {"hidden_size": "32", "learning_rate": "0.5"})
    assert settings.recipe == "char-lm"
    assert settings.config["hidden_size"] == 32
    assert settings.config["embedding_size"] == 64
    assert settings.arguments.learning_rate == 0.5
    assert settings.arguments.output_dir == "out"


def test_steps_of_checkpoints_ask_for_checkpoints() -> None:
    arguments = build_settings("causal-lm", None, ["a"], "out", {"save_steps": "50"}).arguments
    assert (arguments.save_strategy, arguments.save_steps) == ("steps", 50)
    named = build_settings("causal-lm", None, ["a"], "out", {"save_steps": "50", "save_strategy": "no"})
    assert named.arguments.save_strategy == "no"


def test_epochs_set_the_recipes_steps_aside() -> None:
    settings = build_settings("causal-lm", None, ["a"], "out", {"num_train_epochs": "2"})
    assert settings.arguments.max_steps == -1
    assert settings.arguments.num_train_epochs == 2


@pytest.mark.parametrize(
    ("task", "recipe", "options", "message"),
    [
        (None, None, {}, "--task"),
        ("causal", None, {}, "'causal-lm'"),
        ("causal-lm", "char-ml", {}, "'char-lm'"),
        ("causal-lm", "tagger", {}, "token-classification"),
        ("causal-lm", None, {"learning_rate": "fast"}, "learning_rate"),
        ("causal-lm", None, {"eval_strategy": "sometimes"}, "eval_strategy|sometimes"),
    ],
)
def test_what_does_not_fit_is_told(task: str | None, recipe: str | None, options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_settings(task, recipe, ["a"], "out", options)


def test_names_of_our_own_are_options_too() -> None:
    options = {"optim": "nt_asgd", "lr_scheduler_type": "slanted_triangular", "lr_scheduler_kwargs": '{"ratio": 8}'}
    arguments = build_settings("causal-lm", None, ["a"], "out", options).arguments
    assert (arguments.optim, arguments.lr_scheduler_type) == ("nt_asgd", "slanted_triangular")
    assert arguments.lr_scheduler_kwargs == {"ratio": 8}
    with pytest.raises(ConfigError, match="adamw_torch"):
        build_settings("causal-lm", None, ["a"], "out", {"optim": "adamw"})
