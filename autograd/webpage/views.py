"""The places of everything on a page: with every node on a card of its own, with groups folded, and inside each group.

A *unit* is known by its number: nodes come first, as they are numbered on the page, and then the groups. A line stands
for all edges between two units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.drawing.columns import Size, Wire
from autograd.drawing.layered import curve, layered, layout_work
from autograd.formatting import escapes
from autograd.webpage.groups import MAX_ENTRIES, units_of
from autograd.webpage.layout import SPACING, Card, layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.drawing.layered import Layered
    from autograd.engine.graph import Graph
    from autograd.engine.origins import Scope
    from autograd.webpage.groups import Group

MAX_OPENED = 3000  # of the lines between all nodes: of a larger graph, one group after the other is opened
TITLE = 16  # pixels over the cards of an open group, for its name

Edge = tuple[int, int]  # the node that an edge leads to, and its place among the edges of that node


class Views:
    """The views of one graph, for cards with the text of each node."""

    def __init__(self, graph: Graph, cards: Sequence[Card], groups: Sequence[Group]) -> None:
        self.cards, self.groups = [*cards, *map(group_card, groups)], groups
        self.nodes = graph.order[::-1]
        number: dict[Any, int] = {unit: at for at, unit in enumerate([*self.nodes, *groups])}
        self.parents = [[number[parent] for parent in node.parents] for node in self.nodes]
        homes = units_of(graph, groups)
        self.units = [number[homes[node]] for node in self.nodes]
        self.members = [[number[node] for node in group.members] for group in groups]
        self._layouts: dict[Any, Layered] = {}  # of the insides of groups: neurons of a layer are alike

    def opened(self) -> dict[str, Any] | None:
        """Return the view of every node on a card of its own; None where it is large and can be folded."""
        between = [(parent, at) for at, parents in enumerate(self.parents) for parent in parents]
        if self.groups and layout_work(len(self.nodes), between)[1] > MAX_OPENED:
            return None
        edges = [(at, index) for at, parents in enumerate(self.parents) for index in range(len(parents))]
        lines = [(self.parents[at][index], at, [(at, index)]) for at, index in edges]
        return self._view(range(len(self.nodes)), lines)

    def folded(self) -> dict[str, Any]:
        """Return the view in which every group is folded."""
        lines: dict[tuple[int, int], list[Edge]] = {}
        for at, parents in enumerate(self.parents):
            for index, parent in enumerate(parents):
                ends = (self.units[parent], self.units[at])
                if ends[0] != ends[1]:
                    lines.setdefault(ends, []).append((at, index))
        return self._view(sorted(set(self.units)), [(*ends, edges) for ends, edges in lines.items()])

    def _view(self, units: Sequence[int], lines: Sequence[tuple[int, int, list[Edge]]]) -> dict[str, Any]:
        place = {unit: at for at, unit in enumerate(units)}
        scopes: dict[int, Scope] = {}
        for unit, at in place.items():
            scope = self.nodes[unit].scope if unit < len(self.nodes) else self.groups[unit - len(self.nodes)].scope
            if scope is not None:
                scopes[at] = scope
        ends = [(place[start], place[end]) for start, end, _ in lines]
        laid = layout([self.cards[unit] for unit in units], ends, scopes)
        return {
            "size": [laid.width, laid.height],
            "frames": [[*box[:4], escapes.plain(box.name)] for box in laid.boxes],
            "places": [[unit, *box[:2]] for unit, box in zip(units, laid.cards)],
            "lines": [[path, *line] for path, line in zip(laid.lines, lines)],
        }

    def insides(self) -> list[dict[str, Any]]:
        """Return the places inside of each group, from the upper left corner of its outline.

        The lines are those of the edges that touch its nodes. One from outside begins on the left of the outline, at
        the height that `ins` has for its unit; one to the outside ends on the right.
        """
        touching: list[list[Edge]] = [[] for _ in self.groups]
        for at, parents in enumerate(self.parents):
            for index, parent in enumerate(parents):
                for unit in {self.units[parent], self.units[at]}:
                    if unit >= len(self.nodes):
                        touching[unit - len(self.nodes)].append((at, index))
        return [self._inside(members, edges) for members, edges in zip(self.members, touching)]

    def _inside(self, members: Sequence[int], edges: Sequence[Edge]) -> dict[str, Any]:
        """Lay out one group, with a point outside for each unit that it is connected with."""
        place = {at: position for position, at in enumerate(members)}
        points: dict[int, int] = {}
        wires = []
        for at, index in edges:
            ends = (self.parents[at][index], at)
            start, end = (
                place[each] if each in place else points.setdefault(self.units[each], len(members) + len(points))
                for each in ends
            )
            wires.append(Wire(start, end))
        sizes = [Size(*self.cards[at].size) for at in members] + [Size(0, 0)] * len(points)
        laid = self._layouts.get(alike := (tuple(sizes), tuple(wires)))
        if laid is None:
            homes = dict.fromkeys(range(len(members)), "")
            laid = self._layouts[alike] = layered(sizes, wires, SPACING._replace(above=TITLE), homes)
        x, y, wide, high = laid.boxes[""]
        unit_of = {point: unit for unit, point in points.items()}
        ins: dict[int, float] = {}
        lines = []
        for edge, wire, route in zip(edges, wires, laid.routes):
            kept = [point._replace(x=point.x - x, y=point.y - y) for point in route if x <= point.x <= x + wide]
            if wire.start in unit_of:
                ins[unit_of[wire.start]] = round(kept[0].y, 1)
            lines.append([curve(kept), *edge])
        places = [[at, round(card.x - x, 1), round(card.y - y, 1)] for at, card in zip(members, laid.cards)]
        return {"size": [round(wide, 1), round(high, 1)], "places": places, "lines": lines, "ins": ins}


def group_card(group: Group) -> Card:
    """Return the text that decides the size of a folded card."""
    rows = min(len(group.entries), MAX_ENTRIES) + (len(group.entries) > MAX_ENTRIES)
    return Card(group.name, group.made, rows)
