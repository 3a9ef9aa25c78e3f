"""`seqkit generate` in processes of its own, as a terminal runs it; see test_commands.py for the rest."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from seqkit import CharTokenizer
from seqkit.generation import Stream
from seqkit.models import RNNForCausalLM
from tests.cases import model
from tests.cli.test_commands import refused, run
from tests.fresh import ROOT

TOKENIZER = CharTokenizer.train("abc 한글")


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model that writes letters and no special tokens."""
    folder = tmp_path_factory.mktemp("writer")
    torch.manual_seed(0)
    network = model(RNNForCausalLM, vocab_size=len(TOKENIZER))
    with torch.no_grad():
        nn.init.uniform_(network.model.embed_tokens.weight, -2, 2)
        network.lm_head.bias[:4] = -100
    network.save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)
    return folder


def test_a_text_goes_on_from_its_state(
    writer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    whole = run(monkeypatch, capsys, "generate", writer, "ab", "--max-new-tokens", "30", "--greedy")[1]
    state = tmp_path / "talk.safetensors"
    words = [writer, "--state", state, "--max-new-tokens", "10", "--greedy"]
    parts = [run(monkeypatch, capsys, "generate", *words, *prompt)[1] for prompt in (["ab"], [], [""])]
    assert "".join(part.removesuffix("\n") for part in parts) + "\n" == whole
    network = RNNForCausalLM.from_pretrained(writer)
    assert len(Stream.load(network, state)) == 32
    assert run(monkeypatch, capsys, "generate", *words, "c")[1].startswith("c")
    assert len(Stream.load(network, state)) == 43


def test_eight_bits_write_too(writer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    code, text, _ = run(monkeypatch, capsys, "generate", writer, "ab", "--int8", "--max-new-tokens", "8", "--greedy")
    assert code == 0
    assert len(text) == len("ab") + 8 + len("\n")
    assert text.startswith("ab")


def test_a_state_of_another_model_is_one_clear_line_and_is_kept(
    writer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    state = tmp_path / "talk.safetensors"
    Stream(model(RNNForCausalLM, "lstm")).feed([1, 2]).save(state)
    before = state.read_bytes()
    assert "cell 'lstm'" in refused(monkeypatch, capsys, "generate", writer, "ab", "--state", state)
    assert state.read_bytes() == before


def test_an_empty_prompt_is_refused_where_there_is_no_state(
    writer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    code, _, errors = run(monkeypatch, capsys, "generate", writer, "", "--state", tmp_path / "none")
    assert code == 1
    assert "prompt is empty" in errors
    assert not (tmp_path / "none").exists()


def test_letters_arrive_as_they_are_written_and_an_interrupt_keeps_the_state(writer: Path, tmp_path: Path) -> None:
    state = tmp_path / "talk.safetensors"
    words = [sys.executable, "-m", "seqkit", "generate", str(writer), "ab", "--max-new-tokens", "10000000"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        # Unbuffered: communicate() reads past what a buffer has taken ahead.
        [*words, "--state", str(state)],
        bufsize=0,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        # What runs in the background of a shell, as these tests may, hands on that it does not hear an interrupt.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            assert process.stdout is not None
            shown = b""
            while len(shown) < 200:  # long before the end
                shown += process.stdout.read(200)
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == 130, errors.decode()
    text = (shown + rest).decode()  # no half of a letter: that would not decode
    assert text.startswith("ab")
    assert set(text) <= set("abc 한글")
    # The last letter may have been seen and not printed when the interrupt came.
    assert len(text) <= len(Stream.load(RNNForCausalLM.from_pretrained(writer), state)) <= len(text) + 1
