"""The last sections of a walkthrough: how gradients shrink, what each factor says, why gradients add."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd.derivation.formulas import number_of
from autograd.derivation.worked.forward_part import shortened_table, targets
from autograd.derivation.worked.operation_formulas import function_formula
from autograd.document.blocks import Bullets, Equations, Heading, sentence
from autograd.engine.value import Value
from autograd.symbolic.equations import Derivative, Elementwise, Equation, Function, Product, Sign, Sum
from autograd.symbolic.expr import Apply, Symbol
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.derivation.context import DerivationContext
    from autograd.derivation.worked.backward_part import BackwardPart
    from autograd.derivation.worked.matrix_form import MatrixForm
    from autograd.document.blocks import Block

MAX_CANCELING = 4  # parameters in the sentence about paths that cancel
MAX_TERMS_OF_LOSS = 8  # in the sentence about why gradients add


class SummaryPart:
    """The blocks of the last sections, which compare the gradients."""

    def __init__(self, backward: BackwardPart) -> None:
        self.backward = backward
        self.context = backward.context
        self.forward = backward.forward
        self.parameters = backward.parameters
        self.derivations = backward.derivations
        self.output = backward.output

    def shrinking(self) -> list[Block]:
        """Return the mean size of the gradients of each layer, and what makes those of one smaller than the next."""
        layered = [(title, group) for title, group in self.backward.groups if group[0] in self.forward.parameter_uses]
        if len(layered) < 2:
            return []
        means = [sum(abs(self.backward.gradient(p)) for p in group) / len(group) for _, group in layered]
        rows = [
            (title, mean, means[place - 1] / mean if place and mean else "")
            for place, ((title, _), mean) in enumerate(zip(layered, means))
        ]
        head = ("layer", "mean size of its gradients", "times smaller than the layer after it")
        blocks = shortened_table(head, rows, "lrr")
        for (_, after), (_, before) in pairwise(layered):
            blocks += self._ratio(after[0], before[0])
        reasons = [self._slopes(), *(self._canceling(group) for _, group in layered[1:])]
        items = tuple(reason for reason in reasons if reason)
        return [*blocks, *([Bullets(items)] if items else [])]

    def _ratio(self, late: Value, early: Value) -> list[Block]:
        """Return how many times larger one gradient is than another: the ratio of the δ times that of the inputs."""
        context = self.context
        parts = []
        for parameter in (late, early):
            neuron, x, count = self.forward.parameter_uses[parameter]
            if count != 1 or x is None or not self.backward.gradient(parameter):
                return []
            parts.append((neuron, x, context.gradients[neuron.z], number_of(x)))
        (one, x, delta_1, input_1), (other, y, delta_2, input_2) = parts
        ratio = abs(self.backward.gradient(late) / self.backward.gradient(early))
        pairs = ((context.delta(one), context.delta(other)), (context.symbol(x), context.symbol(y)))
        names = [Apply(ops.abs, (Apply(ops.div, pair),)) for pair in pairs]
        numbers = (abs(delta_1 / delta_2), abs(input_1 / input_2))
        return [
            sentence(context.derivative(late), " is ", ratio, " times as large as ", context.derivative(early),
                ". The error signals and the inputs each have a share in this:"),
            Equations((Equation((Product(tuple(names)), Product(numbers), ratio)),)),
        ]  # fmt: skip

    def _slopes(self) -> Any:
        """Return how large the slope of the activation can be, for sigmoid and tanh."""
        op = self.forward.layers[0][1][0].a.op
        if op not in (ops.sigmoid, ops.tanh):
            return None
        assert op is not None
        top = op.partials[0](op.forward(0.0), 0.0)
        relu = ops.relu.partials[0](1.0, 1.0)
        values = [self.context.activation_slope(neuron)[1] for neuron in self.context.neurons if neuron.a.op is op]
        return (
            "Each layer multiplies by the slope of its activation. Here the slopes are from ", min(values), " to ",
            max(values), "; that of ", function_formula(op, "z"), " is at most ", top,
            " (at z = 0), so n layers multiply by at most ", Apply(ops.pow, (top, Symbol("n"))),
            ". For large z of either sign it is near 0. The slope of relu is ", relu, " wherever z is above 0.",
        )  # fmt: skip

    def _canceling(self, group: Sequence[Value]) -> Any:
        """Return how much is left where the paths of the parameters of a layer cancel."""
        shown: list[Any] = []
        for parameter in [p for p in group if self.derivations[p].left_of_magnitude is not None][:MAX_CANCELING]:
            shown += [", ", self.context.symbol(parameter), f" {self.derivations[parameter].left_of_magnitude}"]
        return ("The paths cancel. Of their magnitude is left: ", *shown[1:], ".") if shown else None

    def summary(self, form: MatrixForm | str) -> list[Block]:
        """Return the algorithm in six lines, what each part of it says, and why the gradients add."""
        context = self.context
        blocks: list[Block] = []
        if not isinstance(form, str) and len(form.layers) > 1:
            blocks += [sentence("One step of training, for layers l = 1 to L:"), _algorithm(context)]
            blocks += self._components()
        if context.output.op in (ops.add, ops.total) and self.parameters:
            blocks += self._why_sums()
        return blocks

    def _components(self) -> list[Block]:
        """Return what each factor of a gradient says, with the factors of one neuron as the example."""
        context = self.context
        last = self.forward.layers[-1][1][0]
        w, x = last.pairs[0]
        z, a = context.names[last.z], context.names[last.a]
        error = context.gradient_sides(last.a)[0]
        wrong = "how wrong the prediction is" if last.a in targets(context) else "how much changes with the neuron"
        rows: list[tuple[Any, ...]] = []
        if last.a is not context.output:
            rows.append((context.derivative(last.a), error, context.gradients[last.a], wrong))
        if not last.is_linear:
            slope, value = context.activation_slope(last)
            rows.append((Derivative(a, z), slope, value, "how strongly the neuron responds"))
        by_weight = Derivative(z, context.names[w])
        rows.append((by_weight, context.symbol(x), number_of(x), "how much came in along the weight"))
        if isinstance(x, Value) and x.op is not None:
            by_input = Derivative(z, context.names[x])
            rows.append((by_input, context.symbol(w), w.data, "how much of the error goes back along it"))
        return [Heading(3, ("What each part says",)), *shortened_table(("part", "is", "here", "it says"), rows, "llrl")]

    def _why_sums(self) -> list[Block]:
        """Return the gradient of one parameter as the sum of its gradients in the terms of the loss."""
        context, derivations = self.context, self.derivations
        terms = [v for v in context.output.operands if isinstance(v, Value) and v.op is not None]
        weight = next((p for p in reversed(self.parameters) if derivations[p].paths.count > 1), None)
        weight = next((p for p in self.parameters if all(term in derivations[p].uses for term in terms)), weight)
        if weight is None or not 2 <= len(terms) <= MAX_TERMS_OF_LOSS:
            return []
        writer = derivations[weight]
        terms = [term for term in terms if term in writer.uses]
        names = tuple(Derivative(context.names[term], writer.weight.name) for term in terms)
        gradients = tuple(context.derivatives_of(term, writer.uses)[weight] for term in terms)
        each = "a parameter that several of its terms depend on has a gradient from each."
        return [
            Heading(3, ("Why the gradients add",)),
            sentence(self.output, f" is a sum, and the derivative of a sum is the sum of the derivatives: {each}"),
            Equations((Equation((writer.derivative, Sum(names), Sum(gradients), writer.gradient)),)),
        ]


def _algorithm(context: DerivationContext) -> Bullets:
    z, a, delta, w = (Sign(letter, "(l)") for letter in ("z", "a", "δ", "W"))
    before, across = Sign("a", "(l−1)"), Sign("a", "(l−1)", transposed=True)
    back = Product((Sign("W", "(l+1)", transposed=True), Sign("δ", "(l+1)")))
    return Bullets(
        (
            ("Forward: ", Equation((z, Sum((Product((w, before)), Sign("b", "(l)"))))), " and ",
             Equation((a, Function("σ", z))), ", layer by layer."),
            ("The loss ", context.symbol(context.output), "."),
            ("The error signals of the last layer: ", Equation((Sign("δ", "(L)"), Elementwise((
                context.derivative(Sign("a", "(L)")), Function("σ′", Sign("z", "(L)")))))), "."),
            ("Back, layer by layer: ", Equation((delta, Elementwise((back, Function("σ′", z))))), "."),
            ("The gradients: ", Equation((context.derivative(w), Product((delta, across)))), "."),
            ("The update: ", w, " becomes ", Apply(ops.sub, (w, Product((Symbol("η"), context.derivative(w))))), "."),
        ),
        numbered=True,
    )  # fmt: skip
