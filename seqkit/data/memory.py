"""What fits into memory, asked before it is filled."""

from pathlib import Path

from seqkit.errors import DataError


def _meminfo() -> int | None:
    """Read the bytes that the kernel could hand out, or None where it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _cgroup() -> int | None:
    """Read what a container's limit leaves, or None where there is no limit."""
    folder = Path("/sys/fs/cgroup")
    try:
        return int((folder / "memory.max").read_text()) - int((folder / "memory.current").read_text())
    except (OSError, ValueError):  # No control group, or the limit is the word "max".
        return None


def available_memory() -> int | None:
    """Give the bytes of memory that can be had now, or None where the system does not tell (then nothing is refused).

    Example:
        >>> (available_memory() or 1) > 0
        True
    """
    known = [size for size in (_meminfo(), _cgroup()) if size is not None]
    return min(known) if known else None


def check_memory(needed: int, what: str, advice: str) -> None:
    """Refuse a job that cannot fit, while that is still one clear error and not a killed process.

    Args:
        needed: bytes that the job takes.
        what: the job, as the subject of the message: "reading big.txt".
        advice: the next step.

    Raises:
        DataError: `needed` is more than there is.
    """
    available = available_memory()
    if available is not None and needed > available:
        raise DataError(f"{what} needs {needed / 1e9:.1f} GB of memory and {available / 1e9:.1f} GB are free: {advice}")
