import pytest

from seqkit.demo.labels import weigh
from seqkit.errors import DataError
from seqkit.inference import Labeller
from tests.demo.models import WORDS, classifier


def test_every_label_has_its_probability() -> None:
    labeller = Labeller(classifier(), WORDS)
    found = weigh(labeller, "a good song", "en")
    assert set(found) == {"good", "bad", "neither"}
    assert sum(found.values()) == pytest.approx(1)
    (answer,) = labeller.answer(["a good song"])
    assert answer == {"label": max(found, key=found.get), "score": round(max(found.values()), 4)}


def test_labels_by_themselves_do_not_share_their_probability() -> None:
    found = weigh(Labeller(classifier(problem_type="multi_label_classification"), WORDS), "a good song", "en")
    assert all(0 < probability < 1 for probability in found.values())
    assert sum(found.values()) != pytest.approx(1)


def test_a_regression_is_a_number() -> None:
    network = classifier(id2label={0: "value"}, problem_type="regression")
    assert float(weigh(Labeller(network, WORDS), "a good song", "en")) == pytest.approx(
        Labeller(network, WORDS).answer(["a good song"])[0]["value"], rel=1e-3
    )


@pytest.mark.parametrize(("text", "told"), [("", "no text"), ("a" * 20_001, "20,001 characters")])
def test_a_bad_text_is_told(text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        weigh(Labeller(classifier(), WORDS), text, "en")
