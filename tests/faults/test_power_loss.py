"""What a power cut leaves is what was synced: the order of calls in a save, as the system gets them."""

import os
from pathlib import Path
from typing import Any

import pytest

from seqkit.training.resuming import STAGING
from tests.faults.training import make_trainer


class Trace:
    """Writes down syncs and moves, and checks at each move what was synced before it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.synced: set[int] = set()
        self.events: list[str] = []
        self.unsynced: list[str] = []
        self.real = {"fsync": os.fsync, "rename": os.rename}
        monkeypatch.setattr(os, "fsync", self.fsync)
        monkeypatch.setattr(os, "rename", self.rename)

    def fsync(self, handle: int) -> None:
        self.real["fsync"](handle)
        self.synced.add(os.fstat(handle).st_ino)
        self.events.append(f"sync {Path(f'/proc/self/fd/{handle}').resolve()}")

    def rename(self, source: Any, target: Any) -> None:
        inside = [Path(source), *Path(source).rglob("*")]
        if Path(target).name.removeprefix("checkpoint-").isdigit():
            self.unsynced += [str(path) for path in inside if path.stat().st_ino not in self.synced]
        self.real["rename"](source, target)
        self.events.append(f"move {source} {target}")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells which file a handle is of")
def test_all_is_synced_before_a_checkpoint_has_its_name_and_that_before_another_loses_its(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = Trace(monkeypatch)
    make_trainer(tmp_path, max_steps=6, save_total_limit=1).train()
    assert trace.unsynced == []
    for step in (3, 6):
        staged, place = tmp_path / STAGING / f"checkpoint-{step}", tmp_path / f"checkpoint-{step}"
        moved = trace.events.index(f"move {staged} {place}")
        before = trace.events[:moved]
        manifest = max(place for place, event in enumerate(before) if "seqkit_manifest.json" in event)
        files = [place for place, event in enumerate(before) if event == f"sync {staged / 'optimizer.pt'}"]
        assert files[-1] < manifest, "the manifest is the last to be written"
        assert f"sync {staged}" in before[manifest:]
        assert trace.events[moved + 1] == f"sync {tmp_path}"
    retired = next(place for place, event in enumerate(trace.events) if event.endswith("checkpoint-3.old"))
    assert retired > moved + 1
