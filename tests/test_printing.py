"""Formulas as text, LaTeX and Python: each reads as the formula that it is."""

import math
import re
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import examples, points
from test_expr import formulas, value

from autograd.symbolic.expr import Apply, Symbol, derivative
from autograd.symbolic.notations import LATEX
from autograd.symbolic.printer import latex, python, text, write
from autograd.table import ops
from autograd.table.ops import TABLE

x, y, a, b = map(Symbol, "xyab")
FUNCTIONS = {name: op.forward for name, op in TABLE.items()}

# -- Reading back what was written ---------------------------------------------------------------

SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def with_conditions(source):
    """With |x| and [a > b] as calls, the innermost first."""
    for _ in range(source.count("|") + source.count("[")):
        source = re.sub(r"\|([^|\[\]]+)\|", r"abs(\1)", source)
        source = re.sub(r"\[([^|\[\]]+) > ([^|\[\]]+)\]", r"above(\1, \2)", source)
    return source


def from_text(written):
    """The text as Python source."""
    source = written.replace("−", "-").replace("·", "*").replace("σ", "sigmoid").replace("^", "**")
    source = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda match: f"**({match[0].translate(SUPERSCRIPT)})", source)
    source = source.replace("leaky relu", "leaky_relu")
    return with_conditions(source)


def from_latex(written):
    """The LaTeX as Python source, by its braces."""
    written = written.replace(r"\left", "").replace(r"\right", "").replace(r"\cdot", "*").replace(r"\times", "*")
    written = re.sub(r"\\operatorname\{([^}]*)\}", lambda match: match[1].replace(r"\ ", "_"), written)
    written = re.sub(
        r"\\(sigma|max|min|log|sin|cos|tanh|pi)\b", lambda match: LATEX_NAMES.get(match[1], match[1]), written
    )
    written = re.sub(r"\be\^", "EXP", written)
    source, position, closing = "", 0, []
    while position < len(written):
        rest = written[position:]
        for opening, before, after in BRACES:
            if rest.startswith(opening):
                source += before
                closing.append(after)
                position += len(opening)
                break
        else:
            if rest[0] == "}":
                source += closing.pop()
                if rest[1:2] == "{":  # the denominator
                    closing.append("))")
                    position += 1
            else:
                source += rest[0]
            position += 1
    return with_conditions(source)


LATEX_NAMES = {"sigma": "sigmoid", "max": "maximum", "min": "minimum"}
BRACES = [("\\frac{", "((", ")/("), ("\\sqrt{", "sqrt(", ")"), ("EXP{", "exp(", ")"), ("^{", "**(", ")")]


def evaluated(source, numbers):
    return eval(source, FUNCTIONS | {"inf": math.inf, "π": math.pi, "pi": math.pi, "Fraction": Fraction}, numbers)  # noqa: S307 -- our own formula


@pytest.mark.parametrize("op", TABLE.values(), ids=str)
@examples(max_examples=8)
@given(data=st.data())
def test_symbols_text_latex_and_python_of_each_partial_are_the_number_that_the_partial_is(op, data):
    point = data.draw(points(op))
    assume(0 not in point and len(set(point)) == len(point))  # no tie, for which paper has no notation
    names = [f"a{place}" for place in range(len(point))]
    try:
        result = op.forward(*point)
        partials = op.local_derivatives(result, point)
    except (ArithmeticError, ValueError):
        return
    numbers = {"y": result, **dict(zip(names, point))}
    in_latex = {re.sub(r"(\d)", r"_{\1}", name): name for name in names}
    for index, partial in enumerate(partials):
        formula = derivative(op, y, list(map(Symbol, names)), index)
        assert value(formula, numbers) == partial
        exactly = evaluated(python(formula), numbers)
        assert (type(exactly), exactly) == (type(partial), partial)
        assert evaluated(from_text(text(formula)), numbers) == pytest.approx(partial, rel=1e-12, abs=1e-15)
        written = latex(formula)
        for shown, name in in_latex.items():
            written = written.replace(shown, name)
        assert evaluated(from_latex(written), numbers) == pytest.approx(partial, rel=1e-12, abs=1e-15)


# A tie in [a > b] and 0·log 0 are matters of convention, for which paper has no notation.
CONTINUOUS = [name for name in TABLE if name not in {"step", "above", "sign", "xlogy", "monomial"}]


@examples(max_examples=120)
@given(formula=formulas(CONTINUOUS), at=st.tuples(st.floats(0.5, 2), st.floats(-2, -0.5)))
def test_no_bracket_is_missing_in_any_formula(formula, at):
    numbers = dict(zip("xy", at))
    try:
        expected = value(formula, numbers)
    except (ArithmeticError, ValueError):
        return
    if not math.isfinite(expected) or abs(expected) > 1e12:
        return
    assert evaluated(python(formula), numbers) == expected
    near = pytest.approx(expected, rel=1e-3, abs=1e-3)  # the numbers in the formula are shown with six digits
    if steady(formula, numbers) and text(formula).count("|") <= 2:  # ||x|·y| can be read in two ways
        assert evaluated(from_text(text(formula)), numbers) == near
        assert evaluated(from_latex(latex(formula)), numbers) == near


def steady(formula, numbers):
    """Whether the formula does not change by much where its numbers are rounded to six digits."""

    def rounded(part):
        if isinstance(part, Apply):
            return Apply(part.op, tuple(map(rounded, part.args)))
        return float(f"{part:.6g}") if isinstance(part, float) else part

    try:
        return value(rounded(formula), numbers) == pytest.approx(value(formula, numbers), rel=1e-4, abs=1e-4)
    except (ArithmeticError, ValueError):
        return False


# -- As they are written on paper ----------------------------------------------------------------

o1, net = Symbol("o1"), Symbol("net")
PAPER = [
    # formula, text, LaTeX
    (derivative(ops.tanh, y, [x], 0), "1 − y²", "1 - y^{2}"),
    (derivative(ops.sigmoid, o1, [net], 0), "o1·(1 − o1)", r"o_{1} \cdot \left(1 - o_{1}\right)"),
    (derivative(ops.pow, y, [x, 2], 0), "2·x", r"2 \cdot x"),
    (derivative(ops.pow, y, [x, 3], 0), "3·x²", r"3 \cdot x^{2}"),
    (derivative(ops.pow, y, [x, -1], 0), "−x⁻²", "-x^{-2}"),
    (derivative(ops.pow, y, [x, 0.5], 0), "0.5·x^(−0.5)", r"0.5 \cdot x^{-0.5}"),
    (derivative(ops.pow, y, [x, Fraction(1, 3)], 0), "1/3·x^(−2/3)", r"\frac{1}{3} \cdot x^{-\frac{2}{3}}"),
    (derivative(ops.pow, y, [2, x], 1), "y·log(2)", r"y \cdot \log\left(2\right)"),
    (derivative(ops.div, y, [a, b], 0), "1/b", r"\frac{1}{b}"),
    (derivative(ops.div, y, [a, b], 1), "−y/b", r"\frac{-y}{b}"),
    (derivative(ops.sqrt, y, [x], 0), "1/(2·y)", r"\frac{1}{2 \cdot y}"),
    (derivative(ops.sin, y, [x], 0), "cos(x)", r"\cos\left(x\right)"),
    (derivative(ops.cos, y, [x], 0), "−sin(x)", r"-\sin\left(x\right)"),
    (derivative(ops.relu, y, [x], 0), "[x > 0]", r"\left[x > 0\right]"),
    (derivative(ops.abs, y, [x], 0), "sign(x)", r"\operatorname{sign}\left(x\right)"),
    (derivative(ops.softplus, y, [x], 0), "σ(x)", r"\sigma\left(x\right)"),
    (derivative(ops.maximum, y, [a, b], 0), "[a > b]", r"\left[a > b\right]"),
    (derivative(ops.affine, y, [a, b, x], 0), "b", "b"),
    (derivative(ops.affine, y, [a, b, x], 2), "1", "1"),
    (derivative(ops.half_squared_error, y, [a, b], 1), "b − a", "b - a"),
    (x - (a - b), "x − (a − b)", r"x - \left(a - b\right)"),
    (x - a - b, "x − a − b", "x - a - b"),
    (x / (a / b), "x/(a/b)", r"\frac{x}{\frac{a}{b}}"),
    ((x / a) ** 2, "(x/a)²", r"\left(\frac{x}{a}\right)^{2}"),
    ((-x) ** 2, "(−x)²", r"\left(-x\right)^{2}"),
    (-(x**2), "−x²", "-x^{2}"),
    (-(x + a), "−(x + a)", r"-\left(x + a\right)"),
    (x * -a, "x·(−a)", r"x \cdot \left(-a\right)"),
    ((x**a) ** b, "(x^a)^b", r"\left(x^{a}\right)^{b}"),
    (x ** (a**b), "x^(a^b)", "x^{a^{b}}"),
    (ops.xlogy(x - a, b + 1), "(x − a)·log(b + 1)", r"\left(x - a\right) \cdot \log\left(b + 1\right)"),
    (x / ops.xlogy(a, b), "x/(a·log(b))", r"\frac{x}{a \cdot \log\left(b\right)}"),
    (abs(x - a), "|x − a|", r"\left|x - a\right|"),
    (x.leaky_relu(), "leaky relu(x, 0.01)", r"\operatorname{leaky\ relu}\left(x, 0.01\right)"),
    (x.exp() ** 2, "exp(x)²", r"\left(e^{x}\right)^{2}"),
    (1.5e-7 * x, "1.5e−7·x", r"1.5 \times 10^{-7} \cdot x"),
    (x / Fraction(1, 3), "x/(1/3)", r"\frac{x}{\frac{1}{3}}"),
    (x + math.inf, "x + inf", r"x + \infty"),
    (Symbol("net_h1") * Symbol("50%"), "net_h1·50%", r"\mathrm{net}_{h1} \cdot \mathrm{50\%}"),
    (Symbol("two\nlines"), r"two\nlines", r"\mathrm{two\backslash{}nlines}"),
]


@pytest.mark.parametrize(("formula", "in_text", "in_latex"), PAPER, ids=[case[1] for case in PAPER])
def test_a_formula_looks_as_it_does_on_paper(formula, in_text, in_latex):
    assert text(formula) == in_text
    assert latex(formula) == in_latex


AS_IT_STANDS = [
    # formula, text, LaTeX: no minus sign stands behind another sign without a bracket
    (1 - (-1) * a, "1 − (−1)·a", r"1 - \left(-1\right) \cdot a"),
    (x + (-2) * a * b, "x + (−2)·a·b", r"x + \left(-2\right) \cdot a \cdot b"),
    (x - (-a) * b, "x − (−a)·b", r"x - \left(-a\right) \cdot b"),
    (x - -a / b, "x − (−a)/b", r"x - \frac{-a}{b}"),
    (-((-1) * a), "−(−1)·a", r"-\left(-1\right) \cdot a"),
    (x * ((-1) * a), "x·(−1)·a", r"x \cdot \left(-1\right) \cdot a"),
    (x / ((-1) * a), "x/(−1·a)", r"\frac{x}{-1 \cdot a}"),
    (x - ops.xlogy((-1) * a, b), "x − (−1)·a·log(b)", r"x - \left(-1\right) \cdot a \cdot \log\left(b\right)"),
    ((-1) * a - b, "−1·a − b", r"-1 \cdot a - b"),
    (x * ((-1) * a - b), "x·(−1·a − b)", r"x \cdot \left(-1 \cdot a - b\right)"),
]


@pytest.mark.parametrize(("formula", "in_text", "in_latex"), AS_IT_STANDS, ids=[case[1] for case in AS_IT_STANDS])
def test_a_minus_sign_behind_another_sign_stands_in_brackets(formula, in_text, in_latex):
    assert write(formula) == in_text
    assert write(formula, LATEX) == in_latex


SOURCES = [
    (derivative(ops.tanh, y, [x], 0), "1 - y * y"),
    (derivative(ops.div, y, [a, b], 1), "-y / b"),
    (derivative(ops.pow, y, [a, b], 0), "monomial(b, a, b - 1)"),
    (a - (b - x), "a - (b - x)"),
    (a * (b * x), "a * (b * x)"),
    ((a * b) * x, "a * b * x"),
    (-(a * b), "-(a * b)"),
    (a * -b, "a * (-b)"),
    (a + -2.5, "a + -2.5"),
    (a - -1 * b, "a - -1 * b"),
    (0 - a, "0 - a"),
    (a**2, "pow(a, 2)"),
    (1 * a + 0, "1 * a + 0"),
    (abs(a), "abs(a)"),
]


@pytest.mark.parametrize(("formula", "source"), SOURCES, ids=[case[1] for case in SOURCES])
def test_python_source_keeps_every_bracket_that_rounds(formula, source):
    assert python(formula) == source
