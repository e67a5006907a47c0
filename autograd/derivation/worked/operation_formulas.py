"""The operations of a graph with their derivatives, and those of activation functions by the chain rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.derivation.comparison import passed_back
from autograd.derivation.context import DerivationContext
from autograd.derivation.formulas import (
    IN_SIMPLER_OPERATIONS,
    flattened,
    node_formula,
    number_of,
    reading_order,
    stages_to_result,
)
from autograd.document.blocks import Equations, Heading, sentence
from autograd.engine.graph import Graph
from autograd.engine.value import Value
from autograd.symbolic.equations import Derivative, Equation
from autograd.symbolic.expr import Symbol, derivative, written
from autograd.symbolic.simplify import simplified
from autograd.table import ops

if TYPE_CHECKING:
    from autograd.document.blocks import Block, Content
    from autograd.symbolic.expr import Formula
    from autograd.table.ops import Op

# Letters for the arguments of an operation that takes many or whose arguments have customary letters, and those
# whose derivatives are shown: of several that differ in the index alone, the first.
ARGUMENTS = {
    ops.affine: ("w1 x1 w2 x2 b", "w1 x1 b"),
    ops.total: ("x1 x2", "x1"),
    ops.mean: ("x1 x2 n", "x1"),
    ops.half_squared_error: ("o t", "o t"),
    ops.mean_squared_error: ("o1 o2 t1 t2", "o1"),
    ops.max_margin: ("s1 s2 t1 t2", "s1"),
    ops.binary_cross_entropy: ("z1 z2 t1 t2", "z1"),
    ops.cross_entropy: ("z1 z2 t1 t2", "z1"),
    ops.huber: ("o1 o2 t1 t2 δ", "o1"),
    ops.logsumexp: ("x1 x2", "x1"),
    ops.leaky_relu: ("x s", "x s"),
    ops.elu: ("x s", "x s"),
}


def function_formula(op: Op, argument: str) -> Formula:
    """Return σ(z), tanh(z) and so on."""
    return flattened(op(Symbol(argument)))


def operation_row(op: Op) -> tuple[Any, ...]:
    """Return a row of the table of operations: name, function, derivatives."""
    by_default = "x" if op.arity == 1 else "a b c"[: 2 * op.arity - 1]
    letters, shown = (names.split() for names in ARGUMENTS.get(op, (by_default, by_default)))
    args = [Symbol(letter) for letter in letters]
    y = Symbol("y")
    derivatives: list[Any] = []
    for letter in shown:
        derivatives += [", "] if derivatives else []
        formula = flattened(simplified(derivative(op, y, args, letters.index(letter))))
        derivatives.append(Equation((Derivative("y", letter), formula)))
    return (op.name.replace("_", " "), Equation((y, flattened(written(op, args)))), tuple(derivatives))


def derivation_by_hand(op: Op, example: Value) -> list[Block]:
    """Return an activation function in simpler operations, and its derivative by the chain rule over them."""
    x = Value(number_of(example.operands[0]), label="x")
    try:
        y = IN_SIMPLER_OPERATIONS[op](x)
    except ArithmeticError:
        return []  # in simpler operations it overflows at this point
    for place, node in enumerate(reading_order(y)):
        node.label = node.label or f"u{place}"
    y.label = "y"
    context = DerivationContext(Graph(y))
    function, slope = function_formula(op, "x"), Derivative("y", "x")
    by_table = flattened(simplified(derivative(op, context.symbol(y), [context.symbol(x)], 0)))
    definitions = [Equation((context.symbol(v), node_formula(v, context.names))) for v in context.nodes if v.op]
    uses = context.downstream(x)
    if all(len(used) == 1 for node, used in uses.items() if node is not y):
        by_hand: list[Block] = [Equations((Equation((slope, *context.gradient_sides(x))),))]
    else:
        by_hand = passed_back(context, uses)
    value = op.local_derivatives(example.data, [number_of(v) for v in example.operands])[0]
    return [
        Heading(3, ("The derivative of ", function)),
        sentence(function, " is computed in these operations:"),
        Equations(tuple(definitions)),
        sentence("The chain rule over them, at ", Equation((context.symbol(x), x.data)), ":"),
        *by_hand,
        sentence("The formula in the table of operations gives:"),
        Equations((Equation((slope, by_table, *stages_to_result(by_table, value))),)),
        sentence("They are the same formula: ", *WHY_EQUAL[op], "."),
    ]


# Why the chain rule finds the formula of the table, in the names of the simpler operations.
_u = [Symbol(f"u{place}") for place in range(6)]
WHY_EQUAL: dict[Op, Content] = {
    ops.sigmoid: (Equation((_u[2] / _u[3], (_u[3] - 1) / _u[3], 1 - Symbol("y"))),),
    ops.softplus: (Equation((_u[1] / _u[2], ops.sigmoid(Symbol("x")))),),
    ops.tanh: (Equation(((_u[1] + _u[3]) / _u[5] - Symbol("y") * ((_u[1] - _u[3]) / _u[5]), 1 - Symbol("y") ** 2)),),
}
