"""How things look, in one place: numbers, colours, and text made safe for each medium.

Terminal, notebook, picture, document and page all take their number format, their colours and
their escapes from here, so that a figure looks the same wherever it is met.
"""

from __future__ import annotations

import html
import math
import re
from numbers import Rational
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUS = "−"
DIGITS = 6

# One colour a path; dark enough to be read as text on white.
PATH_COLOURS = ("#0f766e", "#c2410c", "#1d4ed8", "#a21caf", "#4d7c0f", "#b91c1c", "#0369a1", "#7c3aed")

INK = "#0f172a"  # what is said
QUIET = "#64748b"  # how it is said: the words value, grad, an operation's name
PALE = "#94a3b8"  # what nothing flows through
FAINT = "#cbd5e1"  # its outlines
OUTLINE = "#334155"  # of what counts
PAPER = "#ffffff"
GIVEN = "#f8fafc"  # the ground of a leaf
CHOSEN, CHOSEN_GROUND = "#1d4ed8", "#eff6ff"  # what the picture is about
UNFINISHED, UNFINISHED_GROUND = "#b45309", "#fffbeb"  # a gradient that is not complete; a warning


def number(x: Any, digits: int = DIGITS) -> str:
    """A number as it is shown everywhere: `digits` significant ones, a true minus sign.

    >>> number(0.000711649341), number(-0.5), number(1e-300), number(float("-inf")), number(-0.0)
    ('0.000711649', '−0.5', '1e−300', '−inf', '−0.0')
    >>> from fractions import Fraction
    >>> number(Fraction(-1, 3)), number(1234567.0), number(3)
    ('−1/3', '1.23457e6', '3')
    """
    if isinstance(x, float):
        if x == 0 and math.copysign(1.0, x) < 0:
            return MINUS + "0.0"
        text = f"{x:.{digits}g}"
        mantissa, _, exponent = text.partition("e")
        if exponent:
            text = f"{mantissa}e{int(exponent)}"
    else:
        text = str(x)
    return text.replace("-", MINUS)


def signed(x: Any, digits: int = DIGITS) -> str:
    """The same with its sign always written, for columns that are summed.

    >>> signed(0.25), signed(-0.25), signed(0.0)
    ('+0.25', '−0.25', '+0')
    """
    text = number(x, digits)
    return text if text.startswith((MINUS, "nan")) else "+" + text


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(label: str) -> str:
    r"""A label made safe for one line of a terminal: control and direction characters spelled out.

    >>> plain("w₁"), plain("two\nlines"), plain("\x1b[31mred")
    ('w₁', 'two\\nlines', '\\x1b[31mred')
    """
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), label)


_SUPERSCRIPTS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")


def superscript(n: int) -> str:
    """An integer exponent.

    >>> "x" + superscript(-2)
    'x⁻²'
    """
    return str(n).translate(_SUPERSCRIPTS)


_LATEX = {
    "\\": r"\backslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\hat{}",
    "~": r"\sim{}",
    " ": r"\ ",
}


def latex_name(label: str) -> str:
    r"""A label as a symbol in LaTeX mathematics: a trailing number or index is a subscript.

    A layer's number before an index, as in w1[2,3], is written as a power is, in brackets.

    >>> latex_name("o1"), latex_name("net_h1"), latex_name("w[1,2]"), latex_name("50%")
    ('o_{1}', '\\mathrm{net}_{h1}', 'w_{1,2}', '\\mathrm{50\\%}')
    >>> latex_name("w1[2,3]")
    'w^{(1)}_{2,3}'
    """

    def safe(text: str) -> str:
        return "".join(_LATEX.get(c, c) for c in plain(text))

    layered = re.fullmatch(r"([^\W\d_]+)(\d+)\[([^\[\]]+)\]", label)
    if layered:
        return f"{latex_name(layered[1])}^{{({layered[2]})}}_{{{safe(layered[3])}}}"
    match = re.fullmatch(r"([^\W\d_]+)(?:_?\[([^\[\]]+)\]|_([^_]+)|(\d+))?", label)
    if match is None:
        return rf"\mathrm{{{safe(label)}}}"
    stem = safe(match[1])
    if len(match[1]) > 1:
        stem = rf"\mathrm{{{stem}}}"
    index = match[2] or match[3] or match[4]
    return f"{stem}_{{{safe(index)}}}" if index else stem


# A verdict's colour, in a terminal and on paper.
VERDICT_COLOURS = {"green": "#15803d", "yellow": "#a16207", "red": "#b91c1c", "blue": "#1d4ed8"}
_ANSI = {"green": "32", "yellow": "33", "red": "31", "blue": "34"}


def paint(text: str, colour: str, *, on: bool) -> str:
    r"""A text in a terminal's colour, where colours are on.

    >>> paint("wrong", "red", on=False), paint("wrong", "red", on=True)
    ('wrong', '\x1b[31mwrong\x1b[0m')
    """
    return f"\x1b[{_ANSI[colour]}m{text}\x1b[0m" if on else text


_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def markdown(text: str) -> str:
    r"""A text made safe inside a line or a table of Markdown.

    >>> markdown("a|b*c")
    'a\\|b\\*c'
    """
    return _MARKDOWN.sub(r"\\\1", plain(text))


LONGEST = 24  # characters of an exact number; a longer one is shown as a decimal


def figure(x: Any, digits: int = DIGITS) -> str:
    """A number as `number` shows it, and a fraction too long to be read as a decimal.

    >>> from fractions import Fraction
    >>> figure(0.25), figure(Fraction(1, 3)), figure(Fraction(-1, 3**60)), figure(10**5000)
    ('0.25', '1/3', '≈−2.35898e−29', '≈1e5000')
    """
    if not isinstance(x, Rational) or x == 0:
        return number(x, digits)
    top, bottom = abs(int(x.numerator)), int(x.denominator)
    if top.bit_length() + bottom.bit_length() < 4 * LONGEST and len(number(x)) <= LONGEST:
        return number(x)
    power = math.log10(top) - math.log10(bottom)
    if abs(power) < 300:
        return f"≈{number(float(x), digits)}"
    exponent = math.floor(power)
    return f"≈{MINUS if x < 0 else ''}{10 ** (power - exponent):.{digits}g}e{number(exponent)}"


def on_the_point(cells: Sequence[str]) -> list[str]:
    """Numbers as a column, the points below one another, all equally long.

    >>> on_the_point(["+0.25", "−12.5", "+3"])
    [' +0.25', '−12.5 ', ' +3   ']
    """
    places = [re.search(r"[.e]|$", cell).start() for cell in cells]  # type: ignore[union-attr] # the end is found
    cells = [" " * (max(places) - place) + cell for cell, place in zip(cells, places)]
    longest = max(map(len, cells), default=0)
    return [cell.ljust(longest) for cell in cells]


# What XML cannot hold, or a renderer might obey.
_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff\u2028\u2029\u200e\u200f\u061c]")


def dot_text(text: str) -> str:
    r"""A text made safe for the DOT language, in a quoted string or in an HTML-like label: it draws as itself.

    >>> dot_text(r"<b> & \N"), dot_text('"'), dot_text("two\nlines")
    ('&lt;b&gt; &amp; \\\\N', '&quot;', 'two\\\\nlines')
    """
    text = _NOT_IN_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", plain(text))
    return html.escape(text).replace("&#x27;", "'").replace("\\", "\\\\")
