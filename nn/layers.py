"""Module, Neuron, Layer and MLP: a network of neurons, written and called as in micrograd.

A neuron makes two nodes: its *pre-activation* z = w₁x₁ + w₂x₂ + … + b, one `affine` node, and its *activation* a, an
operation applied to z. A linear neuron makes z only. Each call makes new nodes with labels, which show in a picture,
and with the `Scope` of the call, so that a picture can draw a neuron or a layer as one box.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, SupportsFloat, TypeAlias

from autograd import ArgumentError, OperandError, Value, affine, zero_grad
from autograd.engine.origins import Scope
from nn.activations import as_activation, tag_new_nodes
from nn.arguments import integer, plain
from nn.initialization import as_initializer, random_generator
from nn.labels import assign_labels, default_label
from nn.search import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nn.activations import ActivationLike
    from nn.initialization import InitializerLike
    from nn.labels import Labels, Parts

    Inputs: TypeAlias = Value | SupportsFloat | Iterable[Value | SupportsFloat]  # one row, or a number alone

    class Outputs(Value, list[Value]):  # type: ignore[misc] # which no object is
        """The Value or the list of Values that a network returns: a type checker cannot know which, and takes both."""


class Module:
    """A part of a network, and the base class of your own parts.

    Its *parameters* are the leaves that training changes. They are found among its attributes: leaves,
    other modules, and lists, tuples, dicts and NumPy arrays of them. A set is refused, since it has no
    order, and objects of other classes are not searched: derive those from `Module`, too. `buffer_names`
    are attributes with other numbers to be saved. A part that is called with all rows of a batch sets
    `takes_batch = True`; `fit` then calls the model with batches.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.height = Value(2.0, label="slope"), Value(1.0, label="height")
    ...     def __call__(self, x):
    ...         return self.slope * x + self.height
    >>> line = Line()
    >>> line(3.0).data, [p.label for p in line.parameters()]
    (7.0, ['slope', 'height'])
    """

    training = True  # False after eval(); parts such as Dropout behave differently in training
    takes_batch = False
    buffer_names: ClassVar[tuple[str, ...]] = ()

    if TYPE_CHECKING:

        def __call__(self, *args: Any, **options: Any) -> Any:
            """Compute what the module is for: a module of your own has this method."""

    def parameters(self) -> list[Value]:
        """Return each parameter once, in the order in which the attributes were set."""
        return [part for _, part in parts_of(self, Module) if isinstance(part, Value)]

    def named_parameters(self) -> dict[str, Value]:
        """Return the parameters by the path of attributes and indices that leads to each.

        >>> list(MLP(1, [2, 1]).named_parameters())[-2:]
        ['layers[1].neurons[0].w[1]', 'layers[1].neurons[0].b']
        """
        return {path.removeprefix("."): part for path, part in parts_of(self, Module) if isinstance(part, Value)}

    def modules(self) -> list[Module]:
        """Return this module and each module inside it once.

        >>> len(MLP(1, [2, 1]).modules())  # the network, two layers, three neurons
        6
        """
        return list(self.named_modules().values())

    def named_modules(self) -> dict[str, Module]:
        """Return the same by the path that leads to each; the path of this module is empty."""
        return {path.removeprefix("."): part for path, part in parts_of(self, Module) if isinstance(part, Module)}

    def zero_grad(self) -> None:
        """Set the gradient of each parameter to zero, before the next `backward()`."""
        zero_grad(self.parameters())

    def train(self, mode: bool = True) -> Module:  # noqa: FBT001, FBT002 -- as PyTorch has it
        """Set this module and all modules inside it to training mode, and return this module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Set this module and all modules inside it to evaluation mode: dropout does nothing, statistics are fixed.

        >>> from nn import Dropout
        >>> Dropout(0.9).eval()(3.0)
        3.0
        """
        return self.train(mode=False)

    def __repr__(self) -> str:
        count = len(self.parameters())
        return f"{type(self).__name__} with {count} parameter{'s' * (count != 1)}"


class Neuron(Module):
    """One neuron: z = w₁x₁ + w₂x₂ + … + b, and the activation of z.

    `w` holds the weights and `b` the bias, None with `bias=False`. The weights are drawn uniformly
    from −1 to 1, or as `init` says: "xavier", "he", a number, or a function (see `nn.initialization`);
    the bias starts at 0. With a `seed` the neuron uses its own random generator. `activation` is the
    name of an operation, a function of one Value, or None; `nonlin=False`, as in micrograd, is the
    same as None. `labels` names the parts: `labels={"w": "w1 w2", "z": "net", "a": "h"}`. `layer`,
    `number` and `nout`, the number of neurons that read the same inputs, are set by a `Layer`.

    >>> neuron = Neuron(2, activation="sigmoid", seed=1)
    >>> a = neuron([0.5, -1.0])
    >>> a.label, a.parents[0].label, [p.label for p in neuron.parameters()]
    ('a', 'z', ['w1', 'w2', 'b'])

    Raises ArgumentError for a size below 1, an unknown activation, or a wrong number of inputs.
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,  # noqa: FBT001, FBT002 -- as micrograd has it
        *,
        activation: ActivationLike = "relu",
        bias: bool = True,
        init: InitializerLike = "uniform",
        seed: Any = None,
        labels: Labels | None = None,
        layer: int | None = None,
        number: int | None = None,
        nout: int = 1,
    ) -> None:
        nin = integer("the number of inputs", nin, 1)
        generator, initializer = random_generator(seed), as_initializer(init)
        self.w = [
            Value(initializer(generator, nin, nout), default_label("w", layer, number, place))
            for place in range(1, nin + 1)
        ]
        self.b = Value(0.0, default_label("b", layer, number)) if bias else None
        self.activation = as_activation(activation if nonlin else None)
        self.name = "neuron" if number is None else f"neuron {number}"
        self.z_label = default_label("z", layer, number)
        self.a_label = default_label("a", layer, number)
        assign_labels(labels, labeled_parts([self]))

    def __call__(self, x: Inputs, within: Scope | None = None) -> Value:
        """Return the output for one row of inputs; `within` is the scope of the layer that calls the neuron."""
        if x.__class__ is not list or len(x) != len(self.w):
            x = _row(x, len(self.w), self.name)
        scope = Scope("neuron", self.name, within)
        z = affine(self.w, x, self.b).tag(self.z_label, scope)
        _, apply, one_node = self.activation
        if apply is None:
            return z
        a: Value = apply(z)
        if not one_node:
            tag_new_nodes(a, scope)
        return a.tag(self.a_label, scope)

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, activation={self.activation.name!r})"


class Layer(Module):
    """`nout` neurons that read the same `nin` inputs; the other options are those of `Neuron`.

    A call returns the list of the neurons' outputs; with one neuron, its output.

    >>> layer = Layer(2, 3, activation="tanh", seed=1)
    >>> [a.label for a in layer([0.5, -1.0])], layer.neurons[1].w[0].label
    (['a[1]', 'a[2]', 'a[3]'], 'w[2,1]')

    Raises ArgumentError for a size below 1, an unknown activation, or a wrong number of inputs.
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool = True,  # noqa: FBT001, FBT002 -- as micrograd has it
        *,
        activation: ActivationLike = "relu",
        bias: bool = True,
        init: InitializerLike = "uniform",
        seed: Any = None,
        labels: Labels | None = None,
        number: int | None = None,
    ) -> None:
        options: dict[str, Any] = {"activation": activation, "bias": bias, "init": init, "seed": random_generator(seed)}
        self.neurons = [
            Neuron(nin, nonlin, **options, layer=number, number=place, nout=nout)
            for place in range(1, integer("the number of neurons", nout, 1) + 1)
        ]
        self.name = "layer" if number is None else f"layer {number}"
        assign_labels(labels, labeled_parts(self.neurons))

    def __call__(self, x: Inputs) -> Outputs:
        """Return the outputs for one row of inputs: a list of Values, or the Value of a single neuron."""
        x = _row(x, len(self.neurons[0].w), self.name)
        scope = Scope("layer", self.name)
        outputs = [neuron(x, scope) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs  # type: ignore[return-value] # one of the two

    def __repr__(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.w)}, {len(self.neurons)}, activation={first.activation.name!r})"


class MLP(Module):
    """A multilayer perceptron: `MLP(2, [16, 16, 1])` has 2 inputs, two hidden layers of 16, and 1 output.

    `activation` is that of the hidden layers; the last layer is linear unless an `output_activation`
    is given. The other options are those of `Neuron`. With `random.seed(1337)` and no `seed` the
    weights are those that micrograd draws.

    >>> model = MLP(2, [3, 1], seed=1)
    >>> model([0.5, -1.0]).label, model.layers[0].neurons[2].w[1].label
    ('z2[1]', 'w1[3,2]')
    >>> print(model)
    MLP(2, [3, 1]) with 13 parameters
      layer 1: 2 → 3, relu, 9 parameters
      layer 2: 3 → 1, linear, 4 parameters

    Raises ArgumentError for no layers, a size below 1, an unknown activation, or a wrong number of inputs.
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: ActivationLike = "relu",
        output_activation: ActivationLike = None,
        bias: bool = True,
        init: InitializerLike = "uniform",
        seed: Any = None,
        labels: Labels | None = None,
    ) -> None:
        if isinstance(nouts, str) or not hasattr(nouts, "__iter__"):
            raise OperandError(f"MLP needs the sizes of its layers as a list, such as [16, 16, 1], not {nouts!r}")
        nouts = list(nouts)
        if not nouts:
            raise ArgumentError("MLP: the list of layer sizes is empty; give at least the output layer, such as [1]")
        generator = random_generator(seed)
        functions = [activation] * (len(nouts) - 1) + [output_activation]
        self.layers = [
            Layer(fan_in, fan_out, activation=function, bias=bias, init=init, seed=generator, number=number)
            for number, ((fan_in, fan_out), function) in enumerate(zip(pairwise([nin, *nouts]), functions), start=1)
        ]
        assign_labels(labels, labeled_parts([neuron for layer in self.layers for neuron in layer.neurons]))

    def __call__(self, x: Inputs) -> Outputs:
        """Return the outputs of the last layer for one row of inputs: a list of Values, or a single Value."""
        for layer in self.layers:
            x = layer(x)
        return x  # type: ignore[return-value] # what the last layer returned

    def __repr__(self) -> str:
        return f"MLP({len(self.layers[0].neurons[0].w)}, {[len(layer.neurons) for layer in self.layers]})"

    def __str__(self) -> str:
        lines = [f"{self!r} with {len(self.parameters())} parameters"]
        for layer in self.layers:
            first = layer.neurons[0]
            shape = f"{len(first.w)} → {len(layer.neurons)}"
            lines.append(f"  {layer.name}: {shape}, {first.activation.name}, {len(layer.parameters())} parameters")
        return "\n".join(lines)


def labeled_parts(neurons: Sequence[Neuron]) -> Parts:
    """Return all parts of the neurons that have a label, by kind, in order."""
    return {
        "w": [(weight, "label") for neuron in neurons for weight in neuron.w],
        "b": [(neuron.b, "label") for neuron in neurons if neuron.b is not None],
        "z": [(neuron, "z_label") for neuron in neurons],
        "a": [(neuron, "a_label") for neuron in neurons if neuron.activation.apply is not None],
    }


def _row(x: Any, nin: int, name: str) -> list[Any]:
    """Return the inputs as a list of `nin` numbers and Values; a single input needs no list."""
    x = plain(x)
    if nin == 1 and not hasattr(x, "__iter__"):
        return [x]
    if isinstance(x, (str, bytes)) or not hasattr(x, "__iter__"):
        raise OperandError(f"{name} takes a list of {nin} numbers or Values, not {x!r}")
    row = list(x)
    if row and isinstance(row[0], (list, tuple)):
        raise OperandError(f"{name} takes one row of inputs at a time: [model(row) for row in rows]")
    if len(row) != nin:
        raise ArgumentError(f"{name} takes {nin} input{'s' * (nin > 1)}, but was given {len(row)}")
    return row
