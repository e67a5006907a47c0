"""What a key asks for: its items, the points of each, and what a hand-in has for each of them.

An *item* is a name or a derivative about which the key claims something. It has one point, or as many as a comment at
the end of its line says: `dE/dw = … = 0.03588   # [2]`. On a line with several items, each has them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from autograd.errors import SheetError
from autograd.marking.verdicts import FOLLOWS, RIGHT, ROUNDED, SLIP, UNANSWERED, UNREADABLE, WRONG

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from autograd.claims.claims import Subject
    from autograd.claims.worksheet import Worksheet
    from autograd.marking.report import Marking

ROOT, MISSING, NOT_JUDGED = "root", "missing", "not judged"
RESULTS = (RIGHT, FOLLOWS, ROOT, MISSING, NOT_JUDGED)
EARN = (RIGHT, FOLLOWS)

_POINTS = re.compile(r"#.*\[\s*(\d+(?:\.\d+)?)(?:\s*(?:p|pt|pts|points?))?\s*\]\s*$")


class Item(NamedTuple):
    """A name or a derivative that a key asks for, its line there, and its points."""

    subject: Subject
    line: int
    points: float = 1.0

    def __str__(self) -> str:
        return str(self.subject)

    def is_about(self, subject: Subject) -> bool:
        """Return whether a claim about that subject is an answer to this item."""
        mine = self.subject
        return bool((mine.name and mine.name == subject.name) or (mine.of and mine[1:] == subject[1:]))


def key_items(key: Worksheet) -> list[Item]:
    r"""Return the items of a key, in the order of its lines.

    >>> from autograd.sheet import Sheet
    >>> key = Sheet.parse("x = 3; y = x^2 = 9\ndy/dx = 2*x = 6   # [2]")
    >>> [(str(item), item.points) for item in key_items(key)]
    [('y', 1.0), ('dy/dx', 2.0)]

    Raises SheetError for a key that asks for nothing.
    """
    found: dict[Subject, Item] = {}
    for claim in key.claims:
        subject = claim.subject
        if (subject.name or subject.of) and subject.name not in key.givens and subject not in found:
            points = _POINTS.search(key.lines[claim.line - 1])
            found[subject] = Item(subject, claim.line, float(points[1]) if points else 1.0)
    if not found:
        raise SheetError(
            "the key claims nothing, so there is nothing to give points for: write h = sigmoid(net) = 0.59869"
        )
    return list(found.values())


def results(marking: Marking, items: Sequence[Item]) -> dict[str, str]:
    """Return what a hand-in has for each item: right, follows, root, missing, or not judged."""
    words: dict[Item, list[str]] = {item: [] for item in items}
    for verdict in marking.verdicts:
        if not marking.is_given(verdict):
            for item in items:
                if item.is_about(verdict.claim.subject):
                    words[item].append(verdict.word)
    return {str(item): _result(found) for item, found in words.items()}


def _result(words: Iterable[str]) -> str:
    found = set(words) - {UNANSWERED}
    if not found:
        return MISSING
    if found & {SLIP, WRONG, UNREADABLE}:
        return ROOT
    if FOLLOWS in found:
        return FOLLOWS
    return RIGHT if found <= {RIGHT, ROUNDED} else NOT_JUDGED


def earned(results: Mapping[str, str], items: Sequence[Item]) -> dict[str, float]:
    """Return the points of each item; what is not judged earns them only by a correction."""
    return {str(item): item.points if results.get(str(item)) in EARN else 0.0 for item in items}
