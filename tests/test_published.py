"""Derivations that others published, as sheets: the right ones without a false alarm, the wrong ones found.

What is expected is worked out here by hand, in mpmath and without the project. A figure is a slip if
no numbers that round to the figures before it give it, by interval arithmetic; a formula is wrong if
it is not the difference quotient of the network at 30 digits, written out in this file once more.
"""

from functools import lru_cache
from itertools import product
from pathlib import Path

import pytest
from mpmath import diff, exp, fprod, iv, log, mp, mpf, tanh

from autograd.exercises import blank, mark

SHEETS = Path(__file__).parent.parent / "demos" / "sheets" / "published"


@lru_cache
def marking(name):
    return mark(SHEETS / f"{name}.sheet")


def row(verdict):
    """About what, the claim as written, the verdict, and the kind of mistake if one is named."""
    claim = verdict.claim
    return claim.about, claim.segment.text, verdict.word, verdict.diagnosis[0].kind if verdict.diagnosis else None


RIGHT = [
    "cost_question",
    "cs231n",
    "error_terms",
    "micrograd",
    "saturation_question",
]

COPIED = "∂E_total/∂out_h1 · ∂out_h1/∂net_h1 · ∂net_h1/∂w5"
NO_WEIGHTS = (
    "d(s(s(I*w1 + 1)*w2 + 1)*w4 + s(s(I*w1 + 1)*w3 + 1)*w5 + 1)"
    "*((d(s(I*w1 + 1)*w2 + 1)*d(I*w1 + 1)*I) + (d(s(I*w1 + 1)*w3 + 1)*d(I*w1 + 1)*I))"
)

ROOTS = {
    "geeksforgeeks": [
        ("y3", "0.56", "slip", None),
        ("a3", "0.702", "slip", None),
        ("δ4", "0.59·(1 - 0.59)·(0.9×(-0.0376))", "slip", "a figure"),
        ("δ4", "-0.0819", "slip", "decimal point"),
        ("Δw11", "0.000945", "slip", "sign"),
        ("w12_new", "0.273225", "slip", None),
        ("w13_new", "0.086615", "slip", None),
        ("w21_new", "0.269445", "slip", None),
        ("w22_new", "0.18534", "slip", None),
    ],
    "han_kamber": [("O5", "1/(1 + e^0.1)", "slip", "sign")],
    "macleod": [
        ("δ1", "-0.0406×0.272392×(1 - 0.68)×0.68", "slip", "the updated weight"),
        ("δ2", "-0.0406×0.87305×(1 - 0.6637)×0.6637", "slip", "the updated weight"),
        ("w6_new", "0.5928", "slip", "truncated"),
    ],
    "mazur": [("dE_o2/dout_h1", "-0.019049119", "slip", "rounded up")],
    "mazur_translated": [
        ("out_o1", "1/(1 + e^(-1.1059059067))", "slip", "a figure"),
        ("dE_total/dw5", COPIED, "wrong", "no path"),
        ("dE_total/dw5", "0.036350306 * 0.241300709 * 0.05", "slip", "another gradient"),
        ("dE_total/dw5", "0.000433568", "slip", "a digit"),
        ("dE_o2/dout_h1", "-0.01904919", "slip", None),
        ("w1_new", "0.15 - 0.15 * 0.000438568", "slip", "another name"),
    ],
    "missing_weights": [("dO/dw1", NO_WEIGHTS, "wrong", None)],
    "nn_from_scratch": [("δ3[1]", "y[k] - ŷ[k]", "wrong", "sign")],
    "one_neuron": [("dLoss/dz", "-0.1360", "slip", "truncated")],
    "postnetwork_softmax": [
        ("z4", "0.185", "slip", None),
        ("dL/dw8", "(ŷ1 - y1)*a2", "wrong", "another gradient"),
        ("dL/dw9", "(ŷ2 - y2)*a1", "wrong", "another gradient"),
    ],
    "rnn": [
        ("dE/dŷ", "y - ŷ", "wrong", "sign"),
        ("dE/dW", "∂E/∂ŷ·∂ŷ/∂h3·∂h3/∂h2·∂h2/∂h1·∂h1/∂W", "wrong", "a path left out"),
        ("dE/dU", "∂E/∂ŷ·∂ŷ/∂h3·∂h3/∂h2·∂h2/∂U", "wrong", "a path left out"),
    ],
    "sigmoid_sign": [("dy/dx", "-e^-x/(1 + e^-x)²", "wrong", "sign")],
    "softmax_question": [("dL/do[1]", "-(y[1]*(1 - p[1]) + -p[2]*y[2] + -p[3]*y[3])", "wrong", None)],
    "ufldl": [
        ("dJ/dz2[1]", "sum((y[j] - f(z3[j]))·f'(z3[j])·∂z3[j]/∂z2[i] for j in 1..2)", "wrong", "sign"),
    ],
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_derivation_has_no_false_alarm(name):
    assert {verdict.word for verdict in marking(name).verdicts} <= {"right", "rounded"}
    assert len(marking(name).verdicts) >= 3


@pytest.mark.parametrize("name", ROOTS)
def test_the_mistakes_of_a_derivation_are_exactly_these(name):
    assert [row(root) for root in marking(name).first_mistakes] == ROOTS[name]


@pytest.mark.parametrize("name", ROOTS)
def test_what_follows_from_a_mistake_names_a_root(name):
    roots = {(root.claim.line, root.claim.place.column) for root in marking(name).first_mistakes}
    for verdict in marking(name).verdicts:
        assert all((claim.line, claim.place.column) in roots for claim in verdict.origins)


def test_every_sheet_is_expected_here_and_described_in_the_readme():
    readme = (SHEETS / "README.md").read_text(encoding="utf-8")
    there = sorted(path.stem for path in SHEETS.glob("*.sheet"))
    assert there == sorted([*RIGHT, *ROOTS])
    assert [line.split("`")[1] for line in readme.splitlines() if line.startswith("| `")] == [
        f"{name}.sheet" for name in there
    ]


# -- The mistakes, worked out by hand -----------------------------------------------------------


def figure(text):
    """All that a written figure stands for: half a unit of its last digit either way."""
    mantissa, _, exponent = text.partition("e")
    half = mpf(10) ** (int(exponent or 0) - len(mantissa.partition(".")[2])) / 2
    return iv.mpf([mpf(text) - half, mpf(text) + half])


def sigmoid(x):
    return 1 / (1 + exp(-x))


def σ(interval):
    return 1 / (1 + iv.exp(-interval))


def apart(a, b):
    return a.b < b.a or b.b < a.a


HALF = figure("0.5")
Y_PRED = sigmoid(mpf("-0.2"))
SLIPS = {
    # the sigmoid of 0.21 is 0.5523
    ("geeksforgeeks", "y3"): ("0.56", σ(figure("0.21"))),
    # 0.3·0.56 + 0.9·0.58 is 0.69, and 0.702 with 0.57 and 0.59
    ("geeksforgeeks", "a3"): ("0.702", iv.mpf("0.3") * figure("0.56") + iv.mpf("0.9") * figure("0.58")),
    # y4 was said to be 0.578: no number that rounds to 0.578 rounds to 0.59
    ("geeksforgeeks", "y4"): ("0.59", figure("0.578")),
    # 0.59·0.41·0.9·(-0.0376) is -0.0082
    ("geeksforgeeks", "δ4"): (
        "-0.0819",
        figure("0.59") * (1 - figure("0.59")) * iv.mpf("0.9") * figure("-0.0376"),
    ),
    # a negative number times a positive one is negative
    ("geeksforgeeks", "Δw11"): ("0.000945", figure("-0.0027") * iv.mpf("0.35")),
    # what the article's own δ give, -0.0819 and -0.0376 and -0.0027
    ("geeksforgeeks", "w12_new"): ("0.273225", figure("-0.0819") * iv.mpf("0.35") + iv.mpf("0.3")),
    ("geeksforgeeks", "w13_new"): ("0.086615", figure("-0.0376") * figure("0.56") + iv.mpf("0.3")),
    ("geeksforgeeks", "w21_new"): ("0.269445", figure("-0.0027") * iv.mpf("0.7") + iv.mpf("0.2")),
    ("geeksforgeeks", "w22_new"): ("0.18534", figure("-0.0819") * iv.mpf("0.7") + iv.mpf("0.3")),
    # σ(0.1) is 0.525, and 1/(1 + e^0.1) is 0.475
    ("han_kamber", "O5"): ("0.475", σ(iv.mpf("0.1"))),
    # with the weight as it was, 0.3 and 0.9, δ1 is -0.0026 to -0.0027 and δ2 is -0.0081 to -0.0082
    ("macleod", "δ1"): ("-2.406e-3", figure("-0.0406") * iv.mpf("0.3") * (1 - figure("0.68")) * figure("0.68")),
    ("macleod", "δ2"): ("-7.912e-3", figure("-0.0406") * iv.mpf("0.9") * (1 - figure("0.6637")) * figure("0.6637")),
    # 0.6 - 0.0071244 is 0.5928756
    ("macleod", "w6_new"): ("0.5928", iv.mpf("0.6") + figure("-7.916e-3") * iv.mpf("0.9")),
    # (out_o2 - 0.99)·out_o2·(1 - out_o2)·w7 is -0.0190491183
    ("mazur", "dE_o2/dout_h1"): (
        "-0.019049119",
        (figure("0.772928465") - iv.mpf("0.99")) * figure("0.772928465") * (1 - figure("0.772928465")) * iv.mpf("0.5"),
    ),
    ("mazur_translated", "dE_o2/dout_h1"): (
        "-0.01904919",
        (figure("0.772928465") - iv.mpf("0.99")) * figure("0.772928465") * (1 - figure("0.772928465")) * iv.mpf("0.5"),
    ),
    # a 0 has slipped into 1.105905967
    ("mazur_translated", "net_o1"): ("1.1059059067", figure("1.105905967")),
    ("mazur_translated", "out_o1"): ("0.75136506", σ(figure("1.105905967"))),
    # 0.036350306·0.241300709·0.05 is 0.000438568, and that is ∂E/∂w1: ∂E/∂w5 is 0.082167041
    ("mazur_translated", "0.000438568"): (
        "0.000433568",
        figure("0.036350306") * figure("0.241300709") * iv.mpf("0.05"),
    ),
    ("mazur_translated", "dE_total/dw5"): (
        "0.000438568",
        figure("0.74136507") * figure("0.186815602") * figure("0.593269992"),
    ),
    # the rate is 0.5: 0.15 - 0.5·0.000438568 is 0.149780716
    ("mazur_translated", "w1_new"): ("0.149934215", iv.mpf("0.15") - iv.mpf("0.5") * figure("0.000438568")),
    # -0.1·0.426 + 0.2·0.5 + 0.1 is 0.1574
    ("postnetwork_softmax", "z4"): ("0.185", iv.mpf("-0.1") * figure("0.426") + iv.mpf("0.2") * HALF + iv.mpf("0.1")),
}


@pytest.mark.parametrize(("sheet", "about"), SLIPS)
def test_no_numbers_that_round_to_the_figures_before_give_the_one_that_is_called_a_slip(sheet, about):
    written, possible = SLIPS[sheet, about]
    assert apart(figure(written), possible)


# Arithmetic in figures: each figure as it is written, or as it was before it was rounded.
PRODUCTS = {
    # y_pred is σ(-0.2): -0.5498·0.2475 is -0.136076, and with all digits -0.136093
    ("one_neuron", "dLoss/dz"): ("-0.1360", [("-0.5498", Y_PRED - 1), ("0.2475", Y_PRED * (1 - Y_PRED))]),
}


@pytest.mark.parametrize(("sheet", "about"), PRODUCTS)
def test_no_choice_of_written_and_unrounded_figures_gives_a_product_that_is_called_a_slip(sheet, about):
    written, factors = PRODUCTS[sheet, about]
    for chosen in product(*[(mpf(text), exact) for text, exact in factors]):
        assert apart(figure(written), iv.mpf(fprod(chosen)))


# Networks once more, as functions of the one variable that a claim is about; made-up numbers are others here.


def mazur(w5):
    h1, h2 = mpf("0.593269992"), mpf("0.596884378")
    o1, o2 = sigmoid(w5 * h1 + mpf("0.45") * h2 + mpf("0.6")), sigmoid(h1 / 2 + mpf("0.55") * h2 + mpf("0.6"))
    return (mpf("0.01") - o1) ** 2 / 2 + (mpf("0.99") - o2) ** 2 / 2


def three_layers(w1):
    first = sigmoid(w1 + 1)
    return sigmoid(sigmoid(first / 2 + 1) / 2 + sigmoid(first / 2 + 1) / 2 + 1)


def without_weights(w1):
    def d(x):
        return sigmoid(x) * (1 - sigmoid(x))

    first = sigmoid(w1 + 1)
    inner = d(first / 2 + 1) * d(w1 + 1)
    return d(sigmoid(first / 2 + 1) + 1) * (inner + inner)


def cross_entropy(scores, target):
    whole = sum(exp(score) for score in scores)
    return -sum(y * log(exp(score) / whole) for y, score in zip(target, scores))


SCORES, TARGET = (mpf("0.3"), mpf("-0.4"), mpf("0.9")), (mpf("0.2"), mpf("0.5"), mpf("0.3"))
P = [exp(score) / sum(exp(each) for each in SCORES) for score in SCORES]

A1, A2 = sigmoid(mpf("-0.3")), mpf("0.5")


def postnetwork(w8, w9):
    return cross_entropy((mpf("0.3") * A1 + w9 * A2 + mpf("0.1"), w8 * A1 + mpf("0.2") * A2 + mpf("0.1")), (1, 0))


def rnn(w, u):
    h1 = tanh(w * mpf("0.2"))
    h2 = tanh(w * mpf("0.3") + u * h1)
    return (7 - 2 * tanh(w * mpf("0.4") + u * h2)) ** 2 / 2


def one_path(w, u):
    """What the notebook multiplies, with the sign that its ∂loss/∂ŷ has: ∂h3/∂h2·∂h2/∂h1 and ∂h3/∂h2."""
    h1 = tanh(w * mpf("0.2"))
    h2 = tanh(w * mpf("0.3") + u * h1)
    h3 = tanh(w * mpf("0.4") + u * h2)
    above = (2 * h3 - 7) * 2 * (1 - h3**2) * u
    return above * (1 - h2**2) * u * (1 - h1**2) * mpf("0.2"), above * (1 - h2**2) * h1


def two_layers(z2):
    """½ (0.8 - σ(0.6 σ(z)))², and its derivative by the wiki's line."""
    return (mpf("0.8") - sigmoid(mpf("0.6") * sigmoid(z2))) ** 2 / 2


def by_the_wiki(z2):
    z3 = mpf("0.6") * sigmoid(z2)
    inner = mpf("0.6") * sigmoid(z2) * (1 - sigmoid(z2))
    return (mpf("0.8") - sigmoid(z3)) * sigmoid(z3) * (1 - sigmoid(z3)) * inner


X = mpf("0.7")
P_HAT = [exp(score) / (exp(mpf("0.4")) + exp(mpf("-0.2"))) for score in (mpf("0.4"), mpf("-0.2"))]

WRONG = {  # the derivative, what was written for it, and what was written over the derivative, where that is a number
    ("mazur_translated", "dE_total/dw5"): (lambda: diff(mazur, mpf("0.4")), lambda: mpf(0), 0),
    ("missing_weights", "dO/dw1"): (
        lambda: diff(three_layers, mpf("0.5")),
        lambda: without_weights(mpf("0.5")),
        4,
    ),
    ("nn_from_scratch", "δ3[1]"): (
        lambda: diff(lambda z: cross_entropy((z, mpf("-0.2")), (1, 0)), mpf("0.4")),
        lambda: 1 - P_HAT[0],
        -1,
    ),
    ("postnetwork_softmax", "dL/dw8"): (
        lambda: diff(lambda w: postnetwork(w, mpf("0.4")), mpf("-0.1")),
        lambda: diff(lambda w: postnetwork(mpf("-0.1"), w), mpf("0.4")),  # (ŷ1 - y1)·a2 is that of w9
        None,
    ),
    ("postnetwork_softmax", "dL/dw9"): (
        lambda: diff(lambda w: postnetwork(mpf("-0.1"), w), mpf("0.4")),
        lambda: diff(lambda w: postnetwork(w, mpf("0.4")), mpf("-0.1")),
        None,
    ),
    ("rnn", "dE/dŷ"): (lambda: diff(lambda o: (7 - o) ** 2 / 2, X), lambda: 7 - X, -1),
    ("rnn", "dE/dW"): (lambda: diff(lambda w: rnn(w, X), X), lambda: one_path(X, X)[0], None),
    ("rnn", "dE/dU"): (lambda: diff(lambda u: rnn(X, u), X), lambda: one_path(X, X)[1], None),
    ("sigmoid_sign", "dy/dx"): (lambda: diff(sigmoid, X), lambda: -exp(-X) / (1 + exp(-X)) ** 2, -1),
    ("softmax_question", "dL/do[1]"): (
        lambda: diff(lambda o: cross_entropy((o, *SCORES[1:]), TARGET), SCORES[0]),
        lambda: sum(p * y for p, y in zip(P, TARGET)) - TARGET[0],
        None,
    ),
    ("ufldl", "dJ/dz2[1]"): (lambda: diff(two_layers, X), lambda: by_the_wiki(X), -1),
}


@pytest.mark.parametrize(("sheet", "about"), WRONG)
def test_a_formula_that_is_called_wrong_is_not_the_difference_quotient(sheet, about):
    derivative, formula, ratio = WRONG[sheet, about]
    with mp.workdps(30):
        assert abs(derivative() - formula()) > mpf("1e-4")
        if ratio is not None:
            assert abs(formula() - ratio * derivative()) < mpf("1e-12")


def test_every_root_was_worked_out_by_hand():
    by_hand = {(sheet, about) for sheet, about in [*SLIPS, *PRODUCTS, *WRONG]}
    assert {(name, root[0]) for name, roots in ROOTS.items() for root in roots} <= by_hand


def test_the_softmax_question_is_right_in_the_end_and_its_answer_too():
    with mp.workdps(30):
        derivative = diff(lambda o: cross_entropy((o, *SCORES[1:]), TARGET), SCORES[0])
        assert abs(derivative - (P[0] - TARGET[0])) < mpf("1e-12")
    assert [verdict.word for verdict in marking("softmax_question").verdicts][-5:] == ["right"] * 5


@pytest.mark.parametrize("name", [*RIGHT, *ROOTS])
def test_a_published_sheet_can_be_worked_out_anew(name):
    empty = mark(blank((SHEETS / f"{name}.sheet").read_text(encoding="utf-8")))
    assert {verdict.word for verdict in empty.verdicts} == {"unanswered"}


def test_answers_on_lines_that_go_on_are_taken_out_with_them():
    assert blank("x = 3\ny = 2*x\n  = 6\n  = 6.0  # twice\nz = y*x = 18\n  = 18.0; u = x\n") == (
        "x = 3\ny = 2*x\n  = ?\n         # twice\nz = y*x = ?\n  u = x\n"
    )
    assert blank("x = 3\ny = 2*x = 6\n  = 6.0\nz = x") == "x = 3\ny = 2*x = ?\nz = x"


# -- What marking learned from them -------------------------------------------------------------

SOFTMAX = """
z1 = 0.4; z2 = -0.2; y1 = {}; y2 = {}
p1 = e^z1/(e^z1 + e^z2)
L = -(y1*ln(p1) + y2*ln(1 - p1))
dL/dz1 = p1 - y1
"""


def test_softmax_less_a_class_is_right_where_the_target_is_one_class():
    assert mark(SOFTMAX.format(1, 0)).ok
    assert mark(SOFTMAX.format(0, 1)).ok
    assert not mark(SOFTMAX.format(1, 1)).ok  # two classes at once: Σy is no 1
    assert not mark(SOFTMAX.format(1, 0).replace("p1 - y1", "p1 - y2")).ok


def test_a_figure_copied_digit_for_digit_is_the_whole_explanation():
    for name, about in [("mazur_translated", "w1_new"), ("macleod", "δ1"), ("macleod", "δ2")]:
        (root,) = [root for root in marking(name).first_mistakes if str(root.claim.subject) == about]
        assert {mistake.kind for mistake in root.diagnosis} == {row(root)[3]}


def test_a_figure_that_is_nobodys_is_no_product_of_two_others():
    text = (SHEETS / "macleod.sheet").read_text(encoding="utf-8").replace("×0.272392×(1", "×0.2722×(1")
    root = next(root for root in mark(text).first_mistakes if root.claim.subject.name == "δ1")
    assert str(root.diagnosis[0]) == "0.2722 stands where w1 = 0.3 belongs"


def test_an_input_of_one_is_still_missed_where_it_is_left_out():
    text = "x1 = 1; x2 = 0; w1 = 0.3; w2 = 0.7; z = w1*x1 + w2*x2; E = z^2; dE/dw1 = 2*z{}"
    assert mark(text.format("*x1")).ok
    assert [root.diagnosis[0].text for root in mark(text.format("")).first_mistakes] == ["the factor x1 is left out"]


def test_the_same_miscopied_figure_is_one_mistake_however_often_it_is_used():
    text = """x = 0.73; v = -0.47; h = tanh(x) = 0.62307
y = v*h = -0.47*0.62307 = -0.29284
E = y^2
dE/dv = 2*y*h = 2*(-0.29284)*0.63207 = -0.37019
dE/dh = 2*y*v = 2*(-0.29284)*(-0.47) = 0.27527
u = 3*h = 3*0.63207 = 1.89621
"""
    assert [(root.claim.line, root.diagnosis[0].text) for root in mark(text).first_mistakes] == [
        (4, "0.63207 stands where h = 0.62307 belongs")
    ]
    assert mark(text).verdicts[-1].origins[0].line == 4
