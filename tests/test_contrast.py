"""Every text can be read: its color and its ground are far enough apart, in the light and in the dark."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from autograd import Value, draw
from autograd.document.html_writer import FRAGMENT_STYLE, PAGE_STYLE
from autograd.document.writers import MarkdownWriter
from autograd.formatting import palette
from autograd.symbolic.equations import ROLES, Part, Words
from autograd.webpage.theme import palette as page_palette

pytestmark = pytest.mark.portable

ROOT = Path(__file__).parents[1]
READABLE = 4.5  # to 1: what WCAG 2.1 asks of text, level AA
PAGE = (ROOT / "autograd" / "webpage" / "static" / "page.css").read_text(encoding="utf-8")
GROUNDS = ("paper", "ground", "given", "chosen-ground", "unfinished-ground")


def luminance(color):
    channels = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(color, ground):
    """The contrast of two colors as WCAG 2.1 defines it."""
    dark, light = sorted((luminance(color), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


def rules(css):
    """Each rule of a style sheet as its selector and its declarations, without those for paper."""
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        yield selector.strip(), dict(re.findall(r"([\w-]+)\s*:\s*([^;]+)", body))


def names(value):
    """The colors of the palette that a value of a style is; a path's is any of them."""
    found = re.findall(r"var\(--([\w-]+)\)", value)
    paths = [name for name in palette.LIGHT if name.startswith("path-")]
    return [name for each in found for name in (paths if each == "path" else [each])]


def texts(css):
    """Each color of a text in a style sheet with the grounds that it may stand on."""
    for selector, rule in rules(css):
        texts = names(rule.get("color", "")) + names(rule.get("fill", "")) * bool(
            re.search(r"text|\.name|\.how|\.word|\.value|\.grad|label", selector)
        )
        own = names(rule.get("background", "")) or names(rule.get("background-color", ""))
        for text in texts:
            yield selector, text, own or GROUNDS


STYLES = {"page": PAGE, "fragment": FRAGMENT_STYLE, "document": PAGE_STYLE}


@pytest.mark.parametrize("colors", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("style", STYLES)
def test_every_color_of_a_text_is_far_from_every_ground_it_may_stand_on(style, colors):
    found = list(texts(STYLES[style]))
    assert {"ink", "quiet", "path-0"} <= {text for _, text, _ in found}
    low = [
        (selector, text, ground, round(contrast(colors[text], colors[ground]), 2))
        for selector, text, grounds in found
        for ground in grounds
        if contrast(colors[text], colors[ground]) < READABLE
    ]
    assert low == []


@pytest.mark.parametrize("style", STYLES)
def test_no_style_has_a_color_beside_the_palette_nor_makes_a_text_fainter(style):
    ours = {*palette.LIGHT.values(), *palette.DARK.values(), "#000", "#fff"}
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", STYLES[style])) <= ours
    assert "opacity" not in STYLES[style]


def test_both_grounds_have_the_same_colors_by_name():
    assert set(palette.DARK) == set(palette.LIGHT)
    assert f"path-{len(palette.PATH_COLORS) - 1}" in palette.DARK
    for color in (*palette.LIGHT, *palette.DARK):
        assert f"--{color}:" in page_palette()


def graph():
    """A graph with shared nodes, many paths and every kind of card."""
    w, x = Value(0.5, "w"), Value(2.0, "x")
    h = (w * x).tanh()
    h.label = "h"
    E = h
    for _ in range(3):
        E = (E * w + h) * E
    E.label = "E"
    E.backward()
    return E


PICTURES = {
    "whole": {},
    "paths": {"wrt": "w"},
    "few paths": {"wrt": "w", "k": 2},
    "of a leaf that little uses": {"wrt": "x", "k": 1},
    "step": {"at": 3},
    "start": {"at": 1},
    "depth": {"depth": 2},
}


@pytest.mark.parametrize("picture", PICTURES)
def test_every_text_of_a_picture_is_far_from_every_ground_of_a_card(picture):
    source = draw(graph(), **PICTURES[picture]).source
    colors = set(re.findall(r'<FONT[^>]*COLOR="(#\w{6})"', source)) | set(re.findall(r'fontcolor="?(#\w{6})', source))
    assert palette.INK in colors
    grounds = {palette.PAPER, palette.GIVEN, palette.CHOSEN_GROUND, palette.UNFINISHED_GROUND}
    assert set(re.findall(r'(?:bgcolor|fillcolor)="?(#\w{6})', source)) <= grounds
    low = [(text, ground) for text in colors for ground in grounds if contrast(text, ground) < READABLE]
    assert low == []


def test_a_color_in_a_formula_of_markdown_can_be_read_on_paper_and_in_the_dark():
    parts = tuple(Part(Words(role), role) for role in ROLES)
    found = set(re.findall(r"\\color\{(#\w{6})\}", MarkdownWriter(colors=True).content(parts)))
    assert found == set(palette.FORMULA_COLORS.values())
    for color in found:
        assert contrast(color, palette.PAPER) >= READABLE
        for dark in ("#0d1117", "#111111"):  # GitHub, JupyterLab: no color is at 4.5 to 1 from both white and these
            assert contrast(color, dark) >= 4


def test_the_colors_of_verdicts_and_paths_are_told_apart():
    for colors in (palette.LIGHT, palette.DARK):
        paths = [colors[palette.path_color(number)] for number in range(len(palette.PATH_COLORS))]
        assert len(set(paths)) == len(paths) >= 8
        assert all(first != second for first, second in pairwise(paths))
