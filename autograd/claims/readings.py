"""A worksheet read with other numbers than floats, at the same givens.

A *reading* has a number for each name, derivative and expression. `BoundedReading` has the floats of an `Evaluation`
with bounds of their errors, `PreciseReading` as many digits as are asked for. Both use the same definitions, the same
rows of the table and the same backward pass as the floats.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from autograd.claims.bounded import LOST, BoundedNumber, written
from autograd.claims.interpreter import OPERATORS, evaluate, labeled_node, line_graph
from autograd.claims.precise import PreciseNumber
from autograd.engine.graph import Graph, gradients, topological_order
from autograd.engine.transforms import chain_rule, grad
from autograd.engine.value import Value, node_of
from autograd.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.claims.dependencies import Definitions
    from autograd.claims.interpreter import Evaluation
    from autograd.claims.precise import Arithmetic
    from autograd.claims.tree import FunctionDefinition, Node, NumberNode


PLAIN = 5e-12  # bound of the relative error of an expression in which nothing cancels
TINY = 1e-200  # a smaller number may have come from one that no float holds
NAMED = 2e-14  # bound of the relative error of the names in it
CANCELLED = 0.1  # of an operand: a sum that is smaller has lost a digit


def _plain_number(found: BoundedNumber) -> float:
    if found.is_lossy or found.error > NAMED * abs(found.number):
        raise ArithmeticError
    return found.number


def _plain_sum(a: float, b: float, y: float) -> float:
    size, larger, smaller = abs(y), max(abs(a), abs(b)), min(abs(a), abs(b))
    if size < CANCELLED * larger or 0 < smaller < LOST * size:
        raise ArithmeticError
    return y


def _plain_result(a: float, b: float, y: float) -> float:
    if not TINY < abs(y) < 1 / TINY and a != 0:
        raise ArithmeticError
    return y


PLAIN_OPERATORS = {
    "+": lambda a, b: _plain_sum(a, b, a + b),
    "-": lambda a, b: _plain_sum(a, b, a - b),
    "*": lambda a, b: _plain_result(a and b, b, a * b),
    "/": lambda a, b: _plain_result(a, b, a / b),
    "^": lambda a, b: _plain_result(a, b, OPERATORS["^"](a, b)),
}


class _NoFunctions(dict[str, "FunctionDefinition"]):
    """A mapping of functions that stops an evaluation at a call: what a function does to an error is not plain."""

    def get(self, *_: Any) -> Any:
        raise ArithmeticError


NO_FUNCTIONS = _NoFunctions()


class BoundedReading:
    """The floats of an evaluation, each with a bound of its error."""

    def __init__(self, point: Evaluation) -> None:
        self.point = point
        self.sheet = point.worksheet
        self._nodes: dict[Value, BoundedNumber] = {}
        self._gradients: dict[str, dict[Value, Any]] = {}
        self._local_gradients: dict[str, dict[str, Any]] = {}

    def value(self, name: str) -> BoundedNumber:
        """Return a name with its bound."""
        if not self._nodes:
            for node in self.point.nodes:
                self._nodes[node] = self._bounded(node, self._nodes)
        return self._nodes[self.point.values[name]]

    def _bounded(self, node: Value, known: Mapping[Value, BoundedNumber]) -> BoundedNumber:
        if node.op is None:
            return self.written(node.data)
        operands = [known[v] if isinstance(v, Value) else written(float(v)) for v in node.operands]
        try:
            found: BoundedNumber = BoundedNumber.read(node.op, operands)
        except (ArithmeticError, ValueError):  # only a computation of more digits has a number there
            return BoundedNumber(node.data, math.inf)
        return found

    def derivative(self, of: str, by: str) -> BoundedNumber:
        """Return a total derivative with its bound.

        Raises DomainError where it does not exist.
        """
        try:
            is_direct = of not in self._gradients and self.sheet.is_direct(of, by)
            return self.written(self._local_derivative(of, by) if is_direct else self._derivative(of, by))
        except (ArithmeticError, ValueError):  # one that does not exist, perhaps by another name
            return BoundedNumber(self.point.derivative(of, by), math.inf)

    def _derivative(self, of: str, by: str) -> Any:
        nodes = self.point.values
        self.value(of)
        if of not in self._gradients:
            graph = Graph(nodes[of])
            named = [node for node in nodes.values() if node in graph]
            self._gradients[of] = dict(zip(named, chain_rule(graph, named, self._nodes)))
        return self._gradients[of].get(nodes[by], 0.0)

    def _local_derivative(self, of: str, by: str) -> Any:
        if of not in self._local_gradients:
            numbers = {name: self.point.values[name].data for name in self.sheet.mentioned_by(of)}
            output, leaves = line_graph(self.sheet, of, numbers)
            graph = Graph(output)
            read_as = {leaf: self.value(name) for name, leaf in leaves.items()}
            for node in graph.order:
                if node not in read_as:
                    read_as[node] = self._bounded(node, read_as)
            found = chain_rule(graph, list(leaves.values()), read_as)
            self._local_gradients[of] = dict(zip(leaves, found))
        return self._local_gradients[of][by]

    def number(self, tree: Node) -> BoundedNumber:
        """Return an expression with its bound.

        Raises SheetError where it has no value.
        """
        plain = self._plain(tree)
        if plain is not None:
            return BoundedNumber(plain, PLAIN * abs(plain))
        found = evaluate(tree, self.sheet.functions, self.value, self.derivative, lambda number: written(number.value))
        return self.written(found)

    def _plain(self, tree: Node) -> float | None:
        """Return the float of an expression in which nothing cancels, vanishes or overflows; None for any other."""
        names = self._plain_value, self._plain_derivative
        try:
            return float(evaluate(tree, NO_FUNCTIONS, *names, operators=PLAIN_OPERATORS))
        except (ArithmeticError, ValueError):
            return None

    def _plain_value(self, name: str) -> float:
        return _plain_number(self.value(name))

    def _plain_derivative(self, of: str, by: str) -> float:
        return _plain_number(self.derivative(of, by))

    def written(self, number: Any) -> BoundedNumber:
        """Return a number that was written, or one of this reading, as one of this reading."""
        return number if isinstance(number, BoundedNumber) else written(float(number))


class PreciseReading:
    """A worksheet computed with many digits, each name when it is first asked for."""

    def __init__(self, sheet: Definitions, givens: Mapping[str, float], arithmetic: Arithmetic) -> None:
        self.sheet = sheet
        self.givens = givens
        self.arithmetic = arithmetic
        self.nodes: dict[str, Value] = {}
        self._gradients: dict[str, dict[Value, Any]] = {}

    def node(self, name: str) -> Value:
        """Return a name as a Value, whose number is a PreciseNumber.

        Raises SheetError where a definition has no value.
        """
        if name not in self.nodes:
            position = self.sheet.position()
            for other in sorted(self.sheet.computed_from([name]), key=position.__getitem__):
                if other not in self.nodes:
                    self.nodes[other] = self._define(other)
        return self.nodes[name]

    def _define(self, name: str) -> Value:
        if name in self.givens:
            given, number = self.givens[name], self.sheet.written_givens.get(name)
            is_written = number is not None and number.value == given
            return Value(self.arithmetic.number(number.fraction if number and is_written else given), label=name)
        tree = self.sheet.definitions[name].tree
        made = evaluate(tree, self.sheet.functions, self.nodes.__getitem__, self._derivative_node, self._literal)
        return labeled_node(made if isinstance(made, Value) else Value(self.written(made)), name)

    def _literal(self, number: NumberNode) -> PreciseNumber:
        return self.arithmetic.number(number.fraction)

    def written(self, number: Any) -> PreciseNumber:
        """Return a number that was written, or one of this reading, as one of this reading."""
        return number if isinstance(number, PreciseNumber) else self.arithmetic.number(number)

    def _derivative_node(self, of: str, by: str) -> Value:
        return grad(self.nodes[of], self.nodes[by])

    def value(self, name: str) -> PreciseNumber:
        """Return a name; SheetError is raised where its definition has no value."""
        return self.written(self.node(name).data)

    def derivative(self, of: str, by: str) -> PreciseNumber:
        """Return a total derivative.

        Raises DomainError where it does not exist.
        """
        output, leaf = self.node(of), self.node(by)
        try:
            if of not in self._gradients:
                self._gradients[of] = gradients(output)
            return self.written(self._gradients[of].get(leaf, 0))
        except DomainError:  # perhaps on the way to another name
            return self.written(grad(output, leaf).data)

    def number(self, tree: Node) -> PreciseNumber:
        """Return an expression.

        Raises SheetError where it has no value.
        """
        return self.written(evaluate(tree, self.sheet.functions, self.value, self.derivative, self._literal))


def float_node(name: str, point: Evaluation, reading: PreciseReading) -> Value:
    """Return a name as a node of floats whose numbers and local derivatives come from a reading of many digits.

    For −ln(1 − p) where p is a float 1 and 1 − p is 4·10⁻¹⁸. The names below it are the nodes that they are at the
    point.

    Raises SheetError where the name has no value either.
    """
    output = reading.node(name)
    made = {reading.nodes[other]: node for other, node in point.values.items() if other in reading.nodes}
    for node in topological_order(output):
        if node not in made:
            data = node.data.to_float()
            if node.op is None:
                made[node] = Value(data)
                continue
            local = iter(node.locals)
            locals_ = [_float(next(local)) if isinstance(v, Value) else None for v in node.operands]
            operands = [made[v] if isinstance(v, Value) else _float(v) for v in node.operands]
            made[node] = node_of(node.op, operands, data, locals_)
    made[output].label = name
    return made[output]


def _float(number: Any) -> Any:
    return number.to_float() if isinstance(number, PreciseNumber) else number
