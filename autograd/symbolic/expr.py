"""Symbols that flow through the table, so that a row becomes a formula.

An `Expr` is a `Symbol`, or an op applied to expressions and numbers. It is built by ordinary
arithmetic, exactly as written: nothing is rearranged, because source code made from it must
round as the table rounds. `simplified` is for eyes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd.errors import OperandError
from autograd.table import ops
from autograd.table.operators import Unknown
from autograd.table.ops import VARIADIC, Op

if TYPE_CHECKING:
    from collections.abc import Sequence


class Expr(Unknown["Apply"]):
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


@dataclass(frozen=True, slots=True, eq=False)
class Symbol(Expr):
    """A name in a formula."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Apply(Expr):
    """An operation applied to formulas and numbers."""

    op: Op
    args: tuple[Formula, ...]


Formula: TypeAlias = Expr | float


def written(op: Op, args: Sequence[Formula]) -> Formula:
    """What `op(*args)` computes: a row of any number of arguments is written out, where no condition decides it.

    >>> from autograd.symbolic.printer import text
    >>> text(written(ops.total, [Symbol("a"), Symbol("b")])), text(written(ops.tanh, [Symbol("a")]))
    ('a + b', 'tanh(a)')
    """
    if op.arity == VARIADIC:
        try:
            whole: Formula = op.forward(*args)
        except TypeError:  # it compares what it is given, or takes numbers alone
            pass
        else:
            return whole
    return Apply(op, tuple(args))


def derivative(op: Op, y: Formula, args: Sequence[Formula], index: int) -> Formula:
    """The formula of ∂y/∂args[index], as the table has it.

    >>> derivative(ops.exp, Symbol("y"), [Symbol("x")], 0)
    Symbol(name='y')

    Raises OperandError, naming the op, where the row compares what it is given.
    """
    try:
        if op.arity == VARIADIC:
            result: Formula = op.partials[0](y, *args)[index]
        else:
            result = op.partials[index](y, *args)
    except OperandError as error:
        raise OperandError(f"the derivative of {op.name}: {error}") from None
    return result


def alike(one: Any, other: Any) -> bool:
    """Whether two formulas are written alike, sign by sign; `==` is not asked of formulas (see `Unknown`).

    >>> x = Symbol("x")
    >>> alike(x * 2, Symbol("x") * 2), alike(x * 2, 2 * x)
    (True, False)
    """
    waiting = [(one, other)]
    while waiting:
        one, other = waiting.pop()
        if one is other:
            continue
        if isinstance(one, (Expr, tuple)):
            if type(one) is not type(other):
                return False
            mine, others = _parts(one), _parts(other)
            if len(mine) != len(others):
                return False
            waiting.extend(zip(mine, others))
        elif isinstance(other, (Expr, tuple)) or one != other:
            return False
    return True


def _parts(formula: Any) -> tuple[Any, ...]:
    if isinstance(formula, tuple):
        return formula
    return tuple(getattr(formula, part) for part in formula.__match_args__)


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
    """The same formula as a person would leave it: 1·x is x, x¹ is x, 2 − 1 is 1, 0 − x is −x, a − −x is a + x.

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
    if formula.op in (ops.add, ops.sub):
        return _sum(formula.op, *args)
    if formula.op is ops.neg:
        return _negated(args[0])
    if formula.op is ops.mul and (_is(args[0], 0) or _is(args[1], 0)):
        return 0
    if formula.op is ops.mul and _is(args[0], 1):
        return args[1]
    if formula.op is ops.mul and _is(args[0], -1):
        return _negated(args[1])
    if formula.op in (ops.mul, ops.div, ops.pow) and _is(args[1], 1):
        return args[0]
    return Apply(formula.op, args)


def _sum(op: Op, a: Formula, b: Formula) -> Formula:
    """A sum or difference: 0 goes without saying, and a sign goes into the one between them."""
    if _is(b, 0):
        return a
    if _is(a, 0):
        return b if op is ops.add else _negated(b)
    turned = _turned(b)
    return Apply(op, (a, b)) if turned is None else Apply(ops.sub if op is ops.add else ops.add, (a, turned))


def _negated(formula: Formula) -> Formula:
    """−a; of −a, a."""
    turned = _turned(formula)
    if turned is not None:
        return turned
    return Apply(ops.neg, (formula,)) if isinstance(formula, Expr) else -formula


def _turned(formula: Formula) -> Formula | None:
    """What a formula with a minus sign is the negative of, 2·x of −2·x; None where there is no sign to take away."""
    if not isinstance(formula, Expr):
        return -formula if formula < 0 else None
    if not isinstance(formula, Apply):
        return None
    if formula.op is ops.neg:
        return formula.args[0]
    for place in {ops.mul: (0, 1), ops.div: (0,)}.get(formula.op, ()):
        turned = _turned(formula.args[place])
        if turned is not None:
            args = (*formula.args[:place], turned, *formula.args[place + 1 :])
            return args[1 - place] if formula.op is ops.mul and _is(turned, 1) else Apply(formula.op, args)
    return None
