"""Every text can be read: its color and its ground are far enough apart, in the light and in the dark."""

import math
import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from autograd import Value, draw
from autograd.document.html_writer import FRAGMENT_STYLE, PAGE_STYLE
from autograd.document.writers import MarkdownWriter
from autograd.drawing.svg_theme import NAMES
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


def linear(color):
    """A color as the light that it is: red, green and blue from 0 to 1."""
    channels = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


# What an eye without one kind of cones sees, on linear light: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, A
# Physiologically-based Model for Simulation of Color Vision Deficiency, IEEE TVCG 15 (2009), for a severity of 1.
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
SRGB = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))


def lab(light):
    """A color in CIELAB, of linear light under D65."""
    shares = [sum(a * b for a, b in zip(row, light)) / sum(row) for row in SRGB]  # of those of white
    f = [c ** (1 / 3) if c > 216 / 24389 else (24389 / 27 * c + 16) / 116 for c in shares]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def seen(color, eye):
    """A color in CIELAB as an eye sees it."""
    light = linear(color)
    return lab([min(1, max(0, sum(a * b for a, b in zip(row, light)))) for row in EYES[eye]])


def test_the_difference_of_colors_is_that_of_the_textbook():
    assert math.dist(seen("#ffffff", "all cones"), seen("#000000", "all cones")) == pytest.approx(100, abs=0.01)
    assert seen("#ff0000", "all cones") == pytest.approx((53.24, 80.09, 67.20), abs=0.05)
    # What made red and green of equal lightness one color for protan and deutan eyes is seen to do so.
    for eye in ("protan", "deutan"):
        assert math.dist(seen("#a55a00", eye), seen("#707000", eye)) < 12
    assert math.dist(seen("#a55a00", "all cones"), seen("#707000", "all cones")) > 30


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("colors", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_the_first_six_paths_are_told_apart_by_every_eye(colors, eye):
    """The distance is ΔE of CIE 1976; 2.3 is just seen, and 20 are two different colors."""
    paths = [seen(colors[palette.path_color(number)], eye) for number in range(6)]
    distances = {(a, b): math.dist(paths[a], paths[b]) for a, b in combinations(range(6), 2)}
    assert min(distances.values()) >= 20, distances


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("colors", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_the_two_signs_of_a_gradient_are_told_apart_by_every_eye(colors, eye):
    plus, minus, paper = (seen(colors[name], eye) for name in ("plus", "minus", "paper"))
    assert min(math.dist(plus, minus), math.dist(plus, paper), math.dist(minus, paper)) >= 20
    assert min(contrast(colors[name], colors["paper"]) for name in ("plus", "minus")) >= 3


def test_a_color_of_the_light_has_one_in_the_dark():
    """A picture knows its colors by their look alone."""
    for name in NAMES:
        same = {palette.DARK[other] for other in NAMES if palette.LIGHT[other] == palette.LIGHT[name]}
        assert len(same) == 1, name


def test_the_colors_of_verdicts_and_paths_are_told_apart():
    for colors in (palette.LIGHT, palette.DARK):
        paths = [colors[palette.path_color(number)] for number in range(len(palette.PATH_COLORS))]
        assert len(set(paths)) == len(paths) >= 8
        assert all(first != second for first, second in pairwise(paths))
