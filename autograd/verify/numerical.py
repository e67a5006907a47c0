"""Slopes measured without derivatives: by differences, and by a complex step through each operation.

`gradcheck` compares the engine with them. A *slope* here is never taken from a rule of the table: the
operation is evaluated a little to the side. A complex step moves an argument by a tiny imaginary
number; the imaginary part of the result is then the slope, and nothing has to be subtracted. Each
slope comes with a bound of its error.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.engine.graph import topological_order
from autograd.engine.undefined import Undefined
from autograd.engine.value import Value
from autograd.formatting import figures
from autograd.formatting.terminal import short
from autograd.table.operators import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from autograd.engine.graph import Graph
    from autograd.table.ops import Op

    At = Callable[[float], float | None]  # a number -> the value there, None if there is none to compare with

EPS = sys.float_info.epsilon
TINY = 1e-280  # below this a float has too few digits to measure with
COMPLEX_STEP = 2.0**-66  # relative: its square vanishes beside 1
DIFFERENCE_STEP = EPS ** (1 / 3)  # relative: rounding and curvature then cost about the same
RATIO = 8.0  # between one step of a difference and the next
FINEST = RATIO**-14


class MeasuredSlope(NamedTuple):
    """A slope, and a bound of its error."""

    slope: float
    error: float


class ComplexNumber(Unknown["ComplexNumber"]):
    """A complex number that the table can be read with; an operation without a complex form is read by its own row.

    >>> from autograd.table import ops
    >>> ops.logsumexp(ComplexNumber(1.0 + 1e-20j), ComplexNumber(1.0 + 0j)).z.imag
    5e-21
    """

    __slots__ = ("z",)

    def __init__(self, z: complex) -> None:
        self.z = z

    @staticmethod
    def read(op: Op, args: Sequence[Any]) -> ComplexNumber:
        """Evaluate an operation; called by the op."""
        if op.complex_forward is None:
            found = op.forward(*args)
            return found if isinstance(found, ComplexNumber) else ComplexNumber(complex(found))
        return ComplexNumber(op.complex_forward(*[arg.z if isinstance(arg, ComplexNumber) else arg for arg in args]))


# -- Differences --------------------------------------------------------------------------------


def central_difference(at: At, x: float, scale: float, noise: float) -> MeasuredSlope | None:
    """Return the slope at `x` by central differences, or one-sided if only one side has values.

    `scale` is the usual size of x, `noise` what rounding may do to a value. The finest step suffers
    least from curvature and most from rounding, which is known. So begin there, and widen the step
    as long as each result agrees with the one before it within the rounding of both.

    >>> slope, error = central_difference(math.log, 1e-9, 1e-9, 1e-15)
    >>> abs(slope - 1e9) < error < 100
    True
    """
    for left, right in ((1, 1), (0, 1), (1, 0)):
        h = scale * FINEST
        while _secant(at, x - h * left, x + h * right, noise) is None and h > TINY and x + h != x:
            h /= RATIO  # closer, until both points are in the domain
        if h < scale * FINEST and x + h / RATIO**4 != x:
            h /= RATIO**4  # and then well away from its edge
        best = _secant(at, x - h * left, x + h * right, noise)
        if best is None:
            continue
        apart = math.inf  # as long as no second step agrees
        while h < max(abs(x), scale, 1.0) / RATIO:
            h *= RATIO
            wider = _secant(at, x - h * left, x + h * right, noise)
            if wider is None:
                break
            change = abs(wider.slope - best.slope)
            if change > wider.error + best.error:
                apart = max(apart, change)
                break
            best, apart = wider, change
        return MeasuredSlope(best.slope, best.error + apart)
    return None


def _secant(at: At, low: float, high: float, noise: float) -> MeasuredSlope | None:
    below, above = at(low), at(high)
    if below is None or above is None or low == high:
        return None
    rounding = noise + EPS * max(abs(below), abs(above))
    return MeasuredSlope((above - below) / (high - low), 2 * rounding / (high - low))


def one_sided_slopes(at: At, x: float, h: float = DIFFERENCE_STEP) -> tuple[MeasuredSlope, MeasuredSlope]:
    """Return the slopes on the left and on the right of `x`, with this step; NaN where there are no values.

    >>> [round(slope, 9) for slope, error in one_sided_slopes(abs, 0.0)]
    [-1.0, 1.0]
    """
    return _one_side(at, x, -h), _one_side(at, x, h)


def _one_side(at: At, x: float, h: float) -> MeasuredSlope:
    """Extrapolate two secants beside `x` to `x`; their distance bounds the error."""
    near, middle, far = at(x + h), at(x + 3 * h), at(x + 5 * h)
    if near is None or middle is None or far is None:
        return MeasuredSlope(math.nan, math.inf)
    first, second = (middle - near) / (2 * h), (far - middle) / (2 * h)
    slope, error = 2 * first - second, abs(second - first)
    return MeasuredSlope(0.0 if abs(slope) <= error else slope, error)


# -- One operation, and a graph of them ---------------------------------------------------------


def directional_slope(op: Op, xs: Sequence[float], speeds: Sequence[float]) -> MeasuredSlope:
    """Return how fast `op(*xs)` changes while its operands change at these speeds; NaN if it cannot be measured.

    >>> from autograd.table import ops
    >>> directional_slope(ops.mul, [2.0, 5.0], [1.0, 0.0]).slope
    5.0
    """
    fastest = max(map(abs, speeds))
    if fastest == 0:
        return MeasuredSlope(0.0, 0.0)
    speeds = [speed / fastest for speed in speeds]
    scale = min(abs(x) or 1.0 for x, speed in zip(xs, speeds) if speed)
    if scale < TINY:
        return MeasuredSlope(math.nan, math.inf)
    try:
        slope = _complex_step(op, xs, speeds, COMPLEX_STEP * scale)
        error = 8 * EPS * abs(slope) + sys.float_info.min / (COMPLEX_STEP * scale)
        if 0 in xs:  # beside 0 no step is small
            error += abs(slope - _complex_step(op, xs, speeds, 2 * COMPLEX_STEP * scale))
    except Exception:  # noqa: BLE001 -- a row of a user's own may raise anything for a number that is not real
        slope, error = difference_slope(op, xs, speeds)
    return MeasuredSlope(slope * fastest, error * fastest)


def difference_slope(op: Op, xs: Sequence[float], speeds: Sequence[float]) -> MeasuredSlope:
    """Return the same by differences of the operation itself; NaN if it has no values near enough."""
    scale = min(abs(x) or 1.0 for x, speed in zip(xs, speeds) if speed)
    found = central_difference(along_speeds(op, xs, speeds), 0.0, scale, EPS * max(map(abs, xs)))
    return found or MeasuredSlope(math.nan, math.inf)


def _complex_step(op: Op, xs: Sequence[float], speeds: Sequence[float], h: float) -> float:
    moved = [ComplexNumber(complex(x, h * speed)) for x, speed in zip(xs, speeds)]
    return ComplexNumber.read(op, moved).z.imag / h


def along_speeds(op: Op, xs: Sequence[float], speeds: Sequence[float]) -> At:
    """Return `op` as a function of the time during which its operands move at these speeds."""

    def at(time: float) -> float | None:
        try:
            return float(op.forward(*[x + time * speed if speed else x for x, speed in zip(xs, speeds)]))
        except (ArithmeticError, ValueError):
            return None

    return at


def short_names(graph: Graph) -> dict[Value, str]:
    """Return the names of the nodes, each short enough for a line of text."""
    return {node: short(name) for node, name in graph.names.items()}


def operand_numbers(node: Value) -> list[Any]:
    """Return the operands of a node as plain numbers."""
    return [v.data if isinstance(v, Value) else v for v in node.operands]


def operation_text(node: Value, names: Mapping[Value, str]) -> str:
    """Return the operation of a node with its operands in words: tanh of x = 0.4."""
    assert node.op is not None
    operands = [
        f"{names[v]} = {figures.number(v.data)}" if isinstance(v, Value) else figures.number(v)
        for v in node.operands[:4]
    ]
    return f"{node.op.name} of {' and '.join(operands)}{' and …' * (len(node.operands) > len(operands))}"


def measured_slope(order: Sequence[Value], leaf: Value) -> MeasuredSlope:
    """Return the slope of the last node of an order with respect to a leaf, measuring each operation between them.

    The error also covers the rounding of the engine's own gradient.

    >>> x = Value(3.0)
    >>> round(measured_slope(topological_order(x**3), x).slope, 12)
    27.0
    """
    still = MeasuredSlope(0.0, 0.0)
    found = {leaf: MeasuredSlope(1.0, 0.0)}
    for node in order:
        edges = node.edges()
        if node.op is None or not any(parent in found for parent, _ in edges):
            continue
        speeds = [found.get(v, still).slope if isinstance(v, Value) else 0.0 for v in node.operands]
        slope, error = directional_slope(node.op, operand_numbers(node), speeds)
        for (parent, local), rounding in zip(edges, rounding_of_partials(node)):
            speed = found.get(parent, still)
            error += abs(local) * speed.error + (EPS * abs(local) + rounding) * abs(speed.slope)
        found[node] = MeasuredSlope(slope, error)
    return found.get(order[-1], still)


# -- What rounding does -------------------------------------------------------------------------


def rounding_error(order: Sequence[Value]) -> float:
    """Return a bound of the rounding error in the data of the last node of an order."""
    bound: dict[Value, float] = {}
    for node in order:
        carried = [abs(local) * bound[parent] for parent, local in node.edges() if not isinstance(local, Undefined)]
        bound[node] = EPS * abs(node.data) + sum(carried)
    return bound[order[-1]]


def rounding_of_partials(node: Value) -> list[float]:
    """Return a bound of the rounding error in each local derivative: 1 − y² loses digits where y is nearly 1."""
    assert node.op is not None
    try:
        partials = node.op.local_derivatives(Value(node.data), [Value(x) for x in operand_numbers(node)])
        found = [rounding_error(topological_order(p)) if isinstance(p, Value) else 0.0 for p in partials]
    except (ArithmeticError, ValueError, TypeError):  # undefined at this point, or not written with the table
        return [0.0] * len(node.parents)
    return [rounding for rounding, operand in zip(found, node.operands) if isinstance(operand, Value)]
