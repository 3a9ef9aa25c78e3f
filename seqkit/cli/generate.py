"""`seqkit generate`: a language model writes, and one sees it write."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from seqkit.cli.loading import Model


def generate(
    model: Model,
    prompt: Annotated[str | None, typer.Argument(help="What the text begins with, or goes on with.")] = None,
    max_new_tokens: Annotated[int, typer.Option(help="How many tokens to write.", min=1)] = 400,
    temperature: Annotated[float, typer.Option(help="Below 1 is more careful, above 1 wilder.", min=0.01)] = 0.8,
    top_k: Annotated[int, typer.Option(help="Choose among the k likeliest tokens; 0 is all.", min=0)] = 0,
    top_p: Annotated[float, typer.Option(help="Choose among the likeliest of this total.", min=0.01, max=1)] = 1.0,
    greedy: Annotated[bool, typer.Option("--greedy", help="Always take the likeliest token.")] = False,
    seed: Annotated[int | None, typer.Option(help="Write the same again.")] = None,
    int8: Annotated[bool, typer.Option("--int8", help="Round the weights to 8 bits: faster on a CPU.")] = False,
    state: Annotated[Path | None, typer.Option(help="Go on from this file if it is there, and save to it.")] = None,
) -> None:
    """Let a language model go on with a text; it appears as it is written."""
    from transformers import set_seed

    from seqkit.cli.loading import load_both, task_of
    from seqkit.errors import DataError
    from seqkit.generation import Stream, quantize

    network, tokenizer = load_both(model)
    if task_of(network) != "causal-lm":
        raise DataError(
            f"{model} is a {type(network).__name__}, which does not go on with a text. Use: seqkit predict {model}"
        )
    network = quantize(network) if int8 else network
    if state is not None and state.exists():
        stream = Stream.load(network, state, tokenizer)
    else:
        stream = Stream(network, tokenizer)
    text = "\n" if prompt is None and not len(stream) else prompt or ""
    if not text and not len(stream):
        raise DataError("the prompt is empty; a model needs something to go on from. Leave it out to begin a line.")
    if seed is not None:
        set_seed(seed)
    choice = {} if greedy else {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    stream.feed(text)
    typer.echo(text, nl=False)
    try:
        with closing(stream.iterate(max_new_tokens, do_sample=not greedy, **choice)) as pieces:
            for piece in pieces:
                typer.echo(piece, nl=False)
    finally:
        # Also where Ctrl-C broke off: the stream has seen what was shown.
        if state is not None:
            stream.save(state)
    typer.echo()
