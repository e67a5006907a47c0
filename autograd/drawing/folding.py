"""Which nodes fold into the next one that has a name: h = tanh(w·x + b) as one card, with that formula.

Picture and page fold alike. A node is *shown* if it is a leaf, has a name, is the output, or is asked for. Any other
node folds into the shown node that it leads to, if all of its uses lead to that one and both are in the same scope.
An activation inside of another one, and what would make a formula longer than a card has room for, stay cards of
their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.engine.backward import backward_pass
from autograd.engine.undefined import Undefined
from autograd.engine.value import Value
from autograd.errors import DomainError
from autograd.formatting.terminal import short, width
from autograd.symbolic import printer
from autograd.symbolic.expr import Symbol, written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from autograd.engine.backward import Edges
    from autograd.engine.graph import Graph
    from autograd.symbolic.expr import Formula

MAX_FORMULA = 72  # characters of a formula that others are folded into: three lines of a card
MAX_OPERANDS = 8  # of an operation that is written out in a formula


@dataclass(frozen=True)
class Fold:
    """A shown node with the nodes folded into it: `members`, in the order of computation, the shown one last."""

    members: tuple[Value, ...]
    tree: Formula | None  # None of a leaf
    most: int

    @cached_property
    def formula(self) -> str:
        """The formula in the names of the shown nodes; that of a leaf is empty."""
        if self.tree is None:
            return ""
        return printer.write(self.tree) if len(self.members) > 1 else printer.fitted(self.tree, self.most)

    @property
    def node(self) -> Value:
        """The shown node."""
        return self.members[-1]

    @cached_property
    def edges(self) -> list[tuple[Value, Any]]:
        """Each node that the fold computes from, with the derivative of the shown node along the paths inside.

        That is the sum over these paths of the products of their local derivatives, or Undefined.
        """
        return list(derivatives_inside(self.members).items())


def fold_unnamed(graph: Graph, keep: Collection[Value] = (), most: int = MAX_FORMULA) -> dict[Value, Fold]:
    """Return each shown node with its fold, in the order of the graph: its members, its formula, its edges.

    `keep` are nodes to be shown in any case, `most` is how many characters a formula with others in it may have.

    >>> from autograd import Graph
    >>> w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-1.0, "b")
    >>> h = (w * x + b).tanh(); h.label = "h"
    >>> fold = fold_unnamed(Graph(h))[h]
    >>> fold.formula, len(fold.members), [(node.label, local) for node, local in fold.edges]
    ('tanh(w·x + b)', 3, [('w', 2.0), ('x', 0.5), ('b', 1.0)])
    """
    kept = {node for node in graph.order if node.op is None or graph.is_named(node)} | {graph.output, *keep}
    while True:  # at each turn more nodes are kept
        homes = _homes(graph, kept)
        apart = _nested_activations(graph, homes)
        if not apart:
            trees, apart = _trees(graph, homes, most)
        if not apart:
            break
        kept |= apart
    members: dict[Value, list[Value]] = {}
    for node in graph.order:
        members.setdefault(homes[node], []).append(node)
    return {node: Fold(tuple(members[node]), trees.get(node), most) for node in graph.order if node in members}


def derivatives_inside(members: Sequence[Value]) -> dict[Value, Any]:
    """Return the derivative of the last of some nodes with respect to each node that they are computed from.

    Only paths through these nodes count, which stand in the order of computation. Where a local derivative that is
    needed does not exist, neither does the sum. What they are computed from is in the order in which it is written.
    """
    inside, seen = set(members), set()
    outside: dict[Value, None] = {}
    waiting = [members[-1]]
    while waiting:
        node = waiting.pop()
        if node not in inside:
            outside[node] = None
        elif node not in seen:
            seen.add(node)
            waiting.extend(reversed(node.parents))
    try:
        found = _gradients([*outside, *members], lambda node: node.edges() if node in inside else [])
    except DomainError:  # along some edge, which not every path takes
        return {parent: _derivative(members, parent) for parent in outside}
    return {parent: found[parent] for parent in outside}


def _gradients(order: Sequence[Value], edges: Edges) -> dict[Value, Any]:
    zero = type(order[-1].data)()
    return {node: upstream for node, upstream, _ in backward_pass(order, zero + 1, zero, edges)}


def _derivative(members: Sequence[Value], parent: Value) -> Any:
    needed = {parent}
    for node in members:
        if not needed.isdisjoint(node.parents):
            needed.add(node)

    def edges(node: Value) -> Iterable[tuple[Value, Any]]:
        return [edge for edge in node.edges() if edge[0] in needed] if node is not parent else []

    try:
        return _gradients([parent, *members], edges)[parent]
    except DomainError as error:
        return Undefined(str(error))


def _homes(graph: Graph, kept: Collection[Value]) -> dict[Value, Value]:
    """Return for each node the shown one that it belongs to: itself, or the one that all of its uses lead to."""
    homes: dict[Value, Value] = {}
    for node in reversed(graph.order):
        found = {homes[child] for child, _, _ in graph.uses[node]} if node not in kept else set()
        home = found.pop() if len(found) == 1 else node
        homes[node] = home if home.scope is node.scope else node
    return homes


def _nested_activations(graph: Graph, homes: Mapping[Value, Value]) -> set[Value]:
    """Return the activations that would be written inside of another one."""
    found: set[Value] = set()
    inner: dict[Value, set[Value]] = {}  # the activations in the formula of each node
    for node in graph.order:
        inner[node] = {v for parent in node.parents if homes[parent] is homes[node] for v in inner[parent]}
        if node.op is not None and node.op.is_activation:
            found |= inner[node]
            inner[node] = {node}
    return found


def _trees(graph: Graph, homes: Mapping[Value, Value], most: int) -> tuple[dict[Value, Formula], set[Value]]:
    """Return the formula of each node, and the nodes that are not to be written inside of another formula."""
    symbols: dict[Value, Formula] = {node: Symbol(short(name)) for node, name in graph.names.items()}
    trees: dict[Value, Formula] = {}
    blanks: dict[Value, Formula] = {}  # words as long as the formulas, apart from brackets: they are quickly written
    lengths: dict[Value, int] = {}
    apart: set[Value] = set()
    for node in graph.order:
        if node.op is None:
            continue
        folded = {v for v in node.parents if homes[v] is homes[node]} - apart
        if len(node.operands) > MAX_OPERANDS:
            apart |= folded
            folded.clear()
        while folded or homes[node] is not node:
            whole = _tree(node, folded, trees if homes[node] is node else blanks, symbols)
            lengths[node] = _length(whole)
            if not folded or lengths[node] <= most:
                break
            longest = max(folded, key=lambda v: lengths[v])
            apart.add(longest)
            folded.remove(longest)
        trees[node] = _tree(node, folded, trees, symbols)
        if homes[node] is not node:
            blanks[node] = Symbol("x" * lengths[node])
            if len(node.operands) > MAX_OPERANDS or lengths[node] > most:
                apart.add(node)
    return trees, apart


def _tree(
    node: Value, folded: Collection[Value], inside: Mapping[Value, Formula], outside: Mapping[Value, Formula]
) -> Formula:
    """Return the formula of a node, with the formulas of what is folded into it."""
    assert node.op is not None
    return written(
        node.op, [(inside if v in folded else outside)[v] if isinstance(v, Value) else v for v in node.operands]
    )


def _length(formula: Formula) -> int:
    return width(printer.write(formula))
