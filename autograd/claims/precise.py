"""Numbers of as many digits as a comparison takes: exact fractions, and mpmath where a result is no fraction.

A `PreciseNumber` flows through the table as a float does, and may be the number of a `Value`, so values and
derivatives of many digits come from the same rows and the same backward pass. A written number is the exact decimal
that it is: 0.1 is 1/10. Everything is bounded: a fraction too long to be handled quickly goes on in mpmath, and what is
beyond that raises `OutOfReachError`.
"""

from __future__ import annotations

import operator
from decimal import Context, Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from numbers import Real
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.formatting import figures
from autograd.table import ops
from autograd.table.elsewhere import forwards_with
from autograd.table.operators import Operators

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from autograd.table.ops import Op

Number: TypeAlias = Any  # a Fraction or an mpf

MAX_BITS = 4096  # of a fraction: twelve hundred digits, with which an operation still takes less than a millisecond
MAX_POWER = 64  # bits of the size of an exponent or of the operand of a function: exp(2⁶⁴) is quick, exp(2¹⁰⁰⁰⁰) is not
MAX_CONTEXTS = 32  # of mpmath that are kept; one takes milliseconds to make
MAX_SIZE = 2**60  # bits of the size of a number: beyond it, its decimal exponent is none of Python's
MAX_OPERATIONS = 200_000  # of one marking, about two seconds

_RATIONAL = {
    *(ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.abs, ops.maximum, ops.minimum, ops.relu, ops.leaky_relu),
    *(ops.sign, ops.step, ops.above, ops.affine, ops.total, ops.mean),
}  # rows that make a fraction of fractions


class OutOfReachError(ChalkgradError):
    """A computation that takes too long, or whose numbers are too large for any arithmetic."""


class Budget:
    """A count of the operations of many digits that are left."""

    def __init__(self, operations: int = MAX_OPERATIONS) -> None:
        self.left = operations

    def spend(self) -> None:
        """Count one operation; raise OutOfReachError where there were too many."""
        self.left -= 1
        self.check()

    def check(self) -> None:
        """Raise OutOfReachError where there were too many operations."""
        if self.left < 0:
            raise OutOfReachError("the arithmetic is too long to be carried out with many digits")


class Arithmetic:
    """The rows of the table over fractions and, where a result is none, over mpmath's numbers of so many digits.

    With 0 digits there are fractions only.
    """

    def __init__(self, digits: int, budget: Budget | None = None) -> None:
        self.digits = digits
        self.budget = budget or Budget()

    def number(self, exact: Fraction | float) -> PreciseNumber:
        """Return a number: a float counts as the decimal that it is written as.

        Raises OutOfReachError where no operation is left.
        """
        self.budget.check()
        return PreciseNumber(exact if exact.__class__ is Fraction else exact_fraction(exact), self)

    @cached_property
    def context(self) -> Any:
        """The context of mpmath with these digits: one of our own, so that the caller's is left alone."""
        return _context(self.digits, get_ident())[0]

    @cached_property
    def _forwards(self) -> Mapping[Op, Callable[..., Any]]:
        return _context(self.digits, get_ident())[1]

    def apply(self, op: Op, numbers: Sequence[Number]) -> Number:
        """Return what a row computes of these numbers.

        Raises ValueError or ZeroDivisionError outside its domain, OutOfReachError beyond every bound.
        """
        self.budget.spend()
        if all(number.__class__ is Fraction for number in numbers):
            exact = _rational(op, numbers)
            if exact is not None:
                return exact
        if not self.digits:
            raise OutOfReachError("the result is no fraction")
        numbers = [self.rounded(number) for number in numbers]
        if op not in _RATIONAL and any(self._size(number) > MAX_POWER for number in numbers):
            self._check_power(op, numbers)
        result = self._forwards[op](*numbers)
        if result.__class__ is int:  # of `step` and `sign`
            return Fraction(result)
        if not isinstance(result, self.context.mpf) or not self.context.isfinite(result):
            raise ValueError("the result is not a real number")
        if abs(self._size(result)) > MAX_SIZE:
            raise OutOfReachError("the numbers are too large")
        return result

    def rounded(self, number: Number) -> Any:
        """Return a number as an mpf."""
        if number.__class__ is Fraction:
            return self.context.mpf(number.numerator) / number.denominator
        return number

    def _size(self, number: Any) -> int:
        """Return the power of 2 above a number."""
        return int(number.exp + number.bc) if number else 0

    def _check_power(self, op: Op, numbers: Sequence[Any]) -> None:
        """Raise OutOfReachError for an operand of a function, or an exponent, that would take too long."""
        checked = {ops.pow: numbers[1:], ops.monomial: numbers[2:], ops.xlogy: ()}.get(op, numbers)
        if op not in (ops.log, ops.sqrt) and any(self._size(number) > MAX_POWER for number in checked):
            raise OutOfReachError("the numbers are too large")


@lru_cache(maxsize=MAX_CONTEXTS)
def _context(digits: int, _thread: int) -> tuple[Any, Mapping[Op, Callable[..., Any]]]:
    """Return a context of mpmath and the rows of the table with its functions: one for each thread, as it has state."""
    import mpmath  # noqa: PLC0415 -- only where floats leave a doubt

    context = mpmath.MPContext()
    context.dps = digits
    return context, forwards_with(context)


def _rational(op: Op, numbers: Sequence[Fraction]) -> Fraction | None:
    """Return the result as a fraction; None where it is none, or too long a one."""
    if op in (ops.pow, ops.monomial):
        base, exponent = numbers[-2:]
        if exponent.denominator != 1 or abs(exponent.numerator) * max(_bits(base), 2) > MAX_BITS:
            return None
    elif op not in _RATIONAL or sum(map(_bits, numbers)) > 4 * MAX_BITS:
        return None
    result = Fraction(op.forward(*numbers))
    return result if _bits(result) <= MAX_BITS else None


def _bits(number: Fraction) -> int:
    return number.numerator.bit_length() + number.denominator.bit_length()


def exact_fraction(number: Fraction | float) -> Fraction:
    """Return a number as a fraction: a float as the shortest decimal that is read as it.

    >>> exact_fraction(0.1), exact_fraction(3)
    (Fraction(1, 10), Fraction(3, 1))
    """
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


class PreciseNumber(Operators["PreciseNumber"]):
    """A real number of many digits, with the arithmetic that it is computed in.

    >>> third = Arithmetic(60).number(1) / 3
    >>> third.number, float(third.sqrt().rounded())
    (Fraction(1, 3), 0.5773502691896257)
    """

    # It has no __float__, so that no function of `math` takes it for a float and drops its digits.
    __slots__ = ("arithmetic", "number")

    def __init__(self, number: Number = 0, arithmetic: Arithmetic | None = None) -> None:
        self.number = Fraction(number) if number.__class__ is int else number
        self.arithmetic = arithmetic  # none for a constant such as type(x)(0)

    @staticmethod
    def read(op: Op, args: Sequence[Any]) -> Any:
        """Compute `op(*args)`, or record it where one of the arguments is a Value; called by the op."""
        arithmetic = None
        numbers = []
        for arg in args:
            if arg.__class__ is PreciseNumber:
                numbers.append(arg.number)
                arithmetic = arithmetic or arg.arithmetic
            elif isinstance(arg, Value):
                return Value.read(op, args)
            elif isinstance(arg, (int, float, Fraction)):
                numbers.append(exact_fraction(arg))
            else:
                return NotImplemented  # a derivative that does not exist says so itself
        return PreciseNumber((arithmetic or Arithmetic(0)).apply(op, numbers), arithmetic)

    @property
    def is_fraction(self) -> bool:
        """Return whether the number is known exactly."""
        return self.number.__class__ is Fraction

    def larger(self, other: Any) -> PreciseNumber:
        """Return the larger of the sizes of two numbers."""
        mine, theirs = abs(self), abs(other if isinstance(other, PreciseNumber) else PreciseNumber(other))
        return max(mine, theirs)

    def rounded(self) -> Number:
        """Return the number as an mpf of its arithmetic; a fraction that belongs to none as it is."""
        return self.number if self.arithmetic is None else self.arithmetic.rounded(self.number)

    def to_float(self) -> float:
        """Return the nearest float: infinite beyond the largest, 0 below the smallest."""
        if self.number.__class__ is not Fraction:
            return float(self.number)
        try:
            return float(self.number)
        except OverflowError:
            return float("inf") if self.number > 0 else float("-inf")

    def __lt__(self, other: Any) -> bool:
        return self._compare(operator.lt, other)

    def __le__(self, other: Any) -> bool:
        return self._compare(operator.le, other)

    def __gt__(self, other: Any) -> bool:
        return self._compare(operator.gt, other)

    def __ge__(self, other: Any) -> bool:
        return self._compare(operator.ge, other)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Real) and self._compare(operator.eq, other)

    def __hash__(self) -> int:
        return hash(self.number)

    def _compare(self, how: Callable[[Any, Any], bool], other: Any) -> bool:
        mine, theirs = self.number, _number_of(other)
        if mine.__class__ is not theirs.__class__:
            arithmetic = self.arithmetic or other.arithmetic
            mine, theirs = arithmetic.rounded(mine), arithmetic.rounded(theirs)
        return bool(how(mine, theirs))

    def __repr__(self) -> str:
        return f"PreciseNumber({self})"

    def __str__(self) -> str:
        return self.to_text(figures.DIGITS)

    def to_text(self, digits: int) -> str:
        """Return the number with so many significant digits, as `figures.number` does.

        >>> Arithmetic(60).number(2e-7).to_text(6), Arithmetic(60).number(12345678).to_text(10)
        ('2e−7', '12345678')
        """
        decimal = self.to_decimal(digits)
        exponent = decimal.adjusted()
        text = f"{decimal:.{digits - 1}e}".partition("E")[0].partition("e")[0]
        if -5 < exponent < digits:
            text = f"{decimal:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return (text if -5 < exponent < digits else f"{text}e{exponent}").replace("-", figures.MINUS)

    def to_decimal(self, digits: int) -> Decimal:
        """Return the number as a decimal of so many significant digits."""
        if self.number.__class__ is Fraction:
            return Context(prec=digits).divide(Decimal(self.number.numerator), Decimal(self.number.denominator))
        assert self.arithmetic is not None
        return Decimal(self.arithmetic.context.nstr(self.number, digits))


def _number_of(arg: Any) -> Number:
    return arg.number if isinstance(arg, PreciseNumber) else exact_fraction(arg)


Real.register(PreciseNumber)  # so that a Value may hold it
