"""Local derivatives that do not exist, and the reason that is given where one is needed.

√x has a value at 0 and no derivative there. A node may be recorded all the same: the error is
raised by whoever computes with the missing derivative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.errors import DomainError
from autograd.symbolic import printer
from autograd.symbolic.expr import Symbol, derivative
from autograd.table.operators import Operators

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from autograd.table.ops import Op


class Undefined:
    """A local derivative that does not exist: computing with it raises DomainError with the reason."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __rmul__(self, upstream: Any) -> Any:
        raise DomainError(self.reason)

    __mul__ = __add__ = __radd__ = __rmul__

    def __repr__(self) -> str:
        return "undefined"


class NumberOrError(Operators["NumberOrError"]):
    """A number, or the error in place of it: a row read with these goes on past what is not defined."""

    __slots__ = ("error", "number")

    def __init__(self, number: Any, error: Exception | None = None) -> None:
        self.number = number
        self.error = error

    @staticmethod
    def read(op: Op, args: Sequence[Any]) -> NumberOrError:
        """Compute `op(*args)`, or keep the first error; called by the op."""
        tried = [arg if isinstance(arg, NumberOrError) else NumberOrError(arg) for arg in args]
        for arg in tried:
            if arg.error is not None:
                return arg
        try:
            return NumberOrError(op(*[arg.number for arg in tried]))
        except (ArithmeticError, ValueError) as error:
            return NumberOrError(None, error.with_traceback(None))  # which would keep all that its frames hold


def defined_derivatives(op: Op, data: Any, numbers: Sequence[Any], described: Callable[[int], str]) -> list[Any]:
    """Return each local derivative of `op` at these numbers, `Undefined` in the place of one that does not exist.

    `described(index)` says in an error which operation this is, and what its operand of that index is.
    """
    derivatives: list[Any] = op.local_derivatives(NumberOrError(data), list(map(NumberOrError, numbers)))
    for index, local in enumerate(derivatives):
        if isinstance(local, NumberOrError):
            derivatives[index] = local.number
            if local.error is not None:
                derivatives[index] = Undefined(f"{described(index)}: {_why(op, len(numbers), index, local.error)}")
    return derivatives


def _why(op: Op, count: int, index: int, error: Exception) -> str:
    letters = {1: "x", 2: "ab", 3: "abc"}.get(op.arity) or [f"x{place}" for place in range(1, count + 1)]
    formula = printer.text(derivative(op, Symbol("y"), list(map(Symbol, letters)), index))
    return f"{formula} {'is too large for a float' if isinstance(error, OverflowError) else 'is not defined'} there"
