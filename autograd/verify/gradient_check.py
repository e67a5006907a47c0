"""`gradcheck`: compare the engine's gradient with slopes that were measured without any derivative.

A function is *measured* in two ways: by central differences of the function itself, and, more
precisely, by a complex step through every operation that it recorded. If the engine disagrees, each
operation is measured alone, and the wrong one is named. At a kink there is no derivative; the report
shows the slopes on both sides beside the value that the table takes by convention.

`numerical` measures slopes, and `arguments` checks what the user gave. No gradient is changed here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.document.blocks import Layout, Lines, table
from autograd.document.document import Document
from autograd.engine.graph import Graph, topological_order
from autograd.engine.transforms import grad
from autograd.errors import ArgumentError, OperandError
from autograd.formatting import figures
from autograd.verify import numerical
from autograd.verify.arguments import check_function, function_of, point_of, shown_point
from autograd.verify.guilty_operations import (
    COMPLEX_TOLERANCE,
    DIFFERENCE_TOLERANCE,
    WrongPartial,
    check_locals,
    cut_off,
    wrong_partials,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from autograd.document.blocks import Block
    from autograd.engine.value import Value
    from autograd.verify.arguments import Evaluate

MAX_ROUNDING = 1e-4  # relative: a note warns of more
MAX_SHOWN = 5  # wrong operations in a report


# -- What is found ------------------------------------------------------------------------------


class Kink(NamedTuple):
    """A point without a derivative: the operation that has it, and the slopes on both sides."""

    node: Value
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class DerivativeCheck:
    """One derivative: the engine's number, the measured one, and a verdict: right, wrong, kink or not measurable."""

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
        """The derivative in symbols: ∂f/∂x, ∂²f/∂x∂y."""
        order = len(self.names)
        return f"∂{figures.superscript(order) if order > 1 else ''}f/" + "".join(f"∂{name}" for name in self.names)


@dataclass(repr=False, eq=False)
class GradcheckResult(Document):
    """The result of `gradcheck`: true if the gradient is right, and a document with a table."""

    layout = Layout(between="\n", indent="", rule="")

    point: Mapping[str, float]
    rows: tuple[DerivativeCheck, ...]
    findings: tuple[WrongPartial, ...]

    @property
    def ok(self) -> bool:
        """True if every derivative is right, or at a kink lies between the slopes of the two sides."""
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
                measured = f"{_slope(row.kink.left, self.digits)} | {_slope(row.kink.right, self.digits)}", ""
            rows.append((row.name, figures.number(row.engine, self.digits), *measured, row.verdict))
        title = f"gradcheck at {shown_point(self.point)}: {'right' if self.ok else 'not right'}"
        notes = [f"{row.name}: {row.note}" for row in self.rows if row.note]
        notes += [finding.text for finding in self.findings[:MAX_SHOWN]]
        if len(self.findings) > MAX_SHOWN:
            notes.append(f"and {len(self.findings) - MAX_SHOWN} operations more, see .findings")
        found: list[Block] = [Lines(((title,),)), table(("", "engine", "numerical", "difference", ""), rows, "lllll")]
        return found + [Lines(tuple((note,) for note in notes))] * bool(notes)


def _slope(x: float, digits: int = figures.DIGITS) -> str:
    return figures.number(x, digits) if x == x else "none"


# -- The check ----------------------------------------------------------------------------------


def gradcheck(f: Callable[..., Value], *points: Any, order: int = 1) -> GradcheckResult:
    """Compare the engine's gradient of `f` at a point with numerical slopes.

    `f` takes one argument for each of `points` and returns a Value. An argument is a Value, a list of
    Values if the point is a list, or a dict of Values if it is a mapping. `f` is called many times. With
    `order=2` the second derivatives are checked too, and with `order=3` the third, as gradients of gradients.

    >>> gradcheck(lambda x, y: (x * y).tanh() + x**2, 0.5, 2.0)
    gradcheck at x = 0.5, y = 2: right
           engine    numerical  difference
    ∂f/∂x  1.83995   1.83995    +0          right
    ∂f/∂y  0.209987  0.209987   +0          right

    The report uses the names of a mapping. A Value as a point stands for its data.

    >>> from autograd import Value
    >>> gradcheck(lambda at: at["w[1,2]"] * at["x"], {"w[1,2]": 0.25, "x": Value(2.0)})
    gradcheck at w[1,2] = 0.25, x = 2: right
                engine  numerical  difference
    ∂f/∂w[1,2]  2       2          +0          right
    ∂f/∂x       0.25    0.25       +0          right

    At a kink the report shows the slopes on both sides and the convention.

    >>> gradcheck(lambda x: abs(x), 0.0)
    gradcheck at x = 0: right
           engine  numerical  difference
    ∂f/∂x  0       −1 | 1                 kink
    ∂f/∂x: at the kink of abs of x = 0 the slope is −1 on the left and 1 on the
      right; by convention it is 0

    The result is true if everything is right, so that a test can say `assert gradcheck(f, 0.5)`.
    Right means that the gradient agrees with the complex step to 10 digits, and the complex step with
    the differences to 6 digits, apart from rounding, whose bound is worked out as well.

    Raises OperandError if `f` does not take that many arguments or does not return a Value. Raises
    ArgumentError if two numbers of the point have the same name, if the result is NaN or infinite, or
    if `f` is not a function of its arguments: it changes them, ignores them, or returns different
    results at one point. An error that `f` raises passes through.
    """
    if not callable(f):
        raise OperandError(f"gradcheck wants a function, then the point to check it at, not {f!r}")
    if not isinstance(order, int) or order < 1:
        raise ArgumentError(f"gradcheck: the order is 1, 2 or 3, not {order!r}")
    point = point_of(f, points)
    evaluate = function_of(f, points, point)
    check_locals(evaluate(list(point.values()))[0])
    check_function(evaluate, point)
    rows: list[DerivativeCheck] = []
    findings: list[WrongPartial] = []
    checks: dict[tuple[int, ...], _PointCheck] = {}
    for wrt, derivative in _derivatives(evaluate, len(point), order):
        checks[wrt] = check = _PointCheck(derivative, point, wrt)
        found = [check.row(index) for index in range(len(point))]
        guilty = check.guilty if any(row.verdict != "right" for row in found) else []
        if wrt and not guilty and not all(row.ok for row in found):
            guilty = list(cut_off(checks[wrt[:-1]].graph))
        if guilty:
            found = [row if row.ok else replace(row, note="") for row in found]
        findings = findings or guilty
        rows += found
    return GradcheckResult(point, tuple(rows), tuple(findings))


class _PointCheck:
    """One function at one point: the graph recorded there, and values of f with one argument moved."""

    def __init__(self, evaluate: Evaluate, point: Mapping[str, float], wrt: tuple[int, ...]) -> None:
        self.evaluate = evaluate
        self.point = point
        self.names, self.xs = list(point), list(point.values())
        self.wrt = tuple(self.names[index] for index in wrt)
        output, self.leaves = evaluate(self.xs)
        self.graph = Graph(output)
        self.order = self.graph.order
        self.rounding = numerical.rounding_error(self.order)
        self.sides = _sides_taken(self.order)

    @cached_property
    def guilty(self) -> list[WrongPartial]:
        """The operations whose local derivative is wrong."""
        return list(wrong_partials(self.graph, self.sides))

    def at(self, index: int, x: float) -> float | None:
        """Return the value of f with one argument moved to `x`, or None if there is none."""
        moved = self._moved(index, x)
        return None if moved is None else float(moved.data)

    def at_same_side(self, index: int, x: float) -> float | None:
        """Return the same, or None if a kink lies on the way."""
        moved = self._moved(index, x)
        return None if moved is None or self._crossed(moved) else float(moved.data)

    def _moved(self, index: int, x: float) -> Value | None:
        try:
            moved, _ = self.evaluate([*self.xs[:index], x, *self.xs[index + 1 :]])
        except (ArithmeticError, ValueError):
            return None
        return moved if math.isfinite(moved.data) else None

    def _crossed(self, moved: Value | None) -> list[Value]:
        """Return the operations whose kink lies between the point and the moved one."""
        if moved is None or not self.sides:
            return []
        there = _sides_taken(topological_order(moved)).values()
        return [node for (node, here), now in zip(self.sides.items(), there) if here != now]

    def row(self, index: int) -> DerivativeCheck:
        """Check one derivative."""
        x, leaf, name = self.xs[index], self.leaves[index], self.names[index]
        engine = float(self.graph.gradients.get(leaf, 0.0))
        if not math.isfinite(engine) and not self.guilty:
            raise ArgumentError(
                f"gradcheck: the gradient with respect to {name} is {figures.number(engine)} at "
                f"{shown_point(self.point)}; first_nonfinite tells where that was born"
            )
        names = (*self.wrt, name)
        slope, error = numerical.measured_slope(self.order, leaf)
        slack = COMPLEX_TOLERANCE * abs(slope) + 16 * error + numerical.TINY
        row = self._row_at_kink(index, DerivativeCheck(names, engine, slope, "kink", abs(engine - slope) <= slack))
        if row is not None:
            return row
        found = numerical.central_difference(partial(self.at_same_side, index), x, abs(x) or 1.0, self.rounding)
        note = ""
        if found is not None:
            loose = DIFFERENCE_TOLERANCE * abs(found.slope) + 4 * found.error
            if not abs(found.slope - slope) <= loose + slack:
                if abs(engine - slope) <= slack:
                    note = (
                        "the gradient is right for the operations that f recorded, but f itself changes otherwise: it "
                        f"uses {name} in a way that the graph does not know (through .data, or in a branch)"
                    )
                slope, slack = found.slope, loose
        ok = math.isfinite(engine) and abs(engine - slope) <= slack
        if ok and engine == 0:
            slope = 0.0  # equal within the error
        elif ok and slack > MAX_ROUNDING * abs(engine):
            note = "rounding leaves few digits to compare here"
        verdict = "right" if ok else "not measurable" if found is None or slope != slope else "wrong"
        if verdict == "not measurable":
            note = f"there are no values near enough to {name} = {figures.number(x, 12)} to compare with"
        return DerivativeCheck(names, engine, slope, verdict, ok, note)

    def _kink(self, index: int) -> tuple[Value | None, float]:
        """Return an operation whose kink is here or within the step of a difference, and that step."""
        x = self.xs[index]
        usual = numerical.DIFFERENCE_STEP * (abs(x) or 1.0)
        larger = max(usual, numerical.DIFFERENCE_STEP)  # near a small x, rounding may hide a tie from the smaller step
        for step in (usual, larger):
            crossed = self._crossed(self._moved(index, x - step)) + self._crossed(self._moved(index, x + step))
            exactly = [node for node in crossed if self.sides[node] == 0]
            if exactly or (crossed and step == usual):
                return (exactly or crossed)[0], step
        return None, 0.0

    def _row_at_kink(self, index: int, row: DerivativeCheck) -> DerivativeCheck | None:
        """Return the row of a point at or almost at a kink; None if the kink makes no difference."""
        node, step = self._kink(index)
        if node is None:
            return None
        sides = numerical.one_sided_slopes(partial(self.at, index), self.xs[index], step)
        (left, left_error), (right, right_error) = sides
        engine, both, exact = row.engine, left == left and right == right, self.sides[node] == 0
        if both:
            steeper = max(abs(left), abs(right))
            loose = 100 * (DIFFERENCE_TOLERANCE * steeper + self.rounding / step) + left_error + right_error
            between = min(left, right) - loose <= engine <= max(left, right) + loose
            ok = between if exact else row.ok
            if ok and abs(left - right) <= loose:
                return replace(row, verdict="right", numerical=row.numerical if row.ok else left, ok=True)
        else:
            ok = between = exact or row.ok  # at the edge of the domain there is only one side
        if not ok and not exact:
            return None
        text = numerical.operation_text(node, numerical.short_names(self.graph))
        slopes = f"{_slope(left)} on the left and {_slope(right)} on the right"
        note = (
            f"{'' if exact else 'almost '}at the kink of {text} the slope is "
            f"{slopes if left != right else f'{_slope(left)} on both sides'}; "
            f"{'by convention' if exact else 'on this side'} it is {figures.number(engine)}"
            f"{'' if between else ', which is not between'}"
        )
        return replace(row, ok=ok, note=note, kink=Kink(node, left, right))


def _sides_taken(order: Sequence[Value]) -> dict[Value, int]:
    """Return the side of its kink, −1, 0 or 1, for each operation that has one."""
    found = {}
    for node in order:
        if node.op is not None and node.op.kink is not None:
            side = node.op.kink(*numerical.operand_numbers(node))
            found[node] = (side > 0) - (side < 0)
    return found


# -- Of higher order ----------------------------------------------------------------------------


def _derivatives(evaluate: Evaluate, count: int, order: int) -> Iterator[tuple[tuple[int, ...], Evaluate]]:
    """Yield `f`, then its derivatives as functions of the same arguments, up to one less than the order."""

    def derivative(of: Evaluate, index: int) -> Evaluate:
        def evaluate(xs: Sequence[float]) -> tuple[Value, list[Value]]:
            output, leaves = of(xs)
            return grad(output, leaves[index]), leaves

        return evaluate

    now: list[tuple[tuple[int, ...], Evaluate]] = [((), evaluate)]
    for _ in range(order):
        yield from now
        now = [((*wrt, i), derivative(of, i)) for wrt, of in now for i in range(wrt[-1] if wrt else 0, count)]
