"""Every option of `generate()`: what comes out is what a plain loop over the whole text finds, step by step."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import transformers as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from seqkit.models import RNNForCausalLM
from tests.cases import CELLS, model

PROMPTS = torch.tensor([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [3, 3, 1, 0, 2]])
SIDES = {
    "none": torch.ones(3, 5, dtype=torch.long),
    "left": torch.tensor([[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 1]]),
    "right": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]]),
}
ENDS, NEW, PAD = [4, 9], 8, 0
BIAS = [[[3], 2.0], [[1, 2], -3.0]]


def other_than_the_last(batch: int, ids: Tensor) -> list[int]:
    return [token for token in range(11) if token != ids[-1]]


class Upside(tf.LogitsProcessor):
    """Somebody's own processor."""

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:
        return scores.flip(1) * 0.5


Make = Callable[[Tensor, Tensor], tf.LogitsProcessor]
STEERS: dict[str, tuple[Any, Make]] = {
    "sequence_bias": (BIAS, lambda p, m: tf.SequenceBiasLogitsProcessor(BIAS)),
    "encoder_repetition_penalty": (0.6, lambda p, m: tf.EncoderRepetitionPenaltyLogitsProcessor(0.6, p)),
    "repetition_penalty": (
        1.5,
        lambda p, m: tf.RepetitionPenaltyLogitsProcessor(1.5, prompt_ignore_length=m.argmax(1)),
    ),
    "no_repeat_ngram_size": (2, lambda p, m: tf.NoRepeatNGramLogitsProcessor(2)),
    "bad_words_ids": ([[5], [1, 2]], lambda p, m: tf.NoBadWordsLogitsProcessor([[5], [1, 2]], torch.tensor(ENDS))),
    "min_length": (9, lambda p, m: tf.MinLengthLogitsProcessor(9, torch.tensor(ENDS))),
    "min_new_tokens": (6, lambda p, m: tf.MinNewTokensLengthLogitsProcessor(p.shape[1], 6, torch.tensor(ENDS))),
    "prefix_allowed_tokens_fn": (
        other_than_the_last,
        lambda p, m: tf.PrefixConstrainedLogitsProcessor(other_than_the_last, 1),
    ),
    "forced_bos_token_id": (3, lambda p, m: tf.ForcedBOSTokenLogitsProcessor(3)),
    "forced_eos_token_id": (4, lambda p, m: tf.ForcedEOSTokenLogitsProcessor(p.shape[1] + NEW, 4)),
    "remove_invalid_values": (True, lambda p, m: tf.InfNanRemoveLogitsProcessor()),
    "suppress_tokens": ([6, 8], lambda p, m: tf.SuppressTokensLogitsProcessor([6, 8])),
    "begin_suppress_tokens": ([1, 2], lambda p, m: tf.SuppressTokensAtBeginLogitsProcessor([1, 2], p.shape[1])),
    "logits_processor": (tf.LogitsProcessorList([Upside()]), lambda p, m: Upside()),
}
"""Value of each option and its processor for a prompt and its mask, in the order in which transformers applies them."""

DECAY = {
    "exponential_decay_length_penalty": (
        (2, 1.5),
        lambda p, m: tf.ExponentialDecayLengthPenalty((2, 1.5), torch.tensor(ENDS), p.shape[1]),
    )
}
"""Alone: it makes NaN of a score that another option has forbidden."""

WARPS: dict[str, tuple[Any, Make]] = {
    "temperature": (0.7, lambda p, m: tf.TemperatureLogitsWarper(0.7)),
    "top_k": (6, lambda p, m: tf.TopKLogitsWarper(6)),
    "top_p": (0.9, lambda p, m: tf.TopPLogitsWarper(0.9)),
    "min_p": (0.05, lambda p, m: tf.MinPLogitsWarper(0.05)),
    "typical_p": (0.9, lambda p, m: tf.TypicalLogitsWarper(0.9)),
    "epsilon_cutoff": (0.02, lambda p, m: tf.EpsilonLogitsWarper(0.02)),
    "eta_cutoff": (0.02, lambda p, m: tf.EtaLogitsWarper(0.02)),
    "renormalize_logits": (True, lambda p, m: tf.LogitNormalization()),
}
ALL = STEERS | DECAY | WARPS


@torch.no_grad()
def plain(network: RNNForCausalLM, ids: Tensor, mask: Tensor, names: list[str], sample: bool) -> tuple[Tensor, Any]:
    """Write by reading the whole text anew for every token: the oracle; returns ids and the scores of each step."""
    processors = tf.LogitsProcessorList([make(ids, mask) for name, (_, make) in ALL.items() if name in names])
    done, kept, end = torch.zeros(len(ids), dtype=torch.bool), [], ids.shape[1] + NEW
    while ids.shape[1] < end and not done.all():
        logits = network(ids, attention_mask=mask, use_cache=False).logits[:, -1]
        scores = processors(ids, logits)
        kept.append(scores)
        token = torch.multinomial(scores.softmax(-1), 1)[:, 0] if sample else scores.argmax(-1)
        token = torch.where(done, PAD, token)
        done = done | torch.isin(token, torch.tensor(ENDS))
        ids = torch.cat([ids, token[:, None]], 1)
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], 1)
    return ids, kept


def asked(names: list[str], **more: Any) -> dict[str, Any]:
    """Return what `generate()` is to be told."""
    told = {name: value for name, (value, _) in ALL.items() if name in names}
    return {"max_new_tokens": NEW, "eos_token_id": ENDS, "pad_token_id": PAD, **told, **more}


def agrees(network: RNNForCausalLM, ids: Tensor, mask: Tensor, names: list[str], sample: bool, **more: Any) -> None:
    """Compare `generate()` with the oracle: tokens, and the scores of every step."""
    torch.manual_seed(3)
    expected, scores = plain(network, ids, mask, names, sample)
    torch.manual_seed(3)
    told = asked(names, do_sample=sample, output_scores=True, return_dict_in_generate=True, **more)
    found = network.generate(ids, attention_mask=mask, **told)
    assert torch.equal(found.sequences, expected)
    torch.testing.assert_close(list(found.scores), scores)


@pytest.mark.parametrize("name", ["nothing", *ALL])
@pytest.mark.parametrize("cell", CELLS)
def test_each_option_does_what_it_does_to_the_whole_text(cell: str, name: str) -> None:
    network = model(RNNForCausalLM, cell)
    length = 1 if name == "forced_bos_token_id" else 5
    for sample in (True,) if name in WARPS and name != "renormalize_logits" else (False, True):
        agrees(network, PROMPTS[:, :length], SIDES["left"][:, -length:], [name], sample)


def combinations(examples: int) -> Callable[[Any], Any]:
    """Draw a model, a prompt and some options."""
    drawn = given(
        cell=st.sampled_from(CELLS),
        layers=st.integers(1, 3),
        side=st.sampled_from(sorted(SIDES)),
        rows=st.integers(1, 3),
        length=st.integers(2, 5),
        steers=st.sets(st.sampled_from(sorted(STEERS)), max_size=4),
        warps=st.none() | st.sets(st.sampled_from(sorted(WARPS)), max_size=3),
        more=st.sampled_from([{}, {"use_cache": False}, {"prefill_chunk_size": 2}, {"output_hidden_states": True}]),
        seed=st.integers(0, 99),
    )
    return lambda test: settings(max_examples=examples)(drawn(test))


def check_combination(
    cell: str, layers: int, side: str, rows: int, length: int, steers: set, warps: set | None, more: dict, seed: int
) -> None:
    torch.manual_seed(seed)
    network = model(RNNForCausalLM, cell, num_hidden_layers=layers)
    # A row of nothing but padding is no prompt; on the left the real tokens are the last ones.
    places = slice(-length, None) if side == "left" else slice(length)
    ids, mask = PROMPTS[:rows, places], SIDES[side][:rows, places]
    # transformers lets the one take the place of the other.
    steers = steers - {"min_length"} if "min_new_tokens" in steers else steers
    agrees(network, ids, mask, [*steers, *(warps or ())], warps is not None, **more)


@combinations(60)
def test_options_together(**drawn: Any) -> None:
    check_combination(**drawn)


@pytest.mark.slow
@combinations(600)
def test_very_many_options_together(**drawn: Any) -> None:
    check_combination(**drawn)


BEAMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "sampled": {"do_sample": True, "top_k": 6},
    "long": {"length_penalty": 2.0, "early_stopping": True},
    "short": {"length_penalty": -1.0, "early_stopping": "never"},
    "several": {"num_return_sequences": 3},
    "penalties": {"repetition_penalty": 1.5, "no_repeat_ngram_size": 2, "bad_words_ids": [[5]]},
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("way", BEAMS)
@pytest.mark.parametrize("cell", CELLS)
def test_beams_are_those_without_a_cache(cell: str, way: str, side: str) -> None:
    network, found = model(RNNForCausalLM, cell, num_hidden_layers=2), []
    for use_cache in (True, False):
        torch.manual_seed(3)
        told = {
            "do_sample": False,
            "num_beams": 3,
            "output_scores": True,
            "return_dict_in_generate": True,
            **BEAMS[way],
        }
        found.append(network.generate(PROMPTS, attention_mask=SIDES[side], **asked([], use_cache=use_cache, **told)))
    assert torch.equal(found[0].sequences, found[1].sequences)
    torch.testing.assert_close(found[0].sequences_scores, found[1].sequences_scores)


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("cell", CELLS)
def test_a_batch_is_its_rows_alone(cell: str, side: str, beams: int) -> None:
    network, told = model(RNNForCausalLM, cell, num_hidden_layers=2), asked([], do_sample=False, num_beams=beams)
    together = network.generate(PROMPTS, attention_mask=SIDES[side], **told)[:, 5:]
    for ids, mask, row in zip(PROMPTS, SIDES[side], together, strict=True):
        ids = ids[mask.bool()][None]
        # With the mask: without one transformers takes every token that equals the padding for padding.
        alone = network.generate(ids, attention_mask=torch.ones_like(ids), **told)[0, ids.shape[1] :]
        assert torch.equal(row[: len(alone)], alone)
        assert (row[len(alone) :] == PAD).all()


@torch.no_grad()
@pytest.mark.parametrize("use_cache", [True, False])
def test_guidance_away_from_another_prompt(use_cache: bool) -> None:
    network, away = model(RNNForCausalLM, "lstm"), torch.tensor([[7, 7]])
    ids, other = PROMPTS[:1], away
    told = {"guidance_scale": 1.5, "negative_prompt_ids": away, "use_cache": use_cache, "do_sample": False}
    found = network.generate(ids, max_new_tokens=NEW, pad_token_id=PAD, **told)
    for _ in range(NEW):
        to, fro = (network(x, use_cache=False).logits[:, -1].log_softmax(-1) for x in (ids, other))
        token = (fro + 1.5 * (to - fro)).argmax(-1, keepdim=True)
        ids, other = torch.cat([ids, token], 1), torch.cat([other, token], 1)
    assert torch.equal(found, ids)


def test_time_is_up_after_one_token() -> None:
    found = model(RNNForCausalLM).generate(PROMPTS, max_time=1e-9, max_new_tokens=50, do_sample=False, pad_token_id=0)
    assert found.shape == (3, 6)


def test_the_oracle_notices_an_option_left_out() -> None:
    network = model(RNNForCausalLM)
    expected, _ = plain(network, PROMPTS, SIDES["none"], [], False)
    assert not torch.equal(network.generate(PROMPTS, **asked(["logits_processor"], do_sample=False)), expected)
