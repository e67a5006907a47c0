"""The neurons of a graph and their layers, found from its operations.

A *neuron* has a *pre-activation* z: a sum of weights times inputs, with or without a bias, as one
`affine` node or as `+` and `×` nodes. Its *activation* a is the activation function of z, where
nothing else uses z. A neuron without one is linear, and a is z. Its *error signal* δ is ∂E/∂z. The
layer of a neuron is the number of neurons on the longest way to it, itself included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.engine.value import Value
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    Uses = Mapping[Value, Sequence[tuple[Value, int, Any]]]  # those of a Graph
    WeightedSum = tuple[tuple[tuple[Any, Any], ...], Any, tuple[Value, ...]]  # the pairs, the bias, the parts


def is_activation(node: Value) -> bool:
    """Return whether the operation of a node is an activation function."""
    return node.op is not None and node.op.is_activation


class NeuronUse(NamedTuple):
    """One neuron for one sample: z, a, a pair (weight, input) for each input, the bias, and its layer from 1.

    `parts` are the nodes that z was added up in, z the last of them; where z is one node, z alone.
    """

    z: Value
    a: Value
    pairs: tuple[tuple[Any, Any], ...]
    bias: Any
    layer: int
    parts: tuple[Value, ...]

    @property
    def is_linear(self) -> bool:
        """True for a neuron without an activation function."""
        return self.a is self.z


def find_neurons(order: Sequence[Value], uses: Uses, parameters: Collection[Value] = ()) -> list[NeuronUse]:
    """Return the neurons of a graph in an order of its nodes; `uses` are those of the graph.

    Where `parameters` are given, a weight is one of them. Otherwise the weight is the first of a
    pair in `affine`, and the leaf in a product.

    >>> from autograd import affine
    >>> from autograd.engine.graph import Graph
    >>> w, x = Value(0.5, "w"), Value(2.0, "x")
    >>> graph = Graph(affine([w], [x]).tanh())
    >>> [found] = find_neurons(graph.order, graph.uses)
    >>> found.pairs == ((w, x),), found.a.op.name, found.layer
    (True, 'tanh', 1)
    """
    parameters = set(parameters)
    depth: dict[Value, int] = {}
    # Neurons of `nn` say which nodes are theirs; the last of these is the activation.
    last: dict[Any, Value] = {node.scope: node for node in order if node.scope and node.scope.kind == "neuron"}
    found = []
    for node in order:
        depth[node] = max([depth[parent] for parent, _ in node.edges()], default=0)
        summed = _affine(node, parameters) or _added_up(node, uses, parameters)
        if summed is None:
            continue
        pairs, bias, parts = summed
        a = last.get(node.scope, node)
        if a is node:
            a = _activation(node, uses)
        inputs = (x for _, x in pairs if isinstance(x, Value))
        depth[node] = 1 + max((depth[x] for x in inputs), default=0)
        found.append(NeuronUse(node, a, pairs, bias, depth[node], parts))
    return found


def _activation(node: Value, uses: Uses) -> Value:
    """Return the activation function that is the only use of a node, or the node itself."""
    if len(uses[node]) != 1:
        return node
    only = uses[node][0][0]
    return only if is_activation(only) and only.operands[0] is node else node


def _affine(node: Value, parameters: Collection[Value]) -> WeightedSum | None:
    if node.op is not ops.affine:
        return None
    operands = node.operands
    pairs = tuple(_pair(w, x, parameters) for w, x in zip(operands[0::2], operands[1::2]))
    return (pairs, operands[-1] if len(operands) % 2 else None, (node,)) if pairs else None


def _pair(w: Any, x: Any, parameters: Collection[Value]) -> tuple[Any, Any]:
    """Return two operands, the weight first."""
    swap = isinstance(x, Value) and x in parameters and not (isinstance(w, Value) and w in parameters)
    return (x, w) if swap else (w, x)


def _added_up(node: Value, uses: Uses, parameters: Collection[Value]) -> WeightedSum | None:
    """Return a sum of products in `+` and `×` nodes; None where its only use is not an activation function."""
    if node.op is not ops.add or len(uses[node]) != 1 or not is_activation(uses[node][0][0]):
        return None
    pairs: list[tuple[Any, Any]] = []
    biases: list[Any] = []
    parts: list[Value] = []
    waiting: list[Any] = [node]
    while waiting:
        part = waiting.pop()
        inner = isinstance(part, Value) and (part is node or len(uses[part]) == 1)
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


def layers_of(neurons: Sequence[NeuronUse]) -> list[list[NeuronUse]]:
    """Return the neurons of each layer, the first layer first."""
    by_layer: dict[int, list[NeuronUse]] = {}
    for neuron in neurons:
        by_layer.setdefault(neuron.layer, []).append(neuron)
    return [by_layer[layer] for layer in sorted(by_layer)]
