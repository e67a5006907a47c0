"""A worksheet read with floats that know how far off they may be.

A *reading* has a number for each name, derivative and expression, as an `Evaluation` has floats; `PreciseReading` is
another one. All use the same definitions, the same rows of the table and the same backward pass.

Bounds cost time, and most derivations need few. A node is *calm* if its error is small, and the smaller the flatter its
function is there, whose derivative has fewer digits then. Derivatives through calm nodes are right, unless paths cancel
each other.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.claims.bounded import LOST, TINY, BoundedNumber, bound, written
from autograd.claims.interpreter import evaluate, line_graph
from autograd.claims.plain import NAMED, PLAIN, plain_number
from autograd.engine.backward import order_below
from autograd.engine.graph import Graph, topological_order
from autograd.engine.transforms import chain_rule
from autograd.engine.undefined import Undefined
from autograd.engine.value import Value
from autograd.errors import SheetError
from autograd.table import ops

if TYPE_CHECKING:
    from autograd.claims.interpreter import Evaluation
    from autograd.claims.tree import Node

CALM = 1e-13  # bound of the relative error of a calm node, times what a flat function makes of it in its derivative
CONTRIBUTED = 1e-12  # bound of the relative error of a contribution along calm nodes


class BoundedReading:
    """The floats of an evaluation, each with a bound of its error."""

    def __init__(self, point: Evaluation) -> None:
        self.point = point
        self.sheet = point.worksheet
        self._nodes: dict[Value, BoundedNumber] = {}
        self._calm: set[Value] = set()
        self._sizes: dict[tuple[str, bool], dict[Value, float]] = {}
        self._gradients: dict[str, dict[Value, Any]] = {}
        self._local_gradients: dict[str, dict[str, Any]] = {}

    # -- Names ------------------------------------------------------------------------------------

    def value(self, name: str) -> BoundedNumber:
        """Return a name with its bound."""
        if not self._nodes:
            for step in self.point.steps.values():
                self._read_below(step)
            for node in self.point.nodes:
                if node not in self._nodes:
                    self._read_node(node)
        return self._nodes[self.point.values[name]]

    def _read_below(self, step: Value) -> None:
        for node in topological_order(step):
            if node not in self._nodes:
                self._read_node(node)

    def _read_node(self, node: Value) -> None:
        """Read a node by its recorded local derivatives."""
        known, op, y = self._nodes, node.op, node.data
        if node.label in self._doubtful:
            known[node] = BoundedNumber(y, math.inf)
            return
        if node in self.point.steps:  # a leaf with the error of the step that it was computed by
            known[node] = known[self.point.steps[node]]
            if self.point.steps[node] in self._calm:
                self._calm.add(node)
            return
        if op is None:
            known[node] = written(y)
            self._calm.add(node)
            return
        operands, edges = node.operands, node.edges()
        defined = [(parent, slope) for parent, slope in edges if slope.__class__ is not Undefined]
        terms = [(parent.data, known[parent].error, slope) for parent, slope in defined]
        if op is ops.add or op is ops.sub:
            terms += [(v, 0.0, 1.0) for v in operands if not isinstance(v, Value)]
        error, is_lossy = bound(op, y, [v.data if isinstance(v, Value) else v for v in operands], terms)
        if len(defined) < len(edges) and any(known[parent].error for parent, _ in edges):
            error = math.inf
        is_lossy = is_lossy or any(known[parent].is_lossy for parent, _ in edges)
        known[node] = BoundedNumber(y, error, is_lossy=is_lossy)
        if is_lossy or len(defined) < len(edges):
            return
        flatness = _flatness(y, *terms[0]) if op.arity == 1 and op.kink is None else 1.0
        if error <= CALM * flatness * abs(y) and self._calm.issuperset(node.parents):
            self._calm.add(node)

    @cached_property
    def _doubtful(self) -> set[str]:
        """The names in whose definitions arithmetic on numbers loses digits: a node has only the float of that."""
        found = set()
        for name, parts in self.sheet.constant_parts().items():
            for part in parts:
                try:
                    number = self._bounded(part)
                except SheetError:
                    number = BoundedNumber(0.0, math.inf)
                if number.is_lossy or not number.error <= NAMED * abs(number.number):
                    found.add(name)
        return found

    # -- Derivatives --------------------------------------------------------------------------------

    def derivative(self, of: str, by: str) -> BoundedNumber:
        """Return a total derivative with its bound.

        Raises DomainError where it does not exist.
        """
        self.value(of)
        is_direct = self.sheet.is_direct(of, by)
        if self.point.values[of] in self._calm:
            size = self._sizes_below(of, is_direct=is_direct).get(self.point.values[by], 0.0)
            number = self.point.derivative(of, by)
            if size == 0 or TINY < CONTRIBUTED * size <= PLAIN * abs(number):
                return BoundedNumber(number, CONTRIBUTED * size)
        if self._doubtful:
            return BoundedNumber(self.point.derivative(of, by), math.inf)
        try:
            return self.written(self._local_derivative(of, by) if is_direct else self._derivative(of, by))
        except (ArithmeticError, ValueError):  # one that does not exist, perhaps by another name
            pass
        number = self.point.derivative(of, by)
        try:
            found = chain_rule(self.point.values[of], [self.point.values[by]], self._nodes)
        except (ArithmeticError, ValueError):
            return BoundedNumber(number, math.inf)
        return self.written(found[0])

    def _sizes_below(self, of: str, *, is_direct: bool) -> dict[Value, float]:
        """Return the sum of the sizes of all contributions to each gradient: much larger where paths cancel.

        It is infinite where one is lost beside another. For a direct derivative the definition alone is looked at.
        """
        if (of, is_direct) not in self._sizes:
            output = self.point.values[of]

            def below(node: Value) -> list[tuple[Value, Any]]:
                return node.edges() if node is output or not node.label else []

            order = order_below(output, below) if is_direct else output._order()
            edges = below if is_direct else Value.edges
            sizes, smallest = {output: 1.0}, {output: 1.0}
            for node in reversed(order):
                upstream = sizes.get(node, 0.0)
                for parent, local in edges(node) if upstream else ():
                    size = upstream * abs(local)
                    if size:
                        sizes[parent] = sizes.get(parent, 0.0) + size
                        smallest[parent] = min(smallest.get(parent, size), size)
            self._sizes[of, is_direct] = {
                node: math.inf if smallest[node] < LOST * size else size for node, size in sizes.items()
            }
        return self._sizes[of, is_direct]

    def _derivative(self, of: str, by: str) -> Any:
        if of not in self._gradients:
            graph = Graph(self.point.values[of])
            named = [node for node in graph.order if node.label]
            self._gradients[of] = dict(zip(named, chain_rule(graph, named, self._nodes)))
        return self._gradients[of].get(self.point.values[by], 0.0)

    def _local_derivative(self, of: str, by: str) -> Any:
        if of not in self._local_gradients:
            numbers = {name: self.point.values[name].data for name in self.sheet.mentioned_by(of)}
            output, leaves = line_graph(self.sheet, of, numbers)
            graph = Graph(output)
            read_as = graph.compute({leaf: self.value(name) for name, leaf in leaves.items()})
            found = chain_rule(graph, list(leaves.values()), read_as)
            self._local_gradients[of] = dict(zip(leaves, found))
        return self._local_gradients[of][by]

    # -- Expressions --------------------------------------------------------------------------------

    def number(self, tree: Node) -> BoundedNumber:
        """Return an expression with its bound.

        Raises SheetError where it has no value.
        """
        plain = plain_number(tree, self.sheet.functions, self.value, self.derivative)
        if plain is not None:
            return BoundedNumber(plain, PLAIN * abs(plain))
        return self._bounded(tree)

    def _bounded(self, tree: Node) -> BoundedNumber:
        functions = self.sheet.functions
        found = evaluate(tree, functions, self.value, self.derivative, lambda number: written(number.value))
        return self.written(found)

    def written(self, number: Any) -> BoundedNumber:
        """Return a number that was written, or one of this reading, as one of this reading."""
        return number if isinstance(number, BoundedNumber) else written(float(number))


def _flatness(y: float, x: float, _error: float, slope: float) -> float:
    """Return the relative change of a function for one of its operand, at most 1: the smaller, the fewer its digits."""
    return min(1.0, abs(slope * x / y)) if x and y else 1.0
