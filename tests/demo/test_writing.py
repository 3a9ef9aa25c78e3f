import pytest

from seqkit.demo.writing import MOST, Writer
from seqkit.errors import DataError
from tests.demo.models import LETTERS, writer


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> Writer:
    monkeypatch.setattr("seqkit.demo.writing.PACE", 0.0)
    return Writer(writer(cell="lstm", num_hidden_layers=2), LETTERS)


def test_the_parts_of_the_state_are_told_apart(panel: Writer) -> None:
    assert [(part.begin, part.size) for part in panel.parts] == [(0, 6), (6, 6), (12, 6), (18, 6)]
    assert panel.choices("en")[-1] == ("layer 1, state 1", 3)
    assert panel.choices("ko")[0] == ("0층, 상태 0", 0)
    assert panel.place(2, 5) == 17
    assert panel.place(2, 99) == 17


def test_each_letter_is_a_step_of_the_answer(panel: Writer) -> None:
    steps = list(panel.write("ab", 10, 0.8, 1, 2, "en", None))
    texts = [len(session.pieces) for _, session in steps[-1:]]
    assert texts == [12]
    assert [html.count("<span") for html, _ in steps] == list(range(2, 13))


def test_it_goes_on_and_is_shown_in_the_colours_of_another_unit(panel: Writer) -> None:
    *_, (html, session) = panel.write("ab", 10, 0, 0, 0, "en", None)
    other = panel.recolour(3, 4, session)
    assert other != html
    assert other == session.html(22)
    *_, (longer, same) = panel.go_on(10, 0, 0, 0, "en", session)
    assert same is session
    assert longer.count("<span") == 22


def test_what_cannot_be_written_is_told(panel: Writer) -> None:
    with pytest.raises(DataError, match="먼저 글을"):
        next(panel.write(" ", 10, 1, 0, 0, "ko", None))
    with pytest.raises(DataError, match="5,000 characters"):
        next(panel.write("a" * 5000, 10, 1, 0, 0, "en", None))
    with pytest.raises(DataError, match="Press Write first"):
        next(panel.go_on(10, 1, 0, 0, "en", None))
    assert panel.recolour(0, 0, None) == ""


def test_a_caller_cannot_ask_for_more_than_the_slider_gives(panel: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    *_, (_, session) = panel.write("ab", 1, 0, 0, 0, "en", None)
    monkeypatch.setattr(session, "write", lambda count, **options: asked.append(count) or iter(()))
    list(panel.go_on(10**9, 0, 0, 0, "en", session))
    assert asked == [MOST]
