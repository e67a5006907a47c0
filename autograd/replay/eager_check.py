"""A recorded graph run plainly on one row, where replay is checked or has met a number that is not finite.

The plain engine has the last word: it says what the numbers are, and which operation is not defined where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.engine.graph import gradients, topological_order
from autograd.engine.value import Value
from autograd.errors import DomainError, StaleGraphError
from autograd.formatting import figures
from autograd.optional import import_extra
from autograd.replay.instructions import Elementwise
from autograd.replay.numpy_backend import NumpyBackend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.replay.instructions import Array, Program

np = import_extra("numpy", "replay", "record")

CLOSE = 1e-9  # relative: what two ways of rounding may differ by in a check


def rerun(roots: Sequence[Value], numbers: dict[Value, float], row: int | None = None) -> dict[Value, Value]:
    """The graph of the roots built again from other numbers in its leaves: its new nodes by the old.

    >>> x = Value(3.0, "x")
    >>> y = x * x
    >>> retraced([y], {x: 5.0})[y].data
    25.0

    Raises the DomainError of the plain engine, with the number of the row before it.
    """
    made: dict[Value, Value] = {}
    for root in roots:
        for node in [] if root in made else topological_order(root):
            if node in made:
                continue
            if node.op is None:
                made[node] = Value(numbers[node], node.label)
                continue
            operands = [made[v] if isinstance(v, Value) else v for v in node.operands]
            try:
                made[node] = Value.read(node.op, operands)
            except DomainError as error:
                raise _of_row(row, error) from None
            made[node].label = node.label
    return made


def raise_eager_error(program: Program, roots: Sequence[Value], theta: Array, rows: Array, *, backward: bool) -> None:
    """Raise the DomainError that the eager engine raises, if it does; NaN and inf that came in are carried."""
    shared, by_row, shared_gradient, row_gradient = NumpyBackend(program).everything(theta, rows)
    suspects = _born(program, shared, by_row, len(rows))
    given = np.isfinite(rows).all(axis=1) & np.isfinite(theta).all()
    suspects |= given & ~(np.isfinite(by_row).all(axis=0) & np.isfinite(shared).all())
    if backward:
        suspects |= given & ~(np.isfinite(row_gradient).all(axis=0) & np.isfinite(shared_gradient).all())
    for number in np.flatnonzero(suspects).tolist():
        numbers = dict(zip((*program.parameters, *program.inputs), (*theta.tolist(), *rows[number].tolist())))
        row = number if program.inputs else None
        made = rerun(roots, numbers, row)
        if backward:
            try:
                gradients(made[roots[0]])
            except DomainError as error:
                raise _of_row(row, error) from None


def _born(program: Program, shared: Array, by_row: Array, size: int) -> Array:
    """The rows in which an op of the table made NaN or inf of numbers that were not."""
    found = np.zeros(size, dtype=bool)

    def read(slots: Any) -> Array:
        if isinstance(slots, float):
            return np.float64(slots)
        return shared[slots][:, None] if slots[0] < program.shared else by_row[slots - program.shared]

    for instr in program.instructions:
        if isinstance(instr, Elementwise):
            y = read(np.arange(instr.slots.start, instr.slots.stop))
            if np.isfinite(y).all():
                continue
            operands = np.broadcast_arrays(*map(read, instr.operands))
            nan = np.logical_or.reduce([np.isnan(v) for v in operands])
            infinite = np.logical_or.reduce([~np.isfinite(v) for v in operands])
            found |= ((np.isnan(y) & ~nan) | (np.isinf(y) & ~infinite)).any(axis=0)
    return found


def _of_row(row: int | None, error: DomainError) -> DomainError:
    return type(error)(str(error) if row is None else f"row {row}: {error}")


def is_close(a: float, b: float) -> bool:
    """Whether two numbers are equal but for rounding.

    >>> close(0.1 + 0.2, 0.3), close(float("nan"), float("nan")), close(1.0, 1.1)
    (True, True, False)
    """
    return a == b or (a != a and b != b) or abs(a - b) <= CLOSE * max(1.0, abs(a), abs(b))


def require_close(what: str, replayed: float, eager: float, who: str) -> None:
    """Raise StaleGraphError where a number is another one in the recorded graph."""
    if not is_close(replayed, eager):
        raise StaleGraphError(
            f"{what} is {figures.number(replayed)} by the recorded graph and {figures.number(eager)} by {who}: "
            "what was decided by looking at .data while recording is frozen; record once for each case"
        )
