"""Speed of `generate()` against the obvious wrapper, a bare loop and plain C over the same weights, in turn in one run.

    python benchmarks/generation.py [--rounds 7] [--model FOLDER --text FILE] [--quick]

One layer, vocabulary 100, embedding as wide as the layer, 400 new tokens, one thread and one row unless said. The
wrapper is wrapper.py, the C loop plain.c, the stock loop transformers' own over our model, whose tokens ours must be.
The 8-bit model is also judged by its loss, on a model trained here or in FOLDER. Prints a table of ratios, each the
median over the rounds, and writes benchmarks/results/generation.json. Takes about eight minutes.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from common import arguments, in_turn, origin, speeds, threads, times_faster, write
from equations import PlainLSTM
from plain import NoCompiler, writer
from torch import Tensor
from trained import losses
from wrapper import stock, wrap

from seqkit import RNNConfig, RNNForCausalLM, plugins
from seqkit.errors import ConfigError
from seqkit.generation import quantize

VOCABULARY, PROMPT, PAD = 100, 8, 0  # no prompt holds the padding: generate() would warn
GREEDY = {"do_sample": False}
SAMPLING = {"do_sample": True, "top_k": 50}
OURS, WRAPPER, STOCK, BARE = "seqkit", "wrapper", "stock loop", "bare nn.LSTM loop"
PLAIN, INT8, TWO = "plain C", "seqkit, int8", "two threads"
ASKED = {256: 4.0, 512: 10.0, 1024: 5.0}
"""How many times faster than the wrapper greedy search has to be, by hidden size."""

Writer = Callable[[], Tensor]
Pair = tuple[str, str, float | None]


class Bench:
    """Compares what writes, and keeps the rows of the table.

    Args:
        rounds: how often each is timed.
        new: tokens that each run writes.
    """

    def __init__(self, rounds: int, new: int) -> None:
        self.rounds, self.new = rounds, new
        self.rows: list[dict[str, Any]] = []
        self.left_out: dict[str, str] = {}

    def asked(self, **options: Any) -> dict[str, Any]:
        """Return options for `generate()`."""
        return {"max_new_tokens": self.new, "pad_token_id": PAD, **options}

    def generator(self, model: Any, prompt: Tensor, count: int = 1, **options: Any) -> Writer:
        """Return a run of `generate()` that draws the same numbers each time."""

        def run() -> Tensor:
            torch.manual_seed(0)
            with threads(count):
                return model.generate(prompt, **self.asked(**options))

        return run

    def compare(self, what: str, runs: dict[str, Writer], pairs: list[Pair]) -> None:
        """Time runs in turn.

        Args:
            what: name of the case.
            runs: what writes, by name; each returns all ids (B, T).
            pairs: a name, the name it is held against, and how many times faster it has to be.
        """
        written = {name: run() for name, run in runs.items()}
        # A text that ended early would count as a fast one.
        assert {ids.shape[1] for ids in written.values()} == {PROMPT + self.new}
        times = in_turn(runs, self.rounds, warmup=0)
        found = speeds(times, self.new * len(next(iter(written.values()))))
        for subject, against, asked in pairs:
            row = {
                "case": what,
                "of": subject,
                "against": against,
                "times_faster": times_faster(times, subject, against),
            }
            row |= {"asked": asked, "tokens_equal": torch.equal(written[subject], written[against])}
            row["share_of_tokens_equal"] = round(float((written[subject] == written[against]).double().mean()), 4)
            row |= {"tokens_per_second": found[subject], "tokens_per_second_against": found[against]}
            self.rows.append(row)
            print(line(row), flush=True)


def line(row: dict[str, Any]) -> str:
    """Return a row of the table for people."""
    asked = "" if row["asked"] is None else f"(asked {row['asked']:.2f})"
    equal = "same tokens" if row["tokens_equal"] else f"{row['share_of_tokens_equal']:.0%} of tokens the same"
    ratio = f"{row['times_faster']:>8.2f} times {asked:14}"
    return (
        f"{row['case']:28}{row['of']:>14} / {row['against']:18}{ratio}{row['tokens_per_second']:>8,} tokens/s  {equal}"
    )


def make(cell: str, hidden: int) -> tuple[RNNForCausalLM, Tensor]:
    """Make a model with the weights that it begins with, and a prompt (1, T).

    Not wider: an RNN of large weights is chaotic, and the last bit of a float would soon decide which token comes.
    """
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(cell=cell, vocab_size=VOCABULARY, hidden_size=hidden)).eval()
    return model, torch.randint(1, VOCABULARY, (1, PROMPT))


def one_row(bench: Bench, cell: str, hidden: int, asked: float | None, **options: Any) -> None:
    """Write one text: ours, the wrapper, transformers' loop."""
    model, prompt = make(cell, hidden)
    writers = {OURS: model, WRAPPER: wrap(model), STOCK: stock(model)}
    runs = {name: bench.generator(writer, prompt, **options) for name, writer in writers.items()}
    kind = "sampling" if options["do_sample"] else "greedy"
    bench.compare(f"{cell} {hidden}, {kind}", runs, [(OURS, WRAPPER, asked), (OURS, STOCK, None)])


def limits(bench: Bench, hidden: int, folder: Path) -> None:
    """Hold ours against plain C, and eight bits and two threads against ours."""
    model, prompt = make("lstm", hidden)
    runs, pairs = {OURS: bench.generator(model, prompt, **GREEDY)}, []
    try:
        plain = writer(model, folder)
        runs[PLAIN] = lambda: plain(prompt, bench.new)
        pairs.append((OURS, PLAIN, round(1 / 3, 3) if hidden == 512 else None))
    except NoCompiler as reason:
        bench.left_out[f"{PLAIN}, {hidden}"] = str(reason)
    try:
        runs[INT8] = bench.generator(quantize(model), prompt, **GREEDY)
        pairs.append((INT8, OURS, 2.0 if hidden >= 512 else None))
    except ConfigError as reason:
        bench.left_out[f"{INT8}, {hidden}"] = str(reason)
    bench.compare(f"lstm {hidden}, limits", runs, pairs)


def cores(bench: Bench, hidden: int) -> None:
    """Hold two threads against one; apart, since threads that wait for work disturb what runs after them."""
    if (os.cpu_count() or 1) < 2:
        bench.left_out[f"two threads, {hidden}"] = "one core only"
        return
    model, prompt = make("lstm", hidden)
    runs = {name: bench.generator(model, prompt, count, **GREEDY) for count, name in enumerate((OURS, TWO), 1)}
    bench.compare(f"lstm {hidden}, threads", runs, [(TWO, OURS, 1.0)])


def many_rows(bench: Bench, hidden: int, batch: int) -> None:
    """Write many texts at once: ours and the loop that one would write over `nn.LSTM`."""
    model, _ = make("lstm", hidden)
    prompt = torch.randint(1, VOCABULARY, (batch, PROMPT))
    lstm, embedding, head = model.model.to_torch(), model.get_input_embeddings(), model.lm_head

    @torch.inference_mode()
    def bare() -> Tensor:
        ids, state, new = prompt, None, [prompt]
        for _ in range(bench.new):
            y, state = lstm(embedding(ids), state)
            ids = head(y[:, -1]).argmax(-1, keepdim=True)
            new.append(ids)
        return torch.cat(new, 1)

    runs = {
        OURS: bench.generator(model, prompt, **GREEDY),
        BARE: bare,
        STOCK: bench.generator(stock(model), prompt, **GREEDY),
    }
    bench.compare(f"lstm {hidden}, batch {batch}", runs, [(OURS, BARE, 1.0), (OURS, STOCK, None)])


def run(bench: Bench, sizes: tuple[int, int, int], batch: int, folder: Path) -> None:
    """Run all comparisons at three hidden sizes, the middle one the most."""
    for hidden in sizes:
        one_row(bench, "lstm", hidden, ASKED.get(hidden), **GREEDY)
    one_row(bench, "lstm", sizes[1], 6.0, **SAMPLING)
    for hidden in sizes[1:]:
        limits(bench, hidden, folder)
        cores(bench, hidden)
    many_rows(bench, sizes[1], batch)
    for cell in ("gru", "rnn", "plain-lstm"):
        one_row(bench, cell, sizes[1], None, **GREEDY)


def main() -> None:
    parser = arguments(__doc__, rounds=7)
    parser.add_argument("--model", type=Path, help="a saved language model for the loss in 8 bits")
    parser.add_argument(
        "--text", type=Path, help="the text on which that loss is taken (default: Python's own library)"
    )
    options = parser.parse_args()
    started = time.perf_counter()
    plugins.register("cells", "plain-lstm", PlainLSTM, replace=True)
    bench = Bench(options.rounds, new=12 if options.quick else 400)
    sizes, batch = ((8, 16, 24), 3) if options.quick else ((256, 512, 1024), 64)
    with tempfile.TemporaryDirectory() as folder, threads(1):
        run(bench, sizes, batch, Path(folder))
        try:
            loss = losses(options.model, options.text, options.quick)
            print(f"loss {loss['float32']:.4f} nats, in 8 bits {loss['int8']:.4f}: {100 * loss['change']:+.2f} %")
        except ConfigError as reason:
            loss, bench.left_out["loss, int8"] = None, str(reason)
    for what, reason in bench.left_out.items():
        print(f"left out: {what}: {reason}")
    minutes = round((time.perf_counter() - started) / 60, 1)
    result = {"rows": bench.rows, "int8_loss": loss, "left_out": bench.left_out, "new_tokens": bench.new}
    result |= {"rounds": options.rounds, "minutes": minutes, "quick": options.quick}
    write(options.output, "generation", result | origin(1))
    print(f"{minutes} minutes")
    # The stock loop is the naive twin: other tokens than its are an error, not a figure.
    wrong = [row["case"] for row in bench.rows if row["against"] == STOCK and not row["tokens_equal"]]
    if wrong:
        raise SystemExit(f"tokens differ from the stock loop's: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
