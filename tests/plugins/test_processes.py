"""Every process sees the same plugins in the same order: whatever its hash seed, spawned, or a rank of torchrun."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fresh import printed

SEEDS = ("0", "1", "2", "12345")

LIST = """
import json, seqkit.plugins as plugins
def rows():
    return [[row.kind, row.qualified, row.status, row.reason] for row in plugins.list_plugins()]
"""

SPAWN = """
import multiprocessing
from rows import rows

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.apply(rows) == rows(), len(rows()))
"""

RANKS = """
import torch.distributed as dist
import seqkit.plugins as plugins
from rows import rows

dist.init_process_group("gloo")
seen = [None] * dist.get_world_size()
dist.all_gather_object(seen, (rows(), plugins.get("cells", "good").__name__))
if dist.get_rank() == 0:
    print(seen[0] == seen[1], len(seen), len(rows()), seen[1][1])
dist.destroy_process_group()
"""


@pytest.fixture
def crowd(site) -> Path:
    """A folder with plugins of every status, and a module that lists them."""
    for name in ("good", "another"):
        site.install_cell(f"seqkit-{name}", name)
    for name in ("a", "b", "c"):
        site.install_cell(f"seqkit-{name}", "doubled")
    site.install_cell("seqkit-evil", "lstm")
    site.install_cell("seqkit-new", "new", "seqkit>=99")
    site.install("seqkit-odd", "[seqkit.cells]\nodd = os\n[seqkit.heads]\nodd = os\n")
    (site.folder / "rows.py").write_text(LIST)
    return site.folder


def count() -> str:
    import seqkit.plugins

    return str(len(seqkit.plugins.list_plugins()))


def test_order_never_depends_on_the_hash_seed(crowd: Path, tmp_path: Path) -> None:
    code = "import json, rows; print(json.dumps(rows.rows()))"
    told = [printed(code, tmp_path, crowd, PYTHONHASHSEED=seed) for seed in SEEDS]
    assert all(lines == told[0] for lines in told)
    assert {status for *_, status, _ in json.loads(told[0][0])} >= {"ok", "ambiguous", "shadowed", "broken"}


def test_a_spawned_worker_sees_the_same(crowd: Path, tmp_path: Path) -> None:
    (tmp_path / "spawn.py").write_text(SPAWN)
    code = f"import runpy; runpy.run_path({str(tmp_path / 'spawn.py')!r}, run_name='__main__')"
    assert printed(code, tmp_path, crowd, PYTHONHASHSEED="random") == [f"True {count()}"]


@pytest.mark.slow
def test_ranks_of_torchrun_see_the_same(crowd: Path, tmp_path: Path) -> None:
    script = tmp_path / "ranks.py"
    script.write_text(RANKS)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
    environment = {**os.environ, "PYTHONPATH": str(crowd), "PYTHONHASHSEED": "random", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.split() == ["True", "2", count(), "Cell_"]
