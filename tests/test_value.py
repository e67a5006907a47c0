"""Values: making them, computing with them, and the backward pass."""

import gc
import math
import operator
import os
import subprocess
import sys
import tracemalloc
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from strategies import EXACT, examples, fractions, recipes, some

from autograd import (
    ChalkgradError,
    DivisionByZeroError,
    DomainError,
    OperandError,
    RangeError,
    Value,
    affine,
    gradients,
    leaves,
    mean,
    name_values,
    steps,
    topological_order,
    total,
    trace_origins,
)
from autograd.engine.graph import zero_grad
from autograd.engine.value import NOT_YET
from autograd.table.ops import TABLE, VARIADIC, Op

NO_NUMPY = "a number of numpy's own kind needs numpy"

BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}

# -- The backward pass ---------------------------------------------------------------------------


def test_x_cubed_at_3_gives_27_then_54():
    x = Value(3.0)
    y = x**3
    y.backward()
    assert (y.data, x.grad) == (27.0, 27.0)
    y.backward()
    assert x.grad == 54.0


def test_a_leaf_adds_up_what_it_receives_from_two_different_roots():
    x = Value(3.0)
    (x * 2).backward()
    (x * x).backward()
    assert x.grad == 2 + 6


def test_the_nodes_between_are_computed_anew_and_keep_their_gradient():
    x = Value(3.0)
    y = x * 2
    z = y * y
    z.backward()
    z.backward()
    assert (z.grad, y.grad, x.grad) == (1, 12, 48)


def test_a_root_that_is_a_leaf_has_the_gradient_one():
    x = Value(3.0)
    x.backward()
    assert x.grad == 1


def test_before_any_backward_the_gradient_is_a_zero_that_can_be_told_from_a_computed_one():
    x = Value(3.0)
    y = x * 0
    assert x.grad == 0
    assert x.grad is NOT_YET
    y.backward()
    assert x.grad == 0
    assert x.grad is not NOT_YET


def test_zero_grad_is_for_all_or_for_none():
    x = Value(3.0)
    x.backward()
    for other in (SimpleNamespace(grad=2.0), [x], 1.0, None):
        with pytest.raises(OperandError, match=r"zero_grad wants a list of Values, such as \[w\] .* is none"):
            zero_grad([x, other])
    assert x.grad == 1.0


def test_zero_grad_sets_the_gradient_to_zero():
    x = Value(3.0)
    (x * x).backward()
    zero_grad([x])
    assert x.grad == 0


def test_a_node_used_twice_is_counted_twice_and_passes_on_once():
    x = Value(2.0)
    y = x * 3  # used by two
    z = y * y + y
    z.backward()
    assert (y.grad, x.grad) == (2 * 6 + 1, 3 * 13)


def test_changing_a_number_later_never_changes_the_gradient_of_an_old_graph():
    w, x = Value(3.0), Value(2.0)
    y = (w * x).tanh() + w**2
    before = gradients(y)
    w.data, x.data = 100.0, -100.0
    y.backward()
    assert (w.grad, x.grad) == (before[w], before[x])
    assert gradients(y) == before


# -- What a node knows ---------------------------------------------------------------------------


def test_parents_keep_their_order_and_their_repeats():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    assert (a - b).parents == (a, b)
    assert (b - a).parents == (b, a)
    assert (a * a).parents == (a, a)
    assert affine([a, b, a], [b, a, a], 1.0).parents == (a, b, b, a, a, a)


def test_x_times_x_has_two_edges():
    x = Value(3.0)
    assert (x * x).edges() == [(x, 3.0), (x, 3.0)]


def test_a_plain_number_is_an_operand_and_no_parent():
    x = Value(3.0)
    y = 2 * x
    assert (y.operands, y.parents, y.locals) == ((2, x), (x,), (2,))
    z = total([1.0, x, 2.0])
    assert (z.operands, z.parents, z.locals) == ((1.0, x, 2.0), (x,), (1,))


def test_sum_adds_no_node_for_its_start():
    a, b = Value(1.0), Value(2.0)
    assert sum([a]) is a
    assert sum([a, b]).parents == (a, b)


def test_plus_x_is_x():
    x = Value(3.0)
    assert +x is x


def test_two_values_of_the_same_number_are_two():
    a, b = Value(1.0), Value(1.0)
    assert a != b
    assert len({a, b, a}) == 2


def test_the_leaves_come_in_the_order_in_which_they_are_written():
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    assert leaves((a * b) + (c * a)) == [a, b, c]


def test_a_value_shows_its_number_its_gradient_and_its_label():
    x = Value(3.0, "x\n")
    (x * x).backward()
    assert repr(x) == r"Value(data=3.0, grad=6.0, label='x\\n')"
    assert repr(Value(2)) == "Value(data=2, grad=0.0)"


# -- Operators with every kind of number ---------------------------------------------------------


def kinds_of_number():
    """Numbers that are no Value; numpy's own where it is installed."""
    plain = [2, 2.5, Fraction(5, 2)]
    try:
        import numpy as np  # noqa: PLC0415 -- the suite runs without it
    except ImportError:
        return [*plain, pytest.param(None, marks=pytest.mark.skip(reason=NO_NUMPY))]
    return [*plain, np.float64(2.5), np.float32(2.5), np.int64(2)]


@pytest.mark.parametrize("number", kinds_of_number())
@pytest.mark.parametrize("name", BINARY)
def test_every_operator_takes_every_kind_of_number_on_either_side(name, number):
    op = BINARY[name]
    x, twin = Value(3.0), Value(3.0)
    for y, expected, place in [
        (op(x, number), op(twin, float(number)), 0),
        (op(number, x), op(float(number), twin), 1),
    ]:
        assert isinstance(y, Value)
        assert y.data == pytest.approx(expected.data, rel=1e-6)  # all the digits that a float32 has
        assert y.parents == (x,)
        assert y.operands[place] is x
        x.grad = twin.grad = 0.0
        y.backward()
        expected.backward()
        assert x.grad == pytest.approx(twin.grad, rel=1e-6)


def test_a_numpy_float_is_kept_as_the_float_that_it_is():
    numpy = pytest.importorskip("numpy", reason=NO_NUMPY)
    assert type(Value(numpy.float64(2.5)).data) is float
    assert type((Value(3.0) * numpy.float64(2.5)).data) is float


@pytest.mark.parametrize("name", BINARY)
def test_every_operator_takes_two_values(name):
    a, b = Value(3.0), Value(2.0)
    y = BINARY[name](a, b)
    assert (y.data, y.parents) == (BINARY[name](3.0, 2.0), (a, b))


def test_two_to_the_v_and_v_to_the_w():
    v, w = Value(3.0), Value(2.0)
    y = 2**v
    y.backward()
    assert (y.data, v.grad) == (8.0, 8 * math.log(2))
    v.grad = 0
    y = v**w
    y.backward()
    assert (y.data, v.grad, w.grad) == (9.0, 6.0, 9 * math.log(3))


def test_minus_and_absolute_value():
    x = Value(-3.0)
    y = -x + abs(x)
    y.backward()
    assert (y.data, x.grad) == (6.0, -2.0)


def test_an_array_of_numbers_times_a_value_is_an_array_of_values():
    numpy = pytest.importorskip("numpy", reason=NO_NUMPY)
    x = Value(3.0)
    products = numpy.array([1.0, 2.0]) * x
    assert [y.data for y in products] == [3.0, 6.0]


# -- Fractions: exact hand derivations -----------------------------------------------------------


def test_a_derivation_in_fractions_is_exact():
    x, w, t = Value(Fraction(1, 3)), Value(Fraction(3, 7)), Fraction(2, 5)
    error = (x * w - t) ** 2 / 2
    error.backward()
    assert error.data == Fraction(1, 2) * (Fraction(1, 7) - Fraction(2, 5)) ** 2
    assert w.grad == Fraction(1, 3) * (Fraction(1, 7) - Fraction(2, 5))
    assert isinstance(w.grad, Fraction)


def test_division_by_an_integer_and_mean_stay_exact():
    a, b, c = (Value(Fraction(n)) for n in (1, 2, 4))
    for y in (mean([a, b, c]), (a + b + c) / 3, total([a, b, c]) * Fraction(1, 3)):
        a.grad = 0
        y.backward()
        assert (y.data, a.grad) == (Fraction(7, 3), Fraction(1, 3))
        assert isinstance(a.grad, Fraction)


def test_a_tie_of_fractions_is_split_exactly():
    a, b = Value(Fraction(1, 3)), Value(Fraction(1, 3))
    (a.maximum(b) * Fraction(2, 7)).backward()
    assert (a.grad, b.grad) == (Fraction(1, 7), Fraction(1, 7))


@examples(max_examples=30)
@given(recipe=recipes(numbers=fractions, names=EXACT))
def test_in_a_graph_of_fractions_every_number_is_exact_and_every_gradient(recipe):
    found = gradients(recipe.build()[-1])
    for node, gradient in found.items():
        assert isinstance(node.data, (Fraction, int))
        assert isinstance(gradient, (Fraction, int))


@examples(max_examples=30)
@given(recipe=recipes(numbers=fractions, names=("add", "sub", "mul", "neg", "affine", "total", "mean")))
def test_in_fractions_a_difference_of_two_points_shows_the_derivative_exactly(recipe):
    # of polynomials, up to the step: (f(x + h) - f(x))/h = f'(x) + h·(…), so that two steps tell f'(x) apart
    def f(h):
        leaves = [Value(x) for x in recipe.leaves]
        leaves[0].data += h
        return recipe.build_on(leaves)[-1], leaves[0]

    root, leaf = f(0)
    h = Fraction(1, 10**40)
    slope = (f(h)[0].data - root.data) / h
    assert abs(slope - gradients(root).get(leaf, 0)) < Fraction(1, 10**30)


# -- What does not exist -------------------------------------------------------------------------

OUT_OF_DOMAIN = [
    # expression, error, builtin error, what it says
    (lambda x: (x - 1).log(), DomainError, ValueError, "log of −0.5 is not a real number"),
    (lambda x: (-x).log(), DomainError, ValueError, "log of −0.5 is not a real number"),
    (lambda x: (-x).sqrt(), DomainError, ValueError, "sqrt of −0.5 is not a real number"),
    (lambda x: x / 0, DivisionByZeroError, ZeroDivisionError, "div of p = 0.5 and 0 divides by zero"),
    (lambda x: 1 / (x - 0.5), DivisionByZeroError, ZeroDivisionError, "div of 1 and 0 divides by zero"),
    (lambda x: (x * 0) ** -1, DivisionByZeroError, ZeroDivisionError, "pow of 0 and −1 divides by zero"),
    (lambda x: 0**-x, DivisionByZeroError, ZeroDivisionError, "pow of 0 and −0.5 divides by zero"),
    (lambda x: (x * 2000).exp(), RangeError, OverflowError, "exp of 1000 is too large for a float"),
    (lambda x: (x * 1e200) ** 2, RangeError, OverflowError, "pow of 5e199 and 2 is too large for a float"),
    (lambda x: (x * -16) ** (1 / 3), DomainError, ValueError, "pow of −8 and 0.333333 is not a real number"),
    (lambda x: (x * math.inf).sin(), DomainError, ValueError, "sin of inf is not a real number"),
    (lambda x: x * 10**400, RangeError, OverflowError, "mul of p = 0.5 and .*1"),
]


@pytest.mark.parametrize(("f", "error", "builtin", "message"), OUT_OF_DOMAIN)
def test_out_of_its_domain_an_operation_names_itself_its_labels_and_its_values(f, error, builtin, message):
    with pytest.raises(error, match=message) as caught:
        f(Value(0.5, "p"))
    assert isinstance(caught.value, ChalkgradError)
    assert isinstance(caught.value, builtin)


def test_labels_stand_in_the_error():
    with pytest.raises(DomainError, match=r"log of p = −0\.5 is not a real number"):
        Value(-0.5, "p").log()
    with pytest.raises(DivisionByZeroError, match="div of a = 1 and b = 0 divides by zero"):
        Value(1.0, "a") / Value(0.0, "b")


NO_DERIVATIVE = [
    (lambda x: x.sqrt(), 0.0, r"sqrt of x = 0 has no derivative with respect to x = 0: 1/\(2·y\) is not defined there"),
    (lambda x: x**0.5, 0.0, r"pow of x = 0 and 0.5 has no derivative with respect to x = 0"),
    (
        lambda x: (-2) ** x,
        2.0,
        r"pow of −2 and x = 2 has no derivative with respect to x = 2: y·log\(a\) is not defined",
    ),
    (lambda x: x**x, 0.0, r"pow of x = 0 and x = 0 has no derivative with respect to x = 0"),
    (lambda x: x**-1, 1e-200, r"b·a\^\(b − 1\) is too large for a float there"),
]


@pytest.mark.parametrize(("f", "x", "message"), NO_DERIVATIVE)
def test_where_there_is_no_derivative_backward_says_so_and_leaves_every_gradient_as_it_was(f, x, message):
    x, w = Value(x, "x"), Value(2.0, "w")
    y = f(x)
    z = y * w
    w.grad, x.grad, y.grad = 7.0, 8.0, 9.0
    with pytest.raises(DomainError, match=message):
        z.backward()
    assert (w.grad, x.grad, y.grad, z.grad) == (7.0, 8.0, 9.0, 0.0)


def test_a_gradient_of_zero_is_one_also_after_a_backward_pass_that_failed():
    x = Value(0.0, "x")
    (x * 0).backward()
    assert (x.grad, x.has_grad) == (0.0, True)
    y = x.sqrt() + Value(1.0)
    with pytest.raises(DomainError):
        y.backward()
    assert (x.grad, x.has_grad, y.has_grad) == (0.0, True, False)


def test_a_neuron_that_is_off_keeps_nothing_from_the_others():
    for weight, slope in ((0.0, 0.0), (-1.0, -1.0), (1.0, 1.0)):  # of the neuron, in the sum
        for turned in (False, True):
            x, y = Value(2.0, "x"), Value(5.0, "y")
            parts = [affine([x], [Value(3.0)]) * weight, affine([y], [Value(7.0)])]
            (parts[1] + parts[0] if turned else parts[0] + parts[1]).backward()
            assert (x.grad, y.grad) == (3.0 * slope, 7.0)


def test_the_value_of_what_has_no_derivative_can_still_be_used():
    assert (Value(0.0).sqrt() + 1).data == 1.0


def test_of_many_operands_only_the_one_without_a_derivative_has_none():
    p_norm = Op(
        "p_norm",
        "‖·‖",
        lambda *x: sum(v**0.5 for v in x) ** 2,
        lambda y, *x: [(y / v) ** 0.5 for v in x],
        arity=VARIADIC,
    )
    try:
        a, b = Value(0.0, "a"), Value(4.0, "b")
        y = p_norm(a, b, 5.0)
        assert math.isclose(y.locals[1], ((2 + math.sqrt(5)) ** 2 / 4) ** 0.5)
        with pytest.raises(DomainError, match=r"with respect to a = 0: \(y/x1\)\^0\.5 is not defined there"):
            y.backward()
        assert not b.has_grad
    finally:
        del TABLE["p_norm"]


@pytest.mark.parametrize(("arity", "operand"), [(1, "x"), (3, "b"), (VARIADIC, "x4")])
def test_the_reason_is_written_with_the_operands_own_letters(arity, operand):
    place = {"x": 0, "b": 1, "x4": 3}[operand]
    partials = [lambda _y, *_x: 0] * (place + 1 + (arity == 3))
    partials[place] = lambda _y, *x: 1 / x[place]
    every = [lambda y, *x: [partial(y, *x) for partial in partials]]
    row = Op("row", "row", lambda *x: x[place], *(every if arity == VARIADIC else partials), arity=arity)
    try:
        operands = [Value(3.0)] * len(partials)
        operands[place] = Value(0.0, "a")
        with pytest.raises(DomainError, match=rf"with respect to a = 0: 1/{operand} is not defined there"):
            row(*operands).backward()
    finally:
        del TABLE["row"]


def test_an_error_shows_four_operands_and_that_there_are_more():
    large = Value(Fraction(10) ** 400)
    with pytest.raises(DomainError, match=r"total of ≈1e400 and 0\.5 and 1 and 2 is too large for a float"):
        total([large, 0.5, 1, 2])
    with pytest.raises(DomainError, match=r"total of ≈1e400 and 0\.5 and 1 and 2 and … is too large for a float"):
        total([large, 0.5, 1, 2, 3])


class Metres(Fraction):
    """A length, which is not added to a number."""

    def __add__(self, other):
        return Metres(super().__add__(other)) if isinstance(other, Metres) else NotImplemented

    def __radd__(self, other):
        return NotImplemented


def test_numbers_of_kinds_that_do_not_go_together_are_named():
    assert (Value(Metres(2)) + Value(Metres(3))).data == 5
    with pytest.raises(OperandError, match=r"add of length = 2 and 0\.5: numbers of type Metres and float do not go"):
        Value(Metres(2), "length") + 0.5


class Interrupting(Fraction):
    """A number at whose multiplication somebody presses Ctrl-C, once it is armed."""

    armed = False

    def __mul__(self, other):
        if Interrupting.armed:
            raise KeyboardInterrupt
        return super().__mul__(other)

    __rmul__ = __mul__


def test_after_ctrl_c_in_the_middle_of_backward_every_gradient_is_as_it_was():
    x, w = Value(Fraction(2), "x"), Value(Interrupting(3), "w")
    y = x * w
    z = y * Fraction(5)
    x.grad, w.grad, y.grad = 7, 8, 9
    Interrupting.armed = True
    try:
        with pytest.raises(KeyboardInterrupt):
            z.backward()
    finally:
        Interrupting.armed = False
    assert (x.grad, w.grad, y.grad) == (7, 8, 9)
    assert z.grad is NOT_YET


def test_nan_is_carried():
    x = Value(math.nan)
    y = (x * 2).tanh().relu() + 1
    y.backward()
    assert math.isnan(y.data)
    assert math.isnan(x.grad)


@pytest.mark.parametrize("make", [lambda w, x: affine([w], [x]), lambda w, x: w * x])
def test_zero_times_an_infinite_local_derivative_is_nan_and_not_skipped(make):
    w, x = Value(2.0), Value(math.inf)
    (make(w, x).tanh() * 0.0).backward()
    assert math.isnan(w.grad)
    assert x.grad == 0


# -- What is no number ---------------------------------------------------------------------------

BAD_INPUT = [
    (lambda: Value("x"), r"a Value holds a real number, not 'x' \(str\)"),
    (lambda: Value(None), r"a Value holds a real number, not None \(NoneType\)"),
    (lambda: Value(2j), r"a Value holds a real number, not 2j \(complex\)"),
    (lambda: Value([1.0]), r"a Value holds a real number, not \[1.0\] \(list\)"),
    (lambda: Value(Value(1.0, "a")), "a = 1 is a Value already: use it as it is"),
    (lambda: Value(1.0, 5), r"a label is a string, not 5 \(int\)"),
    (lambda: Value(1.0, (Value(2.0),), "+"), "a node with parents is made by an operation"),
    (lambda: setattr(Value(1.0), "label", None), "a label is a string, not None"),
    (lambda: operator.add(Value(1.0), [1]), r"add: \[1\] \(list\) is neither a Value nor a real number"),
    (lambda: operator.add([1], Value(1.0)), r"add: \[1\] \(list\) is neither"),
    (lambda: Value(1.0) * "a", r"mul: 'a' \(str\) is neither"),
    (lambda: None - Value(1.0), r"sub: None \(NoneType\) is neither"),
    (lambda: Value(1.0) ** 2j, r"pow: 2j \(complex\) is neither"),
    (lambda: Value(1.0).maximum("a"), r"maximum: 'a' \(str\) is neither"),
    (lambda: operator.add(Value(1.0), ["long" * 50]), r"add: .{37}… \(list\)"),
    (lambda: float(Value(1.0, "x")), "x = 1 is a node, and float.. would drop it from the graph: write .data"),
    (lambda: math.exp(Value(1.0)), "use this library's function"),
    (lambda: topological_order(3), r"a graph starts at a Value, not at 3 \(int\)"),
    (lambda: steps("a"), r"a graph starts at a Value, not at 'a' \(str\)"),
    (lambda: gradients(None), "a graph starts at a Value"),
    (lambda: leaves([]), "a graph starts at a Value"),
    (lambda: name_values([1]), "name_values wants a mapping of names, such as locals"),
]


@pytest.mark.parametrize(("mistake", "message"), BAD_INPUT)
def test_what_is_no_number_is_refused_naming_what_was_given_and_what_is_wanted(mistake, message):
    with pytest.raises(OperandError, match=message) as caught:
        mistake()
    assert isinstance(caught.value, TypeError)


# -- Names and origins ---------------------------------------------------------------------------


def test_name_values_takes_the_names_of_the_callers_variables():
    a, b = Value(1.0), Value(2.0, "given")
    w = [Value(3.0), (Value(4.0), Value(5.0))]
    _hidden = Value(6.0)
    alias = a
    name_values(locals())
    assert (a.label, b.label, alias.label, _hidden.label) == ("a", "given", "a", "")
    assert [w[0].label, w[1][0].label, w[1][1].label] == ["w[0]", "w[1][0]", "w[1][1]"]


def test_a_label_can_be_given_later():
    x = Value(1.0)
    x.label = "x"
    assert x.label == "x"


def line_of_caller():
    return sys._getframe(1).f_lineno


def test_trace_origins_tells_the_file_and_line_that_made_a_node():
    x = Value(2.0)
    with trace_origins():
        y, line = x * 3 + affine([x], [x]), line_of_caller()
    assert y.origin == (__file__, line)
    assert str(y.origin) == f"{__file__}:{line}"
    assert y.parents[0].origin.line == y.parents[1].origin.line == line
    assert (x * 3).origin is None


@pytest.mark.parametrize("number", [-3, -0.5, 0.0, 2, 2.5])
def test_a_number_before_the_plus_counts_also_where_origins_are_traced(number):
    x = Value(4.0)
    with trace_origins():
        y = number + x
        assert sum([x]) is x  # which begins with a 0
    assert (y.data, y.operands, (number + x).operands) == (number + 4.0, (number, x), (number, x))


def test_whole_numbers_divide_as_python_divides_also_where_origins_are_traced():
    with trace_origins():
        third = Value(1) / 3
    assert isinstance(third.data, float)
    assert third.data == (Value(1) / 3).data == 1 / 3


def test_a_value_is_written_with_the_digits_that_are_asked_for():
    loss = Value(0.123456, "E")
    assert (f"{loss:.4f}", f"{loss}") == ("0.1235", str(loss))


def test_trace_origins_ends_where_an_error_leaves_it_and_the_error_tells_where():
    with (
        pytest.raises(ZeroDivisionError, match=r"div of x = 2 and 0 divides by zero \(at .*test_value.py:\d+\)"),
        trace_origins(),
    ):
        Value(2.0, "x") / 0
    assert (Value(2.0) * 3).origin is None


def test_an_origin_is_not_lost_when_the_node_gets_a_label():
    with trace_origins():
        y = Value(2.0) * 3
    y.label = "y"
    assert (y.label, y.origin.file) == ("y", __file__)


def test_a_program_beside_the_package_whose_name_begins_alike_is_an_origin():
    beside = str(Path(sys.modules["autograd"].__file__).parent) + "_exercises.py"
    names = {"Value": Value}
    with trace_origins():
        exec(compile("y = Value(2.0) * 3", beside, "exec"), names)  # noqa: S102 -- a program at that place
    assert names["y"].origin == (beside, 1)


# -- Large graphs --------------------------------------------------------------------------------


def test_a_chain_of_very_many_operations_goes_forward_backward_through_steps_and_out_of_memory_again():
    limit = sys.getrecursionlimit()
    gc.collect()
    blocks = sys.getallocatedblocks()
    x = Value(1.0)
    y = x
    pairs = some(500_000)
    for _ in range(pairs):
        y = y * 1.000001 + 0.5
    y.backward()
    count = sum(1 for _ in steps(y))
    assert count == 2 * pairs
    assert x.grad == pytest.approx(1.000001**pairs)
    del y
    assert sys.getallocatedblocks() - blocks < 1000
    assert gc.collect() == 0
    assert sys.getrecursionlimit() == limit


def test_ten_thousand_dropped_graphs_leave_nothing_for_the_cyclic_collector():
    gc.collect()
    gc.disable()
    try:
        for k in range(10_000):
            x = Value(0.5 + k)
            y = affine([x, x], [x, 2.0], 1.0).tanh() * x
            y.backward()
            del y, x
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_node_takes_no_more_than_130_bytes():
    count = 40_000
    x, y = Value(1.5), Value(1.25)
    for make in (lambda z: z * x + y, lambda z: 1.0001 * z - y, lambda z: y - z * z):
        tracemalloc.start()
        nodes = x
        for _ in range(count // 2):
            nodes = make(nodes)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert size / count <= 130


PROGRAM = """
import random
from autograd import Value, affine, steps, topological_order, leaves
random.seed(4)
nodes = [Value(random.random(), f"x{k}") for k in range(20)]
for k in range(200):
    a, b, c = random.sample(nodes, 3)
    nodes.append(random.choice([lambda: a * b, lambda: a + c, lambda: affine([a, b], [c, c], a).tanh()])())
for step in steps(nodes[-1] + nodes[-2]):
    print(step.node.op, step.upstream.hex(), [(t.parent.label, t.local, t.contribution, t.total) for t in step.terms])
print([node.label for node in leaves(nodes[-1])])
"""


def test_the_same_program_gives_the_same_order_in_every_process():
    runs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0].splitlines()) > 50


def test_a_gradient_cleared_with_none_as_in_pytorch_counts_as_none_yet():
    x = Value(3.0, "x")
    (x * x).backward()
    x.grad = None
    assert not x.has_grad
    (x * x).backward()
    assert x.grad == 6.0
