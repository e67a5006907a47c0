"""What a number that comes in becomes. Every place where a user can give a number asks this one function."""

from __future__ import annotations

import sys
from numbers import Real
from typing import Any

FLOAT_BYTES = 8


def plain_number(thing: Any) -> Any:
    """Return a real number as a graph holds it, and None for anything else.

    Every kind of float of up to 64 bits becomes a float, every kind of whole number an int, NumPy's and its arrays
    without dimensions included, and NumPy's bool a bool. A Fraction, and a real type of another precision such as
    NumPy's longdouble or mpmath's mpf, is kept as it is.

    >>> from fractions import Fraction
    >>> from enum import IntEnum
    >>> [plain_number(thing) for thing in (0.5, IntEnum("Kind", "cat dog").dog, Fraction(1, 3), "3")]
    [0.5, 2, Fraction(1, 3), None]
    """
    kind = thing.__class__
    if kind is float or kind is int or kind is bool:
        return thing
    if isinstance(thing, float):
        return float(thing)
    if isinstance(thing, int):
        return int(thing)
    numpy = sys.modules.get("numpy")  # where nobody has imported it, nothing is of its kinds
    if numpy is not None and isinstance(thing, (numpy.generic, numpy.ndarray)):
        return None if thing.ndim else _of_numpy(thing)
    return thing if isinstance(thing, Real) else None


def _of_numpy(scalar: Any) -> Any:
    kind = scalar.dtype.kind  # one letter: b for bools, i and u for integers, f for floats
    if kind == "f" and scalar.dtype.itemsize > FLOAT_BYTES:
        return scalar[()]
    return scalar.item() if kind in "biuf" else None
