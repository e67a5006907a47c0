"""How numbers, labels and texts look, in every medium alike."""

import math
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from autograd import Stepper, Value, affine, draw, explain, paths, steps, walkthrough
from autograd.formatting import escapes, figures, palette
from autograd.symbolic.notations import latex_name

NUMBERS = [
    (0.000711649341, "0.000711649"),
    (0.25, "0.25"),
    (-0.5, "−0.5"),
    (3.0, "3"),
    (0.0, "0"),
    (-0.0, "0"),
    (1e-300, "1e−300"),
    (1234567.0, "1.23457e6"),
    (1e16, "1e16"),
    (math.inf, "inf"),
    (-math.inf, "−inf"),
    (math.nan, "nan"),
    (3, "3"),
    (-12, "−12"),
    (Fraction(-1, 3), "−1/3"),
]

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("x", "text"), NUMBERS)
def test_a_number_has_six_digits_and_a_true_minus_sign(x, text):
    assert figures.number(x) == text


@examples(max_examples=100)
@given(x=st.floats(allow_nan=False))
def test_with_17_digits_a_number_can_be_read_back(x):
    assert float(figures.number(x, 17).replace(figures.MINUS, "-")) == x


@examples(max_examples=100)
@given(x=st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_with_six_digits_it_is_right_to_six(x):
    assert float(figures.number(x).replace(figures.MINUS, "-")) == pytest.approx(x, rel=5.001e-6)


def test_signed_always_has_a_sign():
    assert [figures.signed(x) for x in (0.25, -0.25, 0.0, -0.0, math.inf)] == ["+0.25", "−0.25", "+0", "+0", "+inf"]
    assert figures.signed(math.nan) == "nan"
    assert figures.signed(0.123456, 2) == "+0.12"


@examples(max_examples=200)
@given(label=st.text())
def test_no_label_can_move_the_cursor_turn_the_text_or_break_the_line(label):
    shown = escapes.plain(label)
    assert len((shown + ".").splitlines()) <= 1 + sum(label.count(c) for c in "\u2028\u2029")
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in shown)
    assert not any(c in shown for c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_an_ordinary_label_stays_as_it_is():
    for label in ("w₁", "net h1", "größe", "∂E/∂w", "🙂", r"a\b"):
        assert escapes.plain(label) == label


LATEX = [
    ("x", "x"),
    ("o1", "o_{1}"),
    ("w12", "w_{12}"),
    ("net", r"\mathrm{net}"),
    ("net_h1", r"\mathrm{net}_{h1}"),
    ("w[1,2]", "w_{1,2}"),
    ("w_[1]", "w_{1}"),
    ("50%", r"\mathrm{50\%}"),
    ("a b", r"\mathrm{a\ b}"),
    ("{x}", r"\mathrm{\{x\}}"),
    ("$x$", r"\mathrm{\$x\$}"),
    ("a\\b", r"\mathrm{a\backslash{}b}"),
]


@pytest.mark.parametrize(("label", "text"), LATEX)
def test_a_label_is_a_symbol_in_latex(label, text):
    assert latex_name(label) == text


@examples(max_examples=200)
@given(label=st.text(max_size=8))
def test_no_label_can_close_a_brace_of_latex_or_begin_a_comment(label):
    text = latex_name(label).replace(r"\\", "")
    for special in (r"\{", r"\}", r"\%", r"\$", r"\&", r"\#", r"\_"):
        text = text.replace(special, "")
    depth = 0
    for c in text:
        depth += (c == "{") - (c == "}")
        assert depth >= 0
    assert depth == 0
    assert not set(text) & set("%$&#~\n")


def test_an_exponent_is_raised():
    assert [figures.superscript(n) for n in (2, -1, 10)] == ["²", "⁻¹", "¹⁰"]


def test_a_colour_is_put_on_where_there_are_colours():
    assert palette.paint("wrong", "red", on=True) == "\x1b[31mwrong\x1b[0m"
    assert palette.paint("wrong", "red", on=False) == "wrong"
    assert set(palette.VERDICT_COLORS) == {"green", "yellow", "red", "blue"}


def test_the_colours_of_paths_are_all_different():
    assert len(set(palette.PATH_COLORS)) == len(palette.PATH_COLORS) >= 8


def test_text_in_markdown_is_text():
    assert escapes.markdown("a|b*c_d") == r"a&#124;b\*c\_d"
    assert escapes.markdown("two\nlines") == "two&#92;nlines"
    assert escapes.markdown("<b> & $x$") == "&lt;b&gt; &amp; &#36;x&#36;"


def test_the_page_shows_as_many_digits_as_python():
    script = (ROOT / "autograd" / "webpage" / "static" / "numbers.js").read_text(encoding="utf-8")
    assert f"const DIGITS = {figures.DIGITS};" in script


SIGNED_ZERO = re.compile(r"[−-]0(?:\.0*)?(?![.\d])")


def zeros():
    """Graphs with a zero that arithmetic gives a sign: a dead neuron, a slope at the top of a wave, a given."""
    makers = {
        "relu": lambda x, w: x.relu() * w,
        "cos": lambda x, w: x.cos() * w,
        "square": lambda x, w: (w * x) ** 2 + w,
        "given": lambda x, w: x * -0.0 + w,
        "affine": lambda x, w: affine([x, w], [w, x]),
    }
    for make in makers.values():
        x, w = Value(0.0, "x"), Value(-2.0, "w")
        output = make(x, w)
        output.label = "E"
        output.backward()
        yield output, x


@pytest.mark.parametrize(("output", "x"), list(zeros()), ids=["relu", "cos", "square", "given", "affine"])
def test_a_zero_has_no_sign_in_any_view(output, x):
    stepper = Stepper(output)
    views = [str(stepper.goto(place)) for place in range(1, len([*steps(output)]) + 1)]
    views += [str(paths(output, x)), str(explain(output, x)), explain(output, x).to_latex(), str(walkthrough(output))]
    views += [draw(output).svg, draw(output, wrt=x).svg]
    for view in views:
        texts = "\n".join(re.findall(r">([^<>]+)</text>", view)) if view.startswith("<?xml") or "<svg" in view else view
        assert not SIGNED_ZERO.search(texts), texts


def test_a_sign_before_zero_would_be_seen():
    assert SIGNED_ZERO.search("× −0.0")
    assert SIGNED_ZERO.search("0 × −0 = 0")
    assert not SIGNED_ZERO.search("−0.25 and −0.03 and 1e-05")
