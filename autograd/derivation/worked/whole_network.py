"""A whole graph as a document: forward, loss, every gradient, the updates, and the same in matrices.

`walkthrough` writes what a teacher hands out: the network, each value with its working, the loss, the
error signal of each neuron, the gradient of each parameter (the first of a layer in full, the others
by what differs), one step of gradient descent, the matrix form beside the scalar one, and how the
gradient shrinks from layer to layer. The parts are those of `forward`, `derivation` and `matrices`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.derivation.context import Board
from autograd.derivation.formulas import checked_rate
from autograd.derivation.worked import matrix_form
from autograd.derivation.worked.backward_part import Backward
from autograd.derivation.worked.forward_part import Forward, drawn_graph, rows, targets
from autograd.derivation.worked.summary import Lessons
from autograd.document.blocks import Heading, Picture, sentence, table
from autograd.document.document import Document
from autograd.engine.graph import Graph
from autograd.engine.value import Value
from autograd.errors import ArgumentError, OperandError, TooLargeError
from autograd.formatting import figures
from autograd.symbolic.equations import Product, Sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd.derivation.worked.matrix_form import MatrixForm
    from autograd.document.blocks import Block

MOST_NODES = 600
MOST_PARAMETERS = 60


class Walkthrough(Document):
    """A document about one graph; `gradients` and `updated` are its results, by parameter.

    `matrices` is the matrix form, or None where the graph is no network of layers in a row.

    >>> w = Value(3.0, label="w")
    >>> document = walkthrough(w * w, parameters=[w], lr=0.5)
    >>> document.gradients[w], document.updated[w]
    (6.0, 0.0)
    """

    gradients: dict[Value, Any]
    updated: dict[Value, Any]
    loss_after: Any
    matrices: MatrixForm | None

    def __repr__(self) -> str:
        lines = str(self).count("\n") + 1
        many = f"{len(self.gradients)} parameter{'s' * (len(self.gradients) != 1)}"
        return f"Walkthrough of {many}, {lines} lines: print it, or .save('walkthrough.html')"


def walkthrough(
    E: Value,  # noqa: N803 -- as it is written on paper
    parameters: Iterable[Value | str] | None = None,
    lr: Any = None,
    *,
    model: Any = None,
    digits: int = figures.DIGITS,
    colors: bool = False,
) -> Walkthrough:
    """Write out a whole graph: every value, every gradient, and one step with the learning rate `lr`.

    `parameters` are nodes or labels, in the order in which they are to be shown; without them they are the
    leaves that neurons have as weights and biases, or all leaves where there is no neuron. With `model`, such as an
    `nn.MLP`, the matrix form has its layers in their order.

    >>> from autograd import affine, half_squared_error
    >>> w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "t")
    >>> z = affine([w], [x]); z.label = "z"; o = z.sigmoid(); o.label = "o"
    >>> E = half_squared_error(o, t); E.label = "E"
    >>> document = walkthrough(E, [w], lr=0.5)
    >>> document
    Walkthrough of 1 parameter, ... lines: print it, or .save('walkthrough.html')
    >>> document.gradients[w] == -(1 - o.data) * o.data * (1 - o.data) * x.data
    True

    Raises TooLargeError for more than anybody would read, with the ways out; otherwise what `explain` raises.
    """
    digits = figures.checked_digits(digits)
    rate = None if lr is None else checked_rate(lr)
    chosen = _chosen(E, parameters, model)
    board = Board(E, chosen)
    if len(board.order) > MOST_NODES or len(chosen) > MOST_PARAMETERS:
        raise TooLargeError(
            f"a walkthrough writes out every node and every gradient, and there are {len(board.order):,} nodes and "
            f"{len(chosen):,} parameters; up to {MOST_NODES} and {MOST_PARAMETERS} can be read: give fewer parameters, "
            "or one sample in the place of a batch, or write out one weight, explain(E, w)"
        )
    writer = _Writer(board, chosen, rate, model, colors=colors)
    title = ("The chain rule worked through: ", board.symbol(E))
    document = Walkthrough(title, writer.blocks(), digits=digits, colors=colors)
    back = writer.backward
    document.gradients = {p: back.cases[p].gradient if p in back.cases else type(E.data)() for p in chosen}
    document.updated = (
        {} if rate is None else {p: p.data - rate * gradient for p, gradient in document.gradients.items()}
    )
    document.loss_after = None if rate is None else back.loss_after
    document.matrices = writer.form if not isinstance(writer.form, str) else None
    return document


def _chosen(root: Value, parameters: Iterable[Value | str] | None, model: Any) -> list[Value]:
    """The parameters: those that are given, those of the model, those of the neurons, or all leaves."""
    if parameters is None and model is not None:
        parameters = [
            v for layer in matrix_form.weights_of(model) for w, b in layer for v in (*w, b) if isinstance(v, Value)
        ]
    if parameters is None:
        board = Board(root)
        owned = Forward(board, []).owned
        parameters = list(owned) or [node for node in board.reading if node.op is None]
    if isinstance(parameters, (str, Value)) or not hasattr(parameters, "__iter__"):
        raise OperandError(f"walkthrough: the parameters are a list of nodes or labels, not {parameters!r}")
    graph = Graph(root)
    chosen = list(dict.fromkeys(p if isinstance(p, Value) else graph.find(p) for p in parameters))
    if not chosen:
        raise ArgumentError("walkthrough: the list of parameters is empty; give at least one, or leave it out")
    for parameter in chosen:
        if parameter.op is not None:
            raise ArgumentError(f"walkthrough: {parameter.label or 'a parameter'} is computed; parameters are leaves")
    return chosen


class _Writer:
    """The sections of the document, in their order."""

    def __init__(self, board: Board, parameters: Sequence[Value], rate: Any, model: Any, *, colors: bool) -> None:
        self.board = board
        self.model = model
        for node in board.order:
            board.fresh(node)
        self.forward = Forward(board, [p for p in parameters if p in board.names])
        self.backward = Backward(self.forward, rate, colors=colors)
        self.missing = len(parameters) - len(self.forward.parameters)
        self.form = matrix_form.matrix_form(board, model)

    def blocks(self) -> list[Block]:
        """Every section that has something to say, numbered."""
        back, lessons = self.backward, Lessons(self.backward)
        computed, layered = self.forward.loss(), bool(self.forward.layers)
        sections: list[tuple[str, list[Block]]] = [
            ("The network", self.network()),
            ("The formulas", self.forward.formulas()),
            ("The forward pass", [*self.forward.given(), *self.forward.values(), *([] if layered else computed)]),
            ("The loss", computed if layered else []),
            ("The way back", back.overview()),
            ("The error signals" if layered else "Back, node by node", back.signals()),
            ("The gradients", [*back.gradients(), *self.independent()]),
            ("The updates", back.updates()),
            ("The same in matrices", self.in_matrices()),
            ("How the gradient shrinks from layer to layer", lessons.shrinking()),
            ("In short", lessons.summary(self.form)),
            ("All values", self.all_values()),
        ]
        return [
            block
            for number, (title, blocks) in enumerate((section for section in sections if section[1]), 1)
            for block in (Heading(2, (f"{number}. {title}",)), *blocks)
        ]

    def network(self) -> list[Block]:
        """The picture, the layers, what flows along each weight."""
        folded = any(node.scope for node in self.board.order)
        drawing = drawn_graph(self.board.root, fold="neuron" if folded else None)
        shows = f"the graph that {self.board.names[self.board.root]} is computed by"
        return [Picture("network", shows, drawing), *self.forward.network()]

    def independent(self) -> list[Block]:
        """A word on parameters that the root does not depend on."""
        if not self.missing:
            return []
        root = self.board.symbol(self.board.root)
        return [sentence(root, f" does not depend on the other {self.missing} parameters: their gradients are 0.")]

    def in_matrices(self) -> list[Block]:
        """The matrix form, and its numbers beside those of the nodes."""
        board = self.board
        if isinstance(self.form, str):
            wanted = self.model is not None or len(self.forward.layers) > 1
            return [sentence(f"There is no matrix form: {self.form}.")] if wanted else []
        body = []
        for layer in reversed(self.form.layers):
            for row, uses in enumerate(layer.neurons):
                body += [(board.delta(use), board.gradients[use.z], layer.delta[row][n]) for n, use in enumerate(uses)]
                parameters = [(w, layer.gradient[row][n]) for n, (w, _) in enumerate(uses[0].pairs)]
                parameters += [(layer.biases[row], layer.bias_gradient[row])]
                body += [(board.by(p), board.gradients[p], x) for p, x in parameters if isinstance(p, Value)]
        same = self.form.difference == 0
        ending = ("They are equal to the last digit.",) if same else (
            "The largest difference is ", self.form.difference, ", from rounding in another order.")  # fmt: skip
        passed = Product((Sign("W", transposed=True), Sign("δ")))
        return [
            *matrix_form.written(board, self.form, targets(board), self.backward.rate),
            Heading(3, ("Node by node, and in matrices",)),
            *rows(("", "node by node", "in matrices"), body, "lrr"),
            sentence(*ending),
            sentence("Node by node the sum over the paths stands there to be read; in matrices it is inside ",
                passed, ", whose rows add up what comes back from each neuron of the next layer."),
        ]  # fmt: skip

    def all_values(self) -> list[Block]:
        """Every node with its value and its gradient."""
        board = self.board
        inputs, parameters = self.forward.inputs(), self.forward.parameters
        others = [node for node in board.reading if node.op is None and node not in (*inputs, *parameters)]
        computed = [node for node in board.reading if node.op is not None]
        nodes = [*inputs, *parameters, *others, *computed]
        body = [(board.symbol(node), node.data, board.gradients[node]) for node in nodes]
        return [table(("node", "value", "gradient"), body, "lrr")]
