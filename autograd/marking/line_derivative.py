"""The derivative of one line, written out part by part: the table of derivatives, read with the writer's own formula.

The derivative of a part is the sum over its operands of ∂part/∂operand · (the derivative of the operand). All these are
kept, so that one of them can be replaced by what a mistaken rule gives (see `wrong_rules`).
"""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from autograd.claims import tree as syntax
from autograd.claims.interpreter import FUNCTIONS, evaluate
from autograd.claims.sampling import agree
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode
from autograd.engine.graph import Graph, gradients
from autograd.engine.transforms import chain_rule
from autograd.engine.value import Value
from autograd.errors import ChalkgradError, OperandError
from autograd.marking.tree_parts import operands
from autograd.symbolic.expr import Apply, Expr, Symbol, derivative
from autograd.symbolic.simplify import simplified
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from autograd.claims.sampling import SamplePoints
    from autograd.claims.tree import Node
    from autograd.symbolic.expr import Formula

MAX_PARTS = 200  # of a definition that is differentiated
MAX_ACTIVATION = 30  # parts of what may be a sigmoid or tanh written out

OPERATORS = {"+": ops.add, "-": ops.sub, "*": ops.mul, "/": ops.div, "^": ops.pow}
_SIGNS = {op: sign for sign, op in OPERATORS.items()}
_FUNCTIONS = {ops.total: "sum", ops.log: "ln"}  # whose name in a sheet is another one
# The sheet language does not have them.
_OF_THE_TABLE = (ops.above, ops.monomial, ops.portion, ops.logaddexp, ops.exp_less, ops.sigmoid_less)
_PI = Apply(ops.mul, (4, Apply(ops.atan, (1,))))
# Rows that a sheet writes with others.
_WRITTEN_OUT: dict[ops.Op, Callable[..., Formula]] = {
    ops.xlogy: lambda x, y: Apply(ops.mul, (x, Apply(ops.log, (y,)))),
    ops.bell: lambda x: ops.div(ops.mul(2, ops.exp(ops.neg(ops.pow(x, 2)))), ops.sqrt(_PI)),
}
_OUTPUT = "#y"  # in a row of the table read with symbols; its operands are #0, #1, …


class LineDerivative:
    """The derivative of a definition by a name, `whole`, and those of its parts.

    `derivatives` has the derivative of each part that depends on the name, and `partials` that of a part by each of its
    operands, all by the `id` of the part. `whole` is None where the line has no such derivative, or one that nobody
    would write. Names that depend on the name themselves enter with their derivative, unless `direct` is set.
    """

    def __init__(
        self, samples: SamplePoints, name: str, by: str, *, direct: bool = False, activations: bool = True
    ) -> None:
        self.samples, self.name, self.by, self.direct = samples, name, by, direct
        self.tree = samples.worksheet.definitions[name].tree
        self.parts = list({id(part): part for part in reversed(syntax.walk(self.tree))}.values())  # operands first
        self.derivatives: dict[int, Node] = {}
        self.partials: dict[int, list[Node]] = {}
        self.activations: dict[int, tuple[ops.Op, Node, Node]] = {}  # of 1/(1 + e⁻ᶻ): σ, z, dz/dx
        self._recognizes = activations
        self.whole: Node | None = None
        if len(self.parts) <= MAX_PARTS and not samples.worksheet.derivatives_in(name):
            try:
                self.whole = self._differentiate()
            except (ChalkgradError, KeyError):  # a function that has no derivative, or none in words of a sheet
                self.whole = None

    def output(self, part: Node) -> Node:
        """Return how a part is written in a derivative: the whole line by its name, unless it is a quotient, −a/b²."""
        is_quotient = isinstance(part, BinaryNode) and part.operator == "/" and id(part) not in self.activations
        return NameNode(self.name, NOWHERE) if part is self.tree and not is_quotient else part

    def _differentiate(self) -> Node | None:
        for part in self.parts:
            found = self._leaf(part) if isinstance(part, NameNode) else self._composed(part)
            if found is not None:
                self.derivatives[id(part)] = found
        return self.derivatives.get(id(self.tree))

    def _leaf(self, part: NameNode) -> Node | None:
        if part.key == self.by:
            return syntax.whole_number(1)
        if self.direct or not self.samples.worksheet.between(self.by, part.key):
            return None
        return derivative_node(self.samples, part.key, self.by)

    def _composed(self, part: Node) -> Node | None:
        inner = operands(part)
        if not any(id(operand) in self.derivatives for operand in inner):
            return None
        self.partials[id(part)] = partials = self._partials_of(part)
        whole: Node | None = None
        for operand, partial in zip(inner, partials):
            if id(operand) in self.derivatives:
                term = product(partial, self.derivatives[id(operand)])
                whole = term if whole is None else BinaryNode("+", whole, term, NOWHERE)
        return self._as_activation(part) or whole

    def _as_activation(self, part: Node) -> Node | None:
        """Return the derivative of a sigmoid or tanh that is written out, by its output: f·(1 − f)·x."""
        if not (self._recognizes and isinstance(part, BinaryNode) and part.operator in "/-"):
            return None
        inside = syntax.walk(part)[1:]
        for inner in inside if len(inside) < MAX_ACTIVATION else ():
            if id(inner) not in self.derivatives or isinstance(inner, CallNode):
                continue
            slope = self.derivatives[id(inner)]
            for sign, z, below in ((1, inner, slope), (-1, NegativeNode(inner), NegativeNode(slope))):
                op = self._activation(part, inner, sign)
                if op is not None:
                    self.activations[id(part)] = op, z, below
                    return product(as_tree(op.partials[0](Symbol(_OUTPUT), None), {_OUTPUT: self.output(part)}), below)
        return None

    def _activation(self, part: Node, inner: Node, sign: int) -> ops.Op | None:
        pairs = [(p.try_number(inner), p.try_number(part)) for p in self.samples.everywhere]
        if any(x is None or y is None for x, y in pairs):
            return None
        for op in (ops.sigmoid, ops.tanh):
            if all(agree(op.forward(sign * x), y) for x, y in pairs if x is not None):
                return op
        return None

    def _partials_of(self, part: Node) -> list[Node]:
        """Return the derivative of an operation by each of its operands, as the table has it."""
        inner = operands(part)
        if isinstance(part, NegativeNode):
            return [NegativeNode(syntax.whole_number(1))]
        op = self.row(part)
        if op is None:
            assert isinstance(part, CallNode)
            if part.function in ("sum", "mean") and part.function not in self.samples.worksheet.functions:
                one, count = syntax.whole_number(1), syntax.whole_number(len(inner))
                return [one if part.function == "sum" else BinaryNode("/", one, count, NOWHERE)] * len(inner)
            return [self._partial_of_function(part)]
        args: list[Any] = [
            exact_number(u) if syntax.is_arithmetic(u) else Symbol(f"#{at}") for at, u in enumerate(inner)
        ]
        args += op.defaults[len(args) - op.arity :] if len(args) < op.arity else ()
        stands_for = {_OUTPUT: self.output(part), **{f"#{at}": operand for at, operand in enumerate(inner)}}
        return [
            as_tree(derivative(op, Symbol(_OUTPUT), args, at), stands_for)
            if id(operand) in self.derivatives
            else syntax.whole_number(0)
            for at, operand in enumerate(inner)
        ]

    def row(self, part: Node) -> ops.Op | None:
        """Return the row of the table that a part applies; None for a function that is made of others."""
        if isinstance(part, BinaryNode):
            return OPERATORS[part.operator]
        if not isinstance(part, CallNode) or part.primes or part.function in self.samples.worksheet.functions:
            return ops.neg if isinstance(part, NegativeNode) else None
        found = FUNCTIONS.get(part.function)
        return found if isinstance(found, ops.Op) else None

    def _partial_of_function(self, call: CallNode) -> Node:
        """Return the derivative of a function that is made of rows: by its output where that is short, as 1 + y²."""
        argument = call.args[0]
        applied = CallNode(call.function, (NameNode("#0", NOWHERE),), call.place, call.primes)

        def at(number: float) -> tuple[Value, Value]:
            leaf = Value(number)
            result = evaluate(applied, self.samples.worksheet.functions, lambda _: leaf, _no_derivative)
            return leaf, result if isinstance(result, Value) else Value(float(result))

        pairs = [at(point.number(argument)) for point in self.samples.everywhere]
        slopes = [float(gradients(result).get(leaf, 0.0)) for leaf, result in pairs]
        polynomial = _polynomial([float(result.data) for _, result in pairs], slopes)
        stands_for = {_OUTPUT: self.output(call), "#0": argument}
        if polynomial is not None:
            return as_tree(polynomial, stands_for)
        leaf, result = pairs[0]
        graph = Graph(result)
        read_as = graph.compute({leaf: Symbol("#0")})
        if result.op is not None:
            read_as[result] = Symbol(_OUTPUT)
        return as_tree(chain_rule(graph, [leaf], read_as)[0], stands_for)


def exact_number(arithmetic: Node) -> Any:
    """Return arithmetic on numbers as a number, as a fraction where it is one."""
    return evaluate(arithmetic, {}, str, _no_derivative, lambda number: Fraction(number.text))


def _no_derivative(of: str, by: str) -> Any:
    raise OperandError(f"a function with a derivative in it, d{of}/d{by}, is no row of the table")


def _polynomial(outputs: Sequence[float], slopes: Sequence[float]) -> Formula | None:
    """Return c0 + c1·y + c2·y² with whole numbers, if a derivative is that at every point."""
    if len(set(outputs)) < 4:
        return None
    (a, b, c), (p, q, r) = outputs[:3], slopes[:3]
    first, second = (q - p) / (b - a), (r - q) / (c - b)
    c2 = (second - first) / (c - a)
    c1 = first - c2 * (a + b)
    c0 = p - a * (c1 + c2 * a)
    c0, c1, c2 = map(round, (c0, c1, c2))
    if not all(agree(c0 + y * (c1 + c2 * y), slope) for y, slope in zip(outputs, slopes)):
        return None
    y = Symbol(_OUTPUT)
    return simplified(c0 + c1 * y + c2 * (y * y))


def derivative_node(samples: SamplePoints, of: str, by: str) -> Node:
    """Return dY/dX, or its number where it is constant: 1 where a loss is a plain sum."""
    if not samples.is_constant(of, by):
        return DerivativeNode(of, by, NOWHERE)
    return _number(samples.at_givens.derivative(of, by))


def _number(number: Any) -> Node:
    """Return a number as a tree: a fraction of whole numbers as a quotient."""
    if isinstance(number, Fraction) and number.denominator > 1:
        top, bottom = map(syntax.whole_number, (abs(number.numerator), number.denominator))
        size: Node = BinaryNode("/", top, bottom, NOWHERE)
    else:
        size = NumberNode(f"{abs(float(number)):.12g}", abs(float(number)), 1e-12)
    return NegativeNode(size) if number < 0 else size


def product(a: Node, b: Node) -> Node:
    """Return a·b; one of them where the other is 1."""
    for one, other in ((a, b), (b, a)):
        if isinstance(one, NumberNode) and one.value == 1:
            return other
    return BinaryNode("*", a, b, NOWHERE)


def as_tree(formula: Formula, stands_for: Mapping[str, Node]) -> Node:
    """Return a formula of the table as a tree of its own, with a tree in place of each of its symbols.

    Raises OperandError where it has an operation that no sheet has.
    """
    tree = _as_tree(simplified(formula), stands_for.__getitem__)
    return copy.copy(tree) if any(tree is other for other in stands_for.values()) else tree


def _as_tree(formula: Formula, tree_of: Callable[[str], Node]) -> Node:
    if isinstance(formula, Symbol):
        return tree_of(formula.name)
    if not isinstance(formula, Apply):
        assert not isinstance(formula, Expr)
        return _number(formula)
    if formula.op in _WRITTEN_OUT:
        return _as_tree(_WRITTEN_OUT[formula.op](*formula.args), tree_of)
    args = [_as_tree(arg, tree_of) for arg in formula.args]
    if formula.op is ops.neg:
        return NegativeNode(args[0])
    if formula.op in _SIGNS:
        return BinaryNode(_SIGNS[formula.op], args[0], args[1], NOWHERE)
    if formula.op in _OF_THE_TABLE:
        raise OperandError(f"{formula.op.name} is no function of the sheet language")
    if formula.op is ops.mean:  # its last argument is how many there are
        return CallNode("mean", tuple(args[:-1]), NOWHERE)
    return CallNode(_FUNCTIONS.get(formula.op, formula.op.name), tuple(args), NOWHERE)
