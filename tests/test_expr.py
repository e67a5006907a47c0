"""Symbols that flow through the table: a row becomes the formula that it is."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, ordinary

from autograd import OperandError, ops
from autograd.expr import Apply, Expr, Symbol, derivative, simplified
from autograd.ops import TABLE

x, y, a, b = map(Symbol, "xyab")


numbers = ordinary | st.integers(-3, 3)


@st.composite
def formulas(draw, names=tuple(TABLE)):
    """Random formulas over the rows of one, two and three arguments."""
    names = [name for name in names if TABLE[name].arity > 0]
    formula = draw(st.sampled_from([x, y]))
    for _ in range(draw(st.integers(1, 6))):
        op = TABLE[draw(st.sampled_from(names))]
        args = [draw(numbers | st.sampled_from([x, y])) for _ in range(op.arity)]
        args[draw(st.integers(0, op.arity - 1))] = formula
        formula = Apply(op, tuple(args))
    return formula


def value(formula, numbers):
    """What the formula is where its symbols are these numbers."""
    if isinstance(formula, Symbol):
        return numbers[formula.name]
    if isinstance(formula, Apply):
        return formula.op.forward(*(value(arg, numbers) for arg in formula.args))
    return formula


def test_arithmetic_with_symbols_writes_down_what_was_done():
    assert x * 2 + 1 == Apply(ops.add, (Apply(ops.mul, (x, 2)), 1))
    assert 2**-x == Apply(ops.pow, (2, Apply(ops.neg, (x,))))
    assert abs(x.tanh()) == Apply(ops.abs, (Apply(ops.tanh, (x,)),))
    assert ops.exp(x) == Apply(ops.exp, (x,))


def test_nothing_is_rearranged():
    assert 1 * x + 0 == Apply(ops.add, (Apply(ops.mul, (1, x)), 0))


@pytest.mark.parametrize(
    "condition",
    [lambda v: v or 0, lambda v: not v, lambda v: v and 1, lambda v: max(v.relu(), v), lambda v: [v][bool(v)]],
)
def test_a_symbol_as_a_condition_raises(condition):
    with pytest.raises((OperandError, TypeError)):
        condition(x)


def test_the_error_says_how_to_write_a_condition():
    with pytest.raises(OperandError, match=r"a derivative must hold at every point.*\(step, sign, above\)"):
        bool(x * 2)


def test_a_partial_that_looks_at_its_number_cannot_become_a_formula():
    branching = ops.Op("branching", "?", abs, lambda _y, x: 1 if x else 0)
    try:
        with pytest.raises(OperandError, match="used as a condition"):
            derivative(branching, y, [x], 0)
    finally:
        del TABLE["branching"]


def test_the_derivative_of_a_row_is_read_from_it():
    assert derivative(ops.tanh, y, [x], 0) == 1 - y * y
    assert derivative(ops.div, y, [a, b], 1) == -y / b
    assert derivative(ops.affine, y, [a, b, x], 1) == a
    assert derivative(ops.affine, y, [a, b, x], 2) == 1


SIMPLER = [
    (x * 1, x),
    (1 * x, x),
    (-1 * x, -x),
    (x * 0, 0),
    (0 * x, 0),
    (x + 0, x),
    (0 + x, x),
    (x - 0, x),
    (x / 1, x),
    (x**1, x),
    (x ** (Apply(ops.sub, (2, 1))), x),
    (ops.monomial(2, x, 1), 2 * x),
    (ops.monomial(3, x, 2), 3 * x**2),
    ((x * 1 + 0) * (y * 1), x * y),
    (Apply(ops.mul, (2, 3)), 6),
    (Apply(ops.div, (1, 3)), Apply(ops.div, (1, 3))),
    (Apply(ops.div, (1, 0)), Apply(ops.div, (1, 0))),
    (Apply(ops.mul, (1e308, 10)), Apply(ops.mul, (1e308, 10))),
    (ops.log(0 * x), Apply(ops.log, (0,))),
    (ops.monomial(x, 0, -1), x * Apply(ops.pow, (0, -1))),
    (x - y, x - y),
    (x, x),
    (Fraction(1, 3), Fraction(1, 3)),
]


@pytest.mark.parametrize(("formula", "simpler"), SIMPLER, ids=str)
def test_a_formula_is_simplified_as_a_person_would(formula, simpler):
    assert simplified(formula) == simpler


@examples(max_examples=120)
@given(formula=formulas(), at=st.tuples(ordinary, ordinary))
def test_simplified_it_is_still_the_same_number(formula, at):
    numbers = dict(zip("xy", at))
    simpler = simplified(formula)
    try:
        expected, again = value(formula, numbers), value(simpler, numbers)
    except (ArithmeticError, ValueError):  # not defined there; 0·aᵇ is, as a monomial, also where aᵇ is not
        return
    if math.isfinite(expected):
        assert again == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_formulas_are_equal_where_they_are_written_alike_and_can_be_looked_up():
    assert {x * 2: "twice"}[Symbol("x") * 2] == "twice"
    assert x * 2 != 2 * x
    assert isinstance(x * 2, Expr)
