import threading

import pytest
import torch

from seqkit import CharTokenizer, WordTokenizer
from seqkit.demo.coloured import ColouredText
from seqkit.diagnostics import read_activations, text_html
from seqkit.errors import DataError
from seqkit.generation import Stream
from seqkit.models import RNNForCausalLM
from tests.cases import CELLS, model
from tests.demo.models import LETTERS, writer


@pytest.mark.parametrize("cell", CELLS)
def test_letters_written_one_by_one_have_the_units_that_the_whole_text_has(cell: str) -> None:
    network = writer(cell=cell, num_hidden_layers=2)
    text = ColouredText(network, LETTERS).read("ab 한")
    for _ in text.write(12, do_sample=False):
        pass
    assert "".join(text.pieces) == "ab 한" + Stream(network, LETTERS).feed("ab 한").generate(12, do_sample=False)
    ids = LETTERS("".join(text.pieces), add_special_tokens=False, return_tensors="pt")["input_ids"]
    whole = read_activations(network, {"input_ids": ids})
    assert text.units == whole.units
    assert torch.allclose(torch.stack(text.values), whole.values, atol=1e-5)
    assert text.html(3) == text_html(text.pieces, torch.stack(text.values)[:, 3])


def test_each_piece_is_there_before_the_next_is_written() -> None:
    text = ColouredText(writer(), LETTERS).read("a")
    growing = text.write(5, do_sample=False)
    for count in range(2, 6):
        next(growing)
        assert len(text.pieces) == len(text.values) == count
    growing.close()
    assert len(text.pieces) == 5
    # It goes on from what was shown.
    for _ in text.write(3, do_sample=False):
        pass
    expected = Stream(text.model, LETTERS).feed("a").generate(7, do_sample=False)
    assert "".join(text.pieces) == "a" + expected


def test_unknown_letters_are_shown_as_they_were_typed() -> None:
    assert ColouredText(writer(), LETTERS).read("aXb漢").pieces == ["a", "X", "b", "漢"]


def test_blanks_between_words_and_at_the_end_are_kept() -> None:
    words = WordTokenizer.train(["a good day"], split="whitespace")
    network = model(RNNForCausalLM, vocab_size=len(words))
    text = ColouredText(network, words).read(" a  good\nday ")
    assert text.pieces == [" a", "  good", "\nday "]
    assert len(text.values) == 3


def test_a_syllable_of_several_tokens_is_one_piece_with_the_state_after_its_last() -> None:
    pytest.importorskip("seqkit_jamo", reason="pip install -e plugins/seqkit-jamo")
    from seqkit_jamo import JamoTokenizer

    jamo = JamoTokenizer.train(["한글"])
    network = model(RNNForCausalLM, vocab_size=len(jamo))
    text = ColouredText(network, jamo).read("한글")
    ids = jamo("한글", add_special_tokens=False, return_tensors="pt")["input_ids"]
    assert ids.shape[1] > 2
    assert text.pieces == ["한", "글"]
    assert torch.allclose(text.values[-1], read_activations(network, {"input_ids": ids}).values[-1], atol=1e-6)


def test_a_text_of_nothing_known_is_refused() -> None:
    words = WordTokenizer.train(["a good day"], split="whitespace")
    with pytest.raises(DataError, match="no token"):
        ColouredText(model(RNNForCausalLM, vocab_size=len(words)), words).read("  ")


def test_two_readers_of_one_model_do_not_see_each_other() -> None:
    network, found = writer(), {}

    def run(name: str) -> None:
        text = ColouredText(network, LETTERS).read(name)
        for _ in text.write(40, do_sample=False):
            pass
        found[name] = text

    threads = [threading.Thread(target=run, args=(name,)) for name in ("a", "b 한", "글c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, text in found.items():
        alone = ColouredText(network, LETTERS).read(name)
        for _ in alone.write(40, do_sample=False):
            pass
        assert text.pieces == alone.pieces
        assert torch.equal(torch.stack(text.values), torch.stack(alone.values))


def test_nothing_is_coloured_before_anything_is_read() -> None:
    assert ColouredText(writer(), CharTokenizer.train("abc 한글\n")).html(0) == ""
