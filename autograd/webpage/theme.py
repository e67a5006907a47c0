"""The colours of a page by the names its style uses, in the light and in the dark.

In the light they are those of every other view, from `look`; in the dark the same hues, light
enough to be read on a dark ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.formatting import palette as colors

if TYPE_CHECKING:
    from collections.abc import Mapping

LIGHT = {
    "ink": colors.INK,
    "quiet": "#566375",
    "pale": colors.PALE,
    "faint": colors.FAINT,
    "outline": colors.OUTLINE,
    "paper": colors.PAPER,
    "ground": "#f6f8fb",
    "given": colors.GIVEN,
    "chosen": colors.CHOSEN,
    "chosen-ground": colors.CHOSEN_GROUND,
    "unfinished": colors.UNFINISHED,
    "unfinished-ground": colors.UNFINISHED_GROUND,
    **colors.VERDICT_COLOURS,
    **{f"path-{number}": colour for number, colour in enumerate(colors.PATH_COLOURS)},
}

DARK = {
    "ink": "#e6edf6",
    "quiet": "#9fb0c5",
    "pale": "#64748b",
    "faint": "#334155",
    "outline": "#94a3b8",
    "paper": "#141c2b",
    "ground": "#0d1420",
    "given": "#19233a",
    "chosen": "#8ab4ff",
    "chosen-ground": "#1b2c4e",
    "unfinished": "#fbbf5c",
    "unfinished-ground": "#33270f",
    "green": "#6ee79a",
    "yellow": "#f2c14e",
    "red": "#ff9c9c",
    "blue": "#8ab4ff",
    **{
        f"path-{number}": colour
        for number, colour in enumerate(
            ("#4fd1c5", "#ff9b63", "#8ab4ff", "#ec8cff", "#a9d65a", "#ff8f8f", "#62c6f5", "#bda2ff")
        )
    },
}


def palette() -> str:
    """The colours as style: light, dark where the reader's system is or where the reader asks, light on paper."""
    light, dark = _declared(LIGHT), _declared(DARK)
    paths = "".join(
        f".path-{number} {{ --path: var(--path-{number}); }}\n" for number in range(len(colors.PATH_COLOURS))
    )
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ color-scheme: dark; {dark} }} }}\n'
        f':root[data-theme="dark"] {{ color-scheme: dark; {dark} }}\n'
        f"@media print {{ :root:root:root {{ color-scheme: light; {light} }} }}\n{paths}"
    )


def _declared(colours: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())
