"""What the verbs of the command line do with an encoder-decoder."""

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any


def predict_targets(
    network: Any, tokenizers: tuple[Any, Any], rows: list[str], batch_size: int, output: str | None, as_json: bool
) -> None:
    """Write the target of each source, a line each; a file appears whole or not at all.

    Args:
        network: the encoder-decoder.
        tokenizers: those of source and target.
        rows: the sources.
        batch_size: sources at once.
        output: the file for JSON lines; None is the terminal.
        as_json: whether the terminal gets JSON lines.
    """
    from seqkit.files import replacing
    from seqkit.training.seq2seq import translate

    with ExitStack() as stack:
        path = stack.enter_context(replacing(Path(output))) if output else None
        file = stack.enter_context(path.open("w", encoding="utf-8")) if path else sys.stdout
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            for row, written in zip(batch, translate(network, *tokenizers, batch), strict=True):
                answer = json.dumps({"source": row, "target": written}, ensure_ascii=False)
                print(answer if as_json or output else written, file=file)


def measure_pairs(network: Any, source: Any, target: Any, rows: Any, batch_size: int) -> dict[str, float]:
    """Return loss, perplexity, BLEU, chrF and exact matches on pairs, as `read_dataset` gives them."""
    import tempfile

    from transformers import DataCollatorForSeq2Seq, PrinterCallback

    from seqkit.training import RNNSeq2SeqTrainer, RNNTrainingArguments
    from seqkit.training.seq2seq import encode_pairs
    from seqkit.training.translation import Translation

    with tempfile.TemporaryDirectory() as folder:
        quiet: dict[str, Any] = {"disable_tqdm": True, "report_to": "none", "predict_with_generate": True}
        arguments = RNNTrainingArguments(folder, per_device_eval_batch_size=batch_size, **quiet)
        trainer = RNNSeq2SeqTrainer(
            network,
            arguments,
            data_collator=DataCollatorForSeq2Seq(source, network),
            processing_class=source,
            compute_metrics=Translation(target, list(rows["target"])),
        )
        trainer.remove_callback(PrinterCallback)
        found = trainer.evaluate(encode_pairs(rows, source, target))
    other = ("runtime", "per_second", "preparation_time", "epoch")
    return {name.removeprefix("eval_"): value for name, value in found.items() if not name.endswith(other)}
