"""The same backward pass in matrices, for a network of layers in a row.

A layer has the weights W and the inputs A, with one column for each sample, and Z = W·A + b. Back
from the last layer, δ = (Wᵀδ of the next layer) ⊙ σ′(Z) and ∂E/∂W = δ·Aᵀ. The results are compared
with the gradients of the nodes, which shows that the two are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.derivation.formulas import abridged, number_of
from autograd.document.blocks import Equations, Heading, sentence
from autograd.engine.value import Value
from autograd.errors import OperandError
from autograd.symbolic.equations import DOTS, Elementwise, Equation, Function, Matrix, Product, Sign, Sum
from autograd.symbolic.expr import Apply, Symbol
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.derivation.context import DerivationContext
    from autograd.derivation.neurons import NeuronUse
    from autograd.document.blocks import Block
    from autograd.symbolic.expr import Formula

MAX_SHOWN = 6  # rows and columns of a matrix that fit on a page; of more, the first and the last are shown

Rows = list[list[Any]]


class LayerMatrices(NamedTuple):
    """One layer in matrices with one column for each sample; `arriving` is ∂E/∂A, `delta` is δ."""

    number: int
    neurons: list[list[NeuronUse]]
    weights: Rows
    biases: list[Any]
    inputs: Rows
    z: Rows
    a: Rows
    slopes: Rows
    arriving: Rows
    delta: Rows
    gradient: Rows
    bias_gradient: list[Any]


class MatrixForm(NamedTuple):
    """The layers, the first one first, and the largest difference from the gradients of the nodes."""

    layers: list[LayerMatrices]
    difference: Any


def weights_of(model: Any) -> list[list[tuple[list[Value], Any]]]:
    """Return the weights and the bias of each neuron of each layer of a model such as `nn.MLP`.

    Raises OperandError for what has no layers of neurons.
    """
    try:
        return [[(list(neuron.w), neuron.b) for neuron in layer.neurons] for layer in model.layers]
    except (AttributeError, TypeError):
        wanted = "a network with .layers, each with .neurons that have .w and .b, such as nn.MLP"
        raise OperandError(f"model is {wanted}, not {model!r}") from None


def uses_by_layer(context: DerivationContext, model: Any = None) -> list[list[list[NeuronUse]]] | str:
    """Return for each layer, for each of its neurons, its use in each sample; or why the graph has no such layers."""
    of_weights: dict[tuple[int, ...], list[NeuronUse]] = {}
    for neuron in context.neurons:
        of_weights.setdefault(tuple(id(w) for w, _ in neuron.pairs), []).append(neuron)
    if model is not None:
        wanted = [[of_weights.get(tuple(map(id, w)), []) for w, _ in layer] for layer in weights_of(model)]
    else:
        by_layer: dict[int, list[list[NeuronUse]]] = {}
        for uses in of_weights.values():
            by_layer.setdefault(uses[0].layer, []).append(uses)
        wanted = [by_layer[number] for number in sorted(by_layer)]
    if not wanted or not all(wanted):
        return "there are no layers of neurons in this graph"
    samples = len(wanted[0][0])
    if not samples or any(len(uses) != samples for layer in wanted for uses in layer):
        return "its neurons are not all used equally often"
    if any(not isinstance(w, Value) for layer in wanted for uses in layer for w, _ in uses[0].pairs):
        return "some of its weights are plain numbers"
    for before, layer in zip([None, *wanted], wanted):
        for sample in range(samples):
            first = [x for _, x in layer[0][sample].pairs]
            if any([x for _, x in uses[sample].pairs] != first for uses in layer):
                return "the neurons of a layer do not read the same inputs"
            if before is not None and first != [uses[sample].a for uses in before]:
                return "its layers do not each read the layer before"
    return wanted


def compute_matrices(context: DerivationContext, model: Any = None) -> MatrixForm | str:
    """Return the backward pass in matrices, or why the graph is no network of layers in a row."""
    wanted = uses_by_layer(context, model)
    if isinstance(wanted, str):
        return wanted
    found: list[LayerMatrices] = []
    for number, layer in reversed(list(enumerate(wanted, 1))):
        weights = [[w.data for w, _ in uses[0].pairs] for uses in layer]
        inputs = transpose([[number_of(x) for _, x in use.pairs] for use in layer[0]])
        slopes = [[context.activation_slope(use)[1] for use in uses] for uses in layer]
        if found:
            arriving = matrix_product(transpose(found[-1].weights), found[-1].delta)
        else:
            arriving = [[context.gradients[use.a] for use in uses] for uses in layer]
        delta = [[e * s for e, s in zip(*pair)] for pair in zip(arriving, slopes)]
        biases = [uses[0].bias for uses in layer]
        z, a = ([[getattr(use, node).data for use in uses] for uses in layer] for node in "za")
        gradient, bias_gradient = matrix_product(delta, transpose(inputs)), [sum(row[1:], row[0]) for row in delta]
        forward, backward = (weights, biases, inputs, z, a), (slopes, arriving, delta, gradient, bias_gradient)
        found.append(LayerMatrices(number, layer, *forward, *backward))
    found.reverse()
    return MatrixForm(found, max(abs(a - b) for layer in found for _, a, b in compared(context, layer)))


def compared(context: DerivationContext, layer: LayerMatrices) -> list[tuple[Formula, Any, Any]]:
    """Return each δ and each gradient of a layer: its name, its value at the node, and its value in the matrices."""
    found: list[tuple[Formula, Any, Any]] = []
    for row, uses in enumerate(layer.neurons):
        found += [(context.delta(use), context.gradients[use.z], x) for use, x in zip(uses, layer.delta[row])]
        weights = zip((w for w, _ in uses[0].pairs), layer.gradient[row])
        for parameter, x in (*weights, (layer.biases[row], layer.bias_gradient[row])):
            if isinstance(parameter, Value):
                found.append((context.derivative(parameter), context.gradients[parameter], x))
    return found


def matrix_product(a: Rows, b: Rows) -> Rows:
    """Return the product of two matrices.

    >>> matrix_product([[1, 2], [3, 4]], [[5], [6]])
    [[17], [39]]
    """
    columns = list(zip(*b))
    return [[sum((x * y for x, y in zip(row[1:], column[1:])), row[0] * column[0]) for column in columns] for row in a]


def transpose(a: Rows) -> Rows:
    """Return the transpose of a matrix.

    >>> transpose([[1, 2, 3]])
    [[1], [2], [3]]
    """
    return [list(column) for column in zip(*a)]


def shown(rows: Sequence[Sequence[Formula]]) -> Matrix:
    """Return a matrix as it is shown, the middle of a large one left out."""
    wide = [abridged(row, MAX_SHOWN) for row in rows]
    return Matrix(abridged(wide, MAX_SHOWN, gap=(DOTS,) * len(wide[0])))


def column(numbers: Sequence[Formula]) -> Matrix:
    """Return a vector as it is shown."""
    return shown([[x] for x in numbers])


def matrix_blocks(context: DerivationContext, form: MatrixForm, targets: Mapping[Value, Any], rate: Any) -> list[Block]:
    """Return the blocks of the matrix form: the matrices, forward, backward, the gradients, the update."""
    samples = len(form.layers[0].neurons[0])
    blocks: list[Block] = []
    if samples > 1:
        blocks.append(sentence(f"The matrices have one column for each of the {samples} samples."))
    last = [use.a for uses in form.layers[-1].neurons for use in uses]
    wanted = [[targets[use.a] for use in uses] for uses in form.layers[-1].neurons] if set(last) <= set(targets) else []
    back = form.layers[::-1]
    blocks += [Heading(3, ("The matrices",)), Equations(tuple(_definitions(context, form, wanted)))]
    blocks += [Heading(3, ("Forward",)), Equations(tuple(e for layer in form.layers for e in _forward(context, layer)))]
    blocks.append(Heading(3, ("Backward",)))
    blocks += [Equations(tuple(_backward(context, layer, form, has_targets=bool(wanted)))) for layer in back]
    gradients = tuple(e for layer in back for e in _gradients(context, layer))
    blocks += [Heading(3, ("The gradient matrices",)), Equations(gradients)]
    if rate is not None:
        updates = tuple(e for layer in back for e in _updates(context, layer, rate))
        blocks += [Heading(3, ("The update in matrices",)), Equations(updates)]
    return blocks


def _sign(letter: str, number: int, *, transposed: bool = False) -> Sign:
    return Sign(letter, f"({number})", transposed)


def _input(layer: LayerMatrices) -> Sign:
    return Sign("x") if layer.number == 1 else _sign("a", layer.number - 1)


def _definitions(context: DerivationContext, form: MatrixForm, wanted: Sequence[Sequence[Any]]) -> list[Equation]:
    equations = []
    for layer in form.layers:
        symbols = shown([[context.symbol(w) for w, _ in uses[0].pairs] for uses in layer.neurons])
        equations.append(Equation((_sign("W", layer.number), symbols, shown(layer.weights))))
        if any(b is not None for b in layer.biases):
            symbols = column([0 if b is None else context.symbol(b) for b in layer.biases])
            equations.append(Equation((_sign("b", layer.number), symbols, column([_bias(b) for b in layer.biases]))))
    first = form.layers[0]
    entering = transpose([[context.symbol(x) for _, x in use.pairs] for use in first.neurons[0]])
    equations.append(Equation((Sign("x"), shown(entering), shown(first.inputs))))
    if wanted:
        symbols = shown([[context.symbol(t) for t in row] for row in wanted])
        equations.append(Equation((Sign("t"), symbols, shown([[number_of(t) for t in row] for row in wanted]))))
    return equations


def _bias(bias: Any) -> Any:
    return 0 if bias is None else number_of(bias)


def _forward(context: DerivationContext, layer: LayerMatrices) -> list[Equation]:
    z, a = _sign("z", layer.number), _sign("a", layer.number)
    product: Formula = Product((_sign("W", layer.number), _input(layer)))
    if any(b is not None for b in layer.biases):
        product = Sum((product, _sign("b", layer.number)))
    names = shown([[context.symbol(use.a) for use in uses] for uses in layer.neurons])
    is_linear = all(use.is_linear for uses in layer.neurons for use in uses)
    activation = (z, names) if is_linear else (Function(_function(layer), z), names, shown(layer.a))
    return [Equation((z, product, shown(layer.z))), Equation((a, *activation))]


def _function(layer: LayerMatrices) -> str:
    neuron = layer.neurons[0][0]
    if neuron.is_linear or neuron.a.op is None or neuron.a.operands[0] is not neuron.z:
        return "f"
    name = neuron.a.op.name
    return "σ" if name == "sigmoid" else name.replace("_", " ")


def _backward(
    context: DerivationContext, layer: LayerMatrices, form: MatrixForm, *, has_targets: bool
) -> list[Equation]:
    number = layer.number
    delta, slopes = _sign("δ", number), Function(_function(layer) + "′", _sign("z", number))
    linear = all(use.is_linear for uses in layer.neurons for use in uses)
    if layer is form.layers[-1]:
        name: Formula = context.derivative(_sign("a", number))
        symbols = shown([[context.gradient_sides(use.a)[0] for use in uses] for uses in layer.neurons])
        is_difference = has_targets and _is_difference(context, layer)
        difference = [Apply(ops.sub, (_sign("a", number), Sign("t")))] if is_difference else []
        equations = [Equation((name, *difference, symbols, shown(layer.arriving)))]
    else:
        following = form.layers[number]
        name = Product((_sign("W", number + 1, transposed=True), _sign("δ", number + 1)))
        factors = Product((shown(transpose(following.weights)), shown(following.delta)))
        equations = [Equation((name, factors, shown(layer.arriving)))]
    if linear:
        return [*equations, Equation((delta, name, shown(layer.delta)))]
    equations.append(Equation((slopes, shown(layer.slopes))))
    numbers = Elementwise((shown(layer.arriving), shown(layer.slopes)))
    return [*equations, Equation((delta, Elementwise((name, slopes)), numbers, shown(layer.delta)))]


def _is_difference(context: DerivationContext, layer: LayerMatrices) -> bool:
    """Return whether the error that arrives is the prediction minus the target, to the last digit."""
    factors = (factor for uses in layer.neurons for use in uses for factor in context.factors(use.a))
    return all(factor.value == 1 or factor.end.op is ops.half_squared_error for factor in factors)


def _updates(context: DerivationContext, layer: LayerMatrices, rate: Any) -> list[Equation]:
    sides = [("W", layer.weights, layer.gradient)]
    if any(isinstance(b, Value) for b in layer.biases):
        sides.append(("b", [[_bias(b)] for b in layer.biases], [[g] for g in layer.bias_gradient]))
    equations = []
    for letter, old, gradient in sides:
        sign = _sign(letter, layer.number)
        rule = Apply(ops.sub, (sign, Product((Symbol("η"), context.derivative(sign)))))
        new = [[w - rate * g for w, g in zip(*pair)] for pair in zip(old, gradient)]
        numbers = Apply(ops.sub, (shown(old), Product((rate, shown(gradient)))))
        equations.append(Equation((rule, numbers, shown(new))))
    return equations


def _gradients(context: DerivationContext, layer: LayerMatrices) -> list[Equation]:
    weights = context.derivative(_sign("W", layer.number))
    delta = _sign("δ", layer.number)
    inputs = _input(layer)
    symbols = Product((delta, Sign(inputs.letter, inputs.above, transposed=True)))
    numbers = Product((shown(layer.delta), shown(transpose(layer.inputs))))
    equations = [Equation((weights, symbols, numbers, shown(layer.gradient)))]
    if any(isinstance(b, Value) for b in layer.biases):
        biases = context.derivative(_sign("b", layer.number))
        which = delta if len(layer.delta[0]) == 1 else Function("row sums", delta)
        equations.append(Equation((biases, which, column(layer.bias_gradient))))
    return equations
