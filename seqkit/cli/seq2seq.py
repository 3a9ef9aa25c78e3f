"""What `seqkit evaluate` does with an encoder-decoder."""

from typing import Any


def measure_pairs(
    network: Any, source: Any, target: Any, rows: Any, batch_size: int, num_beams: int | None = None
) -> dict[str, float]:
    """Return loss, perplexity, BLEU, chrF and exact matches on pairs, as `read_dataset` gives them.

    Args:
        network: the encoder-decoder.
        source: the source's tokenizer; None for a model that reads vectors.
        target: the target's.
        rows: the pairs.
        batch_size: pairs at once.
        num_beams: targets of each source followed side by side; None is the model's own.
    """
    import tempfile

    from transformers import PrinterCallback

    from seqkit.data.inputs import inputs_of
    from seqkit.training import RNNSeq2SeqTrainer, RNNTrainingArguments
    from seqkit.training.seq2seq import encode_pairs
    from seqkit.training.translation import Translation

    inputs = inputs_of(network, source)
    with tempfile.TemporaryDirectory() as folder:
        quiet: dict[str, Any] = {"disable_tqdm": True, "report_to": "none", "predict_with_generate": True}
        quiet |= {"generation_num_beams": num_beams}
        arguments = RNNTrainingArguments(folder, per_device_eval_batch_size=batch_size, **quiet)
        trainer = RNNSeq2SeqTrainer(
            network,
            arguments,
            data_collator=inputs.collator,
            processing_class=source,
            compute_metrics=Translation(target, list(rows["target"])),
        )
        trainer.remove_callback(PrinterCallback)
        found = trainer.evaluate(encode_pairs(rows, inputs, target))
    other = ("runtime", "per_second", "preparation_time", "epoch")
    return {name.removeprefix("eval_"): value for name, value in found.items() if not name.endswith(other)}
