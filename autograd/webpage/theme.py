"""The style that gives a page its colors, in the light and in the dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.formatting import palette as colors

if TYPE_CHECKING:
    from collections.abc import Mapping


def palette() -> str:
    """Return the colors as style: light, dark where the reader's system is or where the reader asks, light on paper."""
    light, dark = _declared(colors.LIGHT), _declared(colors.DARK)
    paths = "".join(f".path-{k} {{ --path: var(--path-{k}); }}\n" for k in range(len(colors.PATH_COLORS)))
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ color-scheme: dark; {dark} }} }}\n'
        f':root[data-theme="dark"] {{ color-scheme: dark; {dark} }}\n'
        f"@media print {{ :root:root:root {{ color-scheme: light; {light} }} }}\n{paths}"
    )


def _declared(colors_of: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {color};" for name, color in colors_of.items())
