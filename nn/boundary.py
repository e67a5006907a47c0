"""Where on the plane of its two inputs a model decides for which class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import ArgumentError, OperandError, Value
from autograd.formatting import figures, palette
from nn.data import rows_of
from nn.looking import COLORS, View

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUNDS = " ░▒▓"  # of the classes, in text
WIDE, HIGH = 60, 20


class Point(NamedTuple):
    """A row of the data on the plane: where it is, its class, and the class that the model gives it."""

    x: float
    y: float
    wanted: int
    given: int


class DecisionBoundary(View):
    """What `decision_boundary` gives.

    `values` holds the class that the model gives, row by row from the top; `xs` and `ys` are where
    the columns and rows are, `points` the data, `accuracy` the share of them that is given its class.
    `heights` holds how far the output is above the threshold, of a model with one output.

    >>> picture = decision_boundary(lambda x: x[0] + x[1] - 1, [([0, 0], 0), ([1, 1], 1)])
    >>> picture.accuracy, len(picture.values) == len(picture.ys)
    (1.0, True)
    """

    def __init__(
        self,
        values: list[list[int]],
        xs: list[float],
        ys: list[float],
        points: list[Point],
        heights: list[list[float]] | None = None,
    ) -> None:
        self.values = values
        self.heights = heights
        self.xs = xs
        self.ys = ys
        self.points = points

    @property
    def accuracy(self) -> float:
        """The share of the rows that the model gives their class."""
        return sum(point.given == point.wanted for point in self.points) / len(self.points)

    def __str__(self) -> str:
        rows = [[GROUNDS[c % len(GROUNDS)] for c in row] for row in self.values]
        two = max(point.wanted for point in self.points) < 2
        for x, y, wanted, given in self.points:
            mark = "○●"[wanted] if two else str(wanted % 10)
            column, row = _nearest(x, self.xs), _nearest(y, self.ys)
            if rows[row][column] != "✗":
                rows[row][column] = mark if wanted == given else "✗"
        wide = len(self.xs)
        right = sum(point.given == point.wanted for point in self.points)
        marks = "○ class 0, ● and ░ class 1" if two else "each point by the number of its class"
        low, high = figures.number(self.xs[0], 3), figures.number(self.xs[-1], 3)
        return "\n".join(
            [
                f"x₂ = {figures.number(self.ys[0], 3)}",
                "┌" + "─" * wide + "┐",
                *("│" + "".join(row) + "│" for row in rows),
                "└" + "─" * wide + "┘",
                f"x₂ = {figures.number(self.ys[-1], 3)}, x₁ from {low} to {high}",
                f"{marks}, ✗ a wrong one; {right} of {len(self.points)} right",
            ]
        )

    def _draw(self, axes: Any) -> None:
        classes = 1 + max(*map(max, self.values), *(point.wanted for point in self.points))
        colours = [COLORS[c % len(COLORS)] for c in range(classes)]
        # the line between two classes runs where the one output crosses the threshold
        ground, levels = self.values, [k - 0.5 for k in range(classes + 1)]
        if self.heights is not None and classes == 2:
            most = 1.0 + max(abs(height) for row in self.heights for height in row)
            ground, levels = self.heights, [-most, 0.0, most]
        axes.contourf(self.xs, self.ys, ground, levels=levels, colors=colours, alpha=0.25)
        for c, colour in enumerate(colours):
            mine = [point for point in self.points if point.wanted == c]
            axes.scatter(
                [p.x for p in mine], [p.y for p in mine], color=colour, edgecolors=palette.PAPER, label=f"class {c}"
            )
        wrong = [point for point in self.points if point.given != point.wanted]
        if wrong:
            axes.scatter([p.x for p in wrong], [p.y for p in wrong], marker="x", color=palette.INK, label="wrong")
        axes.set(xlabel="x₁", ylabel="x₂")
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))


def _nearest(x: float, marks: Sequence[float]) -> int:
    place = round((x - marks[0]) / (marks[-1] - marks[0]) * (len(marks) - 1))
    return min(max(place, 0), len(marks) - 1)


def decision_boundary(
    model: Any, data: Any, *, threshold: float | None = None, columns: int = WIDE, rows: int = HIGH
) -> DecisionBoundary:
    """Where on the plane of its two inputs a model decides for which class.

    `data` are rows of inputs and a target, as `fit` takes them. One output decides for class 1 above
    the `threshold`, without which it is halfway between the smallest and the largest target; of
    several outputs the largest decides, and the target is the number of a class or one output each.

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

    Raises ArgumentError for no data, or rows of another number of inputs than two.
    """
    listed = rows_of(data, "decision_boundary")
    if any(not isinstance(inputs, list) or len(inputs) != 2 for inputs, _ in listed):
        raise ArgumentError("decision_boundary: a plane has two inputs; give rows such as ([0.5, −1.0], 1)")
    if columns < 2 or rows < 2:
        raise ArgumentError("decision_boundary: give it 2 columns and 2 rows or more")
    targets = [target[0] if isinstance(target, list) and len(target) == 1 else target for _, target in listed]
    if threshold is None:
        single = [float(t) for t in targets if not isinstance(t, list)]
        threshold = (min(single) + max(single)) / 2 if single else 0.0
    outputs = [model(inputs) for inputs, _ in listed]
    several = isinstance(outputs[0], (list, tuple)) and len(outputs[0]) > 1
    points = [
        Point(
            float(inputs[0]), float(inputs[1]), _wanted(target, threshold, several=several), _given(output, threshold)
        )
        for (inputs, _), target, output in zip(listed, targets, outputs)
    ]
    xs = _marks([point.x for point in points], columns)
    ys = _marks([point.y for point in points], rows)[::-1]
    found = [[model([x, y]) for x in xs] for y in ys]
    values = [[_given(output, threshold) for output in row] for row in found]
    heights = None if several else [[_numbers(output)[0] - threshold for output in row] for row in found]
    return DecisionBoundary(values, xs, ys, points, heights)


def _marks(numbers: Sequence[float], count: int) -> list[float]:
    low, high = min(numbers), max(numbers)
    margin = 0.1 * (high - low) or 1.0
    return [low - margin + k * (high - low + 2 * margin) / (count - 1) for k in range(count)]


def _numbers(outputs: Any) -> list[Any]:
    listed = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [o.data if isinstance(o, Value) else o for o in listed]


def _given(outputs: Any, threshold: float) -> int:
    numbers = _numbers(outputs)
    if len(numbers) == 1:
        return int(numbers[0] > threshold)
    return max(range(len(numbers)), key=numbers.__getitem__)


def _wanted(target: Any, threshold: float, *, several: bool) -> int:
    if isinstance(target, list):
        return max(range(len(target)), key=target.__getitem__)
    if not several:
        return int(target > threshold)
    if target != int(target) or target < 0:
        raise OperandError(f"decision_boundary: the number of a class is 0, 1, 2, …, not {target!r}")
    return int(target)
