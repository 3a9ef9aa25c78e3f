"""From a recipe and the options of the command line to what shall be trained.

Options are fields of `RNNConfig` or `RNNTrainingArguments`, spelt `--hidden-size 512`; there is no third vocabulary.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NoReturn

from transformers import HfArgumentParser

from seqkit import recipes
from seqkit.annotations import nearest, show
from seqkit.config import RNNConfig
from seqkit.data.schemes import check_tag_scheme
from seqkit.data.tasks import TASKS, VECTOR_TASKS, Task
from seqkit.errors import ConfigError
from seqkit.fields import FOREIGN, own_fields
from seqkit.training.arguments import RNNTrainingArguments
from seqkit.training.calibrating import check_calibration
from seqkit.training.precision import settle_precision
from seqkit.training.start import check_start, fields_of_recipe


@dataclass
class Settings:
    """Everything that decides a training.

    Args:
        task: `"causal-lm"`, `"sequence-classification"`, `"series-classification"`, `"token-classification"` or
            `"seq2seq"`.
        data: files, saved folders or hub names to learn from.
        validation: the same to evaluate on; none sets a tenth of the data aside.
        text_column: column of the text, None to find it.
        label_column: column of the label, None to find it.
        head: name of a head plugin that serves the task; None takes the task's own.
        tokenizer: name of a tokenizer plugin; "" for a model that reads vectors.
        tokenizer_options: options of its `train`.
        config: fields of `RNNConfig`.
        model: a saved model to begin with, whose tokenizer and network are taken over; None begins anew.
        arguments: the training arguments.
        recipe: name of the recipe all this began with.
        command: the command line, for the model card.
        vectors: file of word vectors to begin with; `embedding_size` follows from it. None begins at random.
        tag_scheme: how tags that mark spans are written for the training: `"bio"`, `"iobes"`, `"iob1"`, or `"raw"` as
            they are; None keeps the data's own, illegal sequences mended and IOB1 as BIO.
        calibrate: whether to fit a classifier's probabilities to the validation data, after the training.
        tune_thresholds: whether to choose a threshold for each of several labels there.
        resume: whether to go on from the newest complete checkpoint in the output folder, if there is one.
        notes: what there is to tell before the training begins.
    """

    task: Task
    data: list[str]
    arguments: RNNTrainingArguments
    validation: list[str] = field(default_factory=list)
    text_column: str | None = None
    label_column: str | None = None
    head: str | None = None
    tokenizer: str = "char"
    tokenizer_options: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    model: str | None = None
    recipe: str = ""
    command: str = ""
    vectors: str | None = None
    resume: bool = False
    tag_scheme: str | None = None
    calibrate: bool = False
    tune_thresholds: bool = False
    notes: list[str] = field(default_factory=list)


def split_options(tokens: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Sort `--name value` pairs from other words.

    Args:
        tokens: what the command line left over.

    Returns:
        The options by field name, and the words that belong to none.

    Raises:
        ConfigError: if an option is no field of `RNNConfig` or `RNNTrainingArguments`.
    """
    config, training = set(own_fields(RNNConfig)) | set(FOREIGN), {f.name for f in fields(RNNTrainingArguments)}
    options, words, rest = {}, [], list(tokens)
    while rest:
        token = rest.pop(0)
        if not token.startswith("--"):
            words.append(token)
            continue
        name, equals, value = token[2:].partition("=")
        name = name.replace("-", "_")
        if name not in config | training:
            raise ConfigError(
                f"unknown option {show(token)}.{nearest(name, config | training)} "
                "Options are the fields of RNNConfig and of transformers.TrainingArguments."
            )
        options[name] = value if equals else take_value(name, rest)
    return options, words


def take_value(name: str, rest: list[str]) -> str:
    """Take an option's value from the words that follow; a switch may stand alone, before a file."""
    types = {f.name: f.type for f in fields(RNNTrainingArguments)} | own_fields(RNNConfig)
    switch = types.get(name) is bool
    alone = not rest or rest[0].startswith("--") or (switch and rest[0].lower() not in ("true", "false"))
    return "true" if alone else rest.pop(0)


def parse_config(options: dict[str, str]) -> dict[str, Any]:
    """Read the values of configuration fields: JSON where they are, else text."""
    values: dict[str, Any] = {}
    for name, text in options.items():
        try:
            values[name] = json.loads(text)
        except json.JSONDecodeError:
            values[name] = {"True": True, "False": False, "None": None}.get(text, text)
    return values


def parse_arguments(recipe: dict[str, Any], options: dict[str, str], output: str) -> RNNTrainingArguments:
    """Read training arguments; options override the recipe.

    Raises:
        ConfigError: if a value is not what transformers takes.
    """
    quiet = {"report_to": "none", "disable_tqdm": True, "logging_first_step": True}
    merged = {**quiet, **recipe, **options, "output_dir": output}
    tokens = [text for name, value in merged.items() for text in (f"--{name}", str(value))]
    parser = HfArgumentParser(RNNTrainingArguments, allow_abbrev=False)
    parser.error = _refuse  # argparse would end the process
    try:
        return parser.parse_args_into_dataclasses(tokens)[0]
    except (TypeError, ValueError) as error:
        raise ConfigError(f"a training option does not fit: {error}") from error


def _refuse(message: str) -> NoReturn:
    raise ConfigError(f"a training option does not fit: {message}.")


def check_vectors(given: dict[str, Any], config: dict[str, Any]) -> None:
    """Refuse vectors beside what decides the embedding too.

    Raises:
        ConfigError: naming it.
    """
    if given.get("vectors") is None:
        return
    for name, there in (("embedding_size", "embedding_size" in config), ("model_name_or_path", "model" in given)):
        if there:
            raise ConfigError(f"{name} and vectors both decide what the embedding is. Leave one of them out.")


def check_inputs(task: str, given: dict[str, Any], config: dict[str, Any]) -> None:
    """Refuse what belongs to text where vectors are read, and a width of vectors that the data decide.

    Raises:
        ConfigError: naming it.
    """
    if "num_features" in config:
        use = "It follows from the data." if task in VECTOR_TASKS else "Vectors are for --task series-classification."
        raise ConfigError(f"num_features is {config['num_features']}. {use} Leave it out.")
    for name in ("tokenizer", "vectors"):
        if task in VECTOR_TASKS and name in given:
            raise ConfigError(f"{name} is {given[name]!r}, but the rows of {task} hold no text. Leave it out.")


def recipe_of(task: str | None, recipe: str | None) -> str:
    """Return the recipe to begin with: the one that is named, or the task's own.

    Raises:
        ConfigError: if neither is named, or there is no such task.
    """
    if task is None and recipe is None:
        raise ConfigError(
            f"name a --task ({', '.join(recipes.DEFAULTS)}) or a --recipe ({', '.join(recipes.names())})."
        )
    if task in TASKS and task not in recipes.DEFAULTS:
        raise ConfigError(f"no command trains for {task}. In Python it is done as in examples/digit_to_words.py.")
    if task is not None and task not in recipes.DEFAULTS:
        raise ConfigError(f"task is {task!r}.{nearest(task, recipes.DEFAULTS)} Known: {', '.join(recipes.DEFAULTS)}.")
    return recipe or recipes.DEFAULTS[str(task)]


def implied(training: dict[str, str]) -> dict[str, str]:
    """Add to the training options what they say between the lines, where the recipe says otherwise.

    Example:
        >>> implied({"num_train_epochs": "3"})
        {'num_train_epochs': '3', 'max_steps': '-1'}
    """
    further = {}
    if "num_train_epochs" in training and "max_steps" not in training:
        # Whoever asks for epochs does not want the recipe's number of steps.
        further["max_steps"] = "-1"
    if "save_steps" in training and "save_strategy" not in training:
        # Nor does anyone name the steps of checkpoints who wants none.
        further["save_strategy"] = "steps"
    return {**training, **further}


def build_settings(
    task: str | None, recipe: str | None, data: Sequence[str], output: str, options: dict[str, str], **other: Any
) -> Settings:
    """Put recipe and options together.

    Args:
        task: the task; None takes the recipe's.
        recipe: name of a recipe; None takes the task's own.
        data: what to learn from.
        output: folder that the model goes to.
        options: fields of `RNNConfig` and `RNNTrainingArguments` as text, by name.
        other: further fields of `Settings`; None leaves the recipe's.

    Raises:
        ConfigError: if a name is unknown or a value does not fit.
        CheckpointError: if there is no model to begin with where one is named.
    """
    name = recipe_of(task, recipe)
    plan = recipes.load(name)
    if task is not None and plan["task"] != task:
        raise ConfigError(f"the recipe {name!r} is for the task {plan['task']!r}, not {task!r}.")
    configured = set(own_fields(RNNConfig)) | set(FOREIGN)
    mine = parse_config({k: v for k, v in options.items() if k in configured})
    training = implied({k: v for k, v in options.items() if k not in configured})
    given = {key: value for key, value in other.items() if value is not None}
    check_inputs(plan["task"], given, mine)
    check_vectors(given, mine)
    check_calibration(plan["task"], given.get("calibrate", False), given.get("tune_thresholds", False))
    check_tag_scheme(plan["task"], given.get("tag_scheme"))
    if "model" in given:
        check_start(given["model"], given.get("tokenizer"), plan["task"] in VECTOR_TASKS)
        plan["config"] = fields_of_recipe(plan["config"])
    note = settle_precision(plan["training"], training)
    if "tokenizer" in given and given["tokenizer"] != plan["tokenizer"]:
        plan["tokenizer_options"] = {}
    return Settings(
        **{
            "task": plan["task"],
            "data": list(data),
            "arguments": parse_arguments(plan["training"], training, output),
            "head": plan["head"],
            "tokenizer": plan["tokenizer"] or "",
            "tokenizer_options": plan["tokenizer_options"],
            "config": {**plan["config"], **mine},
            "recipe": name,
            "notes": [note] if note else [],
            **given,
        }
    )
