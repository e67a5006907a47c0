"""What a model makes of a row, recorded once and run over many rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, Value, import_extra, leaves, record, total
from nn.data import flat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nn.data import Row


class Replay:
    """A recording of `make(inputs, target)`, a Value or a list of them; `step` is what `record` gives.

    Raises ArgumentError for rows of different sizes, MissingExtraError without NumPy.
    """

    def __init__(self, make: Callable[[Any, Any], Any], rows: Sequence[Row]) -> None:
        self.numpy = import_extra("numpy", "replay", "fit(replay=True)")
        self.shape = _shape(rows[0])
        if not self.fits(rows):
            raise ArgumentError("fit: replay runs one recording over all rows, so all must have the same sizes")
        row = _as_values(rows[0])
        made = make(*row)
        self.alone = isinstance(made, Value)
        root = made if self.alone else total(made)
        in_graph = set(leaves(root))  # what has no part in the result is no input of the recording
        placed = [(column, leaf) for column, leaf in enumerate(flat(row)) if leaf in in_graph]
        self.used = [column for column, _ in placed]
        self.step = record(root, inputs=[leaf for _, leaf in placed], outputs=None if self.alone else list(made))

    def fits(self, rows: Sequence[Row]) -> bool:
        """Whether the rows have the sizes of the one that was recorded."""
        return all(_shape(row) == self.shape for row in rows)

    def table(self, rows: Sequence[Row]) -> Any:
        """The numbers of the rows that the recording takes, as an array."""
        return self.numpy.array([[float(v) for v in flat(list(row))] for row in rows])[:, self.used]

    def results(self, table: Any) -> list[Any]:
        """What was recorded, for each row, as leaves: a Value, or a list of them."""
        found = self.step.forward(table).tolist()
        return [Value(x) for x in found] if self.alone else [[Value(x) for x in row] for row in found]


def _as_values(thing: Any) -> Any:
    return [_as_values(item) for item in thing] if isinstance(thing, (list, tuple)) else Value(float(thing))


def _shape(thing: Any) -> Any:
    return tuple(_shape(item) for item in thing) if isinstance(thing, (list, tuple)) else None
