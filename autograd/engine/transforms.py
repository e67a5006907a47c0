"""Graphs made from graphs: the gradient as a graph of its own, and a graph written out in + and ×."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from autograd.engine.value import Undefined, Value, describe, topological_order
from autograd.errors import OperandError, StaleGraphError
from autograd.formatting import figures
from autograd.table.ops import VARIADIC

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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
    computed, DomainError where a derivative does not exist, OperandError for no Value.
    """
    if isinstance(x, Value):
        return grad(y, [x])[0]
    if not hasattr(x, "__iter__") or not all(isinstance(leaf, Value) for leaf in x):
        raise OperandError(f"grad: the derivative with respect to a Value or a list of Values, not {x!r}")
    found = chain_rule(y, x)
    return [gradient if isinstance(gradient, Value) else Value(gradient) for gradient in found]


def chain_rule(
    y: Value,
    x: Sequence[Value],
    read_as: Mapping[Value, Any] | None = None,
    known: Mapping[Value, Any] | None = None,
) -> list[Any]:
    """The backward pass from `y` to each of `x`, its rows read with nodes: the core of `grad`.

    `read_as` says what stands for a node in the rows, where it is not the node itself; `known` is
    the gradient of `y` by some nodes, where it is known from elsewhere and not to be worked out.
    """
    order = topological_order(y)
    needed = _between(order, x)
    one = type(y.data)() + 1
    upstream: dict[Value, Any] = {y: one}
    for node in reversed(order):
        if node not in upstream:
            continue
        if known and node in known:
            upstream[node] = known[node]
        if node.op is None:
            continue
        for parent, local in _locals_read(node, needed, read_as):
            contribution = local if upstream[node] is one else upstream[node] * local
            upstream[parent] = upstream[parent] + contribution if parent in upstream else contribution
    return [upstream.get(leaf, one - one) for leaf in x]


def _between(order: Sequence[Value], x: Sequence[Value]) -> set[Value]:
    """The nodes of the order that depend on one of `x`, or are one of them."""
    needed = set(x)
    for node in order:
        if any(parent in needed for parent in node.parents):
            needed.add(node)
    return needed


def _locals_read(node: Value, needed: set[Value], read_as: Mapping[Value, Any] | None) -> list[tuple[Value, Any]]:
    """Each needed parent with its local derivative, read from the table with nodes for numbers."""
    op, operands = node.op, node.operands
    assert op is not None
    places = [place for place, operand in enumerate(operands) if isinstance(operand, Value)]
    edges = [(place, *edge) for place, edge in zip(places, node.edges()) if edge[0] in needed]
    y: Any = node
    if read_as is not None:
        y = read_as.get(node, node)
        operands = tuple(read_as.get(v, v) if isinstance(v, Value) else v for v in operands)
    every = list(op.partials[0](y, *operands)) if op.arity == VARIADIC and edges else []
    found = []
    for place, parent, recorded in edges:
        if isinstance(recorded, Undefined):
            recorded.__rmul__(1)
        local = every[place] if every else op.partials[place](y, *operands)
        if read_as is None:
            _check_unchanged(node, parent, recorded, local.data if isinstance(local, Value) else local)
        found.append((parent, local))
    return found


def _check_unchanged(node: Value, parent: Value, recorded: Any, now: Any) -> None:
    if now == recorded or (now != now and recorded != recorded):
        return
    assert node.op is not None
    raise StaleGraphError(
        f"the derivative of {node.op.name.replace('_', ' ')} with respect to {describe(parent)} was "
        f"{figures.number(recorded)} when it was recorded and would be {figures.number(now)} now: the data of an "
        f"operand was changed since ({', '.join(describe(operand) for operand in node.operands[:4])}); "
        "compute the expression again first"
    )


def expand(root: Value) -> Value:
    """The same graph with every n-ary node written out in single operations: + and × for `affine`.

    Leaves are shared with the original, so `backward()` on either fills the same gradients; labels
    are kept. What has nothing to write out is shared too.

    >>> from autograd.engine.functions import affine
    >>> z = expand(affine([Value(0.5), Value(2.0)], [Value(4.0), Value(3.0)], Value(1.0)))
    >>> z.data, z.op.name, [parent.op.name if parent.op else "leaf" for parent in z.parents]
    (9.0, 'add', ['add', 'leaf'])
    """
    made: dict[Value, Value] = {}
    for node in topological_order(root):
        operands = [made[v] if isinstance(v, Value) else v for v in node.operands]
        if node.op is not None and node.op.arity == VARIADIC and node.parents:
            written_out = node.op.forward(*operands)
        elif node.op is not None and any(new is not old for new, old in zip(operands, node.operands)):
            written_out = node.op(*operands)
        else:
            made[node] = node
            continue
        if node.label and not written_out.label and written_out not in operands:
            written_out.label = node.label
        made[node] = written_out
    return made[root]
