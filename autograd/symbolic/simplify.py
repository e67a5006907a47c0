"""Formulas as a person would leave them: for eyes only, because another formula may round in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.symbolic.expr import Apply, Expr, alike
from autograd.table import ops

if TYPE_CHECKING:
    from autograd.symbolic.expr import Formula
    from autograd.table.ops import Op


def simplified(formula: Formula) -> Formula:
    """Return the same formula as a person would leave it: x for 1·x and x¹, 1 for 2 − 1, a + x for a − −x.

    What was subtracted for the sake of digits goes: log(exp(a − m) + exp(b − m)) is log(exp(a) + exp(b)) − m.

    >>> from autograd.symbolic.expr import Symbol
    >>> x = Symbol("x")
    >>> simplified(ops.pow.partials[0](Symbol("y"), x, 2))
    Apply(op=<op mul>, args=(2, Symbol(name='x')))
    """
    return _simplified(formula, {})


def _simplified(formula: Formula, known: dict[int, tuple[Formula, Formula]]) -> Formula:
    """Do so; `known` has what was simplified, by identity, for one part may be met very often."""
    if not isinstance(formula, Apply):
        return formula
    if id(formula) not in known:
        args = tuple(_simplified(arg, known) for arg in formula.args)
        found = _of_simple_parts(Apply(formula.op, args), known)
        known[id(formula)], known[id(found)] = (formula, found), (found, found)
    return known[id(formula)][1]


def _of_simple_parts(formula: Apply, known: dict[int, tuple[Formula, Formula]]) -> Formula:
    args = formula.args
    if formula.op is ops.portion:
        return _simplified(Apply(ops.mul, args), known)
    if formula.op is ops.monomial:
        c, a, b = args
        return _simplified(Apply(ops.mul, (c, Apply(ops.pow, (a, b)))), known)
    if not any(isinstance(arg, Expr) for arg in args):
        return _folded(formula.op, args)
    if formula.op in (ops.add, ops.sub):
        return _sum(formula.op, *args)
    if formula.op is ops.logaddexp and (shared := _shared(*args)) is not None:
        return Apply(ops.sub, (_simplified(Apply(ops.logaddexp, shared[:2]), known), shared[2]))
    if formula.op is ops.neg:
        return _negated(args[0])
    if formula.op is ops.mul:
        if _is(args[0], 0) or _is(args[1], 0):
            return 0
        if _is(args[0], 1):
            return args[1]
        if _is(args[0], -1):
            return _negated(args[1])
    if formula.op in (ops.mul, ops.div, ops.pow) and _is(args[1], 1):
        return args[0]
    return formula


def _sum(op: Op, a: Formula, b: Formula) -> Formula:
    """Return a sum or difference without a term 0, a minus sign of the second term put between the two."""
    if _is(b, 0):
        return a
    if _is(a, 0):
        return b if op is ops.add else _negated(b)
    if op is ops.sub and (shared := _shared(a, b)) is not None:
        return _sum(ops.sub, *shared[:2])
    turned = _turned(b)
    return Apply(op, (a, b)) if turned is None else Apply(ops.sub if op is ops.add else ops.add, (a, turned))


def _shared(*args: Formula) -> tuple[Formula, Formula, Formula] | None:
    """Return a, b and m where the arguments are a − m and b − m, else None."""
    pairs = [arg.args for arg in args if isinstance(arg, Apply) and arg.op is ops.sub]
    if len(pairs) < 2 or not alike(pairs[0][1], pairs[1][1]):
        return None
    return pairs[0][0], pairs[1][0], pairs[0][1]


def _negated(formula: Formula) -> Formula:
    """Return −a; of −a, a."""
    if (turned := _turned(formula)) is not None:
        return turned
    return Apply(ops.neg, (formula,)) if isinstance(formula, Expr) else -formula


def _turned(formula: Formula) -> Formula | None:
    """Return the formula without its minus sign, 2·x for −2·x; None where it has none."""
    if not isinstance(formula, Expr):
        return -formula if formula < 0 else None
    if not isinstance(formula, Apply):
        return None
    if formula.op is ops.neg:
        return formula.args[0]
    for place in {ops.mul: (0, 1), ops.div: (0,)}.get(formula.op, ()):
        if (turned := _turned(formula.args[place])) is not None:
            args = (*formula.args[:place], turned, *formula.args[place + 1 :])
            return args[1 - place] if formula.op is ops.mul and _is(turned, 1) else Apply(formula.op, args)
    return None


def _is(formula: Formula, number: float) -> bool:
    return not isinstance(formula, Expr) and formula == number


def _folded(op: Op, args: tuple[Any, ...]) -> Formula:
    """Return the number that `op(args)` is where it is a whole one; 1/3 and 1/0 stay as they are written."""
    try:
        number: Any = op(*args)
        return number if number == int(number) else Apply(op, args)
    except (ArithmeticError, ValueError):
        return Apply(op, args)
