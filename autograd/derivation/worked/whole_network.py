"""A whole graph as a document: forward, loss, every gradient, the updates, and the same in matrices.

`walkthrough` writes what a teacher hands out: the network, each value with its calculation, the loss,
the error signal of each neuron, the gradient of each parameter (the first of a layer in full, the
others by what differs), one step of gradient descent, the matrix form, and how the gradient shrinks
from layer to layer. The sections come from the other modules of this folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.derivation.context import DerivationContext
from autograd.derivation.formulas import checked_rate
from autograd.derivation.one_weight import chosen_node, numbered_sections
from autograd.derivation.worked.backward_part import BackwardPart
from autograd.derivation.worked.forward_part import (
    ForwardPart,
    likely_parameters,
    picture_of,
    shortened_table,
    targets,
)
from autograd.derivation.worked.matrix_form import compared, compute_matrices, matrix_blocks, weights_of
from autograd.derivation.worked.summary import SummaryPart
from autograd.document.blocks import Heading, Picture, sentence, table
from autograd.document.document import Document
from autograd.engine.graph import as_graph
from autograd.engine.value import Value
from autograd.errors import ArgumentError, OperandError, TooLargeError
from autograd.formatting import figures
from autograd.symbolic.equations import Product, Sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd.derivation.worked.matrix_form import MatrixForm
    from autograd.document.blocks import Block
    from autograd.engine.graph import Graph

MAX_NODES = 600  # of a document that somebody still reads
MAX_PARAMETERS = 60


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
    output: Value | Graph,
    parameters: Iterable[Value | str] | None = None,
    lr: Any = None,
    *,
    model: Any = None,
    digits: int = figures.DIGITS,
    colors: bool = False,
) -> Walkthrough:
    """Write out a whole graph: every value, every gradient, and one step with the learning rate `lr`.

    `parameters` are nodes or labels, in the order in which they are shown. Without them they are the
    weights and biases of the neurons, or all leaves where there is no neuron. With `model`, such as
    an `nn.MLP`, the matrix form has its layers in their order.

    >>> from autograd import affine, half_squared_error
    >>> w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "t")
    >>> z = affine([w], [x]); z.label = "z"; o = z.sigmoid(); o.label = "o"
    >>> E = half_squared_error(o, t); E.label = "E"
    >>> document = walkthrough(E, [w], lr=0.5)
    >>> document
    Walkthrough of 1 parameter, ... lines: print it, or .save('walkthrough.html')
    >>> document.gradients[w] == -(1 - o.data) * o.data * (1 - o.data) * x.data
    True

    Raises TooLargeError for a document longer than anybody would read, StaleGraphError if a number
    was changed after it had been used, and otherwise what `explain` raises.
    """
    digits = figures.checked_digits(digits)
    rate = None if lr is None else checked_rate(lr)
    graph = as_graph(output)
    chosen = _chosen(graph, parameters, model)
    if len(graph.order) > MAX_NODES or len(chosen) > MAX_PARAMETERS:
        raise TooLargeError(
            f"a walkthrough writes out every node and every gradient, and there are {len(graph.order):,} nodes and "
            f"{len(chosen):,} parameters; up to {MAX_NODES} and {MAX_PARAMETERS} can be read: give fewer parameters, "
            "or one sample in the place of a batch, or write out one weight, explain(E, w)"
        )
    graph.require_fresh("walkthrough")
    context = DerivationContext(graph, chosen)
    writer = _WalkthroughWriter(context, chosen, rate, model, colors=colors)
    title = ("The chain rule worked through: ", context.symbol(graph.output))
    document = Walkthrough(title, writer.blocks(), digits=digits, colors=colors)
    zero = type(graph.output.data)()
    document.gradients = gradients = {p: context.gradients.get(p, zero) for p in chosen}
    document.updated = {} if rate is None else {p: p.data - rate * gradient for p, gradient in gradients.items()}
    document.loss_after = None if rate is None else writer.backward.loss_after
    document.matrices = writer.form if not isinstance(writer.form, str) else None
    return document


def _chosen(graph: Graph, parameters: Iterable[Value | str] | None, model: Any) -> list[Value]:
    """Return the parameters: those that are given, those of the model, those of the neurons, or all leaves."""
    if parameters is None and model is not None:
        parameters = [v for layer in weights_of(model) for w, b in layer for v in (*w, b) if isinstance(v, Value)]
    if parameters is None:
        parameters = likely_parameters(graph)
    if isinstance(parameters, (str, Value)) or not hasattr(parameters, "__iter__"):
        raise OperandError(f"walkthrough: the parameters are a list of nodes or labels, not {parameters!r}")
    chosen = list(dict.fromkeys(chosen_node(graph, parameter) for parameter in parameters))
    if not chosen:
        raise ArgumentError("walkthrough: the list of parameters is empty; give at least one, or leave it out")
    for parameter in chosen:
        if parameter.op is not None:
            raise ArgumentError(f"walkthrough: {parameter.label or 'a parameter'} is computed; parameters are leaves")
    return chosen


class _WalkthroughWriter:
    """The sections of the document, in their order."""

    def __init__(
        self, context: DerivationContext, parameters: Sequence[Value], rate: Any, model: Any, *, colors: bool
    ) -> None:
        self.context = context
        self.model = model
        self.forward = ForwardPart(context, [p for p in parameters if p in context.graph])
        self.backward = BackwardPart(self.forward, rate, colors=colors)
        self.missing = len(parameters) - len(self.forward.parameters)
        self.form = compute_matrices(context, model)

    def blocks(self) -> list[Block]:
        """Return every section that is not empty, numbered."""
        back, summary = self.backward, SummaryPart(self.backward)
        computed, layered = self.forward.loss(), bool(self.forward.layers)
        sections: list[tuple[str, list[Block]]] = [
            ("The network", self.network()),
            ("The formulas", self.forward.formulas()),
            ("The forward pass", [*self.forward.given(), *self.forward.values(), *([] if layered else computed)]),
            ("The loss", computed if layered else []),
            ("The way back", back.overview()),
            ("The error signals" if layered else "Back, node by node", back.error_signals()),
            ("The gradients", [*back.gradients(), *self.independent()]),
            ("The updates", back.updates()),
            ("The same in matrices", self.in_matrices()),
            ("How the gradient shrinks from layer to layer", summary.shrinking()),
            ("In short", summary.summary(self.form)),
            ("All values", self.all_values()),
        ]
        return numbered_sections(2, sections)

    def network(self) -> list[Block]:
        """Return a picture, the layers, and the product along each weight."""
        graph = self.context.graph
        has_scopes = any(node.scope for node in graph.order)
        drawing = picture_of(graph, fold="neuron" if has_scopes else None)
        shows = f"the graph that {self.context.names[graph.output]} is computed by"
        return [Picture("network", shows, drawing), *self.forward.network()]

    def independent(self) -> list[Block]:
        """Return how many parameters the output does not depend on."""
        if not self.missing:
            return []
        output = self.context.symbol(self.context.output)
        return [sentence(output, f" does not depend on the other {self.missing} parameters: their gradients are 0.")]

    def in_matrices(self) -> list[Block]:
        """Return the matrix form, and its numbers beside those of the nodes."""
        context = self.context
        if isinstance(self.form, str):
            wanted = self.model is not None or len(self.forward.layers) > 1
            return [sentence(f"There is no matrix form: {self.form}.")] if wanted else []
        rows = [row for layer in reversed(self.form.layers) for row in compared(context, layer)]
        same = self.form.difference == 0
        ending = ("They are equal to the last digit.",) if same else (
            "The largest difference is ", self.form.difference, ", from rounding in another order.")  # fmt: skip
        passed = Product((Sign("W", transposed=True), Sign("δ")))
        return [
            *matrix_blocks(context, self.form, targets(context), self.backward.rate),
            Heading(3, ("Node by node, and in matrices",)),
            *shortened_table(("", "node by node", "in matrices"), rows, "lrr"),
            sentence(*ending),
            sentence("Node by node, the sum over the paths is written out. In matrices it is inside ", passed,
                ", whose rows add up what comes back from each neuron of the next layer."),
        ]  # fmt: skip

    def all_values(self) -> list[Block]:
        """Return a table of every node with its value and its gradient."""
        context = self.context
        inputs, parameters = self.forward.inputs(), self.forward.parameters
        others = [node for node in context.nodes if node.op is None and node not in (*inputs, *parameters)]
        computed = [node for node in context.nodes if node.op is not None]
        nodes = [*inputs, *parameters, *others, *computed]
        rows = [(context.symbol(node), node.data, context.gradients[node]) for node in nodes]
        return [table(("node", "value", "gradient"), rows, "lrr")]
