"""The fast operators mean what the plain ones mean, to the last bit."""

import inspect
import linecache
import math
import traceback
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EXACT, Node, Recipe, any_float, apply, examples, fractions, ordinary, points, recipes

from autograd import DomainError, OperandError, Value, affine, gradients, trace_origins
from autograd.engine import fast as fast_operators
from autograd.engine.value import record
from autograd.table.operators import Operators
from autograd.table.ops import TABLE, VARIADIC


@contextmanager
def plain_operators():
    fast_operators.remove()
    try:
        yield
    finally:
        fast_operators.install()


def bits(number):
    """A number with its type and its last bit: 0.0 is not −0.0, 1 is not 1.0, and NaN is NaN."""
    return type(number), number.hex() if isinstance(number, float) else str(number)


def written_down(recipe):
    """Everything about a graph: of each node the op, data, parents and local derivatives; the gradients."""
    nodes = recipe.build()
    number = {node: index for index, node in reversed(list(enumerate(nodes)))}
    lines = []
    for node in nodes:
        operands = [number[v] if isinstance(v, Value) else bits(v) for v in node.operands]
        lines.append(
            (node.op, bits(node.data), operands, [number[p] for p in node.parents], list(map(bits, node.locals)))
        )
    try:
        lines.append([(number[node], bits(gradient)) for node, gradient in gradients(nodes[-1]).items()])
        nodes[-1].backward()
    except DomainError as error:
        lines.append(str(error))
    lines.append([bits(node.grad) for node in nodes])
    return lines


@examples(max_examples=100)
@given(recipe=recipes(numbers=any_float) | recipes(numbers=fractions, names=EXACT))
def test_plain_and_specialised_operators_give_the_same_graph_bit_for_bit(recipe):
    fast = written_down(recipe)
    with plain_operators():
        assert written_down(recipe) == fast


@examples(max_examples=40)
@given(recipe=recipes(numbers=st.integers(-4, 4) | st.booleans() | fractions | ordinary, names=EXACT))
def test_they_do_so_for_integers_fractions_and_floats_mixed(recipe):
    fast = written_down(recipe)
    with plain_operators():
        assert written_down(recipe) == fast


# What may stand in `grad` before a pass; the last two are refused.
GRADS = (None, 0, 7, True, -0.0, 1.5, math.nan, math.inf, Fraction(1, 3), Decimal("0.5"), "1", Value(2.0))


def passes_of(recipe, marked):
    """All gradients, or the error, after each pass over two graphs with common nodes, with these gradients before."""
    nodes = recipe.build()
    for place, grad in marked:
        nodes[place % len(nodes)].grad = grad
    told = []
    for output in (nodes[-1], nodes[len(nodes) // 2], nodes[-1] * nodes[0], nodes[-1]):
        try:
            output.backward()
        except (DomainError, OperandError) as error:
            told.append(type(error))
        told.append([(bits(node.grad), node.has_grad) for node in nodes])
    return told


@examples(max_examples=150)
@given(
    recipe=recipes(numbers=any_float) | recipes(numbers=fractions | ordinary, names=EXACT),
    marked=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(GRADS)), max_size=5),
)
def test_a_backward_pass_by_marks_is_the_plain_one_bit_for_bit_whatever_the_gradients_were_before(recipe, marked):
    fast = passes_of(recipe, marked)
    with plain_operators():
        assert passes_of(recipe, marked) == fast


def test_a_node_that_a_pass_added_nothing_to_is_visited_by_the_next_pass_as_any_other():
    x, w = Value(2.0), Value(3.0)
    h = x * w
    off = affine([h], [1.0], -10.0).relu()
    for _ in range(2):
        off.backward()
        assert (h.grad, x.grad, w.grad) == (0.0, 0.0, 0.0)
    (h * 5.0).backward()
    assert (h.grad, x.grad, w.grad) == (5.0, 15.0, 10.0)


def test_a_gradient_that_is_no_number_is_named_and_every_other_stays_as_it_was():
    x, y = Value(2.0, "x"), Value(3.0, "y")
    E = (x * y + x) * y
    x.grad, y.grad = 5.0, "three"
    before = [(node, node.grad, node.has_grad) for node in (E, *E.parents, x)]
    with pytest.raises(OperandError, match="backward: the grad of y was set to 'three'"):
        E.backward()
    assert [(node, node.grad, node.has_grad) for node in (E, *E.parents, x)] == before
    y.grad = 0
    E.backward()
    assert (x.grad, y.grad) == (5.0 + 3 * 3 + 3, 2 * 2 * 3 + 2)


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.arity == VARIADIC], ids=str)
@examples(max_examples=10)
@given(data=st.data())
def test_a_row_that_is_written_out_because_it_is_read_often_is_still_the_row(op, data):
    point = data.draw(points(op, any_float))
    for operands in ([*map(Value, point[:-1]), point[-1]], [*map(Value, point)]):
        for _ in range(fast_operators.OFTEN + 1):
            fast = op(*operands) if any(isinstance(v, Value) for v in operands) else Value.read(op, operands)
        plain = record(op, operands)
        assert (bits(fast.data), list(map(bits, fast.locals))) == (bits(plain.data), list(map(bits, plain.locals)))
    assert op in {key[0] for key in fast_operators._rows}


def test_operands_of_other_kinds_in_turn_give_each_the_plain_node():
    class Foreign:
        data = 1.0

    class Celsius(float):
        """A float by another name, which a node holds as a float."""

    v = [Value(1.5), Value(2.5), Value(-0.5)]
    of_values, of_a_float, of_an_int = v, [v[0], 2.0, v[2]], [v[0], 2, v[2]]
    for operands in (of_values, of_a_float, of_an_int):
        for _ in range(fast_operators.OFTEN + 1):
            Value.read(TABLE["total"], operands)
    for operands in (of_values, of_a_float, of_an_int, of_a_float, of_values, of_an_int):
        fast, plain = Value.read(TABLE["total"], operands), record(TABLE["total"], operands)
        assert bits(fast.data) == bits(plain.data)
        assert (fast.parents, fast.locals, fast.operands) == (plain.parents, plain.locals, plain.operands)
        with pytest.raises(OperandError, match=r"total: .*Foreign.* is neither a Value nor a real number"):
            Value.read(TABLE["total"], [v[0], Foreign(), v[2]])
        assert type(Value.read(TABLE["total"], [v[0], Celsius(2.0), v[2]]).operands[1]) is float


def test_however_many_kinds_of_operands_there_are_only_so_many_are_remembered(monkeypatch):
    monkeypatch.setattr(fast_operators, "MAX_ROWS", 20)
    monkeypatch.setattr(fast_operators, "_uses", type(fast_operators._uses)())
    for number in range(64):
        kinds = [Value(1.0) if number >> place & 1 else 1.0 for place in range(6)]
        assert Value.read(TABLE["total"], [*kinds, Value(1.0)]).data == 7.0
        assert len(fast_operators._uses) <= 20


def test_a_row_too_long_to_be_written_out_is_read():
    values = [Value(float(k)) for k in range(fast_operators.LONGEST + 2)]
    for _ in range(fast_operators.OFTEN + 1):
        y = apply("total", *values)
    assert y.data == sum(range(fast_operators.LONGEST + 2))
    assert not any(key[1] == (None,) * len(values) for key in fast_operators._rows)


MISTAKES = [
    (lambda x: x / 0, DomainError),
    (lambda x: 1 / (x * 0), DomainError),
    (lambda x: (-x).log(), DomainError),
    (lambda x: (x * 1000).exp(), DomainError),
    (lambda x: (-x) ** 0.5, DomainError),
    (lambda x: x + "a", OperandError),
    (lambda x: "a" + x, OperandError),
    (lambda x: x.maximum(None), OperandError),
    (lambda x: apply("affine", x, "a"), OperandError),
]


@pytest.mark.parametrize(("mistake", "kind"), MISTAKES)
def test_a_mistake_is_told_in_the_same_words(mistake, kind):
    with pytest.raises(kind) as fast:
        mistake(Value(2.0, "x"))
    with plain_operators(), pytest.raises(kind) as plain:
        mistake(Value(2.0, "x"))
    assert str(fast.value) == str(plain.value)


def test_where_a_derivative_does_not_exist_the_reason_is_the_same():
    recipe = Recipe((0.0,), (("sqrt", (Node(0),)), ("add", (Node(1), 1.0))))
    fast = written_down(recipe)
    assert any("sqrt of x0 = 0 has no derivative" in str(line) for line in fast)
    with plain_operators():
        assert written_down(recipe) == fast


def test_pythons_sum_adds_no_node_by_the_plain_operators_either():
    x, y = Value(1.0), Value(2.0)
    with plain_operators():
        assert sum([x]) is x
        assert sum([x, y]).parents == (x, y)


def test_a_subclass_of_value_is_an_operand_like_any_other():
    class Named(Value):
        pass

    x, y = Named(2.0), Value(3.0)
    z = x * y
    z.backward()
    assert (z.data, x.grad, y.grad) == (6.0, 3.0, 2.0)


# -- That it can be taken away -------------------------------------------------------------------


def test_removing_and_installing_leave_the_class_as_it_was():
    before = dict(vars(Value))
    with plain_operators():
        plain = dict(vars(Value))
        fast_operators.remove()
        assert dict(vars(Value)) == plain
        assert Value.__mul__ is Operators.__mul__
    after = dict(vars(Value))
    assert before.keys() == after.keys()
    fast_operators.install()
    assert dict(vars(Value)) == after


def test_both_have_the_same_methods_and_no_more():
    methods = {name for name in dir(Value) if not name.startswith("_")}
    with plain_operators():
        assert {name for name in dir(Value) if not name.startswith("_")} == methods


def test_every_operator_and_method_of_one_or_two_arguments_is_specialised():
    own = {name for name, method in vars(Operators).items() if inspect.isfunction(method)}
    assert set(fast_operators.sources()) - {"read"} == own - {"abs"}  # which is rarely written: abs(x) is


def test_the_fast_methods_take_the_same_arguments_as_the_plain_ones():
    for name in set(fast_operators.sources()) - {"read"}:
        fast, plain = (inspect.signature(getattr(kind, name)).parameters for kind in (Value, Operators))
        assert [p.default for p in fast.values()] == [p.default for p in plain.values()], name


# -- That it can be looked into ------------------------------------------------------------------


def test_the_source_is_there_for_a_debugger():
    source = inspect.getsource(Value.tanh)
    assert source.startswith("def tanh(self):")
    assert "da = 1 - y * y" in source


def test_a_traceback_shows_the_line_of_the_table():
    linecache.checkcache()
    try:
        Value(0.0, "x") ** -1
    except DomainError as error:
        shown = "".join(traceback.format_exception(error))
    assert "return record(OP_pow, (self, other))" in shown


def test_what_the_methods_do_not_do_by_themselves_they_leave_to_record():
    assert (Value(Fraction(1, 3)) * 3).data == Fraction(1)
    assert (Value(1) / Value(3)).data == 1 / 3


def test_trace_origins_nests_and_brings_the_fast_operators_back():
    fast = Value.__mul__
    x = Value(2.0)
    with trace_origins():
        with trace_origins():
            assert (x * 3).origin is not None
        assert (x * 3).origin is not None
        assert Value.__mul__ is not fast
    assert (x * 3).origin is None
    assert Value.__mul__.__code__.co_filename == fast.__code__.co_filename
