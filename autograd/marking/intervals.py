"""What a line can give when every figure in it runs through the interval that it stands for.

A written number stands for an interval, half a unit of its last digit either way, because people
round on paper and keep more digits in the calculator. The *window* of a result is the range of the
result over all those intervals at once: its smallest and its largest value, the same figure being
the same number wherever it occurs. It is no sum of errors: h·(1 − h) has the window of h·(1 − h), in
which the two h move together. A line is wrong only if its number is outside of its window.

How the ends are found: where a result grows with a figure, its largest value is at the upper end of
that figure's interval, and where it falls, at the lower; a figure for which it does neither, all
through the interval, is searched for the point between. No interval is ever made wider.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from autograd.claims.sampling import CLOSE
from autograd.engine.graph import gradients, topological_order
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.claims.tree import Number

SLACK = 1e-9  # of half a unit: for the last bit of a float, not for the writer
SEARCHED = 12  # figures that are searched; what else turns is left at its end
CORNERS = 4  # of them of which every corner is tried: a·b at 0 has its ends at opposite ones
COARSE = 0.05  # a figure of hardly two digits, through whose interval anything may turn
STARTS = 2  # corners that are searched from, the best ones
SECTIONS = 20  # steps of a search: to a part in three thousand
SEARCHABLE = 500  # nodes of a graph in which is searched; what is longer has its ends at the corners

_LINEAR = {ops.add, ops.sub, ops.neg, ops.total, None}


@dataclass(frozen=True)
class Window:
    """Everything from `low` to `high`; `middle` is what the figures give as they are written."""

    low: float
    middle: float
    high: float

    def meets(self, other: Window) -> bool:
        """Whether some number is in both, up to the rounding of floats; a tie, rounded either way, is."""
        return self.common(other) >= -self._slack(other)

    def overlaps(self, other: Window) -> bool:
        """Whether they have more in common than a tie, which 0.40 and 0.41 have."""
        return self.meets(other) and not (self.common(other) <= self._slack(other) < min(self.width, other.width))

    @property
    def width(self) -> float:
        """How far it is from end to end."""
        return self.high - self.low

    def common(self, other: Window) -> float:
        """How much of the two is in both; negative where there is a gap."""
        return min(self.high, other.high) - max(self.low, other.low)

    def _slack(self, other: Window) -> float:
        return CLOSE * max(abs(self.low), abs(self.high), abs(other.low), abs(other.high))

    def holds(self, number: float) -> bool:
        """Whether the number is in the window."""
        return self.meets(Window(number, number, number))


def half_unit(number: Number) -> float:
    """How far either way a written number stands for: half a unit of its last digit.

    A whole number of one or two digits is no rounded figure, as nobody rounds 7.2 to 7: it stands for
    what is 7.000 to three decimals.

    >>> from autograd.sheet.lexer import number
    >>> [round(half_unit(number(text)), 6) for text in ("0.40", "1.5e-4", "1235", "7")]
    [0.005, 5e-06, 0.5, 0.0005]
    """
    if number.exact and len(number.text.lstrip("-")) <= 2:
        return 0.0005
    return number.unit / 2 * (1 + SLACK)


def written_window(number: Number) -> Window:
    """What a written number stands for.

    >>> from autograd.sheet.lexer import number
    >>> written_window(number("0.40")).holds(0.404), written_window(number("0.40")).holds(0.406)
    (True, False)
    """
    half = half_unit(number)
    return Window(number.value - half, number.value, number.value + half)


def window(value: Value, halves: Mapping[Value, float], *, searching: bool = True) -> Window:
    """The window of a result; `halves` is how far either way each figure in it stands for.

    Without `searching`, the ends are those of the corners alone: enough for a guess.

    >>> h = Value(0.5)
    >>> found = window(h * (1 - h), {h: 0.01})
    >>> round(found.low, 6), found.high  # the two h are one
    (0.2499, 0.25)
    """
    order = topological_order(value)
    loose = {node: halves[node] for node in order if node.op is None and halves.get(node)}
    middle = float(value.data)
    try:
        slopes = gradients(value) if loose else {}
    except ChalkgradError:  # a derivative that does not exist: the figures as they are
        loose = {}
    if not loose:
        return Window(middle, middle, middle)
    corners = [
        {leaf: leaf.data + side * half * _sign(slopes[leaf]) for leaf, half in loose.items()} for side in (-1, 1)
    ]
    reached = [recompute(order, corner) for corner in corners]
    ends = [middle, *(end for end in reached if end is not None)]
    if searching and len(order) <= SEARCHABLE and any(node.op not in _LINEAR for node in order):
        turning = _turning(order, corners, slopes)
        coarse = any(half > COARSE * abs(leaf.data) for leaf, half in loose.items())
        if turning or coarse:
            turning = list(loose) if len(loose) <= CORNERS else turning  # as one turns, so may others
            ends += [_searched(order, corner, loose, turning, side) for side, corner in zip((-1, 1), corners)]
    return Window(min(ends), middle, max(ends))


def _sign(x: Any) -> int:
    return int(x > 0) - int(x < 0)


def _turning(
    order: Sequence[Value], corners: Sequence[Mapping[Value, float]], slopes: Mapping[Value, Any]
) -> list[Value]:
    """The figures whose slope is not of one sign in the middle and at both corners."""
    found: dict[Value, None] = {}
    for corner in corners:
        made: dict[Value, Value] = {}
        try:
            for node in order:
                if node.op is None:
                    made[node] = Value(corner.get(node, node.data))
                else:
                    made[node] = node.op(*(made[v] if isinstance(v, Value) else v for v in node.operands))
            there = gradients(made[order[-1]])
        except (ChalkgradError, KeyError):
            continue
        for leaf in corner:
            if _sign(slopes[leaf]) * _sign(there.get(made[leaf], 0)) <= 0:
                found[leaf] = None
    return list(found)[:SEARCHED]


def _searched(
    order: Sequence[Value],
    corner: Mapping[Value, float],
    loose: Mapping[Value, float],
    turning: Sequence[Value],
    side: int,
) -> float:
    """The largest value (side 1) or the smallest (side −1) as the turning figures run through their intervals."""
    starts = []
    for ends in product((-1, 0, 1), repeat=len(turning)) if len(turning) <= CORNERS else ():
        at = {**corner, **{leaf: leaf.data + end * loose[leaf] for leaf, end in zip(turning, ends)}}
        found = recompute(order, at)
        if found is not None:
            starts.append((side * found, at))
    starts.sort(key=lambda start: -start[0])
    best = side * float(order[-1].data)
    for start, at in starts[:STARTS] or [(best, dict(corner))]:
        best = max(best, start)
        for _ in range(min(2, len(turning))):
            for leaf in turning:
                at[leaf], reached = _best(order, at, leaf, loose[leaf], side)
                best = max(best, reached)
    return side * best


def _best(
    order: Sequence[Value], at: Mapping[Value, float], leaf: Value, half: float, side: int
) -> tuple[float, float]:
    """Where in its interval the figure makes the result largest (side 1) or smallest, and side · result."""

    def reached(x: float) -> float:
        found = recompute(order, {**at, leaf: x})
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


def recompute(order: Sequence[Value], moved: Mapping[Value, float]) -> float | None:
    """The last node of the order with some leaves at other numbers; None outside a domain."""
    numbers: dict[Value, Any] = {}
    for node in order:
        if node.op is None:
            numbers[node] = moved.get(node, node.data)
        else:
            try:
                numbers[node] = node.op.forward(*(numbers[v] if isinstance(v, Value) else v for v in node.operands))
            except (ArithmeticError, ValueError):
                return None
    return float(numbers[order[-1]])
