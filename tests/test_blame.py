"""Whose mistake it is: what a ∂, a helper, a soft label or a curve means, and which line is to be put right."""

import pytest

from autograd import mark
from autograd.marking.marker import Marker
from autograd.sheet.sheet import Sheet

BOOK = "x = 2\ny = x^2\nz = x*y\n"  # dz/dx = y + x·2x
TOTAL = "dz/dx = ∂z/∂x + ∂z/∂y*dy/dx"


def roots(text, key=None):
    """The line and the word of each first mistake."""
    return [(root.claim.line, root.word) for root in mark(text, key).first_mistakes]


def words(text):
    """The words of the verdicts, in order."""
    return [verdict.word for verdict in mark(text).verdicts]


def notes(text):
    """The reasons of the verdicts by their lines; each line once."""
    found = {}
    for verdict in mark(text).verdicts:
        found.setdefault(verdict.claim.line, verdict.reason)
    return found


# -- Partial derivatives of textbooks -----------------------------------------------------------

RECURRENT = """
x1 = 0.5; x2 = 0.2; w = 0.3; u = 0.7; h0 = 0.1; t = 0.4
h1 = tanh(w*x1 + u*h0)
h2 = tanh(w*x2 + u*h1)
E = (h2 - t)^2/2
"""
STEPS = """
∂E/∂h2 = h2 - t
∂h2/∂h1 = (1 - h2^2)*u
∂E/∂h1 = ∂E/∂h2*∂h2/∂h1
∂h1/∂w = (1 - h1^2)*x1
∂h2/∂w = (1 - h2^2)*x2
∂E/∂w = ∂E/∂h1*∂h1/∂w + ∂E/∂h2*∂h2/∂w
"""
LSTM = """
x1 = 0.5; x2 = -0.3; wf = 0.4; uf = 0.3; wi = 0.2; ui = -0.1; wg = 0.6; ug = 0.5; h0 = 0.1; c0 = 0.2; t = 0.5
f1 = σ(wf*x1 + uf*h0); i1 = σ(wi*x1 + ui*h0); g1 = tanh(wg*x1 + ug*h0)
c1 = f1*c0 + i1*g1; h1 = tanh(c1)
f2 = σ(wf*x2 + uf*h1); i2 = σ(wi*x2 + ui*h1); g2 = tanh(wg*x2 + ug*h1)
c2 = f2*c1 + i2*g2; h2 = tanh(c2)
E = (h2 - t)^2/2
loss: E
∂E/∂c2 = (h2 - t)*(1 - h2^2)
∂c2/∂c1 = f2
∂h1/∂c1 = 1 - h1^2
∂E/∂h1 = ∂E/∂c2*(c1*f2*(1 - f2)*uf + g2*i2*(1 - i2)*ui + i2*(1 - g2^2)*ug)
∂E/∂c1 = ∂E/∂c2*∂c2/∂c1 + ∂E/∂h1*∂h1/∂c1
∂f1/∂wf = f1*(1 - f1)*x1
∂f2/∂wf = f2*(1 - f2)*x2
∂E/∂wf = ∂E/∂c2*c1*∂f2/∂wf + ∂E/∂c1*c0*∂f1/∂wf
"""

# The sheet, and the number of lines that are right because ∂ is the slope of a line.
SLOPES = {
    "a calculus book": (
        f"""\
{BOOK}∂z/∂x = y
∂z/∂y = x
dy/dx = 2x
{TOTAL}""",
        1,
    ),
    "with numbers": (
        f"""\
{BOOK}∂z/∂x = y = 4
∂z/∂y = x = 2
dy/dx = 2x = 4
{TOTAL} = 12""",
        1,
    ),
    "numbers alone": (
        f"""\
{BOOK}∂z/∂x = 4
∂z/∂y = 2
dy/dx = 4
{TOTAL} = 12""",
        1,
    ),
    "the rule before its parts": (
        f"""\
{BOOK}{TOTAL}
∂z/∂x = y
∂z/∂y = x
dy/dx = 2x""",
        1,
    ),
    "the total under a name of its own": (f"{BOOK}∂z/∂x = y\ndy/dx = 2x\ng = ∂z/∂x + ∂z/∂y*dy/dx = 12", 1),
    "the parts under names of their own": (f"{BOOK}a = ∂z/∂x = y = 4\nb = ∂z/∂y = x\ndz/dx = a + b*2x", 1),
    "both derivatives written out": (f"{BOOK}∂z/∂x = y\ndz/dx = y + x*2x", 1),
    "as in Python": (
        f"""\
{BOOK}dz_dx = y
dz_dy = x
dy_dx = 2*x
dz/dx = dz_dx + dz_dy*dy_dx""",
        1,
    ),
    "∂ with an underscore": (f"{BOOK}∂z_∂x = y\n∂z_∂y = x\ndz_dx = ∂z_∂x + ∂z_∂y*2x", 1),
    "rounded figures": (
        f"""\
x = 1.3
y = sin(x) = 0.96
z = x*y^2 = 1.20
∂z/∂x = y^2 = 0.92
∂z/∂y = 2*x*y = 2.50
dy/dx = cos(x) = 0.27
{TOTAL} = 0.92 + 2.50*0.27 = 1.60""",
        1,
    ),
    "arithmetic": (
        f"""\
x = 1.3
y = sin(x) = 0.96
z = x*y^2 = 1.20
∂z/∂x = 0.96^2 = 0.92
∂z/∂y = 2.50
dy/dx = 0.27
{TOTAL} = 1.60""",
        1,
    ),
    "what is explicit in time": (
        """\
t = 2
x = t^2
f = x^2
∂f/∂t = 0
∂f/∂x = 2x
dx/dt = 2t
df/dt = ∂f/∂t + ∂f/∂x*dx/dt""",
        1,
    ),
    "names that depend on each other": (
        """\
x = 0.5
y = x^2
w = x*y
z = x*y*w
∂z/∂x = y*w
∂z/∂y = x*w
∂z/∂w = x*y
∂w/∂x = y
∂w/∂y = x
dy/dx = 2x
dw/dx = ∂w/∂x + ∂w/∂y*dy/dx
dz/dx = ∂z/∂x + ∂z/∂y*dy/dx + ∂z/∂w*dw/dx""",
        3,
    ),
    "a sum over time steps": (f"{RECURRENT}loss: E{STEPS}", 1),
    "without loss:": (f"{RECURRENT}{STEPS}", 1),
    "the rule with brackets": (
        f"{RECURRENT}∂h2/∂w = (1 - h2^2)*x2\n∂h1/∂w = (1 - h1^2)*x1\n∂E/∂w = (h2 - t)*(∂h2/∂w + (1 - h2^2)*u*∂h1/∂w)",
        1,
    ),
    "net inputs on lines of their own": (
        f"""\
x1 = 0.5; x2 = 0.2; w = 0.3; u = 0.7; t = 0.4
a1 = w*x1
h1 = tanh(a1)
a2 = w*x2 + u*h1
h2 = tanh(a2)
E = (h2 - t)^2/2{STEPS}""",
        1,
    ),
    "by the net inputs": (
        """\
x1 = 0.5; x2 = 0.2; w = 0.3; u = 0.7; t = 0.4
a1 = w*x1
h1 = tanh(a1)
a2 = w*x2 + u*h1
h2 = tanh(a2)
E = (h2 - t)^2/2
∂E/∂a2 = (h2 - t)*(1 - h2^2)
∂E/∂a1 = ∂E/∂a2*u*(1 - h1^2)
∂a1/∂w = x1
∂a2/∂w = x2
∂E/∂w = ∂E/∂a1*∂a1/∂w + ∂E/∂a2*∂a2/∂w""",
        1,
    ),
    "a quantified line": (
        """\
x[1] = 0.5; x[2] = 0.2; x[3] = -0.4; w = 0.3; u = 0.7; h[0] = 0; t = 0.4
for i in 1..3: h[i] = tanh(w*x[i] + u*h[i-1])
E = (h[3] - t)^2/2
loss: E
∂E/∂h[3] = h[3] - t
for i in 2..3: ∂h[i]/∂h[i-1] = (1 - h[i]^2)*u
∂E/∂h[2] = ∂E/∂h[3]*∂h[3]/∂h[2]
∂E/∂h[1] = ∂E/∂h[2]*∂h[2]/∂h[1]
for i in 1..3: ∂h[i]/∂w = (1 - h[i]^2)*x[i]
∂E/∂w = sum(∂E/∂h[i]*∂h[i]/∂w for i in 1..3)""",
        1,
    ),
    "LSTM": (LSTM, 2),
    "GRU": (
        """\
x1 = 0.4; x2 = -0.3; wz = 0.5; uz = 0.2; wh = 0.7; uh = -0.4; h0 = 0.1; t = 0.5
z1 = σ(wz*x1 + uz*h0); g1 = tanh(wh*x1 + uh*h0); h1 = (1 - z1)*h0 + z1*g1
z2 = σ(wz*x2 + uz*h1); g2 = tanh(wh*x2 + uh*h1); h2 = (1 - z2)*h1 + z2*g2
E = (h2 - t)^2/2
∂E/∂h2 = h2 - t
∂h2/∂z2 = g2 - h1
∂h2/∂g2 = z2
∂h2/∂h1 = 1 - z2
∂z2/∂h1 = z2*(1 - z2)*uz
∂g2/∂h1 = (1 - g2^2)*uh
∂E/∂h1 = ∂E/∂h2*(∂h2/∂h1 + ∂h2/∂z2*∂z2/∂h1 + ∂h2/∂g2*∂g2/∂h1)
∂g1/∂wh = (1 - g1^2)*x1
∂g2/∂wh = (1 - g2^2)*x2
∂E/∂wh = ∂E/∂h2*∂h2/∂g2*∂g2/∂wh + ∂E/∂h1*z1*∂g1/∂wh""",
        2,
    ),
    "batch normalization": (
        """\
x1 = 1; x2 = 3; γ = 2; t1 = 0.3; t2 = 1; ε = 0.01
μ = (x1 + x2)/2
v = ((x1 - μ)^2 + (x2 - μ)^2)/2
s = sqrt(v + ε)
n1 = (x1 - μ)/s
n2 = (x2 - μ)/s
E = (γ*n1 - t1)^2/2 + (γ*n2 - t2)^2/2
∂E/∂n1 = (γ*n1 - t1)*γ
∂E/∂n2 = (γ*n2 - t2)*γ
∂E/∂s = -∂E/∂n1*n1/s - ∂E/∂n2*n2/s
∂E/∂v = ∂E/∂s/(2*s)
∂n1/∂μ = -1/s
∂n2/∂μ = -1/s
∂v/∂μ = -(x1 - μ) - (x2 - μ)
∂E/∂μ = ∂E/∂n1*∂n1/∂μ + ∂E/∂n2*∂n2/∂μ + ∂E/∂v*∂v/∂μ
∂n1/∂x1 = 1/s
∂v/∂x1 = x1 - μ
∂E/∂x1 = ∂E/∂n1*∂n1/∂x1 + ∂E/∂v*∂v/∂x1 + ∂E/∂μ/2""",
        1,
    ),
    "a skip connection": (
        """\
x = 0.5; w = 0.4; t = 1
h = tanh(w*x)
y = x + h
E = (y - t)^2/2
∂y/∂x = 1
∂y/∂h = 1
∂h/∂x = (1 - h^2)*w
∂E/∂x = (y - t)*(∂y/∂x + ∂y/∂h*∂h/∂x)""",
        1,
    ),
    "the cell before it held fixed": (
        """\
x1 = 0.5; x2 = -0.3; w = 0.4; c0 = 0.2; t = 0.5; g = 0.3
f1 = σ(w*x1); f2 = σ(w*x2)
c1 = f1*c0 + g
c2 = f2*c1 + g
E = (c2 - t)^2/2
∂c2/∂w = c1*f2*(1 - f2)*x2
∂c1/∂w = c0*f1*(1 - f1)*x1
dE/dw = (c2 - t)*(∂c2/∂w + f2*∂c1/∂w)""",
        1,
    ),
}


@pytest.mark.parametrize(("text", "slopes"), SLOPES.values(), ids=SLOPES)
def test_a_partial_derivative_that_later_lines_use_as_the_slope_of_a_line_is_right_with_a_note(text, slopes):
    marking = mark(text)
    assert {verdict.word for verdict in marking.verdicts} <= {"right", "rounded"}, marking
    noted = {verdict.claim.line for verdict in marking.verdicts if "held fixed" in verdict.reason}
    assert len(noted) == slopes, marking


def test_a_partial_derivative_beside_differences_of_the_same_letters_is_one():
    text = (
        "x = 2; y = 3\nz = x^2*y\ndx = 0.1; dy = -0.2\n∂z/∂x = 2*x*y = 12\n∂z/∂y = x^2\ndz = ∂z/∂x*dx + ∂z/∂y*dy = 0.4"
    )
    assert set(words(text)) == {"right"}


def test_the_note_says_which_line_and_what_is_held_fixed():
    assert notes(f"{BOOK}∂z/∂x = y\n∂z/∂y = x\ndy/dx = 2x\n{TOTAL}") == {
        4: "the slope of z's own line, y held fixed",
        5: "",
        6: "",
        7: "",
    }


@pytest.mark.parametrize(
    "claim",
    ["∂z/∂x = y", "∂z/∂x = 4", "∂z/∂x = y = 4", "a = ∂z/∂x = y", "for i in 1..1: ∂z/∂x = y", "∂z_∂x = y"],
)
def test_a_slope_that_no_line_uses_has_two_readings_and_is_not_judged(claim):
    marking = mark(BOOK + claim)
    assert {verdict.word for verdict in marking.verdicts} == {"not judged"}
    assert marking.score == "0 of 0"
    for part in ("the slope of z's own line", "not the total derivative"):
        assert part in marking.verdicts[0].reason


@pytest.mark.parametrize("claim", ["∂z/∂x = y + x*2x", "∂z/∂x = 12", "∂z/∂x = y + 2*x^2 = 12", "∂z/∂y = x"])
def test_the_total_derivative_is_always_right(claim):
    assert set(words(BOOK + claim)) == {"right"}


# The sheet, and the line of its only mistake.
NEEDED_AS_TOTAL = {
    "the path through time is forgotten": (
        f"{RECURRENT}loss: E\n∂h2/∂w = (1 - h2^2)*x2\n∂E/∂w = (h2 - t)*∂h2/∂w",
        7,
    ),
    "in an update": (
        """\
w = 0.5; x = 2; t = 1; λ = 0.1; η = 0.1
o = w*x
E = (o - t)^2/2 + λ*w^2
∂E/∂w = 2*λ*w
w_new = w - η*∂E/∂w""",
        4,
    ),
    "in an update by way of a name": (
        """\
w = 0.5; x = 2; t = 1; λ = 0.1; η = 0.1
o = w*x
E = (o - t)^2/2 + λ*w^2
g = ∂E/∂w = 2*λ*w
w_new = w - η*g""",
        4,
    ),
    "once as the slope, once as the total": (
        f"""\
{BOOK}E = z^2
∂z/∂x = y = 4
∂z/∂y = x
{TOTAL.replace("dy/dx", "2x")} = 12
dE/dx = 2*z*∂z/∂x = 64""",
        5,
    ),
    "the other way round": (
        f"""\
{BOOK}E = z^2
∂z/∂x = y
dE/dx = 2*z*∂z/∂x
∂z/∂y = x
{TOTAL.replace("dy/dx", "2x")}""",
        5,
    ),
    "of the name after loss:": (
        f"""\
{BOOK}loss: z
∂z/∂x = y = 4
∂z/∂y = x
{TOTAL.replace("dy/dx", "2x")} = 12""",
        5,
    ),
    "written with d": (f"{BOOK}dz/dx = y", 4),
    "written with d and used": (f"{BOOK}E = z^2\ndz/dx = y\ndE/dx = 2*z*dz/dx", 5),
    "written as in Python": (f"{BOOK}dz_dx = y", 4),
    "written as in Python and used": (f"{BOOK}E = z^2\ndz_dx = y\ndE_dx = 2*z*dz_dx", 5),
}


@pytest.mark.parametrize(("text", "line"), NEEDED_AS_TOTAL.values(), ids=NEEDED_AS_TOTAL)
def test_a_slope_where_the_total_derivative_is_needed_is_the_only_mistake(text, line):
    marking = mark(text)
    assert [(root.claim.line, root.word) for root in marking.first_mistakes] == [(line, "wrong")], marking
    assert "a path left out" in {mistake.kind for mistake in marking.first_mistakes[0].diagnosis}


def test_the_line_that_needs_the_total_derivative_is_named():
    (root,) = mark(f"{BOOK}E = z^2\n∂z/∂x = y\ndE/dx = 2*z*∂z/∂x").first_mistakes
    assert root.reason.endswith("it is the slope of z's own line, y held fixed, and line 6 needs the total derivative")


# The sheet, and the line of the only mistake; what comes of it follows.
MISTAKES_AMONG_SLOPES = {
    "another name": (
        f"""\
{BOOK}∂z/∂x = x
∂z/∂y = x
dy/dx = 2x
{TOTAL}""",
        4,
    ),
    "a number": (
        f"""\
{BOOK}∂z/∂x = 5
∂z/∂y = x
dy/dx = 2x
{TOTAL} = 13""",
        4,
    ),
    "a number after its formula": (
        f"""\
{BOOK}∂z/∂x = y = 5
∂z/∂y = x
dy/dx = 2x
{TOTAL} = 13""",
        4,
    ),
    "carried forward": (
        f"""\
{BOOK}∂z/∂x = 2*y
∂z/∂y = x
dy/dx = 2x
{TOTAL} = 2*y + x*2*x = 16""",
        4,
    ),
    "carried forward, unused by name": (f"{BOOK}∂z/∂x = 2*y\ndz/dx = 2*y + x*2*x = 16", 4),
    "a number carried forward in a formula": (
        f"""\
{BOOK}dy/dx = 2x
∂z/∂y = x
∂z/∂x = -y
{TOTAL} = -y + x*2x""",
        6,
    ),
    "another line": (
        f"""\
{BOOK}∂z/∂x = y
∂z/∂y = x
dy/dx = x
{TOTAL} = 8""",
        6,
    ),
    "the rule itself": (
        f"""\
{BOOK}∂z/∂x = y = 4
∂z/∂y = x
dy/dx = 2x
{TOTAL.replace("+", "-")} = -4""",
        7,
    ),
    "a term left out of the rule": (f"{BOOK}∂z/∂x = y = 4\n∂z/∂y = x\ndz/dx = ∂z/∂x = 4", 6),
    "one step of the network": (
        f"{RECURRENT}loss: E{STEPS.replace('∂h2/∂w = (1 - h2^2)*x2', '∂h2/∂w = (1 - h2^2)*x1')}",
        11,
    ),
    "wrong as a slope and as a total": (f"{BOOK}∂z/∂x = -y", 4),
}


@pytest.mark.parametrize(("text", "line"), MISTAKES_AMONG_SLOPES.values(), ids=MISTAKES_AMONG_SLOPES)
def test_a_mistake_among_partial_derivatives_is_found_alone(text, line):
    marking = mark(text)
    assert [root.claim.line for root in marking.first_mistakes] == [line], marking
    for verdict in marking.verdicts:
        assert all(origin.line == line for origin in verdict.origins)


def test_a_wrong_partial_derivative_is_told_what_both_readings_would_be():
    (root,) = mark(f"{BOOK}∂z/∂x = -y").first_mistakes
    assert "dz/dx is 2·dz/dy·x + y = 12; the slope of z's own line, y held fixed, would be y" in root.reason
    assert str(root.diagnosis[0]) == "the sign is the other way round"
    (root,) = mark(f"{BOOK}∂z/∂x = x\n∂z/∂y = x\ndy/dx = 2x\n{TOTAL}").first_mistakes
    assert "∂z/∂x is y = 4" in root.reason
    assert "stands where the activation y belongs" in str(root.diagnosis[0])


def test_a_slip_in_a_slope_that_no_line_uses_is_a_slip():
    assert words(f"{BOOK}∂z/∂x = y = 5") == ["not judged", "slip"]


def test_marking_does_not_change_the_sheet_that_it_reads_in_another_way():
    sheet = Sheet.parse(f"{BOOK}∂z/∂x = y\n∂z/∂y = x\ndy/dx = 2x\n{TOTAL}")
    order, claims = list(sheet.order), list(sheet.claims)
    Marker(sheet).mark()
    assert (sheet.order, sheet.claims, sheet.slopes) == (order, claims, {})


@pytest.mark.parametrize(
    ("left", "sign"),
    [("∂z/∂x", "∂"), ("dz/dx", "d"), ("dz_dx", "_"), ("∂z_∂x", "∂"), ("∂z_dx", "∂")],
)
def test_a_derivative_keeps_how_it_was_written(left, sign):
    (claim,) = Sheet.parse(f"{BOOK}{left} = y").claims
    first = claim.before[0].tree
    assert (first.of, first.by, first.sign) == ("z", "x", sign)


# -- A helper that its own line says is a derivative -------------------------------------------

TWO = {
    "p first": """\
x = 0.5; u = 0.3; w = 0.8; v = -0.4
p = x*w;  q = u*v
L = p^2 + q^3
""",
    "q first": """\
x = 0.5; u = 0.3; w = 0.8; v = -0.4
q = u*v;  p = x*w
L = p^2 + q^3
""",
}


@pytest.mark.parametrize("two", TWO.values(), ids=TWO)
@pytest.mark.parametrize(
    "helper",
    ["δ1 = ∂L/∂p = 2*p = 0.8", "δ1 = dL/dp = 2*p", "δ1 = 2*p = dL/dp", "δ1 = 2*p = 0.8 = dL_dp", "δ1 = 2*p"],
)
def test_a_helper_that_is_the_derivative_that_it_is_said_to_be_is_not_to_blame(two, helper):
    assert roots(f"{two}{helper}\n∂L/∂v = u*δ1") == [(5, "wrong")]


def test_the_derivative_that_belongs_in_place_of_the_helper_is_named():
    (root,) = mark(f"{TWO['p first']}δ1 = ∂L/∂p = 2*p = 0.8\n∂L/∂v = u*δ1").first_mistakes
    assert [str(mistake) for mistake in root.diagnosis] == ["δ1 stands where dL/dq belongs"]


NETWORK = """
x1 = 0.5; x2 = 0.3; w1 = 0.4; w2 = -0.2; v = 0.7; t = 0.9
z = w1*x1 + w2*x2
h = σ(z)
o = σ(v*h)
E = (o - t)^2/2
loss: E
"""


@pytest.mark.parametrize(
    ("helper", "said"),
    [
        ("δ = (t - o)*o*(1 - o)*v*h*(1 - h) = dE/dz", "δ is said to be dE/dz"),
        ("δ = dE/dz = (t - o)*o*(1 - o)*v*h*(1 - h)", "δ is"),
        ("δ = (t - o)*o*(1 - o)*v*h*(1 - h)", "δ is used as dE/dz in line 9"),
    ],
)
def test_a_helper_that_is_not_the_derivative_that_it_is_said_to_be_is_to_blame_once(helper, said):
    text = f"{NETWORK}{helper}\ndE/dw1 = δ*x1\ndE/dw2 = δ*x2"
    (root,) = mark(text).first_mistakes
    assert root.claim.line == 8
    assert said in root.reason
    assert mark(text).verdicts[-1].word == "right"


def test_a_wrong_statement_about_a_helper_is_the_mistake_where_its_uses_are_right():
    text = f"{NETWORK}δ = (o - t)*o*(1 - o)*v*h*(1 - h) = dE/dh\ndE/dw1 = δ*x1\ndE/dw2 = δ*x2"
    (root,) = mark(text).first_mistakes
    assert (root.claim.line, root.claim.segment.text) == (8, "dE/dh")


# -- A line that makes up for an earlier one ----------------------------------------------------

NEURON = "x1 = 0.5; w = 0.8; t = 0.3\nh = σ(w*x1)\nE = (h - t)²/2\n"

MAKES_UP = {
    "a factor": "dE/dh = 2(h - t)\ndE/dw = dE/dh*h*(1 - h)*x1/2",
    "a sign": "dE/dh = t - h\ndE/dw = -dE/dh*h*(1 - h)*x1",
    "with figures": "dE/dh = 2(h - t) = 0.597\ndE/dw = dE/dh*h*(1 - h)*x1/2 = 0.0359",
    "a number": "dE/dh = -0.2987\ndE/dw = -dE/dh*h*(1 - h)*x1 = 0.0359",
    "twice a number": "dE/dh = 0.5974\ndE/dw = dE/dh/2*h*(1 - h)*x1",
    "by way of a helper": "dE/dh = t - h\nδ = dE/dh*h*(1 - h)\ndE/dw = -δ*x1",
    "by way of a right line": "dE/dh = t - h\ndE/dw = dE/dh*h*(1 - h)*x1\ndE/dx1 = -dE/dw/x1*w",
    "on a line that goes on": "dE/dh = t - h\ndE/dw = -dE/dh*h*(1 - h)*x1 = (h - t)*h*(1 - h)*x1 = 0.0359",
    "and is used": "dE/dh = t - h\ndE/dw = -dE/dh*h*(1 - h)*x1 = 0.0359\nw_new = w - 0.5*dE/dw = 0.7821",
}


@pytest.mark.parametrize("lines", MAKES_UP.values(), ids=MAKES_UP)
def test_a_line_that_makes_up_for_a_mistake_is_right_and_says_so(lines):
    marking = mark(NEURON + lines)
    assert [root.claim.line for root in marking.first_mistakes] == [4], marking
    assert "makes up for line 4" in {verdict.reason for verdict in marking.verdicts}
    assert all(verdict.word in ("right", "rounded") for verdict in marking.verdicts if verdict.claim.line > 4)


def test_a_line_may_make_up_for_two_mistakes():
    text = "x = 0.5; w = 0.8; v = 0.6\na = w*x; h = tanh(a)\nE = v*h^2\ndE/dh = 3*v*h\ndh/da = 2*(1 - h^2)\n"
    assert notes(text + "dE/da = dE/dh*dh/da/3")[6] == "makes up for lines 4 and 5"
    assert roots(text + "dE/da = dE/dh*dh/da/2") == [(4, "wrong"), (5, "wrong"), (6, "wrong")]


@pytest.mark.parametrize(
    "line",
    [
        "dE/dw = dE/dh*h*(1 - h)*x1/3",  # another factor
        "dE/dw = dE/dh*h*(1 - h)*x1 = dE/dh*h*(1 - h)*x1/2",  # the second member is not the first
        "dE/dw = (h - t)*h*(1 - h)*x1/2",  # what is made up for is not in it
    ],
)
def test_a_line_that_is_wrong_with_the_figures_before_it_too_is_a_mistake(line):
    assert roots(f"{NEURON}dE/dh = 2(h - t)\n{line}") == [(4, "wrong"), (5, "wrong")]


def test_a_slip_that_is_not_made_up_for_is_carried_on():
    marking = mark(f"{NEURON}dE/dh = 2(h - t) = 0.649\ndE/dw = dE/dh*h*(1 - h)*x1/2 = 0.0390")
    assert [verdict.word for verdict in marking.verdicts] == ["wrong", "slip", "right", "follows"]
    assert [origin.segment.text for origin in marking.verdicts[-1].origins] == ["0.649"]


# -- The same place for every function ----------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "name"),
    [
        *(("", name) for name in ("sin", "cos", "tanh", "sigmoid", "softplus", "sqrt", "ln", "tan")),
        ("f(z) = sin(z)\n", "f"),
        ("f(z) = z/(1 + z^2)\n", "f"),
        ("f(z) = z^3\n", "f"),
    ],
)
@pytest.mark.parametrize("line", ["h = {}(w*x)", "n = w*x; h = {}(n)"])
def test_a_helper_with_the_wrong_slope_is_to_blame_for_every_function(function, name, line):
    text = f"{function}x = 0.5; w = 0.8; v = -0.4; t = 0.3\n{line.format(name)}\no = v*h\nE = (o - t)^2/2\n"
    below = function.count("\n")
    assert roots(f"{text}d_h = (o - t)*v*h\ndE/dw = d_h*x") == [(5 + below, "wrong")]
    assert roots(f"{text}d_h = (o - t)*v*h\ndE/dw = d_h*x\ndE/dx = d_h*w") == [(5 + below, "wrong")]


# -- Soft labels --------------------------------------------------------------------------------

SOFTMAX = """
z1 = 1; z2 = 0.5; z3 = -0.2; t1 = {}; t2 = {}; t3 = {}; x = 0.4
S = e^z1 + e^z2 + e^z3
p1 = e^z1/S; p2 = e^z2/S; p3 = e^z3/S
L = -t1*ln(p1) - t2*ln(p2) - t3*ln(p3)
"""
SOFT = SOFTMAX.format(0.7, 0.2, 0.1)

ONE = "since t1 + t2 = 1"
SUMS = {
    "two classes": (
        """\
z1 = 1; z2 = 0.5; t1 = 0.9; t2 = 0.1
S = e^z1 + e^z2
p1 = e^z1/S; p2 = e^z2/S
L = -t1*ln(p1) - t2*ln(p2)
dL/dz1 = p1 - t1""",
        ONE,
    ),
    "three classes": (f"{SOFT}dL/dz2 = p2 - t2 = 0.118", "since t1 + t2 + t3 = 1"),
    "labels with names": (
        """\
z1 = 1; z2 = 0.5; yes = 0.7; no = 0.3
S = e^z1 + e^z2
L = -(yes*(z1 - ln(S)) + no*(z2 - ln(S)))
dL/dz1 = e^z1/S - yes""",
        "since yes + no = 1",
    ),
    "logarithms on lines of their own": (
        """\
z1 = 1; z2 = 0.5; t1 = 0.7; t2 = 0.3
S = e^z1 + e^z2
l1 = z1 - ln(S); l2 = z2 - ln(S)
L = -(t1*l1 + t2*l2)
dL/dz2 = e^z2/S - t2""",
        ONE,
    ),
    "a term for each class": (
        """\
z1 = 1; z2 = 0.5; t1 = 0.9; t2 = 0.1
S = e^z1 + e^z2
p1 = e^z1/S; p2 = e^z2/S
L1 = -t1*ln(p1); L2 = -t2*ln(p2)
L = L1 + L2
dL/dz1 = p1 - t1""",
        ONE,
    ),
    "indexed": (
        """\
z[1] = 1; z[2] = 0.5; t[1] = 0.95; t[2] = 0.05
for k in 1..2: p[k] = e^z[k]/sum(e^z[j] for j in 1..2)
L = -sum(t[k]*ln(p[k]) for k in 1..2)
for k in 1..2: dL/dz[k] = p[k] - t[k]""",
        "since t[1] + t[2] = 1",
    ),
    "a batch": (
        """\
w = 0.5; z[1,1] = 1; z[1,2] = 0.5; z[2,1] = 0.1; z[2,2] = 0.7
t[1,1] = 0.9; t[1,2] = 0.1; t[2,1] = 0.3; t[2,2] = 0.7
for i in 1..2, k in 1..2: p[i,k] = e^(w*z[i,k])/sum(e^(w*z[i,j]) for j in 1..2)
L = -sum(t[i,k]*ln(p[i,k]) for i in 1..2, k in 1..2)/2
dL/dw = sum((p[i,k] - t[i,k])*z[i,k] for i in 1..2, k in 1..2)/2""",
        "since t[1,1] + t[1,2] = 1 and t[2,1] + t[2,2] = 1",
    ),
}


@pytest.mark.parametrize(("text", "note"), SUMS.values(), ids=SUMS)
def test_p_less_t_is_right_for_labels_that_sum_to_1_and_says_why(text, note):
    marking = mark(text)
    assert not marking.first_mistakes, marking
    assert note in {verdict.reason for verdict in marking.verdicts}


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("dL/dp1 = -t1/p1", ""),
        ("dL/dz1 = p1*(t1 + t2 + t3) - t1", ""),
    ],
)
def test_what_is_right_for_any_labels_has_no_such_note(line, note):
    assert mark(SOFT + line).verdicts[-1].reason == note


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("dL/dz1 = p1 + t1", "p1 + t1 stands where p1 − t1 belongs"),
        ("dL/dz1 = p1 - t2", "t2 stands where t1 belongs"),
        ("dL/dz1 = t1 - p1", "the sign is the other way round: t1 − p1 stands where p1 − t1 belongs"),
    ],
)
def test_mistakes_with_soft_labels_are_found_and_named(line, named):
    (root,) = mark(SOFT + line).first_mistakes
    assert named in ": ".join(str(mistake) for mistake in root.diagnosis)


def test_labels_that_do_not_sum_to_1_give_no_such_right():
    assert roots(SOFTMAX.format(0.7, 0.2, 0.2) + "dL/dz1 = p1 - t1") == [(6, "wrong")]


# -- A derivative that the sheet does not define -----------------------------------------------

CIRCLE = "x = 3; y = 4\nx² + y² = 25\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{CIRCLE}dy/dx = -x/y",
        f"{CIRCLE}dy/dx = -x/y = -0.75",
        f"{CIRCLE}dy/dx = -0.75",
        f"{CIRCLE}dy/dx = -3/4 = -0.75",
        "x = 3; y = 4\nF = x^2 + y^2 - 25 = 0\n∂F/∂x = 2x\n∂F/∂y = 2*y\ndy/dx = -(∂F/∂x)/(∂F/∂y)",
        "x = 3\ny = sqrt(16)\nx^2 + y^2 = 25\ndy/dx = -x/y",
        "x = 3\ny = x^2\ndx/dy = 1/(2x)",
        "t = 0; r = 3\ndr/dt = 2\nV = r^3\ndV/dr = 3*r^2",
    ],
)
def test_the_derivative_of_a_given_is_not_judged(text):
    marking = mark(text)
    assert not marking.first_mistakes, marking
    unjudged = [verdict for verdict in marking.verdicts if verdict.word == "not judged"]
    assert unjudged
    assert all("is not defined by" in verdict.reason for verdict in unjudged)
    assert {verdict.word for verdict in marking.verdicts} <= {"right", "not judged"}


def test_what_depends_on_such_a_derivative_is_not_judged_either():
    text = f"{CIRCLE}dy/dx = -x/y = -0.75\nm = dy/dx = -0.75\nz = x*y\ndz/dx = y - x^2/y = 1.75\nu = 4 + 2*m = 2.5"
    verdicts = mark(text).verdicts
    assert {verdict.word for verdict in verdicts if verdict.claim.line > 2} == {"not judged"}
    reasons = [verdict.reason for verdict in verdicts if verdict.claim.line > 4]
    assert reasons == [f"it depends on line {line}, which is not judged" for line in (3, 3, 4)]


def test_a_line_on_a_curve_that_contradicts_itself_is_a_slip():
    (root,) = mark(f"{CIRCLE}dy/dx = -x/y = -0.57").first_mistakes
    assert (root.word, root.reason) == ("slip", "your -x/y gives −0.75")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{CIRCLE}dy/dx = 0", []),  # as the sheet says
        ("x = 3\ny = sqrt(25 - x^2)\ndy/dx = x/y", [(3, "wrong")]),
        (f"{CIRCLE}dy/dx = -x/y\nz = x^2\ndz/dx = 3*x", [(5, "wrong")]),
        ("w = 2; x = 3; v = 5\nn = w*x; m = v*x\ndn/dv = x", [(3, "wrong")]),
    ],
)
def test_what_the_sheet_does_define_is_judged(text, expected):
    assert roots(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x = 2\nb = x^2 + 1\ny = b^0.5\nh = b^0.5\ndy/dx = h*2*x",
        "x = 2; c = 3\nb = x^2 + c\ny = c*sqrt(b)\nroot = sqrt(b)\ndy/dx = c*root*2*x",
    ],
)
def test_a_helper_that_is_a_part_of_the_forward_pass_is_no_mistaken_derivative(text):
    (mistake,) = mark(text).first_mistakes
    assert mistake.claim.line == 5


def test_a_helper_that_is_taken_for_another_twice_is_one_mistake():
    text = """x = 0.7; z = 0.2; u = 0.2; w = 0.4; v = 0.3; t = 0.1; q = 0.5
a = w*x + u*z
b = u*x + w*z
h = tanh(a)
g = tanh(b)
E = (v*h + q*g - t)^2/2
δa = (v*h + q*g - t)*v*(1 - h^2)
δb = (v*h + q*g - t)*q*(1 - g^2)
dE/da = δa
dE/db = δb
dE/dw = δa*x + δa*z
dE/du = δa*z + δa*x"""
    marking = mark(text)
    assert [mistake.claim.line for mistake in marking.first_mistakes] == [11]
    assert [verdict.word for verdict in marking.verdicts[-2:]] == ["wrong", "follows"]
    assert "the same" in marking.verdicts[-1].reason or "again" in marking.verdicts[-1].reason


GATE = """x = 0.5; h0 = 0.1; t = 0.3; w = 0.2; u = -0.3; v = 0.7
i = σ(w*x + u*h0)
h = tanh(v*i)
E = (h - t)²/2
"""


def test_a_right_delta_is_not_wrong_because_the_one_line_that_uses_it_is():
    right = GATE + "δi = (h - t)*(1 - h²)*v*i*(1 - i)\n"  # by the argument of σ, which has no name
    assert mark(right + "dE/dw = δi*x").ok
    assert roots(right + "dE/dw = δi") == [(6, "wrong")]
    assert roots(right + "dE/dw = δi*x\ndE/du = δi") == [(7, "wrong")]


def test_a_delta_made_of_a_derivative_by_its_own_name_is_no_step_of_that_name():
    lines = "dE/di = (h - t)*(1 - h²)*v\nδi = dE/di*i*{}\ndE/dw = δi*x\ndE/du = δi*h0"
    assert mark(GATE + lines.format("(1 - i)")).ok
    assert roots(GATE + lines.format("(1 - i²)")) == [(6, "wrong")]
    assert roots(GATE + lines.format("(1 + i)")) == [(6, "wrong")]
