"""Hints: what to write instead of what cannot be read.

A hint follows the error message. It begins with its own `;` or `:`, and is empty where nothing better is known.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from autograd.claims.tree import NameNode
from autograd.formatting import escapes, suggestions
from autograd.sheet.markdown_fences import has_block

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from autograd.claims.tree import CallNode

MAX_COMPARED = 2000  # names that an unknown one is compared with
MAX_SHOWN = 80  # characters of a name that are shown

SIGNS = {  # what to write in place of a character that the language does not have
    "%": "; write 5/100 for 5 %",
    "°": "; angles are in radians: write 30*3.14159265/180",
    "∑": "; write sum(a, b) or sum(x[i] for i in 1..3)",
    "\\": "; write a formula as in Python, such as dE/dw = (o - t)*x",
    "∇": "; write one derivative a line, dE/dw1 = …",
    "⇒": "; write = or begin a new line",
    "→": "; write = or begin a new line",
    "~": "; write ≈ or =",
    "±": "; write two lines, one for + and one for -",
    "∙": "; write * or ·",
    "•": "; write * or ·",
}

ONE_NUMBER = "a name stands for one number: write x[1] = …; x[2] = …"
ADDED_TO = "a name stands for one number: for dw += …, write dw_2 = dw + …"


def missing(before: str, kind: str, text: str) -> str:
    """Return what is missing between a token of the kind `before` and another, where a statement cannot go on.

    >>> missing("number", "sign", ",")
    'statements are separated by ;, and a decimal comma has no space beside it'
    """
    if before == "number" and text == ",":
        return "statements are separated by ;, and a decimal comma has no space beside it"
    if before == "number" and (kind == "name" or text == "["):
        return "an operation or = is missing (a product has a *, a unit stands in a comment, after #)"
    if before == kind == "name":
        return "an operation or brackets are missing (w*x, ln(x); a sentence stands in a comment, after #)"
    return "an operation or = is missing"


def for_name(name: str, known: Collection[str]) -> str:
    """Return what an unknown name may have been meant to be.

    >>> for_name("wx", ["w", "x"]), for_name("W", ["w", "x"]), for_name("q", ["w", "x"])
    ('; a product has a *: w*x', '; did you mean w?', '')
    """
    if name in ("π", "pi"):
        return f"; write {name} = 3.14159265 above"
    if name == "d":
        return "; give what is differentiated a name, y = …, and write dy/dx"
    if name[:1] in "²2" and name[1:] in known:
        return f"; a second derivative is p = d{name[1:]}/dx and dp/dx, or f''(x) of a function f(x) = …"
    part = next((other for other in islice(known, MAX_COMPARED) if other.startswith(f"{name}[")), None)
    if part:
        return f"; there is {part}: write sum({name}[i]*… for i in 1..3)"
    cut = next((at for at in range(1, len(name)) if name[:at] in known and name[at:] in known), None)
    if cut:
        return f"; a product has a *: {name[:cut]}*{name[cut:]}"
    return suggestions.meant(name, known)


def for_function(call: CallNode, names: Collection[str], functions: Iterable[str]) -> str:
    """Return what the call of an unknown function may have been meant to be."""
    name, first = escapes.plain(call.function[:MAX_SHOWN]), call.args[0]
    if call.function in names:
        return f": {name} is a name, and a product has a *"
    meant = suggestions.meant(name, functions)
    if meant:
        return meant
    if len(call.args) > 1:
        return f"; one that is defined here has one argument; of several, write {name} = … of their names"
    return f"; of {first.key} as it is here, write {name} = …" if isinstance(first, NameNode) else ""


# What is written in Python and in no sheet: text in quotes of three, and statements.
_PYTHON = re.compile(
    r"""^[ \t]*(?: \"\"\" | ''' | @\w | (?:def|class|del|global)\ \w | (?:return|assert|raise)\b | print\(
    | (?:if|elif|while|with|for(?!.*(?:\.\.|…)))\b[^<>=()\n]*[<>=()].*:[ \t]*$
    | import\ \w | from\ [\w.]+\ import\  )""",
    re.VERBOSE | re.MULTILINE,
)
# What is written in Markdown and in no sheet: a fence; and prose that is no comment, where there is a heading.
_FENCED = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_HEADING = re.compile(r"^#+ ", re.MULTILINE)
_PROSE = re.compile(r"^(?![ \t]*for\b)[^#=\n]*(?<!\w)[^\W\d_]+,? [^\W\d_]+,? [^\W\d_]+", re.MULTILINE)


def for_text(text: str, suffix: str = "") -> str:
    """Return what to do with a text that is not a sheet because it is Markdown or a program.

    `suffix` is the end of its file's name, where it is in one.

    >>> for_text("# Backpropagation" + chr(10) + "This is the chain rule.")
    '; no ```sheet block was found, so all of it was read as a sheet'
    >>> for_text("# Backpropagation" + chr(10) + "dy/dx = 2*")
    ''
    """
    if has_block(text):
        return ""
    suffix = suffix.lower()
    markdown = _FENCED.search(text) or (_HEADING.search(text) and _PROSE.search(text) and not _PYTHON.search(text))
    if suffix in (".md", ".markdown") or (suffix != ".py" and markdown):
        return "; no ```sheet block was found, so all of it was read as a sheet"
    if suffix == ".py" or _PYTHON.search(text):
        return (
            "; of Python, a sheet reads assignments alone, such as h = math.tanh(w*x): leave out the rest, or put # "
            "before it"
        )
    return ""
