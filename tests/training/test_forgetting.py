from pathlib import Path

import torch
from torch import Tensor

from seqkit import RNNConfig, RNNForCausalLM
from seqkit.data import StreamDataset
from seqkit.training import RNNTrainer, RNNTrainingArguments
from seqkit.training.forgetting import drawn, forgetful


def test_only_the_drawn_rows_begin_anew() -> None:
    states, initial = (((torch.ones(3, 2), torch.full((3, 2), 2.0)),), ((torch.zeros(3, 2), torch.zeros(3, 2)),))
    ((h, c),) = forgetful(states, initial, torch.tensor([False, True, False]))
    assert h[:, 0].tolist() == [1, 0, 1]
    assert c[:, 0].tolist() == [2, 0, 2]


def test_what_is_drawn_follows_from_seed_and_step_in_any_part() -> None:
    whole = drawn(1, 7, 0, 64, 0.3)
    assert torch.equal(torch.cat([drawn(1, 7, 0, 24, 0.3), drawn(1, 7, 24, 40, 0.3)]), whole)
    assert 5 < int(whole.sum()) < 35
    assert not torch.equal(drawn(1, 8, 0, 64, 0.3), whole)
    assert not drawn(1, 7, 0, 64, 0.0).any()


def begun(folder: Path, chance: float) -> list[Tensor]:
    """Train for some steps; return the state of h that each began with, None as zeros."""
    torch.manual_seed(0)
    model, seen = RNNForCausalLM(RNNConfig(vocab_size=5, hidden_size=4, learn_initial_state=True)), []
    with torch.no_grad():
        model.rnn_layers[0].initial_state[0].fill_(9.0)

    def note(module: object, args: object, given: dict) -> None:
        if given["initial_state"] is not None:
            seen.append(given["initial_state"][0][0].detach().clone())

    model.register_forward_pre_hook(note, with_kwargs=True)
    arguments = RNNTrainingArguments(
        str(folder),
        per_device_train_batch_size=8,
        max_steps=6,
        learning_rate=0.0,
        state_reset_probability=chance,
        use_cpu=True,
        report_to="none",
    )
    RNNTrainer(model, arguments, train_dataset=StreamDataset(torch.arange(500) % 5, 8, 4)).train()
    return seen


def test_a_training_sets_streams_back_to_the_learnt_beginning(tmp_path: Path) -> None:
    fresh = [(h == 9.0).all(-1) for h in begun(tmp_path / "a", 0.3)]
    assert 0 < sum(int(rows.sum()) for rows in fresh) < 8 * len(fresh) / 2
    for step, rows in enumerate(fresh, start=1):
        assert torch.equal(rows, drawn(42, step, 0, 8, 0.3))
    assert not any((h == 9.0).all(-1).any() for h in begun(tmp_path / "b", 0.0))
