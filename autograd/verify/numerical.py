"""Slopes without derivatives: by differences, and by a complex step through each operation.

This is what `gradcheck` holds against the engine. A *slope* here is measured, never taken from a
rule: a row is evaluated a little to the side, over the real numbers, or over the complex ones,
where the imaginary part carries how fast a number changes and nothing has to be subtracted. With
every slope comes a bound of its error. The complex rows are evaluations, no derivatives.
"""

from __future__ import annotations

import cmath
import math
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.engine.graph import topological_order
from autograd.engine.undefined import Undefined
from autograd.engine.value import Value
from autograd.symbolic.expr import Apply, Symbol
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from autograd.table.ops import Op

    At = Callable[[float], float | None]  # a number -> the value there, None where there is none to compare with

EPS = sys.float_info.epsilon
TINY = 1e-280  # below this a float has too few digits to measure with
STEP = 2.0**-66  # of a complex step, relative: its square is nothing beside 1
USUAL = EPS ** (1 / 3)  # of a difference, relative: rounding and curvature cost about the same
RATIO = 8.0  # between one step of a difference and the next
FINEST = RATIO**-14


class Measured(NamedTuple):
    """A slope that was measured, and how far off it may be."""

    slope: float
    error: float


# -- The rows over complex numbers --------------------------------------------------------------


def _power(a: complex, b: complex) -> complex:
    whole = b.imag == 0 and b.real == int(b.real)
    if a.real < 0 and whole:
        return _power(-a, b) * (-1 if b.real % 2 else 1)
    if a.real < 0 or (a.real == 0 and not whole):
        raise ValueError("a branch point")
    power: complex = a**b
    return power


def _sigmoid(z: complex) -> complex:
    return 1 / (1 + cmath.exp(-z)) if z.real > 0 else cmath.exp(z) / (1 + cmath.exp(z))


def _softplus(z: complex) -> complex:
    return z + _softplus(-z) if z.real > 0 else cmath.log(1 + cmath.exp(z))


def _expm1(z: complex) -> complex:
    return complex(math.expm1(z.real), cmath.exp(z).imag)  # the step is too small to turn it


def _made_of_others(op: Op) -> Callable[..., complex]:
    """An n-ary row over complex numbers: the formula that it is, each operation of it over complex numbers."""

    def of(formula: Any, numbers: dict[str, complex]) -> complex:
        if isinstance(formula, Apply):
            return COMPLEX[formula.op](*[of(arg, numbers) for arg in formula.args])
        return numbers[formula.name] if isinstance(formula, Symbol) else formula

    def at(*operands: complex) -> complex:
        names = [Symbol(f"x{place}") for place in range(len(operands))]
        return of(op.forward(*names), {name.name: operand for name, operand in zip(names, operands)})

    return at


COMPLEX: dict[Op, Callable[..., complex]] = {
    **{op: op.forward for op in (ops.add, ops.sub, ops.mul, ops.div, ops.neg)},
    **{op: op.forward for op in (ops.affine, ops.total, ops.mean, ops.half_squared_error, ops.mean_squared_error)},
    **{op: _made_of_others(op) for op in (ops.max_margin, ops.huber, ops.binary_cross_entropy)},
    **{op: _made_of_others(op) for op in (ops.cross_entropy, ops.logsumexp)},
    ops.logaddexp: lambda a, b: b + _softplus(a - b) if a.real > b.real else a + _softplus(b - a),
    ops.exp_less: lambda a, t: cmath.exp(a) - t,
    ops.sigmoid_less: lambda x, t: _sigmoid(x) - t,
    ops.pow: _power,
    ops.monomial: lambda c, a, b: c * _power(a, b),
    ops.xlogy: lambda x, y: x * cmath.log(y),
    ops.exp: cmath.exp,
    ops.expm1: _expm1,
    ops.log: cmath.log,
    ops.sqrt: cmath.sqrt,
    ops.sin: cmath.sin,
    ops.cos: cmath.cos,
    ops.tanh: cmath.tanh,
    ops.sigmoid: _sigmoid,
    ops.softplus: _softplus,
    ops.abs: lambda z: z if z.real > 0 else -z,
    ops.relu: lambda z: z if z.real > 0 else 0j,
    ops.leaky_relu: lambda z, slope: z if z.real > 0 else slope * z,
    ops.elu: lambda z, alpha: z if z.real > 0 else alpha * _expm1(z),
    ops.maximum: lambda a, b: a if a.real >= b.real else b,
    ops.minimum: lambda a, b: a if a.real <= b.real else b,
    **dict.fromkeys((ops.sign, ops.step, ops.above), lambda *_: 0j),
}

# What changes its sign where an operation has a kink or a jump.
KINKS: dict[Op, Callable[..., float]] = {
    **dict.fromkeys((ops.relu, ops.leaky_relu, ops.elu, ops.abs, ops.sign, ops.step), lambda x, *_: x),
    **dict.fromkeys((ops.maximum, ops.minimum, ops.above), lambda a, b: a - b),
    ops.max_margin: lambda *args: math.prod(
        ops.sign(1 - t * s) for s, t in zip(args[: len(args) // 2], args[len(args) // 2 :])
    ),
}


# -- Differences --------------------------------------------------------------------------------


def differences(at: At, x: float, scale: float, noise: float) -> Measured | None:
    """The slope at `x` by central differences; one-sided where there is a value on one side only.

    `scale` is how large x is when it is not small, `noise` what rounding may do to a value. The
    finest step is the safest from curvature and the worst for rounding, and rounding is known. So
    it begins there, and takes wider steps as long as each agrees with the one before within the
    rounding of both.

    >>> slope, error = differences(math.log, 1e-9, 1e-9, 1e-15)
    >>> abs(slope - 1e9) < error < 100
    True
    """
    for left, right in ((1, 1), (0, 1), (1, 0)):
        h = scale * FINEST
        while _secant(at, x - h * left, x + h * right, noise) is None and h > TINY and x + h != x:
            h /= RATIO  # to the edge of the domain, and then well away from it
        if h < scale * FINEST and x + h / RATIO**4 != x:
            h /= RATIO**4
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
        return Measured(best.slope, best.error + apart)
    return None


def _secant(at: At, low: float, high: float, noise: float) -> Measured | None:
    below, above = at(low), at(high)
    if below is None or above is None or low == high:
        return None
    rounding = noise + EPS * max(abs(below), abs(above))
    return Measured((above - below) / (high - low), 2 * rounding / (high - low))


def sides(at: At, x: float, h: float = USUAL) -> tuple[Measured, Measured]:
    """The slopes to the left and to the right of `x`, with this step; NaN where there are no values.

    >>> [round(slope, 9) for slope, error in sides(abs, 0.0)]
    [-1.0, 1.0]
    """
    return _one_side(at, x, -h), _one_side(at, x, h)


def _one_side(at: At, x: float, h: float) -> Measured:
    """Two secants clear of `x`, carried on to `x`; as far apart as they are it may be off."""
    near, middle, far = at(x + h), at(x + 3 * h), at(x + 5 * h)
    if near is None or middle is None or far is None:
        return Measured(math.nan, math.inf)
    first, second = (middle - near) / (2 * h), (far - middle) / (2 * h)
    slope, error = 2 * first - second, abs(second - first)
    return Measured(0.0 if abs(slope) <= error else slope, error)


# -- One operation, and a graph of them ---------------------------------------------------------


def rate(op: Op, xs: Sequence[float], speeds: Sequence[float]) -> Measured:
    """How fast `op(*xs)` changes while its operands change at these speeds; NaN if that cannot be told.

    >>> rate(ops.mul, [2.0, 5.0], [1.0, 0.0]).slope
    5.0
    """
    fastest = max(map(abs, speeds))
    if fastest == 0:
        return Measured(0.0, 0.0)
    speeds = [speed / fastest for speed in speeds]
    scale = min(abs(x) or 1.0 for x, speed in zip(xs, speeds) if speed)
    if scale < TINY:
        return Measured(math.nan, math.inf)
    try:
        slope = _complex_step(op, xs, speeds, STEP * scale)
        error = 8 * EPS * abs(slope) + sys.float_info.min / (STEP * scale)
        if 0 in xs:  # where the step is not small beside the number
            error += abs(slope - _complex_step(op, xs, speeds, 2 * STEP * scale))
    except (KeyError, ArithmeticError, ValueError):  # no complex row, or not at this point
        found = differences(moving(op, xs, speeds), 0.0, scale, EPS * max(map(abs, xs)))
        slope, error = found or (math.nan, math.inf)
    return Measured(slope * fastest, error * fastest)


def _complex_step(op: Op, xs: Sequence[float], speeds: Sequence[float], h: float) -> float:
    return COMPLEX[op](*[complex(x, h * speed) for x, speed in zip(xs, speeds)]).imag / h


def moving(op: Op, xs: Sequence[float], speeds: Sequence[float]) -> At:
    """The row as a function of the time for which its operands have moved at these speeds."""

    def at(time: float) -> float | None:
        try:
            return float(op.forward(*[x + time * speed if speed else x for x, speed in zip(xs, speeds)]))
        except (ArithmeticError, ValueError):
            return None

    return at


def numbers(node: Value) -> list[Any]:
    """The operands of a node as plain numbers."""
    return [v.data if isinstance(v, Value) else v for v in node.operands]


def measured(order: Sequence[Value], leaf: Value) -> Measured:
    """The slope of the last node of an order with respect to a leaf, each operation on the way measured.

    The error also covers what rounding may have done to the engine's own gradient.

    >>> x = Value(3.0)
    >>> round(measured(topological_order(x**3), x).slope, 12)
    27.0
    """
    still = Measured(0.0, 0.0)
    found = {leaf: Measured(1.0, 0.0)}
    for node in order:
        edges = node.edges()
        if node.op is None or not any(parent in found for parent, _ in edges):
            continue
        speeds = [found.get(v, still).slope if isinstance(v, Value) else 0.0 for v in node.operands]
        slope, error = rate(node.op, numbers(node), speeds)
        for (parent, local), rounding in zip(edges, blur(node)):
            speed = found.get(parent, still)
            error += abs(local) * speed.error + (EPS * abs(local) + rounding) * abs(speed.slope)
        found[node] = Measured(slope, error)
    return found.get(order[-1], still)


# -- What rounding does -------------------------------------------------------------------------


def noise(order: Sequence[Value]) -> float:
    """A bound of what rounding may have done to the data of the last node of an order."""
    bound: dict[Value, float] = {}
    for node in order:
        carried = [abs(local) * bound[parent] for parent, local in node.edges() if not isinstance(local, Undefined)]
        bound[node] = EPS * abs(node.data) + sum(carried)
    return bound[order[-1]]


def blur(node: Value) -> list[float]:
    """The same for each local derivative of a node: 1 − y² has few digits left where y is nearly 1."""
    assert node.op is not None
    try:
        partials = node.op.local_derivatives(Value(node.data), [Value(x) for x in numbers(node)])
        found = [noise(topological_order(p)) if isinstance(p, Value) else 0.0 for p in partials]
    except (ArithmeticError, ValueError, TypeError):  # not to be had at this point, or not closed over the table
        return [0.0] * len(node.parents)
    return [rounding for rounding, operand in zip(found, node.operands) if isinstance(operand, Value)]
