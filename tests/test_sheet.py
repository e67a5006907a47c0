"""What a sheet means: its graph, its claims, its bounds, and generic points."""

import math
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from autograd import Sheet, SheetError, Value, gradients, mark, topological_order
from autograd.claims.sampling import POINTS, SamplePoints, agree, generic_points
from autograd.sheet.sheet import MAX_PARTS
from autograd.table import ops

pytestmark = pytest.mark.portable

DEMOS = Path(__file__).parent.parent / "demos"

NETWORK = """
x = 0.5; w = 0.8; v = -0.4; t = 0.2
net = w*x
h = 1/(1 + exp(-net))
o = v*h
E = (o - t)^2/2
loss: E
"""


# -- The graph ----------------------------------------------------------------------------------


def test_a_sheet_is_a_graph_of_values_with_its_names_as_labels():
    root = Sheet.parse(NETWORK).graph()
    assert root.label == "E"
    root.backward()
    h = 1 / (1 + math.exp(-0.4))
    error = -0.4 * h - 0.2
    assert root.data == pytest.approx(error**2 / 2)
    named = {node.label: node for node in walk(root)}
    assert named["w"].grad == pytest.approx(error * -0.4 * h * (1 - h) * 0.5)
    assert named["v"].grad == pytest.approx(error * h)


def walk(root):
    seen, stack = set(), [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(node.parents)
            yield node


def test_without_a_loss_the_last_definition_is_the_root():
    assert Sheet.parse("x = 2; y = x^2; z = 3*y").graph().label == "z"


def test_without_a_loss_it_is_what_derivatives_are_taken_of():
    text = "w = 3; a = 2*w; E = a^2; dE/da = 12; da/dw = 2; dE/dw = 24; w_new = w - 0.1*dE/dw"
    assert Sheet.parse(text).graph().label == "E"
    last = "w = 3; a = 2*w; E = a^2; dE/dw = 24; da/dw = 2"
    assert Sheet.parse(last).graph().label == "E"  # not what was said last, but what lies above
    assert Sheet.parse("w = 3; E = w^2; w_new = w - 0.1*dE/dw").graph().label == "E"
    assert Sheet.parse("loss: w\nw = 3").graph().label == "w"


@pytest.mark.parametrize(
    ("line", "operands"),
    [
        ("w*x + v*y + b", "w x v y b"),
        ("w*x + v*y", "w x v y"),
        ("w*x + b", "w x b"),
        ("2*x + v*3 + b", "2 x v 3 b"),
        ("sum(w*x, v*y) + b", "w x v y b"),
        ("w*x - v*y", None),
        ("w*x*2 + v*y", None),
        ("w*x", None),
        ("w + x", None),
        ("w + v*y", None),
        ("w*(x + y) + b", None),
    ],
)
def test_a_weighted_sum_is_one_node_as_it_is_one_line(line, operands):
    root = Sheet.parse(f"w = 0.3; x = 0.7; v = -0.2; y = 1.1; b = 0.05; z = {line}; E = z^2").graph()
    (z,) = [node for node in topological_order(root) if node.label == "z"]
    assert (z.op is ops.affine) == (operands is not None)
    if operands:
        assert [getattr(each, "label", None) or str(each) for each in z.operands] == operands.split()


@pytest.mark.parametrize("path", sorted((DEMOS / "sheets").rglob("*.sheet")), ids=lambda path: path.stem)
def test_whole_lines_and_single_operations_compute_the_same_bits(path):
    sheet = Sheet.load(path)
    root = sheet.graph()
    single = sheet.evaluate().values
    assert root.data == single[root.label].data
    whole, parts = gradients(root), gradients(single[root.label])
    for node, slope in whole.items():
        if node.label in single:
            assert slope == pytest.approx(parts[single[node.label]], rel=1e-12, abs=1e-15)


def test_another_name_may_be_the_root():
    sheet = Sheet.parse("x = 2; y = 3*x; E = y^2; dE/dx = 36")
    assert sheet.graph("y").label == "y"
    with pytest.raises(KeyError):
        sheet.graph("z")


def test_the_members_of_a_class_keep_their_sum_at_generic_points():
    sheet = Sheet.parse("y[1] = 0; y[2] = 1; y[3] = 0; x1 = 1; x2 = 1; z = x1*y[1] + x2*y[2] + y[3]")
    for point in generic_points(sheet, sheet.evaluate()):
        y = [point.givens[f"y[{k}]"] for k in (1, 2, 3)]
        assert sum(y) == pytest.approx(1)
        assert len({*y, 0, 1}) == 5  # and each of them moves
        assert point.givens["x1"] != point.givens["x2"]


def test_a_second_name_for_a_node_is_a_node_of_its_own():
    point = Sheet.parse("x = 2; y = x; z = y*x").evaluate()
    assert point.values["y"] is not point.values["x"]
    assert point.derivative("z", "x") == 4.0
    assert point.derivative("z", "y") == 2.0


def test_a_derivative_in_a_definition_is_a_number_of_the_graph():
    point = Sheet.parse(NETWORK + "w_new = w - 0.5*dE/dw").evaluate()
    assert float(point.values["w_new"].data) == pytest.approx(0.8 - 0.5 * point.derivative("E", "w"))


def test_names_between_two_lead_from_one_to_the_other():
    sheet = Sheet.parse("x = 3; y = x^2; z = x + 1; other = 2*x; E = y*z; later = 2*E")
    assert sheet.between("x", "E") == ["y", "z", "E"]
    assert sheet.between("y", "E") == ["E"]
    assert sheet.between("E", "x") == []
    assert sheet.between("other", "E") == []


def test_a_name_is_direct_where_there_is_no_other_way():
    sheet = Sheet.parse("x = 3; y = x^2; z = x + y; u = y + 1; q = x*2")
    assert not sheet.is_direct("z", "x")
    assert sheet.is_direct("z", "y")
    assert sheet.is_direct("q", "x")
    assert not sheet.is_direct("u", "x")


def test_names_that_are_easily_mistaken_for_one_another():
    sheet = Sheet.parse("w1 = 1; w2 = 2; x = 3; h1_raw = w1*x; h1 = tanh(h1_raw); h2_raw = w2*x\nw1_new = w1 - dh1/dw1")
    assert sheet.similar_names("w1") == ["w1_new", "w2"]
    assert sheet.similar_names("h1") == ["h1_raw"]
    assert sheet.similar_names("h1_raw") == ["h1", "h2_raw"]


def test_a_number_in_a_formula_may_be_any_given_that_has_it():
    sheet = Sheet.parse("a = 0.1; b = 0.1; y = a*b; z = 0.1*a")
    names = {str(tree.left.key) for tree in sheet.with_givens_named(sheet.definitions["z"].tree)}
    assert names == {"a", "b"}
    assert mark("a = 0.1; b = 0.1; c = 0.3\ny = a*b*c\ndy/da = 0.1*c; dy/db = 0.1*c; dy/dc = 0.1*0.1").ok


# -- Generic points -----------------------------------------------------------------------------


def test_generic_points_are_the_same_every_time_and_none_is_the_sheets_own():
    first, again = (SamplePoints(Sheet.parse(NETWORK)) for _ in range(2))
    assert [point.givens for point in first.points] == [point.givens for point in again.points]
    for point in first.points:
        assert all(point.givens[name] != given for name, given in first.at_givens.givens.items())


def test_a_coincidence_at_the_sheets_own_point_is_no_truth():
    # at x = 2 both x + x and x·x are 4
    assert not mark("x = 2; y = x^2; z = 3*y\ndz/dx = 3*(x^2)").ok
    assert mark("x = 2; y = x^2; z = 3*y\ndz/dx = 6*x").ok


def test_a_whole_given_in_an_exponent_stays_whole():
    text = "n = 3; x = -0.7\ny = x^n\ndy/dx = n*x^(n - 1)"
    assert mark(text).ok
    assert not mark(text.replace("n*x", "x")).ok


def test_a_kink_is_not_crossed_also_inside_a_formula():
    text = "a = 0.02; b = -0.3\ny = 2*relu(a)*3 + relu(b)\ndy/da = 6; dy/db = 0"
    assert mark(text).ok
    samples = SamplePoints(Sheet.parse(text))
    assert len(samples.points) == POINTS
    assert all(point.givens["a"] > 0 > point.givens["b"] for point in samples.points)


def test_where_a_sigmoid_is_flat_its_slope_may_still_be_written_in_any_form():
    text = "x = 6.0; w = 7.0\nz = w*x\nh = σ(z)\ndh/dz = h*(1 - h) = exp(-z)/(1 + exp(-z))^2 = σ(z)*σ(-z)"
    assert [verdict.word for verdict in mark(text).verdicts] == ["right"] * 3
    assert not mark(text.replace("h*(1 - h)", "h*(1 + h)")).ok


def test_a_domain_is_kept():
    assert mark("x = 0.05; y = log(x); z = sqrt(x)\ndy/dx = 1/x\ndz/dx = 1/(2*z)").ok


@pytest.mark.parametrize(("a", "b", "same"), [(1.0, 1.0 + 1e-12, True), (1.0, 1.0 + 1e-6, False), (None, 1.0, False)])
def test_two_numbers_agree_up_to_the_rounding_of_floats(a, b, same):
    assert agree(a, b) is same


# -- What is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 2\ny = x*z = 4", "line 2, column 7: z is used before it is defined"),
        ("height = 2\ny = hieght + 1", "did you mean height"),
        ("x = 2\ny = x^2\ndy/dq = 4", "q is used before it is defined"),
        ("x = 2\ny = sgimoid(x)", "there is no function sgimoid; did you mean sigmoid?"),
        ("x = 2\ny = max(x)", "line 2, column 5: max takes 2 arguments, not 1"),
        ("x = 2\ny = σ(x, x)", "takes 1 argument, not 2"),
        ("f(z) = f(z)\nx = 1", "the function f is defined by itself"),
        ("f(z) = g(z)\ng(z) = z\nx = f(1) + 1", "the function g is used before it is defined"),
        ("w = 2\nf(z) = w*f(z)\nx = f(1) + 1", "line 2, column 1: the function f is defined by itself"),
        ("w = 2\nf(z, u) = w*z\nx = f(1) + 1", "line 3, column 5: f takes 2 arguments, not 1"),
        ("f(z) = open(z)\nx = f(1) + 1", "there is no function open"),
        ("x = 1\ny = σ'''''(x)", "more than 4 primes"),
        ("x = 1e400", "line 1, column 5: 1e400 is too large for a float"),
        ("x = 1e-400", "too small for a float"),
        ("x = " + "9" * 1000, "a number of more than 400 digits"),
        ("x = 0\ny = 1/x", "line 2, column 6: div of 1 and x = 0 divides by zero"),
        ("x = -1\ny = log(x)", "line 2, column 5: log of x = −1 is not a real number"),
        ("x = 1\nloss: E", "line 1, column 1: the loss is said to be E, but nothing defines E"),
        ("? = 3", "a line cannot begin with ?"),
        ("y = ?", "nothing says yet what y is"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place_and_what_to_do(text, message):
    with pytest.raises(SheetError) as raised:
        mark(text + "\n", strict=True)
    assert str(raised.value).startswith("line ")
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "x = 3; y = " + "+".join(["x"] * 100_000),
        "x = 3; y = sum(" + ",".join(["x"] * 50_000) + ")",
        "x = 3; y = sum(x*k for k in 1..1000000)",
        "x = 3; y = sum(sum(x*k for k in 1..1000) for j in 1..1000)",
        "for i in 1..20000, j in 1..20000: x[i,j] = 1",
        "for " + ", ".join(f"i{k} in 1..2" for k in range(40)) + ": y = 3",
        "f0(z) = z + z\n" + "".join(f"f{n + 1}(z) = f{n}(f{n}(z))\n" for n in range(60)) + "y = f60(1)",
        "f(z) = 1/(1 + exp(-z))\nx = 1\n" + "".join(f"y{n} = f''''(x)\n" for n in range(1000)),
        "x = 9^9^9^9",
        "x = " + "(" * 10_000 + "1" + ")" * 10_000,
        "x = 1; y = x" + "'" * 10_000,
        "x = 1;" * 60_000,
    ],
    ids=lambda text: text[:24].replace("\n", " "),
)
def test_what_is_too_much_is_refused_before_anything_is_computed(text, monkeypatch):
    counted = 0
    forward = Value.read

    def counting(op, args):
        nonlocal counted
        counted += 1
        return forward(op, args)

    monkeypatch.setattr(Value, "read", staticmethod(counting))
    with pytest.raises(SheetError, match=r"^line \d+, column \d+: "):
        mark(text + "\n", strict=True)
    assert counted < 10
    with suppress(SheetError):  # where something else can be read, it is marked
        assert mark(text + "\n").unreadable


@pytest.mark.parametrize("line", ["y = ?", "y = 2", "x = 1"])
def test_twenty_thousand_lines_are_read_where_no_sum_is_written_out(line):
    marking = mark("x = 1; y = 2*x\n" + f"{line}\n" * 20_001)
    assert len(marking.verdicts) == 20_001


def test_for_lines_are_counted_together():
    text = "for i in 1..15000: a[i] = 1\nfor i in 1..15000: b[i] = 1\n"
    with pytest.raises(SheetError, match="the sums and for lines of this sheet have more than 20,000 terms"):
        Sheet.parse(text)


def test_a_sheet_at_the_bound_is_read_without_recursion():
    terms = MAX_PARTS // 2 - 10
    limit = sys.getrecursionlimit()
    sheet = Sheet.parse("x = 0.5; y = " + " + ".join(["x"] * terms))
    assert sys.getrecursionlimit() == limit
    assert sheet.evaluate().values["y"].data == terms / 2


def test_whole_numbers_do_not_grow_beyond_a_float():
    assert Sheet.parse("y = 0.0 + " + "*".join(["99999"] * 50)).evaluate().values["y"].data == pytest.approx(
        99999.0**50
    )


# -- Keys ---------------------------------------------------------------------------------------


def test_the_names_of_a_key_may_be_used_and_its_definitions_are_the_truth():
    key = Sheet.parse(NETWORK)
    marking = mark("net = w*v = -0.32\nh = σ(net) = 0.4207\ndE/dv = (o - t)*h = -0.1549", key=key)
    assert [verdict.word for verdict in marking.verdicts] == [
        "wrong",
        "follows",
        "right",
        "follows",
        "right",
        "follows",
    ]
    assert [str(mistake) for mistake in marking.first_mistakes[0].diagnosis] == ["v stands where x belongs"]


def test_a_given_that_is_not_the_keys_is_a_mistake_and_is_carried_on():
    marking = mark("w = 0.9\nnet = w*x = 0.45\nh = 0.6106", key=NETWORK)
    assert [verdict.word for verdict in marking.verdicts] == ["slip", "right", "follows", "follows"]
    assert marking.first_mistakes[0].reason == "the key gives 0.8"


def test_a_name_that_the_key_does_not_have_is_the_writers_own():
    marking = mark("δ = (o - t)*v\ndE/dw = δ*h*(1 - h)*x\nq = 3; r = q^2 = 9", key=NETWORK)
    assert [verdict.word for verdict in marking.verdicts] == ["right", "right"]
    assert not mark("δ = (t - o)*v\ndE/dw = δ*h*(1 - h)*x", key=NETWORK).ok


def test_a_key_may_be_text_a_file_or_a_sheet(tmp_path):
    path = tmp_path / "key.sheet"
    path.write_text(NETWORK, encoding="utf-8")
    for key in (NETWORK, path, str(path), Sheet.load(path)):
        assert [v.word for v in mark("net = 0.5\n", key=key).verdicts] == ["slip"]


# -- Programs -----------------------------------------------------------------------------------

PROGRAM = """
import math
from math import exp

# forward
x1 = 0.05; x2 = 0.10; t1 = 0.01; t2 = 0.99
w1 = 0.15; w2 = 0.20; w3 = 0.25; w4 = 0.30; w5 = 0.40; w6 = 0.45; w7 = 0.50; w8 = 0.55
h1_raw = w1 * x1 + w2 * x2
h2_raw = w3 * x1 + w4 * x2
h1 = 1.0 / (1.0 + math.exp(-h1_raw))
h2 = 1.0 / (1.0 + exp(-h2_raw))
o1_raw = w5 * h1 + w6 * h2
o2_raw = w7 * h1 + w8 * h2
o1 = 1.0 / (1.0 + math.exp(-o1_raw))
o2 = 1.0 / (1.0 + math.exp(-o2_raw))
error = 0.5 * (t1 - o1) ** 2 + 0.5 * (t2 - o2) ** 2  # loss: error

# backward
do1_raw = -(t1 - o1) * o1 * (1.0 - o1)
do2_raw = -(t2 - o2) * o2 * (1.0 - o2)
dw5 = do1_raw * h1
dw8 = do2_raw * h2
dh1 = do1_raw * w5 + do2_raw * w7
dh2 = do1_raw * w6 + do2_raw * w8
dh1_raw = dh1 * h1 * (1.0 - h1)
dh2_raw = dh2 * h2 * (1.0 - h2)
dw_total = 2 * h1
dw1 = dh1_raw * x1
dw4 = dh2_raw * x2
"""


def test_a_program_in_python_runs_and_is_a_sheet():
    names = {}
    exec(compile(PROGRAM, "<program>", "exec"), names)  # noqa: S102 -- the program above, to show that it is Python
    sheet = Sheet.parse(PROGRAM)
    assert sheet.loss == "error"
    marking = mark(PROGRAM)
    assert marking.ok
    assert len(marking.verdicts) == 10
    assert sheet.evaluate().derivative("error", "w1") == pytest.approx(names["dw1"])


@pytest.mark.parametrize(
    ("line", "wrong", "sentence"),
    [
        ("dh2 = do1_raw * w6 + do2_raw * w8", "dh2 = do1_raw * w6", "the term derror/do2_raw·w8 is left out"),
        (
            "dh1_raw = dh1 * h1 * (1.0 - h1)",
            "dh1_raw = dh1 * h1_raw * (1.0 - h1_raw)",
            "h1_raw, the pre-activation, stands where the activation h1 belongs",
        ),
        ("dw8 = do2_raw * h2", "dw8 = do2_raw * h1", "h1 stands where h2 belongs"),
        ("do1_raw = -(t1 - o1)", "do1_raw = (t1 - o1)", "t1 − o1 stands where o1 − t1 belongs"),
    ],
)
def test_a_mistake_in_a_program_is_one_root_with_its_name(line, wrong, sentence):
    assert line in PROGRAM
    (root,) = mark(PROGRAM.replace(line, wrong)).first_mistakes
    assert sentence in [str(mistake) for mistake in root.diagnosis]


def test_a_comment_about_a_loss_that_is_no_name_is_a_comment():
    assert Sheet.parse("x = 2; y = x^2  # loss: mse").loss is None
