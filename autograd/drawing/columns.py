"""One level of a layered layout: cards, boxes, lanes and labels in columns.

Columns come from the longest path to the output. An edge that leads across columns has a lane through each, shared by
all edges of one card. The order in a column leaves few crossings (the average position of the neighbors, swept to and
fro); heights pull neighbors level, as far as there is room. The time is linear in the units.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

SWEEPS = 12  # over the columns, for their order; of large levels fewer
HEIGHT_SWEEPS = 10
LANE = 8.0  # between two lanes without cards
MANY = 20_000  # cards and lanes of a level that is swept less


class Size(NamedTuple):
    """A width and a height."""

    width: float
    height: float


class Wire(NamedTuple):
    """A line from one card to another, with the size of the label that stands on it."""

    start: int
    end: int
    label: Size | None = None


class Spacing(NamedTuple):
    """The room between columns, between the cards of a column, and inside a box around, above and before its cards."""

    beside: float
    below: float
    margin: float
    above: float = 0.0
    before: float = 0.0


class Corner(NamedTuple):
    """A place, from the upper left corner."""

    x: float
    y: float


Key: TypeAlias = "tuple[str, Hashable]"  # of a unit: ("card", its number), ("box", its name)


@dataclass(eq=False, slots=True)
class Unit:
    """A thing that takes room in a column: a card, a box, a lane, a label, or where an edge crosses an outline."""

    size: Size
    is_lane: bool = False
    is_label: bool = False
    column: int = 0  # counted from the right
    place: float = 0.0  # among the units of its column
    x: float = 0.0
    y: float = 0.0
    lefts: list[Link] = field(default_factory=list)
    rights: list[Link] = field(default_factory=list)
    ports: dict[int, float] = field(default_factory=dict)  # of a box: the height at which an edge of a card comes in
    exits: dict[int, float] = field(default_factory=dict)  # and goes out


@dataclass(eq=False, slots=True)
class Link:
    """A piece of an edge between neighboring columns, and how far below their tops it meets the two units."""

    left: Unit
    right: Unit
    out: float
    into: float


class Net(NamedTuple):
    """The edges of one card in one level: where they begin, and where each of them ends."""

    start: Key | None
    ends: dict[Key | None, list[int]]


class Level:
    """The units of one box, or of the whole picture, in columns."""

    def __init__(
        self, units: Mapping[Key, Unit], nets: Mapping[int, Net], edges: Sequence[Wire], spacing: Spacing
    ) -> None:
        self.units, self.spacing = units, spacing
        self.entries: dict[int, Unit] = {}  # where the edges of a card cross the outline on the left
        self.exits: dict[int, Unit] = {}  # and on the right
        self.columns: dict[int, list[Unit]] = {}
        self._trunks: dict[int, list[Link]] = {}  # through the lanes of a card, from left to right
        self._ways: dict[int, tuple[int, list[Link]]] = {}  # how far an edge follows its trunk, and what comes then
        labels = {n for net in nets.values() for end, ns in net.ends.items() if end for n in ns if edges[n].label}
        labels = {n for n in labels if ("card", edges[n].end) in units}
        self._corners: dict[int, tuple[list[Corner], list[tuple[int, Corner]]]] = {}
        self._step = 2 if labels else 1  # between cards there is a column of labels
        self._number_columns(nets)
        for card, net in nets.items():
            self._link(card, net, edges, labels)
        self._order()
        self._set_heights()
        self._set_columns()

    def _number_columns(self, nets: Mapping[int, Net]) -> None:
        """Put each unit as far to the right as what is computed from it allows."""
        lefts: dict[Key, dict[Key, None]] = {}
        count = dict.fromkeys(self.units, 0)
        for net in nets.values():
            for end in net.ends:
                if net.start is not None and end is not None and net.start not in lefts.setdefault(end, {}):
                    lefts[end][net.start] = None
                    count[net.start] += 1
        free = [key for key, rights in count.items() if not rights]
        for key in free:  # which grows
            for left in lefts.get(key, ()):
                self.units[left].column = max(self.units[left].column, self.units[key].column + self._step)
                count[left] -= 1
                if not count[left]:
                    free.append(left)
        last = max((unit.column for unit in self.units.values()), default=0)
        for key in self.units:
            self._add(self.units[key], self.units[key].column)
        for card, net in nets.items():
            if net.start is None:
                self.entries[card] = self._add(Unit(Size(0, 0), is_lane=True), last + self._step)
            if None in net.ends:
                self.exits[card] = self._add(Unit(Size(0, 0), is_lane=True), -self._step)

    def _add(self, unit: Unit, column: int) -> Unit:
        unit.column = column
        self.columns.setdefault(column, []).append(unit)
        return unit

    def _link(self, card: int, net: Net, edges: Sequence[Wire], labels: set[int]) -> None:
        """Lead the edges of one card through the columns between its ends; they share their lanes."""
        start = self.entries[card] if net.start is None else self.units[net.start]
        lanes = [start]
        trunk = self._trunks[card] = []

        def lane(column: int) -> Unit:
            while lanes[-1].column > column:
                lanes.append(self._add(Unit(Size(0, 0), is_lane=True), lanes[-1].column - 1))
                trunk.append(_join(card, *lanes[-2:]))
            return lanes[start.column - column]

        for end, numbers in net.ends.items():
            target = self.exits[card] if end is None else self.units[end]
            is_one = end is None or end[0] == "box"  # where all of them come in or go out together
            for number in numbers[:1] if is_one else numbers:
                label = edges[number].label if number in labels else None
                before = lane(target.column + (1 if label is None else 2))
                if label is None:
                    ways = [_join(card, before, target)]
                else:
                    middle = self._add(Unit(label, is_label=True), target.column + 1)
                    ways = [_join(card, before, middle), _join(card, middle, target)]
                self._ways.update(dict.fromkeys(numbers if is_one else [number], (start.column - before.column, ways)))

    def _order(self) -> None:
        """Order each column so that few edges cross, and spread the edges that come into a card along its left side."""
        numbers = sorted(self.columns)
        seen: dict[Unit, None] = {}
        for number in numbers:  # the first order: each unit after what is above it, seen from the output
            for unit in self.columns[number]:
                _discover(unit, seen)
        self.columns = {number: [] for number in numbers}
        for unit in seen:
            self.columns[unit.column].append(unit)
        for column in self.columns.values():
            _number(column)
        size = sum(map(len, self.columns.values()))
        best, fewest = self._places(), self._crossings()
        for sweep in range(SWEEPS if size < MANY else 2):
            if not fewest:
                break
            to_the_left = sweep % 2 == 0
            for number in numbers[1:] if to_the_left else numbers[-2::-1]:
                column = self.columns[number]
                for unit in column:
                    links = unit.rights if to_the_left else unit.lefts
                    if links:
                        ends = [(link.right, link.into) if to_the_left else (link.left, link.out) for link in links]
                        unit.place = sum(_position(other, height) for other, height in ends) / len(ends)
                column.sort(key=lambda unit: unit.place)
                _number(column)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = self._places(), crossings
        for number, column in best.items():
            self.columns[number] = column
            _number(column)
        for unit in self.units.values():
            if not unit.ports:
                unit.lefts.sort(key=lambda link: _position(link.left, link.out))
                for at, link in enumerate(unit.lefts, start=1):
                    link.into = unit.size.height * at / (len(unit.lefts) + 1)

    def _places(self) -> dict[int, list[Unit]]:
        return {number: list(column) for number, column in self.columns.items()}

    def _crossings(self) -> int:
        """Return how many pairs of edges cross between neighboring columns."""
        found = 0
        for column in self.columns.values():
            ends: list[tuple[float, float]] = []
            for unit in column:
                ends += [(_position(unit, link.out), _position(link.right, link.into)) for link in unit.rights]
            ends.sort()
            below: list[float] = []  # the right ends so far, in order
            for _, end in ends:
                at = bisect_right(below, end)
                found += len(below) - at
                below.insert(at, end)
        return found

    def _set_heights(self) -> None:
        """Move the units of each column to where their edges are level, as far as there is room."""
        numbers = sorted(self.columns)
        for column in self.columns.values():
            at = 0.0
            for unit, gap in zip(column, self._gaps(column)):
                at += gap
                unit.y = at
                at += unit.size.height
        for sweep in range(HEIGHT_SWEEPS):
            for number in numbers if sweep % 2 == 0 else reversed(numbers):
                column = self.columns[number]
                wanted = []
                for unit in column:
                    pulls = [_level(link.left, link.out) - _level(unit, link.into) for link in _pulling(unit.lefts)]
                    pulls += [_level(link.right, link.into) - _level(unit, link.out) for link in _pulling(unit.rights)]
                    wanted.append(unit.y + sum(pulls) / len(pulls) if pulls else unit.y)
                weights = [4.0 if unit.is_lane else 1.0 for unit in column]
                heights = [unit.size.height for unit in column]
                for unit, y in zip(column, _apart(wanted, weights, heights, self._gaps(column))):
                    unit.y = y
        units = [unit for column in self.columns.values() for unit in column]
        _level_out(units)
        top = min((unit.y for unit in units), default=0.0)
        for unit in units:
            unit.y -= top
        self.height = max((unit.y + unit.size.height for unit in units), default=0.0)

    def _gaps(self, column: Sequence[Unit]) -> list[float]:
        """Return the room above each unit of a column."""
        pairs = pairwise(column)
        return [0.0, *(LANE if a.is_lane or b.is_lane else self.spacing.below for a, b in pairs)]

    def _set_columns(self) -> None:
        """Put the columns beside each other, each as wide as its widest unit; edges cross the outline around them."""
        x = 0.0
        self._sides: dict[int, tuple[float, float]] = {}
        margin = self.spacing.margin
        ordered = sorted(self.columns, reverse=True)
        outer = {unit.column for unit in (*self.entries.values(), *self.exits.values())}
        inner = [number for number in ordered if number not in outer]
        for number in inner:
            wide = max((unit.size.width for unit in self.columns[number]), default=0.0)
            self._sides[number] = x, x + wide
            for unit in self.columns[number]:
                unit.x = x + (wide - unit.size.width) / 2
            x += wide + self.spacing.beside / self._step
        self.width = max((end for _, end in self._sides.values()), default=0.0)
        for unit in self.entries.values():
            unit.x = -margin - self.spacing.before
        for unit in self.exits.values():
            unit.x = self.width + margin

    def route(self, card: int, number: int) -> tuple[list[Corner], Corner | None]:
        """Return the corners of an edge in this level, and the middle of its label."""
        if card not in self._corners:
            self._corners[card] = self._along(self._trunks[card])
        length, links = self._ways[number]
        points, ends = self._corners[card]
        count, last = ends[length]
        found = [*points[: count - 1], last] if count else []
        for link in links:
            found += self._piece(link)
        label = links[0].right
        middle = Corner(label.x + label.size.width / 2, label.y + label.size.height / 2)
        return found, middle if len(links) == 2 else None

    def _along(self, trunk: Sequence[Link]) -> tuple[list[Corner], list[tuple[int, Corner]]]:
        """Return the corners of a trunk; and for each number of links how many corners it has and which is the last."""
        points: list[Corner] = []
        ends = [(0, Corner(0.0, 0.0))]
        for link in trunk:
            for point in self._piece(link):
                if len(points) > 1 and points[-2].y == points[-1].y == point.y:
                    points[-1] = point  # straight on
                else:
                    points.append(point)
            ends.append((len(points), points[-1]))
        return points, ends

    def _piece(self, link: Link) -> list[Corner]:
        left, right = link.left.y + link.out, link.right.y + link.into
        return self._beside(link.left, left, right_side=True) + self._beside(link.right, right, right_side=False)

    def _beside(self, unit: Unit, y: float, *, right_side: bool) -> list[Corner]:
        """Return where an edge meets a unit and where it meets the side of the column, in the order of the edge."""
        if unit.column not in self._sides:
            return [Corner(unit.x, y)]
        side = self._sides[unit.column][right_side]
        here = side if unit.is_lane else unit.x + (unit.size.width if right_side else 0)
        return [Corner(here, y), Corner(side, y)] if right_side else [Corner(side, y), Corner(here, y)]


def _pulling(links: Sequence[Link]) -> list[Link]:
    """Return the links that pull a unit level, those between two lanes three times: long edges are to be straight."""
    return [link for link in links for _ in range(3 if link.left.is_lane and link.right.is_lane else 1)]


def _join(card: int, left: Unit, right: Unit) -> Link:
    """Lead an edge of a card from one unit to another; below a label, whose text stands above the line."""
    out, into = (unit.size.height * (1.0 if unit.is_label else 0.5) for unit in (left, right))
    link = Link(left, right, left.exits.get(card, out), right.ports.get(card, into))
    left.rights.append(link)
    right.lefts.append(link)
    return link


def _position(unit: Unit, height: float) -> float:
    """Return the place of an end of an edge in a column: that of the unit, and how far down on it."""
    return unit.place + (height / unit.size.height if unit.size.height else 0.5) * 0.9


def _level(unit: Unit, height: float) -> float:
    """Return the height at which an edge is level with a unit: the middle of a card, or a place on a box's outline."""
    return unit.y + (height if unit.ports or unit.exits or unit.is_label else unit.size.height / 2)


def _level_out(units: Sequence[Unit]) -> None:
    """Take a steady slope out of the heights, if the whole is lower without it: long chains drift."""
    middle = sum(unit.column for unit in units) / max(1, len(units))
    spread = sum((unit.column - middle) ** 2 for unit in units)
    if not spread:
        return
    centers = [unit.y + unit.size.height / 2 for unit in units]
    slope = sum((unit.column - middle) * y for unit, y in zip(units, centers)) / spread
    level = [y - slope * unit.column for unit, y in zip(units, centers)]
    if max(level) - min(level) < max(centers) - min(centers):
        for unit in units:
            unit.y -= slope * unit.column


def _number(column: Sequence[Unit]) -> None:
    for place, unit in enumerate(column):
        unit.place = float(place)


def _discover(first: Unit, seen: dict[Unit, None]) -> None:
    """Add a unit and those to its left that are new, the uppermost operand first."""
    waiting = [first]
    while waiting:
        unit = waiting.pop()
        if unit not in seen:
            seen[unit] = None
            waiting.extend(link.left for link in reversed(unit.lefts))


def _apart(
    wanted: Sequence[float], weights: Sequence[float], heights: Sequence[float], gaps: Sequence[float]
) -> list[float]:
    """Return tops as near to the wanted ones as the heights and gaps allow: the least squares, pooled where they meet.

    >>> _apart([0, 0, 50], [1, 1, 1], [10, 10, 10], [0, 10, 10])
    [-10.0, 10.0, 50.0]
    """
    pools: list[tuple[float, float, int]] = []  # of neighbors that touch: mean, weight, count
    offsets, at = [], 0.0
    for place, (want, weight, height) in enumerate(zip(wanted, weights, heights)):
        at += gaps[place]
        offsets.append(at)
        mean, count = want - at, 1
        at += height
        while pools and pools[-1][0] > mean:
            other, heavy, many = pools.pop()
            mean = (mean * weight + other * heavy) / (weight + heavy)
            weight += heavy  # noqa: PLW2901 -- of the pool
            count += many
        pools.append((mean, weight, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets)]
