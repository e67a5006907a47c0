"""Losses: against figures of PyTorch and digits of mpmath, the arguments they take, and their errors."""

import inspect
import json
import math
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from autograd import (
    ArgumentError,
    DomainError,
    OperandError,
    Value,
    expand,
    grad,
    gradcheck,
    gradients,
    topological_order,
    trace_origins,
)
from autograd.engine import functions
from autograd.engine.graph import Graph, local_formula
from autograd.symbolic import printer
from autograd.table.ops import TABLE
from nn import losses

FIGURES = json.loads((Path(__file__).parent / "data" / "losses.json").read_text(encoding="utf-8"))
NAMES = [name for name, thing in vars(losses).items() if inspect.isfunction(thing)]


def values(numbers):
    return [Value(x, f"z{place}") for place, x in enumerate(numbers, start=1)]


# -- Values and slopes ----------------------------------------------------------------------------


@pytest.mark.parametrize("case", FIGURES["losses"], ids=lambda case: f"{case['loss']} of {case['outputs'][0][0]}")
def test_the_loss_and_its_gradients_are_those_of_pytorch(case):
    outputs = [values(row) for row in case["outputs"]]
    loss = getattr(losses, case["loss"])(outputs, case["targets"], **case["options"])
    loss.backward()
    assert loss.data == pytest.approx(case["value"], rel=1e-12)
    for row, expected in zip(outputs, case["gradients"]):
        assert [v.grad for v in row] == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_pytorch_has_a_figure_for_every_loss():
    assert {case["loss"] for case in FIGURES["losses"]} == set(NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "cross_entropy_with_logits"])
def test_a_single_output_goes_without_a_list_and_the_loss_is_one_node(name):
    loss, z = getattr(losses, name), Value(0.5)
    alone = loss(z, 1)
    assert alone.parents == (z,)
    assert alone.data == loss([z], [1]).data == loss([[z]], [[1]]).data


@pytest.mark.parametrize("wanted", [0, 1, 2])
def test_a_class_is_the_same_as_a_one_for_it_and_zeros(wanted):
    z = values([0.5, -1.0, 2.0])
    by_class = losses.cross_entropy_with_logits(z, wanted)
    one_hot = losses.cross_entropy_with_logits(z, [int(place == wanted) for place in range(3)])
    assert by_class.data == one_hot.data
    assert by_class.locals == one_hot.locals
    assert by_class.parents == one_hot.parents == tuple(z)


def test_rows_of_logits_give_the_mean_over_the_rows():
    rows = [[0.5, -1.0, 2.0], [1.0, 0.0, 0.0]]
    each = [losses.cross_entropy_with_logits(values(row), k).data for row, k in zip(rows, [2, 0])]
    assert losses.cross_entropy_with_logits(list(map(values, rows)), [2, 0]).data == sum(each) / 2


def test_targets_that_are_values_receive_their_gradient():
    s, sign = Value(0.5), Value(-1.0)
    losses.max_margin(s, sign).backward()
    assert (s.grad, sign.grad) == (1.0, -0.5)


def test_fractions_stay_exact():
    o = [Value(Fraction(1, 3)), Value(Fraction(5, 2))]
    assert losses.mean_squared_error(o, [0, 1]).data == (Fraction(1, 9) + Fraction(9, 4)) / 2
    assert losses.huber(o, [0, 1], 1).data == (Fraction(1, 18) + Fraction(3, 2) - Fraction(1, 2)) / 2
    assert losses.max_margin(o, [1, 1]).data == Fraction(2, 3) / 2


# -- Extreme arguments -----------------------------------------------------------------------------


@pytest.mark.parametrize("z", [-1000.0, -37.5, 0.25, 37.5, 1000.0])
@pytest.mark.parametrize("t", [0, 1])
def test_binary_cross_entropy_is_the_cross_entropy_of_two_logits_of_which_one_is_zero(z, t):
    one, two = Value(z), [Value(0.0), Value(z)]
    binary, softmax = losses.binary_cross_entropy_with_logits(one, t), losses.cross_entropy_with_logits(two, t)
    binary.backward()
    softmax.backward()
    assert binary.data == pytest.approx(softmax.data, rel=1e-14, abs=1e-300)
    assert one.grad == pytest.approx(two[1].grad, rel=1e-14, abs=1e-300)


def test_a_prediction_that_is_right_beyond_doubt_still_has_its_tiny_gradient():
    z = values([40.0, 0.0])
    loss = losses.cross_entropy_with_logits(z, 0)
    loss.backward()
    tiny = float(mpmath.mp.exp(-40))
    assert (loss.data, z[0].grad, z[1].grad) == pytest.approx((tiny, -tiny, tiny), rel=1e-14)


@pytest.mark.parametrize("logits", [[1000.0, 999.5, -1000.0], [0.3, -0.2, 0.1]])
def test_the_second_derivatives_of_cross_entropy_are_those_of_the_softmax(logits):
    z = values(logits)
    with mpmath.workdps(50):
        powers = [mpmath.exp(mpmath.mpf(x)) for x in logits]
        p = [power / sum(powers) for power in powers]
        expected = [[float(p[i] * ((i == j) - p[j])) for j in range(3)] for i in range(3)]
    slopes = grad(losses.cross_entropy_with_logits(z, 1), z)
    for slope, row in zip(slopes, expected):
        assert [v.data for v in grad(slope, z)] == pytest.approx(row, rel=1e-12, abs=1e-15)


def softmax(logits):
    """The softmax in 50 digits, of floats as they are."""
    with mpmath.workdps(50):
        powers = [mpmath.exp(mpmath.mpf(x) - mpmath.mpf(max(logits))) for x in logits]
        return [power / sum(powers) for power in powers]


@examples(max_examples=300)
@given(
    st.sampled_from([1.0, 1e3, 1e9, 1e15, 1e300]).flatmap(
        lambda size: st.lists(st.floats(-3, 3), min_size=2, max_size=6).map(
            lambda small: [size * (place % 2) + x for place, x in enumerate(small)]
        )
    ),
    st.data(),
)
def test_however_far_apart_the_logits_are_the_slopes_have_all_their_digits(logits, data):
    z, wanted = values(logits), data.draw(st.integers(0, len(logits) - 1))
    expected = softmax(logits)
    slopes = [float(p - (place == wanted)) for place, p in enumerate(expected)]
    assert losses.cross_entropy_with_logits(z, wanted).locals == pytest.approx(slopes, rel=1e-13, abs=1e-320)
    assert functions.logsumexp(z).locals == pytest.approx(list(map(float, expected)), rel=1e-13, abs=1e-320)


MASKED = [
    ([-math.inf, 0.0, 1.0], 1),
    ([-math.inf, 0.0, 1.0], [0.0, 0.25, 0.75]),
    ([3.0, -math.inf, -math.inf, 1.0], [1, 0, 0, 0]),
    ([-math.inf, 5.0], 1),
    ([1e9, -math.inf, 1e9 - 1], 2),
]


@pytest.mark.parametrize("plain_operators", [False, True])
@pytest.mark.parametrize(("logits", "target"), MASKED)
def test_a_logit_of_minus_infinity_masks_its_class(logits, target, plain_operators):
    with trace_origins() if plain_operators else nullcontext():
        z, rest = values(logits), values([x for x in logits if x != -math.inf])
        kept = [place for place, x in enumerate(logits) if x != -math.inf]
        E = losses.cross_entropy_with_logits(z, target)
        other = kept.index(target) if isinstance(target, int) else [target[place] for place in kept]
        without = losses.cross_entropy_with_logits(rest, other) if len(rest) > 1 else Value(0.0)
        E.backward()
        if len(rest) > 1:
            without.backward()
    assert E.data == pytest.approx(without.data, rel=1e-14)
    assert [z[place].grad for place in kept] == pytest.approx([v.grad for v in rest], rel=1e-14, abs=1e-300)
    assert all(v.grad == 0 for v in z if v.data == -math.inf)
    slopes = grad(grad(losses.cross_entropy_with_logits(z, target), z[kept[0]]), z)
    assert [slopes[place].data for place in kept] == pytest.approx(
        [v.data for v in grad(grad(without, rest[0]), rest)] if len(rest) > 1 else [0.0], rel=1e-12, abs=1e-15
    )


@pytest.mark.parametrize("target", [0, [1.0, 0.0, 0.0], [Value(0.5), Value(0.5), Value(0.0)]])
def test_a_target_that_is_masked_has_no_loss(target):
    with pytest.raises(DomainError, match="class 0 is wanted and has the logit −inf, so its loss is −log 0"):
        losses.cross_entropy_with_logits(values([-math.inf, 0.0, 1.0]), target)
    assert math.isnan(losses.cross_entropy_with_logits(values([-math.inf, math.nan, 1.0]), 1).data)


def test_an_infinite_logit_on_the_right_side_costs_nothing():
    for z, t in [(math.inf, 1), (-math.inf, 0)]:
        one = Value(z)
        E = losses.binary_cross_entropy_with_logits([one, Value(0.0)], [t, 1])
        E.backward()
        assert (E.data, one.grad) == (math.log(2) / 2, 0)
    assert losses.binary_cross_entropy_with_logits(Value(math.inf), 0).data == math.inf


@pytest.mark.parametrize("targets", [[0.25, 0.75, 0.0], [1.0, 0.0, 0.0], [0.2, 0.3, 0.5000001]])
def test_a_target_that_is_a_value_has_the_slope_minus_log_softmax_whatever_the_targets_add_up_to(targets):
    logits = [0.5, -1.0, 2.0]
    z, t = values(logits), list(map(Value, targets))
    E = losses.cross_entropy_with_logits(z, t)
    E.backward()
    p = list(map(float, softmax(logits)))
    assert E.data == pytest.approx(-sum(a * math.log(b) for a, b in zip(targets, p)), rel=1e-14)
    assert [v.grad for v in t] == pytest.approx([-math.log(b) for b in p], rel=1e-14)
    assert [v.grad for v in z] == pytest.approx([sum(targets) * b - a for a, b in zip(targets, p)], rel=1e-14)
    mixed = grad(grad(E, t[0]), z)  # ∂²E/∂t₁∂zⱼ = softmax(z)ⱼ − [j = 1]
    assert [v.data for v in mixed] == pytest.approx([b - (place == 0) for place, b in enumerate(p)], rel=1e-13)


def test_targets_that_come_from_a_softmax_have_their_slope_through_it():
    u, z = Value(0.3), values([0.5, -1.0])
    t = [u.sigmoid(), 1 - u.sigmoid()]
    slope = grad(losses.cross_entropy_with_logits(z, t), u)
    assert slope.data == pytest.approx((-0.5 - 1.0) * t[0].data * t[1].data, rel=1e-14)


@pytest.mark.parametrize(
    ("loss", "outputs", "targets"),
    [
        (losses.mean_squared_error, [0.5, 2.0], [1.0, -1.0]),
        (losses.max_margin, [0.5, 2.0], [1, -1]),
        (losses.binary_cross_entropy_with_logits, [0.5, 2.0], [1, 0.25]),
        (losses.cross_entropy_with_logits, [0.5, 2.0, -1.0], 2),
        (losses.huber, [0.5, 2.0], [1.0, -1.0]),
    ],
)
def test_written_out_in_single_operations_it_is_the_same_loss(loss, outputs, targets):
    node = loss(values(outputs), targets)
    out = expand(node)
    assert out.data == node.data
    assert {v.op.name for v in gradients(out) if v.op}.isdisjoint({node.op.name})
    for leaf, slope in gradients(node).items():
        if leaf is not node:
            assert gradients(out)[leaf] == pytest.approx(slope, rel=1e-14)


def operations(root):
    return [node.op.name for node in topological_order(root) if node.op]


def test_written_out_it_has_no_operation_that_does_nothing():
    alone = expand(losses.mean_squared_error([Value(3.0)], [Value(1.0)]))
    assert set(operations(alone)) == {"sub", "mul"}  # and no ÷ 1
    z = values([1.0, 2.0, 4.0])
    assert operations(expand(losses.cross_entropy_with_logits(z, [0, 1, 0]))).count("mul") == 0
    assert operations(expand(losses.cross_entropy_with_logits(z, [0, 0.25, 0.75]))).count("mul") == 2
    assert expand(TABLE["cross_entropy"](*z, 0, 0, 0)).data == 0  # where there are no weights but 0, one stays


def test_huber_is_smooth_where_output_and_target_meet_and_where_the_parabola_ends():
    for o, slopes in [(1.0, (0, 1, 0)), (1.25, (0.25, 1, 0)), (4.0, (1, 0, 0))]:
        x = Value(o)
        y = losses.huber(x, 1.0)
        for slope in slopes:
            y = grad(y, x)
            assert y.data == slope


@pytest.mark.parametrize("wanted", [0, 2])
def test_the_checker_of_gradients_agrees_to_third_order(wanted):
    assert gradcheck(lambda *z: losses.cross_entropy_with_logits(list(z), wanted), 0.3, -0.2, 1.5, order=3)


# -- Nodes and labels ----------------------------------------------------------------------------

READ = [
    (
        lambda z: losses.cross_entropy_with_logits(z, 1),
        ["exp(z1 − log(exp(z1) + exp(z2))) − 0", "exp(z2 − log(exp(z1) + exp(z2))) − 1"],
    ),
    (lambda z: losses.binary_cross_entropy_with_logits(z, [1, 0.25]), ["(σ(z1) − 1)/2", "(σ(z2) − 0.25)/2"]),
    (lambda z: losses.binary_cross_entropy_with_logits(z[0], 1), ["σ(z1) − 1"]),
    (lambda z: losses.mean_squared_error(z, [1, 3]), ["2·(z1 − 1)/2", "2·(z2 − 3)/2"]),
    (lambda z: losses.max_margin(z[0], 1), ["−[1 − z1 > 0]"]),
    (lambda z: losses.huber(z[0], 1.0), ["maximum(minimum(z1 − 1, 1), −1)"]),
    (functions.logsumexp, ["exp(z1 − log(exp(z1) + exp(z2)))", "exp(z2 − log(exp(z1) + exp(z2)))"]),
]


@pytest.mark.parametrize(("loss", "formulas"), READ, ids=[case[1][0] for case in READ])
def test_a_local_derivative_reads_as_on_paper(loss, formulas):
    E = loss(values([0.5, 2.0]))
    E.label = "E"
    called = Graph(E).names
    assert [printer.text(local_formula(E, place, called)) for place in range(len(formulas))] == formulas


def test_a_log_sum_exp_is_written_as_one_and_the_middle_of_a_long_one_is_left_out():
    z = [printer.Symbol(f"z{n}") for n in range(30)]
    three = functions.ops.cross_entropy.forward(*z[:3], 0, 1, 0)
    assert printer.write(three) == "log(exp(z0 − z1) + exp(z1 − z1) + exp(z2 − z1))"
    assert printer.latex(three) == r"\log\left(e^{z_{0}} + e^{z_{1}} + e^{z_{2}}\right) - z_{1}"
    long = printer.text(functions.ops.logsumexp.forward(*z))
    assert long.startswith("log(exp(z0) + exp(z1) + ")
    assert long.endswith(" + … + exp(z29))")


# -- Errors ----------------------------------------------------------------------------------------

REFUSED = [
    (
        lambda: losses.mean_squared_error([1.0], [1.0, 2.0]),
        ArgumentError,
        "mean_squared_error: 1 outputs, but 2 targets",
    ),
    (lambda: losses.huber([], []), ArgumentError, "huber: there is no output to compare"),
    (lambda: losses.huber(1.0, 2.0, 0), ArgumentError, "huber: delta is a positive number, such as 1.0: 0"),
    (lambda: losses.huber(1.0, 2.0, delta=Value(-1.0, "d")), ArgumentError, "such as 1.0: d = −1"),
    (lambda: losses.huber("o", 2.0), OperandError, r"huber: 'o' \(str\) is neither"),
    (lambda: losses.max_margin([0.5, 0.5], [1, 0]), ArgumentError, r"max_margin: a target is −1 or 1.*2·t − 1.*: 0$"),
    (lambda: losses.max_margin([0.5], [1, -1]), ArgumentError, "1 scores, but 2 targets"),
    (
        lambda: losses.max_margin([[0.5, 1.0], [0.5]], [[1, 1], [1, 1]]),
        ArgumentError,
        "row 2 has 1 scores, but 2 targets",
    ),
    (
        lambda: losses.binary_cross_entropy_with_logits(0.5, -1),
        ArgumentError,
        "a target is from 0 to 1, and max_margin takes −1 and 1: −1",
    ),
    (
        lambda: losses.cross_entropy_with_logits([1.0, 2.0], 2),
        ArgumentError,
        "no class 2; 2 logits have the classes 0 to 1",
    ),
    (lambda: losses.cross_entropy_with_logits([1.0, 2.0], -1), ArgumentError, "no class -1"),
    (lambda: losses.cross_entropy_with_logits([1.0, 2.0], True), ArgumentError, "no class True"),  # noqa: FBT003 -- the mistake
    (
        lambda: losses.cross_entropy_with_logits([1.0, 2.0], 1.0),
        OperandError,
        "number of a class, such as 2, .* not 1.0",
    ),
    (
        lambda: losses.cross_entropy_with_logits([1.0, 2.0], "cat"),
        OperandError,
        "wants a list of Values or numbers, not 'cat'",
    ),
    (lambda: losses.cross_entropy_with_logits([1.0, 2.0], [1.0]), ArgumentError, "2 logits, but 1 probabilities"),
    (lambda: losses.cross_entropy_with_logits([1.0, 2.0], [0.5, 0.6]), ArgumentError, "add up to 1, not to 1.1"),
    (lambda: losses.cross_entropy_with_logits([1.0, 2.0], [1.5, -0.5]), ArgumentError, "is not negative: −0.5"),
    (
        lambda: losses.cross_entropy_with_logits([1.0], 0),
        ArgumentError,
        "was given 1; binary_cross_entropy_with_logits",
    ),
    (lambda: losses.cross_entropy_with_logits(Value(1.0), 0), OperandError, "wants a list of Values"),
    (lambda: losses.cross_entropy_with_logits([[1.0, 2.0]], [0, 1]), ArgumentError, "1 rows of logits, but 2 targets"),
    (lambda: functions.logsumexp([]), ArgumentError, "logsumexp: of no values at all"),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), REFUSED)
def test_what_cannot_be_compared_is_told(mistake, kind, message):
    with pytest.raises(kind, match=message):
        mistake()


@pytest.mark.parametrize("name", NAMES)
def test_nan_comes_in_and_is_carried(name):
    loss = getattr(losses, name)
    assert math.isnan(loss([Value(math.nan), Value(1.0)], [1, 0] if "entropy" in name else [1, 1]).data)
    assert math.isnan(loss([Value(1.0), Value(1.0)], [math.nan, 1]).data)
