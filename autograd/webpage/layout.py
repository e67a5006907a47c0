"""The positions of the cards of a page and of the lines between them, in pixels.

The cards are empty boxes of the size that their text needs. `drawing.layered` computes the positions, as everywhere
where no layout program is: its lines run in lanes, which stay apart when a card between them opens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from autograd.drawing.columns import Size, Spacing, Wire
from autograd.drawing.dot_graph import scopes_around
from autograd.drawing.layered import curve, layered
from autograd.formatting.terminal import width

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from autograd.engine.origins import Scope

MIN_WIDTH, MAX_WIDTH = 138, 240  # of a card
LINE, MARGIN = 16, 10
BOLD, PLAIN = 7.9, 6.5  # pixels of a letter, on average, in a card's first and second line
GRIP = 20  # the sign beside a name that its leaf can be dragged, or its card opened
TABLE = 200  # the columns of a folded array: index, value and gradient
BESIDE = 60  # between two ranks, where a local derivative has its place
BELOW = 14
AROUND = 14  # between a box and the cards in it
SPACING = Spacing(BESIDE, BELOW, AROUND)


class Card(NamedTuple):
    """The text that decides the size of a card: its name, the lines under it, and how many rows its table has."""

    name: str
    made: Sequence[str] = ()
    rows: int = 0

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height.

        >>> Card("w1").size, Card("o1", ["σ(net_o1)"]).size
        ((138, 56), (138, 72))
        """
        wide = max(
            width(self.name) * BOLD + GRIP, *(width(line) * PLAIN for line in self.made), TABLE if self.rows else 0
        )
        numbers = self.rows + 1 if self.rows else 2  # the rows under their heads, or value and gradient
        high = LINE * (1 + len(self.made) + numbers) + 8
        return round(min(MAX_WIDTH, max(MIN_WIDTH, wide + 2 * MARGIN))), high


class Box(NamedTuple):
    """A rectangle by its upper left corner, with the name written in it."""

    x: float
    y: float
    width: float
    height: float
    name: str = ""


class PageLayout(NamedTuple):
    """The positions of the cards, the paths of the lines, the boxes around neurons and layers."""

    width: float
    height: float
    cards: list[Box]
    lines: list[str]
    boxes: list[Box]


def layout(cards: Sequence[Card], lines: Sequence[tuple[int, int]], scopes: Mapping[int, Scope]) -> PageLayout:
    """Lay out cards, known by their numbers, with lines from one to another.

    >>> laid = layout([Card("y", ["x²"]), Card("x")], [(1, 0)], {})
    >>> [(box.width, box.height) for box in laid.cards], laid.cards[1].x < laid.cards[0].x
    ([(138, 72), (138, 56)], True)
    """
    homes = _clusters(scopes)
    sizes = [Size(*card.size) for card in cards]
    within: dict[Hashable, Hashable] = {scope: scope.within for scope in homes}
    laid = layered(sizes, [Wire(*line) for line in lines], SPACING, scopes, within)

    def box(place: Sequence[float], name: str = "") -> Box:
        x, y, wide, high = (round(length, 1) for length in place)
        return Box(x, y, wide, high, name)

    boxes = [box(laid.boxes[scope], scope.name) for scope in homes if scope in laid.boxes]
    routes = [curve(route) for route in laid.routes]
    return PageLayout(round(laid.width, 1), round(laid.height, 1), [box(place) for place in laid.cards], routes, boxes)


def _clusters(scopes: Mapping[int, Scope]) -> list[Scope]:
    """Return each box, an outer box before those inside it."""
    return list(dict.fromkeys(each for scope in scopes.values() for each in reversed(scopes_around(scope))))
