"""What a walkthrough has to say in the end: how gradients shrink, what each factor says, why they add."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd.derivation.worked.forward_part import rows, targets, written_function
from autograd.document.blocks import Bullets, Equations, Heading, sentence
from autograd.engine.graph import gradients
from autograd.engine.value import Value
from autograd.formatting import figures
from autograd.symbolic.equations import Derivative, Elementwise, Equation, Function, Product, Sign, Sum
from autograd.symbolic.expr import Apply, Symbol
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.derivation.context import Board
    from autograd.derivation.worked.backward_part import Backward
    from autograd.derivation.worked.matrix_form import MatrixForm
    from autograd.document.blocks import Block


class Lessons:
    """The last sections, for gradients that have been worked out."""

    def __init__(self, backward: Backward) -> None:
        self.backward = backward
        self.board = backward.board
        self.forward = backward.forward
        self.parameters = backward.parameters
        self.cases = backward.cases
        self.root = backward.root

    def shrinking(self) -> list[Block]:
        """The mean size of the gradients of each layer, and what made one layer's smaller than the next one's."""
        layered = [(title, group) for title, group in self.backward.groups() if group[0] in self.forward.owned]
        if len(layered) < 2:
            return []
        means = [sum(abs(self.cases[p].gradient) for p in group) / len(group) for _, group in layered]
        body = [
            (title, mean, means[place - 1] / mean if place and mean else "")
            for place, ((title, _), mean) in enumerate(zip(layered, means))
        ]
        head = ("layer", "mean size of its gradients", "times smaller than the layer after it")
        blocks = rows(head, body, "lrr")
        for (_, after), (_, before) in pairwise(layered):
            blocks += self._ratio(after[0], before[0])
        reasons = [self._slopes(), *(self._cancelling(group) for _, group in layered[1:])]
        items = tuple(reason for reason in reasons if reason)
        return [*blocks, *([Bullets(items)] if items else [])]

    def _ratio(self, late: Value, early: Value) -> list[Block]:
        """How many times larger one gradient is than another, as the ratio of the δ times that of the inputs."""
        board = self.board
        parts = []
        for parameter in (late, early):
            neuron, x, count = self.forward.owned[parameter]
            if count != 1 or x is None or not self.cases[parameter].gradient:
                return []
            parts.append((parameter, neuron, x, board.gradients[neuron.z], x.data if isinstance(x, Value) else x))
        (p, one, x, delta_p, into_p), (q, other, y, delta_q, into_q) = parts
        over = abs(self.cases[p].gradient / self.cases[q].gradient)
        names = [
            Apply(ops.abs, (Apply(ops.div, pair),))
            for pair in ((board.delta(one), board.delta(other)), (board.symbol(x), board.symbol(y)))
        ]
        numbers = (abs(delta_p / delta_q), abs(into_p / into_q))
        return [
            sentence(board.by(p), " is ", over, " times as large as ", board.by(q),
                ". The error signals and the inputs have each their share:"),
            Equations((Equation((Product(tuple(names)), Product(numbers), over)),)),
        ]  # fmt: skip

    def _slopes(self) -> Any:
        """How large the slope of the activation can be at most, where it can be said."""
        op = self.forward.layers[0][0].a.op
        if op not in (ops.sigmoid, ops.tanh):
            return None
        assert op is not None
        top = op.partials[0](op.forward(0.0), 0.0)
        relu = ops.relu.partials[0](1.0, 1.0)
        values = [self.board.slope(neuron)[1] for neuron in self.board.neurons if neuron.a.op is op]
        return (
            "Each layer multiplies by the slope of its activation. Here the slopes are from ", min(values), " to ",
            max(values), "; that of ", written_function(op, "z"), " is at most ", top,
            " (at z = 0), so n layers multiply by at most ", Apply(ops.pow, (top, Symbol("n"))),
            ". For large z of either sign it is near 0. The slope of relu is ", relu, " wherever z is above 0.",
        )  # fmt: skip

    def _cancelling(self, group: Sequence[Value]) -> Any:
        """How much is left where the paths of a layer's parameters pull in different directions."""
        paths = {p: self.cases[p].paths for p in group}
        least = [(p, found.kept) for p, found in paths.items() if found.kept is not None and found.cancels]
        if not least:
            return None
        shown: list[Any] = []
        for parameter, left in least[:4]:
            shown += [", "] if shown else []
            shown += [self.board.symbol(parameter), f" {figures.number(100 * left, 3)}\u00a0%"]
        return ("The paths pull in different directions. Of their magnitude is left: ", *shown, ".")

    def summary(self, form: MatrixForm | str) -> list[Block]:
        """The algorithm in six lines, what each part of it says, and why the gradients add."""
        board = self.board
        blocks: list[Block] = []
        if not isinstance(form, str) and len(form.layers) > 1:
            blocks += [sentence("One step of training, for layers l = 1 to L:"), _algorithm(board)]
            blocks += self._components()
        if board.root.op in (ops.add, ops.total) and self.parameters:
            blocks += self._why_sums()
        return blocks

    def _components(self) -> list[Block]:
        """What each factor of a gradient says, with the factors of one neuron as the example."""
        board = self.board
        last = self.forward.layers[-1][0]
        w, x = last.pairs[0]
        z, a = board.names[last.z], board.names[last.a]
        error = board.sides(board.factors(last.a), 0)[0]
        wrong = "how wrong the prediction is" if last.a in targets(board) else "how much changes with the neuron"
        body: list[tuple[Any, ...]] = []
        if last.a is not board.root:
            body.append((board.by(last.a), error, board.gradients[last.a], wrong))
        if not last.linear:
            slope, value = board.slope(last)
            body.append((Derivative(a, z), slope, value, "how strongly the neuron responds"))
        came = x.data if isinstance(x, Value) else x
        body.append((Derivative(z, board.names[w]), board.symbol(x), came, "how much came in along the weight"))
        if isinstance(x, Value) and x.op is not None:
            part = Derivative(z, board.names[x])
            body.append((part, board.symbol(w), w.data, "how much of the error goes back along it"))
        return [Heading(3, ("What each part says",)), *rows(("part", "is", "here", "it says"), body, "llrl")]

    def _why_sums(self) -> list[Block]:
        """The loss is a sum, so its derivative is the sum of theirs."""
        board = self.board
        parts = [v for v in board.root.operands if isinstance(v, Value) and v.op is not None]
        weight = next((p for p in reversed(self.parameters) if self.cases[p].paths.count > 1), None)
        by_part = [gradients(part) for part in parts]
        for parameter in self.parameters:
            if all(parameter in found for found in by_part):
                weight = parameter
                break
        if weight is None or len(parts) < 2 or len(parts) > 8:
            return []
        names_, amounts = [], []
        for part, found in zip(parts, by_part):
            if weight in found:
                names_.append(Derivative(board.names[part], board.names[weight]))
                amounts.append(found[weight])
        derivative = self.cases[weight].derivative
        return [
            Heading(3, ("Why the gradients add",)),
            sentence(
                self.root,
                " is a sum, and the derivative of a sum is the sum of the derivatives: "
                "what matters for several of its terms has a share in the error of each.",
            ),
            Equations((Equation((derivative, Sum(tuple(names_)), Sum(tuple(amounts)), self.cases[weight].gradient)),)),
        ]


def _algorithm(board: Board) -> Bullets:
    """The six lines, in matrices."""
    root = board.names[board.root]
    z, a, delta, w = (Sign(letter, "(l)") for letter in ("z", "a", "δ", "W"))
    before, across = Sign("a", "(l−1)"), Sign("a", "(l−1)", transposed=True)
    back = Product((Sign("W", "(l+1)", transposed=True), Sign("δ", "(l+1)")))
    return Bullets(
        (
            ("Forward: ", Equation((z, Sum((Product((w, before)), Sign("b", "(l)"))))), " and ",
             Equation((a, Function("σ", z))), ", layer by layer."),
            ("The loss ", Symbol(root), "."),
            ("The error signals of the last layer: ", Equation((Sign("δ", "(L)"), Elementwise((
                Derivative(root, Sign("a", "(L)")), Function("σ′", Sign("z", "(L)")))))), "."),
            ("Back, layer by layer: ", Equation((delta, Elementwise((back, Function("σ′", z))))), "."),
            ("The gradients: ", Equation((Derivative(root, w), Product((delta, across)))), "."),
            ("The update: ", w, " becomes ", Apply(ops.sub, (w, Product((Symbol("η"), Derivative(root, w))))), "."),
        ),
        numbered=True,
    )  # fmt: skip
