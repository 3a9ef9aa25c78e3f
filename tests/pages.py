"""The Markdown pages of the repository, and the blocks of code in them."""

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^\n]+) -->\n)?^(?P<fence>```+)(?P<language>[^\s`]*)\n(?P<body>.*?)^(?P=fence)$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A block between fences.

    Args:
        language: what stands behind the first fence.
        body: what is between them.
        reason: why no test runs it, from a comment above: `<!-- not run: why -->`; None if a test must.
    """

    language: str
    body: str
    reason: str | None

    def commands(self) -> list[list[str]]:
        """Return the words of each command, without comments; a backslash joins lines."""
        lines = self.body.replace("\\\n", " ").splitlines()
        return [words for line in lines if (words := shlex.split(line, comments=True))]


def pages() -> list[Path]:
    """Return every page that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in sorted(names) if (ROOT / name).exists()]


def blocks(text: str, language: str | None = None) -> list[Block]:
    """Return the blocks of a page, or those in a language."""
    found = [Block(each["language"], each["body"], each["reason"]) for each in _BLOCK.finditer(text)]
    return [block for block in found if language in (None, block.language)]


def headings(text: str) -> list[str]:
    """Return the headings of a page, without what looks like one inside of blocks."""
    return re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
