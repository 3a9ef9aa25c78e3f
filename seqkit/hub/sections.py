"""The sections of a model card, each written from the files of the folder alone."""

import re
from collections.abc import Iterable
from typing import Any

from seqkit import plugins
from seqkit.hub.metadata import DIGITS
from seqkit.hub.source import Source
from seqkit.hub.usage import command, usage

KINDS = {
    "causal-lm": "text generation",
    "sequence-classification": "text classification",
    "series-classification": "classification of series of vectors",
    "token-classification": "token classification",
    "seq2seq": "writing one text for another",
    "series-to-text": "writing a text for vectors",
}
"""What a task is called."""

# The fields of a configuration that say what a network is; dropouts and ids do not.
ARCHITECTURE = {
    "cell": "cell",
    "num_hidden_layers": "layers",
    "hidden_size": "units",
    "bidirectional": "both directions",
    "embedding_size": "embedding",
    "vocab_size": "vocabulary",
    "num_features": "numbers a step",
    "character_encoder": "characters by",
    "num_decoder_layers": "decoder layers",
    "attention": "attention",
    "pooling": "pooling",
    "layer_norm": "layer norm",
    "residual": "residual",
    "tie_word_embeddings": "tied embeddings",
}


def summary(source: Source) -> str:
    """Tell in a sentence what the model is, and what people tell of it."""
    config, result = source.config, source.result
    size = f", {result['parameters']:,} parameters" if "parameters" in result else ""
    both = ", both directions" if config.get("bidirectional") else ""
    text = (
        f"A recurrent network for {KINDS[source.task]}: {config.get('num_hidden_layers')} layer(s) of "
        f"`{config.get('cell')}`, {config.get('hidden_size')} units{both}{size}."
    )
    return f"{text}\n\n{source.told.about}" if source.told.about else text


def loading(source: Source) -> str:
    """Show how to use the model: what to install, the code, and the command."""
    install = f"pip install {' '.join(source.distributions)}"
    parts = ["## How to load it", f"```bash\n{install}\n```", f"```python\n{usage(source)}\n```"]
    return "\n\n".join([*parts, *command(source)])


def measured(source: Source) -> str:
    """Write the figures as tables, with seed, machine and date."""
    result, data = source.result, source.told.data
    of = f"the {data.part} part of {data.name}" if data.name else f"the {data.part} data"
    parts = [f"## Figures on {of}", table("figure", result["metrics"]), *by_label(result)]
    where = [f"Seed {result['seed']}"] if "seed" in result else []
    parts.append(", ".join([*where, *(str(result[name]) for name in ("machine", "date") if name in result)]) + ".")
    return "\n\n".join([*parts, *over_seeds(result.get("over_seeds"))])


def over_seeds(row: dict[str, Any] | None) -> list[str]:
    """Tell what other seeds gave, beside a baseline, from a row of `benchmarks/results/recipes.json`."""
    if not row:
        return []
    name = str(row["figure"]).replace("_", " ")
    one = row["seeds"] == 1
    seeds = "The whole recipe, from one seed" if one else f"Over {row['seeds']} seeds"
    spread = "" if one else f" ({row['lowest']:.1f} to {row['highest']:.1f})"
    text = f"{seeds}, {name} in %: {row['mean']:.1f}{spread}; "
    text += f"the best baseline without a network: {row['baseline']:.1f}"
    text += f"; published: {row['known']}" if row.get("known") else ""
    return [f"{text}. {row['machine']}, {row['date']}."]


def learnt_from(source: Source) -> str:
    """Tell of the data: whose it is, its licence, its sizes."""
    data, result = source.told.data, source.result
    named = f"[{data.name}]({data.url})" if data.url else data.name
    lines = [f"{named}." if named else "", f"By {data.attribution}." if data.attribution else ""]
    lines += [f"Licence of the data: {data.under}." if data.licence else "", *data.notes]
    files = file_names(result.get("data", []))
    parts = [" ".join(line for line in lines if line), f"Files: {files}." if files else ""]
    return "\n\n".join(["## Data", *(part for part in parts if part), table("size", result.get("facts", {}))])


def licence(source: Source) -> list[str]:
    """Tell the model's licence, and what that of the data asks of those who give the model on."""
    told = source.told
    if not told.licence:
        return []
    text = f"The model: {told.under}."
    if told.data.licence.startswith("cc-by"):
        text += " Whoever gives it on names the makers of the data."
    if "-sa-" in told.data.licence:
        text += " What is made of it is given on under the same licence."
    return [f"## Licence\n\n{text}"]


def making(source: Source) -> str:
    """Tell the architecture, recipe, time, machine, where the parts came from, and the command."""
    result = source.result
    rows = {title: source.config.get(name) for name, title in ARCHITECTURE.items()}
    shown = {title: "yes" if value is True else value for title, value in rows.items() if value not in (None, False)}
    lines = [f"| {title} | {value} |" for title, value in shown.items()]
    parts = ["## How it was made", "\n".join(["| architecture | |", "|---|---|", *lines]), told_of_training(result)]
    origins = plugins.describe(source.config.get("provenance") or {})
    versions = ", ".join(f"{name} {version}" for name, version in result.get("versions", {}).items())
    parts.append(f"Plugins: {origins or 'none recorded'}.{f' Made with {versions}.' if versions else ''}")
    if result.get("stored"):
        parts.append(f"Its weights are kept as {result['stored']}; the figures are those of this very file.")
    if result.get("command"):
        parts.append(f"```bash\n{result['command']}\n```")
    return "\n\n".join(part for part in parts if part)


def told_of_training(result: dict[str, Any]) -> str:
    """Tell recipe, seed and time of a training."""
    recipe = f"Recipe `{result['recipe']}`, seed" if result.get("recipe") else "Seed"
    since = f" from step {result['resumed_from']} on" if result.get("resumed_from") else ""
    took = f", {result['seconds']} s ({result['cpu_seconds']} s of CPU time){since}" if "seconds" in result else ""
    return f"{recipe} {result.get('seed', 'unknown')}{took}."


def pictures(source: Source) -> list[str]:
    """Show the pictures that there are."""
    found = []
    if "confusion.png" in source.pictures:
        found.append("## What was taken for what\n\n![what was taken for what](confusion.png)")
    if "loss.png" in source.pictures:
        found.append("## How it learnt\n\n![training and validation loss](loss.png)")
    if "gradient.png" in source.pictures:
        words = source.result.get("gradient")
        shown = "![gradient through time](gradient.png)"
        found.append(f"## How far back it learns\n\n{shown}" + (f"\n\n{words}" if words else ""))
    return found


def limits(source: Source) -> str:
    """Tell what the model cannot do: what follows from its data, and what people tell."""
    data = source.told.data.name or "its own data"
    kind = "data" if source.features else "texts"
    lines = [f"What it does with {kind} unlike {data} was not measured."]
    rows = source.result.get("by_label") or []
    if len(rows) > 1:
        worst = min(rows, key=lambda row: row["f1"])
        lines.append(f"Weakest label: {worst['label']}, F1 {worst['f1']:.3f} on {worst['support']:,}.")
    return "## Limits\n\n" + bullets([*lines, *source.told.limits])


def writes(source: Source) -> list[str]:
    """Show what the model writes, and examples to try it with."""
    found = []
    if source.told.examples:
        found.append("## Examples to try\n\n" + bullets(map(code, source.told.examples)))
    if sample := source.result.get("sample"):
        fence = "`" * max(4, longest_run(sample) + 1)
        found.append(f"## What it writes\n\n{fence}text\n{sample}\n{fence}")
    return found


def table(title: str, values: dict[str, Any]) -> str:
    """Write names and values as a Markdown table."""
    pairs = [(name.replace("_", " "), value) for name, value in values.items()]
    rows = [f"| {name} | {value:,.{DIGITS}f} |" for name, value in pairs if isinstance(value, float)]
    rows += [f"| {name} | {value:,} |" for name, value in pairs if isinstance(value, int)]
    return "\n".join([f"| {title} | |", "|---|---:|", *rows])


def by_label(result: dict[str, Any]) -> list[str]:
    """Write the figures of each label as a table, and what else an evaluation told."""
    rows = [
        f"| {row['label']} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} | {row['support']:,} |"
        for row in result.get("by_label") or ()
    ]
    head = ["| label | precision | recall | F1 | support |", "|---|---:|---:|---:|---:|"]
    notes = bullets(result.get("notes") or ())
    return [part for part in ("\n".join([*head, *rows]) if rows else "", notes) if part]


def file_names(names: list[str]) -> str:
    """Name the files that were learnt from; a long list is cut."""
    shown = ", ".join(f"`{name}`" for name in names[:10])
    return shown + (f" and {len(names) - 10} more files" if len(names) > 10 else "")


def bullets(lines: Iterable[str]) -> str:
    """Write lines as a list."""
    return "\n".join(f"- {line}" for line in lines)


def code(text: str) -> str:
    """Write a text as code, whatever backticks it holds.

    Example:
        >>> code("a `b`")
        '`` a `b` ``'
    """
    ticks = "`" * (longest_run(text) + 1)
    blank = " " if len(ticks) > 1 else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def longest_run(text: str) -> int:
    """Return the length of the longest run of backticks, which a fence must be longer than.

    Example:
        >>> longest_run("a `b` ```` c")
        4
    """
    return max(map(len, re.findall("`+", text)), default=0)
