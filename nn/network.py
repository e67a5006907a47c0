"""A neuron, a layer of them, and layers in a row, written and called as in micrograd.

A neuron is two nodes: its *pre-activation* z = w₁x₁ + w₂x₂ + … + b, one `affine` node, and its
*activation* a, what an operation of the table makes of z; a linear neuron is z alone. Every call
makes new nodes, labelled so that they can be read in a picture, and marked with the `Scope` of the
call, so that a neuron or a layer can be boxed and folded.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, OperandError, Scope, Value, affine
from nn import activations, initialise
from nn.checks import whole
from nn.initialise import dice_of
from nn.labels import give, label
from nn.module import Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nn.activations import Wanted
    from nn.initialise import Wanted as First
    from nn.labels import Labels


class Neuron(Module):
    """z = w₁x₁ + w₂x₂ + … + b, and what the activation makes of z.

    `w` holds the weights and `b` the bias, None with `bias=False`. The weights are drawn uniformly
    from −1 to 1, or as `init` says: "xavier", "he", a number, or a function (see `nn.initialise`);
    the bias is 0. With a `seed` the neuron has dice of its own. `activation` is the name of an
    operation, a function of one Value, or None; `nonlin=False`, as micrograd writes it, is None
    too. `labels` names the parts: `labels={"w": "w1 w2", "z": "net", "a": "h"}`. `nout` is how many
    neurons read the same inputs; a layer says so.

    >>> neuron = Neuron(2, activation="sigmoid", seed=1)
    >>> a = neuron([0.5, -1.0])
    >>> a.label, a.parents[0].label, [p.label for p in neuron.parameters()]
    ('a', 'z', ['w1', 'w2', 'b'])

    Raises ArgumentError for a size below 1, an unknown activation, or inputs of another number.
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,  # noqa: FBT001, FBT002 -- as micrograd has it
        *,
        activation: Wanted = "relu",
        bias: bool = True,
        init: First = "uniform",
        seed: Any = None,
        labels: Labels | None = None,
        layer: int | None = None,
        number: int | None = None,
        nout: int = 1,
    ) -> None:
        inputs = range(1, whole("the number of inputs", nin, 1) + 1)
        dice, first = dice_of(seed), initialise.read(init)
        self.w = [Value(first(dice, len(inputs), nout), label("w", layer, number, place)) for place in inputs]
        self.b = Value(0.0, label("b", layer, number)) if bias else None
        self.activation = activations.read(activation if nonlin else None)
        self.name = "neuron" if number is None else f"neuron {number}"
        self.z_label = label("z", layer, number)
        self.a_label = label("a", layer, number)
        give(labels, [self])

    def __call__(self, x: Any, within: Scope | None = None) -> Value:
        """Compute the neuron; `within` is the scope of the layer that calls it."""
        if x.__class__ is not list or len(x) != len(self.w):
            x = _row(x, len(self.w), self.name)
        scope = Scope("neuron", self.name, within)
        z = affine(self.w, x, self.b).tag(self.z_label, scope)
        _, apply, one_node = self.activation
        if apply is None:
            return z
        a: Value = apply(z)
        if not one_node:
            activations.tag_made(a, scope)
        return a.tag(self.a_label, scope)

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, activation={self.activation.name!r})"


class Layer(Module):
    """`nout` neurons that read the same `nin` inputs; the other options are those of `Neuron`.

    Called with the inputs it gives the outputs of its neurons as a list; with one neuron, the output.

    >>> layer = Layer(2, 3, activation="tanh", seed=1)
    >>> [a.label for a in layer([0.5, -1.0])], layer.neurons[1].w[0].label
    (['a[1]', 'a[2]', 'a[3]'], 'w[2,1]')

    Raises ArgumentError for a size below 1, an unknown activation, or inputs of another number.
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool = True,  # noqa: FBT001, FBT002 -- as micrograd has it
        *,
        activation: Wanted = "relu",
        bias: bool = True,
        init: First = "uniform",
        seed: Any = None,
        labels: Labels | None = None,
        number: int | None = None,
    ) -> None:
        dice = dice_of(seed)
        self.neurons = [
            Neuron(
                nin,
                nonlin,
                activation=activation,
                bias=bias,
                init=init,
                seed=dice,
                layer=number,
                number=place,
                nout=nout,
            )
            for place in range(1, whole("the number of neurons", nout, 1) + 1)
        ]
        self.name = "layer" if number is None else f"layer {number}"
        give(labels, self.neurons)

    def __call__(self, x: Any) -> Any:
        """Compute every neuron from the same inputs."""
        x = _row(x, len(self.neurons[0].w), self.name)
        scope = Scope("layer", self.name)
        outputs = [neuron(x, scope) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.w)}, {len(self.neurons)}, activation={first.activation.name!r})"


class MLP(Module):
    """Layers in a row: `MLP(2, [16, 16, 1])` has 2 inputs, two hidden layers of 16, and 1 output.

    `activation` is that of the hidden layers; the last layer is linear unless it is given an
    `output_activation`. The other options are those of `Neuron`. With `random.seed(1337)` and no
    `seed` the weights are those that micrograd draws.

    >>> model = MLP(2, [3, 1], seed=1)
    >>> model([0.5, -1.0]).label, model.layers[0].neurons[2].w[1].label
    ('z2[1]', 'w1[3,2]')
    >>> print(model)
    MLP(2, [3, 1]) with 13 parameters
      layer 1: 2 → 3, relu, 9 parameters
      layer 2: 3 → 1, linear, 4 parameters

    Raises ArgumentError for no layers, a size below 1, an unknown activation, or inputs of another number.
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: Wanted = "relu",
        output_activation: Wanted = None,
        bias: bool = True,
        init: First = "uniform",
        seed: Any = None,
        labels: Labels | None = None,
    ) -> None:
        if isinstance(nouts, str) or not hasattr(nouts, "__iter__"):
            raise OperandError(f"MLP wants the sizes of its layers as a list, such as [16, 16, 1], not {nouts!r}")
        nouts = list(nouts)
        if not nouts:
            raise ArgumentError("MLP: the list of layer sizes is empty; give at least the output layer, such as [1]")
        dice = dice_of(seed)
        wanted = [activation] * (len(nouts) - 1) + [output_activation]
        self.layers = [
            Layer(fan_in, fan_out, activation=function, bias=bias, init=init, seed=dice, number=number)
            for number, ((fan_in, fan_out), function) in enumerate(zip(pairwise([nin, *nouts]), wanted), start=1)
        ]
        give(labels, [neuron for layer in self.layers for neuron in layer.neurons])

    def __call__(self, x: Any) -> Any:
        """The outputs of the last layer for one row of inputs: a list of Values; one output, the Value."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self) -> str:
        return f"MLP({len(self.layers[0].neurons[0].w)}, {[len(layer.neurons) for layer in self.layers]})"

    def __str__(self) -> str:
        lines = [f"{self!r} with {len(self.parameters())} parameters"]
        for layer in self.layers:
            first = layer.neurons[0]
            shape = f"{len(first.w)} → {len(layer.neurons)}"
            lines.append(f"  {layer.name}: {shape}, {first.activation.name}, {len(layer.parameters())} parameters")
        return "\n".join(lines)


# -- Reading what the user gave -------------------------------------------------------------------


def _row(x: Any, nin: int, name: str) -> list[Any]:
    """The inputs as a list of `nin` numbers and Values; where one is wanted it needs no list."""
    if hasattr(x, "tolist"):  # a row of an array, as plain numbers
        x = x.tolist()
    if nin == 1 and not hasattr(x, "__iter__"):
        return [x]
    if isinstance(x, (str, bytes)) or not hasattr(x, "__iter__"):
        raise OperandError(f"{name} takes a list of {nin} numbers or Values, not {x!r}")
    row = list(x)
    if len(row) != nin:
        raise ArgumentError(f"{name} takes {nin} input{'s' * (nin > 1)}, but was given {len(row)}")
    if isinstance(row[0], (list, tuple)):
        raise OperandError(f"{name} takes one row of inputs at a time: [model(row) for row in rows]")
    return row
