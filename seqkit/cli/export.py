"""`seqkit export`: a trained model as a folder that runs without torch."""

from pathlib import Path
from typing import Annotated

import typer

from seqkit.cli.loading import Model


def export(
    model: Model,
    to: Annotated[str, typer.Option("--to", help="The format; only onnx so far.")] = "onnx",
    output: Annotated[Path | None, typer.Option(help="The new folder; by default MODEL-onnx.")] = None,
    int8: Annotated[bool, typer.Option("--int8", help="Round the weights to 8 bits: smaller and faster.")] = False,
) -> None:
    """Write a model as ONNX graphs, compared with torch before they are kept; `seqkit.runtime` runs them."""
    from seqkit.cli.loading import load_both
    from seqkit.errors import ExportError
    from seqkit.export.folder import export_onnx, need_onnx

    if to != "onnx":
        raise ExportError(f"--to is {to!r}; expected onnx.")
    need_onnx()
    network, tokenizer = load_both(model)
    name = f"{Path(model).resolve().name}-onnx" + ("-int8" if int8 else "")
    made = export_onnx(network, tokenizer, Path(name) if output is None else output, int8=int8)
    for file, difference in made.differences.items():
        typer.echo(f"{file}\t{made.megabytes[file]:.1f} MB\twithin {difference:.1e} of torch" + " in 32 bits" * int8)
    typer.echo(f"{made.folder} is ready: seqkit.runtime.load({str(made.folder)!r})")
