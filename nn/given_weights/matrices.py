"""Networks made from given matrices of weights, and their gradients in the same indexing.

A *layout* says how to read a matrix of weights. "rows are neurons" is z = W x: row j, column i is the
weight from input i to neuron j. "columns are neurons" is z = x W: row i, column j. With ", bias first"
or ", bias last" the matrix has one more column (or row), whose weights multiply a feature that is always
1. The *delta* of a neuron is ∂E/∂z, the derivative of the loss with respect to its pre-activation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import ArgumentError, NotFoundError, OperandError, Value
from nn.activations import as_activation
from nn.arguments import plain
from nn.given_weights.wired import Wired, gradient_reader, leaf, neuron_deltas
from nn.labels import assign_labels, default_label
from nn.layers import MLP, labeled_parts

if TYPE_CHECKING:
    from nn.labels import Labels
    from nn.layers import Neuron

Matrix = list[list[Any]]


class MatrixLayout(NamedTuple):
    """The way to read a matrix of weights: rows or columns are neurons, and the place of the bias in them."""

    rows_are_neurons: bool
    bias: int | None = None  # 0 is first, −1 is last

    def by_neuron(self, matrix: Matrix) -> Matrix:
        """Return a matrix of this layout with a row for each neuron, and the other way round."""
        return matrix if self.rows_are_neurons else [list(line) for line in zip(*matrix)]


LAYOUTS = {
    f"{lines} are neurons{bias}": MatrixLayout(lines == "rows", place)
    for lines in ("rows", "columns")
    for bias, place in (("", None), (", bias first", 0), (", bias last", -1))
}


def from_weights(
    weights: Any,
    biases: Any = None,
    *,
    layout: str = "rows are neurons",
    activation: Any = "sigmoid",
    labels: Labels | None = None,
) -> MatrixMLP | Wired:
    """Return a network with these weights: one matrix for each layer, or one weight for each connection.

    `biases` holds, for each layer, None, one number that all its neurons share, or a number for each.
    `activation` is that of every layer, or a list with one for each layer. `labels` names the parts in the
    order in which they are written: `labels={"w": "w1 w2 w3 w4", "z": "net_h1 net_h2"}`. A weight or
    bias may be a `Value`, which is then used as it is.

    >>> net = from_weights([[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]])
    >>> o1, o2 = net([0.05, 0.10])
    >>> round(o1.data, 5), net.weights()[1]
    (0.60648, [[0.4, 0.45], [0.5, 0.55]])

    A mapping names each weight by what it connects, "from,to"; inputs are those that nothing leads to.

    >>> net = from_weights({"x1,1": 0.3, "x2,1": -0.6, "1,2": 0.5}, {1: 0.1})
    >>> net.inputs, net.outputs, net([1.0, 0.5]).label
    (['x1', 'x2'], ['2'], 'a[2]')

    Raises ArgumentError for matrices whose sizes do not fit, naming the first, and for an unknown layout.
    """
    if isinstance(weights, Mapping):
        if layout != "rows are neurons":
            raise ArgumentError("from_weights: weights by name have no layout")
        return Wired(weights, biases, activation=activation, labels=labels)
    if layout not in LAYOUTS:
        known = ", ".join(map(repr, LAYOUTS))
        raise ArgumentError(f"from_weights: there is no layout {layout!r}; choose one of {known}")
    return MatrixMLP(weights, biases, layout=layout, activation=activation, labels=labels)


class MatrixMLP(MLP):
    """An MLP whose weights, gradients and deltas are matrices in a given layout; made by `from_weights`.

    >>> net = from_weights([[[1.0, 2.0]]], [0.5], activation=None)
    >>> net([3.0, 4.0]).backward()
    >>> net.gradients(), net.bias_gradients()
    ([[[3.0, 4.0]]], [[1.0]])
    """

    def __init__(
        self,
        weights: Any,
        biases: Any = None,
        *,
        layout: str = "rows are neurons",
        activation: Any = "sigmoid",
        labels: Labels | None = None,
    ) -> None:
        self.layout = layout
        how = LAYOUTS[layout]
        matrices = [how.by_neuron(_matrix(matrix, n)) for n, matrix in enumerate(_matrices(weights), start=1)]
        inside = plain(biases)
        if inside is None:
            inside = [None] * len(matrices)
        if not isinstance(inside, (list, tuple)) or len(inside) != len(matrices):
            layers = f"the {len(matrices)} layers"
            raise ArgumentError(f"from_weights: biases need one entry for each of {layers}, not {inside!r}")
        if how.bias is not None:
            if any(bias is not None for bias in inside):
                raise ArgumentError(f"from_weights: with {layout!r} the biases are in the matrices; give no others")
            inside = [[row[how.bias] for row in matrix] for matrix in matrices]
            matrices = [[row[1:] if how.bias == 0 else row[:-1] for row in matrix] for matrix in matrices]
        line, across = ("row", "column") if how.rows_are_neurons else ("column", "row")
        for number, (before, matrix) in enumerate(pairwise(matrices), start=2):
            if len(matrix[0]) != len(before):
                raise ArgumentError(
                    f"from_weights: matrix {number} has weights for {len(matrix[0])} inputs, and layer {number - 1} "
                    f"has {len(before)} neurons (a {line} is a neuron, a {across} an input)"
                )
        if not all(row for matrix in matrices for row in matrix):
            raise ArgumentError("from_weights: a neuron has a bias but no weight")
        wanted = list(activation) if isinstance(activation, (list, tuple)) else [activation] * len(matrices)
        if len(wanted) != len(matrices):
            raise ArgumentError(f"from_weights: {len(wanted)} activations for {len(matrices)} layers")
        super().__init__(len(matrices[0][0]), [len(matrix) for matrix in matrices], seed=0)
        for number, (layer, matrix, bias) in enumerate(zip(self.layers, matrices, inside), start=1):
            for neuron, row, b in zip(layer.neurons, matrix, _biases(bias, len(matrix), number)):
                neuron.w, neuron.b = row, b
                neuron.activation = as_activation(wanted[number - 1])
        self._name(labels)

    # -- Weights, gradients and deltas ------------------------------------------------------------

    def weights(self) -> list[Matrix]:
        """Return the present weights, one matrix for each layer."""
        return self._matrices(lambda p: p.data)

    def biases(self) -> list[Any]:
        """Return the present biases: for each layer None, the shared one, or a list."""
        return self._biases(lambda p: p.data)

    def gradients(self, loss: Value | None = None) -> list[Matrix]:
        """Return ∂E/∂w in the place of each weight: from the last `backward()`, or of a given loss."""
        return self._matrices(gradient_reader(loss))

    def bias_gradients(self, loss: Value | None = None) -> list[Any]:
        """Return ∂E/∂b in the place of each bias; for a shared one it is the sum over its neurons."""
        return self._biases(gradient_reader(loss))

    def deltas(self, loss: Value, of: str = "z") -> list[Matrix]:
        """Return the error signal of every neuron: ∂E/∂z, or ∂E/∂a with `of="a"`, one matrix for each layer.

        If rows of the weights are neurons, so are rows of the deltas, with a column for each row of the
        data: δ as in ∂E/∂W = δ aᵀ. Otherwise rows and columns are exchanged, as in ∂E/∂W = Zᵀ δ.

        >>> net = from_weights([[[1.0, 2.0]], [[3.0]]], activation=None)
        >>> net.deltas(net([3.0, 4.0]))
        [[[3.0]], [[1.0]]]

        Raises NotFoundError if the loss was not computed by this network.
        """
        where: dict[Any, Any] = {
            (layer.name, neuron.name): (at, j, neuron.w[0])
            for at, layer in enumerate(self.layers)
            for j, neuron in enumerate(layer.neurons)
        }
        # By layer, for each call of it in the order of the rows: the delta of each neuron.
        calls: list[dict[Any, dict[int, Any]]] = [{} for _ in self.layers]
        for scope, first_weight, delta in neuron_deltas(loss, of):
            at, j, w = where.get((scope.within.name if scope.within else None, scope.name), (0, 0, None))
            if first_weight is w:
                calls[at].setdefault(scope.within, {})[j] = delta
        if not all(calls):
            raise NotFoundError("deltas: the loss was not computed by this network")
        matrices = []
        for layer, uses in zip(self.layers, calls):
            rows = [[use.get(j, 0.0) for j in range(len(layer.neurons))] for use in uses.values()]
            matrices.append([list(line) for line in zip(*rows)] if LAYOUTS[self.layout].rows_are_neurons else rows)
        return matrices

    def _matrices(self, read: Any) -> list[Matrix]:
        how = LAYOUTS[self.layout]
        found = []
        for layer in self.layers:
            rows = [[read(w) for w in neuron.w] for neuron in layer.neurons]
            if how.bias is not None:
                for row, neuron in zip(rows, layer.neurons):
                    row.insert(0 if how.bias == 0 else len(row), read(neuron.b))
            found.append(how.by_neuron(rows))
        return found

    def _biases(self, read: Any) -> list[Any]:
        if LAYOUTS[self.layout].bias is not None:
            return [None] * len(self.layers)
        found: list[Any] = []
        for layer in self.layers:
            biases, shared = [neuron.b for neuron in layer.neurons if neuron.b is not None], shared_bias(layer.neurons)
            found.append((list(map(read, biases)) or None) if shared is None else read(shared))
        return found

    def _name(self, labels: Labels | None) -> None:
        """Give labels to unlabeled weights, by the indices of the layout, and then the labels of the user."""
        layout = LAYOUTS[self.layout]
        weights: list[Value] = []
        biases: dict[Value, None] = {}
        for number, layer in enumerate(self.layers, start=1):
            for j, neuron in enumerate(layer.neurons, start=1):
                for i, w in enumerate(neuron.w, start=1):
                    w.label = w.label or default_label("w", number, *((j, i) if layout.rows_are_neurons else (i, j)))
                if neuron.b is not None:
                    shared = shared_bias(layer.neurons) is not None
                    neuron.b.label = neuron.b.label or (f"b{number}" if shared else default_label("b", number, j))
                    biases[neuron.b] = None
            weights += [w for line in layout.by_neuron([neuron.w for neuron in layer.neurons]) for w in line]
        parts = dict(labeled_parts([neuron for layer in self.layers for neuron in layer.neurons]))
        parts["w"], parts["b"] = [(w, "label") for w in weights], [(b, "label") for b in biases]
        assign_labels(labels, parts)

    def __repr__(self) -> str:
        return f"{super().__repr__().replace('MLP(', 'MatrixMLP(', 1)[:-1]}, layout={self.layout!r})"


def shared_bias(neurons: Sequence[Neuron]) -> Value | None:
    """Return the bias that all of several neurons share, or None."""
    first = neurons[0].b
    return first if len(neurons) > 1 and all(neuron.b is first for neuron in neurons) else None


def _matrices(weights: Any) -> list[Any]:
    weights = plain(weights)
    if not isinstance(weights, (list, tuple)) or not weights:
        raise OperandError(f"from_weights needs one matrix for each layer, such as [[[0.1]], [[0.3]]], not {weights!r}")
    first = plain(weights[0])
    single = isinstance(first, (list, tuple)) and first and not isinstance(plain(first[0]), (list, tuple))
    return [weights] if single else list(weights)


def _matrix(matrix: Any, number: int) -> Matrix:
    matrix = plain(matrix)
    if not isinstance(matrix, (list, tuple)) or not matrix:
        raise OperandError(f"from_weights: matrix {number} must be a list of rows, not {matrix!r}")
    rows = [plain(row) for row in matrix]
    for place, row in enumerate(rows, start=1):
        where = f"from_weights: row {place} of matrix {number}"
        if not isinstance(row, (list, tuple)) or not row:
            raise OperandError(f"{where} must be a list of weights, not {row!r}")
        if len(row) != len(rows[0]):
            raise ArgumentError(f"{where} has {len(row)} weights, and the first has {len(rows[0])}")
    return [[leaf(w) for w in row] for row in rows]


def _biases(bias: Any, neurons: int, layer: int) -> list[Value | None]:
    bias = plain(bias)
    if bias is None:
        return [None] * neurons
    if not isinstance(bias, (list, tuple)):
        return [leaf(bias)] * neurons
    if len(bias) != neurons:
        raise ArgumentError(f"from_weights: {len(bias)} biases for the {neurons} neurons of layer {layer}")
    return [leaf(b) for b in bias]
