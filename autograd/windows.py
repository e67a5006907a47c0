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
from typing import TYPE_CHECKING, Any

from autograd import ops
from autograd.errors import ChalkgradError
from autograd.steps import gradients
from autograd.value import Value, topological_order
from autograd.worlds import CLOSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.syntax import Number

SLACK = 1e-9  # of half a unit: for the last bit of a float, not for the writer
SEARCHED = 12  # figures that are searched; what else turns is left at its end
SECTIONS = 40  # steps of a search
SEARCHABLE = 500  # nodes of a graph in which is searched; what is longer has its ends at the corners

_LINEAR = {ops.add, ops.sub, ops.neg, ops.total, None}


@dataclass(frozen=True)
class Window:
    """Everything from `low` to `high`; `middle` is what the figures give as they are written."""

    low: float
    middle: float
    high: float

    def meets(self, other: Window) -> bool:
        """Whether some number is in both, up to the rounding of floats."""
        slack = CLOSE * max(abs(self.low), abs(self.high), abs(other.low), abs(other.high))
        return self.low <= other.high + slack and other.low <= self.high + slack

    def holds(self, number: float) -> bool:
        """Whether the number is in the window."""
        return self.meets(Window(number, number, number))


def half_unit(number: Number) -> float:
    """How far either way a written number stands for: half a unit of its last digit.

    A whole number of one or two digits is no rounded figure, as nobody rounds 7.2 to 7: it stands for
    what is 7.000 to three decimals.

    >>> from autograd.grammar import number
    >>> [round(half_unit(number(text)), 6) for text in ("0.40", "1.5e-4", "1235", "7")]
    [0.005, 5e-06, 0.5, 0.0005]
    """
    if number.exact and len(number.text.lstrip("-")) <= 2:
        return 0.0005
    return number.unit / 2 * (1 + SLACK)


def written_window(number: Number) -> Window:
    """What a written number stands for.

    >>> from autograd.grammar import number
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
    searching = searching and len(order) <= SEARCHABLE and any(node.op not in _LINEAR for node in order)
    ends = [middle, *(_end(order, loose, slopes, side, searching=searching) for side in (-1, 1))]
    return Window(min(ends), middle, max(ends))


def _end(
    order: Sequence[Value], loose: Mapping[Value, float], slopes: Mapping[Value, Any], side: int, *, searching: bool
) -> float:
    """The largest value of the last node (side 1) or the smallest (side −1)."""
    point = {leaf: leaf.data + side * half * _sign(slopes[leaf]) for leaf, half in loose.items()}
    turning = _turning(order, point, slopes) if searching else []
    found = recompute(order, point)
    if not turning:
        return order[-1].data if found is None else found
    best = side * (order[-1].data if found is None else found)
    for start in (-1, 1):  # from both corners: a·b at 0 has its ends at opposite ones
        at = {**point, **{leaf: leaf.data + start * loose[leaf] for leaf in turning}}
        for _ in range(1 if len(turning) == 1 else 2):
            for leaf in turning:
                at[leaf], reached = _best(order, at, leaf, loose[leaf], side)
                best = max(best, reached)
    return side * best


def _sign(x: Any) -> int:
    return int(x > 0) - int(x < 0)


def _turning(order: Sequence[Value], point: Mapping[Value, float], slopes: Mapping[Value, Any]) -> list[Value]:
    """The figures whose slope is not of one sign from the middle to the end."""
    made: dict[Value, Value] = {}
    try:
        for node in order:
            if node.op is None:
                made[node] = Value(point.get(node, node.data))
            else:
                made[node] = node.op(*(made[v] if isinstance(v, Value) else v for v in node.operands))
        there = gradients(made[order[-1]])
    except (ChalkgradError, KeyError):
        return []
    return [leaf for leaf in point if _sign(slopes[leaf]) * _sign(there.get(made[leaf], 0)) <= 0][:SEARCHED]


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
