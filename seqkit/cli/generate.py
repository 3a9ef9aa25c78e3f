"""`seqkit generate`: a language model writes, and one sees it write."""

from typing import Annotated

import typer


def generate(
    model: Annotated[str, typer.Argument(help="The folder of a saved language model, or its name on the hub.")],
    prompt: Annotated[str, typer.Argument(help="What the text begins with.")] = "\n",
    max_new_tokens: Annotated[int, typer.Option(help="How many tokens to write.", min=1)] = 400,
    temperature: Annotated[float, typer.Option(help="Below 1 is more careful, above 1 wilder.", min=0.01)] = 0.8,
    top_k: Annotated[int, typer.Option(help="Choose among the k likeliest tokens; 0 is all.", min=0)] = 0,
    top_p: Annotated[float, typer.Option(help="Choose among the likeliest of this total.", min=0.01, max=1)] = 1.0,
    greedy: Annotated[bool, typer.Option("--greedy", help="Always take the likeliest token.")] = False,
    seed: Annotated[int | None, typer.Option(help="Write the same again.")] = None,
) -> None:
    """Let a language model go on with a text; it appears as it is written."""
    import torch
    from transformers import set_seed

    from seqkit.cli.loading import load_model, load_tokenizer, task_of
    from seqkit.errors import DataError
    from seqkit.generation.streamer import CharStreamer

    network, tokenizer = load_model(model), load_tokenizer(model)
    if task_of(network) != "causal-lm":
        raise DataError(f"{model} is a {type(network).__name__}, which does not write. Use: seqkit predict {model}")
    if not prompt:
        raise DataError("the prompt is empty; a model needs something to go on from. Leave it out to begin a line.")
    if seed is not None:
        set_seed(seed)
    ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)["input_ids"]
    choice = {} if greedy else {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    network.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=max_new_tokens,
        do_sample=not greedy,
        streamer=CharStreamer(tokenizer),
        **choice,
    )
    typer.echo()
