"""Checks that every link and picture in the project's Markdown files leads somewhere, down to the heading.

python tools/check_links.py          # files and headings of this repository
python tools/check_links.py --web    # addresses on the web too; needs a network
"""

import re
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LINK = re.compile(
    r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|(?:href|src)=[\"']([^\"']+)[\"']|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE
)


def prose(file: Path) -> str:
    """Return a file's text without its code."""
    text = re.sub(r"^```.*?^```$", "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]+`", "", text)


def links(file: Path) -> list[str]:
    """Return what the links and pictures of a file lead to."""
    return ["".join(found) for found in LINK.findall(prose(file)) if not "".join(found).startswith("mailto:")]


def anchors(file: Path) -> set[str]:
    """Return the names of a file's headings, as GitHub and the documentation make them."""
    text = re.sub(r"^```.*?^```$", "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    found: list[str] = []
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", text, re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)  # a link shows its text alone
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return {*found, *re.findall(r"(?:id|name)=\"([^\"]+)\"", text)}


def broken(file: Path) -> list[str]:
    """Return the links of one file that lead nowhere in this repository."""
    return [link for link in links(file) if "://" not in link and not leads(file, link)]


def leads(file: Path, link: str) -> bool:
    """Tell whether a link leads to a file, and to a heading of it if it names one."""
    name, _, anchor = link.partition("#")
    target = file.parent / name if name else file
    return target.exists() and (not anchor or target.suffix != ".md" or anchor in anchors(target))


def unanswered(address: str) -> str | None:
    """Ask for an address on the web; return what is wrong, or None. A server that refuses programs is there."""
    request = urllib.request.Request(address, headers={"User-Agent": "Mozilla/5.0 (seqkit check_links)"})
    try:
        with urllib.request.urlopen(request, timeout=20):
            return None
    except urllib.error.HTTPError as error:
        return f"{address}: {error.code}" if error.code in (404, 410) else None
    except OSError as error:
        return f"{address}: {error}"


def main() -> None:
    """Print every broken link, and fail if there is one."""
    names = subprocess.run(["git", "ls-files", "*.md"], capture_output=True, text=True, check=True).stdout.split()
    files = [Path(name) for name in names]
    found = [f"{file}: {link}" for file in files for link in broken(file)]
    if "--web" in sys.argv:
        addresses = sorted({link for file in files for link in links(file) if link.startswith(("http://", "https://"))})
        with ThreadPoolExecutor(8) as pool:
            found += [wrong for wrong in pool.map(unanswered, addresses) if wrong]
    print("\n".join(found) or f"{len(files)} files, all links lead somewhere")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
