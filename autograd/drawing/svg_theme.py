"""An SVG in the light and in the dark: each color of the palette follows the ground that the picture stands on."""

from __future__ import annotations

import re

from autograd.formatting import palette

NAMES = (
    *("ink", "quiet", "pale", "faint", "outline", "paper", "given", "chosen", "chosen-ground", "unfinished"),
    *("unfinished-ground", *map(palette.path_color, range(len(palette.PATH_COLORS)))),
)


def themed(svg: str) -> str:
    """Return an SVG with a style that gives it the colors of a dark ground where its reader or its notebook is dark.

    A program that knows nothing of styles shows the colors that stand in it, which are those of a light ground.

    >>> dark = themed('<svg width="9pt"><path fill="#ffffff"/></svg>')
    >>> dark.count("prefers-color-scheme: dark"), dark.count('class="chalkgrad-picture"')
    (1, 1)
    """
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', svg))
    names = {name: palette.LIGHT[name] for name in NAMES if palette.LIGHT[name] in used}
    light, dark = (" ".join(f"--{name}: {colors[name]};" for name in names) for colors in (palette.LIGHT, palette.DARK))
    follow = "".join(
        f'\n.chalkgrad-picture [{part}="{color}"] {{ {part}: var(--{name}); }}'
        for name, color in names.items()
        for part in ("fill", "stroke")
    )
    picture = ".chalkgrad-picture"
    style = (
        f"<style>\n{picture} {{ {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ {picture} {{ {dark} }} }}\n"
        f":is({palette.LIGHT_GROUNDS}) {picture} {{ {light} }}\n:is({palette.DARK_GROUNDS}) {picture} {{ {dark} }}"
        f"{follow}\n</style>\n"
    )
    return re.sub(r"(<svg\b[^>]*)>\s*", lambda start: f'{start[1]} class="chalkgrad-picture">\n{style}', svg, count=1)
