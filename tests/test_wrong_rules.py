"""Each kind of mistake with a rule, planted by hand in a sheet of its own, and called by its name."""

import ast
import random
from pathlib import Path

import pytest
from strategies import some

from autograd import mark
from autograd.claims.sampling import SamplePoints, agree
from autograd.marking.kinds import KINDS
from autograd.marking.line_derivative import LineDerivative
from autograd.marking.rule_mistakes import misapplied_rules
from autograd.sheet.sheet import Sheet

MARKING = Path(__file__).parents[1] / "autograd" / "marking"

PLANTED = {
    "the inner derivative is left out": [
        ("x = 0.7; y = (x^2+1)^3; dy/dx = 3(x^2+1)^2", "the inner derivative 2·x of x^2 + 1 is left out"),
        ("x = 0.7; y = exp(-3x^2); dy/dx = exp(-3x^2)", "the inner derivative −6·x of −3·x^2 is left out"),
        ("x = 0.7; y = exp(-3x^2); dy/dx = -3exp(-3x^2)", "the inner derivative 2·x of x^2 is left out"),
        ("x = 0.7; y = ln(1+e^x); dy/dx = 1/(1+e^x)", "the inner derivative exp(x) of 1 + exp(x) is left out"),
        ("x = 0.7; y = cos(x)^2; dy/dx = 2cos(x)", "the inner derivative −sin(x) of cos(x) is left out"),
        ("x = 0.6; y = sqrt(1 + x^4); dy/dx = 1/(2y)", "the inner derivative 4·x^3 of 1 + x^4 is left out"),
        ("x = 0.6; y = 1/(1 + x^2); dy/dx = -1/(1 + x^2)^2", "the inner derivative 2·x of 1 + x^2 is left out"),
        ("x = 0.6; y = tan(x^2); dy/dx = 1 + tan(x^2)^2", "the inner derivative 2·x of x^2 is left out"),
        ("x = 0.6; y = x*e^(-x^2); dy/dx = e^(-x^2) + x*e^(-x^2)", "the inner derivative −2·x of −x^2 is left out"),
        ("x = 0.6; y = ln(x^2 + 3x); dy/dx = 1/(x^2 + 3x)", "the inner derivative 2·x + 3 of x^2 + 3·x is left out"),
        (
            "x = 0.6; w = 0.3; t = 0.2; h = σ(w*x^2); E = (h - t)^2/2; dE/dx = (h - t)*h*(1 - h)",
            "the inner derivative 2·w·x of w·x^2 is left out",
        ),
        ("x = 0.6; u = x^2 + 1; y = u^3; dy/dx = 3u^2", "the factor du/dx is left out"),
        ("x = 0.6; y = sin(3x); dy/dx = cos(3x)", "the inner derivative 3 of 3·x is left out"),
        ("x = 0.7; y = (x^2+1)^3; dy/dx = 6.660", "the inner derivative 2·x of x^2 + 1 is left out"),
        ("x = 0.7; y = exp(-3x^2); dy/dx = 0.22993", "the inner derivative −6·x of −3·x^2 is left out"),
        ("x = 0.7; y = (x^2+1)^3; dy/dx = 3*(0.7^2 + 1)^2", "the inner derivative 2·x of x^2 + 1 is left out"),
    ],
    "the outer derivative is taken elsewhere": [
        (
            "x = 0.6; y = sin(x^3); dy/dx = cos(x)*3x^2",
            "the outer derivative is taken at x: it belongs to x^3",
        ),
        (
            "x = 0.6; y = exp(x^2); dy/dx = exp(2x)",
            "the outer derivative is taken at 2·x, the inner derivative: it belongs to x^2",
        ),
    ],
    "brackets around 1 − σ": [
        ("z = 0.4; s = σ(z); ds/dz = s*1 - s", "brackets are missing around 1 − s"),
        ("w = 0.4; x = 0.3; h = σ(w*x); dh/dw = h*1 - h*x", "brackets are missing around 1 − h"),
        ("z = 0.4; s = σ(z); ds/dz = σ(z)*1 - σ(z)", "brackets are missing around 1 − σ(z)"),
        ("w = 0.4; x = 0.3; h = σ(w*x); dh/dw = h*(1 - h)*x = 0.37097", "brackets are missing around 1 − h"),
        (
            "w = 0.4; x = 0.3; t = 0.1; o = σ(w*x); E = (o - t)^2/2; dE/dw = (o - t)*o*1 - o*x",
            "brackets are missing around 1 − o",
        ),
    ],
    "a function for its derivative": [
        ("z = 0.4; y = tanh(z); dy/dz = y", "y itself stands where its derivative 1 − y^2 belongs"),
        (
            "x = 0.3; w = 0.5; v = 0.8; t = 0.1; h = tanh(w*x); o = v*h; E = (o - t)^2/2; dE/dw = (o - t)*v*h*x",
            "h itself stands where its derivative 1 − h^2 belongs",
        ),
        ("x = 0.6; y = sin(2x); dy/dx = 2sin(2x)", "y itself stands where its derivative cos(2·x) belongs"),
        ("z = 0.4; y = tanh(z); dy/dz = y^2", "y^2 stands where 1 − y^2 belongs"),
        ("z = 0.4; y = tanh(z); dy/dz = 1 - y", "y stands where y^2 belongs"),
    ],
    "the product of the derivatives": [
        ("x = 0.7; y = x^2*sin(x); dy/dx = 2x*cos(x)", "x·(2·sin(x) + x·cos(x)) belongs"),
        ("x = 0.6; u = x^2; v = sin(x); y = u*v; dy/dx = du/dx*dv/dx", "v·du/dx + u·dv/dx belongs"),
        ("x = 0.6; y = x*ln(x); dy/dx = 1/x", "ln(x) + 1 belongs"),
        ("x = 0.6; t = 0.3; y = x*sin(x); E = (y - t)^2/2; dE/dx = (y - t)*cos(x)", "sin(x) + x·cos(x) belongs"),
        ("z = 0.6; y = z*σ(z); dy/dz = σ(z)*(1 - σ(z))", "the derivative of a product is not the product"),
        ("x = 0.7; y = x*sin(x)*exp(x); dy/dx = cos(x)*exp(x)", "the derivative of a product is not the product"),
        ("x = 0.7; y = x^2*sin(x); dy/dx = 1.0708", "the derivative of a product is not the product"),
        ("x = 0.7; y = x^2*sin(x); dy/dx = 2x*sin(x) - x^2*cos(x)", "the product rule has a plus"),
    ],
    "the power rule on an exponential": [
        ("x = 0.7; y = 2^x; dy/dx = x*2^(x-1)", "the derivative of 2^x is y·ln(2)"),
        ("x = 0.7; a = 1.3; y = a^x; dy/dx = x*a^(x-1)", "the derivative of a^x is y·ln(a)"),
        ("x = 0.7; y = e^x; dy/dx = x*e^(x-1)", "the derivative of exp(x) is y"),
        ("x = 0.6; y = e^(2x); dy/dx = 2x*e^(2x - 1)", "the derivative of exp(2·x) is 2·y"),
        ("x = 0.6; y = 2^(x^2); dy/dx = x^2*2^(x^2 - 1)", "the power rule is for a constant exponent"),
        ("x = 0.7; y = 2^x; dy/dx = 0.56858", "the power rule is for a constant exponent"),
        ("x = 0.7; y = 2^x; dy/dx = 2^x", "the factor ln(2) is left out"),
        ("x = 0.7; y = x^3; dy/dx = x^3*ln(x)", "the rule for a constant base is taken"),
        ("x = 0.7; y = x^3; dy/dx = x^4/4", "x^4/4 is an integral of x^3, not its derivative"),
    ],
    "the exponent": [
        ("x = 2; y = x^-2; dy/dx = -2x^-1", "the power falls by one: x^−3 belongs"),
        ("x = 2; y = x^3; dy/dx = 3x^4", "the power falls by one: x^2 belongs"),
        ("x = 2; y = x^3; dy/dx = 3x^3", "the power falls by one: x^2 belongs"),
        ("x = 2; n = 3; y = x^n; dy/dx = n*x^n", "the power falls by one: x^(n − 1) belongs"),
        ("x = 2; y = x^(1/2); dy/dx = x^(1/2)/2", "the power falls by one: x^(−1/2) belongs"),
    ],
    "the derivative of another name": [
        (
            "a = 0.3; b = -0.4; c = 0.7; d = a*c; e = d + c*b; L = e^2; dL/dc = dL/de*dd/dc",
            "dd/dc stands where de/dc belongs",
        ),
        ("a = 0.3; b = -0.4; c = 0.7; d = a*c; e = d*b + c^2; de/dc = dd/dc", "this is dd/dc"),
        (
            "a = 0.3; b = -0.4; c = 0.7; d = a*c^2; e = d*b*c; L = e^2; dL/dc = 2e*dd/dc",
            "dd/dc stands where de/dc belongs",
        ),
        (
            "x = 0.3; w = 0.5; c = w*x; d = c^2; e = d*c; L = e^2; dL/dx = dL/de*dd/dc*dc/dx",
            "dd/dc stands where de/dc belongs",
        ),
    ],
    "a sign and a factor 2": [
        ("o = 0.4; t = 0.9; E = (o - t)^2; dE/do = t - o", "a factor 2 is left out"),
        ("x = 0.4; w = 0.3; t = 0.9; o = w*x; E = (o - t)^2; dE/dw = (t - o)*x", "a factor 2 is left out"),
        ("o = 0.4; t = 0.9; E = (o - t)^2/2; dE/do = 2(t - o)", "the factor 2 is one too many"),
        ("o = 0.437; t = 0.912; E = (o - t)^2; dE/do = 0.475", "a factor 2 is left out"),
        ("o = 0.4; t = 0.9; E = (o - t)^2; dE/do = 0.5", "a factor 2 is left out"),
    ],
    "minus for times": [
        ("z = 0.4; s = σ(z); ds/dz = s - (1 - s)", "s − (1 − s) stands where s·(1 − s) belongs"),
        (
            "x = 0.3; w = 0.5; t = 0.1; o = σ(w*x); E = (o - t)^2/2; dE/dw = (o - t)*(o - (1 - o))*x",
            "o − (1 − o) stands where o·(1 − o) belongs",
        ),
        ("z = 0.4; s = σ(z); ds/dz = s*(1 - s) = 0.19738", "this is what s − (1 − s) would give"),
        ("z = 0.4; s = σ(z); ds/dz = s + (1 - s)", "s + (1 − s) stands where s·(1 − s) belongs"),
    ],
    "the base of the logarithm": [
        ("x = 0.7; y = ln(x) = -0.1549", "the logarithm is taken to the base 10: ln(x) is the natural one"),
        ("p = 0.7; L = -ln(p) = 0.51457", "the logarithm is taken to the base 2: ln(p) is the natural one"),
        ("p = 0.7; L = -ln(p); dL/dp = -1/(p*ln(10))", "the derivative of the logarithm to the base 10"),
        ("p = 0.7; L = -ln(p); dL/dp = -0.6204", "the derivative of the logarithm to the base 10"),
        ("p = 0.7; L = -ln(p); dL/dp = -1/(p*ln(2))", "the derivative of the logarithm to the base 2"),
        (
            "p = 0.7; t = 0.4; L = -t*ln(p) - (1-t)*ln(1-p); dL/dp = (-t/p + (1-t)/(1-p))/ln(10)",
            "the derivative of the logarithm to the base 10",
        ),
    ],
    "the quotient the wrong way round": [
        ("x = 0.7; y = sin(x)/x; dy/dx = (sin(x) - x*cos(x))/x^2", "the quotient rule is the wrong way round"),
        (
            "x = 0.6; u = sin(x); v = x^2 + 1; y = u/v; dy/dx = (u*dv/dx - v*du/dx)/v^2",
            "the quotient rule is the wrong way round: (v·du/dx − u·dv/dx)/v^2 belongs",
        ),
        ("x = 0.7; y = x^2/sin(x); dy/dx = 2x/cos(x)", "the derivative of a quotient is not the quotient"),
        (
            "x = 0.7; y = sin(x)/(x^2+1); dy/dx = (cos(x)(x^2+1) + sin(x)*2x)/(x^2+1)^2",
            "the quotient rule has a minus",
        ),
        (
            "x = 0.7; y = sin(x)/(x^2+1); dy/dx = (cos(x)(x^2+1) - sin(x)*2x)/(x^2+1)",
            "the quotient rule divides by the square of x^2 + 1",
        ),
        ("p = 0.7; L = -ln(p); dL/dp = -p", "p stands where 1/p belongs"),
        ("p = 0.7; t = 0.4; L = -t*ln(p) - (1-t)*ln(1-p); dL/dp = -t*p + (1-t)*(1-p)", "p stands where 1/p belongs"),
        ("p = 0.7; t = 0.4; L = -t*ln(p); dL/dp = -p/t", "stands where t/(−p) belongs"),
        ("x = 0.6; y = sqrt(x); dy/dx = 1.549", "this is what 2·y would give; 1/(2·y) belongs there"),
        ("x = 0.7; y = x^3; dy/dx = 0.6803", "this is 1 divided by the right number"),
        ("e1 = 1.3; e2 = 0.4; S = e1 + e2; p1 = e1/S = 1.3077", "this is what S/e1 would give; e1/S belongs there"),
    ],
    "degrees": [
        ("x = 0.7; y = sin(x) = 0.012217", "the angle is taken in degrees: sin(x) is meant in radians"),
        ("x = 30; y = sin(x) = 0.5", "the angle is taken in degrees: sin(x) is meant in radians"),
        ("x = 1.2; y = tan(x) = 0.020947", "the angle is taken in degrees: tan(x) is meant in radians"),
        ("x = 0.7; y = sin(x); dy/dx = cos(x) = 0.99993", "the angle is taken in degrees: cos(x) is meant in radians"),
        ("x = 1.2; w = 0.4; y = sin(w*x); dy/dx = 0.39999", "the angle is taken in degrees"),
        ("x = 0.7; y = sin(x) = sin(0.7*3.14159/180) = 0.0122", "the angle is taken in degrees"),
        ("x = 0.7; y = sin(x)*cos(x); dy/dx = 0.99970", "the angle is taken in degrees"),
        ("x = 1.2; y = sin(x); dy/dx = 0.017449", "the angle is taken in degrees"),
    ],
    "a constant of the writer's own formula": [
        ("x = 2; w = 3; y = (x*w)^2/4; dy/dw = 2*x*(x*w)", "the divisor 4 is left out"),
        ("a = 2; b = 0.3; m = (a^2 + b^2)/3; dm/da = 2a", "the divisor 3 is left out"),
        ("x = 2; y = x^3; dy/dx = x^2", "a factor 3 is left out, or 1/3 is one too many"),
    ],
}
CASES = [(kind, text, sentence) for kind, cases in PLANTED.items() for text, sentence in cases]


@pytest.mark.parametrize(("kind", "text", "sentence"), CASES)
def test_a_mistake_planted_by_hand_is_named(kind, text, sentence):
    (root,) = mark(text.replace("; ", "\n")).first_mistakes
    assert any(sentence in mistake.text for mistake in root.diagnosis), (kind, root.diagnosis)


ALONE = [  # one sentence, and nothing that is true by chance beside it
    ("x = 2; y = x^-2; dy/dx = -2x^-1", ["the power falls by one: x^−3 belongs"]),
    ("x = 2; w = 3; y = (x*w)^2/4; dy/dw = 2*x*(x*w)", ["the divisor 4 is left out"]),
    ("x = 0.7; y = (x^2+1)^3; dy/dx = 3(x^2+1)^2", ["the inner derivative 2·x of x^2 + 1 is left out"]),
    ("x = 0.7; y = cos(x)^2; dy/dx = 2cos(x)", ["the inner derivative −sin(x) of cos(x) is left out"]),
    (
        "q = 0.4; k1 = 0.3; k2 = 0.7; s1 = q*k1; s2 = q*k2; E = s1^2 + s2^3; dE/dq = dE/ds1*k1",
        ["the term dE/ds2·k2 is left out"],
    ),
    ("z = 0.4; s = σ(z); ds/dz = s - (1 - s)", ["s − (1 − s) stands where s·(1 − s) belongs"]),
    (
        "o = 0.4; t = 0.9; E = (o - t)^2; dE/do = t - o",
        ["the sign is the other way round", "a factor 2 is left out, or ½ is one too many"],
    ),
]


@pytest.mark.parametrize(("text", "sentences"), ALONE)
def test_it_is_named_alone(text, sentences):
    (root,) = mark(text.replace("; ", "\n")).first_mistakes
    assert [mistake.text for mistake in root.diagnosis] == sentences


@pytest.mark.parametrize("claim", ["t - o", "0.5"])
def test_two_mistakes_made_together_are_joined_by_and(claim):
    text = mark(f"o = 0.4; t = 0.9; E = (o - t)^2; dE/do = {claim}").to_text(every=False)
    assert "the sign is the other way round — and: a factor 2 is left out" in " ".join(text.split())


@pytest.mark.parametrize(
    ("definition", "wrong", "sentence"),
    [
        ("tanh(w*x)", "v*h*x", "h itself stands where its derivative 1 − h^2 belongs"),
        ("(x^2*w + 1)^3", "v*3*(x^2*w + 1)^2", "the inner derivative x^2 of x^2·w + 1 is left out"),
        ("2^(w*x)", "v*w*x*2^(w*x - 1)*x", "the power rule is for a constant exponent: the derivative of 2^(w·x) is"),
    ],
)
def test_a_mistake_carried_forward_does_not_hide_the_next_one(definition, wrong, sentence):
    text = f"""x = 0.3; w = 0.5; v = 0.8; t = 0.1
h = {definition}
o = v*h
E = (o - t)^2/2
dE/do = t - o
dE/dw = (t - o)*{wrong}"""
    first, second = mark(text).first_mistakes
    assert (first.claim.line, second.claim.line) == (5, 6)
    assert second.diagnosis[0].text.startswith(sentence)


LINES = [
    "x = 0.7; w = 0.4; y = (x^2 + w)^3*exp(-w*x)",
    "x = 0.7; w = 0.4; u = x*w + x^2; v = tanh(u) + x; y = u*v/(1 + u^2)",
    "x = 0.7; w = 0.4; y = ln(1/(1 + exp(-w*x)))*sqrt(x)",
    "x = 0.7; w = 1.4; y = w^x + x^w - 2/x",
    "x = 0.7; w = 1.4; y = mean(x, w*x, 2) + sum(x, x^2) + tan(x*w)",
]


@pytest.mark.parametrize("text", LINES)
def test_the_derivative_of_a_line_part_by_part_is_the_derivative(text):
    samples = SamplePoints(Sheet.parse(text))
    line = LineDerivative(samples, "y", "x")
    for point in samples.everywhere:
        assert agree(point.try_number(line.whole), point.derivative("y", "x"))
        for part in line.parts:
            assert (id(part) in line.derivatives) == (point.try_number(part) is not None and depends(samples, part))


def depends(samples, part):
    """Whether a part changes with x when nothing else does."""
    sheet = samples.worksheet
    moved = sheet.evaluate({"x": sheet.givens["x"] + 0.01})
    return samples.at_givens.try_number(part) != moved.try_number(part)


@pytest.mark.parametrize("text", LINES)
def test_a_wrong_rule_changes_the_derivative_and_says_how(text):
    samples = SamplePoints(Sheet.parse(text))
    found = list(misapplied_rules(samples, "y", "x"))
    assert len(found) > 5
    for edit in found:
        number = edit.number(samples.points[0])
        assert number == samples.points[0].try_number(edit.tree)
        assert edit.done.kind in KINDS
        assert "{" not in edit.done.text


def test_a_wrong_rule_on_one_of_several_paths_leaves_the_others():
    text = "x = 0.7; w = 0.4; u = sin(x^2); v = w*x; y = u + v^2; dy/dx = cos(x^2) + 2v*w"
    (root,) = mark(text).first_mistakes
    assert [mistake.text for mistake in root.diagnosis] == ["the inner derivative 2·x of x^2 is left out"]


def test_unrelated_formulas_are_seldom_called_a_mistake_with_a_rule():
    dice = random.Random(14)
    parts = ("x", "w", "(x + w)", "sin(x)", "exp(w*x)", "x^2", "3", "(1 - x)", "ln(x + 2)", "w^2")
    named = []
    for _ in range(some(300)):
        formula = "*".join(dice.choices(parts, k=dice.randint(1, 4))) + " + " + dice.choice(parts)
        marking = mark(f"x = 0.73; w = 0.41; y = (w*x^2 + 1)^3*cos(x)\ndy/dx = {formula}")
        named += [(formula, root.diagnosis) for root in marking.first_mistakes if root.diagnosis]
    assert named == []


def test_every_kind_that_marking_names_has_its_words():
    kinds = set()
    for path in MARKING.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "Mistake",
                "WrongRule",
                "misplaced",
                "_put",
            ):
                at = {"WrongRule": 1, "_put": 3}.get(node.func.id, 0)
                kind = node.args[at] if len(node.args) > at else None
                if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
                    kinds.add(kind.value)
    assert len(kinds) > 20
    assert kinds <= set(KINDS)
