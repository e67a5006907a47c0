"""Local derivatives that do not exist, and the reason that is given where one is needed.

√x has a value at 0 and no derivative there. A node may be recorded all the same: the error is
raised by whoever computes with the missing derivative.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from autograd.engine.messages import called, describe, is_value
from autograd.errors import DomainError
from autograd.formatting import escapes
from autograd.symbolic import printer
from autograd.symbolic.expr import Symbol, derivative
from autograd.table.operators import Operators
from autograd.table.ops import VARIADIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.table.ops import Op


class Undefined:
    """A local derivative that does not exist: computing with it raises DomainError with the reason."""

    __slots__ = ("reason", "too_large", "way_out")

    def __init__(self, reason: str, too_large: float | None = None) -> None:
        self.reason = reason
        self.too_large = too_large  # the infinity or NaN that floats give instead, where it is too large for one
        self.way_out = ""  # what can be had all the same, in a sentence

    def __rmul__(self, upstream: Any) -> Any:
        raise DomainError(f"{self.reason}. {self.way_out}" if self.way_out else self.reason)

    __mul__ = __add__ = __radd__ = __rmul__

    def __repr__(self) -> str:
        return "undefined"


class NumberOrError(Operators["NumberOrError"]):
    """A number, or the error in place of it: a row read with these goes on past what is not defined.

    A number that became infinite has its error beside it.
    """

    __slots__ = ("error", "number")

    def __init__(self, number: Any, error: Exception | None = None) -> None:
        self.number = number
        self.error = error

    @staticmethod
    def read(op: Op, args: Sequence[Any]) -> NumberOrError:
        """Compute `op(*args)`, or keep the first error; called by the op."""
        tried = [arg if isinstance(arg, NumberOrError) else NumberOrError(arg) for arg in args]
        first = next((arg for arg in tried if arg.error is not None), None)
        if first is not None and first.number is None:
            return first
        try:
            number = op(*[arg.number for arg in tried])
        except (ArithmeticError, ValueError) as error:
            return NumberOrError(None, error.with_traceback(None))  # which would keep all that its frames hold
        if first is None and not is_finite(number) and all(is_finite(arg.number) for arg in tried):
            return NumberOrError(number, OverflowError())
        return NumberOrError(number, None if first is None else first.error)


def is_finite(number: Any) -> bool:
    """Return whether this is no float that is infinite or NaN."""
    return not isinstance(number, float) or math.isfinite(number)


def local_derivatives(op: Op, data: Any, operands: Sequence[Any], numbers: Sequence[Any]) -> list[Any]:
    """Return each local derivative at these numbers; `Undefined`, with the reason, for one that does not exist."""
    try:
        found = op.local_derivatives(data, numbers)
        if all(map(is_finite, found)) or not all(map(is_finite, [data, *numbers])):
            return found
    except (ArithmeticError, ValueError):
        pass
    derivatives: list[Any] = op.local_derivatives(NumberOrError(data), list(map(NumberOrError, numbers)))
    missing = []
    for index, local in enumerate(derivatives):
        if isinstance(local, NumberOrError):
            derivatives[index] = local.number
            if local.error is not None and (local.number is None or not is_finite(local.number)):
                what = f"{called(op, operands)} has no derivative with respect to {describe(operands[index])}"
                why = f"{what}: {_why(op, len(numbers), index, local.error)}"
                derivatives[index] = Undefined(why, local.number)
                missing.append(index)
    if len(missing) == 1:
        derivatives[missing[0]].way_out = _way_out(operands, missing[0])
    return derivatives


def _way_out(operands: Sequence[Any], missing: int) -> str:
    """Return what can be had where all operands but one have a derivative, as in a power of a negative number."""
    operand, ways = operands[missing], []
    if len(operands) > 1 and operands.count(operand) == 1 and is_value(operand) and operand.op is None:
        ways.append("If it is constant, write it as a plain number")
    for letter, other in zip("ab", operands):
        if is_value(other) and other is not operand:
            ways.append(f"grad(E, {escapes.plain(other.label) or letter}) does without it")
    return "; ".join(ways)


def _why(op: Op, count: int, index: int, error: Exception) -> str:
    too_large = isinstance(error, OverflowError)
    if too_large and op.arity == VARIADIC:
        return "it is too large for a float there"
    letters = {1: "x", 2: "ab", 3: "abc"}.get(op.arity) or [f"x{place}" for place in range(1, count + 1)]
    formula = printer.text(derivative(op, Symbol("y"), list(map(Symbol, letters)), index))
    return f"{formula} {'is too large for a float' if too_large else 'is not defined'} there"
