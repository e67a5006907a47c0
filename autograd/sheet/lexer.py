"""The lexer: a line of text to tokens, which are names, numbers and signs, each with its place.

Different spellings of one thing give the same token: `w₁` is `w1`, `×` is `*`, `≈` is `=`. A number keeps the digits
that it is written with.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from autograd.claims.tree import NumberNode, TextPlace, normalized_name
from autograd.errors import SheetError
from autograd.formatting import escapes
from autograd.sheet import error_hints

MAX_DIGITS = 400

_SPACE = " \t\r\u00a0"
_SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹"
TO_DIGITS = str.maketrans(_SUPER + "⁻⁺−", "0123456789-+-")
_TOKEN = re.compile(
    rf"""
    [{_SPACE}]*(?:
    (?P<comment>\#.*)
  | (?P<number>(?:\d+(?:\.(?!\.)\d*)?|\.\d+)
        (?:[eE][-−+]?\d+ | \s*[×·*]\s*10(?:[⁻⁺]?[{_SUPER}]+|(?:\^|\*\*)\(?[-−+]?\d+\)?))?)
  | (?P<half>½)
  | (?P<name>∂?(?:[^\W\d{_SUPER}](?:[^\W{_SUPER}]+|[\u0300-\u036f]+|(?<=_)∂)*))
  | (?P<super>[⁻⁺]?[{_SUPER}]+)
  | (?P<sign>\.\.|…|\*\*|==|[-+*/^=()\[\],;:?'.−–·×÷≈√′∂⋅])
  | (?P<other>.))
  """,
    re.VERBOSE | re.DOTALL,
)
_SAME = {"**": "^", "==": "=", "…": "..", **dict(zip("−–·⋅×÷≈′", "--***/='"))}  # other spellings of a sign


@dataclass(eq=False, slots=True)
class Token:
    """A token: its kind, its text in one spelling, its place, and the column where it ends."""

    kind: str
    text: str
    place: TextPlace
    end: int


def tokenize(line: str, row: int) -> list[Token]:
    """Return the tokens of one line.

    Raises SheetError at a character that the language does not have.
    """
    found = []
    for match in _TOKEN.finditer(line):
        kind = match.lastgroup or ""
        text = match[kind]
        place = TextPlace(row, match.start(kind) + 1)
        if kind == "sign":
            text = _SAME.get(text, text)
        elif kind == "name":
            text = normalized_name(text)
        elif kind == "number":
            if len(text) > 17 or not text.replace(".", "").isdecimal():
                _check_size(text, place)
        elif kind == "comment":
            break
        elif kind == "other":
            if text in _SPACE:
                continue
            hint = error_hints.SIGNS.get(text, "")
            raise SheetError(f"{place}: {escapes.plain(text)!r} is not part of the sheet language{hint}")
        found.append(Token(kind, text, place, match.end()))
    return found


def _check_size(text: str, place: TextPlace) -> None:
    """Raise SheetError for a number that no float can hold."""
    if len(text) > MAX_DIGITS:
        raise SheetError(f"{place}: a number of more than {MAX_DIGITS} digits")
    found = parse_number(text)
    if math.isinf(found.value):
        raise SheetError(f"{place}: {text} is too large for a float")
    if found.value == 0 and re.search("[1-9]", found.text.partition("e")[0]):
        raise SheetError(f"{place}: {text} is too small for a float")


def parse_number(text: str) -> NumberNode:
    """Return a number from its text: `0.40` has two decimals, `1.5e-4` and `1.5×10⁻⁴` have five.

    >>> parse_number("0.40").unit, parse_number("1.5e-4").unit, parse_number("7").exact
    (0.01, 1e-05, True)
    """
    if not (text.isascii() and text.replace(".", "", 1).isdigit()):
        text = re.sub(r"\s*[×·*]\s*10(?:\^|\*\*)?\(?([⁻⁺−+-]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)\)?", r"e\1", text).translate(TO_DIGITS)
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return NumberNode(text.lower(), float(text), float(f"1e{int(exponent or 0) - decimals}"))
