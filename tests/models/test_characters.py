"""Words are read by their characters: exactly, whatever stands beside them, and each different word once."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqkit.errors import ConfigError, DataError
from seqkit.models import RNNForCausalLM, RNNForSequenceClassification, RNNForTokenClassification, RNNModel
from seqkit.models.characters import FEW, CharacterEncoder
from tests.cases import CELLS, MASKS, config, gradients, model, rows, same

KINDS = ("cnn", "rnn", "both")
HEADS = (RNNModel, RNNForSequenceClassification, RNNForTokenClassification)
FIELDS: dict[str, Any] = {"character_vocab_size": 9, "character_embedding_size": 3, "character_hidden_size": 4}


def words(batch: int, length: int, width: int = 7) -> Tensor:
    """Draw the characters of words of 1 to `width` characters, few enough that some words come twice."""
    ends = torch.randint(1, width + 1, (batch, length, 1))
    return torch.randint(1, 9, (batch, length, width)) * (torch.arange(width) < ends)


def encoder(kind: str, cell: str = "lstm", **fields: Any) -> CharacterEncoder:
    made = CharacterEncoder(config(cell, **{**FIELDS, "character_encoder": kind, **fields}))
    for parameter in made.parameters():
        nn.init.uniform_(parameter, -0.7, 0.7)
    return made


def plain(made: CharacterEncoder, word: Tensor) -> Tensor:
    """Read one word by itself, without padding, groups or masks: what the encoder must equal."""
    x = made.embed(word[word != 0])[None]  # (1, C, E)
    found = []
    for name, part in made.parts.items():
        if name == "cnn":
            for size, linear in zip(part.sizes, part.filters, strict=True):
                weight = linear.weight.view(len(linear.weight), -1, size)  # torch's layout: filters, channels, places
                around = F.pad(x.transpose(1, 2), ((size - 1) // 2, size // 2))
                found.append(torch.tanh(F.conv1d(around, weight, linear.bias)).amax(2))
        else:
            forward, backward = part.cells
            found += [run_alone(forward, x), run_alone(backward, x.flip(1))]
    return torch.cat(found, 1)[0]


def run_alone(cell: Any, x: Tensor) -> Tensor:
    state, p = cell.init_state(1), cell.project(x)
    for t in range(x.shape[1]):
        y, state = cell.step(p[:, t], state)
    return y


@pytest.mark.parametrize("count", [FEW // 4, 1 + FEW // 2], ids=["few", "many"])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_gives_what_each_word_gives_alone_with_all_gradients(kind: str, cell: str, count: int) -> None:
    made, given = encoder(kind, cell, character_kernel_sizes=[1, 3, 4]), F.pad(words(2, count, 45), (0, 19))
    leaves = dict(made.named_parameters())
    found = made(given)
    expected = torch.stack([plain(made, word) for word in given.flatten(0, 1)]).view_as(found)
    weights = torch.randn_like(found)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    same(gradients((found * weights).sum(), leaves), gradients((expected * weights).sum(), leaves), 1e-4)


def test_a_word_without_characters_gives_zeros() -> None:
    for kind in KINDS:
        found = encoder(kind)(torch.tensor([[[0, 0], [5, 0]]]))
        assert not found[0, 0].any()
        assert found[0, 1].any()
        assert encoder(kind)(torch.zeros(2, 0, 3, dtype=torch.long)).shape[:2] == (2, 0)


def test_an_end_of_a_word_is_told_from_its_middle() -> None:
    made = encoder("cnn")
    assert not torch.equal(*made(torch.tensor([[[4, 5, 4, 6], [5, 4, 6, 4]]]))[0])


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing(kind: str, mask: str) -> None:
    network = model(RNNForTokenClassification, "lstm", **FIELDS, character_encoder=kind, bidirectional=True)
    real = torch.tensor(MASKS[mask])
    ids, spelled = torch.randint(0, 11, real.shape), words(*real.shape)
    hostile = spelled.masked_fill(~real[..., None].bool(), 10**9)
    found = network(ids.masked_fill(~real.bool(), 10**9), real, character_ids=hostile).logits
    for index, places in rows(real):
        if len(places):
            alone = network(ids[index, places][None], character_ids=spelled[index, places][None, :, :]).logits
            torch.testing.assert_close(found[index, places][None], alone, atol=1e-5, rtol=1e-5)
    wide = network(ids, real, character_ids=F.pad(spelled, (0, 40))).logits
    at = real.bool()
    torch.testing.assert_close(wide[at], found[at], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", HEADS)
def test_every_head_reads_them_and_every_parameter_learns(kind: type) -> None:
    network = model(kind, "lstm", **FIELDS, character_encoder="both", num_labels=3).train()
    ids, spelled = torch.randint(0, 11, (2, 5)), words(2, 5)
    outputs = network(ids, character_ids=spelled)
    found = outputs.last_hidden_state if kind is RNNModel else outputs.logits
    found.square().sum().backward()
    silent = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []
    other = network(ids, character_ids=words(2, 5))
    assert not torch.equal(other[0], found)


def test_characters_alone_are_enough() -> None:
    network = model(RNNForTokenClassification, **FIELDS, vocab_size=None)
    spelled = words(2, 5)
    one, other = (network(torch.randint(0, 99, (2, 5)), character_ids=spelled).logits for _ in range(2))
    assert torch.equal(one, other)
    assert network.model.embed_tokens is None


def test_characters_stand_beside_given_vectors_too() -> None:
    network, ids, spelled = model(**FIELDS), torch.randint(0, 11, (2, 5)), words(2, 5)
    vectors = network.get_input_embeddings()(ids)
    found = network(inputs_embeds=vectors, character_ids=spelled).last_hidden_state
    torch.testing.assert_close(found, network(ids, character_ids=spelled).last_hidden_state)
    with pytest.raises(DataError, match=r"expected \(B, T, 6\)"):
        network(inputs_embeds=torch.zeros(2, 5, 7), character_ids=spelled)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "WordCharTokenizer"),
        (torch.zeros(2, 5, dtype=torch.long), r"expected a tensor \(2, 5, C\)"),
        (torch.zeros(2, 4, 3, dtype=torch.long), r"expected a tensor \(2, 5, C\)"),
        ([[[1]]], "character_ids is list"),
        (torch.zeros(2, 5, 3), "torch.int64"),
        (torch.full((2, 5, 3), 9), "character_ids holds 9; expected 0 to 8"),
    ],
)
def test_what_does_not_fit_is_refused(given: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        model(**FIELDS)(torch.zeros(2, 5, dtype=torch.long), character_ids=given)


def test_a_model_without_characters_refuses_them() -> None:
    with pytest.raises(DataError, match="reads none"):
        model()(torch.zeros(2, 5, dtype=torch.long), character_ids=words(2, 5))


def test_a_language_model_refuses_them_by_name() -> None:
    with pytest.raises(ConfigError, match="character_vocab_size is 9; a language model"):
        RNNForCausalLM(config(**FIELDS))


@pytest.mark.parametrize("kind", KINDS)
def test_it_comes_back_from_a_folder(kind: str, tmp_path: Any) -> None:
    network = model(RNNForTokenClassification, **FIELDS, character_encoder=kind)
    network.save_pretrained(tmp_path)
    loaded, given = RNNForTokenClassification.from_pretrained(tmp_path).eval(), words(2, 5)
    ids = torch.randint(0, 11, (2, 5))
    assert torch.equal(loaded(ids, character_ids=given).logits, network(ids, character_ids=given).logits)


@pytest.mark.parametrize("kind", KINDS)
def test_bfloat16_and_autocast_stay_finite(kind: str) -> None:
    network, ids, given = model(**FIELDS, character_encoder=kind), torch.randint(0, 11, (2, 5)), words(2, 5)
    with torch.autocast("cpu", torch.bfloat16):
        assert network(ids, character_ids=given).last_hidden_state.isfinite().all()
    assert network.bfloat16()(ids, character_ids=given).last_hidden_state.dtype == torch.bfloat16


@pytest.mark.parametrize("kind", KINDS)
def test_an_exported_model_takes_any_words(kind: str) -> None:
    network = model(RNNForTokenClassification, "lstm", **FIELDS, character_encoder=kind, bidirectional=True)
    batch, time, characters = (torch.export.Dim(name) for name in "BTC")
    shapes = {"input_ids": {0: batch, 1: time}, "character_ids": {0: batch, 1: time, 2: characters}}
    given = {"input_ids": torch.randint(0, 11, (3, 6)), "character_ids": words(3, 6)}
    exported = torch.export.export(network, (), given, dynamic_shapes=shapes).module()
    for size in ((3, 6, 7), (2, 4, 12), (1, 9, 3)):
        given = {"input_ids": torch.randint(0, 11, size[:2]), "character_ids": words(*size)}
        with torch.no_grad():
            torch.testing.assert_close(exported(**given).logits, network(**given).logits, atol=1e-5, rtol=1e-5)
