"""Every example runs as its reader runs it, by its own command, and shows what it promises."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@cache
def run(name: str, *options: str) -> str:
    """Run an example in a process and a folder of its own; return what it prints."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "examples" / name), *options]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what an example writes out of the repository."""
    monkeypatch.chdir(tmp_path)


def expected(name: str) -> list[str]:
    """Return the lines of an example's last comment, its expected output."""
    text = (ROOT / "examples" / name).read_text(encoding="utf-8")
    block = re.split(r"\n# Expected output.*:\n#\n", text)[1]
    return [line.removeprefix("#").removeprefix(" ") for line in block.splitlines()]


def numbers(pattern: str, text: str) -> list[float]:
    """Return the numbers of the first line that fits."""
    found = re.search(pattern, text, re.MULTILINE)
    assert found, f"{pattern} is not in:\n{text}"
    return [float(number) for number in found.groups()]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_one_short_file_from_command_to_output(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f'"""python examples/{path.name} - ')
    assert len(lines) <= 150
    assert expected(path.name)
    assert lines[-1].startswith("#")


def test_every_example_is_in_the_table() -> None:
    table = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES if f"`{path.name}`" not in table] == []


def test_next_word_learns_the_three_sentences() -> None:
    output = run("next_word.py")
    costs = [float(cost) for cost in re.findall(r"cost = ([\d.]+)", output)]
    assert len(costs) == 5
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < 0.003
    assert output.splitlines()[-3:] == ["i like -> dog", "i love -> coffee", "i hate -> milk"]


def test_next_word_prints_the_shape_of_every_tensor() -> None:
    output = run("next_word.py")
    shapes = ["(3, 2, 7)", "(8, 7)", "(8, 8)", "(8,) (8,)", "(3, 2, 8)", "(3, 8)", "(7, 8)", "(7,)", "(3, 7)", "(3,)"]
    assert [shape for shape in shapes if shape not in output] == []


def test_hello_writes_hello_from_its_own_output() -> None:
    lines = run("hello.py").splitlines()
    assert lines[-2:] == ["hello", "generate(): hello"]
    assert [line[-1] for line in lines if line.startswith("step") and "writes" in line] == ["e", "l", "l", "o"]


@pytest.mark.parametrize("name", ["next_word.py", "hello.py"])
def test_the_expected_output_is_what_is_printed(name: str) -> None:
    # Digits may differ in the last place from machine to machine: the words and shapes may not.
    blank = re.compile(r"-?\d+\.\d+")
    printed = [blank.sub("_", line).split() for line in run(name).rstrip().splitlines()]
    assert printed == [blank.sub("_", line).split() for line in expected(name)]


def test_char_lm_beats_the_frequency_of_characters() -> None:
    output = run("char_lm.py", "--steps", "40")
    bits, baseline = numbers(r"bits per character on unseen files: ([\d.]+)   by frequency alone: ([\d.]+)", output)
    assert 0 < bits < baseline < 8
    assert len(output.split("    def ", 1)[1]) >= 300


def test_language_identification_beats_the_majority() -> None:
    output = run("language_identification.py", "--steps", "60")
    accuracy, baseline = numbers(r"accuracy: ([\d.]+)   always \w+: ([\d.]+)", output)
    assert accuracy > 2 * baseline
    assert re.search(r"^런던 +Korean", output, re.MULTILINE)


def test_code_tagger_beats_the_usual_kind_of_a_character() -> None:
    output = run("code_tagger.py", "--steps", "60")
    accuracy, baseline = numbers(r"accuracy: ([\d.]+)   each character's usual kind: ([\d.]+)", output)
    assert 1 >= accuracy > baseline > 0.3
    line, letters = output.splitlines()[-2:]
    assert len(letters) == len(line)
    assert set(letters) <= set(" kno1sc")


def test_a_vanilla_rnn_forgets_what_gates_remember_and_clipping_mends_what_explodes() -> None:
    output = run("vanishing_gradient.py")
    left, right = numbers(r"^rnn .* back +(\S+) of .* learnt: ([\d.]+) right", output)
    assert left < 1e-10
    assert right < 0.5
    for cell in ("gru", "lstm"):
        left, right = numbers(rf"{cell} .* back +(\S+) of .* learnt: ([\d.]+) right", output)
        assert left > 1e-3
        assert right > 0.9
    assert numbers(r"19 steps back (\d+) times the last: exploding", output)[0] > 100
    assert numbers(r"not clipped .* learnt: ([\d.]+)", output)[0] < 0.5 < numbers(r"1.0 .* learnt: ([\d.]+)", output)[0]
    assert {path.name for path in Path("runs").iterdir()} == {"vanishing_gradient.png", "exploding_gradient.png"}


def test_write_a_cell_checks_trains_and_loads_a_cell_of_its_own() -> None:
    output = run("write_a_cell.py", "--steps", "60")
    assert re.search(r"^ran 22, skipped 3 .* failed 0$", output, re.MULTILINE)
    bits, baseline = numbers(r"bits per character on an unseen file: ([\d.]+)   by frequency alone: ([\d.]+)", output)
    assert 0 < bits < baseline < 8
    assert output.endswith("loaded, it writes the same: True\n")


def test_digit_to_words_spells_what_it_sees() -> None:
    output = run("digit_to_words.py", "--steps", "250")
    for language in ("English", "Korean"):
        assert numbers(rf"{language}: ([\d.]+) of the held-back images are spelt exactly", output)[0] > 0.9
    assert numbers(r"by logistic regression: ([\d.]+)", output)[0] > 0.9


def test_blood_pressure_stands_beside_logistic_regression() -> None:
    output = run("blood_pressure.py")
    always, linear, ours = (numbers(rf"{name} +([\d.]+)", output)[0] for name in ("class", "regression", "step"))
    assert always < ours < 0.7
    assert abs(ours - linear) < 0.08
    assert "x (442, 1, 8)" in output


def test_forecast_beats_the_season_before_on_a_series_that_grows() -> None:
    output = run("forecast.py")
    errors = [float(error) for error in re.findall(r"squared error, scaled ([\d.]+)", output)]
    assert len(errors) == 4
    assert errors[0] < 0.5 * errors[1]


def test_forecast_reads_a_file(tmp_path: Path) -> None:
    hours = "\n".join(f"{hour},{(hour % 24) / 24}" for hour in range(14_400))
    (tmp_path / "hours.csv").write_text(f"date,OT\n{hours}\n", encoding="utf-8")
    output = run("forecast.py", str(tmp_path / "hours.csv"), "--steps", "5")
    assert "14,400 steps, 8,640 to learn from; 120 forecasts of 24 steps" in output
    assert numbers(r"as one period before +squared error, scaled ([\d.]+)", output) == [0]


def test_transliterate_spells_both_ways_and_draws_where_it_looked() -> None:
    output = run("transliterate.py", "--steps", "60")
    for way in ("English to Korean", "Korean to English"):
        exact, wrong, chrf = numbers(rf"{way}: exactly right ([\d.]+), letters wrong ([\d.]+), chrF ([\d.]+)", output)
        assert 0 <= exact <= 1
        assert wrong < 1
        assert chrf > 3
    names = {f"alignment-{way}.png" for way in ("english-to-korean", "korean-to-english")}
    assert {path.name for path in Path("runs").iterdir()} == names
