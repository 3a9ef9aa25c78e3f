import pytest
import torch

from seqkit import CharTokenizer
from seqkit.diagnostics.alignment import Alignment, align, alignment_html, plain, plot_alignment
from seqkit.errors import DataError
from seqkit.training.seq2seq import side_fields
from tests.seq2seq import model

TOKENIZER = CharTokenizer.train(["abc 가나"], add_eos=True)
FIELDS = {**side_fields(TOKENIZER, TOKENIZER), "attention": "additive"}


def test_it_reads_the_weights_of_every_row_without_padding() -> None:
    network = model(**FIELDS)
    short, long = align(network, TOKENIZER, TOKENIZER, ["ab", "abc 가"], ["나", "가나가"])
    assert short.source == ("a", "b", "</s>")
    assert short.target == ("나", "</s>")
    assert long.weights.shape == (4, 6)
    torch.testing.assert_close(long.weights.sum(1), torch.ones(4))
    read = TOKENIZER(["ab"], return_tensors="pt")
    alone = network(
        input_ids=read["input_ids"], labels=TOKENIZER(["나"], return_tensors="pt")["input_ids"], output_attentions=True
    )
    torch.testing.assert_close(short.weights, alone.cross_attentions[0][0, 0])


def test_it_lets_the_model_write() -> None:
    network = model(**FIELDS)
    (found,) = align(network, TOKENIZER, TOKENIZER, ["abc"], max_new_tokens=4)
    written = network.generate(**TOKENIZER(["abc"], return_tensors="pt"), max_new_tokens=4)[0, 1:]
    assert list(found.target) == TOKENIZER.convert_ids_to_tokens(written.tolist())


def test_what_cannot_be_aligned_is_told() -> None:
    with pytest.raises(DataError, match="has no attention"):
        align(model(**{**FIELDS, "attention": None}), TOKENIZER, TOKENIZER, ["a"])
    with pytest.raises(DataError, match="no texts"):
        align(model(**FIELDS), TOKENIZER, TOKENIZER, [])


def test_pictures_and_tables_show_every_weight() -> None:
    alignment = Alignment(("a", "<b>", " "), ("x", "$y"), torch.tensor([[1.0, 0.0, 0.0], [0.25, 0.5, 0.25]]))
    figure = plot_alignment(alignment, "a title")
    (axes,) = figure.axes
    assert torch.equal(torch.tensor(axes.images[0].get_array()), alignment.weights)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "<b>", "␣"]
    assert plain("$y") == r"\$y"
    page = alignment_html(alignment)
    assert page.count("<td") == 6
    assert "&lt;b&gt;" in page
    assert 'background: rgb(33, 102, 172)" title="1.000"' in page
