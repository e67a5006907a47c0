"""The backward half of a walkthrough: error signals, gradients and updates, from the last layer back.

The first parameter of a layer is derived in full, the others by what differs. Each gradient and its
update come from `one_weight`; nothing is differentiated here.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.derivation.comparison import arriving, passed_back
from autograd.derivation.context import product
from autograd.derivation.formulas import number_of
from autograd.derivation.one_weight import WeightDerivation
from autograd.derivation.worked.forward_part import listed_symbols, picture_of, shortened_table, targets
from autograd.document.blocks import Bullets, Equations, Heading, Picture, listed, sentence
from autograd.path_sums.ledger import many
from autograd.symbolic.equations import Equation, New, Product
from autograd.symbolic.expr import Apply, Symbol, alike
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.derivation.neurons import NeuronUse
    from autograd.derivation.worked.forward_part import ForwardPart
    from autograd.document.blocks import Block
    from autograd.engine.value import Value


class BackwardPart:
    """The blocks of the backward half, for the parameters that the output depends on."""

    def __init__(self, forward: ForwardPart, rate: Any, *, colors: bool) -> None:
        self.forward = forward
        self.context = forward.context
        self.parameters = forward.parameters
        self.rate = rate
        self.derivations = {p: WeightDerivation(self.context, p, colors=colors) for p in self.parameters}
        self.output = self.context.symbol(self.context.output)
        self.groups = self._groups()

    def _groups(self) -> list[tuple[str, list[Value]]]:
        """Return the parameters of each layer, the last layer first; those of no neuron come last."""
        by_layer: dict[int, list[Value]] = {}
        for parameter in self.parameters:
            use = self.forward.parameter_uses.get(parameter)
            by_layer.setdefault(use.neuron.layer if use else 0, []).append(parameter)
        titles = {layer[0].layer: title for title, layer in self.forward.layers}
        titles[0] = "others" if len(by_layer) > 1 else "all"
        return [(titles[number], by_layer[number]) for number in sorted(by_layer, reverse=True)]

    def gradient(self, parameter: Value) -> Any:
        """Return the gradient of a parameter."""
        return self.derivations[parameter].gradient

    def updated(self, parameter: Value) -> Any:
        """Return a parameter after the step."""
        return parameter.data - self.rate * self.gradient(parameter)

    def overview(self) -> list[Block]:
        """Return the rule of the update, and how many paths lead from each parameter to the loss."""
        w = Symbol("w")
        rule = Equation((New("w"), Apply(ops.sub, (w, Product((Symbol("η"), self.context.derivative("w")))))))
        rate = () if self.rate is None else (" = ", self.rate)
        blocks: list[Block] = [
            sentence("A step subtracts from each parameter its gradient times the learning rate η", *rate, ":"),
            Equations((rule,)),
            sentence(
                "A parameter changes ", self.output, " along every path that leads from it to ", self.output,
                ": along a path the local derivatives are multiplied, and what the paths contribute is added.",
            ),
        ]  # fmt: skip
        rows = []
        for title, group in self.groups:
            counts = [self.derivations[p].paths.count for p in group]
            paths = dict.fromkeys((min(counts), max(counts)))
            rows.append((title, listed_symbols(self.context, group), " to ".join(map(many, paths))))
        return blocks + shortened_table(("layer", "parameters", "paths from each"), rows, "llr")

    def error_signals(self) -> list[Block]:
        """Return the δ of each neuron from the last layer back; without neurons, the gradient of each node."""
        context = self.context
        if not self.forward.layers:
            return passed_back(context, context.graph.order)
        blocks: list[Block] = [
            sentence("The error signal δ of a neuron is ", context.derivative("z"),
                ", by its weighted sum z: the error that arrives at its activation a, times the slope there."),
        ]  # fmt: skip
        rows = []
        for title, layer in reversed(self.forward.layers):
            blocks.append(Heading(3, (f"Of the {title}",)))
            for neuron in layer:
                slope, slope_value = context.activation_slope(neuron)
                arrives, delta = context.gradients[neuron.a], context.gradients[neuron.z]
                equations = [self._error_at_activation(neuron)]
                if neuron.is_linear:
                    equations = [Equation((context.delta(neuron), *equations[0].sides))]
                else:
                    sides = (product([context.derivative(neuron.a), slope]), Product((arrives, slope_value)), delta)
                    equations.append(Equation((context.delta(neuron), context.derivative(neuron.z), *sides)))
                blocks.append(Equations(tuple(equations)))
                rows.append((title, context.symbol(neuron.a), arrives, slope_value, delta))
        head = ("layer", "neuron", "error that arrives", "slope", "error signal δ")
        return [*blocks, Heading(3, ("All error signals",)), *shortened_table(head, rows, "llrrr")]

    def _error_at_activation(self, neuron: NeuronUse) -> Equation:
        """Return ∂E/∂a: what comes back from the next neurons, or else the product along the way."""
        context = self.context
        edges = context.edges_from(neuron.a)
        if edges and all(edge.node in context.neuron_at for edge in edges):
            return arriving(context, neuron.a)
        return Equation((context.derivative(neuron.a), *context.gradient_sides(neuron.a)))

    def gradients(self) -> list[Block]:
        """Return the gradients from the last layer back: the first parameter in full, the others by what differs."""
        blocks: list[Block] = []
        for title, group in self.groups:
            first, *others = group
            writer = self.derivations[first]
            blocks += [Heading(3, (f"{title[0].upper()}{title[1:]}",))] if self.forward.layers else []
            blocks += self._number_of_paths(group)
            blocks += [Heading(4, ("Gradient for ", writer.weight, ", in full")), *writer.introduction()]
            if writer.paths.count > 1 and not any(isinstance(block, Picture) for block in blocks):
                shows = f"the paths from {self.context.names[first]} to {self.context.names[self.context.output]}"
                blocks.append(Picture("paths", shows, picture_of(self.context.graph, wrt=first)))
            blocks += writer.sections(5, self.rate)
            for parameter in others:
                blocks.append(Heading(4, ("Gradient for ", self.context.symbol(parameter))))
                blocks += self._difference(first, parameter)
                blocks.append(Equations(self._in_short(parameter)))
        return blocks

    def _number_of_paths(self, group: Sequence[Value]) -> list[Block]:
        """Return why each of these parameters has one path, or has several."""
        counts = {self.derivations[p].paths.count for p in group}
        if counts == {1}:
            return [sentence("Each of these parameters has a single path to ", self.output, ": one product is all.")]
        use = self.forward.parameter_uses.get(group[0])
        if 1 in counts or use is None:
            return []
        if use.uses > 1:
            used = f"Each of these parameters is used {use.uses} times"
            return [sentence(f"{used}: what comes back from each use is added.")]
        a = use.neuron.a
        users = dict.fromkeys(edge.node for edge in self.context.edges_from(a))
        if len(users) < 2:  # then the paths part elsewhere
            return []
        return [
            sentence("These parameters change ", self.output, " along several paths, because ", self.context.symbol(a),
                " is used by ", *listed([self.context.symbol(node) for node in users]),
                ". What comes back from each is added."),
        ]  # fmt: skip

    def _difference(self, first: Value, parameter: Value) -> list[Block]:
        """Return how the gradient of a parameter differs from that of the first of its layer."""
        uses, symbol = self.forward.parameter_uses, self.context.symbol
        if first not in uses or parameter not in uses:
            return []
        (one, x, _), (other, y, _) = uses[first], uses[parameter]
        if y is None:
            return [sentence("It is the bias of ", symbol(other.a), ": its local derivative is 1.")]
        if one is other and x is not None:
            inputs = (" by its input alone: ", symbol(y), " for ", symbol(x), ".")
            return [sentence("It differs from ", symbol(first), *inputs)]
        return [sentence("It brings ", symbol(y), " into ", symbol(other.a), ".")]

    def _in_short(self, parameter: Value) -> tuple[Equation, ...]:
        """Return the gradient of a parameter as a product, and its update."""
        writer = self.derivations[parameter]
        derivative, *sides = writer.factored().sides
        edges = writer.factors[0].edges if writer.factors else ()
        if len(edges) == 1 and edges[0].node in self.context.neuron_at:
            delta, rest = self.context.upstream(edges[0].node), writer.factors[0].formula
            sides.insert(0, delta if alike(rest, 1) else Product((delta, rest)))
        equation = Equation((derivative, *sides))
        return (equation,) if self.rate is None else (equation, writer.update_equation(self.rate))

    def updates(self) -> list[Block]:
        """Return all gradients and all new values, and the loss that they give."""
        context, rate = self.context, self.rate
        head = ["layer", "parameter", "connects", "value", "gradient"]
        rows: list[list[Any]] = []
        zero = type(context.output.data)()
        for title, p in ((title, p) for title, group in self.groups for p in group):
            rows.append([title, context.symbol(p), self.forward.connects(p), p.data, self.gradient(p)])
            rows[-1] += [] if rate is None else [zero - rate * self.gradient(p), self.updated(p)]
        if rate is None:
            return shortened_table(head, rows, "lllrr")
        blocks = shortened_table([*head, "change", "new value"], rows, "lllrrrr") + self._directions()
        if self.loss_after is not None:
            promised = rate * sum(self.gradient(p) * self.gradient(p) for p in self.parameters)
            before = context.output.data
            less = "less" if self.loss_after < before else "not less"
            blocks += [
                sentence("With the new values ", self.output, " is ", self.loss_after, f", {less} than before: it was ",
                    before, ". That is a change of ", self.loss_after - before,
                    "; to first order the gradients promised minus ", Symbol("η"),
                    " times the sum of their squares, ", -promised, "."),
            ]  # fmt: skip
        return blocks

    def _directions(self) -> list[Block]:
        """Return which way the parameters of each output neuron go, beside what its prediction was."""
        wanted = targets(self.context)
        by_neuron: dict[Value, list[Value]] = {}
        for parameter in self.parameters:
            use = self.forward.parameter_uses.get(parameter)
            if use and use.uses == 1:
                by_neuron.setdefault(use.neuron.a, []).append(parameter)
        items = []
        for a, group in by_neuron.items():
            signs = {self.gradient(p) > 0 for p in group if self.gradient(p)}
            if a in wanted and len(signs) == 1:
                target = number_of(wanted[a])
                change = f" become{'s' * (len(group) == 1)} {'smaller' if signs == {True} else 'larger'}"
                prediction = Equation((self.context.symbol(a), a.data))
                judged = f" is too {'high' if a.data > target else 'low'}, it should be "
                parameters = listed([self.context.symbol(p) for p in group])
                items.append((*parameters, f"{change}: the prediction ", prediction, judged, target, "."))
        return [Bullets(tuple(items))] if items else []

    @cached_property
    def loss_after(self) -> Any:
        """The loss with the new parameters; None where it is not defined there."""
        try:
            computed = self.context.graph.compute({p: self.updated(p) for p in self.parameters})
        except (ArithmeticError, ValueError):
            return None
        return computed[self.context.output]
