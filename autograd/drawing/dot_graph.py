"""The nodes and edges of a picture, and the boxes around them, before they are text.

A `DotNode` stands for one node of the graph, for a node with what is folded into it, or for a *folded box*: all
nodes of one use of a neuron or layer. A `DotEdge` stands for one edge of the graph, and where something is folded for
all edges between the two. A parameter that feeds one neuron alone is a row in the card of that neuron. Operands that
are not drawn are counted. `overlays` and `cards` decide how all this looks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.drawing.folding import derivatives_inside
from autograd.engine.value import Value
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from autograd.drawing.folding import Fold
    from autograd.engine.origins import Scope


@dataclass(eq=False, slots=True)
class DotNode:
    """A node of the picture: one Value, one with those that are folded into it, or the Values of a folded box."""

    id: str
    within: Scope | None  # the innermost box that it is drawn in
    scope: Scope | None = None  # what is folded, if it is a folded box
    formula: str = ""  # of what is no folded box and no leaf
    values: list[Value] = field(default_factory=list)  # in the order of computation
    outputs: list[Value] = field(default_factory=list)  # those used outside of the box, the first written first
    incoming: list[DotEdge] = field(default_factory=list)
    locals: dict[Value, Any] = field(default_factory=dict)  # of its one output, by what it is computed from
    rows: list[Value] = field(default_factory=list)  # parameters that are rows of its card
    parameters: int = 0  # leaves that are folded into it
    hidden: int = 0  # operands that are not drawn

    @property
    def value(self) -> Value:
        """The Value; of several the last."""
        return self.values[-1]

    @property
    def is_single(self) -> bool:
        """True if it stands for one Value, with nothing folded into it."""
        return self.scope is None and len(self.values) == 1


@dataclass(eq=False, slots=True)
class DotEdge:
    """An edge of the picture: the edges it stands for, each as node and index, and their one derivative or None."""

    source: DotNode
    target: DotNode
    edges: list[tuple[Value, int]] = field(default_factory=list)
    local: Any = None


class DotGraph:
    """The picture of the nodes that are `shown`, out of the order of a graph.

    `folds` are the nodes that others are folded into, `kind` is the kind of scope whose uses are folded, `kept` is a
    leaf that is drawn as a node in any case.
    """

    def __init__(
        self,
        order: Sequence[Value],
        shown: Collection[Value],
        folds: Mapping[Value, Fold],
        kind: str | None = None,
        kept: Value | None = None,
    ) -> None:
        self.kind = kind
        self.nodes: list[DotNode] = []
        self.edges: list[DotEdge] = []
        self.of: dict[Value, DotNode] = {}
        self.boxes: dict[Scope, DotNode] = {}
        self._place(order, shown, folds, kind, kept)
        self._mark_outputs(order)
        self._connect(order, shown)

    @cached_property
    def ranks(self) -> dict[DotNode, int]:
        """The largest number of edges between each node and the output."""
        rank = dict.fromkeys(self.nodes, 0)
        for edge in reversed(self.edges):
            rank[edge.source] = max(rank[edge.source], rank[edge.target] + 1)
        return rank

    def span(self, edge: DotEdge) -> int:
        """Return the number of ranks that an edge leads across."""
        return abs(self.ranks[edge.source] - self.ranks[edge.target])

    @property
    def work(self) -> int:
        """The work of the layout program: the nodes, and the edges by the ranks they lead across."""
        return len(self.nodes) + sum(2 * self.span(edge) - 1 for edge in self.edges)

    @property
    def lanes(self) -> int:
        """The work of a layout in columns, where the edges of one node share their lanes."""
        longest = dict.fromkeys(self.nodes, 0)
        for edge in self.edges:
            longest[edge.source] = max(longest[edge.source], self.span(edge))
        return len(self.nodes) + sum(longest.values())

    @property
    def deepest(self) -> int:
        """The number of ranks."""
        return max(self.ranks.values(), default=0) + 1

    @property
    def broadest(self) -> int:
        """The largest number of nodes in one rank."""
        return max(Counter(self.ranks.values()).values(), default=0)

    @property
    def widest(self) -> int:
        """The largest number of edges that lead to the nodes of one rank."""
        return max(Counter(self.ranks[edge.target] for edge in self.edges).values(), default=0)

    def _place(
        self,
        order: Sequence[Value],
        shown: Collection[Value],
        folds: Mapping[Value, Fold],
        kind: str | None,
        kept: Value | None,
    ) -> None:
        uses = _uses_of_leaves(order)
        home_of = {member: fold.node for fold in folds.values() for member in fold.members}
        folded_away: list[Scope] = []
        inside: dict[Value, list[Value]] = {}  # what is folded into a node that is still to come
        for place, value in enumerate(order):
            if value not in shown:
                continue
            scope = scope_to_fold(value, kind)
            if scope is None and home_of[value] is not value:
                inside.setdefault(home_of[value], []).append(value)
                continue
            if scope is None:
                owners = _owners(uses.get(value, ()), kind) if kind and value is not kept else []
                homes = _owners(uses.get(value, ()), None) if value is not kept or not kind else []
                if owners or (len(homes) == len(uses.get(value, ())) == 1 and value is not kept):
                    folded_away += owners
                    continue
                within = homes[0] if len(homes) == 1 else value.scope
                node = DotNode(f"n{place}", within, formula=folds[value].formula)
            elif scope in self.boxes:
                node = self.boxes[scope]
            else:
                node = self.boxes[scope] = DotNode(f"n{place}", scope.within, scope)
            if not node.values:
                self.nodes.append(node)
            node.values += [*inside.get(value, ()), value]
            self.of |= dict.fromkeys(node.values, node)
        for scope in folded_away:
            if scope in self.boxes:
                self.boxes[scope].parameters += 1

    def _mark_outputs(self, order: Sequence[Value]) -> None:
        outputs = {order[-1]} & self.of.keys()
        for value in order:
            node = self.of.get(value)
            outputs.update(v for v in value.parents if v in self.of and self.of[v] is not node)
        for node in self.nodes:
            node.outputs = [value for value in reversed(node.values) if value in outputs]  # as they are written
            if len(node.outputs) == 1 or node.is_single:
                node.locals = derivatives_inside(node.values)

    def _connect(self, order: Sequence[Value], shown: Collection[Value]) -> None:
        merged: dict[tuple[DotNode, DotNode], DotEdge] = {}
        for value in order:
            target = self.of.get(value)
            if target is None:
                continue
            for index, (parent, local) in enumerate(value.edges()):
                source = self.of.get(parent)
                if source is None:
                    target.hidden += parent not in shown
                    if parent in shown and target.scope is None and parent not in target.rows:
                        target.rows.append(parent)
                elif source is not target:
                    is_one = source.scope is None and target.is_single
                    edge = None if is_one else merged.get((source, target))
                    if edge is None:
                        edge = merged[source, target] = DotEdge(source, target)
                        self.edges.append(edge)
                        target.incoming.append(edge)
                    edge.edges.append((value, index))
                    edge.local = local if is_one else target.locals.get(parent)
        for edge in self.edges:
            if len({value.edges()[index][0] for value, index in edge.edges}) > 1:  # of several outputs of a box
                edge.local = None


def scope_to_fold(value: Value, kind: str | None) -> Scope | None:
    """Return the outermost scope of a kind that a node was made in, or None."""
    return next((scope for scope in reversed(scopes_around(value.scope)) if scope.kind == kind), None) if kind else None


def scopes_around(scope: Scope | None) -> list[Scope]:
    """Return a scope and those that it is within, from the inside out."""
    found: list[Scope] = []
    while scope is not None:
        found.append(scope)
        scope = scope.within
    return found


def scope_names(order: Sequence[Value]) -> dict[Scope, str]:
    """Return the name of each scope of a graph; what is used several times is numbered, in the order of the program.

    If no use depends on another, these are the samples of a batch.
    """
    outermost = {node: scopes_around(node.scope)[-1] for node in order if node.scope is not None}
    uses: dict[str, dict[Scope, None]] = {}
    for node in reversed(order):  # which has what is written first, first
        if node in outermost:
            uses.setdefault(outermost[node].name, {})[outermost[node]] = None
    several = {scope for scopes in uses.values() if len(scopes) > 1 for scope in scopes}
    names = {scope: scope.name for node in order for scope in scopes_around(node.scope)}
    before: dict[Value, frozenset[Scope]] = {}  # the uses that each node depends on
    dependent: set[str] = set()
    for node in order if several else ():
        found = frozenset(scope for parent in node.parents for scope in before[parent])
        if (scope := outermost.get(node)) in several:
            dependent |= {scope.name} & {other.name for other in found - {scope}}
            found |= {scope}
        before[node] = found
    for name, scopes in uses.items():
        if len(scopes) > 1:
            word, found_in = ("use", reversed(scopes)) if name in dependent else ("sample", iter(scopes))
            names |= {scope: f"{name} · {word} {number}" for number, scope in enumerate(found_in, start=1)}
    return names


def _uses_of_leaves(order: Iterable[Value]) -> dict[Value, list[tuple[Value, int]]]:
    """Return, for each leaf that was made in no scope, the nodes that use it, with its place among their operands."""
    uses: dict[Value, list[tuple[Value, int]]] = {}
    for value in order:
        for place, operand in enumerate(value.operands):
            if isinstance(operand, Value) and operand.op is None and operand.scope is None:
                uses.setdefault(operand, []).append((value, place))
    return uses


def _owners(uses: Iterable[tuple[Value, int]], kind: str | None) -> list[Scope]:
    """Return the scopes that a leaf is a parameter of: uses of one neuron or layer; none if it has another use too.

    A parameter is what an `affine` multiplies an input by, or adds. In other operations nothing
    tells which operand is the input.
    """
    owners: dict[Scope, None] = {}
    for value, place in uses:
        scope = scope_to_fold(value, kind) if kind else value.scope
        is_input = place % 2 == 1 and place < len(value.operands) // 2 * 2
        if scope is None or value.op is not ops.affine or is_input:
            return []
        owners[scope] = None
    full_names = {tuple(outer.name for outer in scopes_around(scope)) for scope in owners}
    return list(owners) if len(full_names) == 1 else []
