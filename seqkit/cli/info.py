"""`seqkit info`: what a saved model is and how it runs."""

import json
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from seqkit.cli.loading import Model


def info(
    model: Model,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Show a model's layers, parameters, the size of its state, and the plan that runs each layer."""
    from seqkit.cli.loading import load_model

    facts = collect(load_model(model))
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
    else:
        show(facts, model)


def collect(network: Any) -> dict[str, Any]:
    """Gather what there is to tell about a model."""
    # What an encoder-decoder carries along while it writes is the decoder's state.
    sides = [network.encoder, network.decoder] if network.config.is_encoder_decoder else [network.base_model]
    state = [tensor for layer in sides[-1].layers for tensor in layer.init_state(1)]
    parts = {"embedding": "embed_tokens", "characters": "characters", "layers": "layers"}
    counts = {name: count(getattr(side, part) for side in sides) for name, part in parts.items()}
    counts["head and rest"] = network.num_parameters() - sum(counts.values())
    return {
        "class": type(network).__name__,
        "cell": network.config.cell,
        "hidden_size": network.config.hidden_size,
        "bidirectional": network.config.bidirectional,
        "vocab_size": network.config.vocab_size,
        "labels": list(network.config.id2label.values()) if hasattr(network, "num_labels") else None,
        "parameters": {**counts, "all": network.num_parameters()},
        "state_numbers_per_sequence": sum(tensor.numel() for tensor in state),
        "state_bytes_per_sequence": sum(tensor.numel() * tensor.element_size() for tensor in state),
        "provenance": network.config.provenance,
        "layers": network.explain(),
    }


def count(parts: Iterable[Any]) -> int:
    """Count the parameters of modules, or of None; what two of them share counts once."""
    found = {p: p.numel() for part in parts if part is not None for p in part.parameters()}
    return sum(found.values())


def show(facts: dict[str, Any], title: str) -> None:
    """Print the facts as two tables."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title=title, show_header=False)
    for name in ("class", "cell", "hidden_size", "bidirectional", "vocab_size", "labels"):
        if facts[name] is not None:
            table.add_row(name.replace("_", " "), str(facts[name]))
    for name, count in facts["parameters"].items():
        table.add_row(f"parameters: {name}", f"{count:,}")
    table.add_row("state of one sequence", f"{facts['state_bytes_per_sequence']:,} bytes, however long it is")
    console.print(table)
    plans = Table("layer", "direction", "cell", "plan", "why", title="how each layer runs")
    for row in facts["layers"]:
        plans.add_row(*(str(row[key]) for key in ("layer", "direction", "cell", "plan", "reason")))
    console.print(plans)
