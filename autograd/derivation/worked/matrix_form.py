"""The same backward pass in matrices, for a network of layers in a row, beside the one over nodes.

For layer l with the weights W and inputs A, one column a sample: Z = W·A + b, and back from the last
layer δ = (Wᵀδ of the next layer) ⊙ σ′(Z), ∂E/∂W = δ·Aᵀ. What comes out is compared with what the
engine has for each node: that is what shows that the two are one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.document.blocks import Equations, Heading, sentence
from autograd.engine.value import Value
from autograd.errors import OperandError
from autograd.formatting.terminal import ends
from autograd.symbolic.equations import DOTS, Derivative, Elementwise, Equation, Function, Matrix, Product, Sign, Sum
from autograd.symbolic.expr import Apply, Symbol
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.derivation.context import Board
    from autograd.derivation.neurons import Neuron
    from autograd.document.blocks import Block
    from autograd.symbolic.expr import Formula

MOST_SHOWN = 6  # rows or columns of a matrix that are all shown

Rows = list[list[Any]]


class LayerForm(NamedTuple):
    """One layer in matrices; `arriving` is ∂E/∂A, `delta` is δ, with one column a sample."""

    number: int
    neurons: list[list[Neuron]]
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
    """The layers, the first one first, and the largest difference from the engine's own numbers."""

    layers: list[LayerForm]
    difference: Any


def weights_of(model: Any) -> list[list[tuple[list[Value], Any]]]:
    """The weights and the bias of each neuron of each layer of a model such as `nn.MLP`.

    Raises OperandError for what has no layers of neurons.
    """
    try:
        return [[(list(neuron.w), neuron.b) for neuron in layer.neurons] for layer in model.layers]
    except (AttributeError, TypeError):
        raise OperandError(
            f"model is a network with .layers, each with .neurons that have .w and .b, such as nn.MLP, not {model!r}"
        ) from None


def uses_of_layers(board: Board, model: Any = None) -> list[list[list[Neuron]]] | str:
    """For each layer, for each of its neurons, its use in each sample; or why there is no such thing."""
    of_weights: dict[tuple[int, ...], list[Neuron]] = {}
    for neuron in board.neurons:
        of_weights.setdefault(tuple(id(w) for w, _ in neuron.pairs), []).append(neuron)
    if model is not None:
        wanted = [[of_weights.get(tuple(map(id, w)), []) for w, _ in layer] for layer in weights_of(model)]
    else:
        by_layer: dict[int, list[list[Neuron]]] = {}
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


def matrix_form(board: Board, model: Any = None) -> MatrixForm | str:
    """Compute the backward pass in matrices; or say why the graph is no network of layers in a row."""
    wanted = uses_of_layers(board, model)
    if isinstance(wanted, str):
        return wanted
    found: list[LayerForm] = []
    for number, layer in reversed(list(enumerate(wanted, 1))):
        weights = [[w.data for w, _ in uses[0].pairs] for uses in layer]
        inputs = transposed([[_number(x) for _, x in use.pairs] for use in layer[0]])
        slopes = [[board.slope(use)[1] for use in uses] for uses in layer]
        if found:
            arriving = multiplied(transposed(found[-1].weights), found[-1].delta)
        else:
            arriving = [[board.gradients[use.a] for use in uses] for uses in layer]
        delta = [[e * s for e, s in zip(*pair)] for pair in zip(arriving, slopes)]
        biases = [uses[0].bias for uses in layer]
        found.append(
            LayerForm(
                number,
                layer,
                weights,
                biases,
                inputs,
                [[use.z.data for use in uses] for uses in layer],
                [[use.a.data for use in uses] for uses in layer],
                slopes,
                arriving,
                delta,
                multiplied(delta, transposed(inputs)),
                [sum(row[1:], row[0]) for row in delta],
            )
        )
    found.reverse()
    differences = [abs(a - b) for form in found for a, b in _pairs(board, form)]
    return MatrixForm(found, max(differences))


def _pairs(board: Board, form: LayerForm) -> list[tuple[Any, Any]]:
    """What the matrices say and what the engine says: of each δ, each weight and each bias."""
    pairs = []
    for row, uses in enumerate(form.neurons):
        pairs += [(form.delta[row][sample], board.gradients[use.z]) for sample, use in enumerate(uses)]
        pairs += [(form.gradient[row][place], board.gradients[w]) for place, (w, _) in enumerate(uses[0].pairs)]
        if isinstance(form.biases[row], Value):
            pairs.append((form.bias_gradient[row], board.gradients[form.biases[row]]))
    return pairs


def _number(thing: Any) -> Any:
    return thing.data if isinstance(thing, Value) else thing


def multiplied(a: Rows, b: Rows) -> Rows:
    """The product of two matrices.

    >>> multiplied([[1, 2], [3, 4]], [[5], [6]])
    [[17], [39]]
    """
    columns = list(zip(*b))
    return [[sum((x * y for x, y in zip(row[1:], column[1:])), row[0] * column[0]) for column in columns] for row in a]


def transposed(a: Rows) -> Rows:
    """Rows as columns.

    >>> transposed([[1, 2, 3]])
    [[1], [2], [3]]
    """
    return [list(column) for column in zip(*a)]


# -- Written down ------------------------------------------------------------------------------------


def shown(rows: Sequence[Sequence[Formula]]) -> Matrix:
    """A matrix, the middle of a large one left out."""

    def cut(items: Sequence[Any], gap: Any) -> list[Any]:
        first, left_out, last = ends(items, MOST_SHOWN)
        return [*first, *([gap] if left_out else []), *last]

    wide = [tuple(cut(row, DOTS)) for row in rows]
    return Matrix(tuple(cut(wide, tuple(DOTS for _ in wide[0]))))


def column(numbers: Sequence[Formula]) -> Matrix:
    """A vector."""
    return shown([[x] for x in numbers])


def written(board: Board, form: MatrixForm, targets: Mapping[Value, Any], rate: Any) -> list[Block]:
    """The matrix form: the matrices, forward, back, the gradients, and the update with a rate."""
    samples = len(form.layers[0].neurons[0])
    blocks: list[Block] = []
    if samples > 1:
        blocks.append(sentence(f"The matrices have one column for each of the {samples} samples."))
    last = [use.a for uses in form.layers[-1].neurons for use in uses]
    wanted = [[targets[use.a] for use in uses] for uses in form.layers[-1].neurons] if set(last) <= set(targets) else []
    blocks += [Heading(3, ("The matrices",)), Equations(tuple(_given(board, form, wanted)))]
    blocks += [Heading(3, ("Forward",)), Equations(tuple(e for layer in form.layers for e in _forward(board, layer)))]
    blocks.append(Heading(3, ("Backward",)))
    for layer in reversed(form.layers):
        blocks.append(Equations(tuple(_backward(board, layer, form, compared=bool(wanted)))))
    blocks.append(Heading(3, ("The gradient matrices",)))
    blocks.append(Equations(tuple(e for layer in reversed(form.layers) for e in _gradients(board, layer))))
    if rate is not None:
        blocks.append(Heading(3, ("The update in matrices",)))
        blocks.append(Equations(tuple(e for layer in reversed(form.layers) for e in _updates(board, layer, rate))))
    return blocks


def _sign(letter: str, number: int, *, transposed: bool = False) -> Sign:
    return Sign(letter, f"({number})", transposed)


def _input(layer: LayerForm) -> Sign:
    return Sign("x") if layer.number == 1 else _sign("a", layer.number - 1)


def _given(board: Board, form: MatrixForm, wanted: Sequence[Sequence[Any]]) -> list[Equation]:
    equations = []
    for layer in form.layers:
        symbols = shown([[board.symbol(w) for w, _ in uses[0].pairs] for uses in layer.neurons])
        equations.append(Equation((_sign("W", layer.number), symbols, shown(layer.weights))))
        if any(b is not None for b in layer.biases):
            symbols = column([0 if b is None else board.symbol(b) for b in layer.biases])
            equations.append(Equation((_sign("b", layer.number), symbols, column([_bias(b) for b in layer.biases]))))
    first = form.layers[0]
    entering = transposed([[board.symbol(x) for _, x in use.pairs] for use in first.neurons[0]])
    equations.append(Equation((Sign("x"), shown(entering), shown(first.inputs))))
    if wanted:
        symbols = shown([[board.symbol(t) for t in row] for row in wanted])
        equations.append(Equation((Sign("t"), symbols, shown([[_number(t) for t in row] for row in wanted]))))
    return equations


def _bias(bias: Any) -> Any:
    return 0 if bias is None else _number(bias)


def _forward(board: Board, layer: LayerForm) -> list[Equation]:
    z, a = _sign("z", layer.number), _sign("a", layer.number)
    product: Formula = Product((_sign("W", layer.number), _input(layer)))
    if any(b is not None for b in layer.biases):
        product = Sum((product, _sign("b", layer.number)))
    names = shown([[board.symbol(use.a) for use in uses] for uses in layer.neurons])
    equations = [Equation((z, product, shown(layer.z)))]
    if any(not use.linear for uses in layer.neurons for use in uses):
        equations.append(Equation((a, Function(_function(layer), z), names, shown(layer.a))))
    else:
        equations.append(Equation((a, z, names)))
    return equations


def _function(layer: LayerForm) -> str:
    neuron = layer.neurons[0][0]
    if neuron.linear or neuron.a.op is None or neuron.a.operands[0] is not neuron.z:
        return "f"
    name = neuron.a.op.name
    return "σ" if name == "sigmoid" else name.replace("_", " ")


def _backward(board: Board, layer: LayerForm, form: MatrixForm, *, compared: bool) -> list[Equation]:
    number = layer.number
    delta, slopes = _sign("δ", number), Function(_function(layer) + "′", _sign("z", number))
    linear = all(use.linear for uses in layer.neurons for use in uses)
    if layer is form.layers[-1]:
        name: Formula = Derivative(board.names[board.root], _sign("a", number))
        symbols = shown([[board.sides(board.factors(use.a), 0)[0] for use in uses] for uses in layer.neurons])
        difference = [Apply(ops.sub, (_sign("a", number), Sign("t")))] if compared and _plain(board, layer) else []
        equations = [Equation((name, *difference, symbols, shown(layer.arriving)))]
    else:
        following = form.layers[number]
        name = Product((_sign("W", number + 1, transposed=True), _sign("δ", number + 1)))
        factors = Product((shown(transposed(following.weights)), shown(following.delta)))
        equations = [Equation((name, factors, shown(layer.arriving)))]
    if linear:
        return [*equations, Equation((delta, name, shown(layer.delta)))]
    equations.append(Equation((slopes, shown(layer.slopes))))
    numbers = Elementwise((shown(layer.arriving), shown(layer.slopes)))
    return [*equations, Equation((delta, Elementwise((name, slopes)), numbers, shown(layer.delta)))]


def _plain(board: Board, layer: LayerForm) -> bool:
    """Whether what arrives is the prediction minus the target, to the last digit."""
    halves = (use.a for uses in layer.neurons for use in uses)
    return all(
        factor.value == 1 or factor.end.op is ops.half_squared_error for a in halves for factor in board.factors(a)
    )


def _updates(board: Board, layer: LayerForm, rate: Any) -> list[Equation]:
    sides = [("W", layer.weights, layer.gradient)]
    if any(isinstance(b, Value) for b in layer.biases):
        sides.append(("b", [[_bias(b)] for b in layer.biases], [[g] for g in layer.bias_gradient]))
    equations = []
    for letter, old, gradient in sides:
        sign = _sign(letter, layer.number)
        rule = Apply(ops.sub, (sign, Product((Symbol("η"), Derivative(board.names[board.root], sign)))))
        new = [[w - rate * g for w, g in zip(*pair)] for pair in zip(old, gradient)]
        numbers = Apply(ops.sub, (shown(old), Product((rate, shown(gradient)))))
        equations.append(Equation((rule, numbers, shown(new))))
    return equations


def _gradients(board: Board, layer: LayerForm) -> list[Equation]:
    weights = Derivative(board.names[board.root], _sign("W", layer.number))
    delta = _sign("δ", layer.number)
    inputs = _input(layer)
    symbols = Product((delta, Sign(inputs.letter, inputs.above, transposed=True)))
    numbers = Product((shown(layer.delta), shown(transposed(layer.inputs))))
    equations = [Equation((weights, symbols, numbers, shown(layer.gradient)))]
    if any(isinstance(b, Value) for b in layer.biases):
        biases = Derivative(board.names[board.root], _sign("b", layer.number))
        which = delta if len(layer.delta[0]) == 1 else Function("row sums", delta)
        equations.append(Equation((biases, which, column(layer.bias_gradient))))
    return equations
