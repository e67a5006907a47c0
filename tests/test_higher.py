"""Gradients of gradients, and graphs written out in + and ×."""

import math
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EXACT, examples, fractions, ordinary, recipes

from autograd import (
    DomainError,
    OperandError,
    StaleGraphError,
    Value,
    affine,
    expand,
    grad,
    gradients,
    half_squared_error,
    mean,
    total,
)
from autograd.engine.value import NOT_YET
from autograd.table.ops import TABLE, VARIADIC

# -- Second and third derivatives ----------------------------------------------------------------

CLOSED_FORMS = [
    # f, and its first three derivatives done by hand
    (lambda x: x**3, lambda x: 3 * x**2, lambda x: 6 * x, lambda _: 6),
    (lambda x: x.exp(), math.exp, math.exp, math.exp),
    (lambda x: x.log(), lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3),
    (lambda x: x.sin(), math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x)),
    (lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3, lambda x: -6 / x**4),
    (
        lambda x: x.sqrt(),
        lambda x: x**-0.5 / 2,
        lambda x: -(x**-1.5) / 4,
        lambda x: 3 * x**-2.5 / 8,
    ),
    (
        lambda x: 2**x,
        lambda x: 2**x * math.log(2),
        lambda x: 2**x * math.log(2) ** 2,
        lambda x: 2**x * math.log(2) ** 3,
    ),
    (
        lambda x: x**x,
        lambda x: x**x * (math.log(x) + 1),
        lambda x: x**x * ((math.log(x) + 1) ** 2 + 1 / x),
        lambda x: x**x * ((math.log(x) + 1) ** 3 + 3 * (math.log(x) + 1) / x - 1 / x**2),
    ),
    (lambda x: x.relu() * x, lambda x: 2 * x, lambda _: 2, lambda _: 0),
    (lambda x: abs(x) ** 3, lambda x: 3 * x**2, lambda x: 6 * x, lambda _: 6),
]


@pytest.mark.parametrize("x", [0.3, 1.0, 2.5])
@pytest.mark.parametrize(("f", "first", "second", "third"), CLOSED_FORMS)
def test_three_derivatives_are_those_done_by_hand(f, first, second, third, x):
    leaf = Value(x)
    y = f(leaf)
    for by_hand in (first, second, third):
        y = grad(y, leaf)
        assert y.data == pytest.approx(by_hand(x), rel=1e-14)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus"])
@pytest.mark.parametrize("x", [-3.0, -0.2, 0.0, 1.5])
def test_three_derivatives_of_the_activations_are_those_of_mpmath_in_50_digits(name, x):
    elsewhere = {
        "tanh": mpmath.tanh,
        "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
        "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    }[name]
    leaf = Value(x)
    y = getattr(leaf, name)()
    with mpmath.workdps(50):
        for order in (1, 2, 3):
            y = grad(y, leaf)
            assert y.data == pytest.approx(float(mpmath.diff(elsewhere, x, order)), rel=1e-13, abs=1e-15)


def test_mixed_second_derivatives_do_not_depend_on_the_order():
    x, y = Value(0.7), Value(1.3)
    f = (x * y).tanh() * x + x**y
    assert grad(grad(f, x), y).data == pytest.approx(grad(grad(f, y), x).data, rel=1e-13)


def test_the_gradient_is_a_graph_that_backward_can_go_through():
    x = Value(3.0)
    slope = grad(x**3, x)
    slope.backward()
    assert (slope.data, x.grad) == (27.0, 18.0)


def test_in_fractions_the_second_derivative_is_exact():
    x = Value(Fraction(1, 3))
    slope = grad((x * x + 1) / x, x)
    assert slope.data == 1 - Fraction(9)
    assert grad(slope, x).data == 2 * Fraction(27)


def test_grad_of_a_list_is_a_list_and_zero_where_nothing_depends():
    x, y, z = Value(2.0), Value(3.0), Value(5.0)
    assert [g.data for g in grad(x * y, [x, y, z])] == [3.0, 2.0, 0.0]
    assert grad(x, x).data == 1.0


def test_the_derivative_by_a_node_in_between_is_its_upstream():
    x = Value(2.0)
    y = x * 3
    assert grad(y * y, y).data == 12.0


@examples(max_examples=50)
@given(recipe=recipes())
def test_grad_gives_the_numbers_of_backward(recipe):
    nodes = recipe.build()
    root, given_leaves = nodes[-1], nodes[: len(recipe.leaves)]
    try:
        expected = gradients(root)
    except DomainError:
        return
    for leaf, found in zip(given_leaves, grad(root, given_leaves)):
        assert found.data == pytest.approx(expected.get(leaf, 0.0), rel=1e-9, abs=1e-9, nan_ok=True)


@examples(max_examples=30)
@given(recipe=recipes(numbers=fractions, names=EXACT))
def test_in_fractions_grad_gives_them_exactly(recipe):
    nodes = recipe.build()
    for node in nodes[: len(recipe.leaves)]:
        assert grad(nodes[-1], node).data == gradients(nodes[-1]).get(node, 0)


def test_grad_changes_no_gradient():
    x = Value(3.0)
    y = x**2
    grad(y, x)
    assert x.grad is y.grad is NOT_YET


def test_a_number_changed_since_raises_and_is_named():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    y = (w * x).sin() + w
    w.data = 5.0
    with pytest.raises(StaleGraphError, match=r"grad: v1 no longer follows .*the mul of other numbers .*w = 5, x = 2"):
        grad(y, [w, x])
    x.data = 7.0
    with pytest.raises(StaleGraphError, match="compute the expression again"):
        grad(y, w)


def test_a_number_changed_that_no_derivative_needs_does_no_harm():
    w, x = Value(3.0), Value(2.0)
    y = w + x * 4
    w.data = x.data = 100.0
    assert [g.data for g in grad(y, [w, x])] == [1, 4]


def test_where_a_derivative_does_not_exist_grad_says_so():
    x = Value(0.0, "x")
    with pytest.raises(DomainError, match="sqrt of x = 0 has no derivative"):
        grad(x.sqrt() + x, x)


def test_a_derivative_that_nobody_asks_for_need_not_exist():
    x, n = Value(-2.0, "x"), Value(3.0, "n")
    assert grad(x**n, x).data == 12.0  # with respect to n there is none


@pytest.mark.parametrize("x", [3, "x", None, [3.0], [Value(1.0), 2]])
def test_the_derivative_with_respect_to_something_else_is_refused(x):
    with pytest.raises(OperandError, match="grad: the derivative with respect to a Value or a list of Values, not"):
        grad(Value(1.0) * 2, x)


def test_the_derivative_of_something_else_is_refused():
    with pytest.raises(OperandError, match="a graph starts at a Value"):
        grad(3.0, Value(1.0))


# -- expand --------------------------------------------------------------------------------------


def ops_of(root):
    return {node.op.name for node in gradients(root) if node.op is not None}


def test_affine_is_written_out_in_products_and_sums():
    w1, x1, w2, x2, b = (Value(v, n) for v, n in zip((0.1, 0.2, 0.3, 0.4, 0.5), ("w1", "x1", "w2", "x2", "b")))
    z = affine([w1, w2], [x1, x2], b)
    z.label = "z"
    out = expand(z)
    assert (out.label, out.op.name, out.data) == ("z", "add", z.data)
    products, bias = out.parents
    assert bias is b
    assert [p.parents for p in products.parents] == [(w1, x1), (w2, x2)]


@examples(max_examples=50)
@given(recipe=recipes(names=("affine", "total", "mean", "half_squared_error", "mul", "tanh", "add")))
def test_written_out_the_graph_has_the_same_value_bit_for_bit_and_the_same_gradients_up_to_rounding(recipe):
    root = recipe.build()[-1]
    out = expand(root)
    assert isinstance(out, Value)
    assert out.data == root.data  # the same additions in the same order
    assert not ops_of(out) & {name for name, op in TABLE.items() if op.arity == VARIADIC}
    expected = gradients(root)
    found = gradients(out)
    for node, gradient in expected.items():
        if node.op is None:
            assert found.get(node, 0.0) == pytest.approx(gradient, rel=1e-9, abs=1e-9)


@examples(max_examples=30)
@given(w=st.lists(ordinary, min_size=1, max_size=5), x=ordinary)
def test_where_the_order_of_the_additions_is_the_same_the_gradients_are_so_bit_for_bit(w, x):
    weights, shared = [Value(v) for v in w], Value(x)
    for node in (affine(weights, [shared] * len(w), Value(0.5)), total(weights), half_squared_error(weights, w[::-1])):
        expected = gradients(node)
        found = gradients(expand(node))
        assert all(
            found[weight].hex() == expected[weight].hex() for weight in weights if type(expected[weight]) is float
        )


@examples(max_examples=30)
@given(recipe=recipes(numbers=fractions, names=EXACT))
def test_in_fractions_it_is_the_same_exactly(recipe):
    root = recipe.build()[-1]
    out = expand(root)
    assert out.data == root.data
    expected, found = gradients(root), gradients(out)
    assert all(found.get(leaf, 0) == gradient for leaf, gradient in expected.items() if leaf.op is None)


def test_what_has_nothing_to_write_out_is_the_same_graph():
    x = Value(2.0)
    y = (x * x).tanh()
    assert expand(y) is y
    assert expand(x) is x


def test_leaves_are_shared_and_keep_their_names():
    x = Value(2.0)
    once = total([x])
    once.label = "once"
    assert expand(once) is x
    assert x.label == ""


def test_a_sum_of_plain_numbers_stays_a_node():
    x = Value(2.0)
    y = affine([1.0], [2.0])
    assert expand(y).data == 2.0
    assert expand(y * x).data == 4.0


def test_mean_is_written_out_as_a_sum_and_a_division():
    assert ops_of(expand(mean([Value(1.0), Value(2.0)]))) == {"add", "div"}
