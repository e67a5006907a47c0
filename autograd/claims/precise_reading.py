"""A worksheet read with many digits, and the nodes of floats that come from it where floats cannot compute a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.claims.interpreter import evaluate, labeled_node
from autograd.claims.precise import PreciseNumber
from autograd.engine.graph import gradients, topological_order
from autograd.engine.transforms import grad
from autograd.engine.value import Value, node_of
from autograd.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.claims.dependencies import Definitions
    from autograd.claims.interpreter import Evaluation
    from autograd.claims.precise import Arithmetic
    from autograd.claims.tree import Node, NumberNode


class PreciseReading:
    """A worksheet computed with many digits, each name when it is first asked for.

    A name is a number, and a node too only where a derivative needs it.
    """

    def __init__(self, sheet: Definitions, givens: Mapping[str, float], arithmetic: Arithmetic) -> None:
        self.sheet = sheet
        self.givens = givens
        self.arithmetic = arithmetic
        self.nodes: dict[str, Value] = {}
        self._numbers: dict[str, PreciseNumber] = {}
        self._gradients: dict[str, dict[Value, Any]] = {}

    # -- Names ------------------------------------------------------------------------------------

    def value(self, name: str) -> PreciseNumber:
        """Return a name; SheetError is raised where its definition has no value."""
        if name not in self._numbers:
            for other in self._computed_from(name):
                if other not in self._numbers:
                    self._numbers[other] = self._given(other) or self.number(self.sheet.definitions[other].tree)
        return self._numbers[name]

    def node(self, name: str) -> Value:
        """Return a name as a Value, whose number is a PreciseNumber.

        Raises SheetError where a definition has no value.
        """
        if name not in self.nodes:
            for other in self._computed_from(name):
                if other not in self.nodes:
                    self.nodes[other] = labeled_node(self._made(other), other)
        return self.nodes[name]

    def _computed_from(self, name: str) -> list[str]:
        position = self.sheet.position()
        return sorted(self.sheet.computed_from([name]), key=position.__getitem__)

    def _given(self, name: str) -> Any:
        if name not in self.givens:
            return None
        given, number = self.givens[name], self.sheet.written_givens.get(name)
        is_written = number is not None and number.value == given
        return self.arithmetic.number(number.fraction if number is not None and is_written else given)

    def _made(self, name: str) -> Value:
        given: Any = self._given(name)
        if given is not None:
            return Value(given)
        tree = self.sheet.definitions[name].tree
        made = evaluate(tree, self.sheet.functions, self.nodes.__getitem__, self._derivative_node, self._literal)
        if isinstance(made, Value) and name not in self.sheet.held:
            return made
        number: Any = self.written(made.data if isinstance(made, Value) else made)
        return Value(number)  # which may hold it, although it is no float

    def _derivative_node(self, of: str, by: str) -> Value:
        return grad(self.nodes[of], self.nodes[by])

    # -- Derivatives and expressions ------------------------------------------------------------------

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

    def _literal(self, number: NumberNode) -> PreciseNumber:
        return self.arithmetic.number(number.fraction)

    def written(self, number: Any) -> PreciseNumber:
        """Return a number that was written, or one of this reading, as one of this reading."""
        return number if isinstance(number, PreciseNumber) else self.arithmetic.number(number)


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
            data = float(_float(node.data))  # a derivative may be a plain 1
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
