"""A small character model of Python's own library, and what eight bits cost it in loss."""

import sysconfig
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM
from seqkit.generation import quantize
from seqkit.generation.stepping import Stepper

BATCH, LENGTH = 32, 64


def library_text(characters: int) -> str:
    """Return the beginning of the sources of Python's own library, which is on every machine."""
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    text = "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)
    # Rare characters would make of a character model one of thousands of tokens.
    return "".join(c for c in text if c.isascii())[:characters]


def train(ids: Tensor, vocabulary: int, hidden: int, steps: int) -> RNNForCausalLM:
    """Train one LSTM layer on a text, the state carried on from batch to batch.

    Args:
        ids: the text (T,).
        vocabulary: number of tokens.
        hidden: hidden size.
        steps: batches of 32 rows and 64 places.
    """
    model = RNNForCausalLM(RNNConfig(vocab_size=vocabulary, embedding_size=64, hidden_size=hidden)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    rows = ids[: len(ids) // BATCH * BATCH].view(BATCH, -1)
    state, place = None, 0
    for _ in range(steps):
        if place + LENGTH + 1 > rows.shape[1]:
            state, place = None, 0
        x, y = rows[:, place : place + LENGTH], rows[:, place + 1 : place + LENGTH + 1]
        output = model(x, shift_labels=y, initial_state=state, return_state=True)
        output.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step(), schedule.step(), optimizer.zero_grad()
        state = tuple(tuple(t.detach() for t in part) for part in output.state)
        place += LENGTH
    return model.eval()


@torch.inference_mode()
def loss(model: RNNForCausalLM, ids: list[int]) -> float:
    """Return the loss in nats of a text, read token by token in one row as `generate()` writes.

    A whole text in one forward would flatter 8 bits: vectors are rounded only where tokens come one by one.
    """
    state = tuple(layer.init_state(1) for layer in model.rnn_layers)
    stepper = Stepper(model, state, len(ids))
    scores = torch.cat([stepper([token])[0].clone() for token in ids[:-1]])
    return float(F.cross_entropy(scores, torch.tensor(ids[1:])))


def losses(folder: Path | None, file: Path | None, quick: bool) -> dict[str, Any]:
    """Compare the loss of a trained model in float32 and in 8 bits, on text it has not seen.

    Args:
        folder: a saved model with its character tokenizer; None trains one.
        file: the text; the last tenth is judged. None is Python's own library.
        quick: whether to train hardly at all.
    """
    text = file.read_text(encoding="utf-8") if file else library_text(60_000 if quick else 2_000_000)
    tokenizer = CharTokenizer.from_pretrained(folder) if folder else CharTokenizer.train(text)
    ids = torch.tensor(tokenizer(text)["input_ids"])
    cut = 9 * len(ids) // 10
    if folder:
        model = RNNForCausalLM.from_pretrained(folder).eval()
    else:
        torch.manual_seed(0)
        model = train(ids[:cut], len(tokenizer), *((16, 3) if quick else (512, 400)))
    judged = ids[cut:][: 200 if quick else 30_000].tolist()
    found = {"float32": loss(model, judged), "int8": loss(quantize(model), judged)}
    found["change"] = found["int8"] / found["float32"] - 1
    return {**found, "hidden_size": model.config.hidden_size, "characters": len(judged), "asked": 0.01}
