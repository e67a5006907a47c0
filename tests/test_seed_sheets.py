"""The four documents as sheets: which of their lines are mistakes of their own, and of which kind.

What is expected here is worked out in this file, from the documents' own figures and formulas, in
plain Python: a figure is a slip if no numbers that round to the figures before it give it; a
gradient is what a difference quotient says it is.
"""

import itertools
import math
from functools import lru_cache
from pathlib import Path

import pytest

from autograd.exercises import mark

pytestmark = pytest.mark.portable

SHEETS = Path(__file__).parent.parent / "demos" / "sheets"


@lru_cache
def marking(name):
    return mark(SHEETS / name)


def row(verdict):
    """About what, the claim as written, the verdict, and the kind of mistake if one is named."""
    claim = verdict.claim
    return claim.about, claim.segment.text, verdict.word, verdict.diagnosis[0].kind if verdict.diagnosis else None


# -- Which lines are roots ----------------------------------------------------------------------

RADAR = "-(y[i] - ŷ[i])·f'(w2·α[i])·w2·f'(w1·x[i])·w1·x[i]"
HAT_I = "(sum(g(r[j,i])·w_hat[i] for j in 1..N1)) + b_hat"

ROOTS = {
    "000_radar.sheet": [
        # J is (y − ŷ)²; ½(y − ŷ)² has half its derivative
        ("dJ[1]/dw1", "∂half[i]/∂w1", "wrong", "a constant"),
        # d(½e²)/dw is e·de/dw: the e is gone
        ("dJ[1]/dw1", "∂e[i]/∂w1", "wrong", "a factor left out"),
        # d(w1 x)/dw1 is x, not w1 x
        ("dJ[1]/dw1", RADAR, "wrong", "a factor too many"),
    ],
    "001_two_layers.sheet": [
        # the index of the sample where that of the hidden neuron belongs
        ("(sum(g(r[j,i])·w_hat[j] for j in 1..N1)) + b_hat", HAT_I, "wrong", "another name"),
        # ŵ₁ is updated, from w₁
        (
            "w_hat_new[1]",
            "w[1] - h·sum((y[i] - t[i])·g'(r_hat[i])·g(r[1,i]) for i in 1..M)",
            "wrong",
            "another name",
        ),
        # ½·2 is 1: the 2 is gone and the ½ still there
        ("dE/dw[1,1]", "½·sum((y[i] - t[i])·∂e[i]/∂w[1,1] for i in 1..M)", "wrong", "a constant"),
        # w_1,j leads out of input 1, not into neuron 1
        ("g(r[1,i])", "g((sum(x[j,i]·w[1,j] for j in 1..N0)) + b[1])", "wrong", "another name"),
        # a·(p + q) without its brackets
        (
            "dE/db_hat",
            "sum((y[i] - t[i])·g'(r_hat[i])·∂s_i[i]/∂b_hat + ∂b_hat/∂b_hat for i in 1..M)",
            "wrong",
            "brackets",
        ),
        # ŵ_A is updated, from w_A; for A = 1 that was said before
        (
            "w_hat_next[2]",
            "w[A] - h·sum((y[i] - t[i])·g'(r_hat[i])·g(r[A,i]) for i in 1..M)",
            "wrong",
            "another name",
        ),
    ],
    "001_three_layers.sheet": [
        # w_4,5 is updated, from w_3,5
        (
            "w45_new",
            "w35 - h·sum((y[i] - t[i])·g'(r5[i])·g(r4[i]) for i in 1..M)",
            "wrong",
            "another name",
        ),
    ],
    "001_error_signal.sheet": [
        # the same again, twice more below
        ("w45_new", "w35 - h·sum(δ[i]·g'(r5[i])·g(r4[i]) for i in 1..M)", "wrong", "another name"),
        # δ goes through the output neuron 5 first: g'(r5)
        (
            "w14_new",
            "w14 - h·sum(δ[i]·g'(r4[i])·w45·g'(r4[i])·g(r1[i]) for i in 1..M)",
            "wrong",
            "another name",
        ),
        # w_x1,1 leads into neuron 1: g'(r1)
        ("wx11 - h·∂E/∂wx11", "wx11 - h·sum((δ1[i])·(g'(r4[i]))·(x1[i]) for i in 1..M)", "wrong", "another name"),
    ],
    "002_layers.sheet": [],
    "002_matrices.sheet": [],
    # the same figures as in the matrix part of the sheet below
    "003_matrices.sheet": [
        ("a2[1]", "[0.60635, 0.63002]", "slip", None),
        ("(σ'(z2))[1]", "[0.23886, 0.23311]", "slip", None),
        ("δ2[1]", "[0.14247, -0.08391]", "slip", None),
        ("(W2ᵀ δ2)[2]", "[0.0150, 0.0179]", "slip", "truncated"),
        ("(σ'(z1))[2]", "[0.24995, 0.24987]", "slip", None),
        ("dE/dW2[1,1]", "[[0.07223, 0.07277], [-0.04251, -0.04285]]", "slip", None),
    ],
    "003_walkthrough.sheet": [
        # e^-0.43253 is 0.64887
        ("exp(-0.43253)", "0.648", "slip", "truncated"),
        # 1/1.648 is 0.60680, and σ(0.43253) 0.60648
        ("o1", "0.60635", "slip", None),
        # 1/1.586 is 0.63052, and σ(0.53428) 0.63048
        ("o2", "0.63002", "slip", None),
        # 0.99 − 0.63 is positive
        ("t2 - o2", "-0.360", "slip", "sign"),
        # 0.60635 × 0.39365 is 0.23869; 0.606345 × 0.393645 is 0.238685, and 0.23868 is 0.23886 with two digits swapped
        ("do1/dnet_o1", "0.23886", "slip", "transposed"),
        # 0.59635 × 0.23886 is 0.14244
        ("dE/dw5", "0.14247 × 0.50687", "slip", "a figure"),
        # 0.14247 × 0.50687 is 0.07221
        ("dE/dw5", "0.07223", "slip", None),
        # 0.59635 × 0.23886 × 0.51062 is 0.07273, and with 0.14247 it is 0.07275
        ("dE/dw6", "0.07277", "slip", None),
        # 0.63002 × 0.36998 is 0.23309
        ("do2/dnet_o2", "0.23311", "slip", None),
        # -0.35998 × 0.23311 × 0.50687 is -0.04253
        ("dE/dw7", "-0.04251", "slip", None),
        # 0.51062 × 0.48938 is 0.24989
        ("h2·(1 - h2)", "0.24987", "slip", None),
        # 0.45 × 0.14247 − 0.55 × 0.08391 is 0.01796
        ("back[2]", "0.0179", "slip", "truncated"),
    ],
}


@pytest.mark.parametrize("name", ROOTS)
def test_the_roots_of_a_document_are_exactly_these(name):
    assert [row(root) for root in marking(name).first_mistakes] == ROOTS[name]


def test_every_sheet_is_expected_here_and_described_in_the_readme():
    readme = (SHEETS / "README.md").read_text(encoding="utf-8")
    there = sorted(path.name for path in SHEETS.glob("*.sheet"))
    assert there == sorted(ROOTS)
    assert all(f"`{name}`" in readme for name in there)


@pytest.mark.parametrize("name", ROOTS)
def test_whatever_is_no_root_is_right_or_follows_from_one(name):
    roots = {(root.claim.line, root.claim.place.column) for root in marking(name).first_mistakes}
    for verdict in marking(name).verdicts:
        if not verdict.is_first_mistake:
            assert verdict.word in ("right", "rounded", "follows"), row(verdict)
        if verdict.word == "follows":
            assert (verdict.cause.line, verdict.cause.place.column) in roots, row(verdict)


@pytest.mark.parametrize("name", ROOTS)
def test_each_root_is_explained_in_the_words_of_the_sheet(name):
    for root in marking(name).first_mistakes:
        said = " ".join([root.reason, *map(str, root.diagnosis)])
        assert any(word in said for word in ("gives", "give", "is used as")), said
        assert not any(word in said for word in ("None", "nan", "Value(", "object at")), said
        assert root.claim.segment.text[:40] in marking(name).to_text()  # a long line is shown in part


@pytest.mark.parametrize(
    ("name", "claim", "said"),
    [
        ("000_radar.sheet", "∂half[i]/∂w1", "a factor 2 is left out, or ½ is one too many"),
        ("000_radar.sheet", "∂e[i]/∂w1", "the factor dJ[1]/de[1] is left out"),
        ("000_radar.sheet", RADAR, "the factor w1 is one too many"),
        ("001_two_layers.sheet", HAT_I, "w_hat[i] stands where w_hat[2] belongs"),
        ("001_two_layers.sheet", "½·sum((y[i] - t[i])·∂e[i]/∂w[1,1] for i in 1..M)", "the factor 1/2 is one too many"),
        ("001_two_layers.sheet", "g((sum(x[j,i]·w[1,j] for j in 1..N0)) + b[1])", "w[1,j] stands where w[2,1] belongs"),
        ("003_walkthrough.sheet", "0.14247 × 0.50687", "0.14247 stands where 0.59635 · 0.23886 = 0.14244 belongs"),
    ],
)
def test_a_mistake_is_named_in_these_words_and_no_others(name, claim, said):
    (root,) = [root for root in marking(name).first_mistakes if root.claim.segment.text == claim]
    assert [str(mistake) for mistake in root.diagnosis] == [said]


# -- 003: the figures, by hand ------------------------------------------------------------------


def span(figure):
    """All numbers that a figure, given as text, is the rounding of; a number is itself."""
    if not isinstance(figure, str):
        return figure, figure
    half = 10.0 ** -len(figure.partition(".")[2]) / 2
    return float(figure) - half, float(figure) + half


def reach(compute, figures):
    """The smallest and the largest result over all numbers that the figures are roundings of."""
    results = [compute(*corner) for corner in itertools.product(*map(span, figures))]
    return min(results), max(results)


def possible(claimed, compute, figures):
    """Whether the claimed figure can be the result at all."""
    low, high = reach(compute, figures)
    least, most = span(claimed)
    return low <= most + 1e-12 and least <= high + 1e-12


def σ(z):
    return 1 / (1 + math.exp(-z))


def times(*factors):
    return math.prod(factors)


def bump(a):
    return a * (1 - a)


SLIPS = [  # claimed, and every way in which the document could have come to it
    ("0.648", lambda z: math.exp(-z), ["0.43253"]),
    ("0.60635", σ, ["0.43253"]),
    ("0.60635", lambda e: 1 / (1 + e), ["0.648"]),
    ("0.63002", σ, ["0.53428"]),
    ("0.63002", lambda e: 1 / (1 + e), ["0.586"]),
    ("-0.360", lambda o: 0.99 - o, ["0.63002"]),
    ("0.23886", bump, ["0.60635"]),
    ("0.23886", times, ["0.60635", "0.39365"]),
    ("0.14247", times, ["0.59635", "0.23886"]),
    ("0.07223", times, ["0.14247", "0.50687"]),
    ("0.07223", times, ["0.59635", "0.23886", "0.50687"]),
    ("0.07277", times, ["0.14247", "0.51062"]),
    ("0.07277", times, ["0.59635", "0.23886", "0.51062"]),
    ("0.23311", bump, ["0.63002"]),
    ("-0.04251", times, ["-0.35998", "0.23311", "0.50687"]),
    ("-0.04251", times, ["-0.08391", "0.50687"]),
    ("0.24987", bump, ["0.51062"]),
    ("0.24987", times, ["0.51062", "0.48938"]),
    ("0.0179", lambda a, b: 0.45 * a + 0.55 * b, ["0.14247", "-0.08391"]),
]

SOUND = [  # figures that are not the true ones, but come out of the figures before them
    ("0.586", lambda z: math.exp(-z), ["0.53428"]),
    ("1.648", lambda e: 1 + e, ["0.648"]),
    ("-0.59635", lambda o: 0.01 - o, ["0.60635"]),
    ("0.35563", lambda d: d * d, ["-0.59635"]),
    ("0.17782", lambda s: s / 2, ["0.35563"]),
    ("0.35998", lambda o: 0.99 - o, ["0.63002"]),
    ("0.12959", lambda d: d * d, ["0.35998"]),
    ("0.06480", lambda s: s / 2, ["0.12959"]),
    ("0.24262", lambda a, b: a + b, ["0.17782", "0.06480"]),
    ("0.03612", lambda g: 0.5 * g, ["0.07223"]),
    ("0.36388", lambda c: 0.40 - c, ["0.03612"]),
    ("0.41361", lambda g: 0.45 - 0.5 * g, ["0.07277"]),
    ("0.52126", lambda g: 0.50 - 0.5 * g, ["-0.04251"]),
    ("-0.04285", times, ["-0.35998", "0.23311", "0.51062"]),
    ("0.57143", lambda g: 0.55 - 0.5 * g, ["-0.04285"]),
    ("0.24995", times, ["0.50687", "0.49313"]),
    ("0.05699", lambda d: 0.40 * d, ["0.14247"]),
    ("-0.08391", times, ["-0.35998", "0.23311"]),
    ("-0.04196", lambda d: 0.50 * d, ["-0.08391"]),
    ("0.01503", lambda a, b: a + b, ["0.05699", "-0.04196"]),
    ("0.00376", times, ["0.01503", "0.24995"]),
    ("0.000188", lambda d: 0.05 * d, ["0.00376"]),
    ("0.000376", lambda t, s: t * s * 0.10, ["0.01503", "0.24995"]),
    ("0.06411", lambda d: 0.45 * d, ["0.14247"]),
    ("-0.04615", lambda d: 0.55 * d, ["-0.08391"]),
    ("0.01796", lambda a, b: a + b, ["0.06411", "-0.04615"]),
    ("0.00449", times, ["0.01796", "0.24987"]),
    ("0.000224", lambda d: 0.05 * d, ["0.00449"]),
    ("0.000449", lambda t, s: t * s * 0.10, ["0.01796", "0.24987"]),
    ("0.0150", lambda a, b: 0.40 * a + 0.50 * b, ["0.14247", "-0.08391"]),
    ("0.00375", times, ["0.0150", "0.24995"]),
    ("0.00448", times, ["0.0179", "0.24987"]),
    ("0.000375", lambda d: 0.10 * d, ["0.00375"]),
    ("0.000448", lambda d: 0.10 * d, ["0.00448"]),
]


@pytest.mark.parametrize(("claimed", "compute", "figures"), SLIPS)
def test_a_slip_of_003_cannot_come_out_of_the_figures_before_it(claimed, compute, figures):
    assert not possible(claimed, compute, figures)
    slips = {root.claim.segment.text for root in marking("003_walkthrough.sheet").first_mistakes}
    assert any(claimed in slip for slip in slips)


@pytest.mark.parametrize(("claimed", "compute", "figures"), SOUND)
def test_the_other_figures_of_003_can(claimed, compute, figures):
    assert possible(claimed, compute, figures)
    verdicts = [v.word for v in marking("003_walkthrough.sheet").verdicts if v.claim.segment.text.strip("+") == claimed]
    assert verdicts
    assert "slip" not in verdicts


def test_the_ratio_of_003_is_380_by_its_own_figures():
    low, high = reach(lambda a, b: a / b, ["0.07223", "0.000188"])
    assert 375 < low < 385 < high  # 384.2, to two digits
    assert [row(v)[2] for v in marking("003_walkthrough.sheet").verdicts if v.claim.segment.text == "3.8e2"] == [
        "right"
    ]


def test_what_follows_in_003_says_from_where_and_what_it_should_be():
    follows = {
        row(verdict)[:2]: (verdict.cause.segment.text, verdict.reason)
        for verdict in reversed(marking("003_walkthrough.sheet").verdicts)
        if verdict.word == "follows"
    }
    assert follows["o1", "1/1.648"][0] == "0.648"
    assert follows["E", "0.24262"][0] == "0.60635"
    assert "0.24252" in follows["E", "0.24262"][1]
    assert follows["w7_new", "0.52126"][0] == "-0.04251"
    assert "0.52123" in follows["w7_new", "0.52126"][1]


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        ("exp(-0.43253) = 0.648", "exp(-0.43253) = 0.649"),
        ("= 1/(1 + 0.586) = 0.63002", "= 1/(1 + 0.586) = 0.63048"),
        ("t2 - o2 = -0.360", "t2 - o2 = 0.360"),
        ("= 0.60635 × 0.39365 = 0.23886", "= 0.60635 × 0.39365 = 0.23869"),
        ("= 0.51062 × 0.48938 = 0.24987", "= 0.51062 × 0.48938 = 0.24989"),
        ("× (-0.08391) = 0.0179", "× (-0.08391) = 0.0180"),
    ],
)
def test_a_line_that_is_put_right_is_no_root_any_more(line, corrected):
    text = (SHEETS / "003_walkthrough.sheet").read_text(encoding="utf-8")
    assert line in text
    number = text[: text.index(line)].count("\n") + 1
    before = [root.claim.line for root in marking("003_walkthrough.sheet").first_mistakes]
    after = [root.claim.line for root in mark(text.replace(line, corrected, 1)).first_mistakes]
    assert number in before
    assert number not in after


# -- 000 and 001: the formulas, by difference quotients -----------------------------------------


def quotient(function, at, step=1e-6):
    return (function(at + step) - function(at - step)) / (2 * step)


def slope_of_σ(z):
    return quotient(σ, z)


@pytest.mark.parametrize(("x", "y"), [(0.15, 3.0), (5.0, 0.8), (0.5, 1.5)])
def test_the_three_formulas_of_000_are_off_by_what_is_said(x, y):
    w1, w2 = 0.37, 0.73
    output = lambda w: σ(w2 * σ(w * x))  # noqa: E731 -- as short as in the document
    truth = quotient(lambda w: (y - output(w)) ** 2, w1)
    halved = quotient(lambda w: (y - output(w)) ** 2 / 2, w1)
    error = quotient(lambda w: y - output(w), w1)
    last = -(y - output(w1)) * slope_of_σ(w2 * σ(w1 * x)) * w2 * slope_of_σ(w1 * x) * w1 * x
    assert halved * 2 == pytest.approx(truth, rel=1e-5)
    assert error * (y - output(w1)) == pytest.approx(halved, rel=1e-5)
    assert last / w1 == pytest.approx(halved, rel=1e-5)
    assert last != pytest.approx(truth, rel=0.1)


class Three:
    """The network of 001's second half, one sample, in plain Python."""

    x1, x2, t = 0.83, -0.47, 0.62

    def __init__(self, **changed):
        weights = {"wx11": 0.41, "wx12": 0.97, "wx21": -0.73, "wx22": 0.58, "w13": 0.66, "w14": -0.54}
        weights |= {"w23": 0.39, "w24": 0.85, "w35": 1.21, "w45": -0.89} | changed
        self.w = weights
        self.r1 = weights["wx11"] * self.x1 + weights["wx21"] * self.x2 + 0.19
        self.r2 = weights["wx12"] * self.x1 + weights["wx22"] * self.x2 - 0.36
        self.r3 = weights["w13"] * σ(self.r1) + weights["w23"] * σ(self.r2) + 0.11
        self.r4 = weights["w14"] * σ(self.r1) + weights["w24"] * σ(self.r2) - 0.23
        self.r5 = weights["w35"] * σ(self.r3) + weights["w45"] * σ(self.r4) + 0.27
        self.δ = σ(self.r5) - self.t

    def slope(self, name):
        """The derivative of half the squared error by a weight."""
        return quotient(lambda w: Three(**{name: w}).δ ** 2 / 2, self.w[name])


def test_the_rule_of_001_for_w14_wants_the_slope_of_the_output_neuron():
    n = Three()
    rule = lambda slope: n.δ * slope * n.w["w45"] * slope_of_σ(n.r4) * σ(n.r1)  # noqa: E731 -- one line of the document
    assert rule(slope_of_σ(n.r5)) == pytest.approx(n.slope("w14"), rel=1e-5)
    assert rule(slope_of_σ(n.r4)) != pytest.approx(n.slope("w14"), rel=1e-3)
    (said,) = [root for root in marking("001_error_signal.sheet").first_mistakes if root.claim.about == "w14_new"]
    assert "r4[i] stands where r5[i] belongs" in str(said.diagnosis[0])


def test_the_rule_of_001_with_δ1_wants_the_slope_of_the_first_neuron():
    n = Three()
    δ3, δ4 = (n.δ * slope_of_σ(n.r5) * n.w[w] for w in ("w35", "w45"))
    δ1 = δ3 * slope_of_σ(n.r3) * n.w["w13"] + δ4 * slope_of_σ(n.r4) * n.w["w14"]
    assert δ1 * slope_of_σ(n.r1) * n.x1 == pytest.approx(n.slope("wx11"), rel=1e-5)
    assert δ1 * slope_of_σ(n.r4) * n.x1 != pytest.approx(n.slope("wx11"), rel=1e-3)
    (said,) = [root for root in marking("001_error_signal.sheet").first_mistakes if "wx11" in root.claim.about]
    assert "r4[i] stands where r1[i] belongs" in str(said.diagnosis[0])


def test_a_mistake_that_001_repeats_counts_once():
    again = [row(v) for v in marking("001_error_signal.sheet").verdicts if v.word == "follows"]
    assert [(about, claim[:6]) for about, claim, *_ in again] == [
        ("w45 - h·∂E/∂w45", "w35 - "),
        ("w45 - h·∂E/∂w45", "w35 - "),
        ("wx11 - h·∂E/∂wx11", "wx11 -"),
        ("wx11 - h·∂E/∂wx11", "wx11 -"),
    ]


# -- What the documents ask of sheets, one thing at a time --------------------------------------


def verdicts(text):
    return [row(verdict)[1:3] for verdict in mark(text).verdicts]


def test_a_line_may_begin_with_a_function_of_a_name_and_defines_no_function():
    text = "x = 0.5\nσ(x) = 1/(1 + exp(-0.5)) = 0.62246\nσ(x) = 0.7\ny = σ(x) = 0.62246"
    assert verdicts(text) == [
        ("1/(1 + exp(-0.5))", "right"),
        ("0.62246", "right"),
        ("0.7", "slip"),
        ("0.62246", "right"),
    ]


def test_a_function_may_be_defined_in_the_name_of_a_number():
    assert verdicts("z = 3\nf(z) = z^2\ny = f(z) = 9") == [("9", "right")]


def test_an_index_may_run_to_a_given():
    text = "M = 2\nx[1] = 1.5; x[2] = 2.5\nE = sum(x[i]^2 for i in 1..M) = 8.5\nfor i in 1..M: dE/dx[i] = 2*x[i]"
    assert verdicts(text) == [("8.5", "right"), ("2*x[i]", "right")]


def test_a_figure_said_again_with_fewer_digits_is_still_the_one_with_more():
    text = "x = 0.9\nh = σ(x) = 0.71095\nh = 0.71\nd = h*(1 - h) = 0.20591"  # h(1 − h) is 0.20550
    assert verdicts(text)[-1] == ("0.20591", "slip")


def test_a_given_said_again_is_no_rounded_figure():
    text = "w = 0.45; x = 0.14247\nw = 0.45\ny = w*x = 0.45*0.14247 = 0.0651"  # 0.0641
    assert verdicts(text)[-1] == ("0.0651", "slip")


def test_a_figure_with_another_last_digit_is_another_figure():
    # 0.015 is what a + b comes to in thousandths; 0.0150 stands for less
    text = "a = 0.05703; b = 0.042\ns = a - b = 0.015\n0.0150*0.9 = 0.0132"
    assert verdicts(text)[-1] == ("0.0132", "slip")


def test_arithmetic_that_is_right_on_a_mistaken_figure_hands_the_mistake_on():
    text = "z = 0.43253\nexp(-0.43253) = 0.648\n1 + 0.648 = 1.648\ny = σ(z) = 1/1.648 = 0.60680"
    marked = mark(text)
    assert [row(root)[1] for root in marked.first_mistakes] == ["0.648"]
    assert [row(verdict)[1:3] for verdict in marked.verdicts[1:]] == [
        ("1.648", "right"),
        ("1/1.648", "follows"),
        ("0.60680", "follows"),
    ]


def test_a_mistake_in_a_sum_over_samples_is_found_in_every_term():
    text = (
        "w = 0.7\nx[1] = 0.4; x[2] = -0.6; x[3] = 1.1\nv[1] = 0.3; v[2] = 0.9; v[3] = -0.2\n"
        "E = sum((w*x[i])^2 for i in 1..3)\ndE/dw = sum(2*w*x[i]*v[i] for i in 1..3)"
    )
    (root,) = mark(text).first_mistakes
    assert "v[i] stands where x[i] belongs" in str(root.diagnosis[0])
