"""Each section tells what the folder holds, and nothing where it holds nothing."""

from pathlib import Path

from seqkit.hub import sections
from seqkit.hub.source import Source, read_source
from seqkit.hub.told import DataSet, Told
from tests.hub.cases import save

ROWS = [
    {"label": "bad", "precision": 0.5, "recall": 1.0, "f1": 0.6667, "support": 1200},
    {"label": "good", "precision": 1.0, "recall": 0.5, "f1": 0.7, "support": 9},
]
ROW = {"figure": "f1_macro", "mean": 90.38, "lowest": 90.1, "highest": 90.7, "seeds": 3, "baseline": 86.2}
ROW |= {"machine": "some processor", "date": "2026-01-02", "known": "SVM: 97.6"}


def source(folder: Path, **changes: object) -> Source:
    return read_source(save(folder / "days", **changes))


def test_labels_and_the_weakest_of_them(tmp_path: Path) -> None:
    found = source(tmp_path, by_label=ROWS, notes=["one note"])
    assert "| bad | 0.500 | 1.000 | 0.667 | 1,200 |" in sections.measured(found)
    assert "- one note" in sections.measured(found)
    assert "Weakest label: bad, F1 0.667 on 1,200." in sections.limits(found)


def test_other_seeds_beside_a_baseline(tmp_path: Path) -> None:
    text = sections.measured(source(tmp_path, over_seeds=ROW))
    assert "Over 3 seeds, f1 macro in %: 90.4 (90.1 to 90.7)" in text
    assert "baseline without a network: 86.2; published: SVM: 97.6. some processor, 2026-01-02." in text
    assert sections.over_seeds(None) == []


def test_a_licence_that_asks_something_of_others_says_so(tmp_path: Path) -> None:
    told = Told(
        licence="cc-by-sa-4.0", data=DataSet(name="X", licence="cc-by-sa-4.0", url="https://x", attribution="Y")
    )
    found = source(tmp_path, told=told)
    assert "names the makers" in sections.licence(found)[0]
    assert "under the same licence" in sections.licence(found)[0]
    assert "[X](https://x). By Y. Licence of the data: cc-by-sa-4.0." in sections.learnt_from(found)
    assert sections.licence(source(tmp_path / "b", told=Told())) == []


def test_the_first_example_is_what_one_calls_it_with(tmp_path: Path) -> None:
    assert '("a good day"))' in sections.loading(source(tmp_path))
    writer = source(tmp_path / "b", told=Told(), task="causal-lm")
    assert '("\\n", max_new_tokens=200, do_sample=True))' in sections.loading(writer)


def test_what_it_writes_cannot_end_its_own_fence(tmp_path: Path) -> None:
    text = sections.writes(source(tmp_path, task="causal-lm", sample="a ````` b"))[-1]
    assert text.count("``````") == 2


def test_a_resumed_training_and_an_architecture_are_told(tmp_path: Path) -> None:
    text = sections.making(source(tmp_path, resumed_from=5, versions={"seqkit": "0.1.0"}))
    assert "Recipe `classifier`, seed 7, 1.0 s (2.0 s of CPU time) from step 5 on." in text
    assert "| cell | gru |" in text
    assert "Made with seqkit 0.1.0." in text


def test_many_files_are_cut() -> None:
    assert sections.file_names([f"{n}.txt" for n in range(12)]).endswith("`9.txt` and 2 more files")
