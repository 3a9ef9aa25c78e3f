import pytest
import torch

from seqkit.diagnostics.aims import aims, ends, language_targets
from seqkit.errors import DataError
from seqkit.models import RNNForCausalLM, RNNForTokenClassification
from tests.cases import model

REAL = torch.tensor([[1, 1, 1, 1], [0, 1, 1, 0], [0, 0, 0, 0]]).bool()


def test_a_row_ends_where_it_has_been_read() -> None:
    assert ends(REAL, "forward").tolist() == [3, 2, -1]
    assert ends(REAL, "backward").tolist() == [0, 1, -1]


def test_a_language_model_aims_at_its_last_prediction_only() -> None:
    ids = torch.arange(12).view(3, 4)
    (aim,) = aims(model(RNNForCausalLM), {"input_ids": ids}, REAL, "forward", 1, whole=False)
    assert aim.places.tolist() == [2, 1, -1]
    assert aim.batch["shift_labels"].tolist() == [[-100, -100, 3, -100], [-100, 6, -100, -100], [-100] * 4]
    assert aim.words == "the loss of the last prediction of each row"


def test_labels_already_shifted_are_taken_as_they_are() -> None:
    given = torch.tensor([[5, -100]])
    assert language_targets({"shift_labels": given}, REAL[:1, :2]) is given
    with pytest.raises(DataError, match="neither labels nor input_ids"):
        language_targets({"inputs_embeds": torch.zeros(1, 2, 3)}, REAL[:1, :2])


def test_a_tagger_aims_at_labels_that_count() -> None:
    labels = torch.tensor([[0, 1, -100, -100], [1, 1, 0, 1], [0, 0, 0, 0]])
    batch = {"input_ids": torch.zeros(3, 4), "labels": labels}
    made = model(RNNForTokenClassification)
    last, nearly = aims(made, batch, REAL, "forward", 2, whole=False)
    assert last.places.tolist() == [1, 2, -1]
    assert nearly.places.tolist() == [0, 1, -1]
    (first,) = aims(made, batch, REAL, "backward", 1, whole=False)
    assert first.places.tolist() == [0, 1, -1]
    assert first.batch["labels"].tolist()[1] == [-100, 1, -100, -100]
    assert first.words == "the loss of the first labelled token of each row"
    assert last.words == "the loss of each of the last 2 labelled tokens of each row"
