"""Training speed of RNNForCausalLM against a bare `torch.nn.LSTM` + `Linear` loop, in turn in one run.

    python benchmarks/training.py [--rounds 7] [--hidden-size 512] [--threads 1] [--quick]

Prints tokens per second of both and the median of the ratios of neighbouring rounds, and writes
benchmarks/results/training.json.
"""

from collections.abc import Callable

import torch
from common import arguments, in_turn, origin, speeds, threads, times_faster, write
from torch import Tensor, nn

from seqkit import RNNConfig, RNNForCausalLM

VOCABULARY, EMBEDDING, BATCH, LENGTH = 100, 128, 32, 128


class Bare(nn.Module):
    """The loop that a seqkit user would otherwise write."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, VOCABULARY)

    def forward(self, ids: Tensor, targets: Tensor) -> Tensor:
        scores = self.linear(self.lstm(self.embedding(ids))[0])
        return nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten())


def stepper(model: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], steps: int) -> Callable[[], None]:
    """Return some training steps on random tokens."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    ids = torch.randint(VOCABULARY, (BATCH, LENGTH + 1))

    def train() -> None:
        for _ in range(steps):
            loss(ids[:, :-1], ids[:, 1:]).backward()
            optimizer.step()
            optimizer.zero_grad()

    return train


def main() -> None:
    parser = arguments(__doc__, rounds=7)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--hidden-size", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    hidden, steps = (8, 1) if options.quick else (options.hidden_size, options.steps)
    torch.manual_seed(0)
    config = RNNConfig(vocab_size=VOCABULARY, embedding_size=EMBEDDING, hidden_size=hidden)
    ours, bare = RNNForCausalLM(config).train(), Bare(hidden)
    runs = {
        "bare nn.LSTM loop": stepper(bare, bare, steps),
        "RNNForCausalLM": stepper(ours, lambda ids, targets: ours(ids, shift_labels=targets).loss, steps),
    }
    with threads(options.threads):
        times = in_turn(runs, options.rounds)
    ratio, found = times_faster(times, "RNNForCausalLM", "bare nn.LSTM loop"), speeds(times, BATCH * LENGTH * steps)
    for name, speed in found.items():
        print(f"{name:20} {speed:>10,} tokens/s")
    print(f"RNNForCausalLM trains at {ratio:.3f} of the bare loop's speed (median of {options.rounds} pairs)")
    result = {"ratio": ratio, "tokens_per_second": found, "hidden_size": hidden, "batch": BATCH, "length": LENGTH}
    write(options.output, "training", result | origin(options.threads))


if __name__ == "__main__":
    main()
