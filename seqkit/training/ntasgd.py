"""SGD that begins to average its weights when the validation loss stops falling."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.optim import ASGD
from transformers import TrainerCallback

NEVER = 1e18
"""A step that no training reaches: averaging has not begun."""


def triggered(losses: Sequence[float], interval: int) -> bool:
    """Tell whether the last validation loss is above the best of those more than `interval` evaluations old.

    Args:
        losses: every validation loss so far, the newest last.
        interval: the n of the paper.

    Example:
        >>> triggered([3.0, 2.0, 2.5], 1), triggered([3.0, 2.0, 2.5, 2.4], 1)
        (False, True)
    """
    earlier = losses[:-1]
    return len(earlier) > interval and losses[-1] > min(earlier[: len(earlier) - interval])


class NTASGD(ASGD):
    """Non-monotonically triggered averaged SGD (Merity et al., 2018), on `torch.optim.ASGD`.

        w_{k+1} = w_k - η (∇f(w_k) + λ w_k)
        from the trigger T on, evaluation uses (w_T + … + w_k) / (k - T + 1)

    Until the trigger it is plain SGD. The learning rate is that of the moment, so schedules work. `eval()` puts the
    average in the parameters' place and `train()` takes it out again; transformers' Trainer calls both.

    Args:
        params: parameters, or groups of them.
        lr: learning rate η.
        weight_decay: λ; default 0.

    Source:
        Merity, Keskar & Socher, "Regularizing and optimizing LSTM language models", 2018.

    Example:
        >>> w = torch.nn.Parameter(torch.tensor([4.0]))
        >>> optimizer = NTASGD([w], lr=1.0)
        >>> for step in range(3):
        ...     w.grad = torch.ones(1)
        ...     optimizer.step()
        ...     if step == 0:
        ...         optimizer.trigger()
        >>> optimizer.eval()
        >>> w.item()  # the mean of 3, 2 and 1
        2.0
        >>> optimizer.train()
        >>> w.item()
        1.0
    """

    def __init__(self, params: Any, lr: float, weight_decay: float = 0.0) -> None:
        super().__init__(params, lr=lr, lambd=0.0, t0=NEVER, weight_decay=weight_decay)
        for group in self.param_groups:
            group["resting"] = False

    @property
    def averages(self) -> bool:
        """Whether averaging has begun."""
        return any(group["t0"] < NEVER for group in self.param_groups)

    @property
    def resting(self) -> bool:
        """Whether the parameters hold the average, and the weights that training goes on from are kept aside."""
        return any(group["resting"] for group in self.param_groups)

    def step(self, closure: Any = None) -> Any:
        """Take a step with the learning rate of now; ASGD alone would take that of the step before."""
        self.train()
        for group in self.param_groups:
            for parameter in group["params"]:
                if "eta" in self.state[parameter]:
                    self.state[parameter]["eta"].fill_(group["lr"])
        return super().step(closure)

    def trigger(self) -> None:
        """Begin to average, with the weights of now as the first."""
        for group in self.param_groups:
            states = [self.state[parameter] for parameter in group["params"] if "mu" in self.state[parameter]]
            for state in states:
                state["mu"].fill_(1 / 2)  # the share of the next step's weights; ASGD derives the later ones from t0
            group["t0"] = float(states[0]["step"]) - 2 if states else 0.0

    @torch.no_grad()
    def eval(self) -> None:
        """Let the parameters hold the average, if there is one."""
        if not self.averages or self.resting:
            return
        for parameter, state in self._averaged():
            state["raw"] = parameter.clone()
            parameter.copy_(state["ax"])
        self._rest(True)

    @torch.no_grad()
    def train(self) -> None:
        """Let the parameters hold the weights that training goes on from."""
        if self.resting:
            for parameter, state in self._averaged():
                parameter.copy_(state.pop("raw"))
            self._rest(False)

    def adopt(self) -> None:
        """Keep what the parameters hold: weights that were loaded from elsewhere, such as those of the best model."""
        if self.averages and not self.resting:
            for parameter, state in self._averaged():
                state["raw"] = parameter.detach().clone()
            self._rest(True)

    def _averaged(self) -> list[tuple[torch.Tensor, dict[str, Any]]]:
        """Return every parameter that has an average, with its state; one that was always frozen has none."""
        parameters = [parameter for group in self.param_groups for parameter in group["params"]]
        return [(parameter, self.state[parameter]) for parameter in parameters if "ax" in self.state[parameter]]

    def _rest(self, resting: bool) -> None:
        for group in self.param_groups:
            group["resting"] = resting


class NonMonotoneTrigger(TrainerCallback):
    """Triggers `NTASGD` by the evaluations of a training, and leaves the average in the model at the end.

    Args:
        interval: how many evaluations a worse loss may be younger than the best (n); default 5.
    """

    def __init__(self, interval: int = 5) -> None:
        self.interval = interval

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin to average when the loss has stopped falling."""
        optimizer = _inner(kwargs["optimizer"])
        # The log is in every checkpoint: a run that goes on knows all losses.
        losses = [row["eval_loss"] for row in state.log_history if "eval_loss" in row]
        if optimizer is not None and not optimizer.averages and triggered(losses, self.interval):
            optimizer.trigger()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Leave the average in the model, unless the best model was loaded just now."""
        optimizer = _inner(kwargs["optimizer"])
        if optimizer is None:
            return
        best_is_loaded = args.load_best_model_at_end and state.best_model_checkpoint is not None
        optimizer.adopt() if best_is_loaded else optimizer.eval()


def _inner(optimizer: Any) -> NTASGD | None:
    """Take off what accelerate puts around an optimizer."""
    found = getattr(optimizer, "optimizer", optimizer)
    return found if isinstance(found, NTASGD) else None
