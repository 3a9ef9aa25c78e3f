"""python examples/write_a_cell.py - from the equations of a paper to a model that is trained, writes, and is saved.

The paper is Zhou et al., "Minimal gated unit for recurrent neural networks", 2016. It leaves a GRU one gate:

    f_t = σ(W_f x_t + U_f h_{t-1} + b_f)
    h̃_t = tanh(W_h x_t + U_h (f_t ⊙ h_{t-1}) + b_h)
    h_t = (1 - f_t) ⊙ h_{t-1} + f_t ⊙ h̃_t

`--steps N` sets how long it learns (default 300). The page docs/write-a-cell.md goes the same way in small steps.
"""

import argparse
import math
import sysconfig
from collections import Counter
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, set_seed

import seqkit.plugins
from seqkit import Cell, CharTokenizer, RNNConfig, RNNForCausalLM
from seqkit.testing import check_cell

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=300, help="training steps")
steps = parser.parse_args().steps

set_seed(0)


class MinimalGatedUnit(Cell):
    """Minimal gated unit: the equations above, and nothing else.

    Source:
        Zhou et al., "Minimal gated unit for recurrent neural networks", 2016.
    """

    recurrent_weights = ("U_f", "U_h")  # what dropout on recurrent weights may drop from

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size)
        self.W = nn.Linear(input_size, 2 * hidden_size, bias)  # W_f and W_h in one product
        self.U_f = nn.Parameter(nn.init.orthogonal_(torch.empty(hidden_size, hidden_size)))
        self.U_h = nn.Parameter(nn.init.orthogonal_(torch.empty(hidden_size, hidden_size)))

    def project(self, x: Tensor) -> Tensor:
        """Compute what needs no state, for all steps: (B, T, D) -> (B, T, 2*H)."""
        return self.W(x)

    def step(self, p: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Take one step: p (B, 2*H), state (h,) -> h (B, H), (h,)."""
        (h,) = state
        p_f, p_h = p.chunk(2, -1)
        f = torch.sigmoid(p_f + h @ self.U_f.T)  # (B, H)
        candidate = torch.tanh(p_h + (f * h) @ self.U_h.T)  # (B, H)
        h = (1 - f) * h + f * candidate  # (B, H)
        return h, (h,)


# A name, and it is a cell like any other. Is it one? The kit knows twenty-five ways in which it might not be.
seqkit.plugins.register("cells", "minimal", MinimalGatedUnit)
print(check_cell(MinimalGatedUnit, options={"bias": False}).summary)

# The data: Python's own sources, on every machine. The last file is never read in training.
files = [Path(sysconfig.get_path("stdlib"), name) for name in ("argparse.py", "ast.py", "enum.py", "typing.py")]
*train_texts, test_text = [file.read_text(encoding="utf-8") for file in files]
tokenizer = CharTokenizer.train(train_texts)
train_ids = torch.tensor(tokenizer("".join(train_texts))["input_ids"])

config = RNNConfig(cell="minimal", vocab_size=len(tokenizer), embedding_size=64, hidden_size=128, weight_dropout=0.1)
model = RNNForCausalLM(config)
print(f"{model.num_parameters():,} weights; plan: {model.explain()[0]['plan']}")

# Training: 16 rows of 64 characters from random places, for each step.
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
for step in range(1, steps + 1):
    starts = torch.randint(len(train_ids) - 64, (16,))
    batch = torch.stack([train_ids[start : start + 64] for start in starts])  # (16, 64)
    loss = model(batch, labels=batch).loss
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    schedule.step()
    if step % 100 == 0:
        print(f"step {step}   loss = {loss.item():.2f}")

# The measure: bits per character on the unseen file. Who knows only how frequent each character is needs the second.
model.eval()
test_ids = tokenizer(test_text, return_tensors="pt")["input_ids"]
with torch.no_grad():
    bits = model(test_ids, labels=test_ids).loss.item() / math.log(2)
counts = Counter("".join(train_texts))
known = [character for character in test_text if character in counts]
baseline = sum(-math.log2(counts[character] / counts.total()) for character in known) / len(known)
print(f"bits per character on an unseen file: {bits:.2f}   by frequency alone: {baseline:.2f}")

# It writes, it is saved as names and numbers, and transformers loads it back.
prompt = tokenizer("    def ", return_tensors="pt")
set_seed(0)
written = model.generate(**prompt, max_new_tokens=80, do_sample=True, temperature=0.6)
print(tokenizer.decode(written[0]))
model.save_pretrained("runs/minimal")
tokenizer.save_pretrained("runs/minimal")
again = AutoModelForCausalLM.from_pretrained("runs/minimal")
set_seed(0)
same = torch.equal(again.generate(**prompt, max_new_tokens=80, do_sample=True, temperature=0.6), written)
print("loaded, it writes the same:", same)

# Expected output, with the long line broken:
#
# ran 22, skipped 3 (buffers-rebuilt: it has no buffers; spawn-safe: its class stands in __main__, which no
# other process can import; move it to a module; import-is-quiet: its class stands in __main__, which no other
# process can import; move it to a module), failed 0
# 68,708 weights; plan: compiled
# step 100   loss = 2.04
# step 200   loss = 1.69
# step 300   loss = 1.59
# bits per character on an unseen file: 3.13   by frequency alone: 4.60
#     def __int_return sing)
#                                     if self the name tar in m
# loaded, it writes the same: True
