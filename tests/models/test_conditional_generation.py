import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModelForSeq2SeqLM
from transformers.modeling_outputs import BaseModelOutput

from seqkit.errors import CheckpointError, ConfigError, DataError, StateError
from seqkit.models import RNNCache, RNNForCausalLM, RNNForConditionalGeneration
from tests.cases import CELLS, gradients, poisoned, same
from tests.seq2seq import KINDS, LENGTHS, NAMES, SOURCE, SOURCE_MASK, TARGET, config, model

WAYS: dict[str, dict[str, Any]] = {
    "greedy": {"do_sample": False},
    "sampling": {"do_sample": True, "top_k": 5},
    "beams": {"num_beams": 3},
    "penalised beams": {"num_beams": 4, "length_penalty": 2.0, "early_stopping": True},
    "several": {"num_return_sequences": 3, "do_sample": True},
    "several beams": {"num_beams": 4, "num_return_sequences": 2},
    "sampled beams": {"num_beams": 3, "do_sample": True},
    "constrained": {"repetition_penalty": 1.3, "no_repeat_ngram_size": 2, "min_new_tokens": 3},
}


def write(network: RNNForConditionalGeneration, seed: int = 3, **kwargs: Any) -> Any:
    """Generate up to 6 tokens from the ragged sources."""
    torch.manual_seed(seed)
    if "encoder_outputs" not in kwargs:
        kwargs = {"input_ids": SOURCE, **kwargs}
    return network.generate(**{"attention_mask": SOURCE_MASK, "max_new_tokens": 6, **kwargs})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_generation_with_a_cache_is_that_without(kind: dict[str, Any], way: str) -> None:
    network = model(**kind)
    assert torch.equal(write(network, **WAYS[way]), write(network, use_cache=False, **WAYS[way]))


@pytest.mark.parametrize("way", ["greedy", "beams", "several beams"])
@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_a_batch_writes_what_each_source_does_alone(kind: dict[str, Any], way: str) -> None:
    network = model(**kind)
    for side in ("right", "left"):
        ids, mask = SOURCE.clone(), SOURCE_MASK.clone()
        if side == "left":
            for row, length in enumerate(LENGTHS[0]):
                ids[row], mask[row] = ids[row].roll(5 - length), mask[row].roll(5 - length)
        together = write(network, input_ids=ids.masked_fill(mask == 0, 10), attention_mask=mask, **WAYS[way])
        share = len(together) // len(SOURCE)
        for row, length in enumerate(LENGTHS[0]):
            one = write(network, input_ids=SOURCE[row : row + 1, :length], attention_mask=None, **WAYS[way])
            found = together[row * share : (row + 1) * share, : one.shape[1]]
            assert torch.equal(found, one)
            # transformers fills what beams leave with the end token, where padding has the id 0.
            assert set(together[row * share : (row + 1) * share, one.shape[1] :].flatten().tolist()) <= {0, 2}


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_beams_find_the_likeliest_of_all(kind: dict[str, Any]) -> None:
    # As many beams as there are texts: the search is exhaustive, and the winner can be told by scoring each.
    network = model(vocab_size=4, encoder_vocab_size=11, **kind)
    network.generation_config.length_penalty = 0.0
    texts = [[a, b] for a in range(4) for b in range(4) if a != 2] + [[2]]
    scores = {}
    for text in texts:
        labels = torch.tensor([text])
        with torch.no_grad():
            loss = network(SOURCE[:1], labels=labels).loss
        scores[tuple(text)] = -float(loss) * len(text)
    best = max(scores, key=lambda text: scores[text])
    found = network.generate(SOURCE[:1], num_beams=12, max_new_tokens=2, early_stopping=False)[0, 1:]
    assert tuple(found.tolist()[: len(best)]) == best


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_padding_changes_nothing_on_either_side(kind: dict[str, Any]) -> None:
    network = model(**kind)
    leaves = dict(network.named_parameters())
    total, alone = 0.0, []
    for row, (source, target) in enumerate(zip(*LENGTHS, strict=True)):
        outputs = network(SOURCE[row : row + 1, :source], labels=TARGET[row : row + 1, :target])
        total, alone = total + outputs.loss * target, [*alone, outputs.logits[0]]
    expected = gradients(total / sum(LENGTHS[1]), leaves)  # type: ignore[arg-type]
    for fill in (0, 10**6):
        ids = SOURCE.masked_fill(SOURCE_MASK == 0, fill)
        together = network(ids, attention_mask=SOURCE_MASK, labels=TARGET)
        for row, logits in enumerate(alone):
            torch.testing.assert_close(together.logits[row, : len(logits)], logits, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(together.loss, total / sum(LENGTHS[1]))
        same(gradients(together.loss, leaves), expected)


def test_vectors_of_nan_in_the_padding_change_nothing() -> None:
    network = model(num_features=3, attention="additive", bidirectional=True, embedding_size=4)
    assert network.main_input_name == "input_features"
    features = torch.randn(3, 5, 3)
    spoilt = features.masked_fill(SOURCE_MASK[..., None] == 0, math.nan)
    losses = [network(input_features=x, attention_mask=SOURCE_MASK, labels=TARGET).loss for x in (features, spoilt)]
    leaves = dict(network.named_parameters())
    same(*[gradients(loss, leaves) for loss in losses])
    given: dict[str, Any] = {"attention_mask": SOURCE_MASK, "max_new_tokens": 4}
    found = [network.generate(input_features=x, **given) for x in (features, spoilt)]
    assert torch.equal(*found)
    outside = network.generate(features, **given)
    assert torch.equal(outside, found[0])


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
@pytest.mark.parametrize("cell", CELLS)
def test_the_loss_is_the_cross_entropy_of_the_target(cell: str, kind: dict[str, Any]) -> None:
    network = model(cell=cell, **kind)
    outputs = network(SOURCE, attention_mask=SOURCE_MASK, labels=TARGET)
    torch.testing.assert_close(outputs.loss, F.cross_entropy(outputs.logits.flatten(0, 1), TARGET.flatten()))
    read = torch.tensor([[1, 5, 4, 3], [1, 9, 8, 2], [1, 10, 2, 0]])
    assert torch.equal(network.prepare_decoder_input_ids_from_labels(TARGET), read)
    given = network(SOURCE, attention_mask=SOURCE_MASK, decoder_input_ids=read, labels=TARGET)
    assert torch.equal(given.loss, outputs.loss)
    embedded = network(SOURCE, attention_mask=SOURCE_MASK, decoder_inputs_embeds=network.decoder.embed_tokens(read))
    torch.testing.assert_close(embedded.logits, outputs.logits)


def test_a_loss_without_scores_is_the_same() -> None:
    network = model(attention="general")
    whole = network(SOURCE, attention_mask=SOURCE_MASK, labels=TARGET, label_smoothing=0.1)
    spared = network(SOURCE, attention_mask=SOURCE_MASK, labels=TARGET, label_smoothing=0.1, return_logits=False)
    # In evaluation scores are there to be used.
    assert spared.logits is None
    torch.testing.assert_close(spared.loss, whole.loss)


def test_the_encoder_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    network = model(attention="general", bidirectional=True)
    calls = []
    forward = network.encoder.forward
    monkeypatch.setattr(network.encoder, "forward", lambda *a, **k: calls.append(1) or forward(*a, **k))
    projected = []
    network.decoder.attention.key.register_forward_hook(lambda *_: projected.append(1))
    write(network, num_beams=3)
    assert len(calls) == len(projected) == 1


@pytest.mark.parametrize("way", ["greedy", "beams", "several"])
def test_what_the_encoder_gave_can_be_given(way: str) -> None:
    network = model(attention="additive", bidirectional=True)
    outputs = network.get_encoder()(SOURCE, attention_mask=SOURCE_MASK)
    assert torch.equal(write(network, encoder_outputs=outputs, **WAYS[way]), write(network, **WAYS[way]))


def test_attention_is_returned_for_every_token() -> None:
    network = model(attention="additive")
    found = write(network, return_dict_in_generate=True, output_attentions=True, output_hidden_states=True)
    assert len(found.cross_attentions) == found.sequences.shape[1] - 1
    for (weights,) in found.cross_attentions:
        assert weights.shape == (3, 1, 1, 5)
        torch.testing.assert_close(weights.sum(-1), torch.ones(3, 1, 1))
        assert not weights[:, 0, 0][SOURCE_MASK == 0].any()
    assert len(found.encoder_hidden_states) == 3
    whole = network(
        SOURCE, attention_mask=SOURCE_MASK, decoder_input_ids=found.sequences[:, :-1], output_attentions=True
    )
    torch.testing.assert_close(torch.cat([step[0] for step in found.cross_attentions], 2), whole.cross_attentions[0])
    beams = write(network, num_beams=2, return_dict_in_generate=True, output_attentions=True, output_scores=True)
    assert beams.cross_attentions[0][0].shape == (6, 1, 1, 5)


def test_the_state_does_not_grow() -> None:
    network = model(attention="general")
    sizes = []
    for tokens in (1, 6):
        found = network.generate(
            SOURCE, attention_mask=SOURCE_MASK, max_new_tokens=tokens, return_dict_in_generate=True, eos_token_id=None
        )
        cache = found.past_key_values
        assert isinstance(cache, RNNCache)
        parts = [t for layer in cache.state or () for t in layer]
        assert cache.memory is not None
        sizes.append([t.shape for t in (*parts, cache.output, cache.memory.values, cache.memory.keys)])
    assert sizes[0] == sizes[1]


def test_a_beginning_may_be_given_with_padding_on_its_left() -> None:
    network = model(attention="additive", input_feeding=True)
    begun = torch.tensor([[1, 5, 6], [0, 1, 7], [0, 0, 1]])
    mask = (begun > 0).long()
    together = write(network, decoder_input_ids=begun, decoder_attention_mask=mask, eos_token_id=None)
    for row, length in enumerate((3, 2, 1)):
        alone = network.generate(
            SOURCE[row : row + 1, : LENGTHS[0][row]],
            decoder_input_ids=begun[row : row + 1, 3 - length :],
            max_new_tokens=6,
            eos_token_id=None,
        )
        assert torch.equal(together[row, 3 - length :], alone[0])


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_saved_and_loaded_it_is_the_same(kind: dict[str, Any], tmp_path: Path) -> None:
    fields = {"embedding_size": 5, "tie_word_embeddings": True, "share_embeddings": True} if kind["attention"] else {}
    network = model(**kind, **fields)
    network.save_pretrained(tmp_path)
    with poisoned():
        loaded = AutoModelForSeq2SeqLM.from_pretrained(tmp_path).eval()
    assert type(loaded) is RNNForConditionalGeneration
    expected = network(SOURCE, attention_mask=SOURCE_MASK, labels=TARGET)
    assert torch.equal(loaded(SOURCE, attention_mask=SOURCE_MASK, labels=TARGET).logits, expected.logits)
    if fields:
        assert loaded.lm_head.weight is loaded.decoder.embed_tokens.weight is loaded.encoder.embed_tokens.weight
    with pytest.raises(ConfigError, match=r"is no encoder-decoder|bidirectional"):
        RNNForCausalLM.from_pretrained(tmp_path)


def test_loading_is_strict(tmp_path: Path) -> None:
    network = model(attention="additive", bidirectional=True)
    network.save_pretrained(tmp_path)
    for fields in ({"num_decoder_layers": 1}, {"attention": "general"}, {"bidirectional": False}):
        with pytest.raises(CheckpointError, match="tensor"):
            RNNForConditionalGeneration.from_pretrained(tmp_path, **fields)


@pytest.mark.parametrize(("tied", "shared"), [(True, False), (False, True), (True, True)])
def test_embeddings_are_shared_as_asked_and_trained_as_one(tied: bool, shared: bool) -> None:
    network = model(attention="general", tie_word_embeddings=tied, share_embeddings=shared)
    weight = network.decoder.embed_tokens.weight
    assert (network.lm_head.weight is weight) is tied
    assert (network.encoder.embed_tokens.weight is weight) is shared
    network(SOURCE, labels=TARGET[:, :3].clamp(min=0)).loss.backward()
    used = {*SOURCE.flatten().tolist()} if shared else {1, *TARGET[:, :2].flatten().tolist()}
    rows = {int(i) for i in weight.grad.abs().sum(1).nonzero()}  # type: ignore[union-attr]
    assert used <= rows


def test_two_vocabularies() -> None:
    network = model(encoder_vocab_size=20, vocab_size=11, attention="dot")
    assert network.encoder.embed_tokens.weight.shape[0] == 20
    assert network(torch.tensor([[19, 3]]), labels=TARGET[:1]).logits.shape == (1, 4, 11)
    with pytest.raises(DataError, match="input_ids holds 20"):
        network(torch.tensor([[20]]), labels=TARGET[:1])


@pytest.mark.parametrize("fields", [{}, {"share_embeddings": True}, {"encoder_vocab_size": 11}])
def test_the_vocabulary_can_be_resized(fields: dict[str, Any]) -> None:
    network = model(attention="general", tie_word_embeddings=True, **fields)
    network.resize_token_embeddings(14)
    sides = network.encoder.embed_tokens, network.decoder.embed_tokens
    # A source of a tokenizer of its own keeps its size.
    assert [len(side.weight) for side in sides] == [11 if "encoder_vocab_size" in fields else 14, 14]
    assert network.config.vocab_size == network.decoder.config.vocab_size == network.lm_head.out_features == 14
    assert network(SOURCE, labels=torch.tensor([[13], [2], [2]])).logits.shape == (3, 1, 14)
    assert network.get_output_embeddings() is network.lm_head


def test_scheduled_sampling_reads_its_own_guesses() -> None:
    network = model(attention="general").train()
    network.teacher_forcing = 0.0
    found = network(SOURCE, attention_mask=SOURCE_MASK, labels=TARGET.clamp(min=0))
    network.eval()
    written = network.generate(
        SOURCE, attention_mask=SOURCE_MASK, max_new_tokens=4, eos_token_id=None, output_logits=True,
        return_dict_in_generate=True,
    )  # fmt: skip
    torch.testing.assert_close(found.logits, torch.stack(written.logits, 1))
    network.train().teacher_forcing = 1.0
    forced = network(SOURCE, attention_mask=SOURCE_MASK, labels=TARGET.clamp(min=0)).logits
    assert not torch.allclose(found.logits, forced)
    network.eval().teacher_forcing = 0.0
    evaluated = network(SOURCE, attention_mask=SOURCE_MASK, labels=TARGET.clamp(min=0)).logits
    torch.testing.assert_close(evaluated, forced)


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"input_ids": torch.zeros(1, 0, dtype=torch.long)}, DataError, "source 0 is empty"),
        ({"input_ids": SOURCE, "attention_mask": SOURCE_MASK * torch.tensor([[1], [0], [1]])}, DataError, "source 1"),
        ({"input_ids": torch.ones(1, 7, dtype=torch.long)}, DataError, "has 7 tokens; max_source_length is 6"),
        ({"decoder_input_ids": TARGET}, DataError, "started without encoder outputs"),
        ({"encoder_outputs": (torch.zeros(1, 3, 6),)}, DataError, "encoder_outputs is a tuple"),
        ({"encoder_outputs": BaseModelOutput(torch.zeros(3, 3, 6))}, DataError, "no final state"),
        ({"input_ids": SOURCE, "labels": None}, DataError, "nothing for the decoder"),
        ({"input_ids": SOURCE, "labels": TARGET + 10}, DataError, "input_ids holds|labels hold"),
        ({"input_ids": SOURCE, "labels": TARGET[:2]}, DataError, "for a batch of|shapes"),
        ({"input_ids": SOURCE.float()}, DataError, "input_ids are torch.float32"),
    ],
)
def test_bad_input_is_told(given: dict[str, Any], error: type[Exception], text: str) -> None:
    network = model(attention="general", max_source_length=6)
    with pytest.raises((error, StateError), match=text):
        network(**{"labels": TARGET[: len(given.get("input_ids", TARGET))], **given})


def test_generate_tells_what_it_lacks() -> None:
    network = model(attention="general")
    with pytest.raises(DataError, match="num_beams is 3, but the model has no end token"):
        write(network, num_beams=3, eos_token_id=None)
    with pytest.raises(DataError, match="no source to read"):
        network.generate(max_new_tokens=3)
    with pytest.raises(DataError, match="is a list"):
        network.generate([[3, 4]], max_new_tokens=3)
    with pytest.raises(StateError, match="cache_implementation"):
        write(network, cache_implementation="static")
    with pytest.raises(StateError, match="initial_state is for training"):
        write(network, initial_state=())


def test_a_step_learns(tmp_path: Path) -> None:
    network = model(attention="additive", bidirectional=True).train()
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    losses: list[Tensor] = []
    for _ in range(30):
        losses.append(network(SOURCE, attention_mask=SOURCE_MASK, labels=TARGET).loss)
        optimizer.zero_grad()
        losses[-1].backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    assert losses[-1] < losses[0] / 3


def test_it_needs_its_configuration() -> None:
    made = config()
    made.is_encoder_decoder = False
    with pytest.raises(ConfigError, match="RNNForConditionalGeneration is an encoder-decoder"):
        RNNForConditionalGeneration(made)
