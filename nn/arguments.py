"""Checks of the arguments that users give. The errors name the argument, its value and what it must be."""

from __future__ import annotations

import math
from operator import index
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, OperandError, Value
from autograd.formatting import escapes
from autograd.table.plain_numbers import plain_number

if TYPE_CHECKING:
    from collections.abc import Iterable


def number(name: str, x: Any) -> Any:
    """Return a real number that is no bool as `plain_number` has it; raise OperandError for anything else."""
    found = plain_number(x)
    if found is None or isinstance(found, bool):
        raise OperandError(f"{name} must be a number, not {short(x if found is None else found)}")
    return found


def fraction(name: str, x: Any) -> float:
    """Return the number if 0 ≤ x < 1; raise ArgumentError otherwise."""
    x = number(name, x)
    return _in_range(name, x, "from 0 to below 1", fits=0 <= x < 1)


def nonnegative(name: str, x: Any) -> float:
    """Return the number if it is finite and 0 or more; raise ArgumentError otherwise."""
    x = number(name, x)
    return _in_range(name, x, "0 or more", fits=0 <= x < math.inf)


def positive(name: str, x: Any) -> float:
    """Return the number if it is finite and above 0; raise ArgumentError otherwise."""
    x = number(name, x)
    return _in_range(name, x, "a positive number, such as 0.1", fits=0 < x < math.inf)


def integer(name: str, x: Any, minimum: int) -> int:
    """Return x as an int; raise OperandError if it is not an integer, ArgumentError if it is below the minimum."""
    try:
        found = index(x)
    except TypeError:
        raise OperandError(f"{name} must be a whole number, not {short(x)}") from None
    _in_range(name, x, f"{minimum} or more", fits=found >= minimum and not isinstance(x, bool))
    return found


def plain(x: Any) -> Any:
    """Return an array as lists of plain numbers, and anything else as it is."""
    return x.tolist() if hasattr(x, "tolist") else x


def short(thing: Any, maximum: int = 60) -> str:
    """Return the repr of anything for a message, on one line of at most `maximum` characters."""
    return escapes.short_repr(thing, maximum)


def parameter_list(parameters: Iterable[Value], who: str) -> list[Value]:
    """Return the parameters as a list; raise OperandError if they are not one, ArgumentError if it is empty."""
    if isinstance(parameters, Value) or not hasattr(parameters, "__iter__"):
        raise OperandError(f"{who} needs a list of Values, such as model.parameters(), not {parameters!r}")
    listed = list(parameters)
    if not listed:
        raise ArgumentError(f"{who} needs at least one parameter, and the list is empty")
    return listed


def _in_range(name: str, x: float, rule: str, *, fits: bool) -> float:
    if not fits:
        raise ArgumentError(f"{name} must be {rule}, not {short(x)}")
    return x
