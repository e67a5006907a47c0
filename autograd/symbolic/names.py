"""Names in formulas: which node a name belongs to, and the parts of a label."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable


class Name(str):
    """The name of a node; `turn` tells nodes with the same label apart (x#1, x#2).

    The `key` is for whoever makes the name: by it a number is found for the name. Nothing here looks into it.

    >>> Name("x", 2, key="the second x").turn
    2
    """

    __slots__ = ("key", "turn")

    key: Hashable
    turn: int

    def __new__(cls, label: str, turn: int = 0, key: Hashable = None) -> Name:  # noqa: PYI034 -- Self needs Python 3.11
        """Make a name."""
        name = super().__new__(cls, label)
        name.turn = turn
        name.key = key
        return name


class NameParts(NamedTuple):
    """A label as it is set in mathematics: the letter, the index below it, the number of its layer."""

    stem: str
    subscript: str = ""
    layer: str = ""


_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_LAYERED = re.compile(r"([^\W\d_]+)(\d+)\[([^\[\]]+)\]")  # w1[2,3]: layer 1, neuron 2, input 3
_INDEXED = re.compile(r"([^\W\d_]+)(?:_?\[([^\[\]]+)\]|_([^_]+)|(\d+))?")


def name_parts(label: str) -> NameParts:
    """Return the parts of a label: a trailing number or index is a subscript.

    >>> tuple(name_parts("w1[2,3]")), tuple(name_parts("net_h1")), tuple(name_parts("w₁₂")), tuple(name_parts("50%"))
    (('w', '2,3', '1'), ('net', 'h1', ''), ('w', '12', ''), ('50%', '', ''))
    """
    label = label.translate(_LOWERED)
    if layered := _LAYERED.fullmatch(label):
        return NameParts(layered[1], layered[3], layered[2])
    if indexed := _INDEXED.fullmatch(label):
        return NameParts(indexed[1], indexed[2] or indexed[3] or indexed[4] or "")
    return NameParts(label)
