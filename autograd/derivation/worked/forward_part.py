"""The forward half of a walkthrough: the network, the formulas it uses, every value, and the loss.

Every computed node that belongs to no neuron belongs to the loss, and is written out by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.derivation.comparison import shortened_equations
from autograd.derivation.formulas import (
    IN_SIMPLER_OPERATIONS,
    abridged,
    flattened,
    node_formula,
    number_of,
    reading_order,
    stages_to_result,
)
from autograd.derivation.neurons import find_neurons, layers_of
from autograd.derivation.worked.operation_formulas import derivation_by_hand, function_formula, operation_row
from autograd.document.blocks import Equations, Heading, sentence, table
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.formatting.terminal import ends
from autograd.symbolic.equations import Chain, Equation, Product
from autograd.symbolic.expr import Symbol
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd.derivation.context import DerivationContext
    from autograd.derivation.neurons import NeuronUse
    from autograd.document.blocks import Block, Content
    from autograd.engine.graph import Graph

MAX_ROWS = 60  # rows of a table that fill two pages; of more, the first and the last are shown
MAX_LISTED = 12  # names in a cell


class ParameterUse(NamedTuple):
    """The use of a weight or a bias: its first neuron, its input there (None for a bias), and the number of uses."""

    neuron: NeuronUse
    input: Any
    uses: int


def parameter_uses(neurons: Iterable[NeuronUse]) -> dict[Value, ParameterUse]:
    """Return the uses of each leaf that is a weight or a bias."""
    found: dict[Value, ParameterUse] = {}
    for neuron in neurons:
        for leaf, x in (*neuron.pairs, (neuron.bias, None)):
            if isinstance(leaf, Value) and leaf.op is None:
                use = found.get(leaf, ParameterUse(neuron, x, 0))
                found[leaf] = use._replace(uses=use.uses + 1)
    return found


def likely_parameters(graph: Graph) -> list[Value]:
    """Return the weights and biases of the neurons of a graph; all of its leaves where it has no neurons.

    >>> from autograd import affine
    >>> from autograd.engine.graph import Graph
    >>> w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    >>> [v.label for v in likely_parameters(Graph(affine([w], [x], b).tanh()))]
    ['w', 'b']
    """
    nodes = reading_order(graph.output)
    return list(parameter_uses(find_neurons(nodes, graph.uses))) or [v for v in nodes if v.op is None]


def shortened_table(head: Sequence[str], rows: Sequence[Sequence[Any]], align: str) -> list[Block]:
    """Return a table, the middle of a long one left out; nothing where there are no rows."""
    if not rows:
        return []
    first, left_out, last = ends(rows, MAX_ROWS)
    gap = [(f"… {left_out} more …", *[""] * (len(head) - 1))] if left_out else []
    return [table(head, [*first, *gap, *last], align)]


def layer_name(number: int, count: int) -> str:
    """Return the name of a layer; the last is the output layer.

    >>> [layer_name(n, 3) for n in (1, 2, 3)], layer_name(1, 2)
    (['hidden layer 1', 'hidden layer 2', 'output layer'], 'hidden layer')
    """
    if number == count:
        return "output layer"
    return "hidden layer" if count == 2 else f"hidden layer {number}"


class ForwardPart:
    """The blocks of the forward half, for one graph and its parameters."""

    def __init__(self, context: DerivationContext, parameters: Sequence[Value]) -> None:
        self.context = context
        self.parameters = parameters
        self.parameter_uses = parameter_uses(context.neurons)
        by_layer = layers_of(context.neurons)
        self.layers = [(layer_name(number, len(by_layer)), layer) for number, layer in enumerate(by_layer, 1)]
        own_nodes = ((*neuron.parts, *self._activation_nodes(neuron)) for neuron in context.neurons)
        self._in_neurons = {node for nodes in own_nodes for node in nodes}

    def network(self) -> list[Block]:
        """Return the layers, and the product along each weight."""
        context = self.context
        blocks: list[Block] = []
        if self.layers:
            rows: list[tuple[Any, ...]] = [("inputs", listed_symbols(context, self.inputs()), "")]
            for title, layer in self.layers:
                neurons = listed_symbols(context, [neuron.a for neuron in layer])
                rows.append((title, neurons, activation_formula(layer[0])))
            blocks = shortened_table(("layer", "neurons", "activation"), rows, "lll")
        links = ((neuron.a, w, x) for neuron in context.neurons for w, x in neuron.pairs)
        products = [(*map(context.symbol, (x, a, w)), self._one_product(w, x)) for a, w, x in links]
        if products:
            blocks.append(Heading(3, ("What flows along each weight",)))
        return blocks + shortened_table(("from", "to", "weight", "product"), products, "llll")

    def _one_product(self, w: Any, x: Any) -> Equation:
        numbers = (number_of(w), number_of(x))
        symbols = Product((self.context.symbol(w), self.context.symbol(x)))
        return Equation((symbols, Product(numbers), ops.mul(*numbers)))

    def inputs(self) -> list[Value]:
        """Return the leaves that enter neurons and are no parameters."""
        entering = dict.fromkeys(x for neuron in self.context.neurons for _, x in neuron.pairs if isinstance(x, Value))
        return [x for x in entering if x.op is None and x not in self.parameters]

    def connects(self, parameter: Value) -> Content:
        """Return from which input to which neuron a parameter leads, and how many more times it is used."""
        if parameter not in self.parameter_uses:
            return ("",)
        neuron, x, count = self.parameter_uses[parameter]
        more = f" and {count - 1} more times" if count > 1 else ""
        into = self.context.names[neuron.a]
        if x is None:
            return ("bias of ", Symbol(into), more)
        if isinstance(x, Value):
            return (Chain((self.context.names[x], into)), more)
        return (x, " → ", Symbol(into), more)

    def formulas(self) -> list[Block]:
        """Return every operation of the graph with its derivatives, as the table has them."""
        examples = {node.op: node for node in reversed(self.context.nodes) if node.op is not None}
        used = dict.fromkeys(node.op for node in self.context.nodes if node.op is not None)
        blocks = shortened_table(("operation", "function", "derivatives"), [operation_row(op) for op in used], "lll")
        for op in used:
            if op in IN_SIMPLER_OPERATIONS:
                blocks += derivation_by_hand(op, examples[op])
        return blocks

    def given(self) -> list[Block]:
        """Return the leaves: inputs, parameters by layer, and the others."""
        context = self.context
        inputs = self.inputs()
        blocks: list[Block] = []
        if inputs:
            blocks += [sentence("The inputs:"), *self._values("input", inputs)]
        for title, layer in self.layers:
            own = [leaf for leaf, use in self.parameter_uses.items() if use.neuron.layer == layer[0].layer]
            rows = [(context.symbol(leaf), leaf.data, self.connects(leaf)) for leaf in own]
            if rows:
                blocks.append(sentence(f"The parameters of the {title}:"))
                blocks += shortened_table(("parameter", "value", "connects"), rows, "lrl")
        others = [v for v in context.nodes if v.op is None and v not in self.parameter_uses and v not in inputs]
        if others:
            title = "The other values that are given:" if blocks else "The values that are given:"
            blocks += [sentence(title), *self._values("name", others)]
        return blocks

    def _values(self, head: str, leaves: Sequence[Value]) -> list[Block]:
        return shortened_table((head, "value"), [(self.context.symbol(leaf), leaf.data) for leaf in leaves], "lr")

    def values(self) -> list[Block]:
        """Return the weighted sums of each layer, then its activations, then a table of all."""
        blocks: list[Block] = []
        rows = []
        for title, layer in self.layers:
            sums = tuple(self.computed(part) for neuron in layer for part in neuron.parts)
            blocks += [Heading(3, (f"The weighted sums of the {title}",)), Equations(sums)]
            active = [neuron for neuron in layer if not neuron.is_linear]
            if active:
                activations = tuple(equation for neuron in active for equation in self._activations(neuron))
                blocks += [Heading(3, (f"The activations of the {title}",)), Equations(activations)]
            rows += [(title, self.context.symbol(neuron.a), neuron.z.data, neuron.a.data) for neuron in layer]
        if rows:
            blocks.append(Heading(3, ("All values of the network",)))
        return blocks + shortened_table(("layer", "neuron", "weighted sum z", "activation a"), rows, "llrr")

    def computed(self, node: Value) -> Equation:
        """Return a node as it was computed: in names, in numbers, worked out."""
        formula = node_formula(node, self.context.names)
        return Equation((self.context.symbol(node), formula, *stages_to_result(formula, node.data)))

    def _activation_nodes(self, neuron: NeuronUse) -> list[Value]:
        """Return the nodes from z to a without z: several only where the activation is the user's own function."""
        own = neuron.a.scope
        if neuron.is_linear or own is None or neuron.z in neuron.a.parents:
            return [] if neuron.is_linear else [neuron.a]
        return [node for node in self.context.nodes if node.scope is own and node not in neuron.parts]

    def _activations(self, neuron: NeuronUse) -> list[Equation]:
        op, formula = neuron.a.op, node_formula(neuron.a, self.context.names)
        if op not in IN_SIMPLER_OPERATIONS or neuron.z not in neuron.a.parents:
            return [self.computed(node) for node in self._activation_nodes(neuron)]
        simpler = flattened(IN_SIMPLER_OPERATIONS[op](self.context.symbol(neuron.z)))
        stages = stages_to_result(simpler, neuron.a.data)
        return [Equation((self.context.symbol(neuron.a), formula, simpler, *stages))]

    def loss(self) -> list[Block]:
        """Return the predictions beside their targets, then every node that belongs to no neuron."""
        context = self.context
        rows = []
        for o, t in targets(context).items():
            wanted = number_of(t)
            judged = "too high" if o.data > wanted else "too low" if o.data < wanted else "just right"
            rows.append((context.symbol(o), o.data, context.symbol(t), wanted, o.data - wanted, judged))
        head = ("prediction", "value", "target", "value", "prediction − target", "so it is")
        blocks = shortened_table(head, rows, "lrlrrl")
        nodes = [node for node in context.nodes if node.op is not None and node not in self._in_neurons]
        return blocks + shortened_equations(nodes, MAX_ROWS, self.computed)


def targets(context: DerivationContext) -> dict[Value, Any]:
    """Return the target of each prediction that a squared error compares with one.

    >>> from autograd import half_squared_error
    >>> from autograd.derivation.context import DerivationContext
    >>> from autograd.engine.graph import Graph
    >>> o, t = Value(0.5, "o"), Value(1.0, "t")
    >>> targets(DerivationContext(Graph(half_squared_error(o, t)))) == {o: t}
    True
    """
    found = {}
    for node in context.nodes:
        if node.op is ops.half_squared_error:
            half = len(node.operands) // 2
            pairs = zip(node.operands[:half], node.operands[half:])
            found.update({o: t for o, t in pairs if isinstance(o, Value)})
    return found


def listed_symbols(context: DerivationContext, nodes: Sequence[Value]) -> Content:
    """Return the names of nodes with commas between, the middle of many left out."""
    shown = abridged(nodes, MAX_LISTED, context.symbol, "… {} more …")
    return tuple(part for name in shown for part in (", ", name))[1:]


def activation_formula(neuron: NeuronUse) -> Content:
    """Return the activation function of a neuron as a formula, or in words."""
    if neuron.is_linear:
        return ("none",)
    if neuron.a.op is None or neuron.a.operands[0] is not neuron.z:
        return ("a function of its own",)
    return (function_formula(neuron.a.op, "z"),)


def picture_of(graph: Graph, **options: Any) -> Any:
    """Return a picture of the graph; None where it cannot be drawn, as for a graph that is too large."""
    try:
        from autograd.drawing.picture import draw  # noqa: PLC0415 -- a document without a picture needs no graphviz

        return draw(graph, **options)
    except (ImportError, ChalkgradError):
        return None
