"""What is in a picture of a graph: its items, the boxes around them, and the links between them.

An *item* is a node, or a folded box: the nodes of one use of a neuron or layer as one. A *link*
leads from an item to another and stands for one edge, at a folded box for all edges between the
two. A parameter that feeds one neuron alone is a row of the neuron's item. What is not drawn of a
node's operands is counted. How items look is in `cards` and `drawing`.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.engine.undefined import Undefined
from autograd.engine.value import Value
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from autograd.engine.origins import Scope


class Item:
    """A node, or the nodes of a folded box."""

    __slots__ = ("hidden", "id", "links", "nodes", "outputs", "parameters", "rows", "scope", "within")

    def __init__(self, id: str, within: Scope | None, scope: Scope | None = None) -> None:  # noqa: A002 -- DOT's word
        self.id = id
        self.within = within  # the innermost box that it is drawn in
        self.scope = scope  # what is folded, if it is a folded box
        self.nodes: list[Value] = []  # in the order of computation
        self.outputs: list[Value] = []  # those that are used outside of the box, the first written first
        self.links: list[Link] = []  # those that lead to it
        self.rows: list[tuple[Value, int]] = []  # the edges from parameters that are rows of it
        self.parameters = 0  # leaves that are folded into it
        self.hidden = 0  # operands that are not drawn

    @property
    def node(self) -> Value:
        """The node; of a folded box the last."""
        return self.nodes[-1]


class Link:
    """What joins two items: its edges, each a node and its index, and the one derivative along them if there is one."""

    __slots__ = ("edges", "local", "source", "target")

    def __init__(self, source: Item, target: Item) -> None:
        self.source = source
        self.target = target
        self.edges: list[tuple[Value, int]] = []
        self.local: Any = None


class Scene:
    """The picture of the nodes that are `shown`, of all that are in the order of a graph.

    `fold` is the kind of scope whose uses are folded; `kept` is a leaf that has an item in any case.
    """

    def __init__(
        self, order: Sequence[Value], shown: Collection[Value], fold: str | None = None, kept: Value | None = None
    ) -> None:
        self.items: list[Item] = []
        self.links: list[Link] = []
        self.of: dict[Value, Item] = {}
        self.boxes: dict[Scope, Item] = {}
        self._place(order, shown, fold, kept)
        self._mark_outputs(order)
        self._join(order, shown)

    @cached_property
    def ranks(self) -> dict[Item, int]:
        """How many links lie between each item and the output, where there are several ways the most."""
        rank = dict.fromkeys(self.items, 0)
        for link in reversed(self.links):
            rank[link.source] = max(rank[link.source], rank[link.target] + 1)
        return rank

    def span(self, link: Link) -> int:
        """How many ranks a link leads across."""
        return abs(self.ranks[link.source] - self.ranks[link.target])

    @property
    def work(self) -> int:
        """How much there is to lay out: the items, and the links by the ranks they lead across."""
        return len(self.items) + sum(2 * self.span(link) - 1 for link in self.links)

    @property
    def widest(self) -> int:
        """How many links lead to the items of one rank, where they are most."""
        return max(Counter(self.ranks[link.target] for link in self.links).values(), default=0)

    def _place(self, order: Sequence[Value], shown: Collection[Value], fold: str | None, kept: Value | None) -> None:
        uses = _uses_of_leaves(order)
        folded_away: list[Scope] = []
        for place, node in enumerate(order):
            if node not in shown:
                continue
            scope = to_fold(node, fold)
            if scope is None:
                owners = _owners(uses.get(node, ()), fold) if fold and node is not kept else []
                homes = _owners(uses.get(node, ()), None) if node is not kept or not fold else []
                if owners or (len(homes) == len(uses.get(node, ())) == 1 and node is not kept):
                    folded_away += owners
                    continue
                item = Item(f"n{place}", homes[0] if len(homes) == 1 else node.scope)
            elif scope in self.boxes:
                item = self.boxes[scope]
            else:
                item = self.boxes[scope] = Item(f"n{place}", scope.within, scope)
            if not item.nodes:
                self.items.append(item)
            item.nodes.append(node)
            self.of[node] = item
        for scope in folded_away:
            if scope in self.boxes:
                self.boxes[scope].parameters += 1

    def _mark_outputs(self, order: Sequence[Value]) -> None:
        outputs = {order[-1]} & self.of.keys()
        for node in order:
            item = self.of.get(node)
            outputs.update(v for v in node.parents if v in self.of and self.of[v] is not item)
        for item in self.items:
            item.outputs = [node for node in reversed(item.nodes) if node in outputs]  # as they are written

    def _join(self, order: Sequence[Value], shown: Collection[Value]) -> None:
        merged: dict[tuple[Item, Item], Link] = {}
        for node in order:
            target = self.of.get(node)
            if target is None:
                continue
            for index, (parent, _) in enumerate(node.edges()):
                source = self.of.get(parent)
                if source is None:
                    target.hidden += parent not in shown
                    if parent in shown and target.scope is None:
                        target.rows.append((node, index))
                elif source is not target:
                    at_box = source.scope is not None or target.scope is not None
                    link = merged.get((source, target)) if at_box else None
                    if link is None:
                        link = merged[source, target] = Link(source, target)
                        self.links.append(link)
                        target.links.append(link)
                    link.edges.append((node, index))
        for link in self.links:
            if len(link.edges) == 1:
                node, index = link.edges[0]
                local = node.edges()[index][1]
                onwards = _along(link.target).get(node) if link.target.scope else None
                if link.target.scope is None:
                    link.local = local
                elif onwards is not None and not isinstance(local, Undefined):
                    link.local = onwards * local


def _along(box: Item) -> dict[Value, Any]:
    """For the nodes of a folded box from which one way leads to its one output: the derivative along it."""
    if len(box.outputs) != 1:
        return {}
    output = box.outputs[0]
    found: dict[Value, Any] = {output: type(output.data)() + 1}
    inside = set(box.nodes)
    for node in reversed(box.nodes):
        for parent, local in node.edges():
            if parent in inside and node in found:
                one_way = parent not in found and found[node] is not None and not isinstance(local, Undefined)
                found[parent] = found[node] * local if one_way else None
    return found


def to_fold(node: Value, kind: str | None) -> Scope | None:
    """The outermost scope of that kind which the node was made in."""
    found = None
    scope = node.scope if kind else None
    while scope is not None:
        if scope.kind == kind:
            found = scope
        scope = scope.within
    return found


def _uses_of_leaves(order: Iterable[Value]) -> dict[Value, list[tuple[Value, int]]]:
    """For each leaf that was made in no scope: the nodes that use it, with its place among their operands."""
    uses: dict[Value, list[tuple[Value, int]]] = {}
    for node in order:
        for place, operand in enumerate(node.operands):
            if isinstance(operand, Value) and operand.op is None and operand.scope is None:
                uses.setdefault(operand, []).append((node, place))
    return uses


def _owners(uses: Iterable[tuple[Value, int]], kind: str | None) -> list[Scope]:
    """The scopes that a leaf is a parameter of: uses of one neuron or layer. None if it is more than that.

    A parameter is what an `affine` multiplies an input by, or adds: of other operations nobody
    knows which operand is the input.
    """
    owners: dict[Scope, None] = {}
    for node, place in uses:
        scope = to_fold(node, kind) if kind else node.scope
        is_input = place % 2 == 1 and place < len(node.operands) // 2 * 2
        if scope is None or node.op is not ops.affine or is_input:
            return []
        owners[scope] = None
    return list(owners) if len({_full_name(scope) for scope in owners}) == 1 else []


def _full_name(scope: Scope | None) -> tuple[str, ...]:
    names: list[str] = []
    while scope is not None:
        names.append(scope.name)
        scope = scope.within
    return tuple(names)
