"""Text in columns for the terminal: how wide it is, made longer, made shorter, folded, aligned.

Whatever is written for a terminal takes `WIDTH` columns at most, and is folded or shortened here. The
exception is what has no place to break: a word, a path of a file or a number longer than a line.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, TypeVar

from autograd.formatting import figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")

WIDTH = 80  # columns that lines are folded or shortened to
LONGEST_NAME = 24
GLUE = "\u00a0"  # a space inside a formula, which is kept in one line where there is room for it

_PAINT = re.compile(r"\x1b\[(\d*)m")


def columns() -> int:
    """Return how wide the terminal is, by COLUMNS or by what it says of itself; the usual width where there is none.

    `shutil.get_terminal_size` says the same, and takes longer to import than a sheet takes to be read.
    """
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    with suppress(AttributeError, OSError, ValueError):  # in a window without a console there is no stream
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or WIDTH  # type: ignore[union-attr] # the same
    return WIDTH


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes: none for a combining mark or a color, two for wide letters.

    >>> from autograd.formatting import palette
    >>> width("w₁"), width("x̄"), width("重み"), width(palette.paint("wrong", "red", on=True))
    (2, 1, 4, 5)
    """
    if "\x1b" in text:
        text = _PAINT.sub("", text)
    return len(text) if text.isascii() else sum(map(_columns, text))


@lru_cache(maxsize=4096)
def _columns(sign: str) -> int:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def pad(text: str, columns: int) -> str:
    """Return the text with spaces after it up to the column."""
    return text + " " * (columns - width(text))


def padded(cells: Sequence[str]) -> list[str]:
    """Return the cells with spaces after them, all equally long."""
    longest = max(map(width, cells), default=0)
    return [pad(cell, longest) for cell in cells]


def short(text: str, columns: int = LONGEST_NAME) -> str:
    """Return the text, its end left out if it is longer than the columns.

    >>> short("a" * 30, 10)
    'aaaaaaaaa…'
    """
    text = text[: 4 * columns]  # marks that combine take no column, and there may be any number
    if width(text) <= columns:
        return text
    while width(text) >= columns:
        text = text[:-1]
    return text + "…"


def listed(words: Iterable[str], columns: int = WIDTH) -> str:
    """Return the words in one line; of those that do not fit, how many there are.

    >>> listed(["a", "b", "c"]), listed([f"v{k}" for k in range(100)], 30), listed([])
    ('a, b, c', 'v0, v1, v2, v3, v4, … 95 more', 'none')
    """
    words = list(words)
    shown = words[: columns // 3 + 1]  # more do not fit
    while len(shown) > 1 and width(", ".join(shown)) + (12 if len(shown) < len(words) else 0) > columns:
        shown.pop()
    line = ", ".join(shown) or "none"
    return f"{line}, … {len(words) - len(shown)} more" if len(shown) < len(words) else line


def ends(items: Sequence[T], most: int) -> tuple[Sequence[T], int, Sequence[T]]:
    """Return the items; of more than `most`, those from both ends, and between them how many are left out.

    >>> ends("abcdefgh", 4), ends("abc", 4)
    (('ab', 4, 'gh'), ('abc', 0, ''))
    """
    if len(items) <= most:
        return items, 0, items[:0]
    return items[: most - most // 2], len(items) - most, items[len(items) - most // 2 :]


def aligned(cells: Sequence[str]) -> list[str]:
    """Return numbers as a column: a place for the sign if one has a sign, and all equally long."""
    if any(cell.startswith(figures.MINUS) for cell in cells):
        cells = [cell if cell.startswith(figures.MINUS) else f" {cell}" for cell in cells]
    return padded(cells)


# -- Folding ------------------------------------------------------------------------------------


def wrapped(text: str, columns: int = WIDTH, hang: str = "") -> list[str]:
    """Return the text in lines of no more columns, broken at spaces; the later ones begin with `hang`.

    A formula, whose spaces are `GLUE`, is broken only if it is longer than a line: before an equals
    sign, else before another sign. What has no place to break stays as it is.

    >>> wrapped("add what comes back through each output", 20, hang="  ")
    ['add what comes back', '  through each', '  output']
    >>> wrapped("0.25 × (1 − 0.25) = 0.1875".replace(" ", GLUE), 20)
    ['0.25 × (1 − 0.25)', '= 0.1875']
    """
    if width(text) <= columns:
        return [text.replace(GLUE, " ")]
    lines = [""]
    begun = False  # whether the last line has more than what it hangs by
    for word in _WORD.findall(text):
        for piece in _pieces(word, columns - width(hang)):
            if begun and width(lines[-1]) + width(piece) > columns:
                lines.append(hang)
                begun = False
            lines[-1] += piece if begun or len(lines) == 1 else piece.lstrip(f" {GLUE}")
            begun = True
    return [line.replace(GLUE, " ").rstrip() for line in _repainted(lines)]


_WORD = re.compile(f" *(?:[=+*/{figures.MINUS}·×⊙→-] +)?[^ ]+")  # with a sign that stands alone before it


def _pieces(word: str, columns: int) -> list[str]:
    """Return a word; one that is longer than a line in pieces, broken at the best places, as far as that will do."""
    if width(word.lstrip()) <= columns:
        return [word]
    places = {place: rank for rank, place in _places(word)}
    cuts = [0, len(word)]
    for rank in range(4):
        for start, end in pairwise(sorted(cuts)):
            if width(word[start:end].strip(f" {GLUE}")) > columns:
                cuts += [place for place in range(start + 1, end) if places.get(place) == rank]
    return [word[start:end] for start, end in pairwise(sorted(cuts))]


def _places(word: str) -> Iterator[tuple[int, int]]:
    """Yield where a formula may be broken: 0 before an equals sign, 1 at another, 2 in brackets, 3 in a fraction."""
    depth = 0
    for place, sign in enumerate(word):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == GLUE and word[place + 2 : place + 3] == GLUE and word[place + 1] in _SIGNS:
            yield (2 if depth > 0 else 0 if word[place + 1] == "=" else 1), place
        elif sign in ",;" or (sign in "·*×+" and word[place + 1 : place + 2] not in ("*", "=", GLUE)):
            yield (2 if depth > 0 else 1), place + 1
        elif sign == "/" and word[place + 1 : place + 2] in ("(", "∂"):
            yield 3, place + 1


_SIGNS = f"=+-{figures.MINUS}·×⊙→"  # between spaces, a line is broken before them


def _repainted(lines: list[str]) -> Iterator[str]:
    """Yield the lines, a color that goes on in the next one ended and begun anew."""
    color = ""
    for line in lines:
        shown = color + line
        for paint in _PAINT.finditer(line):
            color = "" if paint[1] in ("", "0") else paint[0]
        yield shown + ("\x1b[0m" if color else "")


def folded(text: str, columns: int = WIDTH, hang: str = "") -> str:
    """Return the text, each of its lines wrapped.

    >>> print(folded("one two three" + chr(10) + "four", 8, hang="  "))
    one two
      three
    four
    """
    return "\n".join(row for line in text.split("\n") for row in wrapped(line, columns, hang))


# -- Tables -------------------------------------------------------------------------------------


def table(
    rows: Sequence[Sequence[str]], align: str = "", columns: int = WIDTH, gap: int = 3, under: str = ""
) -> list[str]:
    r"""Return the rows as lines, in columns with a gap between; `align` has l or r for each column.

    With the sign of a rule in `under` there is one below the first row, its head. Of a table that is too
    wide, the cells are folded where that costs the fewest lines.

    >>> print("\n".join(table([["x", "the input of the first neuron"], ["w", "its weight"]], columns=20)))
    x   the input of the
        first neuron
    w   its weight
    """
    align = align or "l" * max(map(len, rows), default=0)
    cells = [[_Cell(text, side) for text, side in zip(row, align)] for row in rows]
    widths = [max((cell.width for cell in column), default=0) for column in zip(*cells)]
    if sum(widths) + gap * (len(widths) - 1) > columns:
        gap = min(gap, 2)
        _narrow(widths, list(zip(*cells)), columns - gap * (len(widths) - 1))
    lines = []
    for row in cells:
        for parts in zip_longest(*(cell.lines(size) for cell, size in zip(row, widths)), fillvalue=""):
            spaces = [" " * (size - width(part)) for part, size in zip(parts, widths)]
            shown = [s + part if side == "r" else part + s for s, part, side in zip(spaces, parts, align)]
            lines.append((" " * gap).join(shown).rstrip())
        if under and row is cells[0]:
            lines.append(under * (sum(widths) + gap * (len(widths) - 1)))
    return lines


class _Cell:
    """A cell of a table: its text, and the lines that it is folded to in so many columns."""

    def __init__(self, text: str, side: str) -> None:
        self.text, self.side, self.width = text, side, width(text)
        self._costs: dict[int, int] = {}

    def lines(self, columns: int) -> list[str]:
        """Return the cell in lines of no more columns; what has no place to break is cut."""
        return [part for row in wrapped(self.text, columns) for part in _cut(row, columns)]

    def cost(self, columns: int) -> int:
        """Return how bad so few columns are: the lines, more for brackets torn apart, most for a number or word cut."""
        if self.width <= columns:
            return 1
        if columns not in self._costs:
            rows = wrapped(self.text, columns)
            number = self.side == "r" and " " not in self.text
            cut = number or any(width(row) > columns for row in rows)
            inside = sum(row.count("(") != row.count(")") for row in rows)
            self._costs[columns] = len(rows) ** 2 + 2 * inside + 1000 * cut
        return self._costs[columns]


def _cut(line: str, columns: int) -> list[str]:
    """Return the line in pieces of so many columns."""
    if width(line) <= columns:
        return [line]
    pieces = [""]
    for sign in re.findall(r"\x1b\[\d*m|.", line):
        if width(pieces[-1]) + width(sign) > columns:
            pieces.append("")
        pieces[-1] += sign
    return list(_repainted(pieces))


def _narrow(widths: list[int], cells: Sequence[Sequence[_Cell]], room: int) -> None:
    """Make columns narrower until there is room for all: each time the one that this costs least."""
    costs = [[cell.cost(size) for cell in column] for column, size in zip(cells, widths)]
    while sum(widths) > room:
        found = []
        highest = list(map(max, zip(*costs)))
        for place, (column, size) in enumerate(zip(cells, widths)):
            if size <= _LEAST:
                continue
            step = min(size - _LEAST, max(1, (sum(widths) - room) // 8))
            cost = [cell.cost(size - step) for cell in column]
            more = sum(max(0, new - old) for new, old in zip(cost, highest))
            found.append((more, -size, place, step, cost))
        if not found:
            return
        _, _, place, step, costs[place] = min(found)
        widths[place] -= step


_LEAST = 4  # columns that a column keeps
