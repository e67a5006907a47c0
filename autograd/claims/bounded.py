"""Floats that know how far off they may be.

A `BoundedNumber` flows through the table as a float does and carries a bound of its error: what rounding adds in each
operation, and what the operands pass on, each times its local derivative. It also knows whether something was lost in
it: a term so small beside the others that a float does not show it, or an argument at which the function no longer
changes. So a float may say that two numbers are equal, or that they differ, where it is sure.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd.engine.value import Value
from autograd.table import ops
from autograd.table.operators import Operators

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.table.ops import Op

UNIT = 2.0**-53  # what one rounding may be off, relative
ROUNDING = 4 * UNIT  # of a function: libm is right to two units in the last place or better
LOST = 1e-12  # of a result: a part of it that is smaller cannot be seen in it
LARGEST_WHOLE = 2.0**53  # up to which every whole number is a float
SMALLEST = 2.0**-1022  # below it a float has fewer digits
TINY = 1e-200  # a smaller number may have come from one that no float holds
_ROUNDED = {ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.total, ops.affine, ops.mean}  # rightly, after each step
_SUMS = {ops.add, ops.sub, *(op for op in ops.TABLE.values() if op.arity == ops.VARIADIC)}


class BoundedNumber(Operators["BoundedNumber"]):
    """A float, a bound of its error, and whether something was lost in it.

    >>> x = BoundedNumber(1e8)
    >>> y = (x + 1) ** 2 - x**2
    >>> y.number, 1 < y.error < 100
    (200000000.0, True)
    >>> BoundedNumber(20.0).tanh().is_lossy
    True
    """

    __slots__ = ("error", "is_lossy", "number")

    def __init__(self, number: float = 0.0, error: float = 0.0, *, is_lossy: bool = False) -> None:
        self.number = number
        self.error = error
        self.is_lossy = is_lossy

    @staticmethod
    def read(op: Op, args: Sequence[Any]) -> Any:
        """Compute `op(*args)` with its bound, or record it where one of the arguments is a Value; called by the op."""
        numbers, errors, is_lossy = [], [], False
        for arg in args:
            if arg.__class__ is BoundedNumber:
                numbers.append(arg.number)
                errors.append(arg.error)
                is_lossy = is_lossy or arg.is_lossy
            elif isinstance(arg, Value):
                return Value.read(op, args)
            else:
                numbers.append(arg)
                errors.append(0.0)
        y = op.forward(*numbers)
        every = op.partials[0](y, *numbers) if op.arity == ops.VARIADIC else None
        terms = [
            (number, error, every[place] if every else op.partials[place](y, *numbers))
            for place, (number, error) in enumerate(zip(numbers, errors))
            if error or op.arity == 1 or op in _SUMS  # not the derivative by an exact exponent: it may not exist
        ]
        error, is_lost = bound(op, y, numbers, terms)
        return BoundedNumber(y, error, is_lossy=is_lossy or is_lost)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BoundedNumber) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)

    def __repr__(self) -> str:
        return f"BoundedNumber({self.number} ± {self.error:.1e})"


Real.register(BoundedNumber)  # so that a Value may hold it


def bound(
    op: Op, y: float, numbers: Sequence[float], terms: Sequence[tuple[float, float, float]]
) -> tuple[float, bool]:
    """Return the bound of the error of an operation, and whether something is lost in it.

    The terms are operands with their errors and local derivatives: those that may be off, and for a sum or a function
    of one operand all of them.
    """
    size, is_sum = abs(y), op in _SUMS
    error, parts, is_lost = 0.0, 0.0, False
    for number, passed_on, local in terms:
        part = abs(local * number)
        parts += part
        if passed_on:
            error += abs(local) * passed_on
        if part < LOST * size and number and (is_sum or op.arity == 1) and (local or op.kink is None):
            is_lost = True
    rounding = UNIT * max(1, len(terms) - 1) if op in _ROUNDED else ROUNDING
    error += rounding * (parts if is_sum else size)
    if op.kink is not None:
        if abs(op.kink(*numbers)) <= sum(passed_on for _, passed_on, _ in terms) > 0:
            return math.inf, is_lost  # it may be on the other side
    elif size < SMALLEST and not is_sum and all(numbers):
        error += SMALLEST
    return (error if size < math.inf else math.inf), is_lost


def written(number: float) -> BoundedNumber:
    """Return a written decimal as a float, which may be off by its rounding to one: 0.1, but not 0.5 or 3."""
    is_exact = (number * 2.0**20).is_integer() and abs(number) < LARGEST_WHOLE
    return BoundedNumber(number, 0.0 if is_exact else UNIT * abs(number))
