"""The colors of every view, and the colors of a terminal."""

from __future__ import annotations

# One color a path, dark enough to be read as text on white; DARK has as many for a dark ground. Of both, the first six
# are told apart by color-blind eyes as well: tests/test_contrast.py simulates them.
PATH_COLORS = ("#007f62", "#b55203", "#1900fe", "#b801e6", "#0f4309", "#b4002f", "#0369a1", "#7c3aed")

INK = "#0f172a"  # what is said
QUIET = "#566375"  # how it is said: the words value, grad, an operation's name; what nothing flows through
PALE = "#94a3b8"  # lines along which nothing flows; no text
FAINT = "#cbd5e1"  # outlines of what nothing flows through
OUTLINE = "#334155"  # of what counts
PAPER = "#ffffff"
GIVEN = "#f8fafc"  # the ground of a leaf
CHOSEN, CHOSEN_GROUND = "#1d4ed8", "#eff6ff"  # what the picture is about
UNFINISHED, UNFINISHED_GROUND = "#b45309", "#fffbeb"  # a gradient that is not complete; a warning

# A verdict's color, in a terminal and on paper.
VERDICT_COLORS = {"green": "#15803d", "yellow": "#a16207", "red": "#b91c1c", "blue": "#1d4ed8"}
# The same in a formula of Markdown, whose ground nobody knows: 4.5 to 1 on paper leaves 4 to 1 in a dark notebook.
FORMULA_COLORS = {"green": "#168741", "red": "#df2f2f", "blue": "#436ee6"}
_ANSI = {"green": "32", "yellow": "33", "red": "31", "blue": "34"}

# The colors of a page by the names that its style uses; on a dark ground the same hues, light enough to be read.
LIGHT = {
    "ink": INK, "quiet": QUIET, "pale": PALE, "faint": FAINT, "outline": OUTLINE, "paper": PAPER,
    "ground": "#f6f8fb", "given": GIVEN, "chosen": CHOSEN, "chosen-ground": CHOSEN_GROUND,
    "unfinished": UNFINISHED, "unfinished-ground": UNFINISHED_GROUND, "plus": "#0e7490", "minus": "#c2410c",
    **VERDICT_COLORS, **{f"path-{number}": color for number, color in enumerate(PATH_COLORS)},
}  # fmt: skip
_DARK_PATHS = ("#41dacd", "#ffa97a", "#9cb9ff", "#bb75ff", "#a5f214", "#e6767a", "#62c6f5", "#bda2ff")
DARK = {
    "ink": "#e6edf6", "quiet": "#9fb0c5", "pale": "#64748b", "faint": "#334155", "outline": "#94a3b8",
    "paper": "#141c2b", "ground": "#0d1420", "given": "#19233a", "chosen": "#8ab4ff", "chosen-ground": "#1b2c4e",
    "unfinished": "#fbbf5c", "unfinished-ground": "#33270f", "plus": "#4cc9e0", "minus": "#ff9b63",
    "green": "#6ee79a", "yellow": "#f2c14e", "red": "#ff9c9c", "blue": "#8ab4ff",
    **{f"path-{number}": color for number, color in enumerate(_DARK_PATHS)},
}  # fmt: skip

# How JupyterLab, VS Code, Colab, and what else shows notebooks, say what their ground is.
DARK_GROUNDS = (
    '[data-jp-theme-light="false"], .vscode-dark, .vscode-high-contrast:not(.vscode-high-contrast-light), '
    'html[theme="dark"], [data-theme="dark"], [data-bs-theme="dark"], body.dark'
)
LIGHT_GROUNDS = (
    '[data-jp-theme-light="true"], .vscode-light, .vscode-high-contrast-light, '
    'html[theme="light"], [data-theme="light"], [data-bs-theme="light"]'
)


def path_color(number: int) -> str:
    """Return the name of the color of a path, counted from 0; with many paths the colors come again.

    >>> path_color(1), path_color(9)
    ('path-1', 'path-1')
    """
    return f"path-{number % len(PATH_COLORS)}"


def paint(text: str, color: str, *, on: bool) -> str:
    r"""Return a text in a terminal's color, where colors are on and it has that color.

    >>> paint("wrong", "red", on=False), paint("wrong", "red", on=True)
    ('wrong', '\x1b[31mwrong\x1b[0m')
    """
    return f"\x1b[{_ANSI[color]}m{text}\x1b[0m" if on and color in _ANSI else text
