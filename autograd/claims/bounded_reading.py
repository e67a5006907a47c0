"""A worksheet read with floats that know how far off they may be.

A *reading* has a number for each name, derivative and expression, as an `Evaluation` has floats; `PreciseReading` is
another one. All use the same definitions, the same rows of the table and the same backward pass.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.claims.bounded import LOST, TINY, BoundedNumber, written
from autograd.claims.interpreter import OPERATORS, evaluate, line_graph
from autograd.engine.graph import Graph
from autograd.engine.transforms import chain_rule
from autograd.engine.value import Value
from autograd.errors import SheetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.claims.interpreter import Evaluation
    from autograd.claims.tree import FunctionDefinition, Node

# An expression is *plain* if nothing in it cancels, vanishes or overflows, and no function is called, whose error would
# have to be known. Then its float is right to many digits, and no bound of it has to be computed.

PLAIN = 5e-12  # bound of the relative error of a plain expression
NAMED = 2e-14  # bound of the relative error of the names in it
CANCELLED = 0.1  # of an operand: a sum that is smaller has lost a digit


def _sum(a: float, b: float, y: float) -> float:
    size, larger, smaller = abs(y), max(abs(a), abs(b)), min(abs(a), abs(b))
    if size < CANCELLED * larger or 0 < smaller < LOST * size:
        raise ArithmeticError
    return y


def _product(y: float, *, is_zero: bool) -> float:
    if not (is_zero or TINY < abs(y) < 1 / TINY):
        raise ArithmeticError
    return y


PLAIN_OPERATORS = {
    "+": lambda a, b: _sum(a, b, a + b),
    "-": lambda a, b: _sum(a, b, a - b),
    "*": lambda a, b: _product(a * b, is_zero=a == 0 or b == 0),
    "/": lambda a, b: _product(a / b, is_zero=a == 0),
    "^": lambda a, b: _product(OPERATORS["^"](a, b), is_zero=a == 0),
}


class _NoFunctions(dict[str, "FunctionDefinition"]):
    """A mapping of functions that stops an evaluation where one is called."""

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
                doubtful = node.label in self._doubtful
                self._nodes[node] = BoundedNumber(node.data, math.inf) if doubtful else self._bounded(node, self._nodes)
        return self._nodes[self.point.values[name]]

    @cached_property
    def _doubtful(self) -> set[str]:
        """The names in whose definitions arithmetic on numbers cancels: a node has only the float of that."""
        found = set()
        for name, parts in self.sheet.constant_parts().items():
            for part in parts:
                try:
                    number = self.number(part)
                except SheetError:
                    number = BoundedNumber(0.0, math.inf)
                if number.is_lossy or not number.error <= PLAIN * abs(number.number):
                    found.add(name)
        return found

    def _bounded(self, node: Value, known: Mapping[Value, BoundedNumber]) -> BoundedNumber:
        if node.op is None:
            return written(node.data)
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
        if self._doubtful:
            return BoundedNumber(self.point.derivative(of, by), math.inf)
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
            named = [node for node in graph.order if node.label]
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
        """Return the float of a plain expression; None for any other."""

        def known(found: BoundedNumber) -> float:
            if found.is_lossy or found.error > NAMED * abs(found.number):
                raise ArithmeticError
            return found.number

        def value(name: str) -> float:
            return known(self.value(name))

        def derivative(of: str, by: str) -> float:
            return known(self.derivative(of, by))

        try:
            return float(evaluate(tree, NO_FUNCTIONS, value, derivative, operators=PLAIN_OPERATORS))
        except (ArithmeticError, ValueError):
            return None

    def written(self, number: Any) -> BoundedNumber:
        """Return a number that was written, or one of this reading, as one of this reading."""
        return number if isinstance(number, BoundedNumber) else written(float(number))
