"""Networks made from single connections: each weight is named by what it connects.

`{"x1,1": 0.3, "1,3": −0.8}` has a weight from input x1 to neuron 1 and one from neuron 1 to neuron 3.
A name that no connection leads to is an input; one that leads nowhere is an output. Layers are not needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, SupportsFloat

from autograd import ArgumentError, NotFoundError, OperandError, Value, affine, gradients
from autograd.engine.origins import Scope
from nn.activations import as_activation, tag_new_nodes
from nn.arguments import plain
from nn.layers import Module

if TYPE_CHECKING:
    from nn.layers import Inputs, Outputs

LABELS = {"w": "w[{}]", "b": "b[{}]", "z": "z[{}]", "a": "a[{}]"}


class Wired(Module):
    """A network of named neurons and the weights between them; made by `from_weights` from a mapping.

    `labels` are patterns such as `{"w": "w_{}", "z": "r{}"}`, filled in with the name of the connection or the neuron.

    >>> net = Wired({"x,1": 2.0, "1,2": 3.0}, {1: 0.5}, activation=None)
    >>> y = net([4.0])
    >>> y.data, net.gradients(y), net.deltas(y)
    (25.5, {'x,1': 12.0, '1,2': 8.5}, {'1': [3.0], '2': [1.0]})

    Raises ArgumentError for a circle of connections, and for a bias or activation of an unknown neuron.
    """

    def __init__(self, weights: Any, biases: Any = None, *, activation: Any = "sigmoid", labels: Any = None) -> None:
        self.labels = _patterns(labels)
        edges = {_edge(name): weight for name, weight in weights.items()}
        if not edges:
            raise ArgumentError("from_weights: the mapping of weights is empty")
        targets = list(dict.fromkeys(target for _, target in edges))
        sources = list(dict.fromkeys(source for source, _ in edges))
        self.inputs = [source for source in sources if source not in targets]
        self.outputs = [target for target in targets if target not in sources]
        into = {target: [source for source, to in edges if to == target] for target in targets}
        self.order = _in_order(into, self.inputs)
        self.into = {target: into[target] for target in self.order}
        self.w = {f"{a},{b}": leaf(w, self.labels["w"].format(f"{a},{b}")) for (a, b), w in edges.items()}
        given = _of_neurons(biases, self.order, "bias")
        self.b = {name: leaf(given[name], self.labels["b"].format(name)) for name in self.order if name in given}
        if isinstance(activation, Mapping):
            wanted = dict.fromkeys(self.order, "sigmoid") | _of_neurons(activation, self.order, "activation")
        else:
            wanted = dict.fromkeys(self.order, activation)
        self.activations = {name: as_activation(each) for name, each in wanted.items()}

    def __call__(self, x: Inputs | Mapping[str, Value | SupportsFloat]) -> Outputs:
        """Return the outputs for one row of inputs, given in order or by name: a list of Values, or a single Value."""
        made = dict(zip(self.inputs, self._row(x)))
        for name in self.order:
            scope = Scope("neuron", f"neuron {name}")
            weights = [self.w[f"{source},{name}"] for source in self.into[name]]
            node = affine(weights, [made[source] for source in self.into[name]], self.b.get(name))
            node.tag(self.labels["z"].format(name), scope)
            _, apply, one_node = self.activations[name]
            if apply is not None:
                node = apply(node)
                if not one_node:
                    tag_new_nodes(node, scope)
                node.tag(self.labels["a"].format(name), scope)
            made[name] = node
        outputs = [made[name] for name in self.outputs]
        return outputs[0] if len(outputs) == 1 else outputs  # type: ignore[return-value] # one of the two

    def _row(self, x: Any) -> list[Any]:
        if isinstance(x, Mapping):
            if x.keys() != set(self.inputs):
                raise ArgumentError(f"the inputs must be {', '.join(self.inputs)}, not {', '.join(map(str, x))}")
            return [x[name] for name in self.inputs]
        row = plain(x)
        if isinstance(row, (str, Value)) or not hasattr(row, "__iter__"):
            raise OperandError(f"the network takes a list of inputs for {', '.join(self.inputs)}, not {x!r}")
        row, count = list(row), len(self.inputs)
        if len(row) != count:
            raise ArgumentError(f"the network takes {count} inputs, {', '.join(self.inputs)}, not {len(row)}")
        return row

    # -- Weights, gradients and deltas ------------------------------------------------------------

    def weights(self) -> dict[str, Any]:
        """Return the present weights, by name."""
        return {name: w.data for name, w in self.w.items()}

    def biases(self) -> dict[str, Any]:
        """Return the present biases, by the name of their neuron."""
        return {name: b.data for name, b in self.b.items()}

    def gradients(self, loss: Value | None = None) -> dict[str, Any]:
        """Return ∂E/∂w by the name of the weight: from the last `backward()`, or of a given loss."""
        return dict(zip(self.w, map(gradient_reader(loss), self.w.values())))

    def bias_gradients(self, loss: Value | None = None) -> dict[str, Any]:
        """Return ∂E/∂b by the name of the neuron: from the last `backward()`, or of a given loss."""
        return dict(zip(self.b, map(gradient_reader(loss), self.b.values())))

    def deltas(self, loss: Value, of: str = "z") -> dict[str, list[Any]]:
        """Return the error signal of every neuron, one number for each row: ∂E/∂z, or ∂E/∂a with `of="a"`.

        Raises NotFoundError if the loss was not computed by this network.
        """
        neuron_of = {self.w[f"{self.into[name][0]},{name}"]: name for name in self.order}
        deltas: dict[str, list[Any]] = {name: [] for name in self.order}
        for _, first_weight, delta in neuron_deltas(loss, of):
            if first_weight in neuron_of:
                deltas[neuron_of[first_weight]].append(delta)
        if not any(deltas.values()):
            raise NotFoundError("deltas: the loss was not computed by this network")
        return deltas

    def __repr__(self) -> str:
        return f"Wired({len(self.w)} weights, {' '.join(self.inputs)} → {' '.join(self.order)})"


def gradients_of(loss: Any) -> dict[Value, Any]:
    """Return the gradient of a loss for each of its nodes; raise OperandError if the loss is not a Value."""
    if not isinstance(loss, Value):
        raise OperandError(f"the loss must be a Value, computed from the outputs of the network, not {loss!r}")
    return gradients(loss)


def gradient_reader(loss: Value | None) -> Callable[[Any], Any]:
    """Return a function that gives the gradient of a parameter: its `grad`, or that of a given loss."""
    if loss is None:
        return lambda parameter: parameter.grad
    found = gradients_of(loss)
    return lambda parameter: found.get(parameter, 0.0)


def neuron_deltas(loss: Value, of: str) -> Iterator[tuple[Scope, Any, Any]]:
    """Yield the scope, the first weight and the delta of each neuron that the loss was computed with, loss first.

    Raises ArgumentError if `of` is not "z" or "a", OperandError if the loss is not a Value.
    """
    if of not in ("z", "a"):
        raise ArgumentError(f"deltas: of must be 'z', the pre-activations, or 'a', the activations, not {of!r}")
    found = gradients_of(loss)
    seen: set[Value] = set()
    activation: dict[Scope, Value] = {}  # from the loss down, a comes before z
    waiting = [loss]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        waiting.extend(reversed(node.parents))
        if node.scope is not None:
            a = activation.setdefault(node.scope, node)
            if node.op is not None and node.op.name == "affine":
                yield node.scope, node.operands[0], found[node if of == "z" else a]


def _edge(name: Any) -> tuple[str, str]:
    parts = name if isinstance(name, tuple) else str(name).split(",")
    parts = [str(part).strip() for part in parts]
    if len(parts) != 2 or not all(parts):
        raise ArgumentError(f"from_weights: a weight must be named by what it connects, as in 'x1,1', not {name!r}")
    return parts[0], parts[1]


def leaf(number: Any, label: str = "") -> Value:
    """Return a given weight or bias as a leaf, with this label unless it has one."""
    if not isinstance(number, Value):
        return Value(number, label)
    if number.op is not None:
        raise ArgumentError(f"from_weights: {number!r} was computed; a weight or bias must be a leaf")
    number.label = number.label or label
    return number


def _patterns(labels: Any) -> dict[str, str]:
    if labels is None:
        return LABELS
    if not isinstance(labels, Mapping) or not labels.keys() <= LABELS.keys():
        raise ArgumentError(f"labels: for weights by name the kinds are {', '.join(LABELS)}, not {labels!r}")
    for kind, pattern in labels.items():
        if not isinstance(pattern, str) or not re.fullmatch(r"[^{}]*\{\}[^{}]*", pattern):
            raise ArgumentError(f"labels: {kind!r} must be a pattern with one {{}}, such as 'r{{}}', not {pattern!r}")
    return LABELS | dict(labels)


def _of_neurons(given: Any, neurons: list[str], what: str) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise OperandError(
            f"from_weights: with weights by name, each {what} must be given by its neuron, not as {given!r}"
        )
    named = {str(name): thing for name, thing in given.items()}
    for name in named:
        if name not in neurons:
            raise ArgumentError(f"from_weights: the {what} of {name!r}: no weight leads to a neuron of that name")
    return named


def _in_order(into: dict[str, list[str]], inputs: list[str]) -> list[str]:
    """Return the neurons, each after those that lead to it, and otherwise in the order given."""
    done, order, waiting = set(inputs), [], list(into)
    while waiting:
        ready = [name for name in waiting if done.issuperset(into[name])]
        if not ready:
            raise ArgumentError(f"from_weights: the connections of {', '.join(waiting)} lead in a circle")
        order += ready
        done.update(ready)
        waiting = [name for name in waiting if name not in done]
    return order
