"""Numbers judged by the writer's own figures: exact ones, arithmetic in figures, short formulas, later figures.

What each line should be is worked out in the comments, by hand.
"""

import re

import planted
import planted_digits
import pytest
from strategies import some

from autograd import mark
from autograd.marking.marker import Marker
from autograd.sheet import Sheet


def words(text, **options):
    return [verdict.word for verdict in mark(text, **options).verdicts]


def last(text, **options):
    return mark(text, **options).verdicts[-1]


def roots(text, **options):
    return [root.claim.line for root in mark(text, **options).first_mistakes]


# -- A figure that is exact has no interval ---------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "wrong", "right"),
    [
        ("b = 1/a", "8.0", "8.3"),  # 1/0.12 is 8.333
        ("b = a^2", "0.015", "0.014"),  # 0.0144
        ("b = exp(10*a)", "3.4", "3.3"),  # e^1.2 is 3.3201
        ("b = 100*a - 11.5", "0.6", "0.5"),  # 12 − 11.5
        ("b = sigmoid(a)", "0.531", "0.530"),  # σ(0.12) is 0.52996
        ("b = ln(a)", "-2.10", "-2.12"),  # −2.1203
    ],
)
def test_an_exact_figure_has_no_interval(line, wrong, right):
    head = "x = 0.3; w = 0.4\na = w*x = 0.12\n"
    assert last(f"{head}{line} = {wrong}").word == "slip"
    assert last(f"{head}{line} = {right}").word == "right"


def test_a_rounded_figure_has_its_interval():
    # 0.31·0.41 is 0.1271: 0.13 is rounded, 1/0.13 is 7.7 and 1/0.1271 is 7.9
    head = "x = 0.31; w = 0.41\na = w*x = 0.13\nb = 1/a = "
    assert [last(head + number).word for number in ("7.7", "7.9", "8.3")] == ["rounded", "right", "slip"]


def test_an_exact_figure_stays_exact_when_it_is_written_in_arithmetic():
    head = "x = 0.3; w = 0.4; y = 0.5\na = w*x = 0.3*0.4 = 0.12\nb = a*y = 0.12*0.5 = "
    assert [last(head + number).word for number in ("0.06", "0.0600", "0.0602")] == ["right", "right", "slip"]


def test_what_follows_from_an_inexact_figure_is_not_exact_although_it_has_the_right_digits():
    # h is 0.26894 by its own digits, not σ(−1) to the last one: a difference of 1e-5 further down is rounding
    text = "x = -1\nh = sigmoid(x) = 0.26894\ny = 100000*h = 26894.0"
    assert words(text) == ["right", "rounded"]


@pytest.mark.parametrize("make", [planted_digits.correct, planted_digits.solution])
def test_wrong_third_and_fourth_digits_are_found(make):
    sheets = some(150)
    for place, least in ((3, 150), (4, 25)):  # one in so many may be missed
        missed, count = planted_digits.missed(make, range(sheets), place)
        assert count > 0.93 * sheets
        assert len(missed) <= count / least, missed


# -- Arithmetic written in figures ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("-1.396", "rounded"),  # −2.244·0.622 as written is −1.39577
        ("-1.395", "right"),  # −2.24385·0.62164 is −1.39487
        ("-1.394", "slip"),
        ("-1.397", "slip"),
        ("-1.39", "right"),
        ("-1.40", "rounded"),
        ("-1.41", "slip"),
    ],
)
def test_arithmetic_takes_each_figure_as_written_or_unrounded(number, word):
    text = "z = 0.4965; y = -4.4877\na = σ(z) = 0.622\nq = y/2 = -2.244\np = q*a = -2.244*0.622 = "
    assert last(text + number).word == word


@pytest.mark.parametrize(
    ("arithmetic", "rounded", "wrong"),
    [
        # h is σ(0.4) = 0.598688, written 0.5987
        ("0.5987*(1 - 0.5987)", "0.24026", "0.24028"),  # 0.240258 and 0.240261
        ("0.5987^2", "0.3584", "0.3585"),  # 0.35844 and 0.35843
        ("0.5987/3", "0.19957", "0.19958"),  # 0.199567 and 0.199563
        ("2*0.5987 - 1", "0.1974", "0.1975"),  # 0.1974 and 0.197375: both are 0.1974 with four decimals
        ("-0.5987*0.5", "-0.29935", "-0.29938"),  # −0.29935 and −0.299344
    ],
)
def test_a_slip_in_the_last_digit_of_arithmetic_is_found(arithmetic, rounded, wrong):
    formula = arithmetic.replace("0.5987", "h")
    text = f"z = 0.4\nh = σ(z) = 0.5987\ny = {formula} = {arithmetic} = "
    assert last(text + rounded).word in ("right", "rounded")
    assert last(text + wrong).word == "slip"
    assert "cut off" not in str(mark(text + "0.9").first_mistakes[0].diagnosis)


def test_a_figure_that_comes_from_rounded_ones_may_have_been_any_number_between():
    # h is 0.5987, unrounded 0.598688; 10·h may be 5.987 or 5.98688, written 5.99; 5.99·0.5 is 2.995
    text = "z = 0.4\nh = σ(z) = 0.5987\nu = 10*h = 5.99\ny = u/2 = 5.99/2 = "
    assert [last(text + number).word for number in ("2.9950", "2.9935", "2.9934", "2.9942")] == [
        "rounded",
        "rounded",
        "right",
        "slip",
    ]


def test_two_figures_with_the_same_number_are_told_apart():
    # a is 0.6737 and b is 0.6744: a + b − 1.28 is 0.0681, and 0.068 with the figures as written
    text = """u = 0.6737; v = 0.6744
a = tanh(ln((1 + u)/(1 - u))/2) = 0.674
b = tanh(ln((1 + v)/(1 - v))/2) = 0.674
y = a - 0.68 + (b - 0.6) = 0.674 - 0.68 + (0.674 - 0.6) = 0.0681
d = b - a = 0.674 - 0.674 = 0.0007"""
    assert set(words(text)) <= {"right", "rounded"}


@pytest.mark.parametrize(
    "text",
    [
        "σ(0.56)*(1-σ(0.56)) ≈ 0.64*(1 - 0.64) = 0.23",
        "y = σ(0.56)*(1-σ(0.56)) = 0.64*(1 - 0.64) = 0.23",
        "z = 0.56\nh = σ(z)\ndh/dz = h*(1 - h) = 0.64*0.36 = 0.23",
        "y = 1/3 + 2/7 = 0.33 + 0.29 = 0.62",
        "y = tanh(0.5)*(1 - tanh(0.5)^2) = 0.46*(1 - 0.46^2) = 0.36",
        "y = sqrt(2)*sqrt(3) = 1.4*1.7 = 2.4",
        "y = 0.4*0.37 + 0.2*0.9 = 0.15 + 0.18 = 0.33",
        "y = e^-0.36*3 = 0.70*3 = 2.1",
    ],
)
def test_a_two_digit_number_that_was_worked_out_is_a_figure(text):
    assert "rounded" in words(text)
    assert set(words(text)) <= {"right", "rounded"}


@pytest.mark.parametrize(
    "text",
    [
        "y = σ(0.56)*(1-σ(0.56)) = 0.63*(1 - 0.63) = 0.23",  # σ(0.56) is 0.636
        "y = 1/3 + 2/7 = 0.33 + 0.28 = 0.61",  # 2/7 is 0.286
        "y = 0.25*8 + 0.3 = 0.26*8 + 0.3 = 2.38",  # 0.25 is given, and not rounded
        "y = 0.5*3 = 0.51*3 = 1.53",
    ],
)
def test_a_two_digit_number_that_rounds_nothing_is_none(text):
    assert words(text)[0] == "slip"


@pytest.mark.parametrize("seed", range(1000, 1150))
def test_correct_derivations_with_much_arithmetic_have_no_slip(seed):
    assert roots(planted.correct(seed).text) == []


# -- Figures only: any usual form of the derivative -------------------------------------------------

SOFTMAX = """z1 = 0.2; z2 = 1.1
e1 = exp(z1) = 1.2214
e2 = exp(z2) = 3.0042
S = e1 + e2 = 4.2256
p1 = e1/S = 0.2890
p2 = e2/S = 7.110
E = -log(p2) = -1.9615
dE/dz1 = 0.2890
dE/dz2 = 6.110
"""


def test_softmax_in_figures_only_has_one_root():
    marking = mark(SOFTMAX)
    found = [(verdict.claim.line, verdict.word) for verdict in marking.verdicts[4:]]
    assert found == [(6, "slip"), (7, "follows"), (8, "rounded"), (9, "follows")]
    assert [claim.line for claim in marking.verdicts[-1].origins] == [6]


@pytest.mark.parametrize(
    ("text", "root"),
    [
        # o − t of a sigmoid with the cross entropy, from p = 6.225 for 0.6225
        ("z = 0.5; y = 0\np = sigmoid(z) = 6.225\nL = -ln(1 - p)\ndL/dz = 6.225", 2),
        ("z = 0.5; y = 1\np = sigmoid(z) = 0.6252\nL = -y*ln(p) - (1 - y)*ln(1 - p)\ndL/dz = -0.3748", 2),
        # times the input
        ("x = 0.5; w = 0.8; y = 0\nz = w*x\np = σ(z) = 0.9587\nL = -ln(1 - p)\ndL/dw = 0.4794", 3),
        # p·(1 − p) and −p1·p2, by p2 = 0.3979 for 0.3799
        ("z1 = 0.21; z2 = -0.28\nS = e^z1 + e^z2\np1 = e^z1/S = 0.6201\np2 = e^z2/S = 0.3979\ndp2/dz2 = 0.2396", 4),
        # w1·p1 + w2·(p2 − 1), by p1 = 0.5695 for 0.5964
        (
            """h = 0.558; w1 = 0.3; w2 = -0.4; y1 = 0; y2 = 1
z1 = w1*h; z2 = w2*h; S = e^z1 + e^z2
p1 = e^z1/S = 0.5695
p2 = e^z2/S = 0.4036
L = -y1*ln(p1) - y2*ln(p2)
dL/dw1 = 0.3178""",
            3,
        ),
    ],
)
def test_a_bare_figure_follows_by_any_usual_form(text, root):
    assert roots(text) == [root]
    assert last(text).word == "follows"


def test_a_bare_figure_that_no_form_gives_is_a_slip():
    assert roots(SOFTMAX.replace("6.110", "6.010")) == [6, 9]


# -- A figure may be written below the line that uses it --------------------------------------------

STEP = "x = 0.5; w = 0.8; t = 0.3\nE = (w*x - t)^2\n"  # dE/dw is 0.1, w − 0.5·0.08 is 0.76


@pytest.mark.parametrize(
    ("text", "root"),
    [
        (STEP + "w_new = w - 0.5*dE/dw = 0.76\ndE/dw = 0.08", 4),
        (STEP + "dE/dw = 0.08\nw_new = w - 0.5*dE/dw = 0.76", 3),
        (STEP + "w_new = w - 0.5*dE/dw = 0.8 - 0.5*0.08 = 0.76\ndE/dw = 0.08", 4),
        (STEP + "w_new = w - 0.5*dE/dw\nw_new = 0.76\ndE/dw = 0.08", 5),
        (STEP + "w_new = w - 0.5*dE/dw = 0.775\ndE/dw = (w*x - t)*x = 0.05", 4),
        (STEP + "w_new = w - 0.5*dE/dw = 0.775\ndE/dw = (w*x - t)*x", 4),
        (STEP + "w_new = w - 0.5*dE/dw = 0.76\nu = 2*w_new = 1.52\ndE/dw = 0.08", 5),
        ("x = 0.5; w = 0.8; t = 0.3\no = w*x\nE = (o - t)^2 = 0.04\no = 0.5", 4),
        ("x = 0.5; w = 0.8; t = 0.3\no = w*x\nE = (o - t)^2\ndE/dw = 0.05\ndE/do = 0.1", 5),
        (STEP.replace("w*x - t", "o - t").replace("\nE", "\no = w*x\nE") + "w_new = w - 0.5*dE/dw = 0.775\n"
         + "dE/dw = dE/do*x = 0.05\ndE/do = 0.1", 6),
        # a circle has one root, the first line of it
        (STEP + "w_new = w - 0.5*dE/dw = 0.76\nd = w - w_new = 0.04\ndE/dw = d/0.5 = 0.08", 3),
    ],
)  # fmt: skip
def test_a_slip_and_what_follows_from_it_in_either_order(text, root):
    marking = mark(text)
    assert [mistake.claim.line for mistake in marking.first_mistakes] == [root]
    for verdict in marking.verdicts:
        assert verdict.word != "follows" or [claim.line for claim in verdict.origins] == [root]
        assert verdict.word != "follows" or f"line {root}" in verdict.reason


def test_two_slips_are_two_in_either_order():
    assert roots(STEP + "w_new = w - 0.5*dE/dw = 0.71\ndE/dw = 0.08") == [3, 4]
    assert roots(STEP + "dE/dw = 0.08\nw_new = w - 0.5*dE/dw = 0.71") == [3, 4]


def test_a_later_figure_explains_nothing_where_it_is_right():
    assert roots(STEP + "w_new = w - 0.5*dE/dw = 0.76\ndE/dw = 0.10") == [3]


def test_rounding_is_carried_upwards_too():
    # dE/dw is 0.0678, written 0.07; 0.81 − 0.5·0.07 is 0.7750, and 0.7761 without rounding
    text = "x = 0.53; w = 0.81; t = 0.3653\nE = (w*x - t)^2\nw_new = w - 0.5*dE/dw = 0.7750\ndE/dw = 0.07"
    assert words(text) == ["rounded", "right"]


def test_a_slip_that_is_judged_in_advance_is_judged_by_the_later_figures_alone():
    # h is 0.495: 3·h is 1.485 by the definition, and 1.530 by the 0.51 below it
    marker = Marker(Sheet.parse("x = 0.3; h = x^2*5.5; y = 3*h = 1.900\nh = 0.51"))
    slip, later = marker.sheet.claims
    for name in marker.sheet.definitions:
        marker.define(name)
    verdicts = [marker.judge(slip), marker.judge_as_if(slip, [later]), marker.judge(slip)]
    assert [verdict.own for verdict in verdicts] == pytest.approx([1.485, 1.53, 1.485])
    assert ["1.530" in verdict.reason for verdict in verdicts] == [False, True, False]


def test_a_number_is_no_copy_of_one_below_it():
    text = "z = 0.4\nh = σ(z)\nh*(1 - h) = 0.2430\ny = 2*h = 1.1974\ndh/dz = 0.2430"
    assert roots(text) == [3]  # 0.2403; line 5 follows


def upside_down(written):
    """The definitions of a sheet, then its claims from the last to the first, with their lines as they were."""
    definitions, claims = [], []
    for number, line in enumerate(written.text.splitlines(), start=1):
        name, *members = line.split(" = ")
        if not members or ";" in line or line.startswith("#"):
            definitions.append(line)
        elif re.match(r"d\w+/d", name):
            claims.append((number, line))
        else:
            definitions.append(f"{name} = {members[0]}")
            if members[1:]:
                claims.append((number, " = ".join([name, *members[1:]])))
    lines = [0] * len(definitions) + [number for number, _ in reversed(claims)]
    return "\n".join([*definitions, *(claim for _, claim in reversed(claims))]), lines


@pytest.mark.parametrize("seed", [seed for seed in range(90) if planted.planted(seed).where != "formula"])
def test_the_root_is_the_same_when_a_derivation_stands_upside_down(seed):
    written = planted.planted(seed)
    text, lines = upside_down(written)
    assert {lines[line - 1] for line in roots(text)} == {written.line}


# -- One wrong number behind several slips ----------------------------------------------------------

KEY = """x1 = 0.5; x2 = 0.3; w1 = 0.8; w2 = 0.4; b = 0.1; v = 0.3; c = 0.2; t = 0.3; eta = 0.5
h = tanh(w1*x1 + w2*x2 + b)
o = v*h + c
E = (o - t)^2/2
loss: E
w1_new = w1 - eta*dE/dw1
w2_new = w2 - eta*dE/dw2
b_new = b - eta*dE/db
v_new = v - eta*dE/dv
c_new = c - eta*dE/dc
"""
UPDATED = ("w1_new", "w2_new", "b_new", "v_new", "c_new")


def results(rate, key=KEY, digits=5):
    values = Sheet.parse(key.replace("eta = 0.5", f"eta = {rate}").replace("0.5*dE", f"{rate}*dE")).evaluate().values
    return "\n".join(f"{name} = {values[name].data:.{digits}f}" for name in UPDATED)


@pytest.mark.parametrize("rate", [0.1, 0.05, 5, -0.5, 0.25, 1])
@pytest.mark.parametrize("key", [KEY, KEY.replace("; eta = 0.5", "").replace("eta*", "0.5*")])
def test_one_wrong_rate_in_a_sheet_of_results_is_one_root(rate, key):
    marking = mark(results(rate, key), key=Sheet.parse(key))
    assert [verdict.word for verdict in marking.verdicts] == ["slip", *["follows"] * 4]
    assert all("the same mistake again, as in line 1" in verdict.reason for verdict in marking.verdicts[1:])
    shown = f"eta = {rate:g}" if "eta" in key else f"{rate / 0.5:g} times as long"
    assert all(shown.replace("-", "−") in verdict.reason for verdict in marking.verdicts[1:])


def test_one_wrong_rate_below_its_gradients_is_one_root():
    text = """x1 = 0.5; x2 = 0.3; w1 = 0.8; w2 = 0.4; b = 0.1; t = 0.3; eta = 0.5
o = w1*x1 + w2*x2 + b = 0.62
E = (o - t)^2/2 = 0.0512
loss: E
dE/dw1 = 0.16
dE/dw2 = 0.096
dE/db = 0.32
w1_new = w1 - eta*dE/dw1 = 0.784
w2_new = w2 - eta*dE/dw2 = 0.3904
b_new = b - eta*dE/db = 0.068"""
    assert roots(text) == [8]
    assert words(text)[-2:] == ["follows", "follows"]


def test_two_different_slips_in_a_sheet_of_results_are_two_roots():
    lines = results(0.5).splitlines()
    lines[0], lines[2] = "w1_new = 0.79100", "b_new = 0.12000"
    assert roots("\n".join(lines), key=Sheet.parse(KEY)) == [1, 3]


def test_one_misread_input_is_one_root():
    # with x1 = 0.53 for 0.35: 0.2·0.53 + 0.4·0.8 is 0.426 and −0.3·0.53 + 0.6·0.8 is 0.321
    text = """x1 = 0.35; x2 = 0.8; w1 = 0.2; w2 = 0.4; w3 = -0.3; w4 = 0.6
net1 = w1*x1 + w2*x2 = 0.426
net2 = w3*x1 + w4*x2 = {}"""
    assert roots(text.format("0.321")) == [2]
    assert roots(text.format("0.318")) == [2, 3]


def test_a_sign_lost_twice_is_two_mistakes():
    assert roots("x = 0.31; w = 0.42; v = 0.53\na = w*x = -0.1302\nb = v*x = -0.1643") == [2, 3]


# -- Names that come from derivatives ---------------------------------------------------------------


def test_an_update_that_is_defined_above_its_gradient_is_judged_by_the_figure_of_it():
    # o is 0.4293, written 0.43; 2·0.13·0.53 is 0.1378, and 0.1371 without rounding
    text = """x = 0.53; w = 0.81; t = 0.3
o = w*x
E = (o - t)^2
w_new = w - 0.5*dE/dw
o = 0.43
dE/dw = 2*(o - t)*x = 0.1378
w_new = 0.81 - 0.5*0.1378 = 0.7411"""
    assert words(text) == ["right", "right", "rounded", "rounded", "rounded"]
