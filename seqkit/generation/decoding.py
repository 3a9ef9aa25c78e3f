"""Writing token by token: transformers' own loop for greedy search and sampling, without its cost per token.

The naive twin is `GenerationMixin._sample`, which runs whenever `covers` says no; tokens, scores, the calls of logits
processors, stopping criteria and streamer, and the state that comes out are the same.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as modules
from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList
from transformers.generation import EosTokenCriteria, GenerateDecoderOnlyOutput, MaxLengthCriteria
from transformers.generation.streamers import BaseStreamer

from seqkit.cache_names import CACHE, cache_of
from seqkit.generation.stepping import Stepper

if TYPE_CHECKING:
    from seqkit.models.causal_lm import RNNForCausalLM
    from seqkit.models.state import RNNCache

THREADED = 32 * 2**20
"""From how many multiplications a step on more than one thread is worth their waiting for each other."""

KNOWN = {"attention_mask", "inputs_embeds", CACHE, "use_cache", "logits_to_keep"}
"""Arguments of `forward` that need nothing after the prompt; any other is left to the stock loop."""


def covers(model: "RNNForCausalLM", config: GenerationConfig, arguments: dict[str, Any]) -> bool:
    """Tell whether `write` does all that a call asks for.

    It does for a model as seqkit made it, in evaluation on a CPU, with a state, where no hidden states are collected,
    and which looks at no encoder.

    Args:
        model: the language model.
        config: what `generate()` settled on.
        arguments: those of `forward`.
    """
    cache = arguments.get(CACHE)
    collects = config.return_dict_in_generate and (config.output_hidden_states or config.output_attentions)
    asked = {name for name, value in arguments.items() if value is not None}
    return (
        model.device.type == "cpu"
        and not model.config.add_cross_attention
        and not torch.is_autocast_enabled("cpu")
        and not model.training
        and bool(arguments.get("use_cache"))
        and cache is not None
        and not cache.rollback.recording
        and not collects
        and asked <= KNOWN
        and untouched(model)
    )


def untouched(model: "RNNForCausalLM") -> bool:
    """Tell whether nobody listens to the model's modules, has wrapped them or put others in their place."""
    if any(getattr(modules, name) for name in ("_global_forward_hooks", "_global_forward_pre_hooks")):
        return False
    expected = (model.get_input_embeddings(), nn.Embedding), (model.lm_head, nn.Linear)
    return all(type(module) is kind for module, kind in expected) and not any(
        module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module) or module._compiled_call_impl
        for module in model.modules()
    )


class Written:
    """The ids of a text that grows, (B, T), put together only when somebody looks at them."""

    def __init__(self, ids: Tensor) -> None:
        self.length = ids.shape[1]
        self.buffer, self.filled = ids, self.length
        self.new: list[Tensor] = []

    @property
    def ids(self) -> Tensor:
        """All ids so far (B, T)."""
        if self.new:
            if self.length > self.buffer.shape[1]:
                room = self.buffer.new_empty(len(self.buffer), max(256, 2 * self.length))
                room[:, : self.filled] = self.buffer[:, : self.filled]
                self.buffer = room
            torch.stack(self.new, 1, out=self.buffer[:, self.filled : self.length])
            self.filled, self.new = self.length, []
        return self.buffer[:, : self.length]

    def append(self, tokens: Tensor) -> None:
        """Add one token (B,) to each row."""
        self.new.append(tokens)
        self.length += 1


class Ending:
    """Decides which rows are finished: the two common criteria without tensors, any other as it is.

    Args:
        criteria: what `generate()` prepared.
        pad: the token that follows in a finished row.
    """

    def __init__(self, criteria: StoppingCriteriaList, pad: Tensor | None) -> None:
        common = (MaxLengthCriteria, EosTokenCriteria)
        self.length = min((c.max_length for c in criteria if type(c) is MaxLengthCriteria), default=math.inf)
        self.ends = {i for c in criteria if type(c) is EosTokenCriteria for i in c.eos_token_id.flatten().tolist()}
        self.others = [c for c in criteria if type(c) not in common]
        self.pads = any(hasattr(c, "eos_token_id") for c in criteria)
        self.pad = 0 if pad is None else int(pad)
        self.finished: list[bool] = []

    def padded(self, tokens: Tensor) -> tuple[Tensor, list[int]]:
        """Return the tokens (B,), and as B numbers, with padding where a row was finished before."""
        chosen = tokens.tolist()
        if not self.pads or not any(self.finished):
            return tokens, chosen
        chosen = [self.pad if done else t for t, done in zip(chosen, self.finished, strict=True)]
        return torch.tensor(chosen), chosen

    def reached(self, written: Written, chosen: list[int], kept: "Kept") -> bool:
        """Tell whether every row is finished after these tokens."""
        self.finished = self.finished or [False] * len(chosen)
        over = written.length >= self.length
        self.finished = [done or over or t in self.ends for done, t in zip(self.finished, chosen, strict=True)]
        for criterion in self.others:
            said = criterion(written.ids, kept.tuples().get("scores")).tolist()
            self.finished = [done or now for done, now in zip(self.finished, said, strict=True)]
        return all(self.finished)


class Kept:
    """What the returned dictionary is to hold of every step: scores, logits, or nothing."""

    def __init__(self, config: GenerationConfig) -> None:
        asked = {"scores": config.output_scores, "logits": config.output_logits}
        names = [name for name, wanted in asked.items() if wanted and config.return_dict_in_generate]
        self.values: dict[str, list[Tensor]] = {name: [] for name in names}

    def add(self, **values: Tensor) -> None:
        """Keep what was asked for."""
        for name, kept in self.values.items():
            kept.append(values[name])

    def tuples(self) -> dict[str, tuple[Tensor, ...]]:
        """Return what was kept so far."""
        return {name: tuple(kept) for name, kept in self.values.items()}


def write(
    model: "RNNForCausalLM",
    input_ids: Tensor,
    logits_processor: LogitsProcessorList,
    stopping_criteria: StoppingCriteriaList,
    generation_config: GenerationConfig,
    streamer: BaseStreamer | None = None,
    **arguments: Any,
) -> GenerateDecoderOnlyOutput | Tensor:
    """Write on from a prompt, greedily or sampling; arguments and result are those of `GenerationMixin._sample`.

    Args:
        model: the language model; `covers` must have said yes.
        input_ids: the prompt (B, T).
        logits_processor: change the scores.
        stopping_criteria: tell when to stop.
        generation_config: what `generate()` settled on.
        streamer: is handed the tokens as they come.
        arguments: those of `forward`; the cache is the state, changed to the state before the last token.
    """
    config = generation_config
    prompt = model._prefill(input_ids, config, arguments, is_first_iteration=not config.is_assistant)
    cache: RNNCache = cache_of(prompt)
    stepper = Stepper(model, cache.state or (), expected_tokens(model, input_ids, config))
    written, ending = Written(input_ids), Ending(stopping_criteria, config._pad_token_tensor)
    kept = Kept(config)
    logits, output, steps = prompt.logits[:, -1], None, 0
    try:
        with threads_for(len(input_ids) * weights_of(model)):
            while True:
                logits = logits.float()
                scores = logits_processor(written.ids, logits) if logits_processor else logits
                kept.add(scores=scores, logits=logits)
                tokens, chosen = ending.padded(choose(scores, config.do_sample))
                written.append(tokens)
                if streamer is not None:
                    streamer.put(tokens.cpu())
                if ending.reached(written, chosen, kept):
                    break
                logits, output = stepper(chosen)
                steps += 1
    finally:
        # Also where a streamer or the user's Ctrl-C broke off: the state is that of the tokens read.
        if output is not None:
            cache.store(stepper.state, steps)
            cache.output = output.clone()
    if streamer is not None:
        streamer.end()
    ids = written.ids.clone()
    if not config.return_dict_in_generate:
        return ids
    return GenerateDecoderOnlyOutput(sequences=ids, **{CACHE: cache}, **kept.tuples())


@contextmanager
def threads_for(multiplications: int) -> Iterator[None]:
    """Run the block on one thread if its steps are small: several would wait for each other longer than they work."""
    before = torch.get_num_threads()
    if multiplications < THREADED and before > 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)


def weights_of(model: "RNNForCausalLM") -> int:
    """Return how many weights a row is multiplied with for one token, about: all but the embedding."""
    total = sum(parameter.numel() for parameter in model.parameters())
    return total - model.get_input_embeddings().weight.numel()


def expected_tokens(model: "RNNForCausalLM", input_ids: Tensor, config: GenerationConfig) -> int:
    """Return how many tokens may have to be read; 0 in half precision, where another order of rounding would show."""
    return (config.max_length - input_ids.shape[1]) * len(input_ids) if model.dtype == torch.float32 else 0


def choose(scores: Tensor, do_sample: bool) -> Tensor:
    """Choose a token (B,) for each row of scores (B, V)."""
    if not do_sample:
        return scores.argmax(-1)
    return torch.multinomial(scores.softmax(-1), 1).squeeze(1)
