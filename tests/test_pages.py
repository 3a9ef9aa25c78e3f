"""Every block of code in a page is run by a test, or a comment above it says why not."""

import re
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from seqkit.cli import main
from tests.pages import ROOT, Block, blocks, pages
from tests.test_docs import PAGES

PROSE = {"text", "json", "toml", "{toctree}", "{eval-rst}"}
"""Languages of blocks that are looked at, not run."""

SMALL = {"--max-steps": "2", "--hidden-size": "8", "--save-steps": "1", "--max-new-tokens": "5"}
"""What makes a command of a page quick: its options are the page's, but for these sizes."""

TEXT = "She sells sea shells by the sea shore. 오늘은 날씨가 좋다.\n" * 60
LABELS = "text,label,review,stars\n" + "a good film,ham,a good film,5\na bad film,spam,a bad film,1\n" * 20
TAGS = "Kim B-PER\nLee I-PER\nsells O\nshells O\n\n" * 20
TREES = "1\tshe\tshe\tPRON\t_\t_\t2\tnsubj\t_\t_\n2\tsells\tsell\tVERB\t_\t_\t0\troot\t_\t_\n\n" * 20
DATA = {".txt": TEXT, ".csv": LABELS, ".conll": TAGS, ".conllu": TREES, ".de": "ein hund läuft .\n" * 20}
DATA[".en"] = "a dog runs .\n" * 20
DATA[".jsonl"] = (
    '{"input_features": [[1.8, -0.2], [1.9, -0.1]], "label": "1"}\n{"input_features": [[0.1, 3]], "label": "2"}\n' * 20
)
"""What stands in the files of a page, by their endings."""

PAGES_OF_PLUGINS = sorted(ROOT.glob("plugins/*/README.md"))
RENDERED = (ROOT / "hub_cards", ROOT / "plugins" / "seqkit-zoo" / "src")
"""Cards are rendered from figures, code and all: tests/hub holds their code to that of a folder that loads."""


def is_card(page: Path) -> bool:
    return not {*RENDERED}.isdisjoint(page.parents)


def code(page: Path, language: str) -> list[Block]:
    """Return a page's blocks of a language that a test must run."""
    return [block for block in blocks(page.read_text(encoding="utf-8"), language) if block.reason is None]


def commands(page: Path) -> list[list[str]]:
    """Return the commands of a page that a test must run or check."""
    return [words for block in code(page, "bash") for words in block.commands()]


WITH_COMMANDS = [page for page in pages() if not is_card(page) and page.name != "write-a-cell.md"]
WITH_COMMANDS = [page for page in WITH_COMMANDS if commands(page)]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_block_has_a_language_and_a_reason_is_a_sentence(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = blocks(text)
    assert len(found) * 2 == len(re.findall(r"^ *```", text, re.MULTILINE)), (
        "a fence is open, indented or followed by more"
    )
    assert not re.search(r"^    (seqkit|pip|python|make|import|from) ", text, re.MULTILINE), "code without a fence"
    for block in found:
        assert block.language in {"python", "bash"} | PROSE, block.body
        assert block.reason is None or len(block.reason.split()) > 2
    assert text.count("<!-- not run: ") == sum(block.reason is not None for block in found)


def test_every_page_with_python_is_run() -> None:
    translated = {page for page in pages() if page.parent.name == "ko"}  # held equal to what they translate
    run = {*PAGES, *PAGES_OF_PLUGINS, *translated}
    others = [name(page) for page in pages() if code(page, "python") and page not in run and not is_card(page)]
    assert others == []


@pytest.mark.parametrize("page", PAGES_OF_PLUGINS, ids=lambda page: page.parent.name)
def test_python_of_a_plugin_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = "\n".join(block.body for block in code(page, "python"))
    exec(compile(source, str(page), "exec"), {"__name__": "__page__"})
    printed = capsys.readouterr().out
    for promised in re.findall(r"print\(.*\)  # (.+)$", source, re.MULTILINE):
        assert promised in printed


def type_in(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command of seqkit in this process."""
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code, words


def smaller(words: list[str]) -> list[str]:
    """Return a command with the sizes of a test."""
    words = [SMALL.get(before, word) for before, word in zip(["", *words], words, strict=False)]
    if words[1] != "train":
        return words
    further = ["--max-steps", "2", "--use-cpu"]
    return [
        *words,
        *further,
        *(["--hidden-size", "8"] if not {"--hidden-size", "--model-name-or-path"} & {*words} else []),
    ]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a language model and a classifier: some pages begin with a model that another page has made."""
    folder = tmp_path_factory.mktemp("shelf")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for task, data in (("causal-lm", "my.txt"), ("sequence-classification", "my.csv")):
            Path(data).write_text(DATA[Path(data).suffix], encoding="utf-8")
            type_in(smaller(["seqkit", "train", "--task", task, "--data", data, "--output", task]), patch)
    return folder


def prepare(words: list[str], shelf: Path, page: Path) -> None:
    """Put the files that a command reads where it looks for them, if they are not there: by the page's own code."""
    for option, word in pairwise(words):
        path = Path(word)
        if path.suffix in DATA and option != "--output" and not path.exists():
            for block in code(page, "python"):
                if f'"{word}"' in block.body:
                    exec(compile(block.body, str(page), "exec"), {"__name__": "__page__"})
        if path.suffix in DATA and option != "--output" and not path.exists():
            path.write_text(DATA[path.suffix], encoding="utf-8")
    model = Path(words[2]) if len(words) > 2 else Path()
    if model.parent.name == "runs" and not model.exists():
        model.parent.mkdir(exist_ok=True)
        model.symlink_to(shelf / ("sequence-classification" if model.name == "spam" else "causal-lm"))


def check_install(words: list[str]) -> None:
    """Look whether what pip would install is there: tools/smoke.py installs all of it."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for word in words[words.index("install") + 1 :]:
        name, _, wanted = word.removeprefix("./plugins/").rstrip("]").partition("[")
        assert name == "seqkit" or (ROOT / "plugins" / name / "pyproject.toml").is_file(), word
        assert not wanted or {*wanted.split(",")} <= extras.keys(), word


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name)
def test_commands_of_a_page_work(
    page: Path, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CXX", "no-compiler")  # a kernel of two steps is not worth its compilation
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for words in commands(page):
        if words[0] == "seqkit":
            prepare(words, shelf, page)
            if "--resume" in words:  # as if it had been cut off before its end: the model is written last
                Path(words[words.index("--output") + 1], "model.safetensors").unlink()
            type_in(smaller(words), monkeypatch)
        elif words[0] == "make":
            assert words[1] in targets  # .ci/run runs each
        elif words[:2] == ["pip", "install"]:
            check_install(words)
        else:
            pytest.fail(f"no test runs `{' '.join(words)}`: write '<!-- not run: why -->' above its block")


def test_blocks_are_found_with_their_reasons() -> None:
    page = "a\n```bash\nseqkit x \\\n    --y  # why\n```\n<!-- not run: needs the moon -->\n```python\nmoon()\n```\n"
    first, second = blocks(page)
    assert first.commands() == [["seqkit", "x", "--y"]]
    assert (first.reason, second.reason) == (None, "needs the moon")
    assert blocks(page, "python") == [second]
