"""Exercises: one gradient step of a small network with friendly numbers, as a sheet to fill in.

The *key* of an exercise is the same sheet with its answers; every figure in it is the engine's, every derivative the
table's.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from autograd.engine.messages import describe
from autograd.errors import ArgumentError, NotFoundError, OperandError, TooLargeError
from autograd.exercises.answers import blank
from autograd.formatting import terminal
from autograd.sheet.from_graph import SHEET
from autograd.sheet.sheet import Sheet
from autograd.symbolic.expr import Apply, Symbol, derivative
from autograd.symbolic.printer import write
from autograd.symbolic.simplify import simplified
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Iterator

# What an output of each activation may be asked to become.
TARGETS = {
    "sigmoid": (0.01, 0.1, 0.9, 0.99),
    "tanh": (-0.9, -0.5, 0.5, 0.9),
    "relu": (0.1, 0.25, 0.5, 0.75, 1.0),
    "leaky_relu": (-0.1, 0.25, 0.5, 0.75, 1.0),
    "elu": (-0.5, -0.1, 0.25, 0.5, 1.0),
    "softplus": (0.1, 0.25, 0.5, 0.75, 1.0),
}
RATES = (0.1, 0.2, 0.5)
MAX_LINES = 1000  # more than anybody works out by hand


class Exercise(NamedTuple):
    """An exercise: `sheet` has a `?` for each answer, `key` is the same sheet with the answers.

    >>> from autograd import mark
    >>> sheet, key = exercise([1, 1], seed=3)
    >>> mark(key).ok, {verdict.word for verdict in mark(sheet).verdicts}
    (True, {'unanswered'})
    """

    sheet: str
    key: str

    def __str__(self) -> str:
        return self.sheet


def exercise(
    layers: Sequence[int] = (2, 2, 2),
    seed: int = 0,
    *,
    bias: bool = False,
    activation: str = "sigmoid",
    samples: int = 1,
    digits: int = 5,
) -> Exercise:
    """Return one gradient step of a small network as a sheet to fill in: forward, loss, gradients, update.

    Numbers have few digits and answers have `digits` significant ones. The same arguments give the
    same sheet, on every Python.

    >>> print(exercise([1, 1], seed=1))  # doctest: +ELLIPSIS
    # One gradient step of a 1-1 network with sigmoid, by hand (seed 1).
    ...
    # Forward
    net_o1 = w1*I1           = ?
    o1     = sigmoid(net_o1) = ?
    ...

    Raises OperandError for layers that are no list, ArgumentError for a network, a number of samples
    or of digits that cannot be, NotFoundError for an activation that there is not, TooLargeError for
    a sheet that nobody would fill in.
    """
    if isinstance(layers, str) or not isinstance(layers, Sequence):
        raise OperandError(f"exercise takes its layers as a list, such as [2, 2, 1], not {describe(layers)}")
    if len(layers) < 2 or not all(isinstance(size, int) and size > 0 for size in layers):
        raise ArgumentError(f"layers: two sizes or more, each at least 1, such as 2, 2, 2; not {list(layers)}")
    if activation not in TARGETS:
        raise NotFoundError(f"there is no activation {activation!r} here; there are {', '.join(TARGETS)}")
    if samples < 1:
        raise ArgumentError(f"samples: at least one row of data, not {samples}")
    if not 2 <= digits <= 12:
        raise ArgumentError(f"digits: from 2 to 12 significant ones, not {digits}")
    weights = sum(above * (below + bias) for below, above in pairwise(layers))
    lines = 2 * weights + 6 * sum(layers[1:]) * samples
    if lines > MAX_LINES:
        raise TooLargeError(f"an exercise of about {lines} lines; take smaller layers or fewer samples")
    rng = random.Random(seed)  # noqa: S311 -- reproducible, no secret
    network = _Network(layers, samples, ops.TABLE[activation], rng)
    network.draw(bias=bias)
    formula = "= a * b = 0.1234".replace(" ", terminal.GLUE)
    title = f"One gradient step of a {'-'.join(map(str, layers))} network with {activation}, by hand (seed {seed})."
    task = (
        f"Answer each line with a figure of {digits} significant digits. Before the figure of a derivative its "
        f"formula may stand: {formula}. To see how you did: chalkgrad mark FILE"
    )
    key = "\n".join([_comment(title), _comment(task), *network.written(digits)]) + "\n"
    return Exercise(blank(key), key)


def _comment(text: str) -> str:
    return terminal.folded(f"# {text}", hang="# ")


class _Unit(NamedTuple):
    """A neuron of the exercise: its name, its weights, what they multiply, its bias if it has one."""

    name: str
    weights: tuple[str, ...]
    inputs: tuple[str, ...]
    bias: tuple[str, ...]


_Line = tuple[str, str]  # the left side and the formula; the figure is filled in once the sheet has been computed


class _Network:
    """The names and numbers of an exercise, and its lines."""

    def __init__(self, layers: Sequence[int], samples: int, activation: ops.Op, rng: random.Random) -> None:
        self.sizes = layers
        self.activation = activation
        self.rows = [f"[{row}]" for row in range(1, samples + 1)] if samples > 1 else [""]
        self.inputs = tuple(f"I{k + 1}" for k in range(layers[0]))
        self.rng = rng
        self.numbers: dict[str, float] = {}
        self.layers: list[list[_Unit]] = []
        self.unused: dict[bool, list[float]] = {True: [], False: []}

    def draw(self, *, bias: bool) -> None:
        """Name every unit and draw its numbers, one unit after the other, so that each net input is a good one."""
        many = sum(self.sizes) > 9  # then there are more weights than multiples of 0.05
        self.grid = range(1, 100) if many else range(5, 100, 5)
        signals = [{name: self.number(positive=True) for name in self.inputs} for _ in self.rows]
        for row, signal in zip(self.rows, signals):
            self.numbers.update({name + row: number for name, number in signal.items()})
        below, hidden, count, biases = self.inputs, 0, 0, 0
        for depth, size in enumerate(self.sizes[1:], start=2):
            units = []
            for place in range(size):
                outer = depth == len(self.sizes)
                name = f"o{place + 1}" if outer else f"h{hidden + place + 1}"
                weights = tuple(f"w{count + k + 1}" for k in range(len(below)))
                count += len(below)
                biases += bias
                unit = _Unit(name, weights, below, (f"b{biases}",) if bias else ())
                self.draw_unit(unit, signals, alive=outer or place == 0)
                units.append(unit)
            hidden += size
            below = tuple(unit.name for unit in units)
            self.layers.append(units)
        for row, signal in zip(self.rows, signals):
            for k, unit in enumerate(self.layers[-1]):
                far = [t for t in TARGETS[self.activation.name] if abs(t - signal[unit.name]) >= 0.1]
                self.numbers[f"t{k + 1}{row}"] = self.pick(far)
        self.numbers["rate"] = self.pick(RATES)

    def draw_unit(self, unit: _Unit, signals: list[dict[str, float]], *, alive: bool) -> None:
        """Draw weights until the net input is neither near a kink nor far out, and not negative if `alive`."""
        names = unit.weights + unit.bias
        alive = alive and self.activation is ops.relu  # elsewhere a negative net input lets the gradient through
        for attempt in range(100):
            drawn = [self.number(positive=alive and attempt > 50) for _ in names]
            nets = [sum(w * signal[x] for w, x in zip(drawn, unit.inputs)) for signal in signals]
            nets = [net + sum(drawn[len(unit.weights) :]) for net in nets]
            if all(0.01 < (net if alive else abs(net)) < 3 for net in nets):
                break
        self.numbers.update(zip(names, drawn))
        for signal, net in zip(signals, nets):
            signal[unit.name] = self.activation(net)

    def number(self, *, positive: bool = False) -> float:
        """Return a number of at most two decimals that was not drawn before, as long as there are any."""
        sign = positive or self.rng.random() < 0.65
        if not self.unused[sign]:
            self.unused[sign] = [k / 100 if sign else -k / 100 for k in self.grid]
        return self.unused[sign].pop(int(self.rng.random() * len(self.unused[sign])))

    def pick(self, choices: Sequence[float]) -> float:
        """Return one of the choices. Only `random()` gives the same numbers on every Python."""
        return choices[int(self.rng.random() * len(choices))]

    def written(self, digits: int) -> list[str]:
        """Return the lines of the key; empty lines separate its sections."""
        givens, sections = list(self.givens()), list(self.sections())
        text = "\n".join([*givens, *(f"{left} = {formula}" for _, lines in sections for left, formula in lines)])
        sheet = Sheet.parse(text)
        point = sheet.evaluate()
        truths = {name: float(value.data) for name, value in point.values.items()}
        truths.update({str(claim.subject): sheet.truth(claim, point) for claim in sheet.claims})
        written = givens
        for heading, lines in sections:
            written += ["", _comment(heading)]
            rows = [(name, formula, figure(truths[name], digits)) for name, formula in lines]
            left = max(len(name) for name, _, _ in rows)
            short = [formula for _, formula, answer in rows if left + len(f" = {formula} = {answer}") <= terminal.WIDTH]
            middle = max(map(len, short), default=0)  # a longer one is longer than a line
            for name, formula, answer in rows:
                written.append(f"{name:{left}} = {formula:{middle}} = {answer}")
                if name == "E":
                    written.append("loss: E")
        return written

    def givens(self) -> Iterator[str]:
        targets = [f"t{k + 1}" for k in range(len(self.layers[-1]))]
        units = [unit for layer in self.layers for unit in layer]
        yield ""
        yield "# Inputs and targets" + (", one row of data a line" if self.rows[1:] else "")
        yield from self.table([[name + row for name in (*self.inputs, *targets)] for row in self.rows])
        yield ""
        yield "# Weights" + (" and biases" if units[0].bias else "")
        lines = self.table([unit.weights + unit.bias for unit in units])
        width = max(map(len, lines))
        notes = [f"# from {', '.join(unit.inputs)} to {unit.name}" for unit in units]
        beside = len(lines) == len(units) and width + 2 + max(map(len, notes)) <= terminal.WIDTH
        for unit, note in zip(units, notes):
            if beside:
                yield f"{lines.pop(0):{width}}  {note}"
            else:
                yield terminal.folded(note, hang="# ")
                yield from self.table([unit.weights + unit.bias])
        yield ""
        yield "# Learning rate"
        yield from self.table([["rate"]])

    def table(self, rows: Sequence[Sequence[str]]) -> list[str]:
        """Return givens as rows, their names one below the other."""
        cells = [[f"{name} = {self.numbers[name]:g};" for name in names] for names in rows]
        widths = [max(map(len, column)) + 2 for column in zip_longest(*cells, fillvalue="")]
        if sum(widths) > terminal.WIDTH:
            most = terminal.WIDTH // max(widths)
            cells = [row[start : start + most] for row in cells for start in range(0, len(row), most)]
            widths = [max(map(len, column)) + 2 for column in zip_longest(*cells, fillvalue="")]
        return ["".join(f"{cell:{width}}" for cell, width in zip(row, widths)).rstrip(" ;") for row in cells]

    def sections(self) -> Iterator[tuple[str, list[_Line]]]:
        """Yield the forward pass, the loss, the backward pass layer by layer, and the update."""
        units = [unit for layer in self.layers for unit in layer]
        yield "Forward", [line for row in self.rows for unit in units for line in self.forward(unit, row)]
        yield "Loss", list(self.loss())
        yield "Backward: the outputs", list(self.outputs())
        yield self.weights_heading(self.layers[-1]), list(self.weight_gradients(self.layers[-1]))
        for layer, above in zip(self.layers[-2::-1], self.layers[:0:-1]):
            yield self.hidden_heading(layer, above), list(self.hidden(layer, above))
            yield self.weights_heading(layer), list(self.weight_gradients(layer))
        parameters = [name for unit in units for name in unit.weights + unit.bias]
        yield "Update", [(f"{name}_new", f"{name} - rate * dE/d{name}") for name in parameters]

    def forward(self, unit: _Unit, row: str) -> Iterator[_Line]:
        products = [Symbol(s) for w, x in zip(unit.weights, unit.inputs) for s in (w, x + row)]
        name, net = unit.name + row, f"net_{unit.name}{row}"
        yield net, write(ops.affine.forward(*products, *map(Symbol, unit.bias)), SHEET)
        yield name, write(Apply(self.activation, (Symbol(net),)), SHEET)

    def errors(self) -> list[tuple[str, Symbol, Symbol]]:
        places = [f"{k}{row}" for row in self.rows for k in range(1, len(self.layers[-1]) + 1)]
        return [(f"E{at}" if len(places) > 1 else "E", Symbol(f"o{at}"), Symbol(f"t{at}")) for at in places]

    def loss(self) -> Iterator[_Line]:
        for name, output, target in self.errors():
            yield name, write(ops.half_squared_error.forward(output, target), SHEET)
        if len(self.errors()) > 1:
            yield "E", " + ".join(name for name, _, _ in self.errors())

    def outputs(self) -> Iterator[_Line]:
        for name, output, target in self.errors():
            slope = derivative(ops.half_squared_error, Symbol(name), [output, target], 0)
            yield f"dE/d{output.name}", write(simplified(slope), SHEET)
            yield from self.through(output.name)

    def through(self, name: str) -> Iterator[_Line]:
        """Yield the step from the output of a unit to its net input."""
        net = f"net_{name}"
        slope = derivative(self.activation, Symbol(name), [Symbol(net), *self.activation.defaults], 0)
        yield f"d{name}/d{net}", write(simplified(slope), SHEET)
        yield f"dE/d{net}", f"dE/d{name} * d{name}/d{net}"

    def hidden(self, layer: list[_Unit], above: list[_Unit]) -> Iterator[_Line]:
        """Yield the gradient of each hidden unit, over every path, and of its net input."""
        for row in self.rows:
            for place, unit in enumerate(layer):
                paths = [f"dE/dnet_{upper.name}{row} * {upper.weights[place]}" for upper in above]
                yield f"dE/d{unit.name}{row}", " + ".join(paths)
                yield from self.through(unit.name + row)

    def weight_gradients(self, layer: list[_Unit]) -> Iterator[_Line]:
        for unit in layer:
            for weight, x in zip(unit.weights, unit.inputs):
                rows = [f"dE/dnet_{unit.name}{row} * {x}{row}" for row in self.rows]
                yield f"dE/d{weight}", " + ".join(rows)
            for bias in unit.bias:
                yield f"dE/d{bias}", " + ".join(f"dE/dnet_{unit.name}{row}" for row in self.rows)

    def hidden_heading(self, layer: list[_Unit], above: list[_Unit]) -> str:
        each = "Each reaches" if len(layer) > 1 else "It reaches"
        *others, last = [unit.name for unit in above]
        ways = f"{', '.join(others)} and {last}: add what comes back through each" if others else f"{last} alone"
        return f"Backward: {', '.join(unit.name for unit in layer)}. {each} E through {ways}"

    def weights_heading(self, layer: list[_Unit]) -> str:
        biases = " and biases" if layer[0].bias else ""
        named = f"Gradients of the weights{biases} into {', '.join(unit.name for unit in layer)}"
        return named + (f": each of the {len(self.rows)} rows of data contributes" if self.rows[1:] else "")


def figure(x: float, digits: int) -> str:
    """Return a number as it is written by hand: with significant digits, and zeros at the end only where they count.

    One that was rounded has a decimal point, for a whole number is read as exact.

    >>> figure(0.0001882551, 5), figure(0.0275, 5), figure(0.249996, 3), figure(14.44, 2), figure(14, 2)
    ('0.00018826', '0.0275', '0.250', '14.4', '14')
    """
    if x == 0:
        return "0"
    mantissa, _, power = f"{x:.{digits - 1}e}".partition("e")
    text = f"{mantissa}e{int(power)}" if int(power) < -6 else f"{x:.{max(digits - 1 - int(power), 1)}f}"
    exact = math.isclose(float(text), x, rel_tol=1e-13)
    mantissa, e, power = text.partition("e")
    if exact and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + e + power
