"""The hub's rules for a card's metadata, as far as they can be checked without a network.

Written from what `huggingface_hub` itself reads and writes (`model_index_to_eval_results`, `parse_eval_result_entries`
and the dataclasses behind them) and from the hub's documents on model cards and licences. The hub has the last word.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

from seqkit.annotations import nearest, show

_LICENCES = """
    afl-3.0 agpl-3.0 apache-2.0 apple-amlr apple-ascl artistic-2.0 bigcode-openrail-m bigscience-bloom-rail-1.0
    bigscience-openrail-m bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear bsl-1.0 c-uda cc cc-by-2.0 cc-by-2.5
    cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
    cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc0-1.0 cdla-permissive-1.0
    cdla-permissive-2.0 cdla-sharing-1.0 creativeml-openrail-m deepfloyd-if-license ecl-2.0 epl-1.0 epl-2.0 etalab-2.0
    eupl-1.1 eupl-1.2 gfdl gpl gpl-2.0 gpl-3.0 h-research intel-research isc lgpl lgpl-2.1 lgpl-3.0 lgpl-lr lppl-1.3c
    mit mpl-2.0 ms-pl ncsa odbl odc-by ofl-1.1 openrail openrail++ osl-3.0 other pddl postgresql unknown unlicense
    wtfpl zlib
"""

LICENCES = frozenset(_LICENCES.split())
"""Identifiers of licences that the hub knows and that do not belong to one family of models."""

_TAGS = """
    text-generation text-classification token-classification translation summarization question-answering
    feature-extraction fill-mask sentence-similarity time-series-forecasting other
"""

PIPELINE_TAGS = frozenset(_TAGS.split())
"""Tasks of the hub that a recurrent network of seqkit can have."""

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*|code|multilingual")
"""An ISO 639 code, or one of the hub's two further words."""

ENTRY_FIELDS = {"dataset", "value", "verifyToken", "date", "source", "notes"}
"""The fields of an entry of `.eval_results/*.yaml`."""


def faults(metadata: dict[str, Any]) -> list[str]:
    """Return what the hub would refuse in a card's metadata, a sentence each.

    Args:
        metadata: the YAML at the head of a card, as a dictionary.

    Example:
        >>> faults({"license": "apache2", "pipeline_tag": "text-generation", "library_name": "seqkit"})
        ["license is 'apache2', which the hub does not know. Did you mean 'apache-2.0'?"]
    """
    return [*_words(metadata), *_lists(metadata), *_widget(metadata.get("widget")), *_index(metadata)]


def _words(metadata: dict[str, Any]) -> Iterator[str]:
    licence = metadata.get("license")
    if licence not in LICENCES:
        near = nearest(licence, LICENCES) if isinstance(licence, str) else " It names the model's licence."
        yield f"license is {show(licence)}, which the hub does not know.{near}"
    if licence == "other" and not isinstance(metadata.get("license_name"), str):
        yield "license is 'other', so license_name must name it."
    tag = metadata.get("pipeline_tag")
    if tag not in PIPELINE_TAGS:
        yield f"pipeline_tag is {show(tag)}; expected one of {', '.join(sorted(PIPELINE_TAGS))}."
    if not isinstance(metadata.get("library_name"), str):
        yield f"library_name is {show(metadata.get('library_name'))}; expected 'seqkit'."


def _lists(metadata: dict[str, Any]) -> Iterator[str]:
    language = metadata.get("language", [])
    for code in language if isinstance(language, list) else [language]:
        if not isinstance(code, str) or not LANGUAGE.fullmatch(code):
            yield f"language holds {show(code)}; expected an ISO 639 code such as 'ko', 'code' or 'multilingual'."
    for name in ("tags", "metrics", "datasets"):
        value = metadata.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            yield f"{name} is {show(value)}; expected a list of texts."


def _widget(widget: Any) -> Iterator[str]:
    if widget is None:
        return
    if not isinstance(widget, list) or not all(isinstance(each, dict) for each in widget):
        yield f"widget is {show(widget)}; expected a list of examples, each with a text."
        return
    for each in widget:
        if not isinstance(each.get("text"), str) or not each["text"]:
            yield f"widget holds {show(each)}; expected an example with a text."


def _index(metadata: dict[str, Any]) -> Iterator[str]:
    """Check the model index: figures by task and data set, in the shape that `huggingface_hub` reads."""
    if "model-index" not in metadata:
        return
    from huggingface_hub.repocard_data import model_index_to_eval_results

    try:
        name, results = model_index_to_eval_results(metadata["model-index"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        yield f"model-index cannot be read: {error!r}."
        return
    if not isinstance(name, str) or not name:
        yield f"model-index names the model {show(name)}; expected a text."
    if not results:
        yield "model-index holds no figure."
    for result in results:
        for part in ("task_type", "dataset_type", "dataset_name", "metric_type"):
            if not isinstance(value := getattr(result, part), str) or not value:
                yield f"model-index: {part} is {show(value)}; expected a text."
        if not _is_figure(result.metric_value):
            yield f"model-index: {result.metric_type} is {show(result.metric_value)}; expected a finite number."


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def entry_faults(entries: Any) -> list[str]:
    """Return what is wrong with the contents of a file of `.eval_results/`, a sentence each.

    Args:
        entries: what its YAML holds.

    Example:
        >>> entry_faults([{"dataset": {"id": "org/set", "task_id": "default"}, "value": 20.9}])
        []
    """
    from huggingface_hub import parse_eval_result_entries

    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        return [f"it holds {show(entries)}; expected a list of results."]
    found = [f"there is no field {name!r}." for each in entries for name in each if name not in ENTRY_FIELDS]
    try:
        parsed = parse_eval_result_entries(entries)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [*found, f"a result cannot be read: {error!r}."]
    for each in parsed:
        if not all(isinstance(text, str) and text for text in (each.dataset_id, each.task_id)):
            found.append(f"dataset is {show(each.dataset_id)}, task_id {show(each.task_id)}; expected two texts.")
        if not _is_figure(each.value):
            found.append(f"value is {show(each.value)}; expected a finite number.")
    return found
