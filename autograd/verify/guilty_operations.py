"""The operations of a graph whose local derivatives are wrong: each is measured alone.

A row of a user's own is trusted in nothing. Its derivative may be no number, or not be there, and its complex form
may share the mistake, so that the operation is measured by differences of its real form as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from autograd.engine.graph import Graph, local_formula
from autograd.engine.messages import describe
from autograd.engine.undefined import Undefined
from autograd.engine.value import Value
from autograd.errors import OperandError
from autograd.formatting import escapes, figures
from autograd.symbolic import printer
from autograd.table.plain_numbers import plain_number
from autograd.verify import numerical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from autograd.table.ops import Op

COMPLEX_TOLERANCE = 1e-10  # relative
DIFFERENCE_TOLERANCE = 1e-6  # relative
SECOND_TOLERANCE = 1e-4  # relative, of a derivative's own slope: what is cut off from the graph is missing altogether


@dataclass(frozen=True, slots=True)
class WrongPartial:
    """An operation whose local derivative is wrong: the node, the edge, and what the derivative should be."""

    node: Value
    index: int
    local: float
    should_be: float
    text: str


def check_locals(output: Value) -> None:
    """Raise OperandError for an operation whose row gives no derivative for an operand, or what is no number."""
    graph = Graph(output)
    for node in graph.order:
        if node.op is None:
            continue
        operands = [operand for operand in node.operands if isinstance(operand, Value)]
        given = [local for _, local in node.edges()]
        if len(given) < len(operands):  # a row that gives None, or too few
            every = list(node.op.local_derivatives(node.data, numerical.operand_numbers(node)))
            every += [None] * (len(node.operands) - len(every))
            given = [local for operand, local in zip(node.operands, every) if isinstance(operand, Value)]
        for operand, local in zip(operands, given):
            if not isinstance(local, Undefined) and plain_number(local) is None:
                numbered = enumerate(node.operands, start=1)
                names = {v: escapes.plain(v.label) or f"operand {n}" for n, v in numbered if isinstance(v, Value)}
                raise OperandError(
                    f"gradcheck: {numerical.operation_text(node, names)}: the derivative with respect to "
                    f"{names[operand]} is given as {describe(local)}, which is no real number"
                )


def wrong_partials(graph: Graph, sides: Mapping[Value, int]) -> Iterator[WrongPartial]:
    """Yield the operations whose local derivative differs from the slope of the operation alone.

    `sides` has the side of its kink, −1, 0 or 1, for each operation that has one.
    """
    names = numerical.short_names(graph)
    for node in graph.order:
        if node.op is None:
            continue
        xs = numerical.operand_numbers(node)
        places = [place for place, operand in enumerate(node.operands) if isinstance(operand, Value)]
        edges = zip(node.edges(), places, numerical.rounding_of_partials(node))
        for index, ((parent, local), place, rounding) in enumerate(edges):
            if isinstance(local, Undefined):
                continue
            speeds = [float(other == place) for other in range(len(xs))]
            slope, slack = _measured(node.op, xs, speeds)
            slack += 16 * rounding
            low = high = slope
            if sides.get(node) == 0:  # at the kink itself any value between the two slopes is right
                apart = numerical.one_sided_slopes(numerical.along_speeds(node.op, xs, speeds), 0.0)
                low, high = sorted(side.slope for side in apart)
                slack = 1e-3 * max(abs(low), abs(high))
            near = math.isfinite(local) and low - slack <= local <= high + slack
            if math.isfinite(slope) and not near:
                says, should = figures.apart(local, slope)
                text = (
                    f"{numerical.operation_text(node, names)}: the derivative with respect to {names[parent]} is "
                    f"given as {_formula(node, index, names)}{says}, and should be {should}"
                )
                yield WrongPartial(node, index, float(local), slope, text)


def _measured(op: Op, xs: Sequence[Any], speeds: Sequence[float]) -> numerical.MeasuredSlope:
    """Return the slope of an operation alone, and how far from it a derivative may be."""
    slope, error = numerical.directional_slope(op, xs, speeds)
    slack = COMPLEX_TOLERANCE * abs(slope) + 4 * error + numerical.TINY
    real = numerical.difference_slope(op, xs, speeds)
    loose = DIFFERENCE_TOLERANCE * abs(real.slope) + 4 * real.error
    if abs(real.slope - slope) > loose + slack:  # its complex form is another function
        return numerical.MeasuredSlope(real.slope, loose)
    return numerical.MeasuredSlope(slope, slack)


def _formula(node: Value, index: int, names: Mapping[Value, str]) -> str:
    try:
        text = printer.text(local_formula(node, index, names))
    except (ArithmeticError, ValueError, TypeError):  # a partial that is not written with the table
        return ""
    return f"{text} = " if any(sign.isalpha() for sign in text.replace("nan", "").replace("inf", "")) else ""


# -- Derivatives that cannot be differentiated -----------------------------------------------------


def cut_off(graph: Graph) -> Iterator[WrongPartial]:
    """Yield the operations whose derivative is right as a number, and wrong when it is differentiated again."""
    names = numerical.short_names(graph)
    for node in graph.order:
        if node.op is None:
            continue
        xs = numerical.operand_numbers(node)
        speeds = [1 + place / 7 % 1 for place in range(len(xs))]  # one direction among all operands
        measured = numerical.central_difference(partial(_sum_of_partials, node.op, xs, speeds), 0.0, 1.0, 0.0)
        if measured is None:
            continue
        again = _differentiated(node.op, xs, speeds)
        if not abs(again - measured.slope) <= SECOND_TOLERANCE * abs(measured.slope) + 4 * measured.error + 1e-9:
            text = (
                f"{numerical.operation_text(node, names)}: its derivative is right as a number, but cannot be "
                "differentiated again; write it with operators and rows of the table, not with math or .data"
            )
            yield WrongPartial(node, 0, again, measured.slope, text)


def _sum_of_partials(op: Op, xs: Sequence[Any], speeds: Sequence[float], time: float) -> float | None:
    """Return the sum of an operation's local derivatives, each times the speed of its operand, at a time."""
    moved = [x + time * speed for x, speed in zip(xs, speeds)]
    try:
        return float(
            sum(speed * local for speed, local in zip(speeds, op.local_derivatives(op.forward(*moved), moved)))
        )
    except (ArithmeticError, ValueError):
        return None


def _differentiated(op: Op, xs: Sequence[Any], speeds: Sequence[float]) -> float:
    """Return the slope of that sum as the engine has it, when it differentiates the partials of the row."""
    leaves = [Value(x) for x in xs]
    partials = op.local_derivatives(op(*leaves), leaves)
    whole = sum(speed * local for speed, local in zip(speeds, partials))
    if not isinstance(whole, Value):
        return 0.0
    gradients = Graph(whole).gradients
    return float(sum(speed * gradients.get(leaf, 0.0) for speed, leaf in zip(speeds, leaves)))
