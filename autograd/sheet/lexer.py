"""The lexer: a line of text to tokens, which are names, numbers and signs, each with its place.

Different spellings of one thing give the same token: `w₁` is `w1`, `×` is `*`, `≈` is `=`. A number keeps the digits
that it is written with.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from autograd.claims.tree import NumberNode, TextPlace, normalized_name
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
  | (?P<name>∂?(?:[^\W\d{_SUPER}ᵀ](?:[^\W{_SUPER}ᵀ]+|[\u0300-\u036f]+|(?<=_)∂)*)(?:⁺+(?![{_SUPER}]))?)
  | (?P<super>[⁻⁺]?[{_SUPER}]+)
  | (?P<sign>\.\.|…|\*\*|==|:=|←|\|\||[-+*/^=()\[\]{{}}|,;:?'.−–·×÷≈√′∂⋅@⊙∘ᵀ‖])
  | (?P<other>.))
  """,
    re.VERBOSE | re.DOTALL,
)
_AT = re.compile(r"\|\s*[^\W\d]\w*\s*=\s*[-−]?[\d.]")
_NUMBER_WITH_COMMA = re.compile(r"(?<![\w.])\d+(,)(?=\d)")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?!\d)")
# Other spellings of a sign.
_SAME = {"**": "^", "==": "=", ":=": "=", "…": "..", "||": "‖", **dict(zip("−–·⋅×÷≈′←@⊙∘", "--***/='=***"))}


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
    for match in _TOKEN.finditer(with_decimal_points(line) if "," in line else line):
        kind = match.lastgroup or ""
        text = match[kind]
        place = TextPlace(row, match.start(kind) + 1)
        if kind == "sign":
            text = _SAME.get(text, text)
            if text == "|" and _AT.match(line, match.start("sign")):  # dy/dx|x=2
                kind, text = "name", "at"
            if text == "," and (both := _THOUSANDS.match(line, found[-1].place.column - 1 if found else 0)):
                kind, text = "bad", _thousands(both[0])
        elif kind == "name":
            text = normalized_name(text)
        elif kind == "number":
            if (len(text) > 17 or not text.replace(".", "").isdecimal()) and (wrong := _wrong_size(text)):
                kind, text = "bad", wrong
        elif kind == "comment":
            break
        elif kind == "other":
            if text in _SPACE:
                continue
            hint = error_hints.SIGNS.get(text, "")
            kind, text = "bad", f"{escapes.plain(text)!r} is not part of the sheet language{hint}"
        found.append(Token(kind, text, place, match.end()))
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
    if not (text.isascii() and text.replace(".", "", 1).isdigit()):
        text = re.sub(r"\s*[×·*]\s*10(?:\^|\*\*)?\(?([⁻⁺−+-]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)\)?", r"e\1", text).translate(TO_DIGITS)
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return NumberNode(text.lower(), float(text), float(f"1e{int(exponent or 0) - decimals}"))
