"""Symbols that flow through the table, so that a row becomes a formula.

An `Expr` is a `Symbol`, or an op applied to expressions and numbers. It is built by ordinary
arithmetic, exactly as written: nothing is rearranged, because source code made from it must
round as the table rounds. `simplify` has what is for eyes only.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd.errors import OperandError
from autograd.table.operators import Unknown
from autograd.table.ops import VARIADIC, Op

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Expr(Unknown["Apply"]):
    """A formula: what the table gives when it is read with symbols.

    >>> from autograd.table import ops
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
    """Return what `op(*args)` computes: a row of any number of arguments is written out where no condition decides it.

    >>> from autograd.symbolic.printer import text
    >>> from autograd.table import ops
    >>> text(written(ops.total, [Symbol("a"), Symbol("b")])), text(written(ops.tanh, [Symbol("a")]))
    ('a + b', 'tanh(a)')
    """
    if op.arity == VARIADIC:
        with suppress(TypeError):  # it compares what it is given, or takes numbers alone
            whole: Formula = op.forward(*args)
            return whole
    return Apply(op, tuple(args))


def filled(formula: Formula, numbers: Mapping[str, Any]) -> Formula:
    """Return a formula with numbers in place of some of its symbols; functions of numbers stay as they are, ln(2).

    >>> x, n = Symbol("x"), Symbol("n")
    >>> filled(x ** (n - 1), {"n": 3})
    Apply(op=<op pow>, args=(Symbol(name='x'), 2))
    """
    if isinstance(formula, Symbol):
        number: Formula = numbers.get(formula.name, formula)
        return number
    if isinstance(formula, Apply):
        args = [filled(arg, numbers) for arg in formula.args]
        result: Formula = Apply(formula.op, tuple(args)) if formula.op.arity == 1 else formula.op(*args)
        return result
    return formula


def derivative(op: Op, y: Formula, args: Sequence[Formula], index: int) -> Formula:
    """Return the formula of ∂y/∂args[index], as the table has it.

    >>> from autograd.table import ops
    >>> derivative(ops.exp, Symbol("y"), [Symbol("x")], 0)
    Symbol(name='y')

    Raises OperandError, naming the op, where the row compares what it is given.
    """
    try:
        result: Formula = op.partials[0](y, *args)[index] if op.arity == VARIADIC else op.partials[index](y, *args)
    except OperandError as error:
        raise OperandError(f"the derivative of {op.name}: {error}") from None
    return result


def alike(one: Any, other: Any) -> bool:
    """Return whether two formulas are written alike, sign by sign; formulas have no `==` of their own (see `Unknown`).

    >>> x = Symbol("x")
    >>> alike(x * 2, Symbol("x") * 2), alike(x * 2, 2 * x)
    (True, False)
    """
    waiting = [(one, other)]
    while waiting:
        one, other = waiting.pop()
        if one is other:
            continue
        if not isinstance(one, (Expr, tuple)):
            if isinstance(other, (Expr, tuple)) or one != other:
                return False
        elif type(one) is not type(other) or len(mine := _parts(one)) != len(others := _parts(other)):
            return False
        else:
            waiting.extend(zip(mine, others))
    return True


def _parts(formula: Any) -> tuple[Any, ...]:
    return formula if isinstance(formula, tuple) else tuple(getattr(formula, part) for part in formula.__match_args__)
