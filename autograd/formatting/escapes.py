"""Text made safe for each medium: terminal, LaTeX, Markdown, DOT."""

from __future__ import annotations

import re
from typing import Any

# What moves the cursor, ends a line, turns the direction, shows as nothing at all, or cannot be written as UTF-8.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff"
    "\U000e0000-\U000e007f]"
)


def plain(label: str) -> str:
    r"""Return a label made safe for one line of a terminal or a file: what is no visible sign is spelled out.

    Joiners stay, since scripts and pictures are made with them.

    >>> plain("w₁"), plain("two\nlines"), plain("\x1b[31mred"), plain("\u202e \ud800")
    ('w₁', 'two\\nlines', '\\x1b[31mred', '\\u202e \\ud800')
    """
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), label)


def short_repr(thing: Any, longest: int) -> str:
    """Return the repr of anything for a message, on one line of at most so many characters.

    >>> short_repr([1, 2], 60), short_repr("a" * 9, 8)
    ('[1, 2]', "'aaaa…")
    """
    try:
        text = plain(repr(thing))
    except ValueError:  # Python writes no integer of thousands of digits
        text = f"<{type(thing).__name__}>"
    return text if len(text) <= longest else text[: longest - 3] + "…"


# What LaTeX takes for its own, as it is written in mathematics and among words.
_LATEX = {
    "\\": (r"\backslash{}", r"\textbackslash{}"), "^": (r"\hat{}", r"\textasciicircum{}"),
    "~": (r"\sim{}", r"\textasciitilde{}"), "<": ("<", r"\textless{}"), ">": (">", r"\textgreater{}"),
    "|": ("|", r"\textbar{}"), '"': ('"', r"\textquotedbl{}"), " ": (r"\ ", " "),
    **{sign: (f"\\{sign}",) * 2 for sign in "{}$&#%_"},
}  # fmt: skip
_MATHS, _WORDS = (str.maketrans({sign: how[place] for sign, how in _LATEX.items()}) for place in (0, 1))


def latex_words(text: str) -> str:
    r"""Return a text among the words of LaTeX.

    >>> latex_words("50% of {x}_1 < y")
    '50\\% of \\{x\\}\\_1 \\textless{} y'
    """
    return plain(text).translate(_WORDS)


def latex_sign(text: str) -> str:
    r"""Return a text in LaTeX's mathematics, sign by sign.

    >>> latex_sign("a_b^2")
    'a\\_b\\hat{}2'
    """
    return plain(text).translate(_MATHS)


_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|$~&])")


def markdown(text: str) -> str:
    r"""Return a text made safe inside a line or a table of Markdown.

    >>> markdown("a|b*c")
    'a\\|b\\*c'
    """
    return _MARKDOWN.sub(r"\\\1", plain(text))


_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


def html(text: str) -> str:
    r"""Return a text made safe for HTML and MathML, between tags and in an attribute.

    >>> html("a < 'b'"), html("two\nlines")
    ('a &lt; &#x27;b&#x27;', 'two\\nlines')
    """
    return plain(text).translate(_HTML)


def dot_text(text: str) -> str:
    r"""Return a text made safe for the DOT language, in a quoted string or in an HTML-like label: it draws as itself.

    >>> dot_text(r"<b> & \N"), dot_text('"'), dot_text("two\nlines")
    ('&lt;b&gt; &amp; \\\\N', '&quot;', 'two\\\\nlines')
    """
    return html(text).replace("&#x27;", "'").replace("\\", "\\\\")
