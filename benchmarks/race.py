"""A recurrent network against a small transformer on tiny Shakespeare, in equal processor time.

    python benchmarks/race.py --data FILE [--rounds 1] [--recipe char-lm-race]

One thread; the first nine tenths of the text are learnt, the loss is taken over all of the last tenth, and evaluations
stand outside of the clock. The transformer is of the class of nanoGPT's CPU recipe, written with transformers' GPT-2: 4
layers, 4 heads, 128 wide, blocks of 64 characters, batches of 12, 2,000 steps; once at its recipe's learning rate 1e-3
and once at 4e-3. Its loop is bare, with nothing that slows it down. The network is trained by RNNTrainer as the recipe
says, for as many steps as fit into its share of the transformer's time: an eighth of the one, a quarter of the other,
and all of it. Its loss is told with the state carried along the text and at equal context, begun anew every 64
characters.
Writes race.json, race.md and race.png.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from common import arguments, origin, threads, write
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel, TrainerCallback, set_seed
from transformers.optimization import get_scheduler

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM, RNNTrainer, RNNTrainingArguments, recipes
from seqkit.data import StreamDataset, encode_text

BLOCK, BATCH, STEPS = 64, 12, 2000
RATES = {"transformer": 1e-3, "transformer, tuned": 4e-3}
SHARES = {"transformer": 8, "transformer, tuned": 4}
GOALS = {"carried": 1.52, "context 64": 1.64}


class Clock:
    """The processor time of the process, stopped while something else is measured."""

    def __init__(self) -> None:
        self.spent, self.since = 0.0, time.process_time()

    def stop(self) -> float:
        """Stop, and return the seconds so far."""
        self.spent += time.process_time() - self.since
        return self.spent

    def go_on(self) -> None:
        self.since = time.process_time()


def windows(ids: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """Cut a text into windows (N, length) and what follows each character; the last one ends with the text."""
    count = (len(ids) - 1) // length * length
    return ids[:count].view(-1, length), ids[1 : count + 1].view(-1, length)


@torch.no_grad()
def at_equal_context(model: Any, ids: Tensor) -> float:
    """Return the loss in nats per character where nothing is known from before each window of 64."""
    model.eval()
    inputs, targets = windows(ids, BLOCK)
    sums = []
    for x, y in zip(inputs.split(256), targets.split(256), strict=True):
        logits = model(x, use_cache=False).logits
        sums.append(torch.nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum"))
    model.train()
    return float(sum(sums)) / inputs.numel()


@torch.no_grad()
def carried(model: RNNForCausalLM, ids: Tensor) -> float:
    """Return the loss in nats per character over a text that is read from its beginning to its end."""
    model.eval()
    state, total = None, 0.0
    inputs, targets = ids[:-1].split(512), ids[1:].split(512)
    for x, y in zip(inputs, targets, strict=True):
        output = model(x[None], shift_labels=y[None], initial_state=state, return_state=True)
        state, total = output.state, total + float(output.loss) * len(x)
    model.train()
    return total / (len(ids) - 1)


def transformer(
    train: Tensor, validation: Tensor, vocabulary: int, rate: float, seed: int, steps: int
) -> dict[str, Any]:
    """Train the transformer in a bare loop, as nanoGPT does."""
    set_seed(seed)
    sizes = {"n_positions": BLOCK, "n_embd": 128, "n_layer": 4, "n_head": 4}
    none = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
    model = GPT2LMHeadModel(
        GPT2Config(vocab_size=vocabulary, bos_token_id=None, eos_token_id=None, **sizes, **none)
    ).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=0.1)
    floor = {"min_lr_rate": 0.1}
    schedule = get_scheduler("cosine_with_min_lr", optimizer, min(100, steps // 10), steps, floor)
    clock, curve = Clock(), []
    for step in range(1, steps + 1):
        starts = torch.randint(len(train) - BLOCK - 1, (BATCH, 1))
        part = train[starts + torch.arange(BLOCK + 1)]
        logits = model(part[:, :-1], use_cache=False).logits
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), part[:, 1:].flatten()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step(), schedule.step(), optimizer.zero_grad()
        if step % (steps // 5) == 0:
            curve.append((clock.stop(), at_equal_context(model, validation)))
            clock.go_on()
    seconds, loss = curve[-1]
    return {
        "seconds": seconds,
        "context 64": loss,
        "parameters": model.num_parameters(),
        "steps": steps,
        "curve": curve,
    }


class Watch(TrainerCallback):
    """Looks at the loss a few times in a training; the clock stands still meanwhile."""

    def __init__(self, model: RNNForCausalLM, validation: Tensor, every: int) -> None:
        self.model, self.validation, self.every = model, validation, every
        self.clock, self.curve = Clock(), list[tuple[float, float]]()

    def on_step_end(self, arguments: Any, state: Any, control: Any, **rest: Any) -> None:
        if state.global_step % self.every == 0 or state.global_step == state.max_steps:
            self.curve.append((self.clock.stop(), carried(self.model, self.validation)))
            self.clock.go_on()


def recurrent(
    recipe: dict[str, Any], train: Tensor, validation: Tensor, vocabulary: int, steps: int, seed: int, looks: int = 5
) -> dict[str, Any]:
    """Train the network by RNNTrainer, as its recipe says, for so many steps."""
    set_seed(seed)
    options = {**recipe["training"], "max_steps": steps, "seed": seed, "eval_strategy": "no"}
    options["warmup_steps"] = min(options.get("warmup_steps", 0), steps // 10)
    with tempfile.TemporaryDirectory() as folder:
        given = RNNTrainingArguments(folder, **options, use_cpu=True, disable_tqdm=True, report_to="none")
        model = RNNForCausalLM(RNNConfig(vocab_size=vocabulary, **recipe["config"]))
        data = StreamDataset(train, given.per_device_train_batch_size, given.sequence_length)
        watch = Watch(model, validation, max(1, steps // looks))
        RNNTrainer(model, given, train_dataset=data, callbacks=[watch]).train()
    seconds, loss = watch.curve[-1]
    found = {"seconds": seconds, "carried": loss, "context 64": at_equal_context(model, validation)}
    return {**found, "parameters": model.num_parameters(), "steps": steps, "curve": watch.curve}


def pace(recipe: dict[str, Any], train: Tensor, validation: Tensor, vocabulary: int) -> float:
    """Return how many seconds a step of the network takes."""
    short = recurrent(recipe, train, validation[:100], vocabulary, 60, 0, looks=3)
    (first, _), (last, _) = short["curve"][0], short["curve"][-1]
    return (last - first) / 40


def race(train: Tensor, validation: Tensor, vocabulary: int, recipe: dict[str, Any], seed: int, steps: int) -> dict:
    """Run all in turn, for one seed."""
    found: dict[str, Any] = {}
    for name, rate in RATES.items():
        found[name] = transformer(train, validation, vocabulary, rate, seed, steps)
        budget = found[name]["seconds"] / SHARES[name]
        fitting = max(20, int(0.97 * budget / pace(recipe, train, validation, vocabulary)))
        found[f"network, 1/{SHARES[name]} of its time"] = recurrent(
            recipe, train, validation, vocabulary, fitting, seed
        )
    budget = found["transformer"]["seconds"]
    fitting = max(20, int(0.97 * budget / pace(recipe, train, validation, vocabulary)))
    found["network, all of its time"] = recurrent(recipe, train, validation, vocabulary, fitting, seed)
    return found


def table(result: dict[str, Any]) -> str:
    """Write the first round as a table, with where it comes from."""
    lines = ["| | processor seconds | steps | loss, state carried | loss, context 64 |", "|---|---:|---:|---:|---:|"]
    for name, row in result["rounds"][0].items():
        loss = f"{row['carried']:.3f}" if "carried" in row else ""
        lines.append(f"| {name} | {row['seconds']:.0f} | {row['steps']:,} | {loss} | {row['context 64']:.3f} |")
    return "\n".join([*lines, "", f"Nats per character. {result['machine']}, {result['date']}, seed {result['seed']}."])


def draw(result: dict[str, Any], path: Path) -> None:
    """Draw the loss over processor time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    for name, row in result["rounds"][0].items():
        seconds, losses = zip(*row["curve"], strict=True)
        axes.plot(seconds, losses, "o-" if "network" in name else "s--", label=name, markersize=3)
    axes.set(xscale="log", xlabel="processor seconds, one thread", ylabel="validation loss, nats per character")
    axes.set_title(f"tiny Shakespeare; {result['machine']}, {result['date']}", fontsize=8)
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = arguments(__doc__, rounds=1)
    parser.add_argument("--data", type=Path, required=True, help="tiny Shakespeare, one file")
    parser.add_argument("--recipe", default="char-lm-race", help="the network's recipe")
    options = parser.parse_args()
    text = options.data.read_text(encoding="utf-8")[: 30_000 if options.quick else None]
    tokenizer = CharTokenizer.train(text)
    ids, recipe = encode_text(tokenizer, text), recipes.load(options.recipe)
    cut, steps = len(ids) * 9 // 10, 20 if options.quick else STEPS
    with threads(1):
        rounds = [race(ids[:cut], ids[cut:], len(tokenizer), recipe, seed, steps) for seed in range(options.rounds)]
    result = {"rounds": rounds, "recipe": options.recipe, "goals": GOALS, "quick": options.quick, **origin(1)}
    write(options.output, "race", result)
    (options.output / "race.md").write_text(table(result) + "\n", encoding="utf-8")
    draw(result, options.output / "race.png")
    print(table(result))


if __name__ == "__main__":
    main()
