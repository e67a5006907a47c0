"""A check that the equations of a document hold: each side is computed from the graph alone, at full precision."""

import math

from autograd import Value, gradients
from autograd.document.blocks import Bullets, Equations, Paragraph, Table
from autograd.symbolic.equations import (
    Chain,
    Derivative,
    Elementwise,
    Equation,
    Function,
    Matrix,
    New,
    Part,
    Product,
    Sign,
    Sum,
    Words,
)
from autograd.symbolic.expr import Apply, Expr, Symbol, alike
from autograd.symbolic.names import Name


def truth(formula, context):
    """Return the value of a formula of a derivation, computed from the graph alone; None where it is words."""
    if isinstance(formula, Symbol):
        node = getattr(formula.name, "key", None)
        if node is not None:
            return node.data
        signals = [(context.delta(neuron), context.gradients[neuron.z]) for neuron in context.neurons]
        named = {(delta.name, delta.name.turn): value for delta, value in signals if isinstance(delta, Symbol)}
        return named.get((formula.name, getattr(formula.name, "turn", 0)))
    if isinstance(formula, Derivative):
        of, by = getattr(formula.of, "key", None), getattr(formula.by, "key", None)
        if not isinstance(formula.by, Name):  # of things in general
            return None
        if by is None:  # a name that is not in the graph
            return 0
        if not formula.place:
            return gradients(of).get(by, 0)
        places = [place for place, v in enumerate(of.operands, 1) if isinstance(v, Value)]
        assert of.operands[formula.place - 1] is by
        return of.locals[places.index(formula.place)]
    if isinstance(formula, (Words, Chain, New, Sign, Matrix, Function, Elementwise)):
        return None
    if isinstance(formula, Part):
        return truth(formula.formula, context)
    if not isinstance(formula, Expr):
        return formula
    parts = formula.args if isinstance(formula, Apply) else formula.factors if isinstance(formula, Product) else None
    parts = formula.terms if isinstance(formula, Sum) else parts
    values = [truth(part, context) for part in parts]
    if None in values:
        return None
    if isinstance(formula, Apply):
        return formula.op(*values)
    return math.prod(values) if isinstance(formula, Product) else sum(values)


def equations(document):
    """Yield every equation of a document."""
    for block in document.blocks:
        if isinstance(block, Equations):
            yield from block.equations
        contents = []
        if isinstance(block, Paragraph):
            contents = [block.content]
        if isinstance(block, Table):
            contents = [cell for row in block.rows for cell in row]
        if isinstance(block, Bullets):
            contents = block.items
        for content in contents:
            yield from (part for part in content if isinstance(part, Equation))


def check(document, context):
    """Assert that all sides of each equation have the same value, and return how many equations were compared."""
    count = 0
    scale = max(
        abs(v) for node in context.graph.order for v in (1e-300, node.data, context.gradients[node]) if math.isfinite(v)
    )
    for equation in equations(document):
        values = [truth(side, context) for side in equation.sides if not alike(side, Symbol("η"))]
        known = [float(value) for value in values if value is not None]
        for value in known[1:]:
            near = math.isclose(value, known[0], rel_tol=1e-9, abs_tol=1e-12 * scale)
            assert near or (value != value and known[0] != known[0]), (equation, known)
        count += len(known) > 1
    return count
