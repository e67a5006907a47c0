"""An n-ary row gives the same node whether it is recorded plainly, read fast, or written out."""

import inspect
import linecache
import math
import struct
import sys
from contextlib import contextmanager
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import SIZES, examples

from autograd import ChalkgradError, DomainError, Value, affine, gradients, huber, mean, total, trace_origins
from autograd.engine import fast
from autograd.engine.value import record
from autograd.table.ops import TABLE, VARIADIC, Op, above

ROWS = [op for op in TABLE.values() if op.arity == VARIADIC]
NUMBERS = st.floats() | st.floats(-3, 3) | st.integers(-3, 3) | st.fractions(-3, 3, max_denominator=8)
LEAST = {op.name: SIZES[op.name][0] for op in ROWS if op.name in SIZES and op.name != "mean"}  # operands of a loss
OPERANDS = st.tuples(NUMBERS, st.booleans())  # a number, and whether it is a Value

the_same_every_time = examples(max_examples=100)


@contextmanager
def written_out_after(uses):
    """Rows are written out after so many uses, and none has been used yet."""
    before = fast.OFTEN, dict(fast._rows), fast._uses.copy()
    fast.OFTEN = uses
    fast._rows.clear()
    fast._uses.clear()
    try:
        yield
    finally:
        fast.OFTEN = before[0]
        fast._rows.clear()
        fast._rows.update(before[1])
        fast._uses.clear()
        fast._uses.update(before[2])


class Celsius(float):
    """A float by another name, which a node holds as a float."""


class Foreign:
    """Another library's number, which has its data where ours have."""

    data = 1.0


def bits(number):
    """A number to the last bit; of two NaN that meet either may be the one that is carried on."""
    if number != number:
        return "nan"
    return (type(number), struct.pack("d", number)) if isinstance(number, float) else number


def operands_from(drawn):
    return [Value(number, f"x{place}") if is_value else number for place, (number, is_value) in enumerate(drawn)]


def outcome(read, op, drawn):
    """All there is to know about the node and its gradients, or the error."""
    operands = operands_from(drawn)
    try:
        node = read(op, operands)
    except ChalkgradError as error:
        return type(error), str(error)
    values = [v for v in operands if isinstance(v, Value)]
    assert list(node.parents) == values
    assert [v for v in node.operands if isinstance(v, Value)] == values
    try:
        node.backward()
    except (DomainError, OverflowError) as error:
        return type(error), str(error)
    return (
        node.op,
        bits(node.data),
        [bits(v) for v in node.operands if not isinstance(v, Value)],
        [bits(local) for local in node.locals],
        [bits(v.grad) for v in values],
    )


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
@the_same_every_time
@given(drawn=st.lists(OPERANDS, min_size=1, max_size=9))
@example(drawn=[(0.1, True), (3.0, True), (0.2, True), (3.0, True), (-0.9, True), (1.0, True), (1e16, True)])
@example(drawn=[(-0.0, True), (1.0, True)])
@example(drawn=[(math.inf, True), (0.0, True), (1.0, False)])
@example(drawn=[(Fraction(1, 3), True), (Fraction(1, 2), True), (3, False)])
@example(drawn=[(Fraction(1, 3), True), (0.5, True), (3, False)])
@example(drawn=[(Fraction(1, 3), True), (Fraction(1, 2), True), (3, True)])
@example(drawn=[(1, True), (3, True), (Fraction(5), True)])
@example(drawn=[(1, True), (1, True), (Fraction(1, 2), True), (0, True), (0, True), (Fraction(1, 3), True)])
@example(drawn=[(0.5, True), (Celsius(0.5), False), (True, False)])
@example(drawn=[(0.5, True), ("0.5", False)])
@example(drawn=[(0.5, True), (Foreign(), False)])
@example(drawn=[(10**400, True), (0.5, True), (1, False)])
def test_the_plain_the_fast_and_the_written_out_node_are_equal_bit_for_bit(op, drawn):
    least = LEAST.get(op.name)
    while least and (len(drawn) < least or (len(drawn) - least) % 2):  # as many outputs as targets
        drawn = drawn + drawn[-1:]
    plain = outcome(record, op, drawn)
    with written_out_after(10**9):
        assert outcome(Value.read, op, drawn) == plain
    with written_out_after(1):
        outcome(Value.read, op, drawn)
        assert outcome(Value.read, op, drawn) == plain


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.arity in (1, 2, 3)], ids=lambda op: op.name)
@the_same_every_time
@given(drawn=st.lists(OPERANDS, min_size=1, max_size=3))
def test_an_op_that_is_called_as_a_function_records_the_node_of_its_method_and_of_the_plain_way(op, drawn):
    assert outcome(Value.read, op, drawn) == outcome(record, op, drawn)


def test_the_sum_of_affine_is_added_from_left_to_right_on_every_python():
    terms = [1e16, 1.0, -1e16, 1.0]
    plain = ((1e16 + 1.0) + -1e16) + 1.0
    assert plain != math.fsum(terms)
    with written_out_after(2):
        for _ in range(4):
            assert affine([Value(t) for t in terms], [Value(1.0)] * 4).data == plain
            assert total([Value(t) for t in terms]).data == plain


def test_a_loss_of_ints_with_a_fraction_beside_them_is_exact_the_first_time_and_the_thousandth():
    with written_out_after(2):
        for _ in range(4):
            third = Value(Fraction(7, 3))
            loss = huber([Value(1)], [5], third) / 3
            loss.backward()
            assert type(loss.data) is type(third.grad) is Fraction
            assert (loss.data, third.grad) == (Fraction(7, 3) * (8 - Fraction(7, 3)) / 6, Fraction(5, 9))


def test_a_row_is_read_by_the_class_and_by_each_of_its_values():
    x = Value(1.0)
    assert Value.read(TABLE["total"], [x, x]).data == x.read(TABLE["total"], [x, x]).data == 2.0


def test_a_row_that_is_read_often_is_written_out_and_can_be_looked_at():
    x = [Value(1.0), Value(2.0), Value(4.0)]
    with written_out_after(3):
        for _ in range(3):
            total(x)
        row = fast._rows[TABLE["total"], 3, True]
        assert "y = x1 + x2 + x3\n" in [line.lstrip() for line in linecache.getlines(row.__code__.co_filename)]
        assert total(x).data == 7.0


def test_a_row_for_very_many_operands_is_not_written_out():
    x = [Value(1.0)] * (fast.LONGEST + 1)
    with written_out_after(1):
        assert total(x).data == len(x)
        assert not fast._rows


def test_a_caller_deep_in_recursion_gets_its_sum_as_well():
    x = [Value(1.0)] * fast.LONGEST

    def deep(levels):
        return total(x).data if levels == 0 else deep(levels - 1)

    with written_out_after(1):
        assert deep(sys.getrecursionlimit() - len(inspect.stack()) - 100) == len(x)


def test_a_row_that_computes_by_a_condition_is_called_as_it_stands():
    largest = Op("largest", "max", lambda *x: max(x), lambda y, *x: [above(v, y) * 2 for v in x], arity=VARIADIC)
    try:
        assert "y = largest(x1, x2)\n" in fast.written_out(largest, [float, float])
        with written_out_after(1):
            outcomes = [outcome(Value.read, largest, [(1.0, True), (2.0, True)]) for _ in range(3)]
        assert outcomes == [outcome(record, largest, [(1.0, True), (2.0, True)])] * 3
    finally:
        del TABLE["largest"]


@the_same_every_time
@given(
    drawn=st.lists(st.tuples(st.floats() | st.floats(-3, 3), st.floats() | st.floats(-3, 3)), min_size=1, max_size=6),
    gate=st.sampled_from([0.0, -0.0, 0, 1.0, math.nan]),
)
@example(drawn=[(math.inf, 1.0)], gate=0.0)
@example(drawn=[(1.0, math.nan), (2.0, 3.0)], gate=-0.0)
@example(drawn=[(1e308, 1.0), (1e308, 1.0)], gate=0.0)
def test_a_gradient_of_zero_goes_through_a_sum_as_every_other_does(drawn, gate):
    w, x = [Value(a) for a, _ in drawn], [Value(b) for _, b in drawn]
    y = affine(w, x) * gate + total([*w, *x])
    expected = gradients(y)
    y.backward()
    for leaf in {*w, *x}:
        assert bits(leaf.grad) == bits(expected[leaf])


def test_a_traced_sum_knows_its_line_and_an_untraced_one_does_not():
    x = [Value(1.0), Value(2.0)]
    with trace_origins():
        traced = total(x)
    assert traced.origin.file == __file__
    assert mean(x).origin is None


def test_two_hundred_thousand_sums_in_a_row_go_forward_backward_and_away():
    w, b = Value(1.0), Value(1.0)
    y = Value(0.0)
    for _ in range(200_000):
        y = affine([w], [y], b)
    y.backward()
    assert (y.data, b.grad) == (200_000.0, 200_000.0)
    del y
