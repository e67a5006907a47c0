"""Updates as claims: a wrong step is found and named, and every other formula for a new weight is left alone."""

import random
import re

import planted
import pytest

from autograd import mark
from autograd.sheet import Sheet

GIVENS = "x = 1.5; w = 0.5; t = 0.2; eta = 0.1\n"
LINEAR = "o = w*x\nE = (o - t)^2/2\n"  # dE/dw is (o − t)·x = 0.825
SIGMOID = "o = sigmoid(w*x)\nE = (o - t)^2/2\n"
LOSS = "loss: E\n"
TWO = """x1 = 0.5; x2 = 1.5; w21 = 0.4; w23 = 0.7; b = 0.1; t = 0.2; eta = 0.1
loss: E
net = w21*x1 + w23*x2 + b
o = sigmoid(net)
E = (o - t)^2/2
"""
TWO_CLASSES = """x = 0.53; w1 = -0.9; w2 = 0.89; t1 = 0.5; t2 = 0.5; eta = 0.5
loss: L
e1 = exp(w1*x); e2 = exp(w2*x)
p1 = e1/(e1 + e2); p2 = e2/(e1 + e2)
L = -(t1*ln(p1) + t2*ln(p2))
"""  # dL/dw2 is −dL/dw1
INDEXED = """w[1] = 0.5; w[2] = 0.3; x[1] = 1.5; x[2] = 0.2; t = 0.3; eta = 0.1
loss: E
o = sum(w[i]*x[i] for i in 1..2)
E = (o - t)^2/2
"""

RIGHT = {
    "descent": GIVENS + LOSS + LINEAR + "w_new = w - eta*dE/dw",
    "descent, the weight last": GIVENS + LOSS + LINEAR + "w_new = -eta*dE/dw + w",
    "a literal rate": GIVENS + LOSS + LINEAR + "w_new = w - 0.1*dE/dw",
    "a rate for the mean": GIVENS + LOSS + "M = 4\n" + LINEAR + "w_new = w - eta/M*dE/dw",
    "twice the rate": GIVENS + LOSS + LINEAR + "w_new = w - eta*dE/dw - eta*dE/dw",
    "half the rate": GIVENS + LOSS + LINEAR + "w_new = w - eta*dE/dw/2",
    "no rate anywhere": GIVENS.replace("; eta = 0.1", "") + LOSS + LINEAR + "w_new = w - dE/dw",
    "two rates compared": GIVENS + LOSS + LINEAR + "w_a = w - dE/dw\nw_b = w - eta*dE/dw",
    "a negative rate": GIVENS.replace("0.1", "-0.1") + LOSS + LINEAR + "w_new = w + eta*dE/dw",
    "ascent without a loss": GIVENS + LINEAR + "w_new = w + eta*dE/dw",
    "ascent of another name": GIVENS + LINEAR + "F = 3 - E\nloss: F\nw_new = w + eta*dE/dw",
    "log-likelihood": "x = 1.5; w = 0.5; y = 1; eta = 0.1\np = sigmoid(w*x)\nl = y*ln(p) + (1 - y)*ln(1 - p)\n"
    "w_new = w + eta*dl/dw\nw_2 = w + eta*(y - p)*x",
    "Widrow and Hoff": GIVENS + LOSS + LINEAR + "w_new = w + eta*(t - o)*x",
    "Han and Kamber": GIVENS + LOSS + SIGMOID + "δ = o*(1 - o)*(t - o)\nw_new = w + eta*δ*x",
    "the error signal": GIVENS + LOSS + SIGMOID + "δ = (o - t)*o*(1 - o)\nw_new = w - eta*δ*x",
    "a perceptron": GIVENS + LOSS + SIGMOID + "w_new = w + eta*(t - o)*x",
    "a helper": GIVENS + LOSS + LINEAR + "g = dE/dw\nw_new = w - eta*g",
    "a helper for the step": GIVENS + LOSS + LINEAR + "Δw = -eta*dE/dw\nw_new = w + Δw",
    "momentum": GIVENS + LOSS + LINEAR + "v0 = 0; mu = 0.9\nv1 = mu*v0 - eta*dE/dw\nw_new = w + v1",
    "momentum of the gradient": GIVENS + LOSS + LINEAR + "v0 = 0; mu = 0.9\nv1 = mu*v0 + dE/dw\nw_new = w - eta*v1",
    "momentum on one line": GIVENS + LOSS + LINEAR + "v0 = 0.3; mu = 0.9\nw_new = w - eta*dE/dw + mu*v0",
    "Nesterov": GIVENS + LOSS + "v = 0.2\nu = w + 0.9*v\no = u*x\nE = (o - t)^2/2\nw_new = w - eta*dE/du",
    "decay": GIVENS + LOSS + LINEAR + "lam = 0.01\nw_new = w - eta*(dE/dw + lam*w)",
    "decay as a factor": GIVENS + LOSS + LINEAR + "lam = 0.01\nw_new = (1 - eta*lam)*w - eta*dE/dw",
    "decay as a number": GIVENS + LOSS + LINEAR + "w_new = 0.99*w - eta*dE/dw",
    "Adam": GIVENS + LOSS + LINEAR + "m = 0.1*dE/dw; s = 0.001*(dE/dw)^2\nw_new = w - eta*m/(sqrt(s) + 1e-8)",
    "Newton": GIVENS + LINEAR + "w_new = w - E/(dE/dw)",
    "exponentiated": GIVENS + LOSS + LINEAR + "w_new = w - eta*dE/dw*w",
    "an average": GIVENS + LOSS + LINEAR + "w_new = w - eta*dE/dw\nw_mean = 0.5*w + 0.5*w_new",
    "the gradient with a penalty": GIVENS + LOSS + LINEAR + "g = w + dE/dw\nw_new = w - eta*g",
    "the gradient with another": GIVENS + LOSS + LINEAR + "g = 2*w + dE/dw\nr = -w - dE/dw",
    "Taylor": GIVENS + LOSS + LINEAR + "E_new = E - eta*dE/dw",
    "Hamilton": "q = 0.5; p = 0.3; h = 0.1\nH = p^2/2 + q^4\np_new = p - h*dH/dq\nq_new = q + h*dH/dp",
    "a step from ahead": GIVENS + LINEAR.replace("E", "E1") + "w_half = w - eta*dE1/dw\no2 = sigmoid(w_half*x)\n"
    "E = (o2 - t)^2\nloss: E\nw_new = w - eta*dE/dw_half",
    "always from the first": GIVENS.replace("w", "w0") + LINEAR.replace("w", "w0").replace("E", "E1")
    + "w1 = w0 - eta*dE1/dw0\no2 = sigmoid(w1*x)\nE = (o2 - t)^2\nloss: E\nw1_new = w0 - eta*dE/dw1",
    "two steps": GIVENS + LINEAR.replace("E", "E1") + "w1 = w - eta*dE1/dw\no2 = w1*x\nE2 = (o2 - t)^2/2\n"
    "w2 = w1 - eta*dE2/dw1\nloss: E2",
    "names of weights": TWO + "w21_new = w21 - eta*dE/dw21\nw23_new = w23 - eta*dE/dw23\nb_new = b - eta*dE/db",
    "a bias by its pre-activation": TWO + "b_new = b - eta*dE/dnet",
    "equal inputs": TWO.replace("x2 = 1.5", "x2 = 0.5") + "w23_new = w23 - eta*dE/dw23",
    "indexed": INDEXED + "for i in 1..2: w_new[i] = w[i] - eta*dE/dw[i]",
}  # fmt: skip


@pytest.mark.parametrize("kind", RIGHT)
def test_any_other_formula_for_a_new_weight_is_right(kind):
    marking = mark(RIGHT[kind])
    assert marking.first_mistakes == []
    assert all("_new" not in verdict.claim.about for verdict in marking.verdicts)  # a definition, and no claim


ASCENT = ("sign", "gradient ascent")
WRONG = {
    "ascent": (GIVENS + LOSS + LINEAR + "w_new = w + eta*dE/dw = 0.5825", *ASCENT),
    "ascent, the weight last": (GIVENS + LOSS + LINEAR + "w_new = eta*dE/dw + w = 0.5825", *ASCENT),
    "ascent by a literal rate": (GIVENS + LOSS + LINEAR + "w_new = w + 0.125*dE/dw = 0.603125", *ASCENT),
    "ascent by the mean": (GIVENS + LOSS + "M = 4\n" + LINEAR + "w_new = w + eta/M*dE/dw", *ASCENT),
    "ascent with two signs": (GIVENS + LOSS + LINEAR + "w_new = w - -eta*dE/dw", *ASCENT),
    "ascent by a minus": (GIVENS + LOSS + LINEAR + "w_new = w - eta*(t - o)*x", *ASCENT),
    "ascent by δ": (GIVENS + LOSS + SIGMOID + "δ = (o - t)*o*(1 - o)\nw_new = w + eta*δ*x", *ASCENT),
    "ascent by a helper": (GIVENS + LOSS + LINEAR + "g = (o - t)*x\nw_new = w + eta*g", *ASCENT),
    "ascent by a step": (GIVENS + LOSS + LINEAR + "Δw = eta*dE/dw\nw_new = w + Δw", *ASCENT),
    "ascent in Python": (GIVENS + "# loss: E\n" + LINEAR + "dw = (o - t)*x\nw_new = w + eta*dw", *ASCENT),
    "ascent by an index": (INDEXED + "for i in 1..2: w_new[i] = w[i] + eta*dE/dw[i]", *ASCENT),
    "another value": (TWO + "w23_new = w21 - eta*dE/dw23", "another name", "w21 stands where w23 belongs"),
    "another value by δ": (TWO + "δ = (t - o)*o*(1 - o)\nw23_new = w21 + eta*δ*x2", "another name", "w21 stands"),
    "another value without a loss": (
        TWO.replace("loss: E\n", "") + "b_new = w21 - eta*dE/db", "another name", "w21 stands where b belongs"
    ),
    "another value, equal but for the sign": (TWO_CLASSES + "w2_new = w1 - eta*dL/dw2", "another name", "w1 stands"),
    "another value by an index": (INDEXED + "w_new[2] = w[1] - eta*dE/dw[2]", "another name", "w[1] stands"),
    "another gradient": (TWO + "w23_new = w23 - eta*dE/dw21", "another gradient", "dE/dw21 stands where dE/dw23"),
    "ascent of a bias by δ": (TWO + "g = dE/dnet\nb_new = b + eta*g", *ASCENT),
    "another gradient by a helper": (TWO + "g = dE/db\nw23_new = w23 - eta*g", "another gradient", "dE/db stands"),
    "twice the weight": (GIVENS + LOSS + LINEAR + "w_new = 2*w - eta*dE/dw = 0.9175", "a constant", "2·w stands"),
    "the weight twice": (GIVENS + LINEAR + "w_new = w*2 - eta*dE/dw", "a constant", "2·w stands where w belongs"),
    "the weight and itself": (GIVENS + LINEAR + "w_new = w + w - eta*dE/dw", "a constant", "2·w stands"),
    "three times, by δ": (GIVENS + LOSS + LINEAR + "w_new = 3*w + eta*(t - o)*x", "a constant", "3·w stands"),
    "minus the weight": (GIVENS + LINEAR + "w_new = -w - eta*dE/dw", "sign", "−w stands where w belongs"),
    "the wrong way round": (GIVENS + LOSS + LINEAR + "w_new = eta*dE/dw - w", "swapped", "the wrong way round"),
    "no rate, η unused": (GIVENS + LOSS + LINEAR + "w_new = w - dE/dw = -0.325", "a factor left out", "eta is left"),
    "no rate, by δ": (GIVENS + LOSS + LINEAR + "w_new = w - (o - t)*x", "a factor left out", "eta is left out"),
    "no rate, by a helper": (GIVENS + LINEAR + "g = dE/dw\nw_new = w - g", "a factor left out", "eta is left out"),
    "no rate, others with one": (
        TWO.replace("eta", "h") + "w21_new = w21 - h*dE/dw21\nw23_new = w23 - dE/dw23",
        "a factor left out", "the factor h is left out",
    ),
    "no rate, others with 0.5": (
        TWO.replace("; eta = 0.1", "") + "w21_new = w21 - 0.5*dE/dw21\nw23_new = w23 - dE/dw23\nb_new = b - 0.5*dE/db",
        "a factor left out", "the factor 0.5 is left out",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_update_is_found_and_named(kind):
    text, mistake, said = WRONG[kind]
    (root,) = mark(text).first_mistakes
    assert root.word == "wrong"
    assert text.splitlines()[root.claim.line - 1].rpartition(": ")[2].startswith(root.claim.about.partition("[")[0])
    assert [found.kind for found in root.diagnosis] == [mistake]
    assert said in root.diagnosis[0].text


def test_what_follows_from_a_wrong_update_names_it_and_says_what_is_right():
    marking = mark(GIVENS + LOSS + LINEAR + "w_new = w + eta*dE/dw = 0.5825\nu = w_new*x = 0.87375")
    assert [(verdict.claim.line, verdict.word) for verdict in marking.verdicts] == [
        (5, "wrong"),
        (5, "follows"),
        (6, "follows"),
    ]
    (root,) = marking.first_mistakes
    assert "w_new is w − eta·dE/dw = 0.4175" in root.reason
    assert "makes E larger" in root.diagnosis[0].text


def test_a_wrong_number_after_a_wrong_update_is_a_second_mistake():
    marking = mark(GIVENS + LOSS + LINEAR + "w_new = w + eta*dE/dw = 0.6000")
    assert [root.word for root in marking.first_mistakes] == ["wrong", "slip"]


def test_the_right_number_after_a_wrong_update_is_right():
    marking = mark(GIVENS + LOSS + LINEAR + "w_new = w + eta*dE/dw = 0.4175")
    assert [verdict.word for verdict in marking.verdicts] == ["wrong", "right"]
    assert "would give 0.5825" in marking.verdicts[1].reason


@pytest.mark.parametrize(
    ("loss", "line"),
    [
        ("a + b", "F = a + c"),
        ("a*b", "F = a + c*b"),
        ("a*b", "total = a - c*b + 2*c"),
        ("(a - b)^2", "g = 2*a + c*2*(a - b)"),
        ("a*b", "a2 = a + c*b"),
    ],
)
def test_a_sum_that_happens_to_be_a_step_is_a_definition(loss, line):
    name = line.split(" = ")[0]
    marking = mark(f"a = 1; b = 2; c = 0.5\nloss: E\nE = {loss}\n{line}\nd{name}/dc = 7")
    assert [verdict.claim.line for verdict in marking.first_mistakes] == [5]


def test_ascent_in_every_update_is_one_mistake():
    names = ("w21", "w23", "b")
    marking = mark(TWO + "\n".join(f"{name}_new = {name} + eta*dE/d{name}" for name in names))
    assert [verdict.word for verdict in marking.verdicts] == ["wrong", "follows", "follows"]
    assert "the same mistake again, as in line 6" in marking.verdicts[2].reason


def test_ascent_that_makes_up_for_the_sign_of_a_gradient_is_not_accused():
    marking = mark(GIVENS + LOSS + LINEAR + "dE/dw = (t - o)*x = -0.825\nw_new = w + eta*dE/dw = 0.4175")
    assert [root.claim.line for root in marking.first_mistakes] == [5]


def test_a_definition_of_the_key_is_no_claim_of_the_answers():
    key = Sheet.parse(GIVENS + LOSS + LINEAR + "w_new = w + eta*dE/dw")
    assert mark("w_new = 0.5825", key=key).ok
    key = Sheet.parse(GIVENS + LOSS + LINEAR + "w_new = w - eta*dE/dw")
    marking = mark("w_new = w + eta*dE/dw = 0.5825", key=key)
    assert [verdict.word for verdict in marking.verdicts] == ["wrong", "follows"]


def test_marking_changes_no_sheet_with_a_wrong_update():
    sheet = Sheet.parse(WRONG["ascent"][0])
    before = sheet.definitions["w_new"].text, list(sheet.claims), list(sheet.events)
    assert not mark(str(WRONG["ascent"][0])).ok
    assert (sheet.definitions["w_new"].text, sheet.claims, sheet.events) == before


# -- Planted in random derivations ------------------------------------------------------------------

UPDATE = re.compile(r"^(?P<new>(?P<w>\w+)_new) = \w+ - eta\*dE/d\w+( = .*)?$")


def with_wrong_update(seed):
    """A correct derivation with one update of it wrong, without its figure: text, line, kind of mistake; or None."""
    dice = random.Random(f"update {seed}")
    lines = planted.correct(seed).text.splitlines()
    rows = [row for row, line in enumerate(lines) if UPDATE.match(line)]
    if len(rows) < 2:
        return None
    row = dice.choice(rows)
    w = UPDATE.match(lines[row])["w"]
    other = dice.choice([UPDATE.match(lines[at])["w"] for at in rows if at != row])
    formula, kind = dice.choice(
        [
            (f"{w} + eta*dE/d{w}", "sign"),
            (f"{w} - dE/d{w}", "a factor left out"),
            (f"{other} - eta*dE/d{w}", "another name"),
            (f"{w} - eta*dE/d{other}", "another gradient"),
            (f"2*{w} - eta*dE/d{w}", "a constant"),
        ]
    )
    lines[row] = f"{w}_new = {formula}"
    return "\n".join(lines) + "\n", row + 1, kind


@pytest.mark.parametrize("seed", range(120))
def test_a_planted_wrong_update_is_the_only_root_and_is_named(seed):
    made = with_wrong_update(seed)
    if made:  # most derivations have two updates
        text, line, kind = made
        found = [(root.claim.line, [mistake.kind for mistake in root.diagnosis]) for root in mark(text).first_mistakes]
        assert found == [(line, [kind])]


def test_most_derivations_have_an_update_that_can_be_wrong():
    assert sum(with_wrong_update(seed) is not None for seed in range(120)) > 80
