"""Hand derivations as different people write them: the right ones without a false alarm, the wrong ones found.

Each file of `data/fair` is one derivation, written for this project: first as it is right, with the
rounding of its writer, then with mistakes that people make, under a heading that says in which lines
they are and what kind each is. What is carried on from a mistake is in the figures after it. What the
lines should be is worked out here once more, by mpmath, from the text and without the project.
"""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import mpmath
import pytest
from mpmath import mp, mpf

from autograd import ChalkgradError, SheetError, exercise, mark

FAIR = Path(__file__).parent / "data" / "fair"
FILES = sorted(path.stem for path in FAIR.glob("*.txt"))


@lru_cache
def texts(name):
    """The derivations of a file by their headings."""
    parts = re.split(r"^== (.*)\n", (FAIR / f"{name}.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {heading: text.strip() + "\n" for heading, text in zip(parts[1::2], parts[2::2])}


MISTAKES = [(name, heading) for name in FILES for heading in texts(name) if heading != "right"]


def expected(heading):
    """The lines that are to be roots, with the kind of mistake that is named first."""
    said = heading.partition(" | ")[2]
    return [(int(line), kind) for line, _, kind in (part.partition(" ") for part in said.split("; ") if part)]


# -- The verdicts -------------------------------------------------------------------------------


def test_there_are_sixty_derivations_and_twice_as_many_mistakes():
    assert len(FILES) >= 60
    assert len(MISTAKES) >= 120


@pytest.mark.parametrize("name", FILES)
def test_a_right_derivation_has_no_false_alarm(name):
    marking = mark(texts(name)["right"])
    assert {verdict.word for verdict in marking.verdicts} <= {"right", "rounded"}, marking
    assert len(marking.verdicts) >= 2


@pytest.mark.parametrize(("name", "heading"), MISTAKES)
def test_each_mistake_is_a_root_of_its_kind_and_nothing_else_is_one(name, heading):
    marking = mark(texts(name)[heading])
    found = [
        (root.claim.line, root.diagnosis[0].kind if root.diagnosis else "unnamed") for root in marking.first_mistakes
    ]
    assert found == expected(heading), marking
    roots = {(root.claim.line, root.claim.place.column) for root in marking.first_mistakes}
    for verdict in marking.verdicts:
        assert verdict.word in {"right", "rounded", "follows", "slip", "wrong", "uninformative"}
        assert roots.issuperset((claim.line, claim.place.column) for claim in verdict.origins)


@pytest.mark.parametrize(("name", "heading"), MISTAKES)
def test_what_is_said_of_a_mistake_is_in_the_words_of_the_sheet(name, heading):
    for root in mark(texts(name)[heading]).first_mistakes:
        said = " ".join([root.reason, *map(str, root.diagnosis)])
        assert any(word in said for word in ("gives", "give", "is used as", "it is"))
        assert not re.search(r"None|nan|Value\(|xlogy|above|monomial|logaddexp|_less", said), said


# -- The truth, worked out once more ------------------------------------------------------------

DIGITS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
SIGNS = {"·": "*", "⋅": "*", "×": "*", "−": "-", "^": "**"}
WORDS = {
    "exp": mpmath.exp,
    "ln": mpmath.log,
    "log": mpmath.log,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tanh": mpmath.tanh,
    "sqrt": mpmath.sqrt,
    "abs": abs,
    "max": max,
    "mpf": mpf,
    "e": mp.e,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x: x if x > 0 else x / 100,
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "sign": mpmath.sign,
}


def choices(ranges):
    found = [{}]
    for index, first, last in re.findall(r"(\w+) in (\d+)\.\.(\d+)", ranges):
        found = [{**choice, index: at} for choice in found for at in range(int(first), int(last) + 1)]
    return found


def at_indices(text, choice):
    """x[i,k] as x[1,2]."""
    return re.sub(
        r"\[([^\]]*)\]", lambda m: "[" + ",".join(str(choice.get(k.strip(), k)) for k in m[1].split(",")) + "]", text
    )


def as_python(text):
    """A formula of a sheet as one of Python, derivatives as calls of DIFF."""
    while found := re.search(r"sum\(((?:[^()]|\([^()]*\))*?) for ([^()]*)\)", text):
        terms = [f"({at_indices(found[1], choice)})" for choice in choices(found[2])]
        text = text[: found.start()] + f"({' + '.join(terms)})" + text[found.end() :]
    text = re.sub(f"[{''.join(DIGITS)}]+", lambda m: "**(" + "".join(DIGITS[c] for c in m[0]) + ")", text)
    text = text.replace("½", "(1/2)").replace("σ'(", "sigmoid'(").replace("σ(", "sigmoid(").replace("math.", "")
    text = unicodedata.normalize("NFKC", text)
    for sign, meant in SIGNS.items():
        text = text.replace(sign, meant)
    text = re.sub(r"√(\w+)", r"sqrt(\1)", text).replace("√", "sqrt")
    name = r"(\w+?(?:\[[\d,]+\])?)"
    text = re.sub(rf"[d∂]{name}\s*/\s*[d∂]{name}(?![\w\[])", r'DIFF("\1", "\2")', text)
    text = re.sub(r"\bd(L)_d(s)\b", r'DIFF("\1", "\2")', text)
    text = re.sub(r"\b(\w+)('+)\(", lambda m: f"slope({m[1]}, {len(m[2])}, ", text)
    text = re.sub(r"(\))\s*(?=\()|(?<![\w.])(\d+)(?=[^\W\d_e]|\()|(\))(?=[^\W\d_])", r"\1\2\3*", text)
    text = re.sub(r'(?<![\w.\["])(\d+\.?\d*(?:e[-+]?\d+)?)(?![\w."])(?!\])', r'mpf("\1")', text)
    return re.sub(r'(?<!")\b(\w+)\[([\d,]+)\](?!")', r'NAME("\1[\2]")', text)


class Oracle:
    """A derivation computed anew: what every name is, and every derivative as a difference quotient."""

    def __init__(self, text):
        self.formulas, self.claims, self.words = {}, [], dict(WORDS)
        self.loss = next(iter(re.findall(r"loss: (\w+)", text)), None)
        subject = None
        for line in text.splitlines():
            for statement in line.partition("#")[0].split(";"):
                if not statement.strip() or statement.startswith(("loss", "import")):
                    continue
                ranges, _, body = statement.rpartition(":")
                for choice in choices(ranges):
                    subject = self.read(at_indices(body, choice), subject)

    def read(self, statement, subject):
        first, *rest = (part.strip() for part in re.split("=|≈", statement))
        function = re.fullmatch(r"(\w+)\((\w+)\)", first)
        if function and function[1] not in self.words and function[2] not in self.formulas:
            self.words[function[1]] = eval(f"lambda {function[2]}: {as_python(rest[0])}", self.words)  # noqa: S307
            return None
        subject = subject if not first else as_python(first)
        name = unicodedata.normalize("NFKC", first)
        if self.loss and re.fullmatch(r"d\w+", name) and name[1:] in self.formulas:
            subject = f'DIFF("{self.loss}", "{name[1:]}")'
        elif subject.isidentifier() or subject.startswith("NAME("):
            if first and name not in self.formulas:
                self.formulas[name] = as_python(rest.pop(0))
            subject = f'NAME("{name}")' if first else subject
        self.claims += [(subject, part) for part in rest]
        return subject

    def at(self, moved=1):
        """A point: the text's own, or one near it at which only what is 0 or 1 stays."""
        point = Point(self)
        if moved != 1:
            for count, (name, formula) in enumerate(self.formulas.items()):
                if re.fullmatch(r'-?mpf\("[^"]*"\)', formula) and abs(point.value(name)) not in (0, 1):
                    point.fixed[name] = point.value(name) * (1 + (moved - 1) * (1 + mpf(count % 7) / 7))
            point.known.clear()
        return point


class Point:
    def __init__(self, oracle, fixed=()):
        self.oracle, self.fixed, self.known = oracle, dict(fixed), {}

    def value(self, name):
        if name in self.fixed:
            return self.fixed[name]
        if name not in self.known:
            self.known[name] = self.compute(self.oracle.formulas[name])
        return self.known[name]

    def compute(self, formula):
        return mpf(eval(formula, {}, Names(self)))  # noqa: S307 -- our own formula

    def slope(self, of, by):
        def moved(x):
            return Point(self.oracle, {**self.fixed, by: x}).value(of)

        return mpmath.diff(moved, self.value(by))


class Names(dict):
    """What a word of a formula is at a point."""

    def __init__(self, point):
        self.point = point
        self.update(NAME=point.value, DIFF=point.slope, slope=lambda f, order, x: mpmath.diff(f, x, int(order)))

    def __missing__(self, word):
        if word in self.point.oracle.formulas:
            return self.point.value(word)
        if self.point.oracle.loss and word[1:] in self.point.oracle.formulas:  # dw, of the loss
            return self.point.slope(self.point.oracle.loss, word[1:])
        return self.point.oracle.words[word]


def has_names(text):
    return re.search(r"[^\W\d]", re.sub(r"\de[-+]?\d|\be\b|exp|ln|tanh|[½⁻⁰¹²³⁴-⁹]", "", text)) is not None


def untrue(text):
    """The claims that are not true: a formula everywhere, a figure up to the rounding of those before it."""
    with mp.workdps(30):
        oracle = Oracle(text)
        home, away = oracle.at(), oracle.at(mpf("1.0625"))
        for subject, claimed in oracle.claims:
            formula = as_python(claimed)
            for point in (home, away) if has_names(claimed) else (home,):
                truth = point.compute(subject)
                allowed = mpf("1e-9") * max(abs(truth), 1e-6)
                if not has_names(claimed):
                    decimals = max((len(found) for found in re.findall(r"\.(\d+)", claimed)), default=0)
                    plain = "e" not in claimed and "×10" not in claimed
                    coarse = (3 * mpf(10) ** -decimals if decimals else 0.5) if plain else 0
                    allowed = max(coarse, abs(truth) / 50, mpf("1e-12"))
                if abs(point.compute(formula) - truth) > allowed:
                    yield subject, claimed


@pytest.mark.parametrize("name", FILES)
def test_a_right_derivation_is_right_by_mpmath(name):
    assert list(untrue(texts(name)["right"])) == []


# Mistakes of one digit, or in how a figure is rounded, which mpmath allows here.
SMALL = {("restated", "restated wrongly"), ("student_logistic", "swapped digits")}


@pytest.mark.parametrize(("name", "heading"), MISTAKES)
def test_a_mistake_is_one_by_mpmath_too(name, heading):
    small = (name, heading.partition(" | ")[0]) in SMALL or not expected(heading)
    assert small or next(untrue(texts(name)[heading]))


# -- Short ones ---------------------------------------------------------------------------------

RIGHT_IN_A_TEACHERS_EYES = {
    "two figures in the working": """
x = 0.8; w = 0.375; v = -1.25; t = 0.2
h = σ(w*x) = 0.574443
o = v*h = -1.25*0.57 = -0.71
E = (o - t)^2 = 0.83
""",
    "a square rounded in the working": """
o = 0.6963; t = 0.3
E = ½(t - o)² = ½*0.16 = 0.08
""",
    "everything in two figures": """
x = 0.8; w = 0.375; v = -1.25; t = 0.2
h = σ(w*x) = 0.5744
o = v*h = -0.7181
E = (o - t)^2 = (-0.72 - 0.2)^2 = 0.85
dE/dw = 2*(o - t)*v*h*(1 - h)*x = 2*(-0.92)*(-1.25)*0.57*0.43*0.8 = 0.45
""",
    "terms rounded before they are added": """
o1 = 0.7514; o2 = 0.7729
E1 = (o1 - 0.01)^2/2 = 0.2748
E2 = (o2 - 0.99)^2/2 = 0.0236
E = E1 + E2 = 0.27 + 0.02 = 0.29
""",
    "a difference put as its number": """
x = 0.5; w = 0.8; t = 1
o = w*x = 0.4
E = (o - t)^2
dE/dw = 2*(-0.6)*x = -0.6
dE/dx = 2*(-0.6)*w = -0.96
""",
    "a power put as its number": """
x = 3; y = 2
f = x^2*y^3
∂f/∂x = 2*x*8 = 48
∂f/∂y = 9*3*y^2 = 108
""",
    "a given rounded in the working": """
w = 0.123456; x = 2.5
y = w*x = 0.12*2.5 = 0.30
dy/dx = w = 0.12
""",
    "¼ beside a figure of 0.2481": """
a = 0.5; h = 0.2481
y = 0.25*h = 0.0620
z = a*h = 0.124
""",
    "fractions": """
x = 1/3; y = 2/7
s = x + y = 7/21 + 6/21 = 13/21 = 0.619
p = x*y = 2/21 ≈ 0.095
""",
    "per cent as a fraction": """
r = 0.07; S = 1500
I = S*r = 1500*7/100 = 105
dI/dr = S = 1500
""",
    "two powers of ten": """
q = 1.6e-19; U = 12
E = q*U = 1.6e-19*12 = 1.92e-18 = 19.2e-19
dE/dU = q = 0.16e-18
""",
    "a bracket multiplied out": """
o = 0.7; t = 1; h = 0.4; k = 0.6; w = 0.5; u = 0.2
y = w*h + u*k = 0.32
E = (y - t)^2/2
dE/dw = (y - t)*h = h*y - h*t = 0.4*0.32 - 0.4 = -0.272
""",
    "brackets beside brackets": """
x = 2
y = ((x + 1)(x - 1))/2 = (3)(1)/2 = 1.5
dy/dx = x = 2
""",
    "fewer and fewer digits": """
x = 0.3
y = e^x = 1.34986 = 1.3499 = 1.350 = 1.35
z = y^2 = 1.8221 = 1.82
dz/dx = 2*z = 3.644 = 3.64
""",
    "three figures carried through powers": """
x = 0.9
a = sin(x) = 0.783
b = a^2 = 0.613
c = b*10 = 6.13
d = c^3 = 230
dd/dx = 3*6.13^2*9.74 = 1098
""",
    "an update in two steps": """
w = 0.4; η = 0.5; x = 0.593; δ = 0.1385
g = δ*x = 0.0821
w_new = w - η*g = 0.4 - 0.5*0.0821 = 0.4 - 0.041 = 0.359
""",
    "1 − a worked out on the way": """
z = 3
a = σ(z) = 0.95
da/dz = a*(1-a) = 0.95*0.05 = 0.0475
""",
    "a saturated σ": """
z = 6
a = σ(z) = 1.00
da/dz = a*(1 - a) = 1*(1 - 1) = 0
""",
    "a given said again with fewer digits": """
x = 0.1234567
x = 0.1235
y = x^2 = 0.01525
""",
    "a class put in as its number": """
p = 0.8; y = 1
L = -(y*ln(p) + (1 - y)*ln(1 - p)) = -(1*ln(0.8) + 0*ln(0.2)) = -ln(0.8) = 0.223
dL/dp = -1/p = -1.25
""",
    "a class of 1 left out": """
p = 0.8; y = 1
L = -(y*ln(p) + (1 - y)*ln(1 - p))
dL/dp = -1/p = -1.25
""",
    "a class of 0 left out": """
p = 0.2; y = 0
L = -(y*ln(p) + (1 - y)*ln(1 - p))
dL/dp = 1/(1 - p) = 1.25
""",
    "the input of a bias left out": """
x0 = 1; x1 = 0.5; w0 = 0.3; w1 = -0.2; t = 0
o = w0*x0 + w1*x1
E = (o - t)^2/2
dE/dw0 = o - t = 0.2
dE/dw1 = (o - t)*x1 = 0.1
""",
    "a target of 0 left out": """
x1 = 0.5; w1 = -0.2; t = 0
o = w1*x1
E = (o - t)^2/2
dE/do = o = -0.1
dE/dw1 = o*x1 = -0.05
""",
}


@pytest.mark.parametrize("text", RIGHT_IN_A_TEACHERS_EYES.values(), ids=RIGHT_IN_A_TEACHERS_EYES)
def test_what_a_fair_teacher_accepts_is_right(text):
    marking = mark(text.lstrip())
    assert {verdict.word for verdict in marking.verdicts} <= {"right", "rounded"}, marking


WRONG_IN_A_TEACHERS_EYES = {
    "another factor in two figures": (
        "two figures in the working",
        "0.57 = -0.71\nE = (o - t)^2 = 0.83",
        "0.43 = -0.54\nE = (o - t)^2 = 0.55",
        4,
    ),
    "a square forgotten": ("a square rounded in the working", "½*0.16 = 0.08", "½*0.40 = 0.20", 3),
    "a sign in the number of a difference": ("a difference put as its number", "2*(-0.6)*x = -0.6", "2*0.6*x = 0.6", 5),
    "a power put as another number": ("a power put as its number", "2*x*8", "2*x*6", 4),
    "a term of the sum miscopied": (
        "terms rounded before they are added",
        "0.27 + 0.02 = 0.29",
        "0.27 + 0.20 = 0.47",
        5,
    ),
    "the class of another": ("a class of 1 left out", "-1/p", "1/(1 - p)", 4),
    "half a figure": ("¼ beside a figure of 0.2481", "z = a*h = 0.124", "z = a*h = 0.0620", 4),
    "a weight in place of the input of a bias": ("the input of a bias left out", "o - t = 0.2", "(o - t)*w0 = 0.06", 5),
    "the inner bracket": ("a bracket multiplied out", "h*y - h*t", "h*y - t", 5),
}


@pytest.mark.parametrize(
    ("title", "old", "new", "line"), WRONG_IN_A_TEACHERS_EYES.values(), ids=WRONG_IN_A_TEACHERS_EYES
)
def test_what_no_teacher_accepts_is_found(title, old, new, line):
    text = RIGHT_IN_A_TEACHERS_EYES[title]
    assert old in text
    marking = mark(text.replace(old, new, 1))
    assert [root.claim.line for root in marking.first_mistakes] == [line], marking


# -- What a teacher is asked about --------------------------------------------------------------


def first_mistakes(text, key=None):
    return [(root.claim.line, root.word) for root in mark(text, key).first_mistakes]


def test_a_line_that_makes_up_for_an_error_is_right_and_the_error_is_found():
    marking = mark("x = 0.5; w = 0.8; t = 1\no = w*x\nE = (o - t)^2/2\ndE/do = t - o = 0.6\ndE/dw = -dE/do*x = -0.3\n")
    assert [(root.claim.line, str(root.diagnosis[0])) for root in marking.first_mistakes] == [
        (4, "the sign is the other way round"),
    ]
    assert [(verdict.word, verdict.reason) for verdict in marking.verdicts[-2:]] == [
        ("right", "makes up for line 4"),
        ("right", ""),
    ]


def test_a_comment_claims_nothing():
    assert first_mistakes("x = 3\ny = x^2 = 9   # minus nine, and dy/dx = 7\ndy/dx = 2*x = 6  # = 5?\n") == []


def test_the_same_mistake_in_two_lines_is_a_root_in_each_for_each_has_to_be_put_right():
    text = "x = 0.2; u = 0.7\nh = tanh(x) = 0.1974\nk = tanh(u) = 0.6044\nE = h + k\ndE/dx = 1 - h\ndE/du = 1 - k\n"
    assert first_mistakes(text) == [(5, "wrong"), (6, "wrong")]


def test_a_given_that_is_miscopied_is_one_mistake_and_what_is_made_of_it_follows():
    key = "x = 0.35; w = 0.2; t = 1\ny = w*x\nE = (y - t)^2/2\nloss: E\n"
    marking = mark("x = 0.53\ny = 0.106\ndE/dy = -0.894\ndE/dw = -0.4738\n", key)
    assert [verdict.word for verdict in marking.verdicts] == ["slip", "follows", "follows", "follows"]


def test_a_definition_that_is_written_before_its_figures_is_worked_out_with_them():
    text = "x = 0.3\nu = exp(x)\nv = exp(u)\nw = exp(v)\nu = 1.35\nv = {}\nw = {}\n"
    assert first_mistakes(text.format("3.86", "47.5")) == []  # e^1.35, e^3.86: the figures are carried on
    assert first_mistakes(text.format("3.58", "35.9")) == [(6, "slip")]  # and so is a mistake
    assert first_mistakes(text.format("3.86", "35.9")) == [(7, "slip")]


def test_a_zero_may_be_left_out_and_a_factor_beside_it_may_not():
    recurrent = "h0 = 0; x = 0.4; w = 0.7; u = 0.6; v = 1.1\na = w*x + u*h0\nh = tanh(a)\nb = w*x + u*h\ny = v*b\n"
    assert first_mistakes(recurrent + "dy/du = v*h\n") == []  # + v·u·(1 − h²)·h0
    assert first_mistakes(recurrent + "dy/du = h\n") == [(6, "wrong")]
    assert first_mistakes(recurrent + "dy/dw = v*x\n") == [(6, "wrong")]  # the path through h is not 0
    dead = "x1 = 0; x2 = 1; w1 = 0.4; w2 = 0.3; t = 2\no = w1*x1 + w2*x2\nE = (o - t)^2\ndE/dw1 = {}\n"
    assert first_mistakes(dead.format("2*(o - t)*x1")) == []
    assert first_mistakes(dead.format("(o - t)*x1")) == [(4, "wrong")]  # 0 too, but by no merit


def test_a_class_that_the_loss_has_no_letter_for_may_be_one_in_the_gradient():
    text = "z1 = 0.4; z2 = -0.2; y1 = {}; y2 = {}\np1 = e^z1/(e^z1 + e^z2)\nL = -ln(p1)\ndL/dz1 = p1 - y1\n"
    assert first_mistakes(text.format(1, 0)) == []
    assert first_mistakes(text.format(0, 1)) == [(4, "wrong")]
    assert first_mistakes(text.format(1, 0).replace("p1 - y1", "p1 + y1")) == [(4, "wrong")]


def test_numbers_far_from_one_another_are_no_reason_for_a_false_alarm():
    # the points at which formulas are compared must not make e^(−t/τ) vanish
    text = "R = 4.7e3; C = 100e-9; U0 = 5; t = 2.35e-4\nτ = R*C\nU = U0*(1 - e^(-t/τ))\ndU/dt = {}\n"
    assert first_mistakes(text.format("U0/τ*e^(-t/τ)")) == []
    assert first_mistakes(text.format("(U0 - U)/τ")) == []
    assert first_mistakes(text.format("U0*e^(-t/τ)")) == [(4, "wrong")]


def test_an_exact_short_figure_in_a_formula_is_exact():
    text = "x = -0.4\np = softplus(x) = 0.5130\nr = leaky_relu(x) = -0.004\ndr/dx = 0.01\nq = p*r\ndq/dx = {}\n"
    assert first_mistakes(text.format("p*0.01 + r*σ(x) = 0.00352")) == []
    assert first_mistakes(text.format("0.01*σ(x) = 0.00401")) == [(6, "wrong")]


def test_about_seven_is_said_of_e_squared_and_is_seven_is_not():
    assert first_mistakes("x = 2\ny = e^x ≈ 7\n") == []
    assert first_mistakes("x = 2\ny = e^x = 7\n") == [(2, "slip")]
    assert first_mistakes("x = 2\ny = e^x ≈ 8\n") == [(2, "slip")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("y = sin(a) = 0.5", "the angle is taken in degrees: sin(a) is meant in radians"),
        ("y = ln(a) = 1.477", "the logarithm is taken to the base 10: ln(a) is the natural one"),
    ],
)
def test_the_other_key_of_the_calculator_is_known(line, said):
    (root,) = mark(f"a = 30\n{line}\n").first_mistakes
    assert [str(mistake) for mistake in root.diagnosis] == [said]


def test_a_helper_is_known_by_its_use_though_the_net_input_has_no_name():
    text = "x = 0.3; w = 0.7; v = -0.6; t = 1\nh = σ(w*x)\no = σ(v*h)\nE = (o - t)^2/2\nδ = {}\ndE/dv = δ*h\n"
    text += "dE/dh = δ*v\n"
    assert first_mistakes(text.format("(o - t)*o*(1 - o)")) == []
    (root,) = mark(text.format("(t - o)*o*(1 - o)")).first_mistakes
    assert root.claim.line == 5
    assert root.reason.startswith("δ is used as dE/d(net of o) in line 6")
    marking = mark(text.format("(o - t)*o*(1 - o)").replace("δ*h", "δ*x"))
    assert [root.claim.line for root in marking.first_mistakes] == [6]
    assert "(net of o)" not in " ".join(marking.sheet.order)


@pytest.mark.parametrize(
    ("name", "heading", "said"),
    [
        ("relu_dead", "lets the gradient", ["dh2/dn2 is 0 here, and what is multiplied by it is 0"]),
        ("cone", "third forgotten", ["the divisor 3 is left out"]),  # and no r, which is 3
        ("tanh_rnn", "input of the wrong", ["x1 and x2 stand in one another's place"]),
        ("batch_mean", "summed", ["the divisor 3 is left out"]),  # and no x[3]
        ("tanh_rnn", "tanh' as", ["h1·(1 − h1) is the slope of a sigmoid; h1 is a tanh: 1 − h1^2 belongs"]),
        ("max_pool", "gradient to the loser", ["this is dE/db, the gradient of b"]),
        ("implicit_units", "factor of 1000", ["the decimal point is 3 places off"]),
        ("residual", "the inner w", ["the factor w is left out"]),
    ],
)
def test_a_mistake_is_named_in_these_words_alone(name, heading, said):
    (text,) = [text for title, text in texts(name).items() if title.startswith(heading)]
    assert [str(mistake) for mistake in mark(text).first_mistakes[0].diagnosis] == said


def test_the_weight_before_the_step_is_known_where_the_one_after_it_belongs():
    text = "x = 1.5; w = 0.8; t = 1\nE = (w*x - t)^2\nw_new = w - 0.1*dE/dw\ny = w_new*x\ndy/dx = w\n"
    (root,) = mark(text).first_mistakes
    assert str(root.diagnosis[0]) == "the original w stands where the updated w_new belongs"


def test_terms_that_match_one_by_one_and_not_together_are_a_slip_and_no_traceback():
    (root,) = mark("x = 0.3\nh = σ(x) = 0.57\ny = h - 0.9*h = 0.575 - 0.513 = 0.062\n").first_mistakes
    assert root.reason == "your h - 0.9*h gives 0.057, and this gives 0.062"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("y = x*w = 0.75136505*0.31", "0.75136505 stands where x = 0.75136507 belongs"),
        ("y = t - x = 0.01 - 0.75136505", "0.75136505 stands where x = 0.75136507 belongs"),
        ("y = e^(-x)*w = e^(-0.75136505)*0.31", "0.75136505 stands where x = 0.75136507 belongs"),
        ("y = t - x = 0.01 - 0.76", "0.76 stands where x = 0.751365 belongs"),
        ("y = t - x = 0.01 + 0.96", "0.96 stands where −x = −0.751365 belongs"),
        ("y = t - n = 0.01 + 0.96", "0.96 stands where −n = 0.5 belongs"),
        ("y = t - n = 0.01 - (-0.96)", "0.96 stands where −n = 0.5 belongs"),
        ("y = t - w*x = 0.01 - 0.9613", "0.9613 stands where 0.31 · 0.751365 = 0.2329 belongs"),
        ("y = t - (w + 2)^3 = 0.01 - 15.3", "15.3 stands where 12.3 belongs"),
        ("y = t + w - x = 0.01 - 0.7514", "the term w is left out"),
    ],
)
def test_a_figure_and_the_one_that_belongs_are_shown_with_digits_enough_to_tell_them_apart(line, said):
    (root,) = mark(f"x = 0.7513650695; w = 0.31; t = 0.01; n = -0.5\n{line}\n").first_mistakes
    assert str(root.diagnosis[0]) == said


# -- What is given is not scored ----------------------------------------------------------------


def test_an_empty_exercise_scores_nothing_and_a_right_one_what_was_worked_out():
    made = exercise([2, 2, 1], seed=4)
    empty, full = mark(made.sheet, made.key), mark(made.key, made.key)
    assert empty.earned[0] == 0
    assert empty.earned == (0, mark(made.sheet).earned[1])  # as many as without the key
    assert full.earned == mark(made.key).earned
    assert "given)" in empty.summary()
    assert all(v.claim.subject.of or v.claim.kind == "unanswered" for v in empty.verdicts if not empty.is_given(v))


def test_a_given_or_a_definition_that_is_copied_wrongly_costs_its_point():
    made = exercise([1, 1], seed=3)
    wrong = made.key.replace("w1*I1 ", "w1*t1 ")
    assert wrong != made.key
    earned, judged = mark(wrong, made.key).earned
    assert judged == mark(made.key).earned[1] + 1
    assert earned == judged - 1


# -- What the language cannot say ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("x = 2\ny = 1/2x\n", "line 2, column 7", "as (1/2)*x and as 1/(2*x): write one of them"),
        ("x = 2\ny = e^2x\n", "line 2, column 7", "can be read in two ways"),
        ("x = 2\ny = 1/2√x\n", "line 2, column 7", "can be read in two ways"),
        ("x = 2\ny = x/(1 + x)x\n", "line 2, column 13", "can be read in two ways"),
        ("m = 2.5 kg\n", "line 1, column 9", "a unit stands in a comment"),
        ("v = 3.2 [m/s]\n", "line 1, column 9", "a unit stands in a comment"),
        ("r = 5%\n", "line 1, column 6", "write 5/100 for 5 %"),
        ("x = (1, 2)\n", "line 1, column 7", "write x[1] = …; x[2] = …"),
        ("a = 30°\n", "line 1, column 7", "angles are in radians"),
        ("x = 2; w = 3\ny = xw\n", "line 2, column 5", "x*w"),
        ("x = 2\ny = x^3\nd2y/dx2 = 6*x\n", "line 3, column 1", "a second derivative"),
        ("w[1] = 2; x = 3\nz = w·x\n", "line 2, column 5", "write sum(w[i]*… for i in 1..3)"),
        ("x = 2\ny = x^2\ndy/dz = 4\n", "line 3, column 1", "z is used before it is defined"),
        ("\\frac{dE}{dw} = 3\n", "line 1, column 1", "write a formula as in Python"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place_and_what_to_write(text, place, advice):
    with pytest.raises(SheetError) as caught:
        mark(text, strict=True)
    assert str(caught.value).startswith(place)
    assert advice in str(caught.value)
    assert isinstance(caught.value, ChalkgradError)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("2x", 6),
        ("-2x", -6),
        ("2x^2", 18),
        ("x²x", 27),
        ("(1 + x)x", 12),
        ("2√x", 2 * 3**0.5),
        ("2x/3", 2),
        ("4·2x", 24),
    ],
)
def test_a_product_without_a_sign_is_read_as_on_paper(formula, value):
    assert mark(f"x = 3\ny = {formula}\n").sheet.evaluate().values["y"].data == pytest.approx(value)


def test_two_statements_without_a_semicolon_are_no_product():
    with pytest.raises(SheetError, match="an operation or = is missing"):
        mark("x = 2 y = 3")
