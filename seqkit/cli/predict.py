"""`seqkit predict`: labels for texts or for the words of texts, and the targets of sources."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer


def predict(
    model: Annotated[str, typer.Argument(help="The folder of a saved model, or its name on the hub.")],
    texts: Annotated[list[str] | None, typer.Argument(help="Texts; or give --data.")] = None,
    data: Annotated[list[str] | None, typer.Option(help="A file, a saved data set or a hub name.")] = None,
    output: Annotated[
        str | None, typer.Option(help="File for the answers, one JSON a line; else the terminal.")
    ] = None,
    text_column: Annotated[str | None, typer.Option(help="Column of the text, or of the words.")] = None,
    batch_size: Annotated[int, typer.Option(help="Texts at once.", min=1)] = 32,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Classify texts, tag their words, or write their targets, as translations are."""
    from seqkit.cli.loading import load_model, load_tokenizer, task_of
    from seqkit.data import read_dataset
    from seqkit.errors import DataError
    from seqkit.files import replacing

    if bool(texts) == bool(data):
        raise DataError("give either texts, or --data FILE.")
    network, tokenizer = load_model(model), load_tokenizer(model)
    task: Any = task_of(network)
    if task == "causal-lm":
        raise DataError(f"{model} is a language model, which has no labels to predict. Use: seqkit generate {model}")
    if task == "seq2seq":
        from seqkit.cli.seq2seq import predict_targets
        from seqkit.tokenizers.pair import target_tokenizer

        table = read_dataset(data, task=task, text_column=text_column, with_labels=False) if data else None
        rows = list(texts or []) if table is None else list(table["source"])
        sides = tokenizer, target_tokenizer(network.config, tokenizer, model)
        predict_targets(network, sides, rows, batch_size, output, as_json)
        return
    column = "tokens" if task == "token-classification" else "text"
    if data:
        rows = read_dataset(data, task=task, text_column=text_column, with_labels=False)[column]
    else:
        rows = [text.split() for text in texts or []] if column == "tokens" else list(texts or [])
    with ExitStack() as stack:
        # A file appears whole or not at all; the terminal shows each answer at once.
        path = stack.enter_context(replacing(Path(output))) if output else None
        file = stack.enter_context(path.open("w", encoding="utf-8")) if path else sys.stdout
        for row, answer in zip(rows, answers(network, tokenizer, task, rows, batch_size), strict=True):
            line = json.dumps({column: row, **answer}, ensure_ascii=False) if as_json or output else spell(row, answer)
            print(line, file=file)


def answers(network: Any, tokenizer: Any, task: str, rows: Any, batch_size: int) -> Iterator[dict[str, Any]]:
    """Yield the answer to each row, a batch at a time."""
    import torch

    words = task == "token-classification"
    for start in range(0, len(rows), batch_size):
        batch = list(rows[start : start + batch_size])
        encoded = tokenizer(batch, is_split_into_words=words, padding=True, return_tensors="pt")
        with torch.inference_mode():
            logits = network(input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"]).logits
        for index, row in enumerate(batch):
            if words:
                yield {"labels": tags(logits[index], encoded.word_ids(index), len(row), network.config.id2label)}
            else:
                yield decide(logits[index], network.config)


def tags(logits: Any, word_ids: list[int | None], count: int, names: dict[int, str]) -> list[str | None]:
    """Return the label of each word: that of its first token."""
    found: list[str | None] = [None] * count
    for place, word in enumerate(word_ids):
        if word is not None and found[word] is None:
            found[word] = names[int(logits[place].argmax())]
    return found


def decide(logits: Any, config: Any) -> dict[str, Any]:
    """Return the label or labels of one text with their probability, or the value of a regression."""
    if config.problem_type == "regression":
        return {"value": round(float(logits[0]), 6)}
    if config.problem_type == "multi_label_classification":
        scores = {config.id2label[i]: round(float(p), 4) for i, p in enumerate(logits.sigmoid())}
        return {"labels": [name for name, p in scores.items() if p > 0.5], "scores": scores}
    best = int(logits.argmax())
    return {"label": config.id2label[best], "score": round(float(logits.softmax(-1)[best]), 4)}


def spell(row: Any, answer: dict[str, Any]) -> str:
    """Write an answer for a person."""
    if isinstance(row, list):
        return " ".join(f"{word}/{tag}" for word, tag in zip(row, answer["labels"], strict=True))
    if "label" in answer:
        return f"{answer['label']}\t{answer['score']:.3f}\t{row}"
    return f"{answer.get('value', ', '.join(answer.get('labels', [])) or '-')}\t{row}"
