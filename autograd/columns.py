"""Text in columns for the terminal: how wide it is, made longer, made shorter, aligned."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from autograd import look

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 80  # columns that lines are folded or shortened to
LONGEST_NAME = 24


def width(text: str) -> int:
    """How many columns of a terminal a text takes: none for a combining mark, two for wide letters.

    >>> width("w₁"), width("x̄"), width("重み")
    (2, 1, 4)
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, columns: int) -> str:
    """The text with spaces after it up to the column."""
    return text + " " * (columns - width(text))


def short(text: str, columns: int = LONGEST_NAME) -> str:
    """The text, its end left out if it is longer than the columns.

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
    """The words in one line; of those that do not fit, how many there are.

    >>> listed(["a", "b", "c"]), listed([f"v{k}" for k in range(100)], 30), listed([])
    ('a, b, c', 'v0, v1, v2, v3, v4, … 95 more', 'none')
    """
    words = list(words)
    shown = words[: columns // 3 + 1]  # more do not fit
    while len(shown) > 1 and width(", ".join(shown)) + (12 if len(shown) < len(words) else 0) > columns:
        shown.pop()
    line = ", ".join(shown) or "none"
    return f"{line}, … {len(words) - len(shown)} more" if len(shown) < len(words) else line


def aligned(cells: Sequence[str]) -> list[str]:
    """Numbers as a column: a place for the sign if one has a sign, and all equally long."""
    if any(cell.startswith(look.MINUS) for cell in cells):
        cells = [cell if cell.startswith(look.MINUS) else f" {cell}" for cell in cells]
    longest = max(map(width, cells), default=0)
    return [pad(cell, longest) for cell in cells]
