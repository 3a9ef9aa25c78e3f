"""Ctrl-C: a training leaves a complete checkpoint and says where; predict, evaluate and export leave nothing half."""

import contextlib
import io
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from seqkit.cli import main
from seqkit.errors import CheckpointError
from seqkit.manifest import verify
from seqkit.training.resuming import STAGING, checkpoints
from tests.faults.battery import Counts, Tally
from tests.faults.processes import Child
from tests.faults.training import quiet
from tests.faults.writers import TEXT, classifier, content

FULL = 100
UNIT = "interrupts"

STEPS = 60


def run(count: int, seed: int = 0) -> Counts:
    """Interrupt commands in turn, each at any time."""
    quiet()
    tally, dice = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = prepare(folder)
        for number in range(count):
            command = list(COMMANDS)[number % len(COMMANDS)]
            outcome, wrong = interrupt(command, folder, dice.uniform(0, seconds[command]))
            told = f"{command}, number {number} of seed {seed}: {wrong}"
            tally.wrong(told) if wrong else tally.right(f"{command} {outcome}")
    return tally.counts()


def train(folder: Path) -> list[str]:
    sizes = ["--hidden-size", "8", "--max-steps", str(STEPS), "--per-device-train-batch-size", "2", "--use-cpu"]
    data = [
        "--task",
        "sequence-classification",
        "--data",
        str(folder / "rows.csv"),
        "--output",
        str(folder / "cut" / "run"),
    ]
    return ["train", *data, *sizes, "--eval-strategy", "no", "--save-strategy", "no"]


def predict(folder: Path) -> list[str]:
    given = [str(folder / "model"), "--data", str(folder / "rows.txt"), "--batch-size", "1"]
    return ["predict", *given, "--output", str(folder / "cut" / "answers.jsonl")]


def evaluate(folder: Path) -> list[str]:
    given = [str(folder / "model"), "--data", str(folder / "rows.csv"), "--batch-size", "1"]
    return ["evaluate", *given, "--output", str(folder / "cut" / "report")]


def export(folder: Path) -> list[str]:
    return ["export", str(folder / "model"), "--output", str(folder / "cut" / "onnx")]


COMMANDS = {"train": train, "predict": predict, "evaluate": evaluate, "export": export}
RESULTS = {"predict": "answers.jsonl", "evaluate": "report/report.json", "export": "onnx"}
"""What is whole or not there."""


def prepare(folder: Path) -> dict[str, float]:
    """Write data and a model, and do each undisturbed; returns seconds that each takes."""
    classifier(folder)
    rows = "".join(f'"{text.strip()}",{label}\n' for text, label in zip(TEXT.split(","), ("good", "bad"), strict=True))
    (folder / "rows.csv").write_text("text,label\n" + rows * 20)
    seconds = {}
    for name, command in COMMANDS.items():
        (folder / "cut").mkdir()
        # Here first: what is imported on the way is imported for all processes that follow.
        done = typed(command(folder))
        assert done["code"] == 0, done
        (folder / "cut").rename(folder / f"whole-{name}")
        (folder / "cut").mkdir()
        started = time.perf_counter()
        Child(lambda: typed(command(folder)), folder / "answer").result()  # noqa: B023
        seconds[name] = time.perf_counter() - started
        shutil.rmtree(folder / "cut")
    return seconds


def typed(words: list[str], begun: Path | None = None) -> dict[str, Any]:
    """Type a command, once a file tells that it begins; returns its status and what it printed."""
    # A shell's background jobs ignore it from the start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if begun is not None:
        begun.touch()
    sys.argv, code, told = ["seqkit", *words], 0, io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return {"code": code, "told": told.getvalue()}


def interrupt(command: str, folder: Path, seconds: float) -> tuple[str, str]:
    """Interrupt a command after so many seconds; return what came of it, and what is wrong with that."""
    place = folder / "cut"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    child = Child(lambda: typed(COMMANDS[command](folder), place / "begun"), folder / "answer")
    child.wait_for(place / "begun")
    time.sleep(0.02 + seconds)
    if child.alive():
        os.kill(child.pid, signal.SIGINT)
    answer = child.result()
    if answer is None:
        return "", "it ended without a status: the signal came before the command, or came through"
    if answer["code"] not in (0, 130):
        return "", f"status {answer['code']}: {answer['told'][-300:]}"
    wrong = left_by_training(place, answer) if command == "train" else left(command, folder, answer)
    return "ended" if answer["code"] == 0 else "interrupted", wrong


def left_by_training(place: Path, answer: dict[str, Any]) -> str:
    """Say what is wrong with what a training left."""
    if answer["code"] == 0:
        return ""
    run, told = place / "run", answer["told"].replace("\n", "")
    found = checkpoints(run)
    try:
        for path in found:
            verify(path)
    except CheckpointError as error:
        return str(error)
    if (run / STAGING).exists():
        return "an unfinished checkpoint is left"
    if found and str(found[0]) not in told and "at once" in told:
        return f"it does not say where: {told[-300:]}"
    return "" if found or "stopping after this step" not in told else f"no checkpoint: {told[-300:]}"


def left(command: str, folder: Path, answer: dict[str, Any]) -> str:
    """Say what is wrong with what another command left: the whole result, or none."""
    result = folder / "cut" / RESULTS[command]
    if result.exists() and content(result) != content(folder / f"whole-{command}" / RESULTS[command]):
        return f"half of {result.name}"
    strays = [path.name for path in (folder / "cut").rglob(".*")]
    return f"{', '.join(strays)} left behind" if strays else ""
