"""The positions of the cards of a page and of the lines between them.

Graphviz computes positions only. The cards are empty boxes of the size that their text needs, so no
label ever reaches it. Where it is missing or would take long, `drawing.layered` computes them. All lengths are in
pixels.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from autograd.drawing import renderers
from autograd.drawing.columns import Size, Spacing, Wire
from autograd.drawing.dot_graph import scopes_around
from autograd.drawing.layered import curve, layered, layout_work
from autograd.errors import RenderError
from autograd.formatting.terminal import width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.engine.origins import Scope

MIN_WIDTH, MAX_WIDTH = 138, 220  # of a card
LINE, MARGIN = 16, 10
BOLD, PLAIN = 7.9, 6.5  # pixels of a letter, on average, in a card's first and second line
GRIP = 16  # the sign beside a leaf's name that it can be dragged
BESIDE = 60  # between two ranks, where a local derivative has its place
BELOW = 14
AROUND = 14  # between a box and the cards in it


class Card(NamedTuple):
    """The text that decides the size of a card: its name, and the second line under it, if it has one."""

    name: str
    made: str

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height.

        >>> Card("w1", "").size, Card("o1", "σ(net_o1)").size
        ((138, 56), (138, 72))
        """
        wide = max(width(self.name) * BOLD + (0 if self.made else GRIP), width(self.made) * PLAIN) + 2 * MARGIN
        return round(min(MAX_WIDTH, max(MIN_WIDTH, wide))), 3 * LINE + 8 + (LINE if self.made else 0)


class Box(NamedTuple):
    """A rectangle by its upper left corner, with the name written in it."""

    x: float
    y: float
    width: float
    height: float
    name: str = ""


Corners = tuple[float, float, float, float]


class PageLayout(NamedTuple):
    """The positions of the cards, the paths of the lines, the boxes around neurons and layers."""

    width: float
    height: float
    cards: list[Box]
    lines: list[str]
    boxes: list[Box]


def layout(cards: Sequence[Card], lines: Sequence[tuple[int, int]], scopes: Mapping[int, Scope]) -> PageLayout:
    """Lay out cards, known by their numbers, with lines from one to another.

    >>> laid = layout([Card("y", "x²"), Card("x", "")], [(1, 0)], {})
    >>> [(box.width, box.height) for box in laid.cards], laid.cards[1].x < laid.cards[0].x
    ([(138, 72), (138, 56)], True)
    """
    homes = _clusters(scopes)
    if layout_work(len(cards), lines)[0] > renderers.MAX_WORK:
        return _in_columns(cards, lines, scopes, homes)
    try:
        svg = renderers.render(_source(cards, lines, homes), "svg").decode()
    except RenderError:
        return _in_columns(cards, lines, scopes, homes)
    try:
        return _read(svg, cards, len(lines), homes)
    except (KeyError, ValueError, AttributeError):
        message = "the layout program answered in an unknown form; graphviz-pure 0.2.2 or later is known"
        raise RenderError(message) from None


def _in_columns(
    cards: Sequence[Card],
    lines: Sequence[tuple[int, int]],
    scopes: Mapping[int, Scope],
    homes: Mapping[Scope, list[int]],
) -> PageLayout:
    """Lay out cards without a program."""
    spacing = Spacing(BESIDE, BELOW, AROUND)
    sizes = [Size(*card.size) for card in cards]
    laid = layered(sizes, [Wire(*line) for line in lines], spacing, scopes, {scope: scope.within for scope in homes})

    def box(place: Corners, name: str = "") -> Box:
        x, y, wide, high = (round(length, 1) for length in place)
        return Box(x, y, wide, high, name)

    boxes = [box(laid.boxes[scope], scope.name) for scope in homes if scope in laid.boxes]
    routes = [curve(route) for route in laid.routes]
    return PageLayout(round(laid.width, 1), round(laid.height, 1), [box(place) for place in laid.cards], routes, boxes)


def _clusters(scopes: Mapping[int, Scope]) -> dict[Scope, list[int]]:
    """Return each box with the cards directly in it, an outer box before those inside it."""
    homes: dict[Scope, list[int]] = {}
    for card, scope in scopes.items():
        for each in reversed(scopes_around(scope)):
            homes.setdefault(each, [])
        homes[scope].append(card)
    return homes


def _source(cards: Sequence[Card], lines: Sequence[tuple[int, int]], homes: Mapping[Scope, list[int]]) -> str:
    inside = {card for members in homes.values() for card in members}
    numbers = {scope: number for number, scope in enumerate(homes)}

    def node(card: int) -> str:
        wide, high = cards[card].size
        return f"n{card} [width={wide / 72:.4f} height={high / 72:.4f}]"

    def filled(scope: Scope) -> str:
        parts = [node(card) for card in homes[scope]]
        parts += [filled(other) for other in homes if other.within is scope]
        return f"subgraph cluster_{numbers[scope]} {{ margin={AROUND} {'; '.join(parts)} }}"

    parts = [f"digraph {{ rankdir=LR nodesep={BELOW / 72:.3f} ranksep={BESIDE / 72:.3f}"]
    parts += ['node [shape=box fixedsize=true label=""] edge [dir=none]']
    parts += [node(card) for card in range(len(cards)) if card not in inside]
    parts += [filled(scope) for scope in homes if scope.within not in homes]
    parts += [f"n{start} -> n{end} [id=e{number}]" for number, (start, end) in enumerate(lines)]
    return "\n".join([*parts, "}"])


_GROUP = re.compile(r'<g id="[^"]*" class="(node|edge|cluster)">\s*<title>([^<]*)</title>(.*?)</g>', re.DOTALL)
_EDGE = re.compile(r'<g id="e(\d+)" class="edge">.*?<path [^>]*\bd="([^"]*)"', re.DOTALL)
_POINTS = re.compile(r'points="([^"]*)"')
_PAIR = re.compile(r"(-?[\d.]+),(-?[\d.]+)")


def _read(svg: str, cards: Sequence[Card], count: int, homes: Mapping[Scope, list[int]]) -> PageLayout:
    places: dict[str, Corners] = {}
    clusters: dict[str, Corners] = {}
    for kind, title, body in _GROUP.findall(svg):
        if kind == "edge":
            continue
        points = [(float(x), float(y)) for x, y in _PAIR.findall(_POINTS.search(body)[1])]  # type: ignore[index] # a polygon
        xs, ys = [x for x, _ in points], [y for _, y in points]
        (places if kind == "node" else clusters)[title] = (min(xs), min(ys), max(xs), max(ys))
    everything = [*places.values(), *clusters.values()]
    left, top = min(box[0] for box in everything), min(box[1] for box in everything)
    right, bottom = max(box[2] for box in everything), max(box[3] for box in everything)

    def moved(path: str) -> str:
        return _PAIR.sub(lambda pair: f"{float(pair[1]) - left:.1f},{float(pair[2]) - top:.1f}", path)

    lines = {int(number): moved(path) for number, path in _EDGE.findall(svg)}

    def corner(place: Corners) -> tuple[float, float]:
        return round(place[0] - left, 1), round(place[1] - top, 1)

    found = [Box(*corner(places[f"n{number}"]), *card.size) for number, card in enumerate(cards)]
    boxes = []
    for number, scope in enumerate(homes):
        x, y, x_end, y_end = place = clusters[f"cluster_{number}"]
        boxes.append(Box(*corner(place), round(x_end - x, 1), round(y_end - y, 1), scope.name))
    return PageLayout(round(right - left, 1), round(bottom - top, 1), found, [lines[n] for n in range(count)], boxes)
