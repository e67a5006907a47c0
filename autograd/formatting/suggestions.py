"""The nearest known words to an unknown one, for "did you mean …?"."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

COMPARED = 10_000  # known words that are looked at
LONGEST_WORD = 80  # characters of it


def close(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """Return the known words that an unknown one may have meant: the same in large or small letters, else the nearest.

    >>> close("W1", ["w1", "w2", "E"]), close("Simgoid", ["sigmoid", "sin"]), close("q", ["w1", "w2"])
    (['w1'], ['sigmoid'], [])
    """
    from difflib import get_close_matches  # noqa: PLC0415 -- only a mistake needs it

    small: dict[str, str] = {}
    for other in islice(known, COMPARED):
        small.setdefault(other.casefold(), other)
    wanted = word[:LONGEST_WORD].casefold()
    near = [wanted] if wanted in small else get_close_matches(wanted, small, n=most, cutoff=0.5)
    return [small[other] for other in near]


def meant(word: str, known: Iterable[str]) -> str:
    """Return the word that may have been meant, as the end of a message; nothing where none is near.

    >>> f"there is no W1{meant('W1', ['w1', 'E'])}"
    'there is no W1; did you mean w1?'
    """
    near = close(word, known)
    return f"; did you mean {near[0]}?" if near else ""
