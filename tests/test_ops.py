"""The table of derivatives, against mathematics done elsewhere."""

import math

import mpmath
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from jets import KINKS
from strategies import HELPERS, SIZES, examples, points

from autograd import Value
from autograd.errors import OperandError
from autograd.symbolic.expr import Apply, Symbol
from autograd.table import ops
from autograd.table.ops import TABLE, VARIADIC

mp = mpmath.mp.clone()
mp.dps = 50


def in_pairs(args):
    """The outputs of a loss beside their targets."""
    half = len(args) // 2
    return list(zip(args[:half], args[half : 2 * half]))


def average(terms):
    return sum(terms) / len(terms)


def huber(o, t, delta):
    d = abs(o - t)
    return d**2 / 2 if d <= delta else delta * d - delta**2 / 2


# What each row computes, said once more over the numbers of another library.
ELSEWHERE = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "maximum": lambda a, b: max(b, a),
    "minimum": lambda a, b: min(b, a),
    "neg": lambda x: -x,
    "abs": abs,
    "exp": mp.exp,
    "log": mp.log,
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "atan": mp.atan,
    "erf": mp.erf,
    "tanh": mp.tanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "relu": lambda x: x if x > 0 else mp.mpf(0),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * (mp.exp(x) - 1),
    "affine": lambda *args: sum((w * x for w, x in zip(args[0::2], args[1::2])), args[-1] if len(args) % 2 else 0),
    "total": lambda *args: sum(args),
    "mean": lambda *args: sum(args[:-1]) / args[-1],
    "half_squared_error": lambda *args: sum((o - t) ** 2 for o, t in in_pairs(args)) / 2,
    "mean_squared_error": lambda *args: average([(o - t) ** 2 for o, t in in_pairs(args)]),
    "max_margin": lambda *args: average([max(mp.mpf(0), 1 - t * s) for s, t in in_pairs(args)]),
    "binary_cross_entropy": lambda *args: average(
        [-t * mp.log(1 / (1 + mp.exp(-z))) - (1 - t) * mp.log(1 / (1 + mp.exp(z))) for z, t in in_pairs(args)]
    ),
    "cross_entropy": lambda *args: sum(
        t * (mp.log(sum(mp.exp(z) for z, _ in in_pairs(args))) - z) for z, t in in_pairs(args)
    ),
    "huber": lambda *args: average([huber(o, t, args[-1]) for o, t in in_pairs(args)]),
    "logsumexp": lambda *args: mp.log(sum(map(mp.exp, args))),
    "sign": lambda x: mp.mpf(1 if x > 0 else -1),
    "step": lambda x: mp.mpf(1 if x > 0 else 0),
    "above": lambda a, b: mp.mpf(1 if a > b else 0),
    "bell": lambda x: mp.diff(mp.erf, x),
    "expm1": lambda x: mp.exp(x) - 1,
    "xlogy": lambda x, y: x * mp.log(y),
    "monomial": lambda c, a, b: c * a**b,
    "portion": lambda a, b: a * b,
    "logaddexp": lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
    "exp_less": lambda a, t: mp.exp(a) - t,
    "sigmoid_less": lambda x, t: 1 / (1 + mp.exp(-x)) - t,
}
EDGE = {"abs": 0, "relu": 0, "leaky_relu": 0, "elu": 0, "sign": 0, "step": 0, "pow": 0, "monomial": 1, "xlogy": 1}


def inside(name, point):
    """Not at a kink, a jump or the edge of a domain: what is taken there is a convention, tested below."""
    if name in {"maximum", "minimum", "above"}:
        return abs(point[0] - point[1]) > 1e-6
    if name == "max_margin":
        return all(abs(1 - t * s) > 1e-6 for s, t in in_pairs(point))
    if name == "huber":
        return all(o != t and abs(abs(o - t) - point[-1]) > 1e-6 for o, t in in_pairs(point))
    return point[EDGE[name]] != 0 if name in EDGE else True


def evaluated(op, point):
    """The row's result and partials; the point is thrown away where one of them does not exist."""
    try:
        y = op.forward(*point)
        return y, op.local_derivatives(y, point)
    except (ArithmeticError, ValueError):
        reject()


def test_every_row_is_said_once_more_elsewhere():
    assert set(ELSEWHERE) == set(TABLE)


@pytest.mark.parametrize("op", TABLE.values(), ids=str)
@examples(max_examples=12)
@given(data=st.data())
def test_every_partial_of_every_row_is_the_derivative_that_mpmath_finds_in_50_digits(op, data):
    point = data.draw(points(op))
    assume(inside(op.name, point))
    y, partials = evaluated(op, point)
    elsewhere = ELSEWHERE[op.name]
    assert y == pytest.approx(float(elsewhere(*map(mp.mpf, point))), rel=1e-13, abs=1e-13)
    assert len(partials) == len(point)
    for index, partial in enumerate(partials):
        order = tuple(int(place == index) for place in range(len(point)))
        exact = mp.diff(elsewhere, tuple(map(mp.mpf, point)), order)
        assert mp.im(exact) == 0 or abs(mp.im(exact)) < 1e-20
        assert partial == pytest.approx(float(mp.re(exact)), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("op", TABLE.values(), ids=str)
def test_the_table_is_closed_no_partial_needs_anything_outside_of_it(op):
    operands = [Symbol(f"x{n}") for n in range(SIZES.get(op.name, [6])[-1] if op.arity == VARIADIC else op.arity)]
    formulas = op.local_derivatives(Symbol("y"), operands)
    assert len(formulas) == len(operands)
    while formulas:
        formula = formulas.pop()
        if isinstance(formula, Apply):
            assert formula.op is TABLE[formula.op.name]
            formulas.extend(formula.args)


def test_the_helper_rows_are_those_that_no_method_is_named_after():
    assert {name for name in TABLE if not hasattr(Value, name)} - HELPERS == {
        "add", "sub", "mul", "div", "pow", "neg", "affine", "total", "mean", "half_squared_error",
        "mean_squared_error", "max_margin", "binary_cross_entropy", "cross_entropy", "huber", "logsumexp",
    }  # fmt: skip
    assert not any(hasattr(Value, name) for name in HELPERS)


def test_the_row_says_what_it_is_for():
    assert {op.name for op in TABLE.values() if op.is_helper} == HELPERS
    assert {op.name for op in TABLE.values() if op.kink} == set(KINKS) - {"huber"}  # whose first derivative has no jump
    assert {op.name for op in TABLE.values() if op.is_activation} == {
        "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "sin",
    }  # fmt: skip


# -- Ties and kinks: as PyTorch has them ---------------------------------------------------------

AT_THE_KINK = [
    # operation, point, partial derivatives
    ("relu", (0.0,), [0]),
    ("relu", (-0.0,), [0]),
    ("abs", (0.0,), [0]),
    ("leaky_relu", (0.0, 0.01), [0.01, 0]),
    ("elu", (0.0, 1.0), [1, 0]),
    ("elu", (0.0, 2.0), [2, 0]),
    ("maximum", (1.5, 1.5), [0.5, 0.5]),
    ("minimum", (1.5, 1.5), [0.5, 0.5]),
    ("maximum", (0.0, -0.0), [0.5, 0.5]),
    ("pow", (0.0, 2.0), [0, 0]),
    ("pow", (0.0, 1.0), [1, 0]),
    ("pow", (-2.0, 2), [-4, None]),
    ("pow", (0.0, 0), [0, None]),
    ("sign", (0.0,), [0]),
    ("step", (0.0,), [0]),
    ("above", (1.0, 1.0), [0, 0]),
    ("max_margin", (1.0, 1.0), [0, 0]),
    ("max_margin", (-1.0, -1.0), [0, 0]),
    ("huber", (1.0, 1.0, 0.5), [0, 0, 0]),
    ("huber", (1.5, 1.0, 0.5), [0.5, -0.5, 0]),
]


@pytest.mark.parametrize(("name", "point", "expected"), AT_THE_KINK)
def test_at_a_kink_the_derivative_is_the_one_of_pytorch(name, point, expected):
    op = TABLE[name]
    y = op.forward(*point)
    for place, value in enumerate(expected):
        if value is not None:
            partial = op.partials[0](y, *point)[place] if op.arity == VARIADIC else op.partials[place](y, *point)
            assert partial == value


# -- What is large, and what is not a number -----------------------------------------------------


def test_sigmoid_and_softplus_do_not_overflow_at_a_thousand():
    assert ops.sigmoid(1000.0) == 1.0
    assert ops.sigmoid(-1000.0) == 0.0
    assert ops.softplus(1000.0) == 1000.0
    assert ops.softplus(-1000.0) == 0.0
    assert ops.elu(-1000.0) == -1.0


@pytest.mark.parametrize("x", [-40.0, -20.0, -1e-9, 1e-9, 20.0, 40.0, 700.0, -700.0])
def test_sigmoid_and_softplus_keep_all_their_digits_far_out(x):
    assert ops.sigmoid(x) == pytest.approx(float(1 / (1 + mp.exp(-mp.mpf(x)))), rel=1e-15)
    assert ops.softplus(x) == pytest.approx(float(mp.log1p(mp.exp(mp.mpf(x)))), rel=1e-15)


def test_log_sum_exp_of_a_thousand_is_a_thousand_and_a_bit():
    def log_sum_exp(a, b):
        return b + ops.softplus(a - b)

    for a, b, expected in [
        (1000.0, 1000.0, 1000 + math.log(2)),
        (1000.0, -1000.0, 1000.0),
        (-1e3, -1e3, -999.3068528194),
    ]:
        x, y = Value(a), Value(b)
        result = log_sum_exp(x, y)
        result.backward()
        assert result.data == pytest.approx(expected)
        assert x.grad + y.grad == pytest.approx(1.0)


EXTREMES = [
    [1000.0, -1000.0],
    [1000.0, 1000.5, 999.0],
    [-1000.0, -1001.0, 1000.0],
    [40.0, 0.0, -3.0],
    [-40.0, 0.25],
    [0.1, 0.2, 0.3, 0.4],
    [-700.3, 1.7, 0.0],
]


@pytest.mark.parametrize("logits", EXTREMES, ids=str)
def test_cross_entropy_and_its_derivatives_have_all_the_digits_that_the_logits_allow(logits):
    exact = list(map(mp.mpf, logits))
    whole = sum(map(mp.exp, exact))
    for wanted in range(len(logits)):
        targets = [float(place == wanted) for place in range(len(logits))]
        y = ops.cross_entropy(*logits, *targets)
        found = ops.cross_entropy.local_derivatives(y, [*logits, *targets])
        # a last digit of a logit is worth this much; what is beyond the smallest float is 0
        near = {"rel": 1e-15 + 2e-16 * max(abs(z - logits[wanted]) for z in logits), "abs": 1e-300}
        assert y == pytest.approx(float(-mp.log(mp.exp(exact[wanted]) / whole)), **near)
        for place, z in enumerate(exact):
            rest = sum(mp.exp(other) for k, other in enumerate(exact) if k != place)
            assert found[place] == pytest.approx(float(-rest / whole if place == wanted else mp.exp(z) / whole), **near)


@pytest.mark.parametrize("z", [1000.0, -1000.0, 40.0, -40.0, 3.0, -0.1, 0.0, 700.3])
@pytest.mark.parametrize("t", [0.0, 1.0, 0.25])
def test_binary_cross_entropy_and_its_derivative_have_all_their_digits(z, t):
    p, q = 1 / (1 + mp.exp(-mp.mpf(z))), 1 / (1 + mp.exp(mp.mpf(z)))
    y = ops.binary_cross_entropy(z, t)
    assert y == pytest.approx(float(-t * mp.log(p) - (1 - t) * mp.log(q)), rel=1e-15, abs=1e-300)
    (by_logit, _) = ops.binary_cross_entropy.local_derivatives(y, [z, t])
    assert by_logit == pytest.approx(float((1 - t) * p - t * q), rel=1e-15, abs=1e-300)


def test_the_larger_of_two_that_are_far_apart_is_their_log_sum_exp():
    assert ops.logaddexp(1000.0, -1000.0) == ops.logaddexp(-1000.0, 1000.0) == 1000.0
    assert ops.logaddexp(0.0, -40.0) == pytest.approx(float(mp.log1p(mp.exp(-40))), rel=1e-15)
    assert ops.logaddexp(math.inf, math.inf) == math.inf
    assert ops.logaddexp(-math.inf, -math.inf) == -math.inf


@pytest.mark.parametrize("op", TABLE.values(), ids=str)
def test_nan_goes_in_and_nan_comes_out(op):
    count = SIZES.get(op.name, [4])[-1] if op.arity == VARIADIC else op.arity
    for place in range(count):
        point = [-2.0 if op.defaults else 2.0] * count  # where every operand counts
        point[place] = math.nan
        assert math.isnan(op.forward(*point))


def test_zero_times_a_logarithm_is_zero_wherever_there_is_a_logarithm_or_its_limit():
    assert [math.copysign(1, ops.xlogy(0.0, y)) for y in (0.0, 0.5, 2.0, math.inf)] == [1.0] * 4
    assert [ops.xlogy(0.0, y) for y in (0.0, 0.5, 2.0, math.inf)] == [0.0] * 4
    with pytest.raises(ValueError, match=r"domain|positive input"):  # Python's own words, until 3.13 and since
        ops.xlogy(0.0, -0.5)


def test_relu_has_no_minus_zero():
    assert math.copysign(1, ops.relu(-0.0)) == math.copysign(1, ops.relu(-3.0)) == 1


# -- Reading a row ---------------------------------------------------------------------------


def test_an_operation_of_numbers_is_a_number():
    assert ops.exp(0.0) == 1.0
    assert ops.maximum(2, 3) == 3


def test_a_parameter_that_is_left_out_has_its_default():
    assert ops.leaky_relu(-1.0) == -0.01
    assert ops.elu(Value(-1.0)).data == math.expm1(-1.0)


def test_an_operand_too_many_is_refused_and_not_taken_for_a_base():
    with pytest.raises(OperandError, match="log takes 1 argument, not 2: x = 8, 2"):
        ops.log(Value(8.0, "x"), 2)
    with pytest.raises(OperandError, match="maximum takes 2 arguments, not 3"):
        ops.maximum(Value(8.0), 2, 3)
