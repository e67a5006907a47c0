"""The lexer: a line of text to tokens, which are names, numbers and signs, each with its place.

Different spellings of one thing give the same token: `w₁` is `w1`, `×` is `*`, `≈` is `=`. A number keeps the digits
that it is written with.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from autograd.claims.tree import NumberNode, TextPlace, normalized_name
from autograd.formatting import escapes
from autograd.sheet import error_hints

MAX_DIGITS = 400

_SPACE = " \t\r\u00a0"
_SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹"
TO_DIGITS = str.maketrans(_SUPER + "⁻⁺−", "0123456789-+-")
_NAME = rf"[^\W\d{_SUPER}ᵀ][^\W{_SUPER}ᵀ]*(?:(?:[\u0300-\u036f]+|(?<=_)∂)[^\W{_SUPER}ᵀ]*)*(?:⁺+(?![{_SUPER}]))?"
_EXPONENT = rf"(?:[eE][-−+]?\d+|\s*[×·*]\s*10(?:[⁻⁺]?[{_SUPER}]+|(?:\^|\*\*)\(?[-−+]?\d+\)?))?"
# A name, a number, a raised number, a sign, any other character but a space. Groups would make it slow.
_TOKEN = re.compile(
    rf"""
    ½ | {_NAME} | ∂{_NAME}
  | \d+(?:\.(?!\.)\d*)?{_EXPONENT} | \.\d+{_EXPONENT}
  | [⁻⁺]?[{_SUPER}]+
  | \.\. | \*\* | == | := | \|\|
  | [^{_SPACE}]
  """,
    re.VERBOSE,
)
_AT = re.compile(r"\|\s*[^\W\d]\w*\s*=\s*[-−]?[\d.]")
_NUMBER_WITH_COMMA = re.compile(r"(?<![\w.])\d+(,)(?=\d)")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?!\d)")
# Each sign, with its one spelling.
_SIGNS = {sign: sign for sign in "-+*/^=()[]{}|,;:?'.√∂ᵀ‖"} | {"..": "..", "…": "..", "**": "^", "==": "=", ":=": "="}
_SIGNS |= {"||": "‖", **dict(zip("−–·⋅×÷≈′←@⊙∘", "--***/='=***"))}


@dataclass(eq=False, slots=True)
class Token:
    """A token: its kind, its text in one spelling, its place, and the column where it ends."""

    kind: str
    text: str
    place: TextPlace
    end: int


def tokenize(line: str, row: int) -> list[Token]:
    """Return the tokens of one line; a character or number that the language does not have is one of the kind "bad".

    The text of a bad token is what is wrong with it; the parser raises it where it comes to it.
    """
    found: list[Token] = []
    new_place = tuple.__new__  # as TextPlace itself does
    code = line.partition("#")[0]
    for match in _TOKEN.finditer(with_decimal_points(code) if "," in code else code):
        text = match[0]
        start, end = match.span()
        kind, sign = "sign", _SIGNS.get(text)
        if sign is not None:
            text = sign
            if text == "|" and _AT.match(line, start):  # dy/dx|x=2
                kind, text = "name", "at"
            elif text == "," and (both := _THOUSANDS.match(line, found[-1].place.column - 1 if found else 0)):
                kind, text = "bad", _thousands(both[0])
        elif text[0].isdecimal() or text[0] == ".":
            kind = "number"
            if (len(text) > 17 or not text.replace(".", "").isdecimal()) and (wrong := _wrong_size(text)):
                kind, text = "bad", wrong
        elif text[-1] in _SUPER:
            kind = "super"
        elif text == "½":
            kind = "half"
        elif text[0].isalnum() or text[0] in "_∂":
            kind, text = "name", normalized_name(text)
        else:
            hint = error_hints.SIGNS.get(text, "")
            kind, text = "bad", f"{escapes.plain(text)!r} is not part of the sheet language{hint}"
        found.append(Token(kind, text, new_place(TextPlace, (row, start + 1)), end))
    return found


def with_decimal_points(line: str) -> str:
    """Return a line with a point in each decimal comma, which stands between digits and outside of brackets.

    A comma stays where it may separate thousands, and in a statement that has a list.

    >>> for line in ("h = max(0,5) = 0,50812", "n = 1,234", "a,b = 1,2"): print(with_decimal_points(line))
    h = max(0,5) = 0.50812
    n = 1,234
    a,b = 1,2
    """
    code, mark, comment = line.partition("#")
    return ";".join(map(_statement_with_points, code.split(";"))) + mark + comment


def _statement_with_points(text: str) -> str:
    depth = 0
    outside = []
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth <= 0:
            outside.append(at)
    numbers = {match.start(1): match.start() for match in _NUMBER_WITH_COMMA.finditer(text)}
    if not numbers.keys() >= set(outside):
        return text
    decimal = {at for at in outside if not _THOUSANDS.match(text, numbers[at])}
    return "".join("." if at in decimal else char for at, char in enumerate(text))


def _thousands(text: str) -> str:
    """Return why a number with a comma before three digits cannot be read."""
    whole = text.replace(",", "")
    if text.count(",") > 1:
        return f"a whole number has no commas: write {whole} for {text}"
    return f"{text} can be read as {text.replace(',', '.')} and as {whole}: write one of them"


def _wrong_size(text: str) -> str:
    """Return why no float can hold a number; empty where one can."""
    if len(text) > MAX_DIGITS:
        return f"a number of more than {MAX_DIGITS} digits"
    found = parse_number(text)
    if math.isinf(found.value):
        return f"{text} is too large for a float"
    if found.value == 0 and re.search("[1-9]", found.text.partition("e")[0]):
        return f"{text} is too small for a float"
    return ""


def parse_number(text: str) -> NumberNode:
    """Return a number from its text: `0.40` has two decimals, `1.5e-4` and `1.5×10⁻⁴` have five.

    >>> parse_number("0.40").unit, parse_number("1.5e-4").unit, parse_number("7").exact
    (0.01, 1e-05, True)
    """
    whole, _, decimals = text.partition(".")
    if text.isascii() and (whole + decimals).isdigit():
        return NumberNode(text, float(text), _unit(-len(decimals)))
    text = re.sub(r"\s*[×·*]\s*10(?:\^|\*\*)?\(?([⁻⁺−+-]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)\)?", r"e\1", text).translate(TO_DIGITS)
    mantissa, _, exponent = text.lower().partition("e")
    decimals = mantissa.partition(".")[2]
    return NumberNode(text.lower(), float(text), _unit(int(exponent or 0) - len(decimals)))


@lru_cache
def _unit(exponent: int) -> float:
    return float(f"1e{exponent}")
