"""Graphs made from graphs: the gradient as a graph of its own, and a graph written out in + and ×."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from autograd.engine.backward import backward_pass
from autograd.engine.graph import as_graph, follows, same
from autograd.engine.incoming import zero_of
from autograd.engine.undefined import Undefined
from autograd.engine.value import Value
from autograd.errors import OperandError
from autograd.table.ops import VARIADIC

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.engine.backward import Edges
    from autograd.engine.graph import Graph


@overload
def grad(y: Value | Graph, x: Value) -> Value: ...
@overload
def grad(y: Value | Graph, x: Sequence[Value]) -> list[Value]: ...


def grad(y: Value | Graph, x: Value | Sequence[Value]) -> Value | list[Value]:
    """Return the derivative ∂y/∂x as a Value, which can be differentiated again; no `grad` is changed.

    This is the backward pass with every row of the table read with nodes in place of numbers. For
    a list of Values it returns a list. What `y` does not depend on has the derivative 0.

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


class _One:
    """The gradient of the output by itself: 1·x is written as x."""

    def __mul__(self, other: Any) -> Any:
        return other


class _Zero:
    """The beginning of a sum: 0 + x is written as x."""

    def __add__(self, other: Any) -> Any:
        return other


def chain_rule(y: Value | Graph, x: Sequence[Value], read_as: Mapping[Value, Any] | None = None) -> list[Any]:
    """Return the derivative of `y` by each of `x`, the rows of the backward pass read with nodes: the core of `grad`.

    `read_as` says what stands for a node in the rows, where it is not the node itself.
    """
    graph = as_graph(y)
    order, needed = graph.order, set(x)  # needed: what depends on one of `x`, or is one of them
    for node in order:
        if any(parent in needed for parent in node.parents):
            needed.add(node)

    def edges(node: Value) -> list[tuple[Value, Any]]:
        if node.op is None or (node not in needed):
            return []
        read = _edges_as_nodes(node, needed, read_as or {})
        numbers = [(recorded, now.data if isinstance(now, Value) else now) for _, now, recorded in read]
        if read_as is None and not all(same(*each) for each in numbers) and not follows(node):
            raise graph.stale("grad", node)
        return [edge[:2] for edge in read]

    found = gradients_along(order, edges)
    zero = zero_of(order[-1], "grad:")
    found[order[-1]] = zero + 1
    return [found.get(leaf, zero) for leaf in x]


def gradients_along(order: Sequence[Any], edges: Edges) -> dict[Any, Any]:
    """Return the gradient of the last in an order by each of the others; the edges may hold nodes, or formulas."""
    return {node: upstream for node, upstream, _ in backward_pass(order, _One(), _Zero(), edges)}


def _edges_as_nodes(node: Value, needed: set[Value], read_as: Mapping[Value, Any]) -> list[tuple[Value, Any, Any]]:
    """Return each needed parent with its local derivative as the table gives it for nodes, and as recorded."""
    op = node.op
    assert op is not None
    places = [place for place, operand in enumerate(node.operands) if isinstance(operand, Value)]
    edges = [(place, *edge) for place, edge in zip(places, node.edges()) if edge[0] in needed]
    y = read_as.get(node, node)
    operands = [read_as.get(v, v) if isinstance(v, Value) else v for v in node.operands]
    every = list(op.partials[0](y, *operands)) if op.arity == VARIADIC and edges else []
    found = []
    for place, parent, recorded in edges:
        if isinstance(recorded, Undefined):
            recorded.__rmul__(1)
        found.append((parent, every[place] if every else op.partials[place](y, *operands), recorded))
    return found


def expand(output: Value | Graph) -> Value:
    """Return the same graph with every n-ary node written out in single operations: + and × for `affine`.

    Leaves are shared with the original, so `backward()` on either fills the same gradients; labels
    are kept. What has nothing to write out is shared too.

    >>> from autograd import affine
    >>> z = expand(affine([Value(0.5), Value(2.0)], [Value(4.0), Value(3.0)], Value(1.0)))
    >>> z.data, z.op.name, [parent.op.name if parent.op else "leaf" for parent in z.parents]
    (9.0, 'add', ['add', 'leaf'])

    Raises StaleGraphError if a number was changed after it had been used, OperandError for no Value.
    """
    graph = as_graph(output)
    graph.require_fresh("expand")
    made: dict[Value, Value] = {}
    for node in graph.order:
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
    return made[graph.output]
