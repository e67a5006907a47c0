"""Functions that are one node, as they are one line of a hand derivation."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, ordinary

from autograd import ArgumentError, OperandError, Value, affine, half_squared_error, mean, total

numbers = st.lists(ordinary, min_size=1, max_size=6)


def test_affine_is_one_node_whose_parents_are_w1_x1_w2_x2_b():
    w, x, b = [Value(2.0), Value(3.0)], [Value(5.0), Value(7.0)], Value(1.0)
    z = affine(w, x, b)
    assert z.parents == (w[0], x[0], w[1], x[1], b)
    assert z.locals == (5.0, 2.0, 7.0, 3.0, 1)
    assert z.data == 2 * 5 + 3 * 7 + 1


@examples(max_examples=40)
@given(w=numbers, data=st.data())
def test_affine_is_the_sum_of_the_products(w, data):
    x = data.draw(st.lists(ordinary, min_size=len(w), max_size=len(w)))
    weights, inputs, bias = [Value(v) for v in w], [Value(v) for v in x], Value(0.5)
    z = affine(weights, inputs, bias)
    z.backward()
    assert z.data == pytest.approx(math.fsum(a * b for a, b in zip(w, x)) + 0.5, rel=1e-14, abs=1e-14)
    assert [v.grad for v in weights] == x
    assert [v.grad for v in inputs] == w
    assert bias.grad == 1


def test_affine_takes_numbers_for_inputs_and_generators_and_no_bias():
    w = [Value(2.0), Value(3.0)]
    z = affine(iter(w), (float(k) for k in (5, 7)))
    assert (z.data, z.parents) == (31.0, tuple(w))


def test_affine_of_a_bias_alone_is_the_bias():
    assert affine([], [], Value(3.0)).data == 3.0


@examples(max_examples=40)
@given(xs=numbers)
def test_total_and_mean_give_each_its_share(xs):
    values = [Value(x) for x in xs]
    total(values).backward()
    assert [v.grad for v in values] == [1] * len(xs)
    mean(values).backward()
    assert [v.grad for v in values] == pytest.approx([1 + 1 / len(xs)] * len(xs))
    assert total(values).data == pytest.approx(sum(xs))
    assert mean(values).data == pytest.approx(sum(xs) / len(xs))


def test_the_half_of_half_squared_error_meets_the_2_of_the_derivative():
    o, t = [Value(0.75), Value(0.5)], [Value(0.25), 1.5]
    error = half_squared_error(o, t)
    error.backward()
    assert error.data == (0.5**2 + 1.0**2) / 2
    assert ([v.grad for v in o], t[0].grad) == ([0.5, -1.0], -0.5)


def test_one_output_and_one_target_go_without_a_list():
    o = Value(0.75)
    error = half_squared_error(o, 0.25)
    assert (error.data, error.parents) == (0.125, (o,))


def test_of_plain_numbers_too_it_is_a_node():
    assert isinstance(affine([1.0], [2.0]), Value)
    assert half_squared_error(1.0, 3.0).data == 2.0


BAD_INPUT = [
    (lambda: affine([1.0], [1.0, 2.0]), ArgumentError, "affine: 1 weights do not go with 2 inputs"),
    (lambda: affine([], []), ArgumentError, "affine: no weights, no inputs and no bias"),
    (lambda: affine(Value(1.0), [1.0]), OperandError, "affine: wants a list of Values or numbers, not Value"),
    (lambda: affine([1.0], "a"), OperandError, "affine: wants a list of Values or numbers, not 'a'"),
    (lambda: affine([Value(1.0)], ["a"]), OperandError, r"affine: 'a' \(str\) is neither"),
    (lambda: affine([Value(1.0)], [2.0], [3.0]), OperandError, r"affine: \[3.0\] \(list\) is neither"),
    (lambda: total([]), ArgumentError, "total: of no values at all"),
    (lambda: total(Value(1.0)), OperandError, "total: wants a list"),
    (lambda: mean([]), ArgumentError, "mean: of no values at all"),
    (lambda: mean(3), OperandError, "mean: wants a list of Values or numbers, not 3"),
    (lambda: half_squared_error([1.0], [1.0, 2.0]), ArgumentError, "1 outputs, but 2 targets"),
    (lambda: half_squared_error([], []), ArgumentError, "there is no output to compare"),
    (lambda: half_squared_error("o", 1.0), OperandError, r"'o' \(str\) is neither"),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), BAD_INPUT)
def test_what_cannot_be_added_up_is_told(mistake, kind, message):
    with pytest.raises(kind, match=message):
        mistake()
