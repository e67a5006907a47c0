"""Graphs made from graphs: the gradient as a graph of its own, and a graph written out in + and ×."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from autograd import look
from autograd.errors import StaleGraphError
from autograd.ops import VARIADIC
from autograd.value import Undefined, Value, describe, topological_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.ops import Op


@overload
def grad(y: Value, x: Value) -> Value: ...
@overload
def grad(y: Value, x: Sequence[Value]) -> list[Value]: ...


def grad(y: Value, x: Value | Sequence[Value]) -> Value | list[Value]:
    """The derivative ∂y/∂x as a Value, which can be differentiated again; no `grad` is changed.

    It is the backward pass with every row of the table read with nodes in place of numbers. With
    a list of Values it gives a list. What `y` does not depend on has the derivative 0.

    >>> x = Value(3.0)
    >>> dy = grad(x**3, x)
    >>> dy.data, grad(dy, x).data, grad(grad(dy, x), x).data
    (27.0, 18.0, 6.0)

    Raises StaleGraphError if a number that a derivative needs was changed after `y` had been
    computed, DomainError where a derivative does not exist.
    """
    if isinstance(x, Value):
        return grad(y, [x])[0]
    order = topological_order(y)
    zero = type(y.data)()
    upstream: dict[Value, Any] = {y: zero + 1}
    needed = _between(order, x)
    for node in reversed(order):
        if node.op is None or node not in needed:
            continue
        for parent, local in _locals_as_nodes(node, needed):
            contribution = local if upstream[node] is upstream[y] else upstream[node] * local
            upstream[parent] = upstream[parent] + contribution if parent in upstream else contribution
    found = [upstream.get(leaf, zero) for leaf in x]
    return [gradient if isinstance(gradient, Value) else Value(gradient) for gradient in found]


def _between(order: Sequence[Value], x: Sequence[Value]) -> set[Value]:
    """The nodes of the order that depend on one of `x`, or are one of them."""
    needed = set(x)
    for node in order:
        if any(parent in needed for parent in node.parents):
            needed.add(node)
    return needed


def _locals_as_nodes(node: Value, needed: set[Value]) -> list[tuple[Value, Any]]:
    """Each needed parent with its local derivative, read from the table with nodes for numbers."""
    assert node.op is not None
    recorded = node.edges()
    operands = node.operands
    positions = [place for place, operand in enumerate(operands) if isinstance(operand, Value)]
    all_at_once = list(node.op.partials[0](node, *operands)) if node.op.arity == VARIADIC else None
    found = []
    for (parent, local), place in zip(recorded, positions):
        if parent not in needed:
            continue
        if isinstance(local, Undefined):
            local.__rmul__(1)
        as_node = all_at_once[place] if all_at_once else node.op.partials[place](node, *operands)
        now = as_node.data if isinstance(as_node, Value) else as_node
        if now != local and not (now != now and local != local):
            raise StaleGraphError(
                f"the derivative of {_named(node.op)} with respect to {describe(parent)} was {look.number(local)} "
                f"when it was recorded and would be {look.number(now)} now: the data of an operand was changed since "
                f"({', '.join(describe(operand) for operand in operands[:4])}); compute the expression again first"
            )
        found.append((parent, as_node))
    return found


def _named(op: Op) -> str:
    return op.name.replace("_", " ")


def expand(root: Value) -> Value:
    """The same graph with every n-ary node written out in single operations: + and × for `affine`.

    Leaves are shared with the original, so `backward()` on either fills the same gradients; labels
    are kept. What has nothing to write out is shared too.

    >>> from autograd.functions import affine
    >>> z = expand(affine([Value(0.5), Value(2.0)], [Value(4.0), Value(3.0)], Value(1.0)))
    >>> z.data, z.op.name, [parent.op.name if parent.op else "leaf" for parent in z.parents]
    (9.0, 'add', ['add', 'leaf'])
    """
    made: dict[Value, Value] = {}
    for node in topological_order(root):
        operands = [made[v] if isinstance(v, Value) else v for v in node.operands]
        if node.op is not None and node.op.arity == VARIADIC:
            written_out = node.op.forward(*operands)
        elif node.op is not None and any(new is not old for new, old in zip(operands, node.operands)):
            written_out = node.op(*operands)
        else:
            made[node] = node
            continue
        if node.label and not written_out.label:
            written_out.label = node.label
        made[node] = written_out
    return made[root]
