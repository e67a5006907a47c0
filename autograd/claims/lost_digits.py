"""Why floats cannot compute a line that has a value: they have lost an operand, such as 1 − p where p is nearly 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from autograd.claims.interpreter import evaluate
from autograd.claims.precise import Arithmetic
from autograd.claims.precise_reading import PreciseReading
from autograd.claims.tree import BinaryNode, CallNode, walk
from autograd.engine.graph import Graph
from autograd.engine.value import Value
from autograd.errors import ChalkgradError, SheetError
from autograd.formatting import figures
from autograd.symbolic.expr import Symbol
from autograd.symbolic.printer import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.claims.interpreter import Evaluation
    from autograd.claims.tree import Node

MAX_PARTS = 500  # of a line that is looked through
DIGITS = 60
SHOWN = 2  # digits


def refuse_lost_digits(name: str, point: Evaluation, error: SheetError) -> NoReturn:
    """Raise the error of a definition that floats cannot compute, with the operand that they have lost, if that is why.

    `point` has the names before this one.
    """
    lost = _lost(point.worksheet.definitions[name].tree, point)
    hint = f". {lost} in floats; chalkgrad mark computes it with more digits" if lost else ""
    raise SheetError(f"{error}{hint}") from None


def _lost(tree: Node, point: Evaluation) -> str:
    if len(walk(tree)) > MAX_PARTS:
        return ""
    reading = PreciseReading(point.worksheet, point.givens, Arithmetic(DIGITS))
    for operand in _operands_of_the_failing(tree, point):
        try:
            exact = reading.number(operand)
            node = evaluate(operand, point.worksheet.functions, point.values.__getitem__, point.derivative)
        except ChalkgradError:
            return ""
        if isinstance(node, Value) and node.op is not None and abs(exact - node.data) > abs(exact) / 2:
            named = {v: Symbol(v.label) for v in Graph(node).order if v.label}
            formula = text(Graph(node).compute(named)[node])
            return f"{formula} = {exact.to_text(SHOWN)} is {figures.number(float(node.data))}"
    return ""


def _operands_of_the_failing(tree: Node, point: Evaluation) -> Iterator[Node]:
    """Yield the operands of the first operation that floats cannot do."""
    for node in reversed(walk(tree)):
        if isinstance(node, (BinaryNode, CallNode)) and point.try_number(node) is None:
            yield from node.args if isinstance(node, CallNode) else (node.left, node.right)
            return
