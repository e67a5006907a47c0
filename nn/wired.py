"""A network given connection by connection: each weight by the names of what it connects.

`{"x1,1": 0.3, "1,3": −0.8}` has a weight from input x1 to neuron 1 and one from neuron 1 to neuron 3;
what nothing leads to is an input, what leads nowhere an output. It need not have layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autograd import ArgumentError, NotFoundError, OperandError, Scope, Value, affine, gradients
from nn import activations
from nn.module import Module

LABELS = {"w": "w[{}]", "b": "b[{}]", "z": "z[{}]", "a": "a[{}]"}


class Wired(Module):
    """Neurons and the weights between them, by name; made by `from_weights` from a mapping.

    `labels` are patterns such as `{"w": "w_{}", "z": "r{}"}`, filled in with the name of the
    connection or the neuron.

    >>> net = Wired({"x,1": 2.0, "1,2": 3.0}, {1: 0.5}, activation=None)
    >>> y = net([4.0])
    >>> y.data, net.gradients(y), net.deltas(y)
    (25.5, {'x,1': 12.0, '1,2': 8.5}, {'1': [3.0], '2': [1.0]})

    Raises ArgumentError for a circle of connections, or a bias or activation of a neuron that there is not.
    """

    def __init__(self, weights: Any, biases: Any = None, *, activation: Any = "sigmoid", labels: Any = None) -> None:
        self.labels = _patterns(labels)
        edges = {_edge(name): weight for name, weight in weights.items()}
        if not edges:
            raise ArgumentError("from_weights: there is no weight at all")
        targets = list(dict.fromkeys(target for _, target in edges))
        sources = list(dict.fromkeys(source for source, _ in edges))
        self.inputs = [source for source in sources if source not in targets]
        self.outputs = [target for target in targets if target not in sources]
        into = {target: [source for source, to in edges if to == target] for target in targets}
        self.order = _in_order(into, self.inputs)
        self.into = {target: into[target] for target in self.order}
        self.w = {f"{a},{b}": _leaf(w, self.labels["w"].format(f"{a},{b}")) for (a, b), w in edges.items()}
        given = _of_neurons(biases, self.order, "bias")
        self.b = {name: _leaf(given[name], self.labels["b"].format(name)) for name in self.order if name in given}
        wanted = _of_neurons(activation, self.order, "activation") if isinstance(activation, Mapping) else None
        self.activations = {
            name: activations.read(activation if wanted is None else wanted.get(name, "sigmoid")) for name in self.order
        }

    def __call__(self, x: Any) -> Any:
        """The outputs for one row of inputs, in the order of `inputs`, or by their names: one Value, or a list."""
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
                    activations.tag_made(node, scope)
                node.tag(self.labels["a"].format(name), scope)
            made[name] = node
        outputs = [made[name] for name in self.outputs]
        return outputs[0] if len(outputs) == 1 else outputs

    def _row(self, x: Any) -> list[Any]:
        if isinstance(x, Mapping):
            if x.keys() != set(self.inputs):
                raise ArgumentError(f"the inputs are {', '.join(self.inputs)}, not {', '.join(map(str, x))}")
            return [x[name] for name in self.inputs]
        row = x.tolist() if hasattr(x, "tolist") else x
        if isinstance(row, (str, Value)) or not hasattr(row, "__iter__"):
            raise OperandError(f"the network takes a list of inputs for {', '.join(self.inputs)}, not {x!r}")
        row = list(row)
        if len(row) != len(self.inputs):
            raise ArgumentError(
                f"the network takes {len(self.inputs)} inputs, {', '.join(self.inputs)}, not {len(row)}"
            )
        return row

    # -- Read back -------------------------------------------------------------------------------

    def weights(self) -> dict[str, Any]:
        """The weights as they are now, by name."""
        return {name: w.data for name, w in self.w.items()}

    def biases(self) -> dict[str, Any]:
        """The biases as they are now, by the name of their neuron."""
        return {name: b.data for name, b in self.b.items()}

    def gradients(self, loss: Value | None = None) -> dict[str, Any]:
        """∂E/∂w by the weight's name: what `backward()` left, or that of a loss, changing nothing."""
        found = None if loss is None else gradients_of(loss)
        return {name: w.grad if found is None else found.get(w, 0.0) for name, w in self.w.items()}

    def bias_gradients(self, loss: Value | None = None) -> dict[str, Any]:
        """∂E/∂b by the neuron's name."""
        found = None if loss is None else gradients_of(loss)
        return {name: b.grad if found is None else found.get(b, 0.0) for name, b in self.b.items()}

    def deltas(self, loss: Value, of: str = "z") -> dict[str, list[Any]]:
        """The error signal of every neuron, one number for each row: ∂E/∂z, or ∂E/∂a with `of="a"`.

        Raises NotFoundError where the loss was not computed by this network.
        """
        if of not in ("z", "a"):
            raise ArgumentError(f"deltas: of 'z', the pre-activations, or of 'a', the activations, not {of!r}")
        found = gradients_of(loss)
        whose = {self.w[f"{self.into[name][0]},{name}"]: name for name in self.order}
        nodes: dict[str, list[Value]] = {name: [] for name in self.order}
        first: dict[Scope, Value] = {}  # met from the loss down, a comes before z
        for node in downwards(loss):
            if node.scope is None:
                continue
            a = first.setdefault(node.scope, node)
            if node.op is not None and node.op.name == "affine" and node.operands[0] in whose:
                nodes[whose[node.operands[0]]].append(node if of == "z" else a)
        if not any(nodes.values()):
            raise NotFoundError("deltas: the loss was not computed by this network")
        return {name: [found[node] for node in of_neuron] for name, of_neuron in nodes.items()}

    def __repr__(self) -> str:
        return f"Wired({len(self.w)} weights, {' '.join(self.inputs)} → {' '.join(self.order)})"


def gradients_of(loss: Any) -> dict[Value, Any]:
    """The gradient of a loss by every node below it; OperandError for what is no Value."""
    if not isinstance(loss, Value):
        raise OperandError(f"the loss is a Value, computed from the outputs of the network, not {loss!r}")
    return gradients(loss)


def downwards(loss: Value) -> Iterator[Value]:
    """The nodes from the loss down, each once, and each operand's in order."""
    seen: set[Value] = set()
    waiting = [loss]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(reversed(node.parents))
            yield node


def _edge(name: Any) -> tuple[str, str]:
    parts = name if isinstance(name, tuple) else str(name).split(",")
    parts = [str(part).strip() for part in parts]
    if len(parts) != 2 or not all(parts):
        raise ArgumentError(f"from_weights: a weight is named after what it connects, as in 'x1,1', not {name!r}")
    return parts[0], parts[1]


def _leaf(number: Any, label: str) -> Value:
    if not isinstance(number, Value):
        return Value(number, label)
    if number.op is not None:
        raise ArgumentError(f"from_weights: {number!r} was computed; a weight is a leaf")
    number.label = number.label or label
    return number


def _patterns(labels: Any) -> dict[str, str]:
    if labels is None:
        return LABELS
    if not isinstance(labels, Mapping) or not labels.keys() <= LABELS.keys():
        raise ArgumentError(f"labels: for weights by name there are the kinds {', '.join(LABELS)}, not {labels!r}")
    for kind, pattern in labels.items():
        if (
            not isinstance(pattern, str)
            or pattern.count("{}") != 1
            or pattern.replace("{}", "").strip("{}") != (pattern.replace("{}", ""))
        ):
            raise ArgumentError(f"labels: {kind!r} is a pattern with one {{}}, such as 'r{{}}', not {pattern!r}")
    return LABELS | dict(labels)


def _of_neurons(given: Any, neurons: list[str], what: str) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise OperandError(f"from_weights: with weights by name, each {what} is given by its neuron, not as {given!r}")
    named = {str(name): thing for name, thing in given.items()}
    for name in named:
        if name not in neurons:
            raise ArgumentError(f"from_weights: the {what} of {name!r}: no weight leads to a neuron of that name")
    return named


def _in_order(into: dict[str, list[str]], inputs: list[str]) -> list[str]:
    """The neurons, each after those that lead to it, else as they are written."""
    done, order, waiting = set(inputs), [], list(into)
    while waiting:
        ready = [name for name in waiting if all(source in done for source in into[name])]
        if not ready:
            raise ArgumentError(f"from_weights: the connections of {', '.join(waiting)} lead in a circle")
        order += ready
        done.update(ready)
        waiting = [name for name in waiting if name not in done]
    return order
