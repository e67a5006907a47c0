"""What marking says of derivations: each verdict, both sides of the window, and who is to blame."""

import json
import re
from collections import Counter
from functools import cached_property
from pathlib import Path

import pytest

from autograd import MarkingError, NotFoundError, Sheet, StaleGraphError, Value, check, mark, page
from autograd.claims.claims import Subject
from autograd.claims.tree import BinaryNode, NameNode, NumberNode, Segment, TextPlace
from autograd.claims.worksheet import Worksheet
from autograd.engine.graph import Graph
from autograd.marking import Marking
from autograd.marking.marker import Marker

pytestmark = pytest.mark.portable

SHEET = """
x = 0.05;  w = 0.15;  v = 0.40;  t = 0.01
net = w*x                                  = 0.0075
h   = sigmoid(net)                         = 0.50187
o   = v*h                                  = 0.20075
E   = (t - o)**2 / 2                       = 0.018193
loss: E
dE/do   = o - t                            = 0.19075
dh/dnet = h*(1 - h)                        = 0.25000
dE/dw   = dE/do * v * dh/dnet * x          = 0.00095
w_new   = w - 0.5 * dE/dw                  = 0.14952
"""


def words(text, **options):
    return [verdict.word for verdict in mark(text, **options).verdicts]


def first_mistakes(text):
    return [(root.claim.line, root.word) for root in mark(text).first_mistakes]


def test_a_right_derivation_is_right_in_every_line():
    assert set(words(SHEET)) == {"right"}
    assert mark(SHEET).ok
    assert mark(SHEET).score == "11 of 11"


def test_a_wrong_line_counts_once_and_what_follows_names_it():
    marking = mark(
        SHEET.replace("= o - t                            = 0.19075", "= t - o = -0.19075").replace(
            "0.00095", "-0.00095"
        )
    )
    assert [(root.claim.line, root.word) for root in marking.first_mistakes] == [(8, "wrong")]
    assert "sign" in {mistake.kind for mistake in marking.first_mistakes[0].diagnosis}
    follows = [verdict for verdict in marking.verdicts if verdict.word == "follows"]
    assert {verdict.claim.line for verdict in follows} == {8, 10}
    assert {verdict.cause.line for verdict in follows} == {8}


def test_two_mistakes_in_different_branches_are_two_roots():
    text = """a = 0.7; b = 0.9
p = exp(a) = 2.0138
q = sin(b) = 0.7333
y = p*q = 1.4767
dy/da = p*q = 1.4767
dy/db = p*cos(b) = 1.2618"""
    # e^0.7 = 2.01375; sin 0.9 = 0.78333 (a digit left out); 2.0138·0.6216 = 1.2518
    assert first_mistakes(text) == [(3, "slip"), (6, "slip")]


def test_two_mistakes_on_one_path_are_both_found_the_second_by_the_writers_own_figures():
    text = """x = 0.5; w = 0.8
z = w*x = 0.41
h = exp(z) = 1.6068
y = h*h = 2.5818"""
    # z is 0.40: a slip. exp(0.41) is 1.5068 by the writer's own z: a second one. 1.6068² is 2.5818: it follows.
    assert first_mistakes(text) == [(2, "slip"), (3, "slip")]
    assert words(text)[-1] == "follows"


@pytest.mark.parametrize(
    ("formula", "low", "high"),
    [
        # a ± 0.005 and b ± 0.005 around 0.33 and 0.67: what can come out, to four decimals
        ("a + b", 0.9901, 1.0099),
        ("a * b", 0.2162, 0.2261),
        ("a / b", 0.4816, 0.5037),
        ("exp(a)", 1.3841, 1.3979),
    ],
)
def test_a_number_is_a_slip_only_outside_the_window_of_the_own_figures(formula, low, high):
    def verdict(number):
        text = f"u = 1; v = 3\na = u/v = 0.33\nb = 2*u/v = 0.67\ny = {formula} = {number:.4f}"
        return mark(text).verdicts[-1].word

    assert verdict(low) != "slip"
    assert verdict(high) != "slip"
    assert verdict(low - 0.0003) == "slip"
    assert verdict(high + 0.0003) == "slip"


def test_the_window_is_narrow_where_the_derivative_vanishes():
    # h = 0.50 ± 0.005: h(1 − h) is at least 0.249975, whatever the digits of h were.
    text = "z = 0.001\nh = sigmoid(z) = 0.50\ndh/dz = h*(1 - h) = {}"
    assert words(text.format("0.2500"))[-1] == "right"
    assert words(text.format("0.2475"))[-1] == "slip"


def test_rounding_carried_along_is_no_mistake():
    text = "u = 1; v = 3\na = u/v = 0.33\ny = a*1000 = 330"
    assert words(text) == ["right", "rounded"]


def test_a_fresh_start_from_the_true_value_is_said():
    text = "x = 3\ny = x^2 = 6.0\nz = y + x = 12.0"
    marking = mark(text)
    assert [verdict.word for verdict in marking.verdicts] == ["slip", "right"]
    assert "right again" in marking.verdicts[1].reason


@pytest.mark.parametrize(
    "formula",
    ["o - t", "-(t - o)", "2*(o - t)/2", "½·2·(o - t)", "(o*o - t*o)/o", "o + (-1)*t", "1/2*2*o - t", "0 - (t - o)"],
)
def test_a_formula_that_is_right_but_looks_different_is_right(formula):
    assert words(f"o = 0.7; t = 0.2\nE = (t - o)^2/2\ndE/do = {formula}") == ["right"]


@pytest.mark.parametrize(
    "formula",
    [
        "h*(1 - h)",
        "h - h^2",
        "exp(-z)/(1 + exp(-z))^2",
        "σ'(z)",
        "σ(z)·σ(-z)",
        "exp(z)/(1 + exp(z))^2",
        "1/(2 + exp(z) + exp(-z))",
    ],
)
def test_every_form_of_the_slope_of_a_sigmoid_is_right(formula):
    assert words(f"z = 0.3\nh = σ(z)\ndh/dz = {formula}") == ["right"]


def test_a_mean_may_have_its_one_over_m_inside_or_outside():
    head = "a = 0.3; b = 0.5; w = 0.2\nE = ((w*a)^2 + (w*b)^2)/2\n"
    assert words(head + "dE/dw = (w*a*a + w*b*b)*2/2 = 1/2*(2*w*a*a) + 1/2*2*w*b*b") == ["right", "right"]


def test_a_number_in_a_formula_may_be_a_givens_own():
    assert words("x = 0.05; w = 0.3\nh = tanh(w*x)\ndh/dw = (1 - h^2)*0.05") == ["right"]


def test_a_question_mark_is_unanswered_and_no_mistake():
    marking = mark("x = 2\ny = x^3 = ?\ndy/dx = ?")
    assert [verdict.word for verdict in marking.verdicts] == ["unanswered", "unanswered"]
    assert marking.ok


@pytest.mark.parametrize(("zero", "line"), [("0.00", "y = h*x"), ("0.00", "y = h*x*x")])
def test_a_zero_upstream_makes_a_line_uninformative(zero, line):
    text = f"z = 0.3; x = 2.0\nh = sigmoid(z) = {zero}\n{line} = 0.0"
    assert words(text) == ["slip", "uninformative"]


def test_a_one_upstream_makes_the_slope_of_a_sigmoid_uninformative():
    assert words("z = 0.3\nh = sigmoid(z) = 1.0\ndh/dz = h*(1 - h) = 0.0")[-1] == "uninformative"


@pytest.mark.parametrize("written", ["1.5e-4", "1.5×10⁻⁴", "0.00015", "1.5·10^-4", "1.5E−4"])
def test_digits_count_as_written(written):
    assert words(f"x = 0.01234\ny = x^2 = {written}") == ["right"]


def test_a_quantified_claim_is_one_claim_judged_for_every_index():
    text = "a[1] = 0.2; a[2] = 0.5\nfor i in 1..2: b[i] = a[i]^2\nfor i in 1..2: db[i]/da[i] = a[i] + 0.2"
    marking = mark(text)
    assert len(marking.verdicts) == 1
    assert not marking.ok
    assert "i = 2" in marking.verdicts[0].claim.index


def test_a_hand_written_backward_pass_in_python_is_a_sheet_once_it_says_its_loss():
    text = """
x = 0.6; w_h = 0.4; b_h = 0.1; w_o = -0.7; target = 1.0
h_raw = x * w_h + b_h
h = math.tanh(h_raw)
out = h * w_o
err = 0.5 * (out - target) ** 2
loss: err
dout = out - target
dw_o = dout * h
dh = dout * w_o
dh_raw = dh * (1 - h * h)
dw_h = dh_raw * {}
db_h = dh_raw
"""
    assert set(words(text.format("x"))) == {"right"}
    marking = mark(text.format("w_h"))
    assert [root.claim.line for root in marking.first_mistakes] == [12]
    assert "x" in " ".join(map(str, marking.first_mistakes[0].diagnosis))


def test_a_key_marks_the_names_of_somebody_elses_sheet(tmp_path):
    key = tmp_path / "key.sheet"
    key.write_text(SHEET)
    assert words("h = 0.50187\ndE/dw = 0.0019", key=key) == ["right", "slip"]


def test_figures_for_a_python_graph_are_marked_without_a_sheet():
    w5, h = Value(0.4, "w5"), Value(0.506875, "h")
    o = (w5 * h).sigmoid()
    o.label = "o1"
    E = (o - 0.01) ** 2 / 2
    E.label = "E"
    marking = check(E, {w5: "0.31", "o1": f"{o.data:.5f}"})
    assert [verdict.word for verdict in marking.verdicts] == ["slip", "right"]
    graph = Graph(E)
    assert [verdict.word for verdict in check(graph, {w5: "0.31"}).verdicts] == ["slip"]
    for unknown in (Value(1.0, "stranger"), "stranger"):
        with pytest.raises(NotFoundError) as expected:
            graph.find(unknown)
        with pytest.raises(NotFoundError, match=re.escape(str(expected.value))):
            check(E, {unknown: "0.1"})
    w5.data = 5.0
    with pytest.raises(StaleGraphError, match="no longer follows"):
        check(E, {w5: "0.31"})


def test_every_form_of_the_report_says_the_same():
    marking = mark(SHEET.replace("0.20075", "0.20157"))
    data = json.loads(marking.to_json())
    assert [root["line"] for root in data["roots"]] == [5]
    assert data["roots"][0]["diagnosis"] or data["roots"][0]["reason"]
    for text in (str(marking), marking.to_markdown(), marking.to_html()):
        assert "slip" in text
        assert marking.score in text


def test_a_report_is_safe_in_html():
    assert "<script>" not in mark("# <script>\nx = 1\ny = x + 1 = 3").to_html()


HELPERS = """x = 0.5; w = 0.4; v = 0.3; t = 1
z = w*x; h = σ(z); o = σ(v*h); E = (t - o)^2/2
loss: E
d_o = (t - o)*o*(1 - o)
d_h = d_o*v
dE/dv = d_o*h
dE/dw = d_h*h*(1 - h)*x
"""


@pytest.mark.parametrize("read", [page, lambda sheet: Marker(sheet).mark()])
def test_marking_does_not_change_the_sheet(read):
    sheet = Sheet.parse(HELPERS)  # d_o is marked as dE/d(net of o), with a name for the net input
    before = dict(sheet.definitions), dict(sheet.givens), list(sheet.order), list(sheet.claims), list(sheet.events)
    read(sheet)
    assert (sheet.definitions, sheet.givens, sheet.order, sheet.claims, sheet.events) == before
    assert sheet.definitions["d_o"].text == "(t - o)*o*(1 - o)"
    assert mark(HELPERS).first_mistakes[0].claim.about == "d_o"


def test_a_topological_order_is_asked_for_once_for_each_graph(monkeypatch):
    asked = Counter()
    order = Graph.order.func

    def counted(graph):
        asked[graph.output] += 1
        return order(graph)

    counted = cached_property(counted)
    counted.__set_name__(Graph, "order")
    monkeypatch.setattr(Graph, "order", counted)
    text = (Path(__file__).parents[1] / "demos" / "sheets" / "003_walkthrough.sheet").read_text(encoding="utf-8")
    sheet = Sheet.parse(text)
    marker = Marker(sheet)
    asked.clear()
    marker.mark()
    figures = [value for value in asked if value in marker.own._graphs]
    assert len(figures) > 100
    assert {asked[value] for value in figures} == {1}


def test_a_worksheet_that_was_never_sheet_text_is_marked():
    place = TextPlace(7, 1)  # such as a cell of a notebook; there are no lines to show

    def segment(tree, text):
        return Segment(tree, text, place)

    x, three = NameNode("x", place), NumberNode("3", 3.0, 1.0)
    square = segment(BinaryNode("^", x, NumberNode("2", 2.0, 1.0), place), "x**2")
    worksheet = Worksheet()
    worksheet.define("x", segment(three, "3"))
    worksheet.define("y", square)
    first = segment(NameNode("y", place), "y")
    worksheet.claim(Subject(name="y"), segment(NumberNode("9.5", 9.5, 0.1), "9.5"), (first, square))
    marking = Marking(worksheet, Marker(worksheet).mark())
    assert [(verdict.word, verdict.reason) for verdict in marking.verdicts] == [("slip", "your x**2 gives 9.0")]
    assert "✗ line 7: slip\n    9.5\n    ^^^\n    your x**2 gives 9.0" in str(marking)


# -- Slopes of 0, and errors of ours ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "q = 0.5\nz = 0*q\no = 3*z\ndo/dz = q",
        "a = 2\nb = 2\nz = a*a*b*b\nE = tanh(z)\ndE/da = E*a*b",
        "x = 0.5\nw = 1e-200\nz = tanh(w*w)\no = z + 1.25\ndo/dw = -1*(1 - o)",
        "x = 30\nb = 10\nz = σ(0.5+x)\nh = b^0.5\no = 0\ndo/db = h*b*(1 - h)*z = z*0\n∂z/∂h = (-x)*ln(z)",
    ],
)
def test_a_slope_of_0_is_no_error(text):
    assert mark(text).first_mistakes[-1].claim.line == text.count("\n") + 1


NO_DIFFERENCE = """x = 1e-200
z = abs(2)/(x + x)
h = tan(z*x)
z_new = z - 0.5*∂h/∂z = h*0*0 = 3.43e-210
∂z/∂h = (1 - z)*0*x*x = 0
dz/dx = 1
z_new = z - 0.5*dh/dz = (∂h/∂z*1/3 - ∂h/∂z) = -2.4255e-200"""  # two slips of one number, too far apart for floats


@pytest.mark.parametrize(
    "text",
    [
        "w = 2\nt = -1\nb = 8\nz = (w+t)\np = (b+t)\nloss: p\nz = 7",  # a sum before the loss, no step along it
        "x = 1\nw = 800\nz = cos(-2.718/w)\nloss: z\ndz/dw = 0.5 = 2.8857e-08\nz = 10",  # a slope lost in rounding
        "x = 1e-200\nw = -2.718\nb = -1\nz = b\nloss: z\nv5 = (w + b) + w*x\nz = -2",  # a product of rates, 1e-400
        NO_DIFFERENCE,
        "x = 1e8\nw = 1e200\nz = x + w\nh = w + z\n∂z/∂x = -1\nv5 = 0.5*z*∂z/∂x*h\n∂h/∂w = z*(1 - h)",  # exact 1
        "x = 1e-200\nw = 1e200\nz = 800\nh = 3*z\no = tan(ln(h))/(z/w + 1/x)\np = z/o\nloss: p\ndo/dh = h*h = 8e-202",
    ],
)
def test_what_floats_cannot_hold_is_no_error(text):
    assert mark(text).first_mistakes


def test_an_error_of_ours_is_said_to_be_ours(monkeypatch):
    monkeypatch.setattr("autograd.marking.marker.diagnose", lambda _: 1 / 0)
    with pytest.raises(MarkingError, match=r"chalkgrad failed to mark this sheet \(ZeroDivisionError: .*please report"):
        mark("x = 2\ny = x^2 = 5")
