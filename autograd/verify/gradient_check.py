"""Is a gradient right? The engine's numbers beside numbers found without any derivative.

A function is *measured* in two ways: by central differences of the function itself, and, sharper,
by a complex step through every operation that it recorded. Where the engine disagrees, each
operation is measured by itself and the guilty one is named. At a kink there is no derivative to be
right about: there the slopes on both sides stand beside the convention that the table takes.

How a slope is measured stands in `measuring`, and what may be given in `point`. No gradient is changed here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.document.blocks import Layout, Lines, table
from autograd.document.document import Document
from autograd.engine.graph import gradients, local_formula, topological_order
from autograd.engine.graph import names as called_in_full
from autograd.engine.transforms import grad
from autograd.engine.value import Value
from autograd.errors import ArgumentError, OperandError
from autograd.formatting import figures
from autograd.formatting.terminal import short
from autograd.symbolic import printer
from autograd.verify.arguments import check_function, function_of, point_of, shown_point
from autograd.verify.numerical import (
    KINKS,
    TINY,
    USUAL,
    blur,
    differences,
    measured,
    moving,
    noise,
    numbers,
    rate,
    sides,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from autograd.document.blocks import Block
    from autograd.verify.arguments import Evaluate

SHARP = 1e-10  # relative tolerance beside a complex step
ROUGH = 1e-6  # relative tolerance beside differences
MAX_FINDINGS = 5  # operations that are named in a report
FEW = 1e-4  # relative: with more rounding than this a note says so


# -- What is found ------------------------------------------------------------------------------


class Kink(NamedTuple):
    """Where the slopes of two sides meet: the operation that has it, and the slopes."""

    node: Value
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Row:
    """One derivative: the engine's number, the measured one, and the verdict: right, wrong, kink, or not measurable."""

    names: tuple[str, ...]
    engine: float
    numerical: float
    verdict: str
    ok: bool
    note: str = ""
    kink: Kink | None = None

    @property
    def difference(self) -> float:
        """Engine − numerical."""
        return self.engine - self.numerical

    @property
    def name(self) -> str:
        """How the derivative is written: ∂f/∂x, ∂²f/∂x∂y."""
        order = len(self.names)
        return f"∂{figures.superscript(order) if order > 1 else ''}f/" + "".join(f"∂{name}" for name in self.names)


@dataclass(frozen=True, slots=True)
class Finding:
    """An operation whose local derivative is wrong: along which edge, what it is, what it should be."""

    node: Value
    index: int
    local: float
    should_be: float
    text: str


@dataclass(repr=False, eq=False)
class GradCheck(Document):
    """The findings of `gradcheck`: true if the gradient is right, and a document with a table."""

    layout = Layout(between="\n", indent="", rule="")

    point: Mapping[str, float]
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether every derivative is right, or, at a kink, lies between the slopes of the two sides."""
        return all(row.ok for row in self.rows) and not self.findings

    def __bool__(self) -> bool:
        return self.ok

    @property
    def blocks(self) -> list[Block]:
        """The verdict, a table of the derivatives, and notes."""
        rows = []
        for row in self.rows:
            if row.kink is None:
                measured = figures.number(row.numerical, self.digits), figures.signed(row.difference, 3)
            else:
                measured = f"{_slope(row.kink.left)} | {_slope(row.kink.right)}", ""
            rows.append((row.name, figures.number(row.engine, self.digits), *measured, row.verdict))
        title = f"gradcheck at {shown_point(self.point)}: {'right' if self.ok else 'not right'}"
        notes = [f"{row.name}: {row.note}" for row in self.rows if row.note]
        notes += [finding.text for finding in self.findings[:MAX_FINDINGS]]
        if len(self.findings) > MAX_FINDINGS:
            notes.append(f"and {len(self.findings) - MAX_FINDINGS} operations more, see .findings")
        found: list[Block] = [Lines(((title,),)), table(("", "engine", "numerical", "difference", ""), rows, "lllll")]
        return found + [Lines(tuple((note,) for note in notes))] * bool(notes)


def _slope(x: float) -> str:
    return figures.number(x) if x == x else "none"


def _called(root: Value) -> dict[Value, str]:
    return {node: short(name) for node, name in called_in_full(root).items()}


def _shown(node: Value, name_of: Mapping[Value, str]) -> str:
    """An operation with its operands: tanh of x = 0.4."""
    assert node.op is not None
    shown = [
        f"{name_of[v]} = {figures.number(v.data)}" if isinstance(v, Value) else figures.number(v)
        for v in node.operands[:4]
    ]
    return f"{node.op.name} of {' and '.join(shown)}" + " and …" * (len(node.operands) > len(shown))


# -- The check ----------------------------------------------------------------------------------


def gradcheck(f: Callable[..., Value], *points: Any, order: int = 1) -> GradCheck:
    """Compare the engine's gradient of `f` at a point with what measuring gives.

    `f` takes as many Values as there are points, a list of Values where the point is a list, a dict of
    Values where it is a mapping, and returns a Value; it is called many times. With `order=2` the
    second derivatives are checked as well, with `order=3` the third: the gradient of the gradient, by `grad`.

    >>> gradcheck(lambda x, y: (x * y).tanh() + x**2, 0.5, 2.0)
    gradcheck at x = 0.5, y = 2: right
           engine    numerical  difference
    ∂f/∂x  1.83995   1.83995    +0          right
    ∂f/∂y  0.209987  0.209987   +0          right

    The names of a mapping are the names in the report; its numbers may be Values, of which the data is taken.

    >>> gradcheck(lambda at: at["w[1,2]"] * at["x"], {"w[1,2]": 0.25, "x": Value(2.0)})
    gradcheck at w[1,2] = 0.25, x = 2: right
                engine  numerical  difference
    ∂f/∂w[1,2]  2       2          +0          right
    ∂f/∂x       0.25    0.25       +0          right

    At a kink it tells the slopes on both sides and the convention.

    >>> gradcheck(lambda x: abs(x), 0.0)
    gradcheck at x = 0: right
           engine  numerical  difference
    ∂f/∂x  0       −1 | 1                 kink
    ∂f/∂x: at the kink of abs of x = 0 the slope is −1 on the left and 1 on the
      right; by convention it is 0

    The result is true if everything is right, so that a test can say `assert gradcheck(f, 0.5)`.
    Right means: to 10 digits of the complex step, which itself agrees to 6 digits with the
    differences, beyond what rounding may have done, of which a bound is carried along.

    Raises OperandError if `f` does not take so many points, or gives no Value; ArgumentError if two
    numbers of the point have one name, or if `f` is no function of its arguments (it changes them,
    ignores them, or gives two results at one point) or gives NaN or infinity. What `f` itself raises
    at this point is not caught.
    """
    if not callable(f):
        raise OperandError(f"gradcheck wants a function, then the point to check it at, not {f!r}")
    if not isinstance(order, int) or order < 1:
        raise ArgumentError(f"gradcheck: the order is 1, 2 or 3, not {order!r}")
    point = point_of(f, points)
    evaluate = function_of(f, points, list(point))
    check_function(evaluate, point)
    rows: list[Row] = []
    findings: list[Finding] = []
    for wrt, derivative in _derivatives(evaluate, len(point), order):
        check = _Check(derivative, point, wrt)
        found = [check.row(index) for index in range(len(point))]
        if any(row.verdict != "right" for row in found) and not findings:
            findings = list(check.findings())
        rows += found
    return GradCheck(point, tuple(rows), tuple(findings))


class _Check:
    """One function at one point: what was recorded there, and f again with one argument moved."""

    def __init__(self, evaluate: Evaluate, point: Mapping[str, float], wrt: tuple[int, ...]) -> None:
        self.evaluate = evaluate
        self.point = point
        self.names, self.xs = list(point), list(point.values())
        self.wrt = tuple(self.names[index] for index in wrt)
        self.root, self.leaves = evaluate(self.xs)
        self.order = topological_order(self.root)
        self.gradients = gradients(self.root)
        self.noise = noise(self.order)
        self.sides = _sides_taken(self.order)

    def at(self, index: int, x: float) -> float | None:
        """The value of f with one argument moved to `x`."""
        moved = self._moved(index, x)
        return None if moved is None else float(moved.data)

    def at_same_side(self, index: int, x: float) -> float | None:
        """The same, unless a kink lies on the way."""
        moved = self._moved(index, x)
        return None if moved is None or self._crossed(moved) else float(moved.data)

    def _moved(self, index: int, x: float) -> Value | None:
        try:
            moved, _ = self.evaluate([*self.xs[:index], x, *self.xs[index + 1 :]])
        except (ArithmeticError, ValueError):
            return None
        return moved if math.isfinite(moved.data) else None

    def _crossed(self, moved: Value | None) -> list[Value]:
        """The operations whose kink lies between here and there."""
        if moved is None or not self.sides:
            return []
        there = _sides_taken(topological_order(moved)).values()
        return [node for (node, here), now in zip(self.sides.items(), there) if here != now]

    def row(self, index: int) -> Row:
        """Check one derivative."""
        x, leaf, name = self.xs[index], self.leaves[index], self.names[index]
        engine = float(self.gradients.get(leaf, 0.0))
        if not math.isfinite(engine):
            raise ArgumentError(
                f"gradcheck: the gradient with respect to {name} is {figures.number(engine)} at "
                f"{shown_point(self.point)}; first_nonfinite tells where that was born"
            )
        names = (*self.wrt, name)
        slope, error = measured(self.order, leaf)
        slack = SHARP * abs(slope) + 16 * error + TINY
        row = self._row_at_kink(index, Row(names, engine, slope, "kink", abs(engine - slope) <= slack))
        if row is not None:
            return row
        found = differences(partial(self.at_same_side, index), x, abs(x) or 1.0, self.noise)
        note = ""
        if found is not None and not abs(found.slope - slope) <= ROUGH * abs(found.slope) + 4 * found.error + slack:
            if abs(engine - slope) <= slack:
                note = (
                    "the gradient is right for the operations that f recorded, but f itself changes otherwise: it "
                    f"uses {name} in a way that the graph does not know (through .data, or in a branch)"
                )
            slope, slack = found.slope, ROUGH * abs(found.slope) + 4 * found.error
        ok = abs(engine - slope) <= slack
        if ok and engine == 0:
            slope = 0.0  # which it is, within its error
        elif ok and slack > FEW * abs(engine):
            note = "rounding leaves few digits to compare here"
        verdict = "right" if ok else "not measurable" if found is None or slope != slope else "wrong"
        if verdict == "not measurable":
            note = f"there are no values near enough to {name} = {figures.number(x, 12)} to compare with"
        return Row(names, engine, slope, verdict, ok, note)

    def _kink(self, index: int) -> tuple[Value | None, float]:
        """An operation whose kink is here, or within the usual step of a difference; and that step."""
        x = self.xs[index]
        usual = USUAL * (abs(x) or 1.0)
        for step in (usual, max(usual, USUAL)):  # a tie may also be one of rounding, near a small x
            crossed = self._crossed(self._moved(index, x - step)) + self._crossed(self._moved(index, x + step))
            exactly = [node for node in crossed if self.sides[node] == 0]
            if exactly or (crossed and step == usual):
                return (exactly or crossed)[0], step
        return None, 0.0

    def _row_at_kink(self, index: int, row: Row) -> Row | None:
        """The row where a kink is, or nearly is; None where it makes no difference."""
        node, step = self._kink(index)
        if node is None:
            return None
        (left, left_error), (right, right_error) = sides(partial(self.at, index), self.xs[index], step)
        engine, both, exact = row.engine, left == left and right == right, self.sides[node] == 0
        if both:
            loose = 100 * (ROUGH * max(abs(left), abs(right)) + self.noise / step) + left_error + right_error
            between = min(left, right) - loose <= engine <= max(left, right) + loose
            ok = between if exact else row.ok
            if ok and abs(left - right) <= loose:
                return replace(row, verdict="right", numerical=row.numerical if row.ok else left, ok=True)
        else:
            ok = between = exact or row.ok  # at the edge of the domain too, where there is only one side
        if not ok and not exact:
            return None
        slopes = f"{_slope(left)} on the left and {_slope(right)} on the right"
        note = (
            f"{'' if exact else 'almost '}at the kink of {_shown(node, _called(self.root))} the slope is "
            f"{slopes if left != right else f'{_slope(left)} on both sides'}; "
            f"{'by convention' if exact else 'on this side'} it is {figures.number(engine)}"
            f"{'' if between else ', which is not between'}"
        )
        return replace(row, ok=ok, note=note, kink=Kink(node, left, right))

    def findings(self) -> Iterator[Finding]:
        """The operations whose local derivative is not what measuring the operation alone gives."""
        name_of = _called(self.root)
        for node in self.order:
            if node.op is None:
                continue
            xs = numbers(node)
            places = [place for place, operand in enumerate(node.operands) if isinstance(operand, Value)]
            for index, ((parent, local), place, rounding) in enumerate(zip(node.edges(), places, blur(node))):
                speeds = [float(other == place) for other in range(len(xs))]
                slope, error = rate(node.op, xs, speeds)
                slack = SHARP * abs(slope) + 4 * error + 16 * rounding + TINY
                low = high = slope
                if self.sides.get(node) == 0:  # at the kink itself whatever lies between will do
                    apart = sides(moving(node.op, xs, speeds), 0.0)
                    low, high = sorted(side.slope for side in apart)
                    slack = 1e-3 * max(abs(low), abs(high))
                if slope == slope and not low - slack <= local <= high + slack:
                    says, should = figures.apart(local, slope)
                    text = (
                        f"{_shown(node, name_of)}: the derivative with respect to {name_of[parent]} is given as "
                        f"{_formula(node, index, name_of)}{says}, and should be {should}"
                    )
                    yield Finding(node, index, float(local), slope, text)


def _sides_taken(order: Sequence[Value]) -> dict[Value, int]:
    """On which side of its kink each operation is that has one: −1, 0 or 1."""
    found = {}
    for node in order:
        if node.op in KINKS:
            side = KINKS[node.op](*numbers(node))
            found[node] = (side > 0) - (side < 0)
    return found


def _formula(node: Value, index: int, name_of: Mapping[Value, str]) -> str:
    try:
        return printer.text(local_formula(node, index, name_of)) + " = "
    except (ArithmeticError, ValueError, TypeError):  # a partial that is not closed over the table
        return ""


# -- Of higher order ----------------------------------------------------------------------------


def _derivatives(evaluate: Evaluate, count: int, order: int) -> Iterator[tuple[tuple[int, ...], Evaluate]]:
    """`f`, then its derivatives as functions of the same arguments, up to one less than the order."""

    def derivative(of: Evaluate, index: int) -> Evaluate:
        def evaluate(xs: Sequence[float]) -> tuple[Value, list[Value]]:
            root, leaves = of(xs)
            return grad(root, leaves[index]), leaves

        return evaluate

    now: list[tuple[tuple[int, ...], Evaluate]] = [((), evaluate)]
    for _ in range(order):
        yield from now
        now = [((*wrt, i), derivative(of, i)) for wrt, of in now for i in range(wrt[-1] if wrt else 0, count)]
