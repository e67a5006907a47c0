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


def spaced(text: str) -> str:
    r"""Return a text with a space for each sign that is not visible; ends of lines and tabs stay, and so do all places.

    >>> spaced("a\u202eb\tc\x00\n")
    'a b\tc \n'
    """
    return _CONTROL.sub(lambda sign: sign[0] if sign[0] in "\n\t" else " ", text)


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


# A backslash before what every Markdown takes one for; a reference for the rest, of which some know no escape. A
# backslash is one too, because a notebook takes \\( for the beginning of a formula.
_MARKDOWN = str.maketrans(
    {sign: f"\\{sign}" for sign in "`*_{}[]#"}
    | {sign: f"&#{ord(sign)};" for sign in "\\|$~"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
_BEGINS = re.compile(r"(\s*)([-+=]|\d+(?=[.)]))")  # of a line: a list, or the rule below a heading
_IN_MARKDOWN = str.maketrans(
    {"|": r"\vert ", "<": r"\lt ", ">": r"\gt ", "`": r"\grave{}", "[": r"\lbrack ", "]": r"\rbrack "}
)


def markdown(text: str) -> str:
    r"""Return a text made safe inside a line or a table of Markdown.

    >>> markdown("a|b*c"), markdown("<b>")
    ('a&#124;b\\*c', '&lt;b&gt;')
    """
    return plain(text).translate(_MARKDOWN)


def markdown_line(words: str) -> str:
    r"""Return words that are safe inside a line of Markdown, made safe at its beginning too.

    >>> markdown_line("- 3"), markdown_line("1. x"), markdown_line("w = 3")
    ('\\- 3', '1\\. x', 'w = 3')
    """
    if not (begins := _BEGINS.match(words)):
        return words
    space, sign = begins.groups()
    rest = words[begins.end() :]
    return f"{space}{sign}\\{rest}" if sign.isdecimal() else f"{space}\\{sign}{rest}"


def markdown_formula(formula: str) -> str:
    r"""Return a formula of LaTeX made safe in Markdown: no tag, link, picture, table or code begins or ends in it.

    >>> markdown_formula(r"\left[x > 0\right]")
    '\\left\\lbrack x \\gt  0\\right\\rbrack '
    """
    return formula.translate(_IN_MARKDOWN)


def markdown_address(address: str) -> str:
    """Return an address made safe in a link of Markdown.

    >>> markdown_address("my picture (1).svg")
    'my%20picture%20%281%29.svg'
    """
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode(errors="replace")), address)


_UNSAFE = re.compile("[^\\w!#$&'*+,./:;=?@%~-]")


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
