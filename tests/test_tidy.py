"""Formulas as a person would write them: the same numbers, fewer signs, and the words of the sheet."""

import math
import re

import pytest
from hypothesis import assume, example, given
from strategies import examples, formulas, sheet_of

from autograd import mark
from autograd.claims.interpreter import Evaluation
from autograd.claims.sampling import SamplePoints, agree
from autograd.claims.tree import walk
from autograd.marking.expected_formula import expected_formula
from autograd.marking.messages import MAX_TEXT, formula_text, shorten
from autograd.marking.tidy import Tidier, tidied
from autograd.sheet.sheet import Sheet


def tree_of(formula):
    return Sheet.parse(sheet_of("a") + f"\nz = a = {formula}").claims[-1].segment.tree


@given(formulas())
@example("((a)^2)^0.5 - a")
@example("((-a)^2)^0.5")
@example("(a) / (a - a)")
@example("(a*b - b*a)^2 + c")
@example("(a)^0 + b^(-1)*a^0")
@examples(max_examples=300)
def test_a_tidied_formula_gives_the_same_numbers(text):
    tree = tree_of(text)
    sheet = Sheet.parse(sheet_of("a"))
    for a in (0.3, 0.77, 1.9):
        point = Evaluation(sheet, {**sheet.givens, "a": a})
        before, after = point.try_number(tree), point.try_number(tidied(tree))
        assume(before is not None)
        assert after is not None
        assert math.isclose(before, after, rel_tol=1e-6, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("formula", "short"),
    [
        ("-1/a*(a - a*a)", "a − 1"),
        ("a*b/a", "b"),
        ("(b - c)*(-1)", "c − b"),
        ("2*(1/(2*a))*b", "b/a"),
        ("3*a*(1/3)", "a"),
        ("a*0.5*2", "a"),
        ("a*a*a", "a^3"),
        ("a/b/c", "a/(b·c)"),
        ("exp(a)*a + a*exp(a)", "2·a·exp(a)"),
        ("a - -b", "a + b"),
        ("0*a + b", "b"),
        ("(-2)*a^(-3)", "−2/a^3"),
        ("0.05*a", "0.05·a"),
        ("a/3*2", "2·a/3"),
    ],
)
def test_a_formula_is_tidied_as_on_paper(formula, short):
    assert formula_text(tidied(tree_of(formula))) == short


WORDS = {
    "softmax, with a name for it": (
        "z1 = 0.2; z2 = 1.1; p = exp(z2)/(exp(z1) + exp(z2)); L = -ln(p)",
        {"dL/dz2": "p − 1", "dL/dz1": "1 − p", "dp/dz2": "p·(1 − p)"},
    ),
    "softmax written out in the loss": (
        """z1 = 0.2; z2 = 1.1; p1 = exp(z1)/(exp(z1) + exp(z2)); p2 = exp(z2)/(exp(z1) + exp(z2))
        L = -ln(exp(z2)/(exp(z1) + exp(z2)))""",
        {"dL/dz2": "p2 − 1", "dL/dz1": "p1", "dp2/dz1": "−p2·p1"},
    ),
    "softmax line by line": (
        "z1 = 0.2; z2 = 1.1; z3 = -0.4; S = e^z1 + e^z2 + e^z3; p1 = e^z1/S; p2 = e^z2/S; L = -ln(p2)",
        {"dL/dz2": "p2 − 1", "dL/dz3": "dL/dS·exp(z3)", "dL/dz1": "p1"},
    ),
    "cross entropy after a sigmoid": (
        "z = 0.2; t = 0.7; p = σ(z); L = -t*ln(p) - (1 - t)*ln(1 - p)",
        {"dL/dz": "p − t", "dL/dp": "(1 − t)/(1 − p) − t/p"},
    ),
    "a sigmoid written out": ("x = 0.2; w = 0.7; f = 1/(1 + exp(-w*x))", {"df/dw": "f·(1 − f)·x"}),
    "with a bias": (
        "x = 0.2; w = 0.7; b = 0.1; f = 1/(1 + e^-(w*x + b))",
        {"df/dw": "f·(1 − f)·x", "df/db": "f·(1 − f)"},
    ),
    "as e^z/(1 + e^z)": ("x = 0.2; w = 0.7; f = e^(w*x)/(1 + e^(w*x))", {"df/dw": "f·(1 − f)·x"}),
    "a tanh written out": (
        "x = 0.2; w = 0.7; f = (e^(w*x) - e^-(w*x))/(e^(w*x) + e^-(w*x))",
        {"df/dw": "(1 − f^2)·x"},
    ),
    "a sigmoid inside the loss": (
        "x = 0.2; w = 0.7; t = 0.3; E = (σ(w*x) - t)^2/2",
        {"dE/dw": "(σ(w·x) − t)·σ(w·x)·(1 − σ(w·x))·x"},
    ),
    "tan": ("x = 0.2; y = tan(x)", {"dy/dx": "1 + y^2"}),
    "tan of something": ("x = 0.2; y = x*tan(x^2)", {"dy/dx": "tan(x^2) + 2·x^2·(1 + tan(x^2)^2)"}),
    "sin over cos": ("x = 0.2; y = sin(x)/cos(x)", {"dy/dx": "1 + y^2"}),
    "powers": (
        "x = 0.2; y = x^-2; u = 3/x^2; v = x^0.5; w = x^1.5/3",
        {"dy/dx": "−2/x^3", "du/dx": "−6/x^3", "dv/dx": "x^(−1/2)/2", "dw/dx": "x^(1/2)/2"},
    ),
    "square roots": ("x = 0.2; y = 0.3; r = sqrt(x^2 + y^2)", {"dr/dx": "x/r"}),
    "products and quotients": (
        "x = 0.2; y = x^2*sin(x); u = sin(x)/x; v = ln(x)/x",
        {
            "dy/dx": "x·(2·sin(x) + x·cos(x))",
            "du/dx": "(x·cos(x) − sin(x))/x^2",
            "dv/dx": "(1 − ln(x))/x^2",
        },
    ),
    "a bell curve": (
        "x = 0.2; m = 0.1; s = 0.4; y = exp(-(x - m)^2/(2*s^2))",
        {"dy/dx": "y·(m − x)/s^2", "dy/ds": "y·(x − m)^2/s^3"},
    ),
    "functions of the writer": (
        "f(z) = z^2 + 1; g(z) = 1/(1 + exp(-z))\nx = 0.2; u = f(3*x); v = g(3*x)",
        {"du/dx": "18·x", "dv/dx": "3·v·(1 − v)"},
    ),
}


@pytest.mark.parametrize("case", WORDS)
def test_the_right_formula_is_said_in_the_words_that_a_person_would_write(case):
    text, wanted = WORDS[case]
    samples = SamplePoints(Sheet.parse(text))
    found = {}
    for derivative in wanted:
        of, by = derivative[1:].split("/d")
        tree = expected_formula(samples, of, by)
        found[derivative] = formula_text(tree)
        for point in samples.everywhere:
            assert agree(point.try_number(tree), point.derivative(of, by))
    assert found == wanted


@pytest.mark.parametrize("case", WORDS)
def test_these_words_are_in_the_reason_of_a_wrong_line(case):
    text, wanted = WORDS[case]
    for derivative, words in wanted.items():
        given = re.search(r"(\w+) = ", text)[1]
        marking = mark(f"{text}\n{derivative} = 2.7*({given})^7")
        assert len(words) > MAX_TEXT or f"{derivative} is {words} = " in marking.first_mistakes[-1].reason


@given(formulas(depth=5))
@examples(max_examples=200)
def test_a_long_formula_is_cut_between_terms_or_factors(text):
    shown = formula_text(tree_of(text))
    kept, cut, rest = shown.partition("…")
    assert rest == ""
    if cut and kept:
        whole = kept.rstrip(" +−·/")
        assert kept != whole
        assert walk(tree_of(whole.replace("−", "-").replace("·", "*")))  # it can be read: no factor is in pieces


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("x + w + x + w + x + w + x + w + x + w + x + w", "x + w + x + w + x + w + x + w + x + w +…"),
        ("dE/dnet_o1*w5*h1*(1 - h1)*x1 + dE/dnet_o2*w7*h1", "dE/dnet_o1*w5*h1*(1 - h1)*x1 +…"),
        ("(o1 - t1)*o1*(1 - o1)*w5*h1*(1 - h1)*x1*3", "(o1 - t1)*o1*(1 - o1)*w5*h1*(1 - h1)*…"),
        ("-1.5e-4*abc_defghijklmnop*dE/dnet_o1*w5*h1", "-1.5e-4*abc_defghijklmnop*dE/dnet_o1*…"),
        ("0.1*0.2 + 0.3*0.4", "0.1*0.2 + 0.3*0.4"),
    ],
)
def test_a_long_line_is_cut_between_terms_or_factors(text, cut):
    assert shorten(text) == cut


def test_the_side_of_a_kink_stays_in_the_formula():
    samples = SamplePoints(Sheet.parse("x = 0.2; w = 0.7; h = relu(w*x); a = abs(x)"))
    assert formula_text(expected_formula(samples, "h", "w")) == "x·step(w·x)"
    assert formula_text(expected_formula(samples, "a", "x")) == "sign(x)"


def test_a_sigmoid_at_rest_has_its_formula_too():
    samples = SamplePoints(Sheet.parse("z = 40; f = 1/(1 + exp(-z))"))
    assert formula_text(expected_formula(samples, "f", "z")) == "f·(1 − f)"


def test_a_formula_that_is_not_the_derivative_is_never_said(monkeypatch):
    samples = SamplePoints(Sheet.parse("x = 0.2; y = x^3"))
    assert formula_text(expected_formula(samples, "y", "x")) == "3·x^2"
    monkeypatch.setattr(Tidier, "tidied", lambda _, tree: tree.left)
    assert expected_formula(samples, "y", "x") is None


def test_what_no_person_would_write_is_not_said():
    samples = SamplePoints(Sheet.parse("a = 0.3; b = 0.4; y = max(a, b)"))
    assert expected_formula(samples, "y", "a") is None
