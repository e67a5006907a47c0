"""Text made safe for each medium: terminal, LaTeX, Markdown, DOT."""

from __future__ import annotations

import html
import re

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


_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|$~&])")


def markdown(text: str) -> str:
    r"""A text made safe inside a line or a table of Markdown.

    >>> markdown("a|b*c")
    'a\\|b\\*c'
    """
    return _MARKDOWN.sub(r"\\\1", plain(text))


def dot_text(text: str) -> str:
    r"""A text made safe for the DOT language, in a quoted string or in an HTML-like label: it draws as itself.

    >>> dot_text(r"<b> & \N"), dot_text('"'), dot_text("two\nlines")
    ('&lt;b&gt; &amp; \\\\N', '&quot;', 'two\\\\nlines')
    """
    return html.escape(plain(text)).replace("&#x27;", "'").replace("\\", "\\\\")
