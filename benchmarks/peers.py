"""Writing speed over the length of the text, against transformers' own models of as many parameters.

    python benchmarks/peers.py [--rounds 3] [--limit 300] [--quick]

One LSTM layer, GPT-2, Llama, Mamba and RWKV of 1.4 million parameters with random weights, vocabulary 100, as their
classes come (dynamic caches, Mamba and RWKV without kernels, which have none for a CPU). Greedy, one row, one thread,
a prompt of 8. Each token's time is noted as it is written; a figure is the new tokens by the seconds since `generate()`
was called. Up to 1,000 tokens it is the median over the rounds, run in turn; beyond that one run. A model that does not
get there in `--limit` seconds is measured over 64 tokens after a prompt of that length, and the table says so.
Writes benchmarks/results/peers.json, peers.md and peers.png. Takes about seven minutes.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from common import arguments, origin, threads, write
from torch import Tensor, nn
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    RwkvConfig,
    RwkvForCausalLM,
)
from transformers.generation.streamers import BaseStreamer

from seqkit import RNNConfig, RNNForCausalLM

VOCABULARY, PROMPT, PARAMETERS, LAYERS, HEADS, TAIL = 100, 8, 1_400_000, 4, 4, 64
LENGTHS = (64, 1_000, 10_000)
SHARED: dict[str, Any] = {"vocab_size": VOCABULARY, "bos_token_id": None, "eos_token_id": None}


def lstm(width: int, positions: int) -> nn.Module:
    return RNNForCausalLM(RNNConfig(cell="lstm", vocab_size=VOCABULARY, hidden_size=width))


def gpt2(width: int, positions: int) -> nn.Module:
    return GPT2LMHeadModel(GPT2Config(n_embd=width, n_layer=LAYERS, n_head=HEADS, n_positions=positions, **SHARED))


def llama(width: int, positions: int) -> nn.Module:
    sizes = {"hidden_size": width, "intermediate_size": 8 * width // 3, "num_hidden_layers": LAYERS}
    sizes |= {"num_attention_heads": HEADS, "max_position_embeddings": positions}
    return LlamaForCausalLM(LlamaConfig(**sizes, pad_token_id=None, **SHARED))


def mamba(width: int, positions: int) -> nn.Module:
    return MambaForCausalLM(MambaConfig(hidden_size=width, num_hidden_layers=LAYERS, **SHARED))


def rwkv(width: int, positions: int) -> nn.Module:
    return RwkvForCausalLM(RwkvConfig(hidden_size=width, num_hidden_layers=LAYERS, context_length=positions, **SHARED))


PEERS = {"seqkit LSTM": lstm, "GPT-2": gpt2, "Llama": llama, "Mamba": mamba, "RWKV": rwkv}


def size(model: nn.Module) -> int:
    """Count parameters, GPT-2's table of positions left out: it would be the larger half at 10,000 places."""
    return sum(p.numel() for name, p in model.named_parameters() if not name.endswith("wpe.weight"))


def fitted(make: Callable[[int, int], nn.Module], parameters: int, positions: int) -> Any:
    """Build a model of the width, a multiple of 8, that comes nearest to a number of parameters."""

    def distance(width: int) -> int:
        # Without memory: only shapes are counted.
        with torch.device("meta"):
            return abs(size(make(width, positions)) - parameters)

    width = min(range(8, 520, 8), key=distance)
    torch.manual_seed(0)
    model = make(width, positions).eval()
    model.generation_config.eos_token_id = None
    return model


class Clock(BaseStreamer):
    """Notes when each token is written; the prompt comes first and is not counted."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.times: list[float] = []
        self.prompt = True

    def put(self, value: Tensor) -> None:
        if not self.prompt:
            self.times.append(time.perf_counter() - self.started)
        self.prompt = False

    def end(self) -> None: ...


def write_timed(model: Any, prompt: int, new: int, limit: float | None = None) -> list[float]:
    """Write new tokens after a random prompt; return the seconds after which each was there."""
    torch.manual_seed(0)
    ids, clock = torch.randint(VOCABULARY, (1, prompt)), Clock()
    model.generate(ids, max_new_tokens=new, do_sample=False, pad_token_id=0, max_time=limit, streamer=clock)
    return clock.times


def after_prompt(model: Any, length: int) -> float:
    """Return tokens per second at the end of a text of that length, most of it read in one go."""
    times = write_timed(model, length - TAIL, TAIL)
    return (len(times) - 1) / (times[-1] - times[0])


def places(lengths: tuple[int, ...]) -> list[int]:
    """Return where a speed is taken: the powers of two between the lengths, and the lengths."""
    between = {2**k for k in range(20) if lengths[0] <= 2**k <= lengths[-1]}
    # 1,024 beside 1,000 would draw the noise between two runs as a step.
    between = {n for n in between if all(abs(n - length) > 0.1 * length for length in lengths)}
    return sorted(between | set(lengths))


def measure(models: dict[str, Any], lengths: tuple[int, ...], rounds: int, limit: float) -> dict[str, dict[str, Any]]:
    """Measure all models: short texts in turn, then a long one each."""
    short: dict[str, list[list[float]]] = {name: [] for name in models}
    for model in models.values():
        write_timed(model, PROMPT, lengths[0])
    for _ in range(rounds):
        for name, model in models.items():
            short[name].append(write_timed(model, PROMPT, lengths[-2]))
    found = {}
    for name, model in models.items():
        found[name] = speeds_of(model, short[name], lengths, limit)
        print(f"{name:12} {found[name]['parameters']:>9,} parameters  {found[name]['tokens_per_second']}", flush=True)
    return found


def speeds_of(model: Any, short: list[list[float]], lengths: tuple[int, ...], limit: float) -> dict[str, Any]:
    """Put together a model's speeds by length, after a long text of its own."""
    long = write_timed(model, PROMPT, lengths[-1], limit)
    speeds = {n: round(n / statistics.median(t[n - 1] for t in short), 1) for n in places(lengths) if n <= lengths[-2]}
    speeds |= {n: round(n / long[n - 1], 1) for n in places(lengths) if lengths[-2] < n <= len(long)}
    row: dict[str, Any] = {"parameters": size(model), "tokens_per_second": speeds, "reached": len(long), "note": None}
    if len(long) < lengths[-1]:
        speeds[lengths[-1]] = round(after_prompt(model, lengths[-1]), 1)
        row["note"] = f"at {lengths[-1]:,}: {TAIL} tokens after a prompt, since {limit:.0f} s gave {len(long):,} tokens"
    tail = min(TAIL, len(long) - 1)
    row["last_tokens_per_second"] = round(tail / (long[-1] - long[-1 - tail]), 1)
    return row


def table(found: dict[str, dict[str, Any]], lengths: tuple[int, ...], result: dict[str, Any]) -> str:
    """Return the figures as a markdown table."""
    heads = ["model", "parameters", *(f"{length:,} tokens" for length in lengths)]
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    for name, row in found.items():
        cells = [f"{row['tokens_per_second'][length]:,.0f}" for length in lengths]
        cells[-1] += "*" if row["note"] else ""
        lines.append(f"| {name} | {row['parameters']:,} | {' | '.join(cells)} |")
    notes = [f"\\* {name}: {row['note']}." for name, row in found.items() if row["note"]]
    ends = f"Tokens per second of `generate()` up to that length. {result['machine']}, {result['date']}."
    return "\n\n".join(["\n".join(lines), *notes, ends]) + "\n"


def draw(found: dict[str, dict[str, Any]], machine: str, path: Path) -> None:
    """Draw tokens per second over the length, each curve with its name at its end."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import FuncFormatter, NullLocator

    figure, axes = plt.subplots(figsize=(7.5, 4.8), layout="constrained")
    ends = {}
    for name, row in found.items():
        points = row["tokens_per_second"]
        (curve,) = axes.plot(list(points), list(points.values()), marker="o", markersize=3, linewidth=1.8)
        if row["note"]:
            # Not of the same kind as the points before it: hollow.
            axes.plot(max(points), points[max(points)], "o", mfc="white", color=curve.get_color())
        ends[name] = (max(points), points[max(points)], curve.get_color())
    axes.set(xscale="log", yscale="log", xlabel="length of the text in tokens", ylabel="tokens per second")
    axes.set_xticks([64, 256, 1_000, 4_000, 10_000] if max(points) > 1_000 else list(points))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(which="both", alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    name_curves(axes, ends)
    axes.set_title(f"generate() with 1.4 million parameters, one row, greedy\n{machine}", fontsize=9, loc="left")
    figure.savefig(path, dpi=150)


def name_curves(axes: Any, ends: dict[str, tuple[float, float, str]]) -> None:
    """Write each name beside the end of its curve, from below; where two would touch, the upper one moves up."""
    lowest, factor = 0.0, 1.0 + 0.055 * (axes.get_ylim()[1] / axes.get_ylim()[0]) ** 0.35
    for name, (x, y, color) in sorted(ends.items(), key=lambda item: item[1][1]):
        lowest = max(y, lowest * factor)
        axes.annotate(
            name, (x, lowest), (6, 0), textcoords="offset points", color=color, va="center", annotation_clip=False
        )


def main() -> None:
    parser = arguments(__doc__, rounds=3)
    parser.add_argument("--limit", type=float, default=300, help="seconds that a long text may take (default 300)")
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    lengths = (4, 8, 16) if options.quick else LENGTHS
    started = time.perf_counter()
    positions = lengths[-1] + PROMPT + TAIL
    models = {name: fitted(make, 20_000 if options.quick else PARAMETERS, positions) for name, make in PEERS.items()}
    with threads(1):
        found = measure(models, lengths, options.rounds, options.limit)
    minutes = round((time.perf_counter() - started) / 60, 1)
    result = {"models": found, "lengths": lengths, "rounds": options.rounds, "minutes": minutes, "quick": options.quick}
    result |= origin(1)
    write(options.output, "peers", result)
    options.output.joinpath("peers.md").write_text(text := table(found, lengths, result), encoding="utf-8")
    draw(found, result["machine"], options.output / "peers.png")
    print(f"\n{text}\n{minutes} minutes")


if __name__ == "__main__":
    main()
