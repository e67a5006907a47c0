"""A layered layout of our own: where no layout program is, and where one would take too long.

Cards stand in columns, each to the left of everything that is computed from it. The method is Sugiyama's: columns from
the longest path to the output; lanes through the columns that an edge leads across, shared by all edges of one card;
an order in each column that leaves few crossings (the average position of the neighbors, swept to and fro); heights
that pull neighbors level. A box around cards is laid out alone and is then one large card of the level around it, so
that boxes never overlap. The time is linear in the cards and lanes.

K. Sugiyama, S. Tagawa, M. Toda: Methods for Visual Understanding of Hierarchical System Structures (1981).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SWEEPS = 12  # over the columns, for their order; of large levels fewer
HEIGHT_SWEEPS = 10
LANE = 8.0  # between two lanes without cards
MANY = 20_000  # cards and lanes of a level that is swept less


class Size(NamedTuple):
    """A width and a height."""

    width: float
    height: float


class Edge(NamedTuple):
    """A line from one card to another, with the size of the label that stands on it."""

    start: int
    end: int
    label: Size | None = None


class Spacing(NamedTuple):
    """The room between columns, between the cards of a column, and inside a box around its cards."""

    beside: float
    below: float
    margin: float
    title: float = 0.0


class Point(NamedTuple):
    """A place, from the upper left corner."""

    x: float
    y: float


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
    routes: list[list[Point]]
    labels: list[Point | None]


def layered(
    cards: Sequence[Size],
    edges: Sequence[Edge],
    spacing: Spacing,
    homes: Mapping[int, Hashable] | None = None,
    within: Mapping[Hashable, Hashable] | None = None,
) -> Layered:
    """Lay out cards, known by their numbers, so that every edge leads from left to right.

    `homes` has the box that a card stands in, `within` the box around a box. The edges form no circle. A box that
    others would have to stand in the middle of is left out; its cards stand in the box around it.

    >>> laid = layered([Size(50, 20), Size(50, 20)], [Edge(0, 1)], Spacing(30, 10, 8))
    >>> laid.cards[0].x, laid.cards[1].x, laid.routes[0][0], laid.routes[0][-1]
    (0.0, 80.0, Point(x=50.0, y=10.0), Point(x=80.0, y=10.0))
    """
    around: dict[Key, Key] = {("card", card): ("box", box) for card, box in (homes or {}).items()}
    around |= {("box", box): ("box", outer) for box, outer in (within or {}).items() if outer is not None}
    keys: list[Key] = [("card", card) for card in range(len(cards))]
    while circular := _boxes_in_circles(keys, edges, around):
        for key, outer in list(around.items()):
            while outer in circular:
                outer = around.get(outer, TOP)
            around[key] = outer
        for box in circular:
            around.pop(box, None)
    return _Layout(cards, edges, spacing, keys, around).finished()


Key = tuple[str, Hashable]  # of a unit: ("card", its number), ("box", its name)
TOP: Key = ("box", None)


def _chain(key: Key, around: Mapping[Key, Key]) -> list[Key]:
    """Return a unit and the boxes that it stands in, from the inside out, the whole picture last."""
    found = [key]
    while key in around:
        key = around[key]
        found.append(key)
    return found if found[-1] == TOP else [*found, TOP]


def _steps(edge: Edge, around: Mapping[Key, Key]) -> Iterator[tuple[Key, Key | None, Key | None]]:
    """Yield the levels that an edge leads through, as box and the units in it; None where it crosses the outline."""
    up, down = _chain(("card", edge.start), around), _chain(("card", edge.end), around)
    while len(up) > 1 and len(down) > 1 and up[-2] == down[-2]:
        up.pop()
        down.pop()
    for unit, box in zip(up, up[1:-1]):
        yield box, unit, None
    yield up[-1], up[-2], down[-2]
    for unit, box in reversed(list(zip(down, down[1:-1]))):
        yield box, None, unit


def _boxes_in_circles(keys: Sequence[Key], edges: Iterable[Edge], around: Mapping[Key, Key]) -> set[Key]:
    """Return the boxes that cannot stand in a column: something between two of their cards is outside of them."""
    after: dict[Key, dict[Key, None]] = {}
    for edge in edges:
        for _, left, right in _steps(edge, around):
            if left is not None and right is not None:
                after.setdefault(left, {})[right] = None
    units = {unit for key in keys for unit in _chain(key, around)}
    waiting = {unit: 0 for unit in units}
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


@dataclass(eq=False, slots=True)
class _Unit:
    """What takes room in a column: a card, a box, a lane, a label, the place where an edge crosses an outline."""

    size: Size
    is_lane: bool = False
    column: int = 0  # counted from the right
    place: float = 0.0  # among the units of its column
    x: float = 0.0
    y: float = 0.0
    lefts: list[_Link] = field(default_factory=list)
    rights: list[_Link] = field(default_factory=list)
    ports: dict[int, float] = field(default_factory=dict)  # of a box: the height at which an edge of a card comes in
    exits: dict[int, float] = field(default_factory=dict)  # and goes out


@dataclass(eq=False, slots=True)
class _Link:
    """A piece of an edge between neighboring columns, and how far below their tops it meets the two units."""

    left: _Unit
    right: _Unit
    out: float
    into: float


class _Net(NamedTuple):
    """The edges of one card in one level: where they begin, and where each of them ends."""

    start: Key | None
    ends: dict[Key | None, list[int]]


class _Layout:
    """The levels of a picture, laid out from the inside out."""

    def __init__(
        self,
        cards: Sequence[Size],
        edges: Sequence[Edge],
        spacing: Spacing,
        keys: Sequence[Key],
        around: Mapping[Key, Key],
    ) -> None:
        self.edges, self.spacing = edges, spacing
        self.units: dict[Key, _Unit] = {key: _Unit(size) for key, size in zip(keys, cards)}
        self.levels: dict[Key, _Level] = {}
        self.members: dict[Key, dict[Key, None]] = {TOP: {}}
        for key in keys:
            chain = _chain(key, around)
            for unit, box in zip(chain, chain[1:]):
                self.members.setdefault(box, {})[unit] = None
        self.steps = [list(_steps(edge, around)) for edge in edges]
        nets: dict[Key, dict[int, _Net]] = {box: {} for box in self.members}
        for number, (edge, steps) in enumerate(zip(edges, self.steps)):
            for box, start, end in steps:
                net = nets[box].setdefault(edge.start, _Net(start, {}))
                net.ends.setdefault(end, []).append(number)
        depth = {box: len(_chain(box, around)) for box in self.members}
        for box in sorted(self.members, key=lambda box: -depth[box]):
            self._lay_out(box, nets[box])

    def _lay_out(self, box: Key, nets: Mapping[int, _Net]) -> None:
        units = {key: self.units[key] for key in self.members[box]}
        level = self.levels[box] = _Level(units, nets, self.edges, self.spacing)
        if box == TOP:
            return
        margin, title = self.spacing.margin, self.spacing.title
        made = _Unit(Size(level.width + 2 * margin, level.height + 2 * margin + title))
        made.ports = {card: unit.y + margin + title for card, unit in level.entries.items()}
        made.exits = {card: unit.y + margin + title for card, unit in level.exits.items()}
        self.units[box] = made

    def finished(self) -> Layered:
        """Return the places of everything, from the upper left corner of the whole."""
        margin, title = self.spacing.margin, self.spacing.title
        corner = {TOP: Point(0.0, 0.0)}
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
                    corner[key] = Point(place.x + margin, place.y + margin + title)
                    waiting.append(key)
        routes: list[list[Point]] = []
        labels: list[Point | None] = []
        for number, steps in enumerate(self.steps):
            route: list[Point] = []
            label = None
            for box, _, _ in steps:
                points, middle = self.levels[box].route(self.edges[number].start, number)
                route += [Point(corner[box].x + x, corner[box].y + y) for x, y in points]
                label = middle and Point(corner[box].x + middle.x, corner[box].y + middle.y)
            routes.append(_without_repeats(route))
            labels.append(label)
        top = self.levels[TOP]
        return Layered(top.width, top.height, [cards[at] for at in range(len(cards))], boxes, routes, labels)


class _Level:
    """The units of one box, or of the whole picture, in columns."""

    def __init__(
        self, units: Mapping[Key, _Unit], nets: Mapping[int, _Net], edges: Sequence[Edge], spacing: Spacing
    ) -> None:
        self.units, self.spacing = units, spacing
        self.entries: dict[int, _Unit] = {}  # where the edges of a card cross the outline on the left
        self.exits: dict[int, _Unit] = {}  # and on the right
        self.columns: dict[int, list[_Unit]] = {}
        self._trunks: dict[int, list[_Link]] = {}  # through the lanes of a card, from left to right
        self._ways: dict[int, tuple[int, list[_Link]]] = {}  # how far an edge follows its trunk, and what comes then
        labels = {n for net in nets.values() for end, ns in net.ends.items() if end for n in ns if edges[n].label}
        labels = {n for n in labels if ("card", edges[n].end) in units}
        self._corners: dict[int, tuple[list[Point], list[tuple[int, Point]]]] = {}
        self._step = 2 if labels else 1  # between cards there is a column of labels
        self._number_columns(nets)
        for card, net in nets.items():
            self._link(card, net, edges, labels)
        self._order()
        self._set_heights()
        self._set_columns()

    def _number_columns(self, nets: Mapping[int, _Net]) -> None:
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
                self.entries[card] = self._add(_Unit(Size(0, 0), is_lane=True), last + self._step)
            if None in net.ends:
                self.exits[card] = self._add(_Unit(Size(0, 0), is_lane=True), -self._step)

    def _add(self, unit: _Unit, column: int) -> _Unit:
        unit.column = column
        self.columns.setdefault(column, []).append(unit)
        return unit

    def _link(self, card: int, net: _Net, edges: Sequence[Edge], labels: set[int]) -> None:
        """Lead the edges of one card through the columns between its ends; they share their lanes."""
        start = self.entries[card] if net.start is None else self.units[net.start]
        lanes = [start]
        trunk = self._trunks[card] = []

        def lane(column: int) -> _Unit:
            while lanes[-1].column > column:
                lanes.append(self._add(_Unit(Size(0, 0), is_lane=True), lanes[-1].column - 1))
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
                    middle = self._add(_Unit(label), target.column + 1)
                    ways = [_join(card, before, middle), _join(card, middle, target)]
                self._ways.update(dict.fromkeys(numbers if is_one else [number], (start.column - before.column, ways)))

    def _order(self) -> None:
        """Order each column so that few edges cross, and spread the edges that come into a card along its left side."""
        numbers = sorted(self.columns)
        seen: dict[_Unit, None] = {}
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

    def _places(self) -> dict[int, list[_Unit]]:
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
            is_last = sweep >= HEIGHT_SWEEPS - 2
            for number in numbers if sweep % 2 == 0 else reversed(numbers):
                column = self.columns[number]
                wanted = []
                for unit in column:
                    lefts = [_level(link.left, link.out) - _level(unit, link.into) + unit.y for link in unit.lefts]
                    rights = [_level(link.right, link.into) - _level(unit, link.out) + unit.y for link in unit.rights]
                    pulls = lefts + rights if is_last else (rights if sweep % 2 == 0 else lefts)
                    wanted.append(sum(pulls) / len(pulls) if pulls else unit.y)
                weights = [4.0 if unit.is_lane else 1.0 for unit in column]
                heights = [unit.size.height for unit in column]
                for unit, y in zip(column, _apart(wanted, weights, heights, self._gaps(column))):
                    unit.y = y
        units = [unit for column in self.columns.values() for unit in column]
        top = min((unit.y for unit in units), default=0.0)
        for unit in units:
            unit.y -= top
        self.height = max((unit.y + unit.size.height for unit in units), default=0.0)

    def _gaps(self, column: Sequence[_Unit]) -> list[float]:
        """Return the room above each unit of a column."""
        pairs = zip(column, column[1:])
        return [0.0, *(LANE if a.is_lane or b.is_lane else self.spacing.below for a, b in pairs)]

    def _set_columns(self) -> None:
        """Put the columns beside each other, each as wide as its widest unit; the outline runs through the outermost."""
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
            unit.x = -margin
        for unit in self.exits.values():
            unit.x = self.width + margin

    def route(self, card: int, number: int) -> tuple[list[Point], Point | None]:
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
        middle = Point(label.x + label.size.width / 2, label.y + label.size.height / 2)
        return found, middle if len(links) == 2 else None

    def _along(self, trunk: Sequence[_Link]) -> tuple[list[Point], list[tuple[int, Point]]]:
        """Return the corners of a trunk; and for each number of links how many corners it has and which is the last."""
        points: list[Point] = []
        ends = [(0, Point(0.0, 0.0))]
        for link in trunk:
            for point in self._piece(link):
                if len(points) > 1 and points[-2].y == points[-1].y == point.y:
                    points[-1] = point  # straight on
                else:
                    points.append(point)
            ends.append((len(points), points[-1]))
        return points, ends

    def _piece(self, link: _Link) -> list[Point]:
        left, right = link.left.y + link.out, link.right.y + link.into
        return self._beside(link.left, left, right_side=True) + self._beside(link.right, right, right_side=False)

    def _beside(self, unit: _Unit, y: float, *, right_side: bool) -> list[Point]:
        """Return where an edge meets a unit and where it meets the side of the column, in the order of the edge."""
        if unit.column not in self._sides:
            return [Point(unit.x, y)]
        side = self._sides[unit.column][right_side]
        here = side if unit.is_lane else unit.x + (unit.size.width if right_side else 0)
        return [Point(here, y), Point(side, y)] if right_side else [Point(side, y), Point(here, y)]


def _join(card: int, left: _Unit, right: _Unit) -> _Link:
    """Lead an edge of a card from one unit to another."""
    out = left.exits.get(card, left.size.height / 2)
    link = _Link(left, right, out, right.ports.get(card, right.size.height / 2))
    left.rights.append(link)
    right.lefts.append(link)
    return link


def _position(unit: _Unit, height: float) -> float:
    """Return the place of an end of an edge in a column: that of the unit, and how far down on it."""
    return unit.place + (height / unit.size.height if unit.size.height else 0.5) * 0.9


def _level(unit: _Unit, height: float) -> float:
    """Return the height at which an edge is level with a unit: the middle of a card, a place on the outline of a box."""
    return unit.y + (height if unit.ports or unit.exits else unit.size.height / 2)


def _number(column: Sequence[_Unit]) -> None:
    for place, unit in enumerate(column):
        unit.place = float(place)


def _discover(first: _Unit, seen: dict[_Unit, None]) -> None:
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


def _without_repeats(route: Sequence[Point]) -> list[Point]:
    return [point for before, point in zip([None, *route], route) if point != before]
