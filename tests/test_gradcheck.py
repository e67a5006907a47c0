"""The checker of gradients: what is right passes, what is wrong is caught and named."""

import functools
import math
import random
from contextlib import contextmanager

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from strategies import apply, examples, points, recipes

from autograd import ArgumentError, DomainError, OperandError, Value, affine, exp, half_squared_error
from autograd.engine import fast
from autograd.engine.value import NOT_YET
from autograd.table import ops
from autograd.table.ops import TABLE, Op
from autograd.verify.gradient_check import gradcheck
from autograd.verify.numerical import ComplexNumber


def squeezed(found):
    """What is said, without the breaks of long lines."""
    return " ".join(str(found).split())


# -- What is right -------------------------------------------------------------------------------


@pytest.mark.parametrize("op", TABLE.values(), ids=str)
@examples(max_examples=8)
@given(data=st.data())
def test_every_operation_passes_to_third_order(op, data):
    point = data.draw(points(op))
    try:
        assert gradcheck(op, *point, order=3)
    except DomainError:
        reject()


@examples(max_examples=40)
@given(recipe=recipes())
def test_every_graph_of_them_passes(recipe):
    try:
        assert gradcheck(lambda xs: recipe.build_on(xs)[-1], recipe.leaves)
    except (DomainError, ArgumentError):  # out of a domain, not finite, or independent of the leaves
        reject()


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x.log(), 1e-9),
        (lambda x: (1 - x).log(), 1 - 1e-9),
        (lambda x: x.sqrt(), 1e-300),
        (lambda x: 1 / x, 1e-150),
        (lambda x: x**1.5, 0.0),
        (lambda x: x**3, 0.0),
        (lambda x: (1e6 * x).sin(), 1.0),
        (lambda x: x.sin(), 1e6),
        (lambda x: 1e30 * x**2, 2.0),
        (lambda x: 1e-250 * x**2, 2.0),
        (lambda x: x**2, 1e150),
        (lambda x: x**2, 1e-200),
        (lambda x: x.tanh(), 15.0),
        (lambda x: x.sigmoid().log(), -700.0),
        (lambda x: x.softplus(), 1000.0),
        (lambda x: x**101, -1.01),
        (lambda x: (-((1e6 * (x - 1)) ** 2)).exp(), 1 + 1e-6),
        (lambda x: 1e20 + x - 1e20, 1.0),
        (lambda x: 1 / (x / 3 - 0.3333333333), 1.0),
        (lambda x: x.maximum(x), 1.0),
    ],
)
def test_huge_tiny_and_near_the_edge_of_a_domain_it_is_right_all_the_same(f, x):
    assert gradcheck(f, x)


def test_the_table_shows_each_argument_by_its_name():
    found = gradcheck(lambda w, b: w[0] * w[1] + b, [2.0, 5.0], 1)
    assert [(row.name, row.engine, row.numerical, row.verdict) for row in found.rows] == [
        ("∂f/∂w[0]", 5.0, 5.0, "right"),
        ("∂f/∂w[1]", 2.0, 2.0, "right"),
        ("∂f/∂b", 1.0, 1.0, "right"),
    ]
    assert repr(found).splitlines()[0] == "gradcheck at w[0] = 2, w[1] = 5, b = 1: right"


def test_the_gradient_of_the_gradient_is_checked_too():
    found = gradcheck(lambda x, y: x**2 * y, 3.0, 5.0, order=3)
    assert found
    assert {row.name: row.engine for row in found.rows} == {
        "∂f/∂x": 30,
        "∂f/∂y": 9,
        "∂²f/∂x∂x": 10,
        "∂²f/∂x∂y": 6,
        "∂²f/∂y∂x": 6,
        "∂²f/∂y∂y": 0,
        "∂³f/∂x∂x∂x": 0,
        "∂³f/∂x∂x∂y": 2,
        "∂³f/∂x∂y∂x": 2,
        "∂³f/∂x∂y∂y": 0,
        "∂³f/∂y∂y∂x": 0,
        "∂³f/∂y∂y∂y": 0,
    }


def test_a_function_written_for_values_and_a_value_as_point_will_do():
    assert gradcheck(exp, Value(1.0, "a"))
    assert gradcheck(lambda *xs: affine(xs[:2], xs[2:]), 1, 2, 3, 4).rows[0].name == "∂f/∂x1"


def test_no_gradient_is_changed():
    w = Value(3.0)
    gradcheck(lambda x: x * w, 2.0)
    assert w.grad is NOT_YET


# -- What is wrong -------------------------------------------------------------------------------


@contextmanager
def planted(op, *partials):
    """The row with these partials; by the plain operators, which read it."""
    true = op.partials
    fast.remove()
    op.partials = partials
    try:
        yield
    finally:
        op.partials = true
        fast.install()


def test_a_wrong_partial_is_caught_and_the_operation_is_named():
    with planted(ops.tanh, lambda y, _x: 1 + y * y):
        found = gradcheck(lambda x: (2 * x).sin() + x.tanh() * 3, 0.4)
    assert not found
    assert [finding.node.op for finding in found.findings] == [ops.tanh]
    assert found.findings[0].local == pytest.approx(1 + math.tanh(0.4) ** 2)
    assert found.findings[0].should_be == pytest.approx(1 - math.tanh(0.4) ** 2)
    assert squeezed(found).endswith(
        " tanh of x = 0.4: the derivative with respect to x is given as 1 + v1² = 1.14436, and should be 0.855639"
    )


def test_of_two_partials_the_guilty_one_is_named():
    with planted(ops.div, lambda _y, _a, b: 1 / b, lambda y, _a, b: y / b):
        found = gradcheck(lambda a, b: a / b, 3.0, 2.0)
    assert [row.verdict for row in found.rows] == ["right", "wrong"]
    assert [finding.index for finding in found.findings] == [1]
    assert "with respect to b is given as v1/b = 0.75, and should be −0.75" in squeezed(found)


MUTANTS = [
    # operation, wrong partials, f
    (ops.mul, (lambda _y, a, _b: a, lambda _y, _a, b: b), lambda x: x * 3),
    (ops.pow, (lambda _y, a, b: b * a**b, ops.pow.partials[1]), lambda x: x**3),
    (ops.pow, (ops.pow.partials[0], lambda y, a, _b: y * a), lambda x: 2**x),
    (ops.sigmoid, (lambda _y, x: x * (1 - x),), lambda x: x.sigmoid()),
    (ops.sqrt, (lambda y, _x: 1 / y,), lambda x: x.sqrt()),
    (ops.sin, (lambda _y, x: -ops.cos(x),), lambda x: x.sin()),
    (ops.exp, (lambda _y, x: x,), lambda x: x.exp()),
    (ops.relu, (lambda _y, _x: 1,), lambda x: (-x).relu() + x),
    (ops.maximum, (lambda _y, a, b: ops.above(b, a), lambda _y, a, b: ops.above(a, b)), lambda x: x.maximum(0.1)),
    (ops.mean, (lambda _y, *xs: [1] * len(xs),), lambda x: ops.mean(x, 2.0, 2)),
    (ops.affine, (lambda _y, *xs: list(xs),), lambda x: affine([x], [3.0], 1.0)),
    (ops.half_squared_error, (lambda _y, o, t: [t - o, o - t],), lambda x: half_squared_error(x, 0.1)),
    (ops.log, (lambda _y, x: (1 + 1e-8) / x,), lambda x: x.log()),
]


@pytest.mark.parametrize(("op", "partials", "f"), MUTANTS)
def test_each_planted_mistake_is_caught_even_one_of_a_hundred_millionth(op, partials, f):
    with planted(op, *partials):
        found = gradcheck(f, 0.7)
    assert not found
    assert {finding.node.op for finding in found.findings} == {op}


def test_two_numbers_that_differ_late_are_shown_with_the_digits_that_differ():
    with planted(ops.log, lambda _y, x: (1 + 1e-8) / x):
        assert "= 2.00000002, and should be 2" in squeezed(gradcheck(lambda x: x.log(), 0.5))


def test_a_mistake_in_the_second_derivative_alone_is_caught_at_second_order():
    # cos(x) is right as the derivative of sin; made a detached number it cannot be differentiated again
    with planted(ops.sin, lambda _y, x: math.cos(x.data if isinstance(x, Value) else x)):
        assert gradcheck(lambda x: x.sin(), 0.7)
        found = gradcheck(lambda x: x.sin() * x, 0.7, order=2)
    assert [row.verdict for row in found.rows] == ["right", "wrong"]


def test_a_mistake_next_to_a_kink_is_not_excused_by_it():
    with planted(ops.tanh, lambda y, _x: 1 + y * y):
        found = gradcheck(lambda x: abs(x) + (x + 1).tanh(), 0.0)
    assert not found
    assert [finding.node.op for finding in found.findings] == [ops.tanh]


def test_of_many_operations_that_are_wrong_five_are_shown():
    with planted(ops.tanh, lambda y, _x: 1 + y * y):
        found = gradcheck(lambda x: sum((x * k).tanh() for k in range(1, 9)), 0.1)
    assert len(found.findings) == 8
    assert squeezed(found).endswith("and 3 operations more, see .findings")


def test_what_leaves_the_graph_is_caught_and_no_operation_is_blamed():
    found = gradcheck(lambda x: x * x.data, 3.0)
    assert not found
    assert found.rows[0].numerical == pytest.approx(6)
    assert found.findings == ()
    assert "in a way that the graph does not know" in squeezed(found)


def test_a_new_row_is_checked_without_a_complex_form():
    try:
        erfc = Op("erfc", "erfc", math.erfc, lambda _y, x: -2 / math.sqrt(math.pi) * ops.exp(-x * x))
        assert gradcheck(erfc, 0.3, order=3)
        erfc.partials = (lambda _y, x: -2 / math.sqrt(math.pi) * ops.exp(-x * x * 1.0001),)
        found = gradcheck(erfc, 0.3)
        assert not found
        assert [finding.node.op for finding in found.findings] == [erfc]
    finally:
        del TABLE["erfc"]


# -- Rows of a user's own ------------------------------------------------------------------------


@contextmanager
def own(*arguments, **options):
    """A row of a user's own, in the table for a while."""
    row = Op("own", "own", *arguments, **options)
    try:
        yield row
    finally:
        del TABLE["own"]


def ten(row):
    """A function of ten operations, one of which is the row."""
    return lambda x, w: ((row((x * w).tanh() + x.sin()) * w).exp() / 2 - x) ** 2


def swish(x):
    return x / (1 + math.exp(-x))


OWN = {
    "a wrong formula": (swish, lambda y, x: x * (1 - y)),
    "a wrong formula in math": (swish, lambda _y, x: math.erf(x)),
    "a constant": (swish, lambda _y, _x: 1),
    "no slope": (swish, lambda _y, _x: 0.0),
    "a slope that is no number": (swish, lambda _y, _x: math.nan),
    "an infinite slope": (swish, lambda _y, x: x * math.inf),
    "a forward that looks at its argument": (lambda x: 0.0 if x < -9 else swish(x), lambda y, _x: y),
    "a forward that is not analytic": (lambda x: abs(x) ** 3, lambda _y, x: 2 * x**2),
}


@pytest.mark.parametrize("kind", OWN)
def test_among_ten_operations_the_row_of_a_user_that_is_wrong_is_named(kind):
    forward, partial = OWN[kind]
    with own(forward, partial) as row:
        found = gradcheck(ten(row), 0.4, 0.7)
        slope = (forward(0.8 + 1e-6) - forward(0.8 - 1e-6)) / 2e-6
        alone = gradcheck(row, 0.8)
    assert not found
    assert [finding.node.op for finding in found.findings] == [row]
    assert squeezed(found).count("own of v") == 1
    assert "in a way that the graph does not know" not in squeezed(found)
    assert alone.findings[0].should_be == pytest.approx(slope, rel=1e-6)


def test_a_complex_form_that_shares_the_mistake_does_not_hide_the_row():
    with own(swish, lambda _y, x: 2 * x, complex_forward=lambda z: z * z) as row:
        found = gradcheck(ten(row), 0.4, 0.7)
    assert [finding.node.op for finding in found.findings] == [row]
    assert "in a way that the graph does not know" not in squeezed(found)


def test_a_complex_form_that_is_wrong_beside_a_right_row_accuses_nobody():
    with own(lambda x: x * x, lambda _y, x: 2 * x, complex_forward=lambda z: z**3) as row:
        assert gradcheck(ten(row), 0.4, 0.7)


@pytest.mark.parametrize("given", [None, "1", 1j, [1.0]])
def test_a_row_whose_derivative_is_no_number_is_named(given):
    with own(swish, lambda _y, _x: given) as row:
        for f, point in ((ten(row), (0.4, 0.7)), (row, (0.4,))):
            with pytest.raises(OperandError, match=r"own of .* is given as .*, which is no real number"):
                gradcheck(f, *point)


@pytest.mark.parametrize("partials", [lambda _y, a, b, _c: [b, a], lambda _y, a, b, _c: [b, a, None]])
def test_a_row_that_gives_too_few_derivatives_is_named(partials):
    with (
        own(lambda a, b, c: a * b + c, partials, arity=ops.VARIADIC) as row,
        pytest.raises(OperandError, match=r"own of .*: the derivative with respect to operand 3 is given as None"),
    ):
        gradcheck(lambda x, w: row(x * w, x, (x + w).sin()).tanh(), 0.4, 0.7)


def detached(x):
    """The number of a Value, which is cut off from the graph."""
    return x.data if isinstance(x, Value) else x


@pytest.mark.parametrize(
    ("forward", "partials"),
    [
        ((math.erf,), (lambda _y, x: 2 / math.sqrt(math.pi) * math.exp(-(detached(x) ** 2)),)),
        ((lambda x: x**3,), (lambda _y, x: 3 * x * detached(x),)),
        ((lambda x: x**3,), (lambda y, x: 3 * detached(y) / x,)),
    ],
)
@pytest.mark.parametrize("order", [2, 3])
def test_a_row_that_cannot_be_differentiated_again_is_named(forward, partials, order):
    with own(*forward, *partials) as row:
        assert gradcheck(ten(row), 0.4, 0.7)
        found = gradcheck(ten(row), 0.4, 0.7, order=order)
    assert not found
    assert {finding.node.op for finding in found.findings} == {row}
    assert "own of v" in squeezed(found)
    assert "in a way that the graph does not know" not in squeezed(found)


def test_a_forward_that_can_read_real_numbers_only_is_measured_all_the_same():
    def single(x):
        return math.frexp(x)[0] * 2.0 ** math.frexp(x)[1] if isinstance(x, float) else {}[x]

    with own(single, lambda _y, _x: 1.0) as row:
        assert gradcheck(row, 0.8)
    with own(single, lambda _y, _x: 2.0) as row:
        assert [finding.node.op for finding in gradcheck(ten(row), 0.4, 0.7).findings] == [row]


# -- Kinks ---------------------------------------------------------------------------------------

KINKS = [
    # f, point, slopes on the left and on the right, what the engine takes
    (lambda x: x.relu(), 0.0, (0, 1), 0),
    (abs, 0.0, (-1, 1), 0),
    (lambda x: x.leaky_relu(), 0.0, (0.01, 1), 0.01),
    (lambda x: x.elu(2.0), 0.0, (2, 1), 2),
    (lambda x: x.maximum(1.5), 1.5, (0, 1), 0.5),
    (lambda x: x.minimum(1.5), 1.5, (1, 0), 0.5),
    (lambda x: abs(x - 1e9) * 1e-9, 1e9, (-1e-9, 1e-9), 0),
    (lambda x: (abs(x)).exp(), 0.0, (-1, 1), 0),
]


@pytest.mark.parametrize(("f", "x", "slopes", "taken"), KINKS)
def test_at_a_kink_it_tells_both_slopes_and_the_convention(f, x, slopes, taken):
    found = gradcheck(f, x)
    assert found
    assert found.rows[0].verdict == "kink"
    assert (found.rows[0].kink.left, found.rows[0].kink.right) == pytest.approx(slopes, rel=1e-6)
    assert found.rows[0].engine == taken
    assert "by convention it is" in squeezed(found)


def test_a_tie_is_a_kink_in_both_arguments():
    found = gradcheck(lambda x, y: x.maximum(y), 1.0, 1.0)
    assert found
    assert [row.verdict for row in found.rows] == ["kink", "kink"]


@pytest.mark.parametrize(("x", "engine"), [(1 + 1e-12, 1), (1 - 1e-12, 0)])
def test_nearly_at_a_kink_it_says_so(x, engine):
    found = gradcheck(lambda x: (x - 1).relu(), x)
    assert found
    assert (found.rows[0].verdict, found.rows[0].engine) == ("kink", engine)
    assert "almost at the kink of relu" in squeezed(found)


def test_a_wrong_partial_nearly_at_a_kink_is_wrong():
    with planted(ops.relu, lambda _y, x: 1 - ops.step(x)):
        assert gradcheck(lambda x: (x - 1).relu(), 1 + 1e-12).rows[0].verdict == "wrong"


def test_a_small_number_is_not_near_a_kink_that_is_far_for_it():
    assert gradcheck(lambda x: x.relu(), 1e-9).rows[0].verdict == "right"


def test_differences_do_not_reach_across_a_kink_even_where_rounding_would_hide_it():
    assert gradcheck(lambda x: x.leaky_relu(0.5) + 0.5, 1e-112).rows[0].verdict == "right"


def test_where_two_conventions_meet_at_a_smooth_point_it_says_that_the_derivative_is_missed():
    found = gradcheck(lambda x: x.relu() - (-x).relu(), 0.0)  # x, with relu'(0) = 0 twice
    assert not found
    assert "the slope is 1 on both sides; by convention it is 0, which is not between" in squeezed(found)


# -- What is no function ---------------------------------------------------------------------


def keeps_count(calls=[]):  # noqa: B006 -- to keep something between calls is the mistake
    def f(x):
        calls.append(x)
        return x * len(calls)

    return f


def changes_its_argument(x):
    x.data += 1
    return x * 2


@pytest.mark.parametrize(
    ("f", "x", "error", "message"),
    [
        (lambda _x: 3.0, 3.0, OperandError, r"f gave 3\.0 \(float\), not a Value"),
        (lambda x: [x], 3.0, OperandError, "not a Value"),
        (lambda _x: Value(3.0), 3.0, ArgumentError, "does not depend on its arguments"),
        (lambda x: x * math.nan, 3.0, ArgumentError, "f is nan at x = 3; first_nonfinite"),
        (lambda x: x * 1e308 * 10, 3.0, ArgumentError, "f is inf at x = 3"),
        (lambda x: x * 0 * 1e308 * 1e308, 3.0, ArgumentError, "the gradient with respect to x is nan at x = 3"),
        (lambda x: x, math.nan, ArgumentError, "x = nan is no point"),
        (lambda x: x, "a", OperandError, "x is to be a number"),
        (lambda x: x * random.random(), 3.0, ArgumentError, "at x = 3: it keeps or draws something between calls"),
        (keeps_count(), 3.0, ArgumentError, "f gave .* and then .* at x = 3"),
        (changes_its_argument, 3.0, ArgumentError, "f changed its argument x from 3 to 4"),
        (lambda x: x.log(), -1.0, DomainError, "log of x = −1"),
        (lambda x: x.sqrt(), 0.0, DomainError, "sqrt of x = 0 has no derivative"),
        (math.exp, 1.0, OperandError, "float"),
        (3, 3.0, OperandError, "wants a function"),
    ],
)
def test_what_is_no_function_of_its_arguments_is_told_why(f, x, error, message):
    with pytest.raises(error, match=message):
        gradcheck(f, x)


# -- A point by names ----------------------------------------------------------------------------


def test_a_point_by_names_has_them_in_the_report():
    weights = {"w[1,3]": 0.4, "w[2,3]": Value(-0.3, "weight"), "b": 1}
    found = gradcheck(lambda w, x: (w["w[1,3]"] * x[0] + w["w[2,3]"] * x[1] + w["b"]).tanh(), weights, [2.0, 3.0])
    assert found
    assert [row.name for row in found.rows] == ["∂f/∂w[1,3]", "∂f/∂w[2,3]", "∂f/∂b", "∂f/∂x[0]", "∂f/∂x[1]"]
    assert found.point == {"w[1,3]": 0.4, "w[2,3]": -0.3, "b": 1.0, "x[0]": 2.0, "x[1]": 3.0}
    assert str(found).startswith("gradcheck at w[1,3] = 0.4, w[2,3] = −0.3, b = 1, ")


def test_a_wrong_gradient_is_said_of_its_name():
    wrong = Op("wrong", "?", lambda a, b: a * b, lambda _y, _a, b: 2 * b, lambda _y, a, _b: a)
    try:
        found = gradcheck(lambda at: wrong(at["w[1,3]"], at["x"]), {"w[1,3]": 0.5, "x": 3.0})
    finally:
        del TABLE["wrong"]
    assert [row.verdict for row in found.rows] == ["wrong", "right"]
    assert "wrong of w[1,3] = 0.5 and x = 3: the derivative with respect to w[1,3] is given as 2·x = 6" in squeezed(
        found
    )


def test_a_mapping_may_hold_lists_and_the_second_derivatives_have_its_names_too():
    found = gradcheck(lambda at: at["w"][0] * at["w"][1] * at["x"], {"w": [2.0, 3.0], "x": 0.5}, order=2)
    assert found
    assert "∂²f/∂w[0]∂x" in [row.name for row in found.rows]


def test_the_values_of_a_mapping_are_not_changed_nor_reached():
    w = Value(2.0, "w")
    y = w * w
    y.backward()
    assert gradcheck(lambda at: at["w"] ** 2, {"w": w})
    assert (w.data, w.grad) == (2.0, 4.0)


def test_a_name_of_a_mapping_stays_in_its_line():
    assert "\n∂f/∂a\\nb " in str(gradcheck(lambda at: at["a\nb"] * 2, {"a\nb": 1.0}))


@pytest.mark.parametrize(
    ("f", "point", "error", "message"),
    [
        (lambda at, w: at["w"] * w, ({"w": 1.0}, 2.0), ArgumentError, "two numbers of the point are called w;"),
        (lambda at: at[1] * 2, ({1: 1.0},), OperandError, "at names its numbers with strings, not with 1"),
        (lambda at: at["w"] * 2, ({"w": "2"},), OperandError, "w is to be a number, a list or a mapping of them"),
        (lambda at: at["w"] * 2, ({"w": math.nan},), ArgumentError, "w = nan is no point to check at"),
        (lambda at: at["w"], ({},), ArgumentError, "no point is given"),
        (
            lambda w, x: w * x,
            ({"w": 1.0, "x": 2.0},),
            OperandError,
            r"f\(w, x\) is given 1 argument: .*'x'; .* f\(\*\*x\)",
        ),
        (lambda w, x: w * x, (1.0,), OperandError, r"f\(w, x\) is given 1 argument: missing a required argument: 'x'$"),
        (lambda w: w * w, (1.0, 2.0), OperandError, "is given 2 arguments: too many"),
    ],
)
def test_a_point_that_does_not_fit_is_told_why(f, point, error, message):
    with pytest.raises(error, match=message):
        gradcheck(f, *point)


def test_without_a_point_or_with_an_order_of_nothing_it_asks_for_one():
    with pytest.raises(ArgumentError, match="no point is given"):
        gradcheck(lambda x: x)
    with pytest.raises(ArgumentError, match="the order is 1, 2 or 3, not 0"):
        gradcheck(lambda x: x, 1.0, order=0)


# -- How it measures -----------------------------------------------------------------------------


@pytest.mark.parametrize("op", TABLE.values(), ids=str)
@examples(max_examples=8)
@given(data=st.data())
def test_each_complex_row_is_the_real_row_on_real_numbers(op, data):
    point = data.draw(points(op))
    try:
        y = op.forward(*point)
        z = ComplexNumber.read(op, [ComplexNumber(complex(x)) for x in point]).z
    except (ArithmeticError, ValueError):
        reject()
    if op.name in {"sign", "step", "above"}:  # flat: what they are does not matter for how fast they change
        y = 0
    assert z == pytest.approx(y, rel=1e-13, abs=1e-13)


def test_the_operations_of_the_strategies_are_those_of_the_table():
    assert apply("affine", Value(2.0), 3.0, 1.0).data == 7.0
    assert apply("monomial", Value(2.0), 3.0, 2.0).data == 18.0


def test_a_function_meets_its_arguments_as_they_were_given_each_time_whatever_it_did_to_them():
    met = []

    def f(w, pair):
        met.append([(v.data, v.has_grad) for v in (w, *pair)])
        y = w * pair[0] + pair[1].tanh()
        if len(met) % 3 == 0:
            y.backward()
        if len(met) == 7:
            pair[1].data = 9.0  # and it raises an error that a point outside of the domain raises
            raise ValueError
        return y

    assert gradcheck(f, 0.5, [2.0, -1.0])
    moved = [sum(now != (x, False) for now, x in zip(each, (0.5, 2.0, -1.0))) for each in met]
    assert set(moved) == {0, 1}


@functools.cache
def remembered(w, x):
    return w * x


def test_a_function_that_remembers_results_by_its_arguments_is_right():
    assert gradcheck(remembered, 0.5, 2.0)
