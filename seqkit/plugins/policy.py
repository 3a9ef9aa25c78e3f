"""Which distributions may give plugins: the environment variable `SEQKIT_PLUGINS`."""

import os
import re
from dataclasses import dataclass

from seqkit.errors import PluginError

VARIABLE = "SEQKIT_PLUGINS"
"""`"*"` (default) all, `""` none, `"a,b"` only these, `"*,-a"` all but; the built-ins are always on."""

_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.IGNORECASE)


def normalise(distribution: str) -> str:
    """Return a distribution's name in the one spelling of PEP 503.

    Example:
        >>> normalise("Seqkit_minGRU")
        'seqkit-mingru'
    """
    return re.sub(r"[-_.]+", "-", distribution).lower()


def is_distribution_name(text: str) -> bool:
    """Tell whether a text can be the name of a distribution.

    Example:
        >>> is_distribution_name("seqkit-mingru"), is_distribution_name("x; rm -r")
        (True, False)
    """
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True)
class Policy:
    """What `SEQKIT_PLUGINS` says.

    Args:
        everything: whether `*` stands in it.
        listed: normalised distributions that it lets in by name.
        refused: normalised distributions that it leaves out by name.

    Example:
        >>> read_policy("*,-seqkit-crf").allows("seqkit-mingru"), read_policy("").allows("seqkit-mingru")
        (True, False)
    """

    everything: bool
    listed: tuple[str, ...]
    refused: tuple[str, ...]

    def allows(self, distribution: str) -> bool:
        """Tell whether plugins of this (normalised) distribution may be used."""
        return distribution not in self.refused and (self.everything or distribution in self.listed)

    def text(self) -> str:
        """Return the policy as one would write it."""
        return ",".join([*("*" * self.everything), *self.listed, *(f"-{name}" for name in self.refused)])

    def with_distribution(self, distribution: str) -> "Policy":
        """Return this policy with one more distribution let in."""
        refused = tuple(name for name in self.refused if name != distribution)
        if self.everything or distribution in self.listed:
            return Policy(self.everything, self.listed, refused)
        return Policy(self.everything, (*self.listed, distribution), refused)

    def without_distribution(self, distribution: str) -> "Policy":
        """Return this policy with one distribution left out."""
        listed = tuple(name for name in self.listed if name != distribution)
        refused = (*self.refused, distribution) if self.allows(distribution) and self.everything else self.refused
        return Policy(self.everything, listed, refused)


def read_policy(text: str | None = None) -> Policy:
    """Read the policy from a text, or from the environment as it is now.

    Args:
        text: what to read; None reads `SEQKIT_PLUGINS`, and an unset variable is `"*"`.

    Raises:
        PluginError: an item is no distribution name, or `-a` stands without `*`.
    """
    text = os.environ.get(VARIABLE, "*") if text is None else text
    items = [item.strip() for item in text.split(",") if item.strip()]
    for item in items:
        if item != "*" and not is_distribution_name(item.removeprefix("-")):
            raise PluginError(
                f"{VARIABLE}={text!r}: {item!r} is not a distribution name; write names with commas between them, "
                "such as 'seqkit-mingru,seqkit-crf', or '*,-seqkit-crf' for all but one."
            )
    names = [normalise(item) for item in items if item != "*" and not item.startswith("-")]
    refused = [normalise(item[1:]) for item in items if item.startswith("-")]
    policy = Policy("*" in items, tuple(names), tuple(refused))
    # Alone, '-a' could mean "all but a" or "none": an allow-list must not be guessed.
    if refused and not (names or policy.everything):
        raise PluginError(f"{VARIABLE}={text!r} only leaves out; write '*,{text.strip()}' for all others.")
    return policy
