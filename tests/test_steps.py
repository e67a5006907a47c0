"""The backward pass one node at a time: the same numbers as `backward()`."""

import math
import re
from fractions import Fraction

import pytest
from hypothesis import given
from strategies import EXACT, any_float, examples, fractions, recipes

from autograd import DomainError, OperandError, Value, grad, gradients, steps
from autograd.engine.backward import Step, Term
from autograd.engine.graph import Graph, local_formula
from autograd.symbolic import printer
from autograd.table.ops import TABLE


def same(a, b):
    """The same number to the last bit and in type."""
    return type(a) is type(b) and (a.hex() == b.hex() if isinstance(a, float) else a == b)


@examples(max_examples=100)
@given(recipe=recipes(numbers=any_float) | recipes(numbers=fractions, names=EXACT))
def test_steps_gives_what_backward_gives_bit_for_bit(recipe):
    root = recipe.build()[-1]
    try:
        totals = {term.parent: term.total for step in steps(root) for term in step.terms}
        upstreams = {step.node: step.upstream for step in steps(root)}
    except DomainError:
        with pytest.raises(DomainError):
            root.backward()
        return
    found = gradients(root)
    root.backward()
    assert all(same(node.grad, total) for node, total in totals.items())
    assert all(same(node.grad, upstream) for node, upstream in upstreams.items())
    assert all(same(node.grad, gradient) for node, gradient in found.items())


def gradients_by_steps(root):
    found = {root: type(root.data)() + 1}
    for step in steps(root):
        found |= {term.parent: term.total for term in step.terms}
    return found


@examples(max_examples=100)
@given(recipe=recipes(numbers=any_float) | recipes(numbers=fractions, names=EXACT))
def test_gradients_are_the_totals_of_the_steps_bit_for_bit_and_in_their_order(recipe):
    root = recipe.build()[-1]
    try:
        expected = gradients_by_steps(root)
    except DomainError as error:
        with pytest.raises(DomainError, match=re.escape(str(error))):
            gradients(root)
        return
    found = gradients(root)
    assert list(found) == list(expected)
    assert all(same(found[node], expected[node]) for node in expected)


def test_a_step_is_a_node_its_finished_gradient_and_what_each_parent_receives():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    net = w * x
    out = net * net
    first, second = steps(out)
    assert first == Step(out, 1.0, (Term(net, 6.0, 6.0, 6.0), Term(net, 6.0, 6.0, 12.0)))
    assert second == Step(net, 12.0, (Term(w, 2.0, 24.0, 24.0), Term(x, 3.0, 36.0, 36.0)))


@examples(max_examples=40)
@given(recipe=recipes())
def test_a_node_is_stepped_when_all_that_use_it_have_been(recipe):
    root = recipe.build()[-1]
    done = set()
    try:
        for step in steps(root):
            assert all(term.parent not in done for term in step.terms)
            assert all(term.contribution == step.upstream * term.local for term in step.terms)
            done.add(step.node)
    except DomainError:
        return
    assert done == {node for node in gradients(root) if node.op is not None}


def test_a_step_cannot_be_changed():
    step = next(steps(Value(2.0) * 3))
    with pytest.raises(AttributeError):
        step.upstream = 7
    with pytest.raises(AttributeError):
        step.terms[0].local = 7


def test_steps_changes_no_gradient():
    x = Value(3.0)
    y = x * x
    x.grad = 7.0
    list(steps(y))
    gradients(y)
    assert (x.grad, y.grad) == (7.0, 0.0)


def test_a_leaf_alone_has_no_steps_and_the_gradient_one():
    x = Value(3.0)
    assert list(steps(x)) == []
    assert gradients(x) == {x: 1.0}


def test_in_fractions_steps_are_exact():
    x = Value(Fraction(1, 3))
    (step,) = steps(x * x)
    assert [term.total for term in step.terms] == [Fraction(1, 3), Fraction(2, 3)]


def test_steps_go_as_far_as_there_are_derivatives():
    x = Value(0.0, "x")
    record = steps(x.sqrt() * 2 + 1)
    assert next(record).upstream == 1
    assert next(record).upstream == 1
    with pytest.raises(DomainError, match="sqrt of x = 0 has no derivative"):
        next(record)


def test_what_is_no_value_is_refused_at_once():
    with pytest.raises(OperandError, match="not at 3"):
        steps(3)


# -- Names and formulas --------------------------------------------------------------------------


def test_a_node_without_a_label_is_called_v1_v2_in_the_order_of_computation():
    a, b = Value(2.0, "a"), Value(3.0, "v1")
    y = (a * b) + a
    y.label = "y\n"
    assert [Graph(y).names[node] for node in (a, b, y.parents[0], y)] == ["a", "v1", "v2", r"y\n"]


def test_the_formula_of_a_local_derivative_is_written_in_the_operands_names():
    net, t = Value(0.4, "net"), Value(0.1, "t")
    o = net.sigmoid()
    o.label = "o1"
    called = Graph(o * t).names
    assert printer.text(local_formula(o, 0, called)) == "o1·(1 − o1)"
    product = 3 * o
    called = Graph(product).names
    assert printer.text(local_formula(product, 0, called)) == "3"


def test_the_formula_of_what_is_not_defined_is_written_and_not_computed():
    v = Value(2.0, "v")
    slope = grad(0.0**v, v)  # y·log 0, which is 0
    assert slope.data == 0
    called = Graph(slope).names
    assert printer.text(local_formula(slope, 0, called)) == "log(0)"


@examples(max_examples=40)
@given(recipe=recipes())
def test_the_formula_of_each_edge_is_the_number_of_that_edge(recipe):
    functions = {name: op.forward for name, op in TABLE.items()}
    for node in set(recipe.build()):
        called = {v: f"n{id(v)}" for v in (node, *node.parents)}
        numbers = {name: v.data for v, name in called.items()}
        for index, (_, local) in enumerate(node.edges()):
            source = printer.python(local_formula(node, index, called))
            try:
                again = eval(source, functions | numbers)  # noqa: S307 -- our own formula
            except (ArithmeticError, ValueError):
                assert repr(local) == "undefined"
                continue
            assert same(again, local) or (math.isnan(again) and math.isnan(local))
