"""transformers' Trainer, carrying the recurrent state from batch to batch of a long text."""

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, RandomSampler, Sampler, SequentialSampler
from transformers import TrainerCallback, TrainerControl

from seqkit.cells.base import State
from seqkit.data.batching import LengthSampler, row_lengths
from seqkit.data.streams import IGNORED, StreamDataset
from seqkit.engine.masks import dropout_seed, mix
from seqkit.errors import ConfigError, StateError
from seqkit.models.state import RNNCache, detach
from seqkit.training.checkpoints import SafeCheckpoints

STATE_FILE = "rnn_state.safetensors"


class RNNTrainer(SafeCheckpoints):
    """transformers' Trainer for recurrent networks; arguments are the same.

    On a `StreamDataset` it truncates back-propagation in time: the state that a batch ends with begins the next one,
    cut off the graph. It starts anew with each epoch, is saved in checkpoints beside the random state and restored
    from there, and an evaluation has its own. On any other data set it is the stock Trainer, but that its batches hold
    rows of similar length (`train_sampling_strategy`), in an order that follows from seed and epoch. Checkpoints are
    whole or not there (`train`).

    The masks of dropout follow from seed and step, row by row: accumulating gradients over parts of a batch gives those
    of the whole.

    Raises:
        ConfigError: if the batch size is not the number of streams.

    Example:
        >>> import tempfile
        >>> from seqkit import RNNConfig, RNNForCausalLM
        >>> from seqkit.training import RNNTrainingArguments
        >>> data = StreamDataset(torch.arange(100) % 5, batch_size=4, sequence_length=8)
        >>> model = RNNForCausalLM(RNNConfig(vocab_size=5, hidden_size=8))
        >>> arguments = RNNTrainingArguments(
        ...     tempfile.mkdtemp(), per_device_train_batch_size=4, max_steps=2, disable_tqdm=True, use_cpu=True
        ... )
        >>> RNNTrainer(model, arguments, train_dataset=data).train().global_step  # doctest: +ELLIPSIS
        {'train_runtime': ...}
        2
    """

    control: TrainerControl

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._state: tuple[State, ...] | None = None
        self._part = (-1, 0)  # an optimiser's step, and how many parts of its batch were read
        self.add_callback(_ForgetAtEpoch(self))
        data = self.train_dataset
        if isinstance(data, StreamDataset):
            # Every segment counts equally: the loss is a mean per batch, and accumulation divides it.
            self.loss_is_scaled_for_ga = False
            if data.batch_size != self.args.train_batch_size:
                raise ConfigError(
                    f"the data has {data.batch_size} streams, but a batch has {self.args.train_batch_size} rows. "
                    f"Set per_device_train_batch_size={data.batch_size}."
                )

    def forget(self) -> None:
        """Let the next batch begin with the model's own initial state."""
        self._state = None

    def _get_train_sampler(self, train_dataset: Dataset | None = None) -> Sampler | None:
        """Take streams in their order, and rows in batches of similar length, as `train_sampling_strategy` has it."""
        data: Any = self.train_dataset if train_dataset is None else train_dataset
        if isinstance(data, StreamDataset):
            return SequentialSampler(data)
        if self.args.train_sampling_strategy != "group_by_length" or not hasattr(data, "__len__"):
            return super()._get_train_sampler(train_dataset)
        # Asked of the data as it was given: a column of lengths is no input of the model, and has been removed since.
        lengths = row_lengths(self.train_dataset, self.model.main_input_name, self.args.length_column_name)
        if lengths is None:
            return RandomSampler(data)
        seed = self.args.seed if self.args.data_seed is None else self.args.data_seed
        return LengthSampler(lengths, self.args.train_batch_size, seed)

    def _get_eval_sampler(self, eval_dataset: Dataset) -> Sampler | None:
        """Keep the order of the rows, so that predictions stand where their rows do."""
        if self.args.train_sampling_strategy == "group_by_length" and hasattr(eval_dataset, "__len__"):
            return SequentialSampler(eval_dataset) if self.args.world_size <= 1 else None
        return super()._get_eval_sampler(eval_dataset)

    def _set_signature_columns_if_needed(self) -> None:
        """Keep the targets of streams: a language model takes them, but not as an argument of that name."""
        super()._set_signature_columns_if_needed()
        if self._signature_columns is not None and "shift_labels" not in self._signature_columns:
            self._signature_columns.append("shift_labels")

    def training_step(self, model: nn.Module, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Tensor:
        """Read one part of a batch, with the dropout of the whole, however many parts and processes there are."""
        step, (last, parts) = self.state.global_step, self._part
        part = parts if step == last else 0
        self._part = (step, part + 1)
        first = (part * self.args.world_size + self.args.process_index) * self.args.train_batch_size
        with dropout_seed(mix(self.args.seed, f"step {step}"), first):
            return super().training_step(model, inputs, *args, **kwargs)

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """Compute the loss, with the carried state on streams."""
        if not (isinstance(self.train_dataset, StreamDataset) and model.training):
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        outputs = model(**inputs, initial_state=self._state, return_state=True)
        self._state = detach(outputs.state)
        loss = outputs.loss
        if self.label_smoother is not None:
            loss = self.label_smoother(outputs, inputs["shift_labels"])
        return (loss, outputs) if return_outputs else loss

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: list[str] | None = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Evaluate; on streams, over the whole text with carried state.

        Returns:
            On streams `eval_loss` in nats per token, `eval_perplexity` and `eval_bits_per_token`; else as transformers.
        """
        data = self.eval_dataset if eval_dataset is None else eval_dataset
        if not isinstance(data, StreamDataset):
            return super().evaluate(eval_dataset, ignore_keys, metric_key_prefix)
        nats = self.text_loss(data)
        metrics = {"loss": nats, "perplexity": math.exp(min(nats, 700)), "bits_per_token": nats / math.log(2)}
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in metrics.items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    @torch.no_grad()
    def text_loss(self, data: StreamDataset) -> float:
        """Return the mean loss in nats per token over all of a text's streams."""
        was_training = self.model.training
        self.model.eval()
        state, total, count = None, 0.0, 0
        # A loader draws a seed even where it shuffles nothing; the training's own generator must not notice.
        for batch in DataLoader(data, data.batch_size, generator=torch.Generator()):
            batch = self._prepare_inputs(batch)
            with self.accelerator.autocast():
                outputs = self.model(**batch, initial_state=state, return_state=True, use_cache=False)
            state = outputs.state
            tokens = int((batch["shift_labels"] != IGNORED).sum())
            # A batch of nothing but filling has the mean NaN of no numbers.
            total += float(outputs.loss) * tokens if tokens else 0.0
            count += tokens
        self.model.train(was_training)
        return total / count

    def _save_rng_state(self, output_dir: str) -> None:
        """Save the recurrent state beside the random one."""
        super()._save_rng_state(output_dir)
        if self._state is not None:
            cache = RNNCache(len(self._state))
            cache.store(self._state, 0)
            cache.save(Path(output_dir) / STATE_FILE)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        """Restore the recurrent state with the random one."""
        super()._load_rng_state(checkpoint)
        if checkpoint is None or not isinstance(self.train_dataset, StreamDataset):
            return
        path = Path(checkpoint) / STATE_FILE
        if not path.is_file():
            raise StateError(f"{checkpoint} has no {STATE_FILE}: training cannot go on as it was. Take another one.")
        # A checkpoint of an epoch's end holds the text's last state: the next epoch begins with none.
        if not float(self.state.epoch or 0).is_integer():
            self._state = RNNCache.load(path).to(self.args.device).state


class _ForgetAtEpoch(TrainerCallback):
    """Begins each epoch with the text's beginning, so with no state."""

    def __init__(self, trainer: RNNTrainer) -> None:
        self.trainer = trainer

    def on_epoch_begin(self, *args: Any, **kwargs: Any) -> None:
        self.trainer.forget()
