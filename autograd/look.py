"""How things look, in one place: numbers, colours, and text made safe for each medium.

Terminal, notebook, picture, document and page all take their number format, their colours and
their escapes from here, so that a figure looks the same wherever it is met.
"""

from __future__ import annotations

import math
import re
from typing import Any

MINUS = "−"
DIGITS = 6

# One colour a path; dark enough to be read as text on white.
PATH_COLOURS = ("#0f766e", "#c2410c", "#1d4ed8", "#a21caf", "#4d7c0f", "#b91c1c", "#0369a1", "#7c3aed")

INK = "#0f172a"  # what is said
QUIET = "#64748b"  # how it is said: the words value, grad, an operation's name
PALE = "#94a3b8"  # what nothing flows through
FAINT = "#cbd5e1"  # its outlines
PAPER = "#ffffff"


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

    >>> latex_name("o1"), latex_name("net_h1"), latex_name("w[1,2]"), latex_name("50%")
    ('o_{1}', '\\mathrm{net}_{h1}', 'w_{1,2}', '\\mathrm{50\\%}')
    """

    def safe(text: str) -> str:
        return "".join(_LATEX.get(c, c) for c in plain(text))

    match = re.fullmatch(r"([^\W\d_]+)(?:_?\[([^\[\]]+)\]|_([^_]+)|(\d+))?", label)
    if match is None:
        return rf"\mathrm{{{safe(label)}}}"
    stem = safe(match[1])
    if len(match[1]) > 1:
        stem = rf"\mathrm{{{stem}}}"
    index = match[2] or match[3] or match[4]
    return f"{stem}_{{{safe(index)}}}" if index else stem
