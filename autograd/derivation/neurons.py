"""Which nodes of a graph are neurons, and in which layer: found from the graph itself.

A *neuron* is its *pre-activation* z, a sum of products of weights and inputs with or without a bias
(one `affine` node, or `+` and `×` nodes), and its *activation* a, what an activation function makes
of z and nothing else uses z for. A neuron without one is linear: a is z. Its *error signal* δ is
∂E/∂z. A neuron's layer is the number of neurons on the longest way to it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.engine.value import Value
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


class Neuron(NamedTuple):
    """One neuron in one use: z, a, (weight, input) for each input, the bias, and its layer from 1.

    `parts` are the sums that z was added up in, z the last of them; where z is one node, z alone.
    """

    z: Value
    a: Value
    pairs: tuple[tuple[Any, Any], ...]
    bias: Any
    layer: int
    parts: tuple[Value, ...]

    @property
    def linear(self) -> bool:
        """Whether it has no activation function."""
        return self.a is self.z


def is_activation(node: Value) -> bool:
    """Return True if the operation of a node is an activation function."""
    return node.op is not None and node.op.is_activation


def neurons(order: Sequence[Value], parameters: Collection[Value] = ()) -> list[Neuron]:
    """The neurons among the nodes of a graph, in the order of the computation.

    Where `parameters` are given, a weight is one of them; else it is the first of a pair in
    `affine`, and the leaf of a product.

    >>> from autograd.engine.functions import affine
    >>> from autograd.engine.graph import topological_order
    >>> w, x = Value(0.5, "w"), Value(2.0, "x")
    >>> [found] = neurons(topological_order(affine([w], [x]).tanh()))
    >>> found.pairs == ((w, x),), found.a.op.name, found.layer
    (True, 'tanh', 1)
    """
    parameters = set(parameters)
    uses: Counter[Value] = Counter()
    child: dict[Value, Value] = {}  # the last of them
    for node in order:
        for parent, _ in node.edges():
            uses[parent] += 1
            child[parent] = node
    depth: dict[Value, int] = {}
    # The last node of each neuron that says that it is one, as those of `nn` do.
    last: dict[Any, Value] = {node.scope: node for node in order if node.scope and node.scope.kind == "neuron"}
    found = []
    for node in order:
        depth[node] = max([depth[parent] for parent, _ in node.edges()], default=0)
        made = _affine(node, parameters) or _added_up(node, uses, child, parameters)
        if made is None:
            continue
        pairs, bias, parts = made
        a = last.get(node.scope, node)
        only = child[node] if uses[node] == 1 else None
        if a is node and only is not None and is_activation(only) and only.operands[0] is node:
            a = only
        inputs = (x for _, x in pairs if isinstance(x, Value))
        depth[node] = 1 + max((depth[x] for x in inputs), default=0)
        found.append(Neuron(node, a, pairs, bias, depth[node], parts))
    return found


Made = tuple["tuple[tuple[Any, Any], ...]", Any, "tuple[Value, ...]"]


def _affine(node: Value, parameters: Collection[Value]) -> Made | None:
    if node.op is not ops.affine:
        return None
    operands = node.operands
    pairs = tuple(_pair(w, x, parameters) for w, x in zip(operands[0::2], operands[1::2]))
    return (pairs, operands[-1] if len(operands) % 2 else None, (node,)) if pairs else None


def _pair(w: Any, x: Any, parameters: Collection[Value]) -> tuple[Any, Any]:
    """The weight first."""
    swap = isinstance(x, Value) and x in parameters and not (isinstance(w, Value) and w in parameters)
    return (x, w) if swap else (w, x)


def _added_up(
    node: Value, uses: Counter[Value], child: Mapping[Value, Value], parameters: Collection[Value]
) -> Made | None:
    """A sum of products as `+` and `×` nodes, whose use is an activation: nothing else is taken for a neuron."""
    if node.op is not ops.add or uses[node] != 1 or not is_activation(child[node]):
        return None
    pairs: list[tuple[Any, Any]] = []
    biases: list[Any] = []
    parts: list[Value] = []
    waiting: list[Any] = [node]
    while waiting:
        part = waiting.pop()
        inner = isinstance(part, Value) and (part is node or uses[part] == 1)
        if inner and part.op is ops.add:
            parts.append(part)
            waiting.extend(reversed(part.operands))
        elif inner and part.op is ops.mul:
            w, x = _pair(part.operands[0], part.operands[1], parameters)
            if not parameters and isinstance(x, Value) and x.op is None and not (isinstance(w, Value) and w.op is None):
                w, x = x, w
            parts.append(part)
            pairs.append((w, x))
        else:
            biases.append(part)
    if not pairs or len(biases) > 1:
        return None
    return tuple(pairs), biases[0] if biases else None, tuple(reversed(parts))


def layers(found: Sequence[Neuron]) -> list[list[Neuron]]:
    """The neurons by layer, the first layer first."""
    by_layer: dict[int, list[Neuron]] = {}
    for neuron in found:
        by_layer.setdefault(neuron.layer, []).append(neuron)
    return [by_layer[layer] for layer in sorted(by_layer)]
