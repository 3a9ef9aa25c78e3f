"""Files and folders written whole or not at all, and on the disk before they are seen."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to, and move it into place once the block has ended well.

    Args:
        path: where the file shall be; what stands there stays until the new one is complete.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with replacing(folder / "a.txt") as temporary:
        ...     _ = temporary.write_text("whole")
        >>> (folder / "a.txt").read_text()
        'whole'
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def staged(folder: Path, known: Iterable[str] = ()) -> Iterator[Path]:
    """Give an empty folder of the same name, and move the files that were written to it over once all are on the disk.

    A library that writes its files in place, one after the other, then leaves the old ones whole whatever happens.

    Args:
        folder: where the files shall be; made if it is not there.
        known: names of files that the writer looks at or adds to; copies of them lie in the folder from the start.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> with staged(folder) as part:
        ...     _ = (part / "a.txt").write_text("whole")
        ...     (folder / "a.txt").exists()
        False
        >>> [path.name for path in folder.iterdir()]
        ['a.txt']
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".saving.") as temporary:
        part = Path(temporary) / folder.resolve().name
        part.mkdir()
        for name in known:
            if (folder / name).is_file():
                shutil.copy2(folder / name, part)
        before = {path: path.stat() for path in part.iterdir()}
        yield part
        written = [path for path in sorted(part.rglob("*")) if path.is_file()]
        for path in written:
            path.chmod(part.stat().st_mode & 0o666)  # safetensors' own would be for nobody else to read
        sync_tree(part)
        parents = {folder}
        for path in written:
            if path not in before or not _same(before[path], path.stat()):
                target = folder / path.relative_to(part)
                target.parent.mkdir(parents=True, exist_ok=True)  # by files: no folder replaces one that has some
                path.replace(target)
                parents.add(target.parent)
    for parent in sorted(parents):
        sync(parent)


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    """Tell whether a file was left alone between two looks at it."""
    return (one.st_ino, one.st_mtime_ns, one.st_size) == (other.st_ino, other.st_mtime_ns, other.st_size)


def sync(path: Path) -> None:
    """Wait until a file's bytes, or the names in a folder, are on the disk and not in memory alone.

    Args:
        path: a file or a folder.

    Raises:
        OSError: if the disk did not take them: this is where some disks tell that they are full.
    """
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders; its file systems keep the order of renames by themselves.
    # Some systems sync only what is open for writing, and none opens a folder for that.
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Wait until all files in a folder, and in those inside of it, are on the disk, and their names too."""
    for path in sorted(folder.rglob("*")):
        sync(path)
    sync(folder)


def move_folder(source: Path, target: Path) -> None:
    """Move a synced folder into place, for good when this returns.

    A name that is taken is freed by moving what has it beside the source first, so that a folder which was whole is
    never half deleted under its name.

    Args:
        source: a folder on the same disk.
        target: where it shall be; what stands there is deleted afterwards.
    """
    aside = source.with_name(f"{source.name}.old")
    if target.exists():
        target.rename(aside)
    source.rename(target)
    sync(target.parent)
    shutil.rmtree(aside, ignore_errors=True)
