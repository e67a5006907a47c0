"""Numbers as they are shown everywhere: significant digits, signs, columns."""

from __future__ import annotations

import math
import re
from numbers import Rational
from typing import TYPE_CHECKING, Any

from autograd.errors import ArgumentError
from autograd.table.plain_numbers import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUS = "−"
DIGITS = 6  # significant ones that are shown; webpage/static/numbers.js has the same
FLOAT_DIGITS = 17  # significant ones that a float may have
MAX_DIGITS = 15  # significant ones that a float surely has
SAME = 1e-9  # the relative difference that is put down to the rounding of floats
LONGEST = 24  # characters of an exact number; a longer one is shown as a decimal
MAX_BITS = 2000  # of an exact number that is written in full: Python may be set to write no more than 640 digits


def number(x: Any, digits: int = DIGITS) -> str:
    """Return a number as it is shown everywhere: `digits` significant ones, a true minus sign.

    An exact number is shown exactly; one too long to be read, as a decimal that says so. Zero has no sign, as on paper.

    >>> number(0.000711649341), number(-0.5), number(1e-300), number(float("-inf")), number(-0.0)
    ('0.000711649', '−0.5', '1e−300', '−inf', '0')
    >>> from fractions import Fraction
    >>> number(Fraction(-1, 3)), number(1234567.0), number(3)
    ('−1/3', '1.23457e6', '3')
    >>> number(Fraction(-1, 3**60)), number(10**5000)
    ('≈−2.35898e−29', '≈1e5000')
    """
    if x.__class__ is not float and (known := plain_number(x)) is not None:
        x = known
    if isinstance(x, Rational):
        top, bottom = int(x.numerator), int(x.denominator)
        if top.bit_length() + bottom.bit_length() >= 4 * LONGEST or len(str(x)) > LONGEST:
            return _shortened(top, bottom, digits)
    if not isinstance(x, float):
        return str(x).replace("-", MINUS)
    if x == 0:
        return "0"
    mantissa, e, exponent = f"{x:.{digits}g}".partition("e")
    return (f"{mantissa}e{int(exponent)}" if e else mantissa).replace("-", MINUS)


def in_full(x: Any) -> str:
    """Return a number with all its digits, as Python writes it; one of very many digits as `number` shows it.

    >>> from fractions import Fraction
    >>> in_full(0.1), in_full(Fraction(1, 3)), in_full(10**20), in_full(10**5000)
    ('0.1', '1/3', '100000000000000000000', '≈1e5000')
    """
    if isinstance(x, Rational) and max(int(x.numerator).bit_length(), int(x.denominator).bit_length()) > MAX_BITS:
        return number(x)
    return str(x)


def formatted(x: Any, spec: str) -> str:
    """Return a number as an f-string with this format writes it, whatever its kind and however large it is.

    >>> from fractions import Fraction
    >>> formatted(0.25, ".3f"), formatted(Fraction(1, 3), ".3f"), formatted(10**400, ".3f")
    ('0.250', '0.333', '≈1e400')

    Raises ValueError for a format that is none.
    """
    try:
        return format(x, spec)
    except (OverflowError, TypeError, ValueError):
        if not isinstance(x, Rational):
            raise
    try:
        return format(float(x), spec)  # a Fraction takes a format from Python 3.12 on
    except OverflowError:
        return number(x)


def in_formula(x: Any, digits: int = DIGITS) -> str:
    """Return a number as a formula shows it: 1 only where it is exactly 1, so that 1 − y can be followed.

    >>> in_formula(0.99999977), in_formula(1.0), in_formula(2 / 3, 3)
    ('0.9999998', '1', '0.667')
    """
    text = number(x, digits)
    while isinstance(x, float) and abs(x) != 1 and text.lstrip(MINUS) == "1" and digits < FLOAT_DIGITS:
        digits += 1
        text = number(x, digits)
    return text


def apart(a: float, b: float, digits: int = DIGITS) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to tell them apart, and with `digits` at least.

    >>> apart(0.25, 0.5), apart(0.7513650695, 0.7513650584)
    (('0.25', '0.5'), ('0.75136507', '0.75136506'))
    >>> apart(0.1 + 0.2, 0.3)
    ('0.3', '0.3')
    """
    if not math.isclose(a, b, rel_tol=SAME):
        while digits < MAX_DIGITS and number(a, digits) == number(b, digits):
            digits += 1
    return number(a, digits), number(b, digits)


def _shortened(top: int, bottom: int, digits: int) -> str:
    """Return a fraction as a decimal, however large or small."""
    power = math.log10(abs(top)) - math.log10(bottom)
    if abs(power) < 300:
        return f"≈{number(top / bottom, digits)}"
    exponent = math.floor(power)
    mantissa = f"{10 ** (power - exponent):.{min(digits, 10)}g}"  # log10 of so large a number has no more digits
    if mantissa == "10":
        mantissa, exponent = "1", exponent + 1
    return f"≈{MINUS * (top < 0)}{mantissa}e{number(exponent)}"


def checked_digits(digits: Any) -> int:
    """Return how many significant digits are to be shown.

    >>> checked_digits(17)
    17

    Raises ArgumentError unless it is a whole number from 1 to 17, of which a float has no more.
    """
    if not isinstance(digits, int) or isinstance(digits, bool) or not 1 <= digits <= FLOAT_DIGITS:
        raise ArgumentError(
            f"digits is how many significant digits are written, from 1 to {FLOAT_DIGITS}, not {digits!r}"
        )
    return digits


def signed(x: Any, digits: int = DIGITS) -> str:
    """Return a number with its sign always written, for columns that are summed.

    >>> signed(0.25), signed(-0.25), signed(0.0)
    ('+0.25', '−0.25', '+0')
    """
    text = number(x, digits)
    return text if text.startswith((MINUS, "nan", "≈")) else "+" + text


_SUPERSCRIPTS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")


def superscript(n: int) -> str:
    """Return an integer as an exponent.

    >>> "x" + superscript(-2)
    'x⁻²'
    """
    return str(n).translate(_SUPERSCRIPTS)


def on_the_point(cells: Sequence[str]) -> list[str]:
    """Return numbers as a column, the points below one another, all equally long.

    >>> on_the_point(["+0.25", "−12.5", "+3"])
    [' +0.25', '−12.5 ', ' +3   ']
    """
    places = [re.search(r"[.e]|$", cell).start() for cell in cells]  # type: ignore[union-attr] # the end is found
    cells = [" " * (max(places) - place) + cell for cell, place in zip(cells, places)]
    longest = max(map(len, cells), default=0)
    return [cell.ljust(longest) for cell in cells]
