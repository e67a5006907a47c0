"""The paths from a node to an output, largest product first: `paths`.

A network may have more paths than can be listed. So the largest are found without visiting the
others, and all are counted without being listed.
"""

from __future__ import annotations

import operator
from fractions import Fraction
from heapq import heappop, heappush, nsmallest
from math import frexp, ldexp
from numbers import Rational
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.document.blocks import Layout
from autograd.engine.graph import Graph, as_graph
from autograd.engine.names import caller_names
from autograd.engine.undefined import Undefined
from autograd.engine.value import Value
from autograd.errors import ArgumentError, TooLargeError
from autograd.path_sums import ledger
from autograd.path_sums.path_sum import Path, PathSum, count_paths

if TYPE_CHECKING:
    from autograd.document.blocks import Block
    from autograd.path_sums.path_sum import Link

MAX_PATHS = 10_000  # paths that are listed without `k`


class Paths(PathSum):
    """Paths from `start` to `end`, the largest product first: all of them, or the k largest.

    Its `repr` is a ledger: the paths, their products, and the sum.

    >>> w = Value(3.0, label="w")
    >>> both = paths(w * w + w, w)
    >>> len(both), [path.product for path in both], both.total
    (3, [3.0, 3.0, 1.0], 7.0)
    """

    layout = Layout(indent="  ")

    @property
    def blocks(self) -> list[Block]:
        """The ledger."""
        return ledger.blocks(self)


def paths(output: Value | Graph, wrt: Value | str, k: int | None = None, *, names: bool = True) -> Paths:
    """Return every path from `wrt` to `output`, or the `k` with the largest products, largest magnitude first.

    `wrt` is a node or its label. A node that `output` does not depend on has no path, and the total 0.
    Of products of the same magnitude the one that backward() meets first comes first. Nodes without a
    label get the names of the caller's variables, unless `names=False`.

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
    graph = as_graph(output, caller_names() if names else None)
    start = wrt if isinstance(wrt, Value) else graph.find(wrt)
    if k is None and count_paths(graph, start, MAX_PATHS) > MAX_PATHS:
        raise TooLargeError(
            f"more than {MAX_PATHS:,} paths lead from {graph.names[start]} to {graph.names[graph.output]}: ask for "
            "the largest of them, as with k=5, which also counts all and has their total"
        )
    return Paths(graph, start, _largest(graph, start, MAX_PATHS if k is None else _checked(k)))


def _checked(k: Any) -> int:
    try:
        number = operator.index(k)
    except TypeError:
        number = 0
    if number < 1 or isinstance(k, bool):
        raise ArgumentError(f"k is how many of the largest paths are wanted, a whole number from 1, not {k!r}")
    return number


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


def _product(a: tuple[int, float], b: tuple[int, float]) -> tuple[int, float]:
    block, m = _times(a, b[1])
    return block + b[0], m


def _frexp(x: Any) -> tuple[float, int]:
    """Return |x| as a mantissa from ½ to 1 and an exponent, also where x is beyond the range of floats."""
    if isinstance(x, Undefined):
        x.__rmul__(1)  # raises, with the reason
    size = 0
    if isinstance(x, Rational):
        x = Fraction(x)
        size = x.numerator.bit_length() - x.denominator.bit_length()
        x /= Fraction(2) ** size
    mantissa, exponent = frexp(x)
    return abs(mantissa), exponent + size


def _best(graph: Graph, start: Value) -> tuple[dict[Value, tuple[int, float]], dict[Value, int]]:
    """Return for each node that depends on `start` the largest product of a path from there, and its last edge."""
    best = {start: _ONE}
    best_edge: dict[Value, int] = {}
    low, high, reach = _LOW, _HIGH, best.get
    for node in graph.order:
        if node.op is None or node is start:
            continue
        largest, most = _NOTHING
        for index, (parent, local) in enumerate(node.edges()):
            below = reach(parent)
            if below is not None:
                block, m = below
                if local.__class__ is float and low <= (product := m * abs(local)) < high:
                    m = product  # what _times gives, without asking it
                else:
                    block, m = _times(below, local)
                if block > largest or (block == largest and m > most):
                    largest, most = block, m
                    best_edge[node] = index
        if node in best_edge:
            best[node] = largest, most
    return best, best_edge


class _PartialPath(NamedTuple):
    """The part of a path that leads from the output back to a node."""

    node: Value
    link: Link
    magnitude: tuple[int, float]
    product: Any

    def extended(self, index: int) -> _PartialPath:
        """Return this part and one more edge, the index-th of its node."""
        parent, local = self.node.edges()[index]
        magnitude = _times(self.magnitude, local)
        return _PartialPath(parent, (self.node, index, self.link), magnitude, self.product * local)


def _largest(graph: Graph, start: Value, k: int) -> list[Path]:
    """Return the k largest paths, best first.

    `_best` gives the largest product that a partial path can still reach. So the partial path with
    the largest is followed to its end. At every node on its way the other edges are put on a heap,
    each with the largest product that is reached by it; the best of the heap is followed next. No
    other path is looked at.
    """
    best, best_edge = _best(graph, start)
    if graph.output not in best:
        return []
    found: list[_PartialPath] = []
    heap: list[tuple[int, float, int, _PartialPath, int]] = []  # it gives its smallest: so negative magnitudes
    number = 0
    part = _PartialPath(graph.output, None, _ONE, type(graph.output.data)() + 1)
    while True:
        wanted = k - len(found) - 1
        others: list[tuple[int, float, int, _PartialPath, int]] = []
        while part.node is not start:
            for index, (parent, local) in enumerate(part.node.edges()) if wanted else ():
                if parent in best and index != best_edge[part.node]:
                    block, m = _product(part.magnitude, _times(best[parent], local))
                    others.append((-block, -m, number := number + 1, part, index))
            if len(others) > 2 * wanted + 1000:  # more than can be wanted
                others = nsmallest(wanted, others)
            part = part.extended(best_edge[part.node])
        found.append(part)
        for other in nsmallest(wanted, others):
            heappush(heap, other)
        if len(heap) > 2 * wanted + 1000:
            heap = nsmallest(wanted, heap)
        if not wanted or not heap:
            break
        *_, part, index = heappop(heap)
        part = part.extended(index)
    exact = all(isinstance(part.product, Rational) for part in found)
    found.sort(key=lambda part: abs(part.product) if exact else part.magnitude, reverse=True)
    return [Path(graph, start, part.link, part.product) for part in found]
