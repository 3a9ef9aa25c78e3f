"""A map of characters in the form that the `tokenizers` library runs: SentencePiece's, with a trie as a double array.

A node of the trie is a place p in an array of 32-bit units. Its child by a byte c is the place p ^ offset ^ c, if the
unit there is labelled c; the value of a key stands one such step, without a byte, behind its last node. The fields:

    unit = offset << 10 | has_value << 8 | label        value unit = 1 << 31 | value

Source: Aoe, "An efficient digital search algorithm by using a double-array structure", 1989, in the units of
darts-clone, which SentencePiece (Kudo & Richardson, EMNLP 2018) stores and `tokenizers.normalizers.Precompiled` reads.
"""

import struct
from collections.abc import Mapping

_ROOM = 128  # places for the children of a node: beyond ASCII, all bytes begin with a 1, and 7 bits tell them apart
_VALUE = 0x40  # from the last byte of a character, 10xxxxxx, to a place that no byte leads to


def compiled(mapping: Mapping[str, str]) -> bytes:
    """Compile a map from characters to texts.

    Args:
        mapping: its keys are characters beyond ASCII; its texts are not empty, and hold no U+0000.

    Returns:
        What `Precompiled` takes. It replaces a character by its text, and all places of the text are the character's.
    """
    texts, values = bytearray(), {}
    for character, text in mapping.items():
        values[character.encode()] = len(texts)
        texts += text.encode() + b"\0"
    units = _double_array(values)
    return struct.pack(f"<I{len(units)}I", 4 * len(units), *units) + bytes(texts)


def _double_array(values: Mapping[bytes, int]) -> list[int]:
    """Lay out the trie of these keys; every node has room for all children, so none are in each other's way."""
    inner = sorted({key[:size] for key in values for size in range(len(key))})
    # The children of a room stand in the one beside it, since all have the bit of 0x80; the root has room 0 to itself.
    base = {node: _ROOM * number for number, node in enumerate(inner, start=2)}
    units = [0] * (_ROOM * (len(inner) + 4))
    units[0] = base[b""] << 10
    for node in inner[1:]:
        place = base[node[:-1]] ^ node[-1]
        units[place] = (place ^ base[node]) << 10 | node[-1]
    for key, value in values.items():
        place = base[key[:-1]] ^ key[-1]
        units[place] = _VALUE << 10 | 1 << 8 | key[-1]
        units[place ^ _VALUE] = 1 << 31 | value
    return units
