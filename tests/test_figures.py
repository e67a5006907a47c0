"""The writer's own figures: what a written number stands for, and what can come out of such numbers.

The windows are compared with brute force: the formula at thousands of points of the box that the
figures stand for, in plain floats.
"""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from autograd import Value, mark
from autograd.claims.claims import Subject
from autograd.claims.sampling import SamplePoints
from autograd.engine.graph import Graph
from autograd.marking.intervals import Interval, corner_range, half_unit, searched_range, written_interval
from autograd.marking.literals import is_significant
from autograd.marking.own_figures import OwnFigures
from autograd.sheet.lexer import parse_number
from autograd.sheet.program import read
from autograd.sheet.sheet import Sheet
from autograd.table import ops

# -- What a number stands for -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("0.40", 0.005),
        ("0.4", 0.05),
        ("12.345", 0.0005),
        ("1.5e-4", 5e-6),
        ("1.5×10⁻⁴", 5e-6),
        ("1235", 0.5),
        ("7", 0.0005),
        ("0", 0.0005),
    ],
)
def test_a_number_stands_for_half_a_unit_of_its_last_digit_either_way(text, half):
    assert half_unit(parse_number(text)) == pytest.approx(half)
    around = written_interval(parse_number(text))
    assert around.holds(parse_number(text).value + 0.999 * half)
    assert not around.holds(parse_number(text).value + 1.001 * half)


def test_nobody_rounds_to_a_whole_number_of_one_digit():
    assert [v.word for v in mark("x = 3.6; y = 2*x = 7; z = 2*x = 7.2").verdicts] == ["slip", "right"]
    assert [v.word for v in mark("x = 617.3; y = 2*x = 1235").verdicts] == ["right"]


def test_a_tie_may_be_rounded_either_way_but_two_numbers_are_not_the_same_for_a_tie():
    assert Interval(0.395, 0.40, 0.405).meets(Interval(0.405, 0.41, 0.415))
    assert not Interval(0.395, 0.40, 0.405).overlaps(Interval(0.405, 0.41, 0.415))
    assert [v.word for v in mark("x = 0.405; y = x*1 = 0.40; z = x*1 = 0.41; u = x*1 = 0.40 = 0.41").verdicts] == [
        "right",
        "right",
        "right",
        "right",
    ]
    assert [v.word for v in mark("x = 0.401; u = x*1 = 0.40 = 0.41").verdicts] == ["right", "slip"]


@pytest.mark.parametrize(
    ("text", "significant"), [("0.123", True), ("0.0123", True), ("0.05", False), ("0.50", False), ("250", False)]
)
def test_three_digits_and_a_point_make_a_rounded_figure(text, significant):
    assert is_significant(parse_number(text)) is significant


# -- Windows, against brute force ---------------------------------------------------------------

FORMULAS = {
    "a sum": (lambda a, b: a + b, 2),
    "a difference": (lambda a, b: a - b, 2),
    "a product": (lambda a, b: a * b, 2),
    "a quotient": (lambda a, b: a / (b + 3), 2),
    "a slope of σ": (lambda a: a * (1 - a), 1),
    "a slope of tanh": (lambda a: 1 - a * a, 1),
    "a square": (lambda a, b: (a - b) ** 2 / 2, 2),
    "an exponential": (lambda a: ops.exp(-a), 1),
    "a neuron": (lambda a, b, c: ops.tanh(a * b + c), 3),
    "a chain": (lambda a, b, c: (a - b) * a * (1 - a) * c, 3),
}


def extremes(function, middles, halves, steps):
    points = [[m + h * (2 * i / steps - 1) for i in range(steps + 1)] for m, h in zip(middles, halves)]
    values = [function(*point) for point in itertools.product(*points)]
    return min(values), max(values)


@examples(max_examples=60)
def range_of(output, halves):
    graph = Graph(output)
    return searched_range(graph, halves, corner_range(graph, halves))


@given(
    st.sampled_from(sorted(FORMULAS)),
    st.lists(st.integers(-99, 99), min_size=3, max_size=3),
    st.sampled_from([0.005, 0.05, 0.0005]),
)
def test_the_window_of_a_formula_is_what_it_can_give_no_less_and_no_more(name, hundredths, half):
    function, count = FORMULAS[name]
    middles = [n / 100 for n in hundredths[:count]]
    leaves = [Value(m) for m in middles]
    found = range_of(function(*leaves), dict.fromkeys(leaves, half))
    low, high = extremes(function, middles, [half] * count, 60 if count < 3 else 16)
    room = (high - low) * 0.02 + 1e-12
    least = (high - low) * 1e-6 + 1e-12
    assert found.low <= low + least
    assert high <= found.high + least
    assert low - room <= found.low
    assert found.high <= high + room


def test_the_same_figure_is_the_same_number_wherever_it_occurs():
    h = Value(0.5)
    found = range_of(h - h, {h: 0.1})
    assert (found.low, found.high) == (0.0, 0.0)
    assert range_of(h * (1 - h), {h: 0.01}).high == 0.25


def test_two_figures_at_zero_reach_to_both_sides():
    a, b = Value(0.0), Value(0.0)
    found = range_of(a * b, {a: 0.5, b: 0.5})
    assert (found.low, found.high) == pytest.approx((-0.25, 0.25))


def test_what_is_exact_has_a_window_of_one_number():
    x = Value(3.0)
    assert range_of(x * x, {}) == Interval(9.0, 9.0, 9.0)


@pytest.mark.parametrize(
    ("formula", "function", "names"),
    [
        ("a + b", lambda a, b: a + b, "ab"),
        ("a*b", lambda a, b: a * b, "ab"),
        ("a/b", lambda a, b: a / b, "ab"),
        ("a*(1 - a)", lambda a: a * (1 - a), "a"),
        ("exp(-a)", lambda a: math.exp(-a), "a"),
        ("(a - b)^2/2", lambda a, b: (a - b) ** 2 / 2, "ab"),
    ],
)
@pytest.mark.parametrize("side", [0, 1])
def test_just_inside_the_window_is_rounding_and_just_outside_is_a_slip(formula, function, names, side):
    figures = {"a": 0.50, "b": 0.67}
    ends = extremes(function, [figures[n] for n in names], [0.005] * len(names), 400)
    out = (ends[1] - ends[0]) * (-0.02 if side else 0.02)
    sheet = "u = 0.9963; v = 2; s = 1.337\na = u/v = 0.50\nb = s/v = 0.67\ny = {} = {:.9f}\n"
    inside = mark(sheet.format(formula, ends[side] + out))
    outside = mark(sheet.format(formula, ends[side] - out))
    assert inside.verdicts[-1].word == "rounded"
    assert outside.verdicts[-1].word == "slip"


# -- Own figures --------------------------------------------------------------------------------


def words(text):
    return [verdict.word for verdict in mark(text).verdicts]


def test_a_number_in_arithmetic_that_was_written_before_is_that_figure():
    head = "x = 0.05; w = 0.15\nnet = w*x*10 = 0.08\nh = exp(net) = 1.08\n"
    # 0.08 stands for 0.075 to 0.085; exp(0.08) is 1.0833, exp(0.075) is 1.0779
    assert words(head + "y = net*h = 0.08*1.08 = 0.081") == ["right", "right", "right", "right"]


def test_a_given_in_arithmetic_is_exact_however_short_it_is():
    assert words("w = 0.4; x = 0.5; h = w*x = 0.4*0.5 = 0.20") == ["right", "right"]
    assert words("w = 0.4; x = 0.5; h = w*x = 0.4*0.6 = 0.24") == ["slip", "follows"]


def test_minus_a_negative_given_is_the_given_and_no_rounded_figure():
    head = "a = -0.6; d = 1.234\ny = a*d = "
    assert words(head + "(-0.6)*1.234 = -0.7404") == ["right", "right"]
    assert words(head + "(-0.6)*1.234 = -0.7900") == ["right", "slip"]


def test_a_short_figure_of_three_decimals_in_the_middle_was_rounded():
    head = "a = 0.113; b = 0.107; c = 0.217; d = 0.155\ny = a*b + c*d = "
    assert words(head + "0.012 + 0.034 = 0.046") == ["rounded", "right"]  # 0.012091 + 0.033635 = 0.045726
    assert words(head + "0.012 + 0.036 = 0.048") == ["slip", "follows"]


def test_the_figure_written_last_is_the_own_figure():
    text = "x = 2; w = 0.333\ny = w*x = 0.67\nz = y*100 = 67\ny = 0.666\nu = y*100 = 66.6"
    assert words(text) == ["right", "rounded", "right", "right"]


def own_figures(text):
    sheet = Sheet.parse(text)
    own = OwnFigures(SamplePoints(sheet))
    for event in sheet.events:
        if isinstance(event, str):
            own.define(event)
        elif event.number is not None:
            own.record_number(event, (), event.number.value, None, exact=False)
    return own


NETWORK = """x = 0.5; w = 0.8; v = -0.4; t = 0.2
net = w*x = 0.4
h = tanh(net) = 0.380
o = v*h = -0.152
E = (o - t)^2/2
"""


def test_a_derivative_that_nobody_wrote_comes_from_the_figures_of_the_forward_pass():
    own = own_figures(NETWORK)
    found = own.derivative("E", "w")
    assert float(found.data) == pytest.approx((-0.152 - 0.2) * -0.4 * (1 - 0.380**2) * 0.5)


def test_a_derivative_that_was_written_is_used_and_not_worked_out_again():
    own = own_figures(NETWORK + "dE/do = -0.9\ndh/dnet = 0.5\n")
    assert float(own.derivative("E", "w").data) == pytest.approx(-0.9 * -0.4 * 0.5 * 0.5)
    assert float(own.derivative("E", "v").data) == pytest.approx(-0.9 * 0.380)


def test_a_bare_gradient_may_be_read_in_more_than_one_way():
    own = own_figures(NETWORK.replace("0.380", "0.390") + "dE/do = -0.9\n")
    readings = [float(value.data) for value in own.readings(Subject(of="E", by="w"))]
    by_output, by_input = 1 - 0.390**2, 1 - math.tanh(0.4) ** 2
    error = -0.152 - 0.2
    assert readings == pytest.approx([a * -0.4 * s * 0.5 for a in (-0.9, error) for s in (by_output, by_input)])


def test_the_slope_of_softplus_may_come_from_its_output():
    own = own_figures("z = 0.3\nh = softplus(z) = 0.9")
    readings = [float(value.data) for value in own.readings(Subject(of="h", by="z"))]
    assert readings == pytest.approx([1 - math.exp(-0.9), 1 / (1 + math.exp(-0.3))])


def test_a_figure_of_the_key_is_there_without_being_written():
    key = Sheet.parse(NETWORK)
    own = OwnFigures(SamplePoints(Sheet.parse("dE/dw = ?", key)))
    assert float(own.figure("h").data) == pytest.approx(math.tanh(0.4))


def test_a_definition_without_a_number_carries_the_window_of_what_it_is_made_of():
    own = own_figures("u = 1; v = 3\na = u/v = 0.33\nb = a*100\n")
    found = own.interval(own.figure("b"))
    assert (found.low, found.high) == pytest.approx((32.5, 33.5))
    tree = read("y = b - a", ["a", "b"]).statements[0].segments[1].tree
    assert own.interval(own.compute(tree)).high == pytest.approx(33.5 - 0.335)
