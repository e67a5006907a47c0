"""The formula that a person would write for a derivative: one step of the chain rule, by name.

dE/dw is the sum over the names n that w is used in of dE/dn · ∂n/∂w, and ∂n/∂w is the row of the table read with
symbols. So dE/dh1 becomes dE/dnet_o1·w5 + dE/dnet_o2·w7, and dh1/dnet_h1 becomes h1·(1 − h1).
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from autograd.claims.interpreter import FUNCTIONS, line_graph
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode, walk
from autograd.engine.graph import Graph
from autograd.engine.transforms import chain_rule
from autograd.errors import DomainError, SheetError
from autograd.symbolic.expr import Apply, Expr, Formula, Symbol
from autograd.symbolic.simplify import simplified
from autograd.table import ops

if TYPE_CHECKING:
    from autograd.claims.sampling import SamplePoints
    from autograd.claims.tree import Node

MAX_DIGITS = 6  # of a number that is not written as a fraction
MAX_DIVISOR = 99  # of a fraction
MAX_TERMS = 12  # of the sum over the names that one name is used in
MAX_PARTS = 200  # of a formula that somebody reads

_INPUT = "(input)"  # a name that no sheet can have
_OF_THE_TABLE = {
    op.name for op in (ops.above, ops.monomial, ops.logaddexp, ops.exp_less, ops.sigmoid_less)
}  # the sheet language does not have them
_OPERATORS = {ops.add: "+", ops.sub: "-", ops.mul: "*", ops.div: "/", ops.pow: "^"}


def expected_formula(samples: SamplePoints, of: str, by: str) -> Node | None:
    """Return one step of the chain rule for dY/dX as a tree; None where it is not a short one.

    >>> from autograd.marking.messages import formula_text
    >>> from autograd.sheet.sheet import Sheet
    >>> from autograd.claims.sampling import SamplePoints
    >>> samples = SamplePoints(Sheet.parse("x = 3; w = 2; t = 1; z = w*x; o = σ(z); E = (t - o)^2/2"))
    >>> formula_text(expected_formula(samples, "E", "w")), formula_text(expected_formula(samples, "o", "z"))
    ('dE/dz·x', 'o·(1 − o)')
    >>> formula_text(expected_formula(samples, "E", "o"))
    'o − t'
    """
    sheet = samples.worksheet
    between = sheet.between(by, of) if of != by else []
    if not between or between[-1] != of:
        return None
    users = [name for name in between if by in sheet.mentioned_by(name)]
    if len(users) > MAX_TERMS or any(sheet.derivatives_in(name) for name in users):
        return None
    terms = []
    for name in users:
        local = _local(samples, name, by)
        if local is None:
            return None
        terms.append(local if name == of else _product([_above(samples, of, name), local]))
    whole = terms[0]
    for term in terms[1:]:
        whole = BinaryNode("+", whole, term, NOWHERE)
    inside = walk(whole)
    if any(isinstance(part, CallNode) and part.function in _OF_THE_TABLE for part in inside):
        return None
    return whole if len(inside) <= MAX_PARTS else None


def _above(samples: SamplePoints, of: str, name: str) -> Node:
    """Return dE/dn, or its number where it is constant: 1 where a loss is a plain sum."""
    if samples.is_constant(of, name):
        return _number(samples.at_givens.derivative(of, name))
    return DerivativeNode(of, name, NOWHERE)


def _local(samples: SamplePoints, name: str, by: str) -> Node | None:
    """Return the local derivative of one definition: the table, read with symbols."""
    sheet = samples.worksheet
    op = samples.activation(name)
    if op is not None:
        return _tree(simplified(op.partials[0](Symbol(name), Symbol(by))))
    if len(walk(sheet.definitions[name].tree)) > MAX_PARTS:
        return None
    point = samples.at_givens
    if name in point.rescued and samples.points:  # floats cannot compute the line at the givens
        point = samples.points[0]
    numbers = {other: float(point.values[other].data) for other in sheet.mentioned_by(name)}
    try:
        output, leaves = line_graph(sheet, name, numbers)
    except SheetError:
        return None
    graph = Graph(output)
    read_as = graph.compute({leaf: Symbol(other) for other, leaf in leaves.items()})
    if output.op is not None:
        read_as[output] = Symbol(name)
    try:
        (formula,) = chain_rule(graph, [leaves[by]], read_as)
    except DomainError:
        return None
    return _tree(simplified(formula))


def derivative_by_output(function: str, name: str) -> Node | None:
    """Return the derivative of a function of the table in terms of its output; None where that is not possible.

    >>> from autograd.marking.messages import formula_text
    >>> formula_text(derivative_by_output("tanh", "h")), derivative_by_output("sin", "h")
    ('1 − h^2', None)
    """
    op = FUNCTIONS.get(function)
    if not isinstance(op, ops.Op) or op.arity != 1:
        return None
    tree = _tree(simplified(op.partials[0](Symbol(name), Symbol(_INPUT))))
    names = {part.key for part in walk(tree) if isinstance(part, NameNode)}
    return tree if names == {name} else None


def _tree(formula: Formula) -> Node:
    """Return a formula of the table as a tree, its constants multiplied out."""
    if isinstance(formula, Symbol):
        return NameNode(formula.name, NOWHERE)
    if not isinstance(formula, Apply):
        assert not isinstance(formula, Expr)
        return _number(float(formula))
    args = [_tree(arg) for arg in formula.args]
    if formula.op in (ops.mul, ops.neg):
        return _product(args if formula.op is ops.mul else [_number(-1.0), args[0]])
    if formula.op is ops.div and isinstance(args[1], NumberNode):
        return _product([_number(1 / args[1].value), args[0]])
    if formula.op is ops.add and args[0] == args[1]:
        return _product([_number(2.0), args[0]])
    if formula.op is ops.xlogy:  # x·ln(y), where x may be 0
        return _product([args[0], CallNode("ln", (args[1],), NOWHERE)])
    if formula.op in _OPERATORS:
        return BinaryNode(_OPERATORS[formula.op], args[0], args[1], NOWHERE)
    if formula.op is ops.mean:  # its last argument is how many there are
        return CallNode("mean", tuple(args[:-1]), NOWHERE)
    return CallNode("sum" if formula.op is ops.total else formula.op.name, tuple(args), NOWHERE)


def _number(x: float) -> Node:
    """Return a number as a tree, as a fraction where that is shorter."""
    text = f"{abs(x):.12g}"
    if len(text) > MAX_DIGITS:  # 2/3
        fraction = Fraction(x).limit_denominator(MAX_DIVISOR)
        if fraction.denominator > 1 and math.isclose(float(fraction), x, rel_tol=1e-9):
            above, below = abs(fraction.numerator), fraction.denominator
            whole = BinaryNode("/", NumberNode(str(above), above, 1.0), NumberNode(str(below), below, 1.0), NOWHERE)
            return NegativeNode(whole) if x < 0 else whole
    number = NumberNode(text, float(text), 10.0 ** -len(text.partition(".")[2]))
    return NegativeNode(number) if x < 0 else number


def _product(factors: list[Node]) -> Node:
    """Return a product with one number in front, and with −(t − o) written as (o − t)."""
    constant = 1.0
    rest: list[Node] = []
    waiting = list(reversed(factors))
    while waiting:
        factor = waiting.pop()
        if isinstance(factor, BinaryNode) and factor.operator == "*":
            waiting += [factor.right, factor.left]
        elif isinstance(factor, NegativeNode):
            constant = -constant
            waiting.append(factor.operand)
        elif isinstance(factor, NumberNode):
            constant *= factor.value
        else:
            rest.append(factor)
    if constant < 0:
        for at, factor in enumerate(rest):
            if isinstance(factor, BinaryNode) and factor.operator == "-":
                rest[at] = BinaryNode("-", factor.right, factor.left, factor.place)
                constant = -constant
                break
    size = abs(constant)
    if size != 1 or not rest:
        rest.insert(0, _number(size))
    whole = rest[0]
    for before, factor in pairwise(rest):
        if isinstance(factor, NameNode) and before == factor and whole is before:
            whole = BinaryNode("^", factor, _number(2.0), NOWHERE)
        else:
            whole = BinaryNode("*", whole, factor, NOWHERE)
    return NegativeNode(whole) if constant < 0 else whole
