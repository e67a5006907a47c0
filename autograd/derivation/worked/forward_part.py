"""The forward half of a walkthrough: the network, the formulas it uses, every value, and the loss.

What is not a neuron's is the loss's: every other node that was computed is written out one by one.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.derivation.comparison import passed_back
from autograd.derivation.context import Board
from autograd.derivation.formulas import BY_HAND, flat, reading_order, stages, written_out
from autograd.derivation.neurons import layers
from autograd.document.blocks import Equations, Heading, sentence, table
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.formatting.terminal import ends
from autograd.symbolic.equations import Chain, Derivative, Equation, Product
from autograd.symbolic.expr import Symbol, derivative, written
from autograd.symbolic.simplify import simplified
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.derivation.neurons import Neuron
    from autograd.document.blocks import Block, Content
    from autograd.symbolic.expr import Formula
    from autograd.table.ops import Op

MOST_ROWS = 60  # of a table; of more, the first and the last

# What the arguments of an operation are called in its row of the table of formulas.
ARGUMENTS = {
    ops.affine: "w1 x1 w2 x2 b",
    ops.total: "x1 x2",
    ops.mean: "x1 x2 n",
    ops.half_squared_error: "o t",
    ops.mean_squared_error: "o1 o2 t1 t2",
    ops.max_margin: "s1 s2 t1 t2",
    ops.binary_cross_entropy: "z1 z2 t1 t2",
    ops.cross_entropy: "z1 z2 t1 t2",
    ops.huber: "o1 o2 t1 t2 δ",
    ops.logsumexp: "x1 x2",
    ops.leaky_relu: "x s",
    ops.elu: "x s",
}
SHOWN = {  # of several that are alike, one
    ops.affine: "w1 x1 b",
    ops.total: "x1",
    ops.mean: "x1",
    ops.mean_squared_error: "o1",
    ops.max_margin: "s1",
    ops.binary_cross_entropy: "z1",
    ops.cross_entropy: "z1",
    ops.huber: "o1",
    ops.logsumexp: "x1",
}


def rows(head: Sequence[str], body: Sequence[Sequence[Any]], align: str) -> list[Block]:
    """A table, the middle of a long one left out; no table where there is nothing in it."""
    if not body:
        return []
    first, left_out, last = ends(body, MOST_ROWS)
    gap = [(f"… {left_out} more …", *[""] * (len(head) - 1))] if left_out else []
    return [table(head, [*first, *gap, *last], align)]


def layer_name(number: int, count: int) -> str:
    """What a layer is called: the last is the output layer.

    >>> [layer_name(n, 3) for n in (1, 2, 3)], layer_name(1, 2)
    (['hidden layer 1', 'hidden layer 2', 'output layer'], 'hidden layer')
    """
    if number == count:
        return "output layer"
    return "hidden layer" if count == 2 else f"hidden layer {number}"


class Forward:
    """The blocks of the forward half, for one board and its parameters."""

    def __init__(self, board: Board, parameters: Sequence[Value]) -> None:
        self.board = board
        self.parameters = parameters
        self.layers = layers(board.neurons)
        self._inside = {part for neuron in board.neurons for part in (*neuron.parts, *self._steps(neuron))}

    # -- The network ------------------------------------------------------------------------------------

    def network(self) -> list[Block]:
        """What feeds what, and the product along every weight."""
        board = self.board
        count = len(self.layers)
        body: list[tuple[Any, ...]] = [("inputs", names(self.inputs(), board), "")]
        for number, layer in enumerate(self.layers, 1):
            neurons = names([neuron.a for neuron in layer], board)
            body.append((layer_name(number, count), neurons, activation(layer[0])))
        blocks = rows(("layer", "neurons", "activation"), body, "lll") if self.layers else []
        flow = [
            (board.symbol(x), board.symbol(neuron.a), board.symbol(w), self._one_product(w, x))
            for neuron in board.neurons
            for w, x in neuron.pairs
        ]
        if flow:
            blocks += [
                Heading(3, ("What flows along each weight",)),
                *rows(("from", "to", "weight", "product"), flow, "llll"),
            ]
        return blocks

    def _one_product(self, w: Any, x: Any) -> Equation:
        numbers = [v.data if isinstance(v, Value) else v for v in (w, x)]
        symbols = Product((self.board.symbol(w), self.board.symbol(x)))
        return Equation((symbols, Product(tuple(numbers)), ops.mul(*numbers)))

    def inputs(self) -> list[Value]:
        """The leaves that enter neurons and are no parameters."""
        entering = dict.fromkeys(x for neuron in self.board.neurons for _, x in neuron.pairs if isinstance(x, Value))
        return [x for x in entering if x.op is None and x not in self.parameters]

    @cached_property
    def owned(self) -> dict[Value, tuple[Neuron, Any, int]]:
        """Each leaf that is a weight or bias: its first neuron, the input there (None for a bias), how many uses."""
        found: dict[Value, tuple[Neuron, Any, int]] = {}
        for neuron in self.board.neurons:
            for v, x in (*neuron.pairs, (neuron.bias, None)):
                if isinstance(v, Value) and v.op is None:
                    first, entering, count = found.get(v, (neuron, x, 0))
                    found[v] = (first, entering, count + 1)
        return found

    def connects(self, parameter: Value) -> Content:
        """From which input to which neuron a parameter leads; how many more times it is used."""
        if parameter not in self.owned:
            return ("",)
        neuron, x, count = self.owned[parameter]
        more = f" and {count - 1} more times" if count > 1 else ""
        return (*connection(self.board, x, neuron), more)

    # -- The formulas -------------------------------------------------------------------------------------

    def formulas(self) -> list[Block]:
        """Every operation of the graph, with its derivatives, as the table has them."""
        used = dict.fromkeys(node.op for node in self.board.reading if node.op is not None)
        body = [_formula_row(op) for op in used]
        blocks = rows(("operation", "function", "derivatives"), body, "lll")
        for op in used:
            if op in BY_HAND:
                example = next(node for node in self.board.reading if node.op is op)
                blocks += by_hand(op, example)
        return blocks

    # -- The values ---------------------------------------------------------------------------------------

    def given(self) -> list[Block]:
        """The leaves: inputs, parameters by layer, and the others."""
        board = self.board
        inputs = self.inputs()
        blocks: list[Block] = []
        if inputs:
            blocks += [
                sentence("The inputs:"),
                *rows(("input", "value"), [(board.symbol(x), x.data) for x in inputs], "lr"),
            ]
        for number in range(1, len(self.layers) + 1):
            body = [
                (board.symbol(v), v.data, self.connects(v)) for v, at in self.owned.items() if at[0].layer == number
            ]
            title = f"The parameters of the {layer_name(number, len(self.layers))}:"
            blocks += [sentence(title), *rows(("parameter", "value", "connects"), body, "lrl")] if body else []
        others = [v for v in board.reading if v.op is None and v not in self.owned and v not in inputs]
        if others:
            title = "The other values that are given:" if blocks else "The values that are given:"
            blocks += [sentence(title), *rows(("name", "value"), [(board.symbol(v), v.data) for v in others], "lr")]
        return blocks

    def values(self) -> list[Block]:
        """Layer by layer: the weighted sums, then what the activation makes of them, then all of it as a table."""
        board, count = self.board, len(self.layers)
        blocks: list[Block] = []
        for number, layer in enumerate(self.layers, 1):
            title = layer_name(number, count)
            blocks.append(Heading(3, (f"The weighted sums of the {title}",)))
            blocks.append(Equations(tuple(self.computed(part) for neuron in layer for part in neuron.parts)))
            active = [neuron for neuron in layer if not neuron.linear]
            if active:
                blocks.append(Heading(3, (f"The activations of the {title}",)))
                blocks.append(Equations(tuple(equation for neuron in active for equation in self._activated(neuron))))
        body = [
            (layer_name(number, count), board.symbol(neuron.a), neuron.z.data, neuron.a.data)
            for number, layer in enumerate(self.layers, 1)
            for neuron in layer
        ]
        if body:
            blocks += [Heading(3, ("All values of the network",))]
            blocks += rows(("layer", "neuron", "weighted sum z", "activation a"), body, "llrr")
        return blocks

    def computed(self, node: Value) -> Equation:
        """A node as it was computed: in names, in numbers, worked out."""
        self.board.fresh(node)
        formula = written_out(node, self.board.names)
        return Equation((self.board.symbol(node), formula, *stages(formula, node.data)))

    def _steps(self, neuron: Neuron) -> list[Value]:
        """The nodes from z to a, without z: a alone, but for an activation of the user's own."""
        own = neuron.a.scope
        if neuron.linear or own is None or neuron.z in neuron.a.parents:
            return [] if neuron.linear else [neuron.a]
        return [node for node in self.board.reading if node.scope is own and node not in neuron.parts]

    def _activated(self, neuron: Neuron) -> list[Equation]:
        op, formula = neuron.a.op, written_out(neuron.a, self.board.names)
        if op not in BY_HAND or neuron.z not in neuron.a.parents:
            return [self.computed(node) for node in self._steps(neuron)]
        self.board.fresh(neuron.a)
        hand = flat(BY_HAND[op](self.board.symbol(neuron.z)))
        return [Equation((self.board.symbol(neuron.a), formula, hand, *stages(hand, neuron.a.data)))]

    # -- The loss -------------------------------------------------------------------------------------------

    def loss(self) -> list[Block]:
        """Predictions beside targets, then every node that is no neuron's, to the last."""
        board = self.board
        body = [
            (board.symbol(o), o.data, board.symbol(t), _number(t), o.data - _number(t), _judged(o.data, _number(t)))
            for o, t in targets(board).items()
        ]
        head = ("prediction", "value", "target", "value", "prediction − target", "so it is")
        blocks = rows(head, body, "lrlrrl")
        nodes = [node for node in board.reading if node.op is not None and node not in self._inside]
        first, left_out, last = ends(nodes, MOST_ROWS)
        if first:
            blocks.append(Equations(tuple(map(self.computed, first))))
        if left_out:
            blocks += [sentence(f"… {left_out} more nodes …"), Equations(tuple(map(self.computed, last)))]
        return blocks


def targets(board: Board) -> dict[Value, Any]:
    """The target of each prediction that a squared error compares with one.

    >>> from autograd.engine.functions import half_squared_error
    >>> o, t = Value(0.5, "o"), Value(1.0, "t")
    >>> targets(Board(half_squared_error(o, t))) == {o: t}
    True
    """
    found = {}
    for node in board.reading:
        if node.op is ops.half_squared_error:
            half = len(node.operands) // 2
            pairs = zip(node.operands[:half], node.operands[half:])
            found.update({o: t for o, t in pairs if isinstance(o, Value)})
    return found


def _number(thing: Any) -> Any:
    return thing.data if isinstance(thing, Value) else thing


def _judged(output: Any, target: Any) -> str:
    return "too high" if output > target else "too low" if output < target else "just right"


def names(nodes: Sequence[Value], board: Board) -> Content:
    """Nodes with commas between, the middle of many left out."""
    first, left_out, last = ends(nodes, 12)
    shown: list[Any] = []
    for node in (*first, *([None] if left_out else []), *last):
        shown += [", "] if shown else []
        shown.append(f"… {left_out} more …" if node is None else board.symbol(node))
    return tuple(shown)


def activation(neuron: Neuron) -> Content:
    """The activation function of a neuron as a formula."""
    if neuron.linear:
        return ("none",)
    if neuron.a.op is None or neuron.a.operands[0] is not neuron.z:
        return ("a function of its own",)
    return (written_function(neuron.a.op, "z"),)


def written_function(op: Op, argument: str) -> Formula:
    """σ(z), tanh(z) and so on."""
    return flat(op(*[Symbol(argument)]))


def connection(board: Board, x: Any, neuron: Neuron) -> Content:
    """From an input to a neuron; a bias only into it."""
    into = board.names[neuron.a]
    if x is None:
        return ("bias of ", Symbol(into))
    if isinstance(x, Value):
        return (Chain((board.names[x], into)),)
    return (x, " → ", Symbol(into))


def drawn_graph(root: Value, **what: Any) -> Any:
    """A drawing of the graph; None where there is none, as of a graph that is too large for one."""
    try:
        from autograd.drawing.picture import draw  # noqa: PLC0415 -- a document without a picture needs no graphviz

        return draw(root, **what)
    except (ImportError, ChalkgradError):
        return None


# -- The formulas of one operation --------------------------------------------------------------------


def _formula_row(op: Op) -> tuple[Any, ...]:
    letters = (ARGUMENTS.get(op) or ("x" if op.arity == 1 else "a b c"[: 2 * op.arity - 1])).split()
    args = [Symbol(letter) for letter in letters]
    y = Symbol("y")
    whole = flat(written(op, args))
    found: list[Any] = []
    for letter in SHOWN[op].split() if op in SHOWN else letters:
        found += [", "] if found else []
        slope = flat(simplified(derivative(op, y, args, letters.index(letter))))
        found.append(Equation((Derivative("y", letter), slope)))
    return (op.name.replace("_", " "), Equation((y, whole)), tuple(found))


def by_hand(op: Op, example: Value) -> list[Block]:
    """A function worked out in simpler operations, and its derivative found again by the chain rule."""
    x = Value(_number(example.operands[0]), label="x")
    try:
        y = BY_HAND[op](x)
    except ArithmeticError:
        return []  # written out like this it overflows at this point
    for place, node in enumerate(reading_order(y)):
        node.label = node.label or f"u{place}"
    y.label = "y"
    board = Board(y)
    function, slope = written_function(op, "x"), Derivative("y", "x")
    table = flat(simplified(derivative(op, board.symbol(y), [board.symbol(x)], 0)))
    steps = [Equation((board.symbol(node), written_out(node, board.names))) for node in board.reading if node.op]
    uses = board.between(x)
    if all(len(ways) == 1 for node, ways in uses.items() if node is not y):
        found: list[Block] = [Equations((Equation((slope, *board.sides(board.factors(x), board.gradients[x]))),))]
    else:
        found = passed_back(board, uses)
    listed = op.local_derivatives(example.data, [_number(v) for v in example.operands])[0]
    return [
        Heading(3, ("The derivative of ", function)),
        sentence(function, " is worked out in these steps:"),
        Equations(tuple(steps)),
        sentence("The chain rule over these steps, at ", Equation((board.symbol(x), x.data)), ":"),
        *found,
        sentence("The formula of the table there:"),
        Equations((Equation((slope, table, *stages(table, listed))),)),
        sentence("They are the same formula: ", *SAME[op], "."),
    ]


# Why what the chain rule finds is what the table says, in the letters of the steps.
_u = [Symbol(f"u{place}") for place in range(6)]
SAME: dict[Op, Content] = {
    ops.sigmoid: (Equation((_u[2] / _u[3], (_u[3] - 1) / _u[3], 1 - Symbol("y"))),),
    ops.softplus: (Equation((_u[1] / _u[2], ops.sigmoid(Symbol("x")))),),
    ops.tanh: (Equation(((_u[1] + _u[3]) / _u[5] - Symbol("y") * ((_u[1] - _u[3]) / _u[5]), 1 - Symbol("y") ** 2)),),
}
