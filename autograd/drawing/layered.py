"""A layered layout of our own: where no layout program is, and where one would take too long.

Cards stand in columns, each to the left of everything that is computed from it. A box around cards is laid out alone,
and is then one large card of the level around it, so that boxes never overlap. `columns` lays out one level. The method
is that of K. Sugiyama, S. Tagawa, M. Toda: Methods for Visual Understanding of Hierarchical System Structures (1981).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from autograd.drawing.columns import Corner, Key, Level, Net, Size, Spacing, Unit, Wire

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

TOP: Key = ("box", None)


class Rectangle(NamedTuple):
    """A card or box by its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Layered:
    """The places of the cards and boxes, the corners that each edge goes through, the middles of the labels."""

    width: float
    height: float
    cards: list[Rectangle]
    boxes: dict[Hashable, Rectangle]
    routes: list[list[Corner]]
    labels: list[Corner | None]

    def turned(self) -> Layered:
        """Return the same with its columns as rows: what led to the right leads downwards."""
        return Layered(
            self.height,
            self.width,
            [Rectangle(place.y, place.x, place.height, place.width) for place in self.cards],
            {box: Rectangle(place.y, place.x, place.height, place.width) for box, place in self.boxes.items()},
            [[Corner(y, x) for x, y in route] for route in self.routes],
            [middle and Corner(middle.y, middle.x) for middle in self.labels],
        )


def layered(
    cards: Sequence[Size],
    edges: Sequence[Wire],
    spacing: Spacing,
    homes: Mapping[int, Hashable] | None = None,
    within: Mapping[Hashable, Hashable] | None = None,
) -> Layered:
    """Lay out cards, known by their numbers, so that every edge leads from left to right.

    `homes` has the box that a card stands in, `within` the box around a box. The edges form no circle. A box that
    others would have to stand in the middle of is left out; its cards stand in the box around it.

    >>> laid = layered([Size(50, 20), Size(50, 20)], [Wire(0, 1)], Spacing(30, 10, 8))
    >>> laid.cards[0].x, laid.cards[1].x, laid.routes[0][0], laid.routes[0][-1]
    (0.0, 80.0, Corner(x=50.0, y=10.0), Corner(x=80.0, y=10.0))
    """
    around: dict[Key, Key] = {("card", card): ("box", box) for card, box in (homes or {}).items()}
    around |= {("box", box): ("box", outer) for box, outer in (within or {}).items() if outer is not None}
    keys: list[Key] = [("card", card) for card in range(len(cards))]
    while circular := _boxes_in_circles(keys, edges, around):
        kept = {key: [box for box in _chain(key, around)[1:] if box not in circular] for key in around}
        around = {key: boxes[0] for key, boxes in kept.items() if key not in circular}
    return _Layout(cards, edges, spacing, keys, around).finished()


def layout_work(count: int, lines: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return how much there is to lay out, for a program and for `layered`.

    For a program these are the cards, and the lines by the columns that they lead across; here the lines of one card
    share their lanes.

    >>> layout_work(4, [(0, 1), (1, 2), (0, 2), (2, 3), (0, 3)])
    (15, 9)
    """
    waiting = [0] * count
    lefts: list[list[int]] = [[] for _ in range(count)]
    for start, end in lines:
        lefts[end].append(start)
        waiting[start] += 1
    column = [0] * count
    free = [card for card in range(count) if not waiting[card]]
    for card in free:  # which grows
        for left in lefts[card]:
            column[left] = max(column[left], column[card] + 1)
            waiting[left] -= 1
            if not waiting[left]:
                free.append(left)
    longest = [0] * count
    for start, end in lines:
        longest[start] = max(longest[start], column[start] - column[end])
    return count + sum(2 * (column[start] - column[end]) - 1 for start, end in lines), count + sum(longest)


def curve(route: Sequence[Corner], *, downwards: bool = False) -> str:
    """Return a route as the path of an SVG, level where it begins, ends and turns; upright, if it leads downwards.

    >>> curve([Corner(0, 5), Corner(20, 5), Corner(40, 15)])
    'M0.0,5.0 L20.0,5.0 C30.0,5.0 30.0,15.0 40.0,15.0'
    """
    first, *rest = route
    parts = [f"M{first.x:.1f},{first.y:.1f}"]
    for before, point in zip(route, rest):
        end = f"{point.x:.1f},{point.y:.1f}"
        if abs(before.x - point.x if downwards else before.y - point.y) < 0.05:
            parts.append(f"L{end}")
        elif downwards:
            middle = f"{(before.y + point.y) / 2:.1f}"
            parts.append(f"C{before.x:.1f},{middle} {point.x:.1f},{middle} {end}")
        else:
            middle = f"{(before.x + point.x) / 2:.1f}"
            parts.append(f"C{middle},{before.y:.1f} {middle},{point.y:.1f} {end}")
    return " ".join(parts)


def _chain(key: Key, around: Mapping[Key, Key]) -> list[Key]:
    """Return a unit and the boxes that it stands in, from the inside out, the whole picture last."""
    found = [key]
    while key in around:
        key = around[key]
        found.append(key)
    return found if found[-1] == TOP else [*found, TOP]


def _steps(edge: Wire, around: Mapping[Key, Key]) -> Iterator[tuple[Key, Key | None, Key | None]]:
    """Yield the levels that an edge leads through, as box and the units in it; None where it crosses the outline."""
    up, down = _chain(("card", edge.start), around), _chain(("card", edge.end), around)
    while len(up) > 1 and len(down) > 1 and up[-2] == down[-2]:
        up.pop()
        down.pop()
    for unit, box in pairwise(up[:-1]):
        yield box, unit, None
    yield up[-1], up[-2], down[-2]
    for unit, box in reversed(list(pairwise(down[:-1]))):
        yield box, None, unit


def _boxes_in_circles(keys: Sequence[Key], edges: Iterable[Wire], around: Mapping[Key, Key]) -> set[Key]:
    """Return the boxes that cannot stand in a column: something between two of their cards is outside of them."""
    after: dict[Key, dict[Key, None]] = {}
    for edge in edges:
        for _, left, right in _steps(edge, around):
            if left is not None and right is not None:
                after.setdefault(left, {})[right] = None
    units = {unit for key in keys for unit in _chain(key, around)}
    waiting = dict.fromkeys(units, 0)
    for rights in after.values():
        for unit in rights:
            waiting[unit] += 1
    free = [unit for unit, count in waiting.items() if not count]
    while free:
        unit = free.pop()
        del waiting[unit]
        for right in after.get(unit, ()):
            waiting[right] -= 1
            if not waiting[right]:
                free.append(right)
    return {unit for unit in waiting if unit[0] == "box"}


class _Layout:
    """The levels of a picture, laid out from the inside out."""

    def __init__(
        self,
        cards: Sequence[Size],
        edges: Sequence[Wire],
        spacing: Spacing,
        keys: Sequence[Key],
        around: Mapping[Key, Key],
    ) -> None:
        self.edges, self.spacing = edges, spacing
        self.units: dict[Key, Unit] = {key: Unit(size) for key, size in zip(keys, cards)}
        self.levels: dict[Key, Level] = {}
        self.members: dict[Key, dict[Key, None]] = {TOP: {}}
        for key in keys:
            chain = _chain(key, around)
            for unit, box in pairwise(chain):
                self.members.setdefault(box, {})[unit] = None
        self.steps = [list(_steps(edge, around)) for edge in edges]
        nets: dict[Key, dict[int, Net]] = {box: {} for box in self.members}
        for number, (edge, steps) in enumerate(zip(edges, self.steps)):
            for box, start, end in steps:
                net = nets[box].setdefault(edge.start, Net(start, {}))
                net.ends.setdefault(end, []).append(number)
        depth = {box: len(_chain(box, around)) for box in self.members}
        for box in sorted(self.members, key=lambda box: -depth[box]):
            self._lay_out(box, nets[box])

    def _lay_out(self, box: Key, nets: Mapping[int, Net]) -> None:
        units = {key: self.units[key] for key in self.members[box]}
        level = self.levels[box] = Level(units, nets, self.edges, self.spacing)
        if box == TOP:
            return
        _, _, margin, above, before = self.spacing
        made = Unit(Size(level.width + 2 * margin + before, level.height + 2 * margin + above))
        made.ports = {card: unit.y + margin + above for card, unit in level.entries.items()}
        made.exits = {card: unit.y + margin + above for card, unit in level.exits.items()}
        self.units[box] = made

    def finished(self) -> Layered:
        """Return the places of everything, from the upper left corner of the whole."""
        _, _, margin, above, before = self.spacing
        corner = {TOP: Corner(0.0, 0.0)}
        cards: dict[int, Rectangle] = {}
        boxes: dict[Hashable, Rectangle] = {}
        waiting = [TOP]
        while waiting:
            box = waiting.pop()
            for key in self.members[box]:
                unit = self.units[key]
                place = Rectangle(corner[box].x + unit.x, corner[box].y + unit.y, *unit.size)
                if key[0] == "card":
                    cards[key[1]] = place  # type: ignore[index] # a number
                else:
                    boxes[key[1]] = place
                    corner[key] = Corner(place.x + margin + before, place.y + margin + above)
                    waiting.append(key)
        routes: list[list[Corner]] = []
        labels: list[Corner | None] = []
        for number, steps in enumerate(self.steps):
            route: list[Corner] = []
            label = None
            for box, _, _ in steps:
                points, middle = self.levels[box].route(self.edges[number].start, number)
                route += [Corner(corner[box].x + x, corner[box].y + y) for x, y in points]
                label = middle and Corner(corner[box].x + middle.x, corner[box].y + middle.y)
            routes.append(_without_repeats(route))
            labels.append(label)
        top = self.levels[TOP]
        return Layered(top.width, top.height, [cards[at] for at in range(len(cards))], boxes, routes, labels)


def _without_repeats(route: Sequence[Corner]) -> list[Corner]:
    return [point for before, point in zip([None, *route], route) if point != before]
