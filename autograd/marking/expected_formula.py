"""The formula that a person would write for a derivative: one step of the chain rule, by name.

dE/dw is the sum over the names that w is used in of dE/dn · ∂n/∂w, and ∂n/∂w is the row of the table
read with symbols. So dE/dh1 comes out as dE/dnet_o1·w5 + dE/dnet_o2·w7, and dh1/dnet_h1 as h1·(1 − h1).
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd.claims.interpreter import FUNCTIONS, evaluate
from autograd.claims.tree import NOWHERE, Binary, Call, Derivative, Name, Negative, Number, walk
from autograd.engine.graph import topological_order
from autograd.engine.transforms import chain_rule
from autograd.engine.value import Value
from autograd.errors import DomainError
from autograd.symbolic.expr import Apply, Expr, Formula, Symbol, simplified
from autograd.table import ops

if TYPE_CHECKING:
    from autograd.claims.sampling import Worlds
    from autograd.claims.tree import Node

MOST_DIGITS = 6  # of a number that is no fraction
MOST_DIVISOR = 99  # of one that is
MOST_TERMS = 12  # of the sum over the names that one is used in
MOST_PARTS = 200  # of a formula for eyes

_INPUT = "(input)"  # no name of any sheet
_OF_THE_TABLE = {op.name for op in (ops.above, ops.monomial, ops.logaddexp, ops.exp_less, ops.sigmoid_less)}  # no words
_OPERATORS = {ops.add: "+", ops.sub: "-", ops.mul: "*", ops.div: "/", ops.pow: "^"}


def natural_formula(worlds: Worlds, of: str, by: str) -> Node | None:
    """One step of the chain rule for dY/dX as a tree; None where it is no short one.

    >>> from autograd.marking.messages import written
    >>> from autograd.sheet.sheet import Sheet
    >>> from autograd.claims.sampling import Worlds
    >>> worlds = Worlds(Sheet.parse("x = 3; w = 2; t = 1; z = w*x; o = σ(z); E = (t - o)^2/2"))
    >>> written(natural_formula(worlds, "E", "w")), written(natural_formula(worlds, "o", "z"))
    ('dE/dz·x', 'o·(1 − o)')
    >>> written(natural_formula(worlds, "E", "o"))
    'o − t'
    """
    sheet = worlds.sheet
    between = sheet.between(by, of) if of != by else []
    if not between or between[-1] != of:
        return None
    users = [name for name in between if by in sheet.mentioned_by(name)]
    if len(users) > MOST_TERMS or any(sheet.slopes_in(name) for name in users):
        return None
    terms = []
    for name in users:
        row = _row(worlds, name, by)
        if row is None:
            return None
        terms.append(row if name == of else _product([_above(worlds, of, name), row]))
    whole = terms[0]
    for term in terms[1:]:
        whole = Binary("+", whole, term, NOWHERE)
    inside = list(walk(whole))
    if any(isinstance(part, Call) and part.function in _OF_THE_TABLE for part in inside):
        return None
    return whole if len(inside) <= MOST_PARTS else None


def _above(worlds: Worlds, of: str, name: str) -> Node:
    """dE/dn, or the number that it is everywhere: 1 where a loss is a plain sum."""
    if worlds.is_constant(of, name):
        return _number(worlds.home.derivative(of, name))
    return Derivative(of, name, NOWHERE)


def _row(worlds: Worlds, name: str, by: str) -> Node | None:
    """∂Y/∂n of one definition, its row of the table read with symbols."""
    sheet = worlds.sheet
    mentioned = sheet.mentioned_by(name)
    op = worlds.activation(name)
    if op is not None:
        return _tree(simplified(op.partials[0](Symbol(name), Symbol(by))))
    leaves = {other: Value(float(worlds.home.values[other].data), label=other) for other in mentioned}
    tree = sheet.definitions[name].tree
    if sum(1 for _ in walk(tree)) > MOST_PARTS:
        return None
    top = evaluate(tree, sheet.functions, leaves.__getitem__, _no_slope)
    read_as: dict[Value, Any] = {leaf: Symbol(other) for other, leaf in leaves.items()}
    for node in topological_order(top):
        if node.op is not None:
            read_as[node] = node.op(*(read_as[v] if isinstance(v, Value) else v for v in node.operands))
    if top.op is not None:
        read_as[top] = Symbol(name)
    try:
        (formula,) = chain_rule(top, [leaves[by]], read_as)
    except DomainError:
        return None
    return _tree(simplified(formula))


def slope_by_output(function: str, name: str) -> Node | None:
    """The slope of a function of the table in terms of its output alone, where it can be said so.

    >>> from autograd.marking.messages import written
    >>> written(slope_by_output("tanh", "h")), written(slope_by_output("σ", "h")), slope_by_output("sin", "h")
    ('1 − h^2', 'h·(1 − h)', None)
    """
    op = FUNCTIONS.get(function)
    if not isinstance(op, ops.Op) or op.arity != 1:
        return None
    tree = _tree(simplified(op.partials[0](Symbol(name), Symbol(_INPUT))))
    names = {part.key for part in walk(tree) if isinstance(part, Name)}
    return tree if names == {name} else None


def _no_slope(_of: str, _by: str) -> Any:
    raise AssertionError("a definition with derivatives in it is not read here")


def _tree(formula: Formula) -> Node:
    """A formula of the table's as a tree of the sheet language, its constants multiplied out."""
    if isinstance(formula, Symbol):
        return Name(formula.name, NOWHERE)
    if not isinstance(formula, Apply):
        assert not isinstance(formula, Expr)
        return _number(float(formula))
    args = [_tree(arg) for arg in formula.args]
    if formula.op in (ops.mul, ops.neg):
        return _product(args if formula.op is ops.mul else [_number(-1.0), args[0]])
    if formula.op is ops.div and isinstance(args[1], Number):
        return _product([_number(1 / args[1].value), args[0]])
    if formula.op is ops.add and args[0] == args[1]:
        return _product([_number(2.0), args[0]])
    if formula.op is ops.xlogy:  # x·ln(y), where x may be 0
        return _product([args[0], Call("ln", (args[1],), NOWHERE)])
    if formula.op in _OPERATORS:
        return Binary(_OPERATORS[formula.op], args[0], args[1], NOWHERE)
    if formula.op is ops.mean:  # its last argument is how many there are
        return Call("mean", tuple(args[:-1]), NOWHERE)
    return Call("sum" if formula.op is ops.total else formula.op.name, tuple(args), NOWHERE)


def _number(x: float) -> Node:
    text = f"{abs(x):.12g}"
    if len(text) > MOST_DIGITS:  # 2/3
        fraction = Fraction(x).limit_denominator(MOST_DIVISOR)
        if fraction.denominator > 1 and math.isclose(float(fraction), x, rel_tol=1e-9):
            above, below = abs(fraction.numerator), fraction.denominator
            whole = Binary("/", Number(str(above), above, 1.0), Number(str(below), below, 1.0), NOWHERE)
            return Negative(whole) if x < 0 else whole
    number = Number(text, float(text), 10.0 ** -len(text.partition(".")[2]))
    return Negative(number) if x < 0 else number


def _product(factors: list[Node]) -> Node:
    """The product, its numbers multiplied to one in front, and −(t − o) turned round."""
    constant = 1.0
    rest: list[Node] = []
    waiting = list(reversed(factors))
    while waiting:
        factor = waiting.pop()
        if isinstance(factor, Binary) and factor.operator == "*":
            waiting += [factor.right, factor.left]
        elif isinstance(factor, Negative):
            constant = -constant
            waiting.append(factor.operand)
        elif isinstance(factor, Number):
            constant *= factor.value
        else:
            rest.append(factor)
    if constant < 0:
        for at, factor in enumerate(rest):
            if isinstance(factor, Binary) and factor.operator == "-":
                rest[at] = Binary("-", factor.right, factor.left, factor.place)
                constant = -constant
                break
    size = abs(constant)
    if size != 1 or not rest:
        rest.insert(0, _number(size))
    whole = rest[0]
    for before, factor in pairwise(rest):
        if isinstance(factor, Name) and before == factor and whole is before:
            whole = Binary("^", factor, _number(2.0), NOWHERE)
        else:
            whole = Binary("*", whole, factor, NOWHERE)
    return Negative(whole) if constant < 0 else whole
