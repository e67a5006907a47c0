"""The backward half of a walkthrough: error signals, gradients, updates, layer by layer from the last.

The first parameter of a layer is derived in full, the others by what differs. A gradient and its
update are those of `derivation`; nothing is differentiated here.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.derivation.comparison import arriving, passed_back
from autograd.derivation.context import product
from autograd.derivation.one_weight import Case, update_equation
from autograd.derivation.worked.forward_part import drawn_graph, layer_name, names, rows, targets
from autograd.document.blocks import Bullets, Equations, Heading, Picture, listed, sentence
from autograd.engine.value import Value
from autograd.path_sums.ledger import many
from autograd.symbolic.equations import Derivative, Equation, New, Product
from autograd.symbolic.expr import Apply, Symbol, alike
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.derivation.worked.forward_part import Forward
    from autograd.document.blocks import Block


class Backward:
    """The blocks of the backward half, for the parameters that the root depends on."""

    def __init__(self, forward: Forward, rate: Any, *, colors: bool) -> None:
        self.forward = forward
        self.board = forward.board
        self.parameters = forward.parameters
        self.rate = rate
        self.cases = {p: Case(self.board, p, colors=colors) for p in self.parameters}
        self.root = self.board.symbol(self.board.root)

    def updated(self, parameter: Value) -> Any:
        """A parameter after the step."""
        return parameter.data - self.rate * self.cases[parameter].gradient

    def overview(self) -> list[Block]:
        """The rule of the update, and how many paths lead from each parameter to the loss."""
        w = Symbol("w")
        rule = Equation((New("w"), Apply(ops.sub, (w, Product((Symbol("η"), self._by("w")))))))
        blocks: list[Block] = [
            sentence("A parameter is changed against its gradient, the learning rate η", *self._rate(),
                " times as much:"),
            Equations((rule,)),
            sentence(
                "A parameter changes ", self.root, " along every path that leads from it to ", self.root,
                ": along a path the local derivatives are multiplied, and what the paths contribute is added.",
            ),
        ]  # fmt: skip
        body = []
        for title, group in self.groups():
            counts = [self.cases[p].paths.count for p in group]
            paths = dict.fromkeys((min(counts), max(counts)))
            body.append((title, names(group, self.board), " to ".join(map(many, paths))))
        return [*blocks, *rows(("layer", "parameters", "paths from each"), body, "llr")]

    def _rate(self) -> tuple[Any, ...]:
        return () if self.rate is None else (" = ", self.rate)

    def _by(self, name: str) -> Derivative:
        return Derivative(self.board.names[self.board.root], name)

    def groups(self) -> list[tuple[str, list[Value]]]:
        """The parameters by layer, the last layer first; those that are no neuron's come last."""
        owned, count = self.forward.owned, len(self.forward.layers)
        by_layer: dict[int, list[Value]] = {}
        for parameter in self.parameters:
            by_layer.setdefault(owned[parameter][0].layer if parameter in owned else 0, []).append(parameter)
        return [
            (layer_name(number, count) if number else "others" if len(by_layer) > 1 else "all", by_layer[number])
            for number in sorted(by_layer, reverse=True)
        ]

    def signals(self) -> list[Block]:
        """What arrives at each neuron, and its δ, from the last layer back; without neurons, at each node."""
        board = self.board
        if not self.forward.layers:
            return passed_back(board, board.uses(board.order))
        blocks: list[Block] = [
            sentence("The error signal δ of a neuron is ", Derivative(board.names[board.root], "z"),
                ", by its weighted sum z: the error that arrives at its activation a, times the slope there."),
        ]  # fmt: skip
        body = []
        for number, layer in reversed(list(enumerate(self.forward.layers, 1))):
            title = layer_name(number, len(self.forward.layers))
            blocks.append(Heading(3, (f"Of the {title}",)))
            for neuron in layer:
                arrives, z, a = board.gradients[neuron.a], neuron.z, neuron.a
                uses = board.between(a)[a]
                if uses and all(use.node in board.signals for use in uses):
                    equations = [arriving(board, a, uses)]
                else:
                    equations = [Equation((board.by(a), *board.sides(board.factors(a), arrives)))]
                formula, slope = board.slope(neuron)
                if neuron.linear:
                    equations = [Equation((board.delta(neuron), *equation.sides)) for equation in equations]
                else:
                    sides = (product([board.by(a), formula]), Product((arrives, slope)), board.gradients[z])
                    equations.append(Equation((board.delta(neuron), board.by(z), *sides)))
                blocks.append(Equations(tuple(equations)))
                body.append((title, board.symbol(a), arrives, slope, board.gradients[z]))
        head = ("layer", "neuron", "error that arrives", "slope", "error signal δ")
        return [*blocks, Heading(3, ("All error signals",)), *rows(head, body, "llrrr")]

    def gradients(self) -> list[Block]:
        """Layer by layer from the last: the first parameter in full, the others by what differs."""
        blocks: list[Block] = []
        for title, group in self.groups():
            first, *others = group
            blocks += [Heading(3, (f"{title[0].upper()}{title[1:]}",))] if self.forward.layers else []
            blocks += self._why(group)
            blocks += [Heading(4, ("Gradient for ", self.board.symbol(first), ", in full"))]
            blocks += self.cases[first].opening()
            if self.cases[first].paths.count > 1 and not any(isinstance(block, Picture) for block in blocks):
                name = self.board.names[first]
                shows = f"the paths from {name} to {self.board.names[self.board.root]}"
                blocks.append(Picture("paths", shows, drawn_graph(self.board.root, wrt=first)))
            blocks += self.cases[first].sections(5, self.rate)
            for parameter in others:
                blocks += [
                    Heading(4, ("Gradient for ", self.board.symbol(parameter))),
                    *self._difference(first, parameter),
                ]
                blocks.append(Equations(tuple(self._shortly(parameter))))
        return blocks

    def _why(self, group: Sequence[Value]) -> list[Block]:
        counts = {self.cases[p].paths.count for p in group}
        if counts == {1}:
            return [sentence("Each of these parameters has a single path to ", self.root, ": one product is all.")]
        if 1 in counts:
            return []
        neuron = self.forward.owned.get(group[0], (None,))[0]
        if neuron is None:
            return []
        count = self.forward.owned[group[0]][2]
        if count > 1:
            return [
                sentence(f"Each of these parameters is used {count} times: what comes back from each use is added.")
            ]
        users = list(dict.fromkeys(use.node for use in self.board.between(neuron.a)[neuron.a]))
        return [
            sentence("What these parameters change reaches ", self.root, " along several paths: ",
                self.board.symbol(neuron.a), " is used by ", *listed([self.board.symbol(node) for node in users]),
                ". What comes back is added."),
        ]  # fmt: skip

    def _difference(self, first: Value, parameter: Value) -> list[Block]:
        owned, board = self.forward.owned, self.board
        if first not in owned or parameter not in owned:
            return []
        (one, x, _), (other, y, _) = owned[first], owned[parameter]
        if y is None:
            return [sentence("It is the bias of ", board.symbol(other.a), ": its local derivative is 1.")]
        if one is other and x is not None:
            return [sentence("It differs from ", board.symbol(first), " by its input alone: ", board.symbol(y), " for ",
                        board.symbol(x), ".")]  # fmt: skip
        return [sentence("It brings ", board.symbol(y), " into ", board.symbol(other.a), ".")]

    def _shortly(self, parameter: Value) -> list[Equation]:
        case = self.cases[parameter]
        derivative, *sides = case.factored().sides
        use = case.factors[0].uses if case.factors else ()
        if len(use) == 1 and use[0].node in self.board.signals:
            signal = self.board.signal(use[0].node)
            rest = case.factors[0].formula
            sides.insert(0, signal if alike(rest, 1) else Product((signal, rest)))
        equations = [Equation((derivative, *sides))]
        if self.rate is not None:
            equations.append(update_equation(case.weight, parameter.data, self.rate, case.derivative, case.gradient))
        return equations

    def updates(self) -> list[Block]:
        """All gradients and all new values, and what the loss is then."""
        board, rate = self.board, self.rate
        head = ["layer", "parameter", "connects", "value", "gradient"]
        body = [
            [title, board.symbol(p), self.forward.connects(p), p.data, self.cases[p].gradient]
            for title, group in self.groups()
            for p in group
        ]
        if rate is None:
            return rows(head, body, "lllrr")
        zero = type(board.root.data)()
        for row, parameter in zip(body, (p for _, group in self.groups() for p in group)):
            row += [zero - rate * self.cases[parameter].gradient, self.updated(parameter)]
        blocks = rows([*head, "change", "new value"], body, "lllrrrr")
        blocks += self._directions()
        if self.loss_after is not None:
            promised = rate * sum(self.cases[p].gradient * self.cases[p].gradient for p in self.parameters)
            word = "less" if self.loss_after < board.root.data else "not less"
            blocks += [
                sentence("With the new values ", self.root, " is ", self.loss_after, f", {word} than before: it was ",
                    board.root.data, ". That is a change of ", self.loss_after - board.root.data,
                    "; to first order the gradients promised minus ", Symbol("η"),
                    " times the sum of their squares, ", -promised, "."),
            ]  # fmt: skip
        return blocks

    def _directions(self) -> list[Block]:
        """Which way the parameters of each output neuron go, beside what its prediction was."""
        items = []
        wanted = targets(self.board)
        by_neuron: dict[Value, list[Value]] = {}
        for parameter in self.parameters:
            if parameter in self.forward.owned and self.forward.owned[parameter][2] == 1:
                by_neuron.setdefault(self.forward.owned[parameter][0].a, []).append(parameter)
        for a, group in by_neuron.items():
            signs = {self.cases[p].gradient > 0 for p in group if self.cases[p].gradient}
            if a in wanted and len(signs) == 1:
                target = wanted[a].data if isinstance(wanted[a], Value) else wanted[a]
                way = "smaller" if signs == {True} else "larger"
                become = "become" if len(group) > 1 else "becomes"
                prediction = Equation((self.board.symbol(a), a.data))
                judged = f" is too {'high' if a.data > target else 'low'}, it should be "
                which = listed([self.board.symbol(p) for p in group])
                items.append((*which, f" {become} {way}: the prediction ", prediction, judged, target, "."))
        return [Bullets(tuple(items))] if items else []

    @cached_property
    def loss_after(self) -> Any:
        """The loss with the new parameters: the same graph worked out again."""
        new: dict[Value, Any] = {p: self.updated(p) for p in self.parameters}
        for node in self.board.order:
            if node.op is not None:
                try:
                    new[node] = node.op.forward(
                        *[new.get(v, v.data) if isinstance(v, Value) else v for v in node.operands]
                    )
                except (ArithmeticError, ValueError):
                    return None
        return new.get(self.board.root, self.board.root.data)
