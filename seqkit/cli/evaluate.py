"""`seqkit evaluate`: the figures of a saved model on a file."""

import json
from typing import Annotated, Any

import typer


def evaluate(
    model: Annotated[str, typer.Argument(help="The folder of a saved model, or its name on the hub.")],
    data: Annotated[list[str], typer.Option(help="A file, a saved data set or a hub name; may be repeated.")],
    split: Annotated[str, typer.Option(help="Which split of a data set; files are all `train`.")] = "train",
    text_column: Annotated[str | None, typer.Option(help="Column of the text, or of the words.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the label, or of the words' labels.")] = None,
    batch_size: Annotated[int, typer.Option(help="Rows, or streams of a long text, at once.", min=1)] = 16,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure a saved model on data with labels, or a language model on a text."""
    from seqkit.cli.loading import load_model, load_tokenizer, task_of
    from seqkit.data import read_dataset

    network, tokenizer = load_model(model), load_tokenizer(model)
    task: Any = task_of(network)
    rows = read_dataset(data, task=task, text_column=text_column, label_column=label_column, split=split)
    if task == "seq2seq":
        from seqkit.cli.seq2seq import measure_pairs
        from seqkit.tokenizers.pair import target_tokenizer

        target = target_tokenizer(network.config, tokenizer, model)
        figures = measure_pairs(network, tokenizer, target, rows, batch_size)
    else:
        figures = measure(network, tokenizer, task, rows, batch_size)
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        show(figures, f"{model} on {', '.join(data)}")


def measure(network: Any, tokenizer: Any, task: str, rows: Any, batch_size: int) -> dict[str, float]:
    """Evaluate a model on a data set as `read_dataset` gives it."""
    import tempfile

    from transformers import DataCollatorForTokenClassification, DataCollatorWithPadding, PrinterCallback

    from seqkit.data import LabelSet, StreamDataset, encode_text
    from seqkit.training import RNNTrainer, RNNTrainingArguments, metrics, tasks
    from seqkit.training.text_figures import text_figures

    with tempfile.TemporaryDirectory() as folder:
        arguments = RNNTrainingArguments(
            folder, per_device_eval_batch_size=batch_size, disable_tqdm=True, report_to="none"
        )
        if task == "causal-lm":
            text = "".join(rows["text"])
            ids = encode_text(tokenizer, text)
            trainer = RNNTrainer(network, arguments)
            nats = trainer.text_loss(StreamDataset(ids, batch_size, arguments.eval_sequence_length, whole=True))
            return text_figures(nats, len(text) / len(ids))
        labels = LabelSet.from_config(network.config)
        if task == "token-classification":
            figures: Any = metrics.Tagging(list(labels.names))
            encoded = tasks.encode_words(rows, tokenizer, labels)
            collator: Any = DataCollatorForTokenClassification(tokenizer)
        else:
            figures = tasks.FIGURES[labels.problem_type]
            encoded, collator = tasks.encode_rows(rows, tokenizer, labels), DataCollatorWithPadding(tokenizer)
        trainer = RNNTrainer(
            network, arguments, data_collator=collator, processing_class=tokenizer, compute_metrics=figures
        )
        trainer.remove_callback(PrinterCallback)
        found = trainer.evaluate(encoded)
    # Its speed, and an epoch of 0, say nothing of the model.
    other = ("runtime", "per_second", "preparation_time", "epoch")
    return {name.removeprefix("eval_"): value for name, value in found.items() if not name.endswith(other)}


def show(figures: dict[str, float], title: str) -> None:
    """Print figures as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table("figure", "value", title=title)
    table.columns[1].justify = "right"
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), f"{value:.4f}")
    Console().print(table)
