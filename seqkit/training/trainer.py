"""transformers' Trainer, carrying the recurrent state from batch to batch of a long text."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, RandomSampler, Sampler, SequentialSampler
from transformers import TrainerCallback, TrainerControl

from seqkit.cells.base import State
from seqkit.data.batching import LengthSampler, row_lengths
from seqkit.data.segments import EpochSampler
from seqkit.data.streams import IGNORED, StreamDataset, Streams
from seqkit.engine.masks import dropout_seed, mix
from seqkit.errors import ConfigError, StateError
from seqkit.models.state import RNNCache, detach
from seqkit.training.checkpoints import SafeCheckpoints
from seqkit.training.class_weights import weighted_loss
from seqkit.training.divergence import StopsAtNaN
from seqkit.training.forgetting import drawn, forgetful
from seqkit.training.methods import TrainingMethods
from seqkit.training.regularization import regularized
from seqkit.training.segments import LengthScaledRate
from seqkit.training.text_figures import characters_per_token, text_figures

STATE_FILE = "rnn_state.safetensors"


class RNNTrainer(StopsAtNaN, SafeCheckpoints, TrainingMethods):
    """transformers' Trainer for recurrent networks; arguments are the same.

    On a `StreamDataset` or `DocumentStreams` it truncates back-propagation in time: the state that a batch ends with
    begins the next one, cut off the graph. It starts anew with each epoch and where a document begins, is saved in
    checkpoints beside the random state and restored from there, and an evaluation has its own. With several processes
    each has streams, and a state, of its own. All tokens of a step count equally.

    On any other data set it is the stock Trainer, but that its batches hold rows of similar length
    (`train_sampling_strategy`), in an order that follows from seed and epoch. Checkpoints are whole or not there
    (`train`).

    The masks of dropout follow from seed and step, row by row: accumulating gradients over parts of a batch gives those
    of the whole.

    Raises:
        ConfigError: if the batch size of all processes is not the number of streams, or one process has several GPUs.
        DivergenceError: if the loss or the gradient of a step is no number.

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
    train_dataset: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._state: tuple[State, ...] | None = None
        self._part = (-1, 0)  # an optimiser's step, and how many parts of its batch were read
        self._first = 0  # place of this part's first row in the batch of all parts and processes
        self._rate: LengthScaledRate | None = None
        self.add_callback(_ForgetAtEpoch(self))
        if getattr(self.args, "class_weights", None) and self.train_dataset is not None:
            self.compute_loss_func = weighted_loss(self.args.class_weights, self.train_dataset, self.model)
        if self.args.ddp_find_unused_parameters is None:
            # To look for them costs time in each step, and only one kind is ever left out: by a carried state.
            self.args.ddp_find_unused_parameters = bool(getattr(self.model.config, "learn_initial_state", False))
        if self.carries_state:
            # What compute_loss returns is of the size of one batch's mean: accumulation divides it.
            self.loss_is_scaled_for_ga = False
            check_streams(self.train_dataset, self.args)
            if getattr(self.args, "random_segment_lengths", False):
                self.train_dataset = self.train_dataset.with_random_lengths(self.args.seed)
                self._rate = LengthScaledRate(self.train_dataset.sequence_length)
                self.add_callback(self._rate)

    @property
    def carries_state(self) -> bool:
        """Whether a batch goes on where the one before ended."""
        return isinstance(self.train_dataset, Streams)

    def forget(self) -> None:
        """Let the next batch begin with the model's own initial state."""
        self._state = None
        if self.regularizer is not None:
            self.regularizer.forget()

    def _get_train_sampler(self, train_dataset: Dataset | None = None) -> Sampler | None:
        """Take streams in their order, and rows in batches of similar length, as `train_sampling_strategy` has it."""
        data: Any = self.train_dataset if train_dataset is None else train_dataset
        if isinstance(data, StreamDataset):
            return EpochSampler(len(data))
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
        """Keep what models take beyond the arguments they name: the targets of streams, and the characters of words."""
        super()._set_signature_columns_if_needed()
        for name in ("shift_labels", "character_ids"):
            if self._signature_columns is not None and name not in self._signature_columns:
                self._signature_columns.append(name)

    def _get_num_items_in_batch(self, batch_samples: list, device: torch.device) -> Tensor | int | None:
        """Count the targets of a step, over all its parts and processes: documents leave some places without one."""
        if not self.carries_state or not batch_samples:
            return super()._get_num_items_in_batch(batch_samples, device)
        counts = [(batch["shift_labels"] != IGNORED).sum() for batch in batch_samples]
        return self.accelerator.reduce(torch.stack(counts).sum().to(device), "sum").clamp(min=1)

    def training_step(self, model: nn.Module, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Tensor:
        """Read one part of a batch, with the dropout of the whole, however many parts and processes there are."""
        step, (last, parts) = self.state.global_step, self._part
        part = parts if step == last else 0
        self._part = (step, part + 1)
        if self._rate is not None:
            self._rate.saw(inputs["input_ids"].shape[1])
        self._first = (part * self.args.world_size + self.args.process_index) * self.args.train_batch_size
        with dropout_seed(mix(self.args.seed, f"step {step}"), self._first):
            return super().training_step(model, inputs, *args, **kwargs)

    @regularized
    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """Compute the loss, with the carried state on streams."""
        if not (self.carries_state and model.training):
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        given = {} if num_items_in_batch is None else {"num_items_in_batch": num_items_in_batch}
        if self.label_smoother is not None:
            given["label_smoothing"] = self.label_smoother.epsilon
        outputs = model(**inputs, **given, initial_state=self._begin(), return_state=True)
        self._state = detach(outputs.state)
        loss = outputs.loss
        if num_items_in_batch is not None:
            # This is a share of the mean over all tokens of the step, but processes and parts take a mean of theirs.
            loss = loss * (self.args.world_size * self.current_gradient_accumulation_steps)
        return (loss, outputs) if return_outputs else loss

    def _begin(self) -> tuple[State, ...] | None:
        """Return the state that a segment begins with: the carried one, set back in rows that are drawn."""
        chance = getattr(self.args, "state_reset_probability", 0.0)
        if self._state is None or not chance:
            return self._state
        count = self._state[0][0].shape[0]
        rows = drawn(self.args.seed, self.state.global_step, self._first, count, chance)
        if not rows.any():
            return self._state
        layers = self.accelerator.unwrap_model(self.model).rnn_layers
        return forgetful(self._state, tuple(layer.init_state(count) for layer in layers), rows.to(self.args.device))

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: list[str] | None = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Evaluate; on streams, over the whole text with carried state.

        Returns:
            On streams `eval_loss` in nats per token, `eval_perplexity`, `eval_bits_per_token`, and
            `eval_bits_per_character` where the data or the tokenizer (`processing_class`) tells of characters; else as
            transformers.
        """
        data = self.eval_dataset if eval_dataset is None else eval_dataset
        if not isinstance(data, Streams):
            return super().evaluate(eval_dataset, ignore_keys, metric_key_prefix)
        nats = self.text_loss(data)
        figures = text_figures(nats, characters_per_token(data, self.processing_class))
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in figures.items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    @torch.no_grad()
    def text_loss(self, data: Any) -> float:
        """Return the mean loss in nats per token over all of a text's streams, of which each process reads some.

        Args:
            data: a `StreamDataset` or `DocumentStreams`, `whole` if every token shall count.
        """
        was_training = self.model.training
        self.model.eval()
        self._rest()
        state, total, count = None, 0.0, 0
        # A loader draws a seed even where it shuffles nothing; the training's own generator must not notice.
        for batch in DataLoader(data, data.batch_size, generator=torch.Generator()):
            batch = {name: rows[self.args.process_index :: self.args.world_size] for name, rows in batch.items()}
            if not len(batch["input_ids"]):
                continue
            batch = self._prepare_inputs(batch)
            with self.accelerator.autocast():
                outputs = self.model(
                    **batch, initial_state=state, return_state=True, use_cache=False, return_logits=False
                )
            state = outputs.state
            tokens = int((batch["shift_labels"] != IGNORED).sum())
            # A batch of nothing but filling has the mean NaN of no numbers.
            total += float(outputs.loss) * tokens if tokens else 0.0
            count += tokens
        self.model.train(was_training)
        if self.args.world_size > 1:
            sums = torch.tensor([total, count], dtype=torch.float64, device=self.args.device)
            total, count = self.accelerator.reduce(sums, "sum").tolist()
        return total / count

    def _save_rng_state(self, output_dir: str) -> None:
        """Save the recurrent state beside the random one."""
        super()._save_rng_state(output_dir)
        if self._state is not None:
            cache = RNNCache(len(self._state))
            cache.store(self._state, 0)
            if self.regularizer is not None and self.regularizer.last is not None:
                cache.output = self.regularizer.last
            cache.save(Path(output_dir) / self._state_file())

    def _load_rng_state(self, checkpoint: str | None) -> None:
        """Restore the recurrent state with the random one."""
        super()._load_rng_state(checkpoint)
        if checkpoint is None or not self.carries_state:
            return
        path = Path(checkpoint) / self._state_file()
        if not path.is_file():
            raise StateError(f"{checkpoint} has no {path.name}: training cannot go on as it was. Take another one.")
        # A checkpoint of an epoch's end holds the text's last state: the next epoch begins with none.
        if float(self.state.epoch or 0).is_integer():
            return
        cache = RNNCache.load(path).to(self.args.device)
        self._state = cache.state
        if self.regularizer is not None:
            self.regularizer.last = cache.output

    def _state_file(self) -> str:
        """Name the file of this process's streams."""
        return STATE_FILE if self.args.world_size <= 1 else f"rnn_state_{self.args.process_index}.safetensors"


class _ForgetAtEpoch(TrainerCallback):
    """Begins each epoch with the text's beginning, so with no state."""

    def __init__(self, trainer: RNNTrainer) -> None:
        self.trainer = trainer

    def on_epoch_begin(self, *args: Any, **kwargs: Any) -> None:
        self.trainer.forget()


def check_streams(data: Any, args: Any) -> None:
    """Refuse streams that the processes of a training cannot share.

    Args:
        data: the streams.
        args: the training arguments.

    Raises:
        ConfigError: if a row of the batch would not be a stream.
    """
    if args.n_gpu > 1:
        raise ConfigError(f"{args.n_gpu} GPUs cannot share a carried state. Start one process for each, by torchrun.")
    rows = args.train_batch_size * args.world_size
    if data.batch_size != rows:
        raise ConfigError(
            f"the data has {data.batch_size} streams, but a batch has {rows} rows"
            + (f" ({args.world_size} processes). " if args.world_size > 1 else ". ")
            + f"Set per_device_train_batch_size={max(1, data.batch_size // args.world_size)}."
        )
