r"""One spelling for a symbol, however it is typeset: `w_5`, `w5` and `w₅` are w5, `\text{net}_{o1}` is net_o1.

The spelling is that of sheets. A layer or a row of data in brackets is an index: `y^{(2)}` is y[2]. A bold letter is
a letter of its own, because notes write the vector of the x as a bold x. What becomes of a weight by a step is w5_new.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NEW = "_new"
_SPLIT_LETTERS = re.compile(r"(?<=[^\W\d_])_([^\W\d_]{1,3})(?=$|\[|_new)")


class SymbolSpelling:
    """The parts of a symbol as they are read: its letter or word, what stands below and above it."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.below = ""
        self.index = ""
        self.accent = ""
        self.is_new = False
        self.primes = 0
        self.is_transposed = False

    @property
    def key(self) -> str:
        """The name in one spelling."""
        below = re.sub(r"(?:^|[,_ ])(?:old|alt)$", "", self.below)
        is_new = self.is_new
        if re.search(r"(?:^|[,_ ])(?:new|neu)$", below):
            below, is_new = re.sub(r"[,_ ]*(?:new|neu)$", "", below), True
        base = self.base + self.accent
        below = re.sub(r"(?<=[^\W\d_])_(?=\d)", "", below)  # the 1 of x_1 in w_{x_1,1}
        if "," in below:
            below = f"[{below}]"
        elif below:
            joined = below[0].isdigit() and not base[-1].isdigit()
            below = below if joined else f"_{below}"
        return base + below + self.index + NEW * is_new


def bold(letter: str) -> str:
    """Return the bold form of a letter."""
    for first, bold_first, count in (("A", 0x1D400, 26), ("a", 0x1D41A, 26), ("α", 0x1D6C2, 25), ("Α", 0x1D6A8, 25)):
        at = ord(letter) - ord(first)
        if 0 <= at < count:
            return chr(bold_first + at)
    return letter


def filled_in(key: str, choice: Mapping[str, int]) -> str:
    """Return a name with numbers for the letters of its indices: E_i with i = 1 is E1, y[i] is y[1].

    >>> filled_in("E_i", {"i": 1}), filled_in("x[i,k][l]", {"i": 1, "k": 2}), filled_in("net_i_new", {"i": 3})
    ('E1', 'x[1,2][l]', 'net3_new')
    """

    def index(match: re.Match[str]) -> str:
        return "[" + ",".join(_number(part, choice) for part in match[1].split(",")) + "]"

    def below(match: re.Match[str]) -> str:
        letters = match[1]
        if not all(letter in choice for letter in letters):
            return match[0]
        stem = key[: match.start()]
        return ("_" if stem[-1:].isdigit() else "") + "".join(str(choice[letter]) for letter in letters)

    key = re.sub(r"\[([^\]]*)\]", index, key)
    return _SPLIT_LETTERS.sub(below, key)


def _number(part: str, choice: Mapping[str, int]) -> str:
    match = re.fullmatch(r"([^\W\d_])([+-]\d+)?", part)
    return str(choice[match[1]] + int(match[2] or 0)) if match and match[1] in choice else part


def indices_in(key: str) -> set[str]:
    """Return the letters that may be indices of a name: i in E_i, i and k in x[i,k]."""
    found = {letter for match in _SPLIT_LETTERS.finditer(key) for letter in match[1]}
    for match in re.finditer(r"\[([^\]]*)\]", key):
        found.update(re.findall(r"(?<![^\W\d_])[^\W\d_](?![^\W\d_])", match[1]))
    return found
