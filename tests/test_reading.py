import json
from pathlib import Path

import pytest

from seqkit.errors import CheckpointError, ConfigError
from seqkit.reading import DEEPEST, check_links, is_deep, parse_object, read_object


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "not a valid JSON"),
        (b"\xff", "not a valid JSON"),
        (b"[" * 10**5, "not a valid JSON"),
        (b"9" * 5_000, "not a valid JSON"),
        (b"[]", "holds a list"),
        (b'{"a": ' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), "inside each other"),
    ],
)
def test_what_holds_no_fields_is_named(data: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=rf"a\.json.*{told}"):
        read_object(path, ConfigError)
    with pytest.raises(CheckpointError, match=told):
        parse_object(data, "a.json")


def test_a_file_that_is_long_or_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(CheckpointError, match=r"a\.json cannot be read"):
        read_object(path)
    path.write_text(json.dumps({"a": "x" * 100}))
    assert read_object(path) == {"a": "x" * 100}
    with pytest.raises(CheckpointError, match="no more than 50 are read"):
        read_object(path, longest=50)


def test_depth_is_that_of_lists_and_mappings() -> None:
    assert not is_deep(5, 0)
    assert is_deep([5], 0)
    assert not is_deep({"a": [{}]}, 3)
    assert is_deep({"a": [{}], "b": 1}, 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("inner", "outside"):
        (tmp_path / "model" / name if name == "inner" else tmp_path / name).mkdir(parents=True)
    (tmp_path / "outside" / "a.json").write_text("{}")
    (tmp_path / "model" / "a.json").write_text("{}")
    return tmp_path / "model"


def test_links_inside_of_a_folder_are_let_through(folder: Path) -> None:
    (folder / "b.json").symlink_to("a.json")
    (folder / "inner" / "c.json").symlink_to("../a.json")
    (folder / "unread").symlink_to("/etc")
    check_links(folder, "inner", "missing")


@pytest.mark.parametrize("name", ["b.json", "model.safetensors", "inner/b.json", "more"])
def test_a_link_that_leads_out_is_named(name: str, folder: Path) -> None:
    (folder / name).symlink_to(folder.parent / "outside" if name == "more" else folder.parent / "outside" / "a.json")
    with pytest.raises(CheckpointError, match=rf"{name} is a link to .*outside.*Copy the file itself"):
        check_links(folder, "inner", "more")


def test_a_folder_that_is_given_away_has_no_link_that_leads_out_at_all(folder: Path) -> None:
    (folder / "inner" / "notes").symlink_to(folder.parent / "outside" / "a.json")
    check_links(folder, "inner")
    with pytest.raises(CheckpointError, match="notes is a link to"):
        check_links(folder, every=True)


def test_a_link_to_itself_is_named(folder: Path) -> None:
    (folder / "b.json").symlink_to("b.json")
    with pytest.raises(CheckpointError, match=r"b\.json is a link"):
        check_links(folder)


def test_the_hubs_cache_is_let_through_and_what_only_looks_like_it_is_not(tmp_path: Path) -> None:
    snapshot = tmp_path / "models--a--b" / "snapshots" / "0123"
    blobs = tmp_path / "models--a--b" / "blobs"
    for path in (snapshot, blobs):
        path.mkdir(parents=True)
    (blobs / "ff").write_text("{}")
    (snapshot / "a.json").symlink_to("../../blobs/ff")
    check_links(snapshot)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "ff").write_text("{}")
    (blobs / "ff").unlink()
    blobs.rmdir()
    blobs.symlink_to(tmp_path / "secret")
    with pytest.raises(CheckpointError, match="secret"):
        check_links(snapshot)
