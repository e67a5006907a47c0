"""Symbols that flow through the table, so that a row becomes a formula.

An `Expr` is a `Symbol`, or an op applied to expressions and numbers. It is built by ordinary
arithmetic, exactly as written: nothing is rearranged, because source code made from it must
round as the table rounds. `simplified` is for eyes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd import ops
from autograd.errors import OperandError
from autograd.operators import Operators
from autograd.ops import VARIADIC, Op

if TYPE_CHECKING:
    from collections.abc import Sequence


class Expr(Operators["Apply"]):
    """A formula: what the table gives when it is read with symbols.

    >>> x = Symbol("x")
    >>> ops.tanh.partials[0](Symbol("y"), x)
    Apply(op=<op sub>, args=(1, Apply(op=<op mul>, args=(Symbol(name='y'), Symbol(name='y')))))
    """

    __slots__ = ()

    @staticmethod
    def read(op: Op, args: Sequence[Formula]) -> Apply:
        """Build the formula `op(args)`; called by the op."""
        return Apply(op, tuple(args))

    def __bool__(self) -> bool:
        raise OperandError(
            "a formula was used as a condition: a derivative must hold at every point, so write "
            "the condition with an operation of the table (step, sign, above)"
        )


@dataclass(frozen=True, slots=True)
class Symbol(Expr):
    """A name in a formula."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply(Expr):
    """An operation applied to formulas and numbers."""

    op: Op
    args: tuple[Formula, ...]


Formula: TypeAlias = Expr | float


def derivative(op: Op, y: Formula, args: Sequence[Formula], index: int) -> Formula:
    """The formula of ∂y/∂args[index], as the table has it.

    >>> derivative(ops.exp, Symbol("y"), [Symbol("x")], 0)
    Symbol(name='y')
    """
    if op.arity == VARIADIC:
        result: Formula = op.partials[0](y, *args)[index]
    else:
        result = op.partials[index](y, *args)
    return result


def _is(formula: Formula, number: float) -> bool:
    return not isinstance(formula, Expr) and formula == number


def _folded(op: Op, args: tuple[Any, ...]) -> Formula:
    """The number that `op(args)` is, where it is a whole one; 1/3 and 1/0 stay as they are written."""
    try:
        number: Any = op(*args)
        return number if number == int(number) else Apply(op, args)
    except (ArithmeticError, ValueError):
        return Apply(op, args)


def simplified(formula: Formula) -> Formula:
    """The same formula as a person would leave it: 1·x is x, x¹ is x, 2 − 1 is 1.

    >>> x = Symbol("x")
    >>> simplified(ops.pow.partials[0](Symbol("y"), x, 2))
    Apply(op=<op mul>, args=(2, Symbol(name='x')))
    """
    if not isinstance(formula, Apply):
        return formula
    args = tuple(simplified(arg) for arg in formula.args)
    if formula.op is ops.monomial:
        c, a, b = args
        return simplified(Apply(ops.mul, (c, Apply(ops.pow, (a, b)))))
    if not any(isinstance(arg, Expr) for arg in args):
        return _folded(formula.op, args)
    if formula.op is ops.add and _is(args[0], 0):
        return args[1]
    if formula.op in (ops.add, ops.sub) and _is(args[1], 0):
        return args[0]
    if formula.op is ops.mul and (_is(args[0], 0) or _is(args[1], 0)):
        return 0
    if formula.op is ops.mul and _is(args[0], 1):
        return args[1]
    if formula.op is ops.mul and _is(args[0], -1):
        return Apply(ops.neg, (args[1],))
    if formula.op in (ops.mul, ops.div, ops.pow) and _is(args[1], 1):
        return args[0]
    return Apply(formula.op, args)
