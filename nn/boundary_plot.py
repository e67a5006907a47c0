"""The decision boundary: the class that a model gives to each point of the plane of its two inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import ArgumentError, OperandError, Value
from autograd.formatting import figures, palette
from nn.arguments import integer
from nn.calling import evaluating, outputs_of
from nn.data import rows_of
from nn.plots import COLORS, Plot

if TYPE_CHECKING:
    from collections.abc import Sequence

SHADES = " ░▒▓"  # of the classes, in text
WIDTH, HEIGHT = 60, 20  # of the plot in text


class Point(NamedTuple):
    """A row of the data on the plane: its coordinates, its class, and the class that the model predicts."""

    x: float
    y: float
    target: int
    predicted: int


@dataclass(repr=False, eq=False)
class DecisionBoundary(Plot):
    """The result of `decision_boundary`.

    `values` holds the predicted classes, row by row from the top; `xs` and `ys` are the coordinates of
    the columns and rows, `points` the data, `accuracy` the share of them that is predicted right. For a
    model with one output `heights` holds how far it is above the threshold.

    >>> picture = decision_boundary(lambda x: x[0] + x[1] - 1, [([0, 0], 0), ([1, 1], 1)])
    >>> picture.accuracy, len(picture.values) == len(picture.ys)
    (1.0, True)
    """

    values: list[list[int]]
    xs: list[float]
    ys: list[float]
    points: list[Point]
    heights: list[list[float]] | None = None

    @property
    def accuracy(self) -> float:
        """The share of the rows whose class the model predicts."""
        return self._right / len(self.points)

    @property
    def _right(self) -> int:
        return sum(point.predicted == point.target for point in self.points)

    def __str__(self) -> str:
        rows = [[SHADES[c % len(SHADES)] for c in row] for row in self.values]
        two = max(point.target for point in self.points) < 2
        for x, y, target, predicted in self.points:
            mark = "○●"[target] if two else str(target % 10)
            column, row = _nearest(x, self.xs), _nearest(y, self.ys)
            if rows[row][column] != "✗":
                rows[row][column] = mark if target == predicted else "✗"
        marks = "○ class 0, ● and ░ class 1" if two else "each point by the number of its class"
        low, high = figures.number(self.xs[0], 3), figures.number(self.xs[-1], 3)
        return "\n".join(
            [
                f"x₂ = {figures.number(self.ys[0], 3)}",
                "┌" + "─" * len(self.xs) + "┐",
                *("│" + "".join(row) + "│" for row in rows),
                "└" + "─" * len(self.xs) + "┘",
                f"x₂ = {figures.number(self.ys[-1], 3)}, x₁ from {low} to {high}",
                f"{marks}, ✗ a wrong one; {self._right} of {len(self.points)} right",
            ]
        )

    def _draw(self, axes: Any) -> None:
        classes = 1 + max(*map(max, self.values), *(point.target for point in self.points))
        colors = [COLORS[c % len(COLORS)] for c in range(classes)]
        # the line between two classes runs where the one output crosses the threshold
        background: list[Any] = self.values
        levels = [k - 0.5 for k in range(classes + 1)]
        if self.heights is not None and classes == 2:
            most = 1.0 + max(abs(height) for row in self.heights for height in row)
            background, levels = self.heights, [-most, 0.0, most]
        axes.contourf(self.xs, self.ys, background, levels=levels, colors=colors, alpha=0.25)

        def scatter(points: list[Point], **style: Any) -> None:
            axes.scatter([p.x for p in points], [p.y for p in points], **style)

        for c, color in enumerate(colors):
            members = [p for p in self.points if p.target == c]
            scatter(members, color=color, edgecolors=palette.PAPER, label=f"class {c}")
        if wrong := [p for p in self.points if p.predicted != p.target]:
            scatter(wrong, marker="x", color=palette.INK, label="wrong")
        axes.set(xlabel="x₁", ylabel="x₂")
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))


def _nearest(x: float, marks: Sequence[float]) -> int:
    place = round((x - marks[0]) / (marks[-1] - marks[0]) * (len(marks) - 1))
    return min(max(place, 0), len(marks) - 1)


def decision_boundary(
    model: Any, data: Any, *, threshold: float | None = None, columns: int = WIDTH, rows: int = HEIGHT
) -> DecisionBoundary:
    """Return a plot of the class that a model predicts at each point of the plane of its two inputs.

    `data` are rows of inputs and a target, as for `fit`. One output predicts class 1 above the
    `threshold`, which is halfway between the smallest and the largest target unless it is given; of
    several outputs the largest decides, and the target is a class number or one number for each output. A model with
    parts such as dropout is asked in evaluation mode.

    >>> rows = [([0, 0], -1), ([1, 1], 1), ([0, 1], 1), ([1, 0], -1)]
    >>> print(decision_boundary(lambda x: 2 * x[1] - x[0] - 0.2, rows, columns=24, rows=6))
    x₂ = 1.1
    ┌────────────────────────┐
    │░░●░░░░░░░░░░░░░░░░░░●░░│
    │░░░░░░░░░░░░░░░░░░░░░░░░│
    │░░░░░░░░░░░░░░░░░░░░░░  │
    │░░░░░░░░░░░░░           │
    │░░░░                    │
    │  ○                  ○  │
    └────────────────────────┘
    x₂ = −0.1, x₁ from −0.1 to 1.1
    ○ class 0, ● and ░ class 1, ✗ a wrong one; 4 of 4 right

    Raises ArgumentError for no data, or rows that do not have two inputs.
    """
    listed = rows_of(data, "decision_boundary")
    if any(not isinstance(inputs, list) or len(inputs) != 2 for inputs, _ in listed):
        raise ArgumentError("decision_boundary: a plane has two inputs; give rows such as ([0.5, −1.0], 1)")
    integer("decision_boundary: columns", columns, 2)
    integer("decision_boundary: rows", rows, 2)
    targets = [target[0] if isinstance(target, list) and len(target) == 1 else target for _, target in listed]
    if threshold is None:
        single = [float(t) for t in targets if not isinstance(t, list)]
        threshold = (min(single) + max(single)) / 2 if single else 0.0
    xs, ys = (_coordinates([float(inputs[axis]) for inputs, _ in listed], n) for axis, n in ((0, columns), (1, rows)))
    ys.reverse()
    with evaluating(model):
        outputs = outputs_of(model, [inputs for inputs, _ in listed])
        grid = [outputs_of(model, [[x, y] for x in xs]) for y in ys]
    several = isinstance(outputs[0], (list, tuple)) and len(outputs[0]) > 1
    classes = [_class(target, threshold, several=several) for target in targets]
    predicted = [_predicted(output, threshold) for output in outputs]
    points = [Point(float(x), float(y), *both) for ([x, y], _), *both in zip(listed, classes, predicted)]
    values = [[_predicted(output, threshold) for output in row] for row in grid]
    heights = None if several else [[_numbers(output)[0] - threshold for output in row] for row in grid]
    return DecisionBoundary(values, xs, ys, points, heights)


def _coordinates(numbers: Sequence[float], count: int) -> list[float]:
    low, high = min(numbers), max(numbers)
    margin = 0.1 * (high - low) or 1.0
    return [low - margin + k * (high - low + 2 * margin) / (count - 1) for k in range(count)]


def _numbers(outputs: Any) -> list[Any]:
    listed = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [o.data if isinstance(o, Value) else o for o in listed]


def _predicted(outputs: Any, threshold: float) -> int:
    numbers = _numbers(outputs)
    return _largest(numbers) if len(numbers) > 1 else int(numbers[0] > threshold)


def _largest(numbers: list[Any]) -> int:
    return max(range(len(numbers)), key=numbers.__getitem__)


def _class(target: Any, threshold: float, *, several: bool) -> int:
    if isinstance(target, list):
        return _largest(target)
    if not several:
        return int(target > threshold)
    if target != int(target) or target < 0:
        raise OperandError(f"decision_boundary: a class number must be 0, 1, 2, …, not {target!r}")
    return int(target)
