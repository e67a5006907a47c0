"""How things look, in one place: numbers, colours, and text made safe for each medium.

Terminal, notebook, picture, document and page all take their number format, their colours and
their escapes from here, so that a figure looks the same wherever it is met.
"""

from __future__ import annotations

import html
import math
import re
from difflib import get_close_matches
from itertools import islice
from numbers import Rational
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


LONGEST = 24  # characters of an exact number; a longer one is shown as a decimal


def number(x: Any, digits: int = DIGITS) -> str:
    """A number as it is shown everywhere: `digits` significant ones, a true minus sign.

    An exact number is shown exactly; one too long to be read, as a decimal that says so.

    >>> number(0.000711649341), number(-0.5), number(1e-300), number(float("-inf")), number(-0.0)
    ('0.000711649', '−0.5', '1e−300', '−inf', '−0.0')
    >>> from fractions import Fraction
    >>> number(Fraction(-1, 3)), number(1234567.0), number(3)
    ('−1/3', '1.23457e6', '3')
    >>> number(Fraction(-1, 3**60)), number(10**5000)
    ('≈−2.35898e−29', '≈1e5000')
    """
    if isinstance(x, Rational):
        top, bottom = int(x.numerator), int(x.denominator)
        if top.bit_length() + bottom.bit_length() >= 4 * LONGEST or len(str(x)) > LONGEST:
            return _shortened(top, bottom, digits)
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


MOST_DIGITS = 15  # significant ones that a float surely has
SAME = 1e-9  # the relative difference that is put down to the rounding of floats


def apart(a: float, b: float, digits: int = DIGITS) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see that they are not the same, and with `digits` at least.

    >>> apart(0.25, 0.5), apart(0.7513650695, 0.7513650584)
    (('0.25', '0.5'), ('0.75136507', '0.75136506'))
    >>> apart(0.1 + 0.2, 0.3)
    ('0.3', '0.3')
    """
    if not math.isclose(a, b, rel_tol=SAME):
        while digits < MOST_DIGITS and number(a, digits) == number(b, digits):
            digits += 1
    return number(a, digits), number(b, digits)


def _shortened(top: int, bottom: int, digits: int) -> str:
    """A fraction as a decimal, however large or small."""
    power = math.log10(abs(top)) - math.log10(bottom)
    if abs(power) < 300:
        return f"≈{number(top / bottom, digits)}"
    exponent = math.floor(power)
    mantissa = f"{10 ** (power - exponent):.{min(digits, 10)}g}"  # log10 of so large a number has no more digits
    if mantissa == "10":
        mantissa, exponent = "1", exponent + 1
    return f"≈{MINUS * (top < 0)}{mantissa}e{number(exponent)}"


def signed(x: Any, digits: int = DIGITS) -> str:
    """The same with its sign always written, for columns that are summed.

    >>> signed(0.25), signed(-0.25), signed(0.0)
    ('+0.25', '−0.25', '+0')
    """
    text = number(x, digits)
    return text if text.startswith((MINUS, "nan")) else "+" + text


# What moves the cursor, ends a line, turns the direction, shows as nothing at all, or cannot be written as UTF-8.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff"
    "\U000e0000-\U000e007f]"
)


def plain(label: str) -> str:
    r"""A label made safe for one line of a terminal or a file: what is no visible sign is spelled out.

    Joiners stay, since scripts and pictures are made with them.

    >>> plain("w₁"), plain("two\nlines"), plain("\x1b[31mred"), plain("\u202e \ud800")
    ('w₁', 'two\\nlines', '\\x1b[31mred', '\\u202e \\ud800')
    """
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), label)


COMPARED = 10_000  # known words that are looked at
LONGEST_WORD = 80  # characters of it


def close(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known words that one which is not known may have meant: the same in large or small letters, else the nearest.

    >>> close("W1", ["w1", "w2", "E"]), close("Simgoid", ["sigmoid", "sin"]), close("q", ["w1", "w2"])
    (['w1'], ['sigmoid'], [])
    """
    small: dict[str, str] = {}
    for other in islice(known, COMPARED):
        small.setdefault(other.casefold(), other)
    wanted = word[:LONGEST_WORD].casefold()
    near = [wanted] if wanted in small else get_close_matches(wanted, small, n=most, cutoff=0.5)
    return [small[other] for other in near]


def meant(word: str, known: Iterable[str]) -> str:
    """The word that may have been meant, as the end of a message; nothing where none is near.

    >>> f"there is no W1{meant('W1', ['w1', 'E'])}"
    'there is no W1; did you mean w1?'
    """
    near = close(word, known)
    return f"; did you mean {near[0]}?" if near else ""


_SUPERSCRIPTS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")


def superscript(n: int) -> str:
    """An integer exponent.

    >>> "x" + superscript(-2)
    'x⁻²'
    """
    return str(n).translate(_SUPERSCRIPTS)


# What LaTeX takes for its own, as it is written in mathematics and among words.
_LATEX = {
    "\\": (r"\backslash{}", r"\textbackslash{}"),
    "{": (r"\{", r"\{"),
    "}": (r"\}", r"\}"),
    "$": (r"\$", r"\$"),
    "&": (r"\&", r"\&"),
    "#": (r"\#", r"\#"),
    "%": (r"\%", r"\%"),
    "_": (r"\_", r"\_"),
    "^": (r"\hat{}", r"\textasciicircum{}"),
    "~": (r"\sim{}", r"\textasciitilde{}"),
    "<": ("<", r"\textless{}"),
    ">": (">", r"\textgreater{}"),
    "|": ("|", r"\textbar{}"),
    '"': ('"', r"\textquotedbl{}"),
    " ": (r"\ ", " "),
}
_MATHS, _WORDS = (str.maketrans({sign: how[place] for sign, how in _LATEX.items()}) for place in (0, 1))
_INDEX = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def latex_words(text: str) -> str:
    r"""A text among the words of LaTeX.

    >>> latex_words("50% of {x}_1 < y")
    '50\\% of \\{x\\}\\_1 \\textless{} y'
    """
    return plain(text).translate(_WORDS)


def latex_sign(text: str) -> str:
    r"""A text in LaTeX's mathematics, sign by sign.

    >>> latex_sign("a_b^2")
    'a\\_b\\hat{}2'
    """
    return plain(text).translate(_MATHS)


def latex_name(label: str) -> str:
    r"""A label as a symbol in LaTeX mathematics: a trailing number or index is a subscript.

    A layer's number before an index, as in w1[2,3], is written as a power is, in brackets.

    >>> latex_name("o1"), latex_name("net_h1"), latex_name("w[1,2]"), latex_name("50%")
    ('o_{1}', '\\mathrm{net}_{h1}', 'w_{1,2}', '\\mathrm{50\\%}')
    >>> latex_name("w1[2,3]"), latex_name("w₁₂")
    ('w^{(1)}_{2,3}', 'w_{12}')
    """
    label = label.translate(_INDEX)
    layered = re.fullmatch(r"([^\W\d_]+)(\d+)\[([^\[\]]+)\]", label)
    if layered:
        return f"{latex_name(layered[1])}^{{({layered[2]})}}_{{{latex_sign(layered[3])}}}"
    match = re.fullmatch(r"([^\W\d_]+)(?:_?\[([^\[\]]+)\]|_([^_]+)|(\d+))?", label)
    if match is None:
        return rf"\mathrm{{{latex_sign(label)}}}"
    stem = latex_sign(match[1])
    if len(match[1]) > 1:
        stem = rf"\mathrm{{{stem}}}"
    index = match[2] or match[3] or match[4]
    return f"{stem}_{{{latex_sign(index)}}}" if index else stem


# A verdict's colour, in a terminal and on paper.
VERDICT_COLOURS = {"green": "#15803d", "yellow": "#a16207", "red": "#b91c1c", "blue": "#1d4ed8"}
_ANSI = {"green": "32", "yellow": "33", "red": "31", "blue": "34"}


def paint(text: str, colour: str, *, on: bool) -> str:
    r"""A text in a terminal's colour, where colours are on.

    >>> paint("wrong", "red", on=False), paint("wrong", "red", on=True)
    ('wrong', '\x1b[31mwrong\x1b[0m')
    """
    return f"\x1b[{_ANSI[colour]}m{text}\x1b[0m" if on else text


_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|$~&])")


def markdown(text: str) -> str:
    r"""A text made safe inside a line or a table of Markdown.

    >>> markdown("a|b*c")
    'a\\|b\\*c'
    """
    return _MARKDOWN.sub(r"\\\1", plain(text))


def on_the_point(cells: Sequence[str]) -> list[str]:
    """Numbers as a column, the points below one another, all equally long.

    >>> on_the_point(["+0.25", "−12.5", "+3"])
    [' +0.25', '−12.5 ', ' +3   ']
    """
    places = [re.search(r"[.e]|$", cell).start() for cell in cells]  # type: ignore[union-attr] # the end is found
    cells = [" " * (max(places) - place) + cell for cell, place in zip(cells, places)]
    longest = max(map(len, cells), default=0)
    return [cell.ljust(longest) for cell in cells]


def dot_text(text: str) -> str:
    r"""A text made safe for the DOT language, in a quoted string or in an HTML-like label: it draws as itself.

    >>> dot_text(r"<b> & \N"), dot_text('"'), dot_text("two\nlines")
    ('&lt;b&gt; &amp; \\\\N', '&quot;', 'two\\\\nlines')
    """
    return html.escape(plain(text)).replace("&#x27;", "'").replace("\\", "\\\\")
