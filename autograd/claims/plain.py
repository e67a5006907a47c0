"""Expressions in which nothing cancels, vanishes or overflows: their floats are right to many digits as they are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from autograd.claims.bounded import LOST, TINY, BoundedNumber
from autograd.claims.interpreter import FUNCTIONS, OPERATIONS, evaluate
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograd.claims.tree import FunctionDefinition, Node
    from autograd.table.ops import Op

PLAIN = 5e-11  # bound of the relative error of a plain expression
NAMED, DERIVED = 1e-12, 2e-12  # bounds of the relative errors of names and derivatives in it
CANCELLED = 0.1  # of an operand: a sum that is smaller has lost a digit
FLAT, STEEP = 0.01, 10  # x·f′(x)/f(x): where it is smaller, changes of x are lost in f; where larger, errors of x grow


def plain_number(
    tree: Node,
    functions: Mapping[str, FunctionDefinition],
    value: Callable[[str], BoundedNumber],
    derivative: Callable[[str, str], BoundedNumber],
) -> float | None:
    """Return the float of an expression if it is plain, and its names and derivatives are known well; else None."""
    try:
        return float(
            evaluate(
                tree,
                functions,
                lambda name: _known(value(name), NAMED),
                lambda of, by: _known(derivative(of, by), DERIVED),
                operations=_PLAIN,
            )
        )
    except (ArithmeticError, ValueError, TypeError):  # the last one where f'(z) computes with Values
        return None


def _known(found: BoundedNumber, most: float) -> float:
    if found.is_lossy or found.error > most * abs(found.number):
        raise ArithmeticError
    return found.number


def _sum(a: float, b: float, y: float) -> float:
    size, larger, smaller = abs(y), max(abs(a), abs(b)), min(abs(a), abs(b))
    if size < CANCELLED * larger or 0 < smaller < LOST * size:
        raise ArithmeticError
    return y


def _product(y: float, *, is_zero: bool) -> float:
    if not (is_zero or TINY < abs(y) < 1 / TINY):
        raise ArithmeticError
    return y


def _smooth(op: Op, x: float) -> float:
    y: float = op.forward(x)
    if x and not FLAT * abs(y) <= abs(op.partials[0](y, x) * x) <= STEEP * abs(y) < STEEP / TINY:
        raise ArithmeticError
    return y


def _other(*_: Any) -> float:
    raise ArithmeticError  # its error has to be computed


_KINKED = (ops.abs, ops.relu, ops.leaky_relu, ops.maximum, ops.minimum)
_PLAIN: Mapping[str, Callable[..., Any]] = {
    **OPERATIONS,
    **{name: _other for name, op in FUNCTIONS.items() if op not in _KINKED},
    **{
        name: partial(_smooth, op)
        for name, op in FUNCTIONS.items()
        if isinstance(op, ops.Op) and op.arity == 1 and op.kink is None
    },
    "+": lambda a, b: _sum(a, b, a + b),
    "-": lambda a, b: _sum(a, b, a - b),
    "*": lambda a, b: _product(a * b, is_zero=a == 0 or b == 0),
    "/": lambda a, b: _product(a / b, is_zero=a == 0),
    "^": lambda a, b: _product(OPERATIONS["^"](a, b), is_zero=a == 0),
}
