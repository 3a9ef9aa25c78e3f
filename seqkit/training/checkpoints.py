"""A trainer whose checkpoints survive: each is whole under its name, or not there; a training goes on from a whole one.

.incomplete/checkpoint-20/   every process writes its files; all are synced; the manifest is written
checkpoint-20/               the folder is moved here, and the move synced; only then older ones are deleted
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from accelerate.utils import broadcast_object_list
from safetensors import SafetensorError
from transformers import Trainer, TrainerCallback
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from seqkit.errors import CheckpointError, SeqkitError
from seqkit.files import move_folder
from seqkit.manifest import seal, verify
from seqkit.training.identity import compare, identify
from seqkit.training.resuming import STAGING, newest, recover, resumable, rotate

T = TypeVar("T")


class SafeCheckpoints(Trainer):
    """transformers' Trainer with checkpoints that survive a crash, a full disk and a power cut.

    What is in a checkpoint, and all arguments and callbacks, are transformers' own; a manifest is added.
    """

    resumed_from: int | None = None
    """The step of the checkpoint that the training went on from, None if it began anew."""

    _run: Path | None = None  # the folder of checkpoints while one is saved beside it
    _identity: dict[str, Any] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_callback(_ReachSampler())

    def train(self, resume_from_checkpoint: str | bool | None = None, *args: Any, **kwargs: Any) -> Any:
        """Train, from the beginning or from a complete checkpoint.

        Args:
            resume_from_checkpoint: True goes on from the newest complete checkpoint in `output_dir`, and warns of each
                newer one that it passes over; a path goes on from that checkpoint; None or False begins anew.
            args: as transformers has them.
            kwargs: as transformers has them.

        Returns:
            transformers' `TrainOutput`.

        Raises:
            CheckpointError: if a checkpoint cannot be written; or if the one to go on from is incomplete or damaged
                (its first bad file is named), a model alone, or of another model, other data or other arguments that
                decide what a step is. Nothing was trained or changed then.
        """
        self._identity = on_main(self, lambda: identify(self))
        chosen = on_main(self, lambda: self._choose(resume_from_checkpoint))
        path, self.resumed_from = chosen
        return super().train(path, *args, **kwargs)

    def _choose(self, asked: str | bool | None) -> tuple[str | None, int | None]:
        """Return the checkpoint to go on from and its step, once all is known to be well with it."""
        if asked is None or asked is False:
            return None, None
        path, manifest = newest(Path(self.args.output_dir)) if asked is True else named(Path(asked))
        compare(self._identity or {}, manifest["training"], path)
        return str(path), manifest["step"]

    def _run_epoch(self, **kwargs: Any) -> None:
        """Train an epoch; where all steps are done, none: transformers does one more when it goes on from the last."""
        if self.state.global_step >= self.state.max_steps > 0:
            self.control.should_training_stop = True
        else:
            super()._run_epoch(**kwargs)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        """Restore the random state, which transformers goes on without where it is missing."""
        own = "rng_state.pth" if self.args.world_size <= 1 else f"rng_state_{self.args.process_index}.pth"
        if checkpoint is not None and not (Path(checkpoint) / own).is_file():
            raise CheckpointError(
                f"{checkpoint} has no {own}. With several machines, output_dir must lie on a disk that all share."
            )
        super()._load_rng_state(checkpoint)

    def _load_best_model(self) -> None:
        verify(Path(str(self.state.best_model_checkpoint)))
        super()._load_best_model()

    def _get_output_dir(self, trial: Any) -> str:
        """Let transformers write a checkpoint into the folder of incomplete ones."""
        return str(self._run / STAGING) if self._run else super()._get_output_dir(trial)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Save a checkpoint so that it has its name once it is complete, and not before."""
        run, name = Path(self._get_output_dir(trial)), f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
        with self._staging(run, name) as written:
            super()._save_checkpoint(model, trial)
            self._name_the_best(run, written)
            self.accelerator.wait_for_everyone()
            if self.args.should_save:
                record = {"step": self.state.global_step, "resumable": not self.args.save_only_model}
                seal(written, {**record, "training": self._identity or identify(self)})
                move_folder(written, run / name)
            self.accelerator.wait_for_everyone()
        if self.args.push_to_hub:
            self._push_from_checkpoint(str(run / name))
        if self.args.should_save:
            best = self.state.best_model_checkpoint
            rotate(run, self.args.save_total_limit, {run / name, *([Path(best)] if best else [])})

    @contextmanager
    def _staging(self, run: Path, name: str) -> Iterator[Path]:
        """Give the folder to write to; whatever happens, nothing half-written stays, and the older ones do."""
        if self.args.should_save:
            recover(run)
        self.accelerator.wait_for_everyone()
        self._run = run
        try:
            yield run / STAGING / name
        except (OSError, RuntimeError, SafetensorError) as error:
            raise CheckpointError(
                f"{run / name} could not be saved: {tell(error, run)}. The checkpoints before it are whole: mend this, "
                "and go on with resume_from_checkpoint=True."
            ) from error
        finally:
            self._run = None
            if self.args.should_save:
                shutil.rmtree(run / STAGING, ignore_errors=True)

    def _name_the_best(self, run: Path, written: Path) -> None:
        """Call the best checkpoint by the place where it is, or will be in a moment."""
        best = run / f"{PREFIX_CHECKPOINT_DIR}-{self.state.best_global_step}"
        if self.state.best_global_step and (best.is_dir() or best.name == written.name):
            self.state.best_model_checkpoint = str(best)
        if self.args.should_save:
            self.state.save_to_json(str(written / TRAINER_STATE_NAME))

    def _push_from_checkpoint(self, checkpoint_folder: str) -> None:
        """Push what is complete: while a checkpoint is written, its time has not come."""
        if self._run is None:
            super()._push_from_checkpoint(checkpoint_folder)


class _ReachSampler(TrainerCallback):
    """Tells the sampler which epoch begins.

    Where several processes go on within an epoch, the sampler is wrapped once more than transformers and accelerate
    look, and would give the order of the first epoch.
    """

    def on_epoch_begin(self, args: Any, state: Any, control: Any, train_dataloader: Any = None, **kwargs: Any) -> None:
        """Reach it through the loader that skips nothing."""
        if hasattr(train_dataloader, "set_epoch"):
            train_dataloader.set_epoch(int(state.epoch or 0))


def tell(error: Exception, folder: Path) -> str:
    """Tell what kept a disk from taking a file, and how much room it has: not every library names a full disk."""
    reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return f"{reason} ({shutil.disk_usage(folder).free / 1e6:,.1f} MB are free)" if folder.is_dir() else reason


def named(checkpoint: Path) -> tuple[Path, dict[str, Any]]:
    """Return a checkpoint that somebody asked for, and its manifest.

    Raises:
        CheckpointError: if no training can go on from it.
    """
    try:
        return checkpoint, resumable(checkpoint)
    except CheckpointError as error:
        raise CheckpointError(
            f"{error} Name another checkpoint, or take the newest complete one with resume_from_checkpoint=True."
        ) from error


def on_main(trainer: Trainer, work: Callable[[], T]) -> T:
    """Do something on the first process alone, and give its result, or raise its error, on all of them."""
    outcome: list[Any] = [None]
    if trainer.accelerator.is_main_process:
        try:
            outcome[0] = work()
        except SeqkitError as error:
            outcome[0] = error
    broadcast_object_list(outcome)
    if isinstance(outcome[0], SeqkitError):
        raise outcome[0]
    return outcome[0]
