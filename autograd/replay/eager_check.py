"""The graph run by the eager engine on one row: to check replay, and to find the operation of a NaN or infinity.

The eager engine is the reference for the numbers and for the errors.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from autograd.engine.graph import gradients, topological_order
from autograd.engine.value import Value
from autograd.errors import DomainError, StaleGraphError
from autograd.formatting import figures
from autograd.optional import import_extra
from autograd.replay.instructions import ElementwiseOp
from autograd.replay.numpy_backend import NumpyBackend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.replay.instructions import Array, Program

np = import_extra("numpy", "replay", "record")

TOLERANCE = 1e-9  # relative: more than two orders of rounding differ


def rerun(program: Program, outputs: Sequence[Value], theta: Array, rows: Array, number: int) -> dict[Value, Value]:
    """Build the graph of the outputs again for one of the rows; return the new nodes by the old.

    Raises the DomainError of the engine, with the number of the row before it.
    """
    made = {leaf: Value(x, leaf.label) for leaf, x in zip(program.parameters, theta.tolist())}
    made |= {leaf: Value(x, leaf.label) for leaf, x in zip(program.inputs, rows[number].tolist())}
    for node in chain.from_iterable(map(topological_order, outputs)):
        if node not in made and node.op is not None:
            try:
                made[node] = Value.read(node.op, [made[v] if isinstance(v, Value) else v for v in node.operands])
            except DomainError as error:
                raise _of_row(program, number, error) from None
            made[node].label = node.label
    return made


def raise_eager_error(program: Program, outputs: Sequence[Value], theta: Array, rows: Array, *, backward: bool) -> None:
    """Raise the DomainError of the eager engine, if there is one; NaN and infinity in the data are carried."""
    shared, by_row, shared_gradient, row_gradient = NumpyBackend(program).everything(theta, rows)
    suspects = _rows_of_birth(program, shared, by_row, len(rows))
    given = np.isfinite(rows).all(axis=1) & np.isfinite(theta).all()
    suspects |= given & ~(np.isfinite(by_row).all(axis=0) & np.isfinite(shared).all())
    if backward:
        suspects |= given & ~(np.isfinite(row_gradient).all(axis=0) & np.isfinite(shared_gradient).all())
    for number in np.flatnonzero(suspects).tolist():
        made = rerun(program, outputs, theta, rows, number)
        if backward:
            try:
                gradients(made[outputs[0]])
            except DomainError as error:
                raise _of_row(program, number, error) from None


def _rows_of_birth(program: Program, shared: Array, by_row: Array, size: int) -> Array:
    """Return the rows in which an operation made NaN or infinity from finite numbers."""
    found = np.zeros(size, dtype=bool)

    def read(slots: Any) -> Array:
        if isinstance(slots, float):
            return np.float64(slots)
        return shared[slots][:, None] if slots[0] < program.shared else by_row[slots - program.shared]

    for instr in program.instructions:
        if isinstance(instr, ElementwiseOp):
            y = read(np.arange(instr.slots.start, instr.slots.stop))
            if np.isfinite(y).all():
                continue
            operands = np.broadcast_arrays(*map(read, instr.operands))
            nan = np.logical_or.reduce([np.isnan(v) for v in operands])
            infinite = np.logical_or.reduce([~np.isfinite(v) for v in operands])
            found |= ((np.isnan(y) & ~nan) | (np.isinf(y) & ~infinite)).any(axis=0)
    return found


def _of_row(program: Program, number: int, error: DomainError) -> DomainError:
    return type(error)(f"row {number}: {error}" if program.inputs else str(error))


def is_close(a: float, b: float) -> bool:
    """Return True if two numbers are equal apart from rounding.

    >>> is_close(0.1 + 0.2, 0.3), is_close(float("nan"), float("nan")), is_close(1.0, 1.1)
    (True, True, False)
    """
    return a == b or (a != a and b != b) or abs(a - b) <= TOLERANCE * max(1.0, abs(a), abs(b))


def require_close(what: str, replayed: float, eager: float, who: str) -> None:
    """Raise StaleGraphError if a number of the recorded graph differs from the eager one."""
    if not is_close(replayed, eager):
        raise StaleGraphError(
            f"{what} is {figures.number(replayed)} by the recorded graph and {figures.number(eager)} by {who}: "
            "what was decided by looking at .data while recording is frozen; record once for each case"
        )
