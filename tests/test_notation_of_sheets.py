"""Sheets as people write them: each form is read as it is meant, and what has two readings is refused with both."""

import math

import pytest
import reading

from autograd import Sheet, SheetError, mark

GIVEN = "x = 2; y = 3; w = 0.5; h = 0.6; a_2 = 0.7; w_1 = 0.4; ŷ = 0.3; z = 0.8; W[1,2] = 3; v[2] = 5\n"
X, Y, W, Z = 2.0, 3.0, 0.5, 0.8

VALUES = {
    # products without a sign
    "ŷ(1-ŷ)": 0.21, "a_2 (1 - a_2)": 0.21, "w_1 x": 0.8, "h(1-h) x": 0.48, "x(x+1)": 6, "2x y": 12, "x y z": 4.8,
    "W[1,2] v[2]": 15, "2(x+1)(y-1)": 12, "(x+1) y": 9, "x (y)": 6, "3 x": 6, "2 sin(x)": 2 * math.sin(X),
    "x e^x": X * math.exp(X), "-x y": -6, "x y^2": 18, "x^2 y": 12, "x² y": 12, "x(y)^2": 18, "w x + y z": 3.4,
    "8/2(3 + 1)": 16, "x·y z": 4.8, "½x y": 3, "(1/2)x": 1, "x y / 2": 3, "sin(x) cos(x)": math.sin(X) * math.cos(X),
    # functions
    "tanh²(z)": math.tanh(Z) ** 2, "tanh^2(z)": math.tanh(Z) ** 2, "sin² x": math.sin(X) ** 2, "sin x": math.sin(X),
    "sin 2x": math.sin(2 * X), "ln x": math.log(X), "cos x + 1": math.cos(X) + 1,
    "sin x cos y": math.sin(X) * math.cos(Y),
    "sec(x)": 1 / math.cos(X), "csc(x)": 1 / math.sin(X), "cot(x)": 1 / math.tan(X), "sinh(x)": math.sinh(X),
    "cosh(x)": math.cosh(X), "tanh⁻¹(w)": math.atanh(W), "tanh^-1(w)": math.atanh(W), "arsinh(x)": math.asinh(X),
    "acosh(x)": math.acosh(X), "log10(x)": math.log10(X), "log_2(x)": 1, "log2(x)": 1, "log_3(y)": 1,
    "lg x": math.log10(X),
    "silu(z)": Z / (1 + math.exp(-Z)), "swish(z)": Z / (1 + math.exp(-Z)), "2e": 2 * math.e, "e": math.e,
    "gelu(z)": Z / 2 * (1 + math.erf(Z / math.sqrt(2))), "erf(w)": math.erf(W),
    "asin(w)": math.asin(W), "arccos(w)": math.acos(W), "acos(-1)": math.pi,
    "arctan(y)": math.atan(Y), "2π": 2 * math.pi,
    "sin^-1(w)": math.asin(W), "pi x": math.pi * X, "sec x tan x": math.tan(X) / math.cos(X),
    "|x - 5| w": 1.5, "|w|": 0.5,
    "softmax(x, y)[1]": 1 / (1 + math.e), "3 softmax(x, y, y)[2]": 3 / (2 + 1 / math.e),
    "logsumexp(x, y)": math.log(math.exp(X) + math.exp(Y)),
    # brackets
    "[x + 1]*2": 6, "{x + 1}*2": 6, "2[x + 1]": 6, "2{x + [y - 1]}": 8,
}  # fmt: skip


@pytest.mark.parametrize("expression", VALUES)
def test_an_expression_has_the_value_that_is_meant(expression):
    sheet = Sheet.parse(GIVEN + f"p = 0 + {expression}")
    assert sheet.evaluate().values["p"].data == pytest.approx(VALUES[expression], rel=1e-12)
    alone = Sheet.parse(GIVEN + f"p = {expression}")
    assert alone.evaluate().values["p"].data == pytest.approx(VALUES[expression], rel=1e-12)


RIGHT = [
    "f = x^2; g = f*3; dg/dx = dg/df df/dx = 12",
    "f = x^2; g = f*3; ∂g/∂x = ∂g/∂f ∂f/∂x = 12",
    "E = (w*x-1)^2; p = E(w) = 0; q = 3E(w, x) = 0",
    "q = x^2; q' = 2x = 4; q'' = 2",
    "f(u) = u^3; p = f'(x) = 12; f′′(x) = 12",
    "q = x^3; d²q/dx² = 6x = 12; d^2q/dx^2 = 12; d³q/dx³ = 6",
    "q = x^3; dq/dx at x = 2 = 12; dq/dx|x=2 = 12",
    "E = w*x; dE/dw: 2",
    "E = w*x; d/dw E = x = 2; d/dw (E) = 2",
    "p = d/dx(x^2) = 4; d/dx(x^2 + x) = 2x + 1 = 5",
    "f(a, b) = a*b; p = f(x, y) = 6; dp/dx = y = 3",
    "J(u) = (u*x-1)^2; p = J(w+0.1) = 0.04; q = J(w) = 0",
    "E(w) = (w*x - 2)^2 = 1; dE/dw = 2x(w x - 2) = -4; n = (E(w + 0.1) - E(w - 0.1))/0.2 = -4",
    "a = 1, b = 2; c = a + b = 3",
    "a, b = 1., 2.; c = a + b = 3",
    "def f(u): return u**2\np = f(x) = 4",
    "def f(u, k):\n    return u**2 + k\np = f(x, y) = 7",
    "f = lambda u: u**2\np = f(x) = 4",
    *(
        f"{label} p = x*y = 6"
        for label in (
            "Step 1:",
            "(1)",
            "1)",
            "1.",
            "a)",
            "(a)",
            "-",
            "*",
            "•",
            "–",
            "Eq. 3:",
            "Forward pass:",
            "Output:",
        )
    ),
]


@pytest.mark.parametrize("line", RIGHT)
def test_a_line_is_right_as_it_is_written(line):
    marking = mark(GIVEN + line, strict=True)
    assert marking.verdicts
    assert {verdict.word for verdict in marking.verdicts} <= {"right", "rounded"}


@pytest.mark.parametrize("heading", ["Step 2:", "Backward pass:", "Step 1: forward pass", "Part 3. the loss", "Step 2"])
def test_a_line_that_is_only_a_heading_says_nothing(heading):
    if heading == "Step 2":
        with pytest.raises(SheetError, match="is missing"):
            mark(GIVEN + f"{heading}\np = x*y = 6", strict=True)
    else:
        assert [verdict.word for verdict in mark(GIVEN + f"{heading}\np = x*y = 6", strict=True).verdicts] == ["right"]
    for name in ("loss:", "for i in 1..2:", "p: q"):
        with pytest.raises(SheetError):
            mark(GIVEN + f"{name}\np = x*y = 6", strict=True)


def test_how_a_name_before_a_bracket_is_read_is_said_once():
    marking = mark(GIVEN + "p = x(y) = 6; q = 2 x(y) = 12; E = w x = 1; r = E(w) = 1", strict=True)
    assert [verdict.reason for verdict in marking.verdicts] == ["x(y) is read as the product x·y", "", "", ""]


WRONG = [
    "f = x^2; g = f*3; dg/dx = dg/df = 3",
    "p = x(y + 1) = 7",
    "q = x^2; q' = 3x",
    "q = x^3; d²q/dx² = 3x^2",
    "d/dx(x^2) = x",
    "f(a, b) = a*b; p = f(x, y) = 5",
    "- p = x*y = 7",
    "E = w*x; dE/dw: 3",
    "p = tanh²(z) = 0.664",
]


@pytest.mark.parametrize("line", WRONG)
def test_a_mistake_is_found_in_every_form(line):
    assert mark(GIVEN + line, strict=True).first_mistakes


@pytest.mark.parametrize(
    ("line", "first", "second"),
    [
        ("p = 1/4x", "(1/4)*x", "1/(4*x)"),
        ("p = y/2h", "(y/2)*h", "y/(2*h)"),
        ("p = 1/x y", "(1/x)*y", "1/(x*y)"),
        ("p = e^2x", "(e^2)*x", "e^(2*x)"),
        ("p = 1/2 x y", "(1/2)*x", "1/(2*x)"),
        ("p = x^w y", "(x^w)*y", "x^(w*y)"),
        ("p = e^x y", "(e^x)*y", "e^(x*y)"),
    ],
)
def test_what_has_two_readings_is_refused_with_both(line, first, second):
    with pytest.raises(SheetError) as caught:
        Sheet.parse(GIVEN + line)
    assert "can be read in two ways" in str(caught.value)
    assert first in str(caught.value)
    assert second in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("p = sin x y", "argument of sin can be read in two ways"),
        ("p = sin x²", "argument of sin can be read in two ways"),
        ("p = exp^-1(x)", "its inverse function"),
        ("q = w*x; q' = 2", "depends on x and w"),
        ("q = x^2; dq/dx at x = 5 = 10", "x is 2 here"),
        ("E = w*x; p = E(y)(2)", None),
        ("E = w*x; p = E(w, y)", "does not depend on y"),
        ("f(a, b) = a*b; p = f(x)", "f takes 2 arguments, not 1"),
        ("f(a) = f(a) + 1; p = f(x)", "defined by itself"),
        ("f(a, b) = g(a, b); g(a, b) = f(a, b); p = f(x, y)", "f is defined by itself"),
        ("p = 2 apples", "is missing"),
        ("x2 = 2 y2 = 3", "is missing"),
        ("p = x the", "are missing"),
        ("the sum of squares", "are missing"),
        ("p = {x, y}", "one number"),
        ("p = (x + 1]", r"'\)' is missing"),
        ("a, b = 1, 2, 3", "is missing"),
        ("d²q/dx = 2", "stands twice"),
    ],
)
def test_what_means_nothing_is_refused(line, message):
    if message is None:
        Sheet.parse(GIVEN + line)
        return
    with pytest.raises(SheetError, match=message):
        Sheet.parse(GIVEN + line)


def test_functions_of_functions_do_not_grow_without_bound():
    lines = ["f0(a, b) = a*b + a"] + [f"f{at}(a, b) = f{at - 1}(a, b) + f{at - 1}(b, a)" for at in range(1, 40)]
    with pytest.raises(SheetError, match="written out is longer"):
        Sheet.parse(GIVEN + "\n".join([*lines, "p = f39(x, y)"]))


def test_a_name_that_is_a_word_of_a_label_can_be_a_name():
    assert Sheet.parse("step = 3; y = step*2 = 6").evaluate().values["y"].data == 6
    assert Sheet.parse("a = 2; y = (a) + 1").evaluate().values["y"].data == 3
    assert mark("x = 3; y = 2; -x*y = -6; (x)*y = 6", strict=True).ok


SENTENCES = (
    """so y is 1; therefore w is small; the loss is x; now we square x; w is a weight; y equals 3; we get 4 = 4
let x be 2; x is the input; and then y; this is the answer; see above; take x and w; Answer: see page 3; Note: check w
then divide by 2; hence y; which gives 0.5; the gradient w; multiply x by w; x and w are given; two times x; y as before
add them up; both sides; what is y; done; by the chain rule x; as x is 2 y is 4; x times w; next step w; it follows x
""".replace("\n", "; ")
    .strip("; ")
    .split("; ")
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_refused_with_a_hint(sentence):
    with pytest.raises(SheetError) as caught:
        mark(f"x = 2; w = 3; y = w x\n{sentence}\n", strict=True)
    assert str(caught.value).startswith("line 2, column")
    hints = ("write", "is missing", "are missing", "claims nothing", "defined")
    assert any(hint in str(caught.value) for hint in hints)


def test_there_are_thirty_sentences():
    assert len(SENTENCES) >= 30


def test_what_people_write_is_read_and_read_right(capsys):
    counts = reading.main(150, seed=7)
    assert counts["misread"] == 0, capsys.readouterr().out
    assert counts["right"] >= 0.99 * counts.total(), capsys.readouterr().out


def test_a_wrong_reading_is_noticed():
    assert reading.judged("x = 2\ny = x + 1\n", {"y": 3})[0] == "right"
    assert reading.judged("x = 2\ny = x + 1\n", {"y": 4})[0] == "misread"
    assert reading.judged("x = 2\ny = 1/2x\n", {"y": 1})[0] == "refused"
