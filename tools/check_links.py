"""Checks that every relative link in the project's Markdown files leads somewhere.

python tools/check_links.py
"""

import re
import subprocess
import sys
from pathlib import Path

LINK = re.compile(r"\]\(([^)\s]+)\)")


def broken(file: Path) -> list[str]:
    """Return the links of one file that lead nowhere."""
    links = LINK.findall(re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL))
    local = (link.split("#")[0] for link in links if "://" not in link and not link.startswith(("#", "mailto:")))
    return [link for link in local if link and not (file.parent / link).exists()]


def main() -> None:
    """Print every broken link, and fail if there is one."""
    files = subprocess.run(["git", "ls-files", "*.md"], capture_output=True, text=True, check=True).stdout.split()
    found = [f"{name}: {link}" for name in files for link in broken(Path(name))]
    print("\n".join(found) or f"{len(files)} files, all links lead somewhere")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
