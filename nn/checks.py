"""What a number that the user gives must be; the errors name it and say what it is instead."""

from __future__ import annotations

import math
from numbers import Real
from operator import index
from typing import Any

from autograd import ArgumentError, OperandError


def real(name: str, x: Any) -> Any:
    """A number, of any kind but a truth value.

    >>> real("eps", 1e-5)
    1e-05

    Raises OperandError for anything else.
    """
    if not isinstance(x, Real) or isinstance(x, bool):
        raise OperandError(f"{name} is a number, not {x!r}")
    return x


def fraction(name: str, x: Any) -> Any:
    """A number from 0 to below 1; else ArgumentError."""
    return _within(name, x, "from 0 to below 1", fits=0 <= real(name, x) < 1)


def amount(name: str, x: Any) -> Any:
    """A finite number that is not negative; else ArgumentError."""
    return _within(name, x, "0 or more", fits=0 <= real(name, x) < math.inf)


def positive(name: str, x: Any) -> Any:
    """A finite number above 0; else ArgumentError."""
    return _within(name, x, "a positive number, such as 0.1", fits=0 < real(name, x) < math.inf)


def whole(name: str, x: Any, least: int) -> int:
    """A whole number of `least` or more.

    Raises OperandError for what is no whole number, ArgumentError for one below.
    """
    try:
        number = index(x)
    except TypeError:
        raise OperandError(f"{name} is a whole number, not {x!r}") from None
    if number < least or isinstance(x, bool):
        raise ArgumentError(f"{name} is {least} or more, not {x!r}")
    return number


def _within(name: str, x: Any, rule: str, *, fits: bool) -> Any:
    if not fits:
        raise ArgumentError(f"{name} is {rule}, not {x!r}")
    return x
