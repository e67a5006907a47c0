"""The interval of a result when every figure in it may be anywhere in its own interval.

A written number stands for an interval, half a unit of its last digit either way, because people round on paper and
keep more digits in the calculator. The interval of a result is its range over all those intervals at once: from its
smallest to its largest value, a figure being one number wherever it occurs. It is no sum of errors: h·(1 − h) is the
range of h·(1 − h), in which the two h move together. A line is wrong only if its number is outside its interval.

To find the ends: where a result grows with a figure, its largest value is at the upper end of that figure's interval;
where it falls, at the lower end. A figure for which it does neither all the way is searched for the point between. No
interval is ever made wider.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.claims.precise import PreciseNumber, exact_fraction
from autograd.engine.graph import Graph
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.claims.tree import NumberNode
    from autograd.table.ops import Op

SLACK = 1e-9  # of half a unit: for the last bit of a float, not for the writer
ROUNDING = 1e-13  # of the ends of an interval, relative: the same
FLOAT_DIGITS = range(15, 18)  # of a number that a program has printed, and which may be off by its rounding
FLOAT_ROUNDING = Fraction(1, 10**12)  # relative
MAX_SEARCHED = 12  # figures that are searched; further ones stay at their ends
MAX_CORNERS = 4  # figures of which every corner is tried: a·b at 0 has its extremes at opposite ones
COARSE = 0.05  # relative half-width of a figure of hardly two digits, inside which anything may turn
STARTS = 2  # corners that are searched from, the best ones
SECTIONS = 20  # steps of a search: to a part in three thousand
MAX_NODES = 500  # of a graph that is searched; a larger one has its ends at the corners

_PRODUCT = {ops.mul, ops.neg}
_LINEAR = {ops.add, ops.sub, ops.neg, ops.total, None}


class Interval(NamedTuple):
    """All numbers from `low` to `high`; `middle` is the result of the figures as they are written."""

    low: float
    middle: float
    high: float

    def meets(self, other: Interval) -> bool:
        """Return whether some number is in both, up to the rounding of floats; common ends are enough."""
        common = self.common(other)
        return common >= 0 or common >= -self._slack(other.low, other.high)

    def overlaps(self, other: Interval) -> bool:
        """Return whether they have more in common than one end, as 0.40 and 0.41 have."""
        narrow = min(self.width, other.width)
        one_end = self.common(other) <= self._slack(other.low, other.high) + 4 * SLACK * narrow < narrow
        return self.meets(other) and not one_end

    @property
    def width(self) -> float:
        """Return the distance from end to end."""
        return self.high - self.low

    def common(self, other: Interval) -> float:
        """Return the width of what is in both; negative where there is a gap."""
        return min(self.high, other.high) - max(self.low, other.low)

    def _slack(self, low: float, high: float) -> float:
        return ROUNDING * max(abs(self.low), abs(self.high), abs(low), abs(high))

    def holds(self, number: float) -> bool:
        """Return whether the number is in the interval, up to the rounding of floats."""
        return self.low <= number <= self.high or self.meets(Interval(number, number, number))

    def times(self, factor: float) -> Interval:
        """Return the interval of a multiple."""
        ends = (self.low * factor, self.high * factor)
        return Interval(min(ends), self.middle * factor, max(ends))


def around(number: float, half: float) -> Interval:
    """Return the interval from `half` below a number to `half` above it."""
    return Interval(number - half, number, number + half)


def half_unit(number: NumberNode) -> float:
    """Return how far either way a written number stands for: half a unit of its last digit.

    A whole number of one or two digits is not a rounded figure, as nobody rounds 7.2 to 7: it stands for what is 7.000
    to three decimals.

    >>> from autograd.sheet.lexer import parse_number
    >>> [round(half_unit(parse_number(text)), 6) for text in ("0.40", "1.5e-4", "1235", "7")]
    [0.005, 5e-06, 0.5, 0.0005]
    """
    if number.exact and len(number.text.lstrip("-")) <= 2:
        return 0.0005
    return number.unit / 2 * (1 + SLACK)


def exact_half_unit(number: NumberNode) -> Fraction:
    """Return the half unit of a written number exactly. A float as a program prints it may be off by its rounding.

    >>> from autograd.sheet.lexer import parse_number
    >>> exact_half_unit(parse_number("0.40")), float(exact_half_unit(parse_number("0.30000000000000004")))
    (Fraction(1, 200), 3.0000000000000003e-13)
    """
    if number.exact:
        return exact_fraction(0.0005) if len(number.text.lstrip("-")) <= 2 else Fraction(1, 2)
    half = exact_fraction(number.unit) / 2
    return max(half, abs(number.fraction) * FLOAT_ROUNDING) if number.digits in FLOAT_DIGITS else half


def written_interval(number: NumberNode) -> Interval:
    """Return the interval that a written number stands for.

    >>> from autograd.sheet.lexer import parse_number
    >>> interval = written_interval(parse_number("0.40"))
    >>> interval.holds(0.404), interval.holds(0.406)
    (True, False)
    """
    return around(number.value, half_unit(number))


def corner_range(graph: Graph, halves: Mapping[Value, float]) -> Interval:
    """Return the interval from one corner to the other, as the gradient points: enough for a guess.

    `halves` is how far either way each figure stands for.
    """
    output = graph.output
    middle = _as_float(output.data)
    if output.op is None:
        return around(middle, halves.get(output, 0.0))
    reached = [recompute(graph, corner) for corner in _corners(graph, _loose(graph, halves))]
    ends = [middle, *(end for end in reached if end is not None)]
    return Interval(min(ends), middle, max(ends))


def searched_range(graph: Graph, halves: Mapping[Value, float], found: Interval) -> Interval:
    """Return the interval of a result; `found` is the part of it between two corners.

    >>> h = Value(0.5)
    >>> graph, halves = Graph(h * (1 - h)), {h: 0.01}
    >>> interval = searched_range(graph, halves, corner_range(graph, halves))
    >>> round(interval.low, 6), interval.high  # the two h are one
    (0.2499, 0.25)
    """
    loose = _loose(graph, halves)
    if not loose or len(graph.order) > MAX_NODES or all(node.op in _LINEAR for node in graph.order):
        return found
    if _is_product(graph) and all(half < abs(leaf.data) for leaf, half in loose.items()):
        return found  # it grows or falls with each figure all the way
    corners = _corners(graph, loose)
    coarse = any(half > COARSE * abs(leaf.data) for leaf, half in loose.items())
    are_few = len(loose) <= MAX_CORNERS
    turning = list(loose) if coarse and are_few else _turning(graph, corners)
    if not corners or not (turning or coarse):
        return found
    turning = list(loose) if are_few else turning  # where one turns, others may
    ends = [_search(graph, corner, loose, turning, side) for side, corner in zip((-1, 1), corners)]
    return Interval(min(found.low, *ends), found.middle, max(found.high, *ends))


def _is_product(graph: Graph) -> bool:
    """Return whether a graph multiplies its leaves, and each of them once."""
    inner = [node for node in graph.order if node.op is not None]
    return all(node.op in _PRODUCT for node in inner) and sum(len(node.parents) for node in inner) < len(graph.order)


def _loose(graph: Graph, halves: Mapping[Value, float]) -> dict[Value, float]:
    """Return the figures below the output that stand for an interval."""
    return {node: halves[node] for node in graph.order if node.op is None and halves.get(node)}


def _corners(graph: Graph, loose: Mapping[Value, float]) -> list[dict[Value, float]]:
    """Return the figures at the ends where the output is smallest and largest, by its gradient; none without one."""
    try:
        up = {leaf: half * _sign(graph.gradients[leaf]) for leaf, half in loose.items()}
    except ChalkgradError:  # a derivative does not exist: the figures count as they are
        return []
    return [{leaf: leaf.data + side * half for leaf, half in up.items()} for side in ((-1, 1) if loose else ())]


def _sign(x: Any) -> int:
    return int(x > 0) - int(x < 0)


def _turning(graph: Graph, corners: Sequence[Mapping[Value, float]]) -> list[Value]:
    """Return the figures whose gradient is not of one sign in the middle and at both corners."""
    found: dict[Value, None] = {}
    for corner in corners:
        leaves = {leaf: Value(number) for leaf, number in corner.items()}
        try:
            there = Graph(graph.compute(leaves)[graph.output]).gradients
        except ChalkgradError:
            continue
        for leaf in corner:
            if _sign(graph.gradients[leaf]) * _sign(there.get(leaves[leaf], 0)) <= 0:
                found[leaf] = None
        if len(found) == len(corner):
            break
    return list(found)[:MAX_SEARCHED]


def _search(
    graph: Graph, corner: Mapping[Value, float], loose: Mapping[Value, float], turning: Sequence[Value], side: int
) -> float:
    """Return the largest result (side 1) or the smallest (side −1) as the turning figures vary."""
    starts = []
    for ends in product((-1, 0, 1), repeat=len(turning)) if len(turning) <= MAX_CORNERS else ():
        at = {**corner, **{leaf: leaf.data + end * loose[leaf] for leaf, end in zip(turning, ends)}}
        found = recompute(graph, at)
        if found is not None:
            starts.append((side * found, at))
    starts.sort(key=lambda start: -start[0])
    best = side * _as_float(graph.output.data)
    for start, at in starts[:STARTS] or [(best, dict(corner))]:
        best = max(best, start)
        for _ in range(min(2, len(turning))):
            for leaf in turning:
                at[leaf], reached = _best_place(graph, at, leaf, loose[leaf], side)
                best = max(best, reached)
    return side * best


def _best_place(graph: Graph, at: Mapping[Value, float], leaf: Value, half: float, side: int) -> tuple[float, float]:
    """Return the number in its interval at which a figure makes side · result largest, and that."""

    def reached(x: float) -> float:
        found = recompute(graph, {**at, leaf: x})
        return float("-inf") if found is None else side * found

    low, high = leaf.data - half, leaf.data + half
    a, b = low, high
    for _ in range(SECTIONS):
        third = (b - a) / 3
        if reached(a + third) < reached(b - third):
            a += third
        else:
            b -= third
    return max(((x, reached(x)) for x in (low, high, leaf.data, (a + b) / 2)), key=lambda pair: pair[1])


def recompute(graph: Graph, moved: Mapping[Value, float]) -> float | None:
    """Return the output with some leaves at other numbers; None outside a domain."""
    output = graph.output
    try:
        found = graph.compute(moved, _read_precisely if output.data.__class__ is PreciseNumber else _read)[output]
    except (ArithmeticError, ValueError):
        return None
    return found if found.__class__ is float else _as_float(found)


def _read(op: Op, operands: Sequence[Any]) -> Any:
    return op.forward(*operands)


def _read_precisely(op: Op, operands: Sequence[Any]) -> Any:
    return op(*operands)


def _as_float(number: Any) -> float:
    return number.to_float() if isinstance(number, PreciseNumber) else float(number)
