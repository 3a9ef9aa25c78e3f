"""Ctrl-C in a training: the step is finished, a checkpoint is saved, and the next run goes on from it."""

import signal
import threading
from types import FrameType
from typing import Any

from rich.console import Console
from transformers import TrainerCallback, TrainerControl


class StopsAtInterrupt(TrainerCallback):
    """Ends a training with a checkpoint when it is interrupted; a second Ctrl-C ends it at once.

    One of several processes is left to what the system does: they would not stop at the same step.

    Args:
        console: where it is told.

    Attributes:
        asked: whether it was interrupted.
    """

    def __init__(self, console: Console) -> None:
        self.console, self.asked = console, False
        self._before: Any = None

    def on_train_begin(self, args: Any, state: Any, control: TrainerControl, **kwargs: Any) -> None:
        """Listen; only the main thread may, and only for what nobody ignores."""
        own = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if own and args.world_size == 1 and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._ask)

    def on_step_end(self, args: Any, state: Any, control: TrainerControl, **kwargs: Any) -> None:
        """Save and stop where it was asked for."""
        if self.asked:
            control.should_save = control.should_training_stop = True

    on_evaluate = on_step_end

    def on_train_end(self, args: Any, state: Any, control: TrainerControl, **kwargs: Any) -> None:
        """Listen no more."""
        self.restore()

    def restore(self) -> None:
        """Give Ctrl-C back its meaning; a training that ends by an error calls no callback."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.restore()
        self.asked = True
        self.console.print("\nstopping after this step, with a checkpoint (Ctrl-C again: at once, without)")
