"""Every path from a node to an output, and the product of the local derivatives along it.

A *path* leads from w through node after node to E. Its *product* is what it adds to ∂E/∂w: the sum
of the products of all paths is the gradient. A network may have more paths than can be listed, so
the largest are found without visiting the others, and all are counted without being listed.

How paths look is in `ledger`. The total is the engine's: nothing is differentiated here.
"""

from __future__ import annotations

import operator
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from heapq import heappop, heappush, nsmallest
from math import frexp, ldexp
from numbers import Rational
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from autograd.engine.graph import gradients, names, topological_order
from autograd.engine.undefined import Undefined
from autograd.engine.value import Value
from autograd.errors import ArgumentError, NotFoundError, OperandError, TooLargeError
from autograd.formatting import escapes, suggestions
from autograd.path_sums import ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    # The edges from E back to some node, as the last of them with its number, and those before it.
    Link = tuple[Value, int, "Link"] | None

LIMIT = 10_000  # paths that are listed without a word about how many


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge of a path: from a parent to a node, whose index-th edge it is, and its local derivative."""

    parent: Value
    node: Value
    index: int
    local: Any


class Path:
    """One path from `start` to `end`, and its `product`.

    >>> x = Value(3.0, label="x")
    >>> y = x**2; y.label = "y"
    >>> E = y * 5.0; E.label = "E"
    >>> path = paths(E, x)[0]
    >>> path
    x → y → E: +30
    >>> path.factors, path.product
    ((6.0, 5.0), 30.0)
    """

    __slots__ = ("_link", "end", "product", "start")

    def __init__(self, start: Value, end: Value, link: Link, product: Any) -> None:
        self.start = start
        self.end = end
        self.product = product
        self._link = link

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The edges from `start` to `end`."""
        return tuple(self._edges())

    @property
    def nodes(self) -> tuple[Value, ...]:
        """The nodes from `start` to `end`, both included."""
        return (self.start, *(edge.node for edge in self._edges()))

    @property
    def factors(self) -> tuple[Any, ...]:
        """The local derivative along each edge. Their product is taken from `end` to `start`, as backward() does."""
        return tuple(edge.local for edge in self._edges())

    def _edges(self) -> Iterator[Edge]:
        link = self._link
        while link is not None:
            node, index, link = link
            parent, local = node.edges()[index]
            yield Edge(parent, node, index, local)

    def __repr__(self) -> str:
        return ledger.line(self, names(self.end))


class Paths:
    """Paths from `start` to `end`, the largest product first: all of them, or the k largest.

    Its `repr` is a ledger: the paths, their products, and the sum.

    >>> w = Value(3.0, label="w")
    >>> both = paths(w * w + w, w)
    >>> len(both), [path.product for path in both], both.total
    (3, [3.0, 3.0, 1.0], 7.0)
    """

    def __init__(self, start: Value, end: Value, found: Sequence[Path]) -> None:
        self.start = start
        self.end = end
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
        """How many paths there are, listed here or not."""
        return _count(self.end, self.start)

    @property
    def complete(self) -> bool:
        """Whether every path is listed here."""
        return len(self) == self.count

    @cached_property
    def total(self) -> Any:
        """The sum of the products of all paths: the gradient, to the last bit what backward() gives.

        Raises DomainError if backward() would: a local derivative that it needs does not exist.
        """
        return gradients(self.end).get(self.start, _zero(self.end))

    @cached_property
    def remainder(self) -> Any:
        """What the paths that are not listed add up to: the total without those that are."""
        zero = _zero(self.end)
        return zero if self.complete else self.total - sum((path.product for path in self), zero)

    @cached_property
    def magnitude(self) -> Any:
        """The sum of the magnitudes of the products of all paths: the gradient if nothing cancelled."""
        sums: dict[Value, Any] = {self.start: _zero(self.end) + 1}
        for node, edges in _between(self.end, self.start):
            sums[node] = sum(abs(local) * sums[parent] for parent, local in edges if parent in sums)
        return sums.get(self.end, _zero(self.end))

    @property
    def kept(self) -> float | None:
        """How much of the magnitude is left in the total: 1 where nothing cancels, 0 where all does.

        None where there is nothing to compare: no path, all products zero, or one not finite.
        """
        kept = abs(self.total) / self.magnitude if self.magnitude else None
        return float(kept) if kept is not None and 0 <= kept < float("inf") else None

    @cached_property
    def shared(self) -> tuple[Edge, ...]:
        """The edges that all of the listed paths have in common, from `start` to `end`."""
        if not self:
            return ()
        common = set.intersection(*(set(_ids(path)) for path in self))
        return tuple(edge for edge, name in zip(self[0].edges, _ids(self[0])) if name in common)

    @cached_property
    def names(self) -> dict[Value, str]:
        """What each node is called here."""
        called = names(self.end)
        called.setdefault(self.start, escapes.plain(self.start.label) or "w")  # where no path leads from it
        return called

    def __repr__(self) -> str:
        return ledger.text(self)

    def _repr_html_(self) -> str:
        return ledger.html(self)

    def _repr_markdown_(self) -> str:
        return ledger.markdown(self)


def paths(E: Value, w: Value | str, k: int | None = None) -> Paths:  # noqa: N803 -- as it is written on paper
    """Every path from `w` to `E`, or the `k` with the largest products, largest magnitude first.

    `w` is a node or its label. What `E` does not depend on has no path, and the total 0. Of
    products of the same magnitude the one that backward() meets first comes first.

    >>> x = Value(3.0, label="x")
    >>> E = x * x + x; E.label = "E"
    >>> found = paths(E, x)
    >>> [path.product for path in found], found.total
    ([3.0, 3.0, 1.0], 7.0)
    >>> largest = paths(E, "x", k=1)
    >>> len(largest), largest.count, largest.remainder
    (1, 3, 4.0)

    Raises TooLargeError without `k` if there are too many to list, NotFoundError or ArgumentError
    for a label that no node or more than one has, DomainError at a local derivative that does not
    exist.
    """
    start = find(E, w)
    if k is None:
        if _count(E, start, LIMIT) > LIMIT:
            called = names(E)
            raise TooLargeError(
                f"more than {LIMIT:,} paths lead from {called[start]} to {called[E]}: ask for the largest of them, "
                "as with k=5, which also counts all and has their total"
            )
        return Paths(start, E, _largest(E, start, LIMIT))
    return Paths(start, E, _largest(E, start, _checked(k)))


def _checked(k: Any) -> int:
    try:
        number = operator.index(k)
    except TypeError:
        number = 0
    if number < 1 or isinstance(k, bool):
        raise ArgumentError(f"k is how many of the largest paths are wanted, a whole number from 1, not {k!r}")
    return number


def find(root: Value, which: Value | str) -> Value:
    """The node that is meant: the Value itself, or the one in the graph that is called so.

    Raises NotFoundError for a label that is not in the graph, ArgumentError for one of several nodes.
    """
    if isinstance(which, Value):
        topological_order(root)  # refuses what is no graph
        return which
    called = names(root)
    if not isinstance(which, str):
        raise OperandError(f"a node is given as itself or by its label, not as {which!r} ({type(which).__name__})")
    meant = [node for node, name in called.items() if name == escapes.plain(which)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise ArgumentError(f"{len(meant)} nodes are called {which!r}: give the node itself, or a label to each")
    close = suggestions.close(which, called.values(), most=3)
    hint = f"did you mean {' or '.join(close)}?" if close else "give the node itself, or label it"
    raise NotFoundError(f"nothing in the graph of {called[root]} is called {which!r}; {hint}")


# -- Between w and E ----------------------------------------------------------------------------


def _zero(root: Value) -> Any:
    return type(root.data)()


def _between(root: Value, start: Value) -> Iterator[tuple[Value, list[tuple[Value, Any]]]]:
    """The nodes that depend on `start`, each after its parents, with all of their edges."""
    reached = {start}
    for node in topological_order(root):
        edges = node.edges()
        if node is not start and any(parent in reached for parent, _ in edges):
            reached.add(node)
            yield node, edges


def _count(root: Value, start: Value, limit: int | None = None) -> int:
    """How many paths there are; with a limit, as soon as there are more than that, just more."""
    between = [(node, [parent for parent, _ in edges]) for node, edges in _between(root, start)]
    uses = Counter(parent for _, parents in between for parent in parents)
    counts = {start: 1}
    for node, parents in between:
        counts[node] = count = sum(counts.get(parent, 0) for parent in parents)
        if limit is not None and count > limit:
            return count
        for parent in parents:  # a count may be a long number: none is kept that is not needed any more
            uses[parent] -= 1
            if not uses[parent]:
                counts.pop(parent, None)
    return counts.get(root, 0)


def _ids(path: Path) -> list[tuple[int, int]]:
    return [(id(edge.node), edge.index) for edge in path.edges]


# -- The largest --------------------------------------------------------------------------------
#
# A magnitude is a pair (block, m) for m·2^(512·block), with m between _LOW and _HIGH: a product of
# a million factors neither overflows nor underflows, and rounds no more than the product itself
# does. What is not finite is larger than all that is; zero is smaller.

_LOW, _HIGH = 2.0**-257, 2.0**255
_ONE = (0, 1.0)
_NOTHING = (-(1 << 100), 0.0)
_ZERO, _NOT_FINITE = -(1 << 60), 1 << 80  # blocks that no number reaches


def _times(magnitude: tuple[int, float], local: Any) -> tuple[int, float]:
    block, m = magnitude
    if local.__class__ is float:
        product = m * abs(local)
        if _LOW <= product < _HIGH:
            return block, product
    factor, exponent = _frexp(local)
    if factor == 0:
        return block + _ZERO, m
    if not 0.5 <= factor < 1:
        return block + _NOT_FINITE, m
    factor, more = frexp(m * factor)
    more_blocks, exponent = divmod(exponent + more + 256, 512)
    return block + more_blocks, ldexp(factor, exponent - 256)


def _both(a: tuple[int, float], b: tuple[int, float]) -> tuple[int, float]:
    block, m = _times(a, b[1])
    return block + b[0], m


def _frexp(x: Any) -> tuple[float, int]:
    """|x| as a mantissa from ½ to 1 and an exponent, also where x is beyond the range of floats."""
    if isinstance(x, Undefined):
        x.__rmul__(1)  # raises, with the reason
    if isinstance(x, Rational):
        x = Fraction(x)
        size = x.numerator.bit_length() - x.denominator.bit_length()
        mantissa, exponent = frexp(x / Fraction(2) ** size)
        return abs(mantissa), exponent + size
    mantissa, exponent = frexp(x)
    return abs(mantissa), exponent


def _best(root: Value, start: Value) -> tuple[dict[Value, tuple[int, float]], dict[Value, int]]:
    """For each node that depends on `start`: the largest magnitude from there, and the edge it comes by."""
    best = {start: _ONE}
    turn: dict[Value, int] = {}
    low, high, reach = _LOW, _HIGH, best.get
    for node in topological_order(root):
        if node.op is None or node is start:
            continue
        largest, most = _NOTHING
        for index, (parent, local) in enumerate(node.edges()):
            way_on = reach(parent)
            if way_on is not None:
                block, m = way_on
                if local.__class__ is float and low <= (product := m * abs(local)) < high:
                    m = product  # what _times gives, without asking it
                else:
                    block, m = _times(way_on, local)
                if block > largest or (block == largest and m > most):
                    largest, most = block, m
                    turn[node] = index
        if node in turn:
            best[node] = largest, most
    return best, turn


class _Part(NamedTuple):
    """The part of a path that leads from E back to a node."""

    node: Value
    link: Link
    magnitude: tuple[int, float]
    product: Any

    def on(self, index: int) -> _Part:
        """The part that is longer by one edge."""
        parent, local = self.node.edges()[index]
        magnitude = _times(self.magnitude, local)
        return _Part(parent, (self.node, index, self.link), magnitude, self.product * local)


def _largest(root: Value, start: Value, k: int) -> list[Path]:
    """The k largest paths, best first.

    How much the best way on from a node multiplies a product by is known exactly, from `_best`. So
    the part that leads to the largest product is followed to its end, and at every node on its way
    the other turns are put aside, each with the best that can become of it; the best of those is
    followed next. No other path is looked at.
    """
    best, turn = _best(root, start)
    if root not in best:
        return []
    found: list[_Part] = []
    aside: list[tuple[int, float, int, _Part, int]] = []  # a heap, which gives its smallest: so negative magnitudes
    number = 0
    part = _Part(root, None, _ONE, _zero(root) + 1)
    while True:
        wanted = k - len(found) - 1
        others: list[tuple[int, float, int, _Part, int]] = []
        while part.node is not start:
            for index, (parent, local) in enumerate(part.node.edges()) if wanted else ():
                if parent in best and index != turn[part.node]:
                    block, m = _both(part.magnitude, _times(best[parent], local))
                    others.append((-block, -m, number := number + 1, part, index))
            if len(others) > 2 * wanted + 1000:  # more than can be wanted
                others = nsmallest(wanted, others)
            part = part.on(turn[part.node])
        found.append(part)
        for other in nsmallest(wanted, others):
            heappush(aside, other)
        if len(aside) > 2 * wanted + 1000:
            aside = nsmallest(wanted, aside)
        if not wanted or not aside:
            break
        *_, part, index = heappop(aside)
        part = part.on(index)
    if all(isinstance(part.product, Rational) for part in found):
        found.sort(key=lambda part: abs(part.product), reverse=True)
    else:
        found.sort(key=lambda part: part.magnitude, reverse=True)
    return [Path(start, root, part.link, part.product) for part in found]
