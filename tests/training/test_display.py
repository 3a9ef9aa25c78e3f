"""What a training shows."""

import io
from types import SimpleNamespace

import torch
from rich.console import Console

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM
from seqkit.training.display import Display, Sampler, figures


def test_figures_are_one_line() -> None:
    assert figures({"eval_loss": 1.5, "eval_accuracy": 0.5, "epoch": 1}) == "validation loss 1.500 · accuracy 0.5000"


def test_evaluations_show_bits_and_a_sample() -> None:
    file = io.StringIO()
    metrics = {"eval_loss": 2.0, "eval_bits_per_character": 1.443}
    display = Display(Console(file=file, width=200), sampler=lambda: "def f(): [x]", characters_per_token=2.0)
    display.on_evaluate(None, SimpleNamespace(global_step=5, max_steps=10), None, metrics=metrics)
    shown = file.getvalue()
    assert "step 5 of 10: validation loss 2.000 · 1.443 bits per character" in shown
    assert "def f(): [x]" in shown


def test_a_training_that_goes_on_says_from_where() -> None:
    file = io.StringIO()
    display = Display(Console(file=file, width=200))
    display.on_train_begin(None, SimpleNamespace(global_step=5, max_steps=10), None)
    display.on_train_end(None, None, None)
    assert "goes on from step 5 of 10" in file.getvalue()
    assert display.bar.tasks[0].completed == 5


def test_a_sampler_disturbs_nothing() -> None:
    tokenizer = CharTokenizer.train("hello\n")
    model = RNNForCausalLM(RNNConfig(vocab_size=len(tokenizer), hidden_size=8)).train()
    before = torch.get_rng_state()
    sampler = Sampler(model, tokenizer, 20)
    first, second = sampler(), sampler()
    assert first == second
    assert len(first) > 3
    assert torch.equal(before, torch.get_rng_state())
    assert model.training
