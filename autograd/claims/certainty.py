"""Comparisons that are certain: whether two numbers of a worksheet are equal, or one within half a unit of another.

The answer is True, False, or None where the arithmetic cannot tell. Floats answer where a bound of their error shows
that they are right, and where nothing was lost in them. Otherwise both numbers are computed with 60 and 120 digits, and
with more where these do not tell them apart from rounding. They *differ* where the difference stays as digits are
added. They are *equal* where both are known to 100 digits and agree in them, or where the difference becomes the
smaller the more digits there are. Fractions are compared exactly.
"""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd.claims.bounded_reading import BoundedReading
from autograd.claims.precise import Arithmetic, Budget, OutOfReachError, PreciseNumber
from autograd.claims.precise_reading import PreciseReading, float_node
from autograd.errors import ChalkgradError, SheetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from autograd.claims.bounded import BoundedNumber
    from autograd.claims.interpreter import Evaluation
    from autograd.engine.value import Value

    Quantity: TypeAlias = Callable[[Any], Any]  # a number of a reading: the value of a name, of an expression
    Exact: TypeAlias = Callable[[], tuple[Fraction, Fraction]]

DIGITS = (60, 120, 240, 480, 960)
KNOWN = Fraction(1, 10**100)  # relative: numbers known so well that do not differ are equal
VANISHED = Fraction(1, 10**480)  # a difference that is no larger with 960 digits is only their rounding

SURE = 16  # times its bound, and a difference of floats is one
SAME = 1e-13  # relative difference that is put down to rounding; less than what is noticed as lost
EXACT = 1e-10  # relative bound of an error that says nothing against a float
FLOAT = 2.0**-52  # what a written number may be off as a float, relative
TRUSTED = 1e-6  # relative bound beyond which it is no bound, because it is of first order


class Certainty:
    """The comparisons of one marking, which has one budget of operations."""

    def __init__(self) -> None:
        self._budget = Budget()
        self._bounded: dict[Evaluation, BoundedReading] = {}
        self._precise: dict[tuple[Evaluation, int], PreciseReading] = {}

    def bounded(self, point: Evaluation) -> BoundedReading:
        """Return the floats of a point with bounds of their errors."""
        if point not in self._bounded:
            self._bounded[point] = BoundedReading(point)
        return self._bounded[point]

    def precise(self, point: Evaluation, digits: int = DIGITS[0]) -> PreciseReading:
        """Return a point computed with so many digits."""
        if (point, digits) not in self._precise:
            arithmetic = Arithmetic(digits, self._budget)
            self._precise[point, digits] = PreciseReading(point.worksheet, point.givens, arithmetic)
        return self._precise[point, digits]

    def equal(self, point: Evaluation, one: Quantity, other: Quantity, *, exactly: bool = False) -> bool | None:
        """Return whether two quantities are equal at a point; False where one of them has no value there.

        Two formulas that agree in floats at generic points are equal, but two sums of written numbers may differ in
        the last digit that a float has: these are compared `exactly`, in fractions or with many digits.
        """
        found = self.equal_floats(point, one, other)
        if found is False or (found and not exactly):
            return found
        try:
            return digits_equal(self._numbers(point, one, other))
        except OutOfReachError:
            return None
        except ChalkgradError:
            return False

    def has_value(self, point: Evaluation, quantity: Quantity) -> bool:
        """Return whether a quantity has a value at a point, if only one that floats cannot hold."""
        try:
            quantity(self.precise(point))
        except OutOfReachError:
            return True
        except ChalkgradError:
            return False
        return True

    def equal_floats(self, point: Evaluation, one: Quantity, other: Quantity) -> bool | None:
        """Return whether two quantities are equal, where floats are sure; else None."""
        reading = self.bounded(point)
        try:
            return floats_equal(one(reading), other(reading))
        except ChalkgradError:
            return None

    def equal_fractions(self, point: Evaluation, one: Quantity, other: Quantity) -> bool | None:
        """Return whether two quantities are the same fraction; None where one of them is none."""
        reading = self.precise(point, 0)
        try:
            return bool(one(reading) == other(reading))
        except ChalkgradError:
            return None

    def within(self, point: Evaluation, quantity: Quantity, interval: tuple[float, float], exact: Exact) -> bool | None:
        """Return whether a quantity is at most half a unit away from a number; False where it has no value.

        `interval` is the number and the half unit in floats; `exact()` returns both as fractions, for a doubt.
        """
        try:
            found = float_within(quantity(self.bounded(point)), *interval)
        except ChalkgradError:
            found = None
        if found is not None:
            return found
        try:
            return digits_within((number for (number,) in self._numbers(point, quantity)), *exact())
        except OutOfReachError:
            return None
        except ChalkgradError:
            return False

    def in_floats(self, point: Evaluation, quantity: Quantity) -> bool:
        """Return whether the float of a quantity is right but for the last of its digits, and nothing is lost in it."""
        found = self._exact(point, quantity)
        return found is not None and not found.is_lossy

    def _exact(self, point: Evaluation, quantity: Quantity) -> BoundedNumber | None:
        try:
            found: BoundedNumber = quantity(self.bounded(point))
        except ChalkgradError:
            return None
        return found if found.error <= EXACT * abs(found.number) < math.inf else None

    def known(self, point: Evaluation, quantity: Quantity) -> PreciseNumber:
        """Return a quantity with thirty digits at least.

        Raises OutOfReachError where that takes too long, another ChalkgradError where it has no value.
        """
        found = PreciseNumber(1)
        for (before,), (found,) in pairwise(self._numbers(point, quantity)):
            if abs(found - before) <= abs(found) * 1e-30:
                return found
        if abs(found) <= VANISHED:
            return PreciseNumber(0)
        raise OutOfReachError("no digit of it is certain")

    def nearest_float(self, point: Evaluation, quantity: Quantity) -> float | None:
        """Return the float of a quantity, with more digits computed where it is in doubt; None without a value."""
        found = self._exact(point, quantity)
        if found is not None:
            return float(found.number)
        try:
            return self.known(point, quantity).to_float()
        except ChalkgradError:
            return None

    def _numbers(self, point: Evaluation, *quantities: Quantity) -> Iterator[tuple[PreciseNumber, ...]]:
        """Yield the quantities with more and more digits, from so many on that they have a value: of ln(1 − p), say."""
        error: ChalkgradError | None = None
        for digits in DIGITS:
            reading = self.precise(point, digits)
            try:
                numbers = tuple([quantity(reading) for quantity in quantities])
            except OutOfReachError:
                raise
            except ChalkgradError as found:
                error = found
                continue
            error = None
            yield numbers
        if error is not None:
            raise error

    def float_node(self, name: str, point: Evaluation) -> Value:
        """Return a name that floats cannot compute at a point as a node of floats, by as many digits as it takes.

        Raises SheetError where it has no value, OutOfReachError where it takes too long.
        """
        for digits, more in pairwise(DIGITS):  # with so many it has a value, with more its digits are right
            with suppress(SheetError):
                self.precise(point, digits).node(name)
                return float_node(name, point, self.precise(point, more))
        return float_node(name, point, self.precise(point, DIGITS[-1]))


def floats_equal(a: BoundedNumber, b: BoundedNumber) -> bool | None:
    """Return whether two floats stand for equal numbers; None where their errors are too large to tell."""
    error, difference, size = a.error + b.error, abs(a.number - b.number), max(abs(a.number), abs(b.number))
    if difference <= min(error, SAME * size) and error <= EXACT * size:
        return None if a.is_lossy or b.is_lossy else True
    return False if difference > SURE * error and error <= TRUSTED * size else None


def float_within(a: BoundedNumber, middle: float, half: float) -> bool | None:
    """Return whether a float is at most `half` away from `middle`; None where its error is too large to tell."""
    size = abs(a.number) + abs(middle)
    error = SURE * (a.error + FLOAT * size)
    room = half - abs(a.number - middle)
    if room > error:
        return True
    return False if room < -error >= -SURE * TRUSTED * size else None


def digits_equal(pairs: Iterable[tuple[PreciseNumber, ...]]) -> bool | None:
    """Return whether two numbers, computed with more and more digits, are equal."""
    before: tuple[PreciseNumber, ...] | None = None
    difference = size = PreciseNumber(0)
    for a, b in pairs:
        if a.is_fraction and b.is_fraction:
            return a == b
        difference, size = abs(a - b), a.larger(b)
        if before is not None:
            rounding = abs(a - before[0]) + abs(b - before[1])
            if difference > 4 * rounding:
                return False
            if rounding <= size * KNOWN:
                return True
        before = a, b
    return True if difference <= size.larger(1) * VANISHED else None


def digits_within(numbers: Iterable[PreciseNumber], middle: Fraction, half: Fraction) -> bool | None:
    """Return whether a number, computed with more and more digits, is at most `half` away from `middle`."""
    before: PreciseNumber | None = None
    room = PreciseNumber(0)
    for number in numbers:
        room = PreciseNumber(half) - abs(number - PreciseNumber(middle))
        if number.is_fraction:
            return room >= 0
        if before is not None:
            rounding = abs(number - before)
            if abs(room) > 4 * rounding:
                return room > 0
            if room == 0 and rounding == 0:
                break
        before = number
    return True if abs(room) <= VANISHED else None  # just at the end
