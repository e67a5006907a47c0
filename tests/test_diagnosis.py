"""What a root is called: each kind of mistake on one small network, in words that a learner can act on."""

import time
from itertools import chain

import pytest

from autograd import mark
from autograd.claims.sampling import SamplePoints
from autograd.marking.edited_formula import EditedFormula
from autograd.marking.expected_formula import expected_formula
from autograd.marking.formula_edits import edits_as_written, further_edits
from autograd.marking.messages import formula_text
from autograd.marking.tree_parts import share_repeated
from autograd.sheet.sheet import Sheet

pytestmark = pytest.mark.portable

NETWORK = """
x1 = 0.35; x2 = 0.9; w1 = 0.15; w2 = -0.4; w3 = 0.62; w4 = 0.27; w5 = 0.8; w6 = -0.55; w7 = 0.33; w8 = 0.71
t1 = 0.2; t2 = 0.6; eta = 0.5
net1 = w1*x1 + w2*x2; h1 = σ(net1)
net2 = w3*x1 + w4*x2; h2 = σ(net2)
net3 = w5*h1 + w6*h2; o1 = σ(net3)
net4 = w7*h1 + w8*h2; o2 = σ(net4)
E = (t1 - o1)^2/2 + (t2 - o2)^2/2
loss: E
dE/do1 = o1 - t1
dE/do2 = o2 - t2
dE/dnet3 = dE/do1*o1*(1 - o1)
dE/dnet4 = dE/do2*o2*(1 - o2)
w5_new = w5 - eta*dE/dw5
"""


def diagnosed(line, network=NETWORK):
    """The kinds and sentences of the one root that a line more makes."""
    (root,) = mark(network + line).first_mistakes
    return [mistake.kind for mistake in root.diagnosis], [str(mistake) for mistake in root.diagnosis]


@pytest.mark.parametrize(
    ("line", "kind", "sentence"),
    [
        ("dE/dh1 = dE/dnet3*w5", "a path left out", "the term dE/dnet4·w7 is left out"),
        ("dE/dw5 = dE/do1*(1 - o1)*h1", "a factor left out", "the factor o1 is left out"),
        ("dE/dw5 = dE/do1*h1", "a factor left out", "the factor do1/dnet3 = o1·(1 − o1) is left out"),
        ("dE/dw5 = dE/dnet3", "a factor left out", "the factor h1 is left out"),
        ("dE/dw5 = dE/dnet3*h1*w5", "a factor too many", "the factor w5 is one too many"),
        ("dE/dw5 = -dE/dnet3*h1", "sign", "the sign is the other way round"),
        ("dE/dnet3 = (t1 - o1)*o1*(1 - o1)", "swapped", "t1 − o1 stands where o1 − t1 belongs"),
        ("dE/dnet3 = (o1 - t1)*o1*(1 + o1)", "sign", "1 + o1 stands where 1 − o1 belongs"),
        ("dE/dw5 = 2*dE/dnet3*h1", "a constant", "the factor 2 is one too many"),
        ("dE/dw5 = dE/dnet3*h1/2", "a constant", "the divisor 2 is one too many"),
        (
            "do1/dnet3 = net3*(1 - net3)",
            "pre-activation",
            "net3, the pre-activation, stands where the activation o1 belongs",
        ),
        ("do1/dnet3 = σ'(o1)", "activation", "o1, the activation, stands where the pre-activation net3 belongs"),
        ("dE/dw5 = dE/dnet3*h2", "another gradient", "this is dE/dw6, the gradient of w6"),
        ("dE/dw5 = dE/dnet3*h2", "another name", "h2 stands where h1 belongs"),
        (
            "dE/dh1 = dE/dnet3*w5_new + dE/dnet4*w7",
            "the updated weight",
            "the updated w5_new stands where the original w5 belongs",
        ),
        ("dE/dw5 = dE/dnet4*h1", "another gradient", "dE/dnet4 stands where dE/dnet3 belongs"),
        ("dE/dw5 = dE/dh1*dh1/dnet1*dnet1/dw5", "no path", "dnet1/dw5 is 0: net1 does not depend on w5"),
    ],
)
def test_a_wrong_formula_is_called_by_its_name_and_says_what_belongs(line, kind, sentence):
    kinds, sentences = diagnosed(line)
    assert kind in kinds
    assert sentence in sentences


NUMBERS = """
x = 0.73; w = 0.61; v = -0.47; t = 0.2; b = 0.13
net = w*x + b = 0.57530
h = tanh(net) = 0.51924
o = v*h = -0.24404
E = (o - t)^2/2 = 0.098586
loss: E
dE/do = o - t = -0.44404
"""
# dE/dv = -0.44404·0.51924 = -0.23056; 1 − h² = 0.73039; dE/dnet = -0.44404·-0.47·0.73039 = 0.15243


@pytest.mark.parametrize(
    ("line", "kind", "sentence"),
    [
        ("dE/dv = dE/do*h = 0.23056", "sign", "the sign is the other way round"),
        ("dE/dv = dE/do*h = -0.23065", "transposed", "two digits are transposed: 65 stands where 56 belongs"),
        ("dE/dv = dE/do*h = -2.3056", "decimal point", "the decimal point is 1 place off"),
        ("dE/dv = dE/do*h = -0.2305", "truncated", "the digits were cut off where they are to be rounded"),
        ("dE/dv = dE/do*h = -0.23156", "a digit", "one digit is another: 1 stands where 0 belongs, in −0.23056"),
        ("dE/dv = dE/do*h = -0.46113", "a constant", "a factor 2 is one too many, or ½ is left out"),
        ("dE/dv = dE/do*h = -0.44404", "a factor left out", "the factor h is left out"),
        ("dE/dv = dE/do*h = -0.44404", "another gradient", "this is the figure of dE/do"),
        ("dE/dv = dE/do*h = -0.11972", "a factor too many", "the factor h is one too many"),
        ("dE/dnet = dE/do*v*(1 - h^2) = 0.13962", "pre-activation", None),
        ("dE/dnet = 0.20870", "a factor left out", "the factor 1 − h^2 is left out"),
        ("dE/dnet = 0.11133", "a factor too many", "the factor 1 − h^2 is one too many"),
        ("dh/dnet = 0.66903", "pre-activation", None),
        ("dE/dw = 0.15243", "a factor left out", "the factor x is left out"),
        ("dE/dw = 0.15243", "another gradient", "this is dE/db, the gradient of b"),
    ],
)
def test_a_wrong_number_is_called_by_what_would_give_it(line, kind, sentence):
    kinds, sentences = diagnosed(line, NUMBERS)
    assert kind in kinds
    assert sentence is None or sentence in sentences


@pytest.mark.parametrize(
    ("line", "kind", "sentence"),
    [
        ("dE/dv = dE/do*h = (-0.44404)*0.52914", "a figure", "0.52914 stands where h = 0.51924 belongs"),
        (
            "dE/dv = dE/do*h = (-0.44404)*0.57530",
            "pre-activation",
            "net, the pre-activation, stands where the activation h belongs",
        ),
        ("dE/dv = dE/do*h = 0.44404*0.51924", "sign", None),
        ("dE/dnet = dE/do*v*(1 - h^2) = (-0.44404)*(1 - 0.51924^2)", "a factor left out", "the factor v is left out"),
        ("dE/dnet = dE/do*v*(1 - h^2) = 0.20870*0.73093", "a figure", "0.73093 stands where 0.73039 belongs"),
    ],
)
def test_in_wrong_arithmetic_the_number_is_named_that_is_not_the_one(line, kind, sentence):
    kinds, sentences = diagnosed(line, NUMBERS)
    assert kind in kinds
    assert sentence is None or sentence in sentences


@pytest.mark.parametrize(
    ("arithmetic", "sentence"),
    [
        ("1/(1 + e^0.575)", "the sign of 0.575 is the other way round"),
        ("1/(1 + e^-0.557)", "0.557 stands where net = 0.575 belongs"),
        ("1/(1 + e^-0.575)/(1 + e^-0.575)", "the factor 1/(1 + exp(−0.575)) is one too many"),
    ],
)
def test_a_number_deep_in_the_arithmetic_is_named_if_it_alone_is_not_the_one(arithmetic, sentence):
    (root,) = mark(f"w = 0.5; x = 1.15; net = w*x = 0.575\nh = σ(net) = {arithmetic}").first_mistakes
    assert [mistake.text for mistake in root.diagnosis] == [sentence]


def test_long_arithmetic_that_is_wrong_takes_no_longer_than_right():
    terms = " + ".join(f"{n / 1000:.3f}" for n in range(1, 3001))
    text = f"x = 2.5; y = x^2 = {terms}"
    started = time.perf_counter()
    assert [root.word for root in mark(text).first_mistakes] == ["slip"]
    assert time.perf_counter() - started < 10  # a second, on a machine with other work to do


def test_a_last_digit_that_is_one_too_large_is_named_where_the_figures_are_sharp():
    (root,) = mark("x = 0.3; y = exp(x) = 1.34986; z = exp(x) = 1.34987").first_mistakes
    assert [str(mistake) for mistake in root.diagnosis] == ["the last digit is one too large"]


def test_a_figure_digit_for_digit_is_no_chance_product_of_others():
    text = "η = 0.5; w = 0.15; w4 = 0.30; x = 0.8; E = (w*x + w4)^2\nw_new = w - η*dE/dw = 0.15 - 0.15*0.672"
    (root,) = mark(text).first_mistakes
    assert [mistake.text for mistake in root.diagnosis] == ["0.15, the figure of w, stands where η = 0.5 belongs"]


def test_the_updated_weight_is_known_where_the_step_is_by_delta():
    text = """x = 0.68; w = 0.3; u = 0.4; t = 0.5
y = w*x + u*w
o = σ(y)
E = (t - o)^2/2
δ = -dE/dy
w_new = w + δ*x
dE/dx = -δ*w_new
loss: E"""
    (root,) = mark(text).first_mistakes
    assert str(root.diagnosis[0]) == "the updated w_new stands where the original w belongs"


def test_a_product_that_was_worked_out_wrong_in_the_middle_says_what_it_should_be():
    head = "a = 0.59635; b = 0.23886; c = 0.50687\ny = a*b*c = "
    (root,) = mark(head + "0.59635*0.23886*0.50687 = 0.14247*0.50687 = 0.07221").first_mistakes
    assert root.claim.segment.text == "0.14247*0.50687"
    assert "0.14247 stands where" in str(root.diagnosis[0])
    assert str(root.diagnosis[0]).endswith("= 0.14244 belongs")


def test_a_figure_of_two_factors_is_laid_beside_their_product():
    head = "p = 0.61; q = 0.47; r = 0.83\ny = p*q + r = "
    (root,) = mark(head + "0.2876 + 0.83 = 1.1176").first_mistakes
    assert "0.2876 stands where 0.61 · 0.47 = 0.2867 belongs" in str(root.diagnosis[0])


@pytest.mark.parametrize(
    "line",
    ["dE/dw5 = dE/dnet3*exp(h1)", "dE/dw5 = o2*o2*w1 - w6", "dE/dh1 = dE/dnet3*w5*h2 + dE/dnet4*w7*w7*o1"],
)
def test_where_nothing_fits_nothing_is_named_and_the_chain_rule_is_said(line):
    (root,) = mark(NETWORK + line).first_mistakes
    assert root.diagnosis == ()
    by = line.split(" ")[0].removeprefix("dE/d")
    assert {"w5": "dE/dnet3·h1", "h1": "dE/dnet3·w5 + dE/dnet4·w7"}[by] in root.reason


def test_at_most_two_mistakes_are_named_and_each_of_another_kind():
    for line in ("dE/dw5 = dE/dnet3", "dE/dw5 = dE/dnet3*h2", "dE/do1 = t1 - o1", "dE/dw5 = dE/do1"):
        kinds, _ = diagnosed(line)
        assert 1 <= len(kinds) <= 2
        assert len(set(kinds)) == len(kinds)


WIDE = """
x = 0.4; a = 0.3; b = 0.7; c = -0.6; d = 0.5
p = tanh(a*x); q = tanh(b*x); r = tanh(c*x)
y = p*d + q*q + r; z = p*p - q + d*r
E = y*y + z
loss: E
"""


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("dE/dx = dE/dp*a*(1 - p^2) + dE/dq*b*(1 - q^2)", "the term dE/dr·(1 − r^2)·c is left out"),
        ("dE/dp = dE/dy*d", "the term 2·p is left out"),
        ("dE/dx = dE/dp*a*(1 - p^2)", "only the path through p is taken: the contributions of all 3 paths are added"),
        (
            "dE/dx = dE/dy*d*(1 - p^2)*a",
            "only the path x → p → y → E is taken: the contributions of all paths are added",
        ),
    ],
)
def test_the_path_that_is_left_out_is_named(line, sentence):
    kinds, sentences = diagnosed(line, WIDE)
    assert "a path left out" in kinds
    assert sentence in sentences


def test_the_second_mistake_is_named_where_the_first_is_carried_on_in_the_formula():
    marking = mark(NETWORK + "dE/do1 = t1 - o1\ndE/dw5 = (t1 - o1)*o1*(1 - o1)*h1\ndE/dw6 = (t1 - o1)*o1*(1 - o1)*h1")
    assert [root.claim.about for root in marking.first_mistakes] == ["dE/do1", "dE/dw6"]
    assert "h1 stands where h2 belongs" in [str(mistake) for mistake in marking.first_mistakes[1].diagnosis]
    follows = [v.cause.line for v in marking.verdicts if v.word == "follows"]
    assert follows == [marking.first_mistakes[0].claim.line]


def test_the_same_slip_in_every_term_of_a_long_formula_is_one_mistake():
    wrong = "dE/dh1 = (net3 - t1)*o1*(1 - o1)*w5 + (o2 - t2)*o2*(1 - o2)*w7 + (net3 - t1)*0"
    _, sentences = diagnosed(wrong)
    assert "net3, the pre-activation, stands where the activation o1 belongs" in sentences


# -- Helpers: δ ---------------------------------------------------------------------------------


def test_a_wrong_delta_is_one_root_where_it_is_defined():
    marking = mark(
        NETWORK + "δ = (o1 - t1)*(1 - o1)\ndE/dw5 = δ*h1\ndE/dw6 = δ*h2\nε = (o2 - t2)*o2*(1 - o2)\n"
        "dE/dh1 = δ*w5 + ε*w7"
    )
    (root,) = marking.first_mistakes
    assert (root.claim.about, root.claim.segment.text) == ("δ", "(o1 - t1)*(1 - o1)")
    assert "δ is used as dE/dnet3 in line 16" in root.reason
    assert [str(mistake) for mistake in root.diagnosis] == ["the factor o1 is left out"]


def test_a_right_delta_used_wrongly_is_wrong_where_it_is_used():
    marking = mark(NETWORK + "δ = (o1 - t1)*o1*(1 - o1)\ndE/dw5 = δ*h1\ndE/dw6 = δ*h1")
    assert [root.claim.about for root in marking.first_mistakes] == ["dE/dw6"]


def test_a_delta_with_the_other_sign_is_right_if_it_is_used_so():
    assert mark(NETWORK + "δ = (t1 - o1)*o1*(1 - o1)\ndE/dw5 = -δ*h1\ndE/dw6 = -δ*h2").ok


def test_a_delta_made_of_a_wrong_delta_is_no_mistake_of_its_own():
    marking = mark(
        NETWORK + "d1 = o1*(1 - o1)*(t1 - o1)\nd2 = (o2 - t2)*o2*(1 - o2)\n"
        "d3 = (d1*w5 + d2*w7)*h1*(1 - h1)\ndE/dw5 = d1*h1\ndE/dw1 = d3*x1"
    )
    assert [root.claim.about for root in marking.first_mistakes] == ["d1"]


# -- The formula that a person would write ------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "by", "formula"),
    [
        ("E", "h1", "dE/dnet3·w5 + dE/dnet4·w7"),
        ("E", "net1", "dE/dh1·h1·(1 − h1)"),
        ("E", "w2", "dE/dnet1·x2"),
        ("E", "o1", "o1 − t1"),
        ("o1", "net3", "o1·(1 − o1)"),
        ("net3", "w6", "h2"),
    ],
)
def test_one_step_of_the_chain_rule_reads_as_on_paper(of, by, formula):
    assert formula_text(expected_formula(SamplePoints(Sheet.parse(NETWORK)), of, by)) == formula


def test_sums_and_means_are_called_as_the_sheet_calls_them():
    samples = SamplePoints(Sheet.parse("x = 0.4; y = 0.3; p = x/sum(x, y); m = 1/mean(x, y)"))
    assert formula_text(expected_formula(samples, "p", "x")) == "(sum(x, y) − x)/sum(x, y)^2"
    assert formula_text(expected_formula(samples, "m", "x")) == "−1/(2·mean(x, y)^2)"


def test_an_activation_is_known_however_it_is_written():
    samples = SamplePoints(
        Sheet.parse("z = 0.3\na = 1/(1 + exp(-z)); b = (exp(z) - exp(-z))/(exp(z) + exp(-z)); c = log(1 + exp(z))")
    )
    assert [samples.activation(name).name for name in "abc"] == ["sigmoid", "tanh", "softplus"]
    assert formula_text(expected_formula(samples, "b", "z")) == "1 − b^2"


# -- Edits --------------------------------------------------------------------------------------


def formula(text, names):
    return Sheet.parse("; ".join(f"{name} = 0.5" for name in names) + f"\ny = {text}").definitions["y"].tree


def test_every_edit_can_be_read_both_ways():
    sheet = Sheet.parse(NETWORK)
    tree = formula("(a - b)*c + 2*a", "abc")
    whole = EditedFormula(tree)
    for edit in chain(edits_as_written(whole, sheet, "abc"), further_edits(whole, sheet, [formula("a", "a")])):
        assert edit.tree != tree
        assert edit.undone.text
        assert edit.done.text


def test_what_is_written_twice_is_one_part():
    tree = formula("(a - b)*c + (a - b)*a", "abc")
    once = share_repeated(tree)
    assert once is not None
    assert once.left.left is once.right.left
    assert share_repeated(formula("(a - b)*c", "abc")) is None
