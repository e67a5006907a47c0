"""The colors of every view, and the colors of a terminal."""

from __future__ import annotations

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


# A verdict's colour, in a terminal and on paper.
VERDICT_COLOURS = {"green": "#15803d", "yellow": "#a16207", "red": "#b91c1c", "blue": "#1d4ed8"}
_ANSI = {"green": "32", "yellow": "33", "red": "31", "blue": "34"}


def paint(text: str, colour: str, *, on: bool) -> str:
    r"""A text in a terminal's colour, where colours are on.

    >>> paint("wrong", "red", on=False), paint("wrong", "red", on=True)
    ('wrong', '\x1b[31mwrong\x1b[0m')
    """
    return f"\x1b[{_ANSI[colour]}m{text}\x1b[0m" if on else text
