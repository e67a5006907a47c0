"""A computation on one row, recorded once and run over many rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, Value, leaves, record, total
from autograd.optional import import_extra
from nn.data import flat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nn.data import Row


class RowRecording:
    """A recording of `compute(inputs, target)`, a Value or a list of them; `step` is the result of `record`.

    Raises ArgumentError for rows of different sizes, MissingExtraError without NumPy.
    """

    def __init__(self, compute: Callable[[Any, Any], Any], rows: Sequence[Row]) -> None:
        self.numpy = import_extra("numpy", "replay", "fit(replay=True)")
        self.shape = _shape(rows[0])
        if not self.fits(rows):
            raise ArgumentError("fit: replay runs one recording over all rows, so all rows must have the same sizes")
        row = _as_values(rows[0])
        result = compute(*row)
        self.single = isinstance(result, Value)
        output = result if self.single else total(result)
        self.leaves = set(leaves(output))  # a number that the result does not depend on is no input of the recording
        used = [(column, leaf) for column, leaf in enumerate(flat(row)) if leaf in self.leaves]
        self.columns = [column for column, _ in used]
        self.step = record(output, inputs=[leaf for _, leaf in used], outputs=None if self.single else list(result))

    def fits(self, rows: Sequence[Row]) -> bool:
        """Return True if all rows have the sizes of the recorded one."""
        return all(_shape(row) == self.shape for row in rows)

    def table(self, rows: Sequence[Row]) -> Any:
        """Return the numbers of the rows that the recording reads, as an array."""
        return self.numpy.array([[float(v) for v in flat(list(row))] for row in rows])[:, self.columns]

    def results(self, table: Any) -> list[Any]:
        """Return the results for all rows as leaves: for each row a Value, or a list of them."""
        found = self.step.forward(table).tolist()
        return [Value(x) for x in found] if self.single else [[Value(x) for x in row] for row in found]


def _as_values(thing: Any) -> Any:
    return [_as_values(item) for item in thing] if isinstance(thing, (list, tuple)) else Value(float(thing))


def _shape(thing: Any) -> Any:
    return tuple(_shape(item) for item in thing) if isinstance(thing, (list, tuple)) else None
