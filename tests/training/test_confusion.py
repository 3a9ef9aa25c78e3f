"""The picture of what was taken for what."""

from pathlib import Path

import numpy as np

from seqkit.training.confusion import draw_confusion, gather


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "confusion.png"
    assert draw_confusion(["ham", "spam"], [[9, 1], [0, 0]], path, "what was taken for what")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert not draw_confusion([], [], tmp_path / "none.png", "nothing")
    assert not (tmp_path / "none.png").exists()


def test_the_rarest_labels_are_put_together_and_none_is_lost() -> None:
    counts = np.random.default_rng(0).integers(0, 9, (40, 40))
    counts[:3] = 0
    names, table = gather([f"{n}" for n in range(40)], counts.tolist(), 10)
    assert len(names) == 10
    assert names[-1] == "31 others"
    assert not {"0", "1", "2"} & set(names)
    assert table.sum() == counts.sum()
    first = int(names[0])
    assert table[0, 0] == counts[first, first]
