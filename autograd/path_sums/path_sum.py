"""A path from a node to the output of a graph, and the sum over all such paths: the gradient.

A *path* leads along edges from a node to the output. Its *product* is the product of the local
derivatives on its edges. The sum of the products of all paths is the gradient of the output with
respect to the node; `total` is that gradient as the engine computes it. `search` finds the largest
paths, `ledger` shows them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from autograd.document.document import Document
from autograd.formatting import escapes, figures
from autograd.formatting.terminal import WIDTH, ends, short, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from autograd.engine.graph import Graph
    from autograd.engine.value import Value

    # The edges from the output back to some node: the last of them as its node and index, and the link before it.
    Link: TypeAlias = tuple[Value, int, "Link"] | None

CANCELS = 0.25  # the share of the magnitudes below which a sum is said to cancel
LONG_CHAIN = 25  # nodes of a path that are all shown; of more, the first and the last
MORE_DIGITS = 1  # of a summand than of a factor, so that the summands shown add up to the sum shown


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge of a path: from a parent to a node, its index among the node's edges, and its local derivative."""

    parent: Value
    node: Value
    index: int
    local: Any


class Path:
    """One path from `start` to `end`, and its `product`.

    >>> from autograd import Value, paths
    >>> x = Value(3.0, label="x")
    >>> y = x**2; y.label = "y"
    >>> E = y * 5.0; E.label = "E"
    >>> path = paths(E, x)[0]
    >>> path
    x → y → E: +30
    >>> path.factors, path.product
    ((6.0, 5.0), 30.0)
    """

    __slots__ = ("_graph", "_link", "product", "start")

    def __init__(self, graph: Graph, start: Value, link: Link, product: Any) -> None:
        self._graph, self._link, self.start, self.product = graph, link, start, product

    @property
    def end(self) -> Value:
        """The output of the graph."""
        return self._graph.output

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The edges from `start` to `end`."""
        edges, link = [], self._link
        while link is not None:
            node, index, link = link
            parent, local = node.edges()[index]
            edges.append(Edge(parent, node, index, local))
        return tuple(edges)

    @property
    def nodes(self) -> tuple[Value, ...]:
        """The nodes from `start` to `end`, both included."""
        return (self.start, *(edge.node for edge in self.edges))

    @property
    def factors(self) -> tuple[Any, ...]:
        """The local derivative along each edge. Their product is taken from `end` to `start`, as backward() does."""
        return tuple(edge.local for edge in self.edges)

    def __repr__(self) -> str:
        product = amount(self.product)
        return f"{chain(self.nodes, names_of(self._graph, self.start), WIDTH - len(product) - 2)}: {product}"


class PathSum(Document):
    """Paths from `start` to the output of a graph, the largest product first: all of them, or some."""

    def __init__(self, graph: Graph, start: Value, found: Sequence[Path]) -> None:
        self.graph, self.start, self.end = graph, start, graph.output
        self._found = tuple(found)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Path, ...]: ...
    def __getitem__(self, index: int | slice) -> Path | tuple[Path, ...]:
        return self._found[index]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @cached_property
    def count(self) -> int:
        """The number of all paths, listed here or not."""
        return count_paths(self.graph, self.start)

    @property
    def complete(self) -> bool:
        """True if every path is listed here."""
        return len(self) == self.count

    @cached_property
    def total(self) -> Any:
        """The sum of the products of all paths: the gradient, to the last bit what backward() gives.

        Raises DomainError if backward() would: a local derivative that it needs does not exist.
        """
        return self.graph.gradients.get(self.start, self._zero)

    @cached_property
    def remainder(self) -> Any:
        """The sum of the products of the paths that are not listed: the total without those that are."""
        return self._zero if self.complete else self.total - sum((path.product for path in self), self._zero)

    @cached_property
    def magnitude(self) -> Any:
        """The sum of the magnitudes of the products of all paths: the gradient if nothing cancelled."""
        sums: dict[Value, Any] = {self.start: self._zero + 1}
        for node, edges in dependent(self.graph, self.start):
            sums[node] = sum(abs(local) * sums[parent] for parent, local in edges if parent in sums)
        return sums.get(self.end, self._zero)

    @property
    def kept(self) -> float | None:
        """The share of the magnitude that is left in the total: 1 where nothing cancels, 0 where all does.

        None where there is nothing to compare: no path, all products zero, or one not finite.
        """
        return _share(self.total, self.magnitude)

    @property
    def cancels(self) -> bool:
        """True if the products cancel: less than a quarter of their magnitude is left in the total."""
        return self.kept is not None and self.kept < CANCELS

    @cached_property
    def shared(self) -> tuple[Edge, ...]:
        """The edges that all of the listed paths have in common, from `start` to `end`."""
        if not self:
            return ()
        common = set.intersection(*({(edge.node, edge.index) for edge in path.edges} for path in self))
        return tuple(edge for edge in self[0].edges if (edge.node, edge.index) in common)

    @property
    def names(self) -> Mapping[Value, str]:
        """The name of each node."""
        return names_of(self.graph, self.start)

    @property
    def _zero(self) -> Any:
        return type(self.end.data)()


def cancels(contributions: Iterable[Any]) -> bool:
    """Return whether contributions cancel: less than a quarter of the sum of their magnitudes is left in their sum.

    >>> cancels([7.0, -3.0]), cancels([7.0, -6.0])
    (False, True)
    """
    contributions = list(contributions)
    share = _share(sum(contributions), sum(map(abs, contributions)))
    return share is not None and share < CANCELS


def _share(total: Any, magnitude: Any) -> float | None:
    share = abs(total) / magnitude if magnitude else None
    return float(share) if share is not None and 0 <= share < float("inf") else None


# -- Between a node and the output ----------------------------------------------------------------


def dependent(graph: Graph, start: Value) -> Iterator[tuple[Value, list[tuple[Value, Any]]]]:
    """Yield each node that depends on `start`, after its parents, with all of its edges."""
    reached = {start}
    for node in graph.order:
        edges = node.edges()
        if node is not start and any(parent in reached for parent, _ in edges):
            reached.add(node)
            yield node, edges


def count_paths(graph: Graph, start: Value, limit: int | None = None) -> int:
    """Return the number of paths from a node to the output; where it exceeds a limit, some number above that."""
    between = [(node, [parent for parent, _ in edges]) for node, edges in dependent(graph, start)]
    uses = Counter(parent for _, parents in between for parent in parents)
    counts = {start: 1}
    for node, parents in between:
        counts[node] = count = sum(counts.get(parent, 0) for parent in parents)
        if limit is not None and count > limit:
            return count
        for parent in parents:  # a count may be a long number: it is dropped after its last use
            uses[parent] -= 1
            if not uses[parent]:
                counts.pop(parent, None)
    return counts.get(graph.output, 0)


def names_of(graph: Graph, start: Value) -> Mapping[Value, str]:
    """Return the names of the nodes of a graph, and of a start that is not in it."""
    if start in graph.names:
        return graph.names
    return graph.names | {start: escapes.plain(start.label) or "w"}


def chain(nodes: Sequence[Value], names: Mapping[Value, str], columns: int = WIDTH) -> str:
    """Return the names of the nodes of a path, from start to end, in a line."""
    return short(" → ".join(chain_names(nodes, names, columns)), columns)


def chain_names(nodes: Sequence[Value], names: Mapping[Value, str], columns: int = WIDTH) -> tuple[str, ...]:
    """Return the names of the nodes of a path; where the line is too short, the middle is left out."""
    shown: list[str] = []
    for most in (LONG_CHAIN, 12, 8, 6, 4, 2):
        first, left_out, last = ends(nodes, most)
        shown = [short(names[node]) for node in (*first, *last)]
        if left_out:
            shown.insert(len(first), f"… {left_out:,} more …")
        if width(" → ".join(shown)) <= columns:
            break
    return tuple(shown)


def amount(x: Any, digits: int = figures.DIGITS) -> str:
    """Return a product or a sum of products as text, with its sign, to one digit more than a factor has."""
    return figures.signed(x, digits + MORE_DIGITS)
