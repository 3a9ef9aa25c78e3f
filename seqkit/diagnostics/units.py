"""A search for units of the state that follow something in the text: quotes, brackets, lines, indentation.

Source:
    Karpathy et al., "Visualizing and understanding recurrent networks", 2015 (section 4.1).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn

from seqkit.diagnostics.activations import Activations, Unit, read_activations
from seqkit.errors import DataError

Feature = Callable[[str], Sequence[float]]
"""From a text to a number for each of its characters."""

FEWEST = 200
"""Tokens below which a correlation says nothing."""


def inside_quotes(text: str) -> list[float]:
    """Return 1 after a quotation mark opens and until it closes, else 0; straight and curly double quotes."""
    found, inside = [], False
    for character in text:
        inside = {'"': not inside, "“": True, "”": False, "«": True, "»": False}.get(character, inside)
        found.append(float(inside))
    return found


def bracket_depth(text: str) -> list[float]:
    """Return how many brackets ( [ { are open."""
    turns = ((c in "([{") - (c in ")]}") for c in text)
    return [float(depth) for depth in accumulate(turns, lambda depth, turn: max(0, depth + turn))]


def place_in_line(text: str) -> list[float]:
    """Return how many characters of the line have been read; 0 at the newline."""
    return [float(n) for n in accumulate(text, lambda n, c: 0 if c == "\n" else n + 1, initial=0)][1:]


def indentation(text: str) -> list[float]:
    """Return with how many spaces the line began, as far as it has been read; a tab counts as 4."""
    found, depth, begun = [], 0, False
    for character in text:
        if character == "\n":
            depth, begun = 0, False
        elif not begun and character in " \t":
            depth += 4 if character == "\t" else 1
        else:
            begun = True
        found.append(float(depth))
    return found


def line_length(text: str) -> list[float]:
    """Return the length of the line before, which a model that has read it may know."""
    found, length, before = [], 0, 0
    for character in text:
        before, length = (length, 0) if character == "\n" else (before, length + 1)
        found.append(float(before))
    return found


FEATURES: dict[str, Feature] = {
    "inside quotes": inside_quotes,
    "bracket depth": bracket_depth,
    "place in line": place_in_line,
    "indentation": indentation,
    "length of the line before": line_length,
}
"""What `find_units` looks for: text to a number for each character."""


@dataclass(frozen=True)
class Follower:
    """The unit that follows a feature best.

    Args:
        feature: name of the feature.
        unit: the unit, chosen on the first half of the text.
        chosen: its correlation there, which is too good: it is the largest of many.
        held_back: its correlation on the second half, which had no part in the choice.
        chance: what the same search finds for the feature moved to where it does not belong, on the second half.
        searched: how many units were searched.
        start: the token in the second half from which on the feature varies most, to look at.
    """

    feature: str
    unit: Unit
    chosen: float
    held_back: float
    chance: float
    searched: int
    start: int


@dataclass(frozen=True)
class UnitSearch:
    """What `find_units` found.

    Args:
        followers: the best unit of each feature, the strongest first.
        activations: every unit at every token.
        tokens: the tokens as text.
    """

    followers: tuple[Follower, ...]
    activations: Activations
    tokens: tuple[str, ...]


def find_units(model: nn.Module, tokenizer: Any, text: str, features: Mapping[str, Feature] = FEATURES) -> UnitSearch:
    """Search a model's state for units that follow features of a text, by correlation.

    The best of many units always looks good, so each is chosen on the first half of the text and measured on the
    second. For comparison the same search is made with the feature moved on by a quarter of the text, where it means
    nothing: that is what chance finds.

    Args:
        model: any model with seqkit's recurrent layers; it is left as it was.
        tokenizer: its tokenizer; it must give offsets, as all fast ones do.
        text: some thousand characters, read in one piece.
        features: what to look for, by name.

    Returns:
        The best unit of each feature; features that do not vary in both halves are left out.

    Raises:
        DataError: if the text has fewer than 200 tokens.
    """
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    offsets = encoded["offset_mapping"]
    if len(offsets) < FEWEST:
        raise DataError(f"the text has {len(offsets)} tokens; correlations need {FEWEST} or more. Give a longer text.")
    read = read_activations(model, {"input_ids": torch.tensor([encoded["input_ids"]])})
    followers = []
    for name, feature in features.items():
        numbers = feature(text)
        # A token shows what holds at its last character: the model has read so far.
        wanted = torch.tensor([numbers[max(start, end - 1)] for start, end in offsets]).double()
        if (found := search(read, wanted)) is not None:
            followers.append(Follower(name, *found, len(read.units), liveliest(wanted)))
    followers.sort(key=lambda follower: -abs(follower.held_back))
    return UnitSearch(tuple(followers), read, tuple(text[start:end] for start, end in offsets))


def search(read: Activations, wanted: Tensor) -> tuple[Unit, float, float, float] | None:
    """Find the unit that follows a feature (T,), or None if the feature does not vary in both halves."""
    half = len(wanted) // 2
    if wanted[:half].std() == 0 or wanted[half:].std() == 0:
        return None
    index, chosen, held_back = best(read.values, wanted, half)
    _, _, chance = best(read.values, wanted.roll(len(wanted) // 4), half)
    return read.units[index], chosen, held_back, chance


def liveliest(wanted: Tensor, width: int = 800) -> int:
    """Return where in the second half of a feature (T,) a window of `width` tokens varies most."""
    half = len(wanted) // 2
    width = min(width, len(wanted) - half)
    windows = wanted[half:].unfold(0, width, max(1, width // 4))  # (windows, width)
    return half + int(windows.std(1).argmax()) * max(1, width // 4)


def best(values: Tensor, wanted: Tensor, half: int) -> tuple[int, float, float]:
    """Choose the column of values (T, N) that correlates most on the first half, and measure it on the second."""
    first = correlations(values[:half], wanted[:half])
    index = int(first.abs().argmax())
    second = correlations(values[half:, index : index + 1], wanted[half:])
    return index, float(first[index]), float(second[0])


def correlations(values: Tensor, wanted: Tensor) -> Tensor:
    """Return Pearson's correlation of each column of values (T, N) with a feature (T,); 0 for a constant one."""
    values, wanted = values.double() - values.double().mean(0), wanted.double() - wanted.double().mean()
    sizes = values.norm(dim=0) * wanted.norm()
    return torch.where(sizes > 1e-12, (wanted @ values) / sizes.clamp(min=1e-12), 0.0)
