"""Normalization: values are scaled to mean 0 and variance 1, and then by a gain and a shift that are learned.

A layer norm is over one row of values, a batch norm over one value of many rows. Both are written in single operations,
so that each of them can be looked at. The variance is the mean of the squares, without Bessel's correction.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from autograd import ArgumentError, OperandError, Value, mean, sqrt
from nn.arguments import fraction, integer, nonnegative, plain
from nn.layers import Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    Row = list[Any]


def layer_norm(
    values: Sequence[Any], eps: float = 1e-5, gain: Sequence[Any] | None = None, shift: Sequence[Any] | None = None
) -> list[Value]:
    """Return gain·(x − mean)/√(variance + eps) + shift for each x of one row of values.

    J. L. Ba, J. R. Kiros and G. E. Hinton, 2016, Layer normalization.

    >>> [round(v.data, 4) for v in layer_norm([Value(1.0), Value(3.0)])]
    [-1.0, 1.0]

    Raises ArgumentError for fewer than two values, or a gain or shift of a different length.
    """
    row = _row(values)
    if len(row) < 2:
        raise ArgumentError(f"layer_norm: {len(row)} values have no variance to divide by; give it two or more")
    return _affine(_normalized(row, nonnegative("eps", eps))[0], gain, shift)


def batch_norm(
    rows: Sequence[Sequence[Any]],
    eps: float = 1e-5,
    gain: Sequence[Any] | None = None,
    shift: Sequence[Any] | None = None,
) -> list[list[Value]]:
    """Return the rows with gain·(x − mean)/√(variance + eps) + shift for each x, taken over each column.

    S. Ioffe and C. Szegedy, 2015, Batch normalization.

    >>> [[round(v.data, 4) for v in row] for row in batch_norm([[Value(1.0)], [Value(3.0)]])]
    [[-1.0], [1.0]]

    Raises ArgumentError for fewer than two rows, rows of different lengths, or a gain or shift of a different length.
    """
    columns = [_normalized(column, nonnegative("eps", eps))[0] for column in _columns(rows)]
    return [_affine(row, gain, shift) for row in map(list, zip(*columns))]


class _Norm(Module):
    """A module with a gain and a shift for each of the values of a row."""

    minimum = 1  # of the size of a row

    def __init__(self, size: int, *, eps: float = 1e-5) -> None:
        places = range(1, integer("the size of a row", size, self.minimum) + 1)
        self.gain = [Value(1.0, f"gain[{place}]") for place in places]
        self.shift = [Value(0.0, f"shift[{place}]") for place in places]
        self.eps = nonnegative("eps", eps)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.gain)})"


class LayerNorm(_Norm):
    """A `layer_norm` of rows of `size` values, with a gain and a shift that are learned.

    >>> norm = LayerNorm(2)
    >>> [round(v.data, 4) for v in norm([1.0, 3.0])], [p.label for p in norm.parameters()]
    ([-1.0, 1.0], ['gain[1]', 'gain[2]', 'shift[1]', 'shift[2]'])

    Raises ArgumentError for a size below 2, and for a row of a different length.
    """

    minimum = 2  # one value has no variance

    def __call__(self, values: Sequence[Any]) -> list[Value]:
        """Return the normalized row."""
        return layer_norm(values, self.eps, self.gain, self.shift)


class BatchNorm(_Norm):
    """A `batch_norm` of rows of `size` values, with a gain and a shift that are learned.

    In training it uses the mean and variance of the rows it is given, and keeps their running means
    as plain numbers in `running_mean` and `running_variance` (the latter with Bessel's correction,
    as in PyTorch): new = (1 − momentum)·old + momentum·this. After `eval()` it uses the running
    ones, so that the result for one row does not depend on the other rows.

    >>> norm = BatchNorm(1)
    >>> rows = norm([[Value(1.0)], [Value(3.0)]])
    >>> norm.running_mean, norm.running_variance
    ([0.2], [1.1])

    A model with a batch norm is called with all rows of a batch, by `fit`, too. Its other parts take one row:

    >>> from nn import Layer, Neuron
    >>> class Net(Module):
    ...     def __init__(self):
    ...         self.hidden, self.norm = Layer(2, 4, activation=None, seed=1), BatchNorm(4)
    ...         self.out = Neuron(4, activation=None, seed=2)
    ...     def __call__(self, rows):
    ...         rows = self.norm([self.hidden(row) for row in rows])
    ...         return [self.out([z.tanh() for z in row]) for row in rows]
    >>> len(Net()([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]))
    3

    Raises ArgumentError for a size below 1, for rows of a different length, and in training for fewer than two rows.
    """

    takes_batch = True
    buffer_names: ClassVar[tuple[str, ...]] = ("running_mean", "running_variance")

    def __init__(self, size: int, *, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__(size, eps=eps)
        self.momentum = fraction("momentum", momentum)
        self.running_mean: list[float] = [0.0] * len(self.gain)
        self.running_variance: list[float] = [1.0] * len(self.gain)

    def __call__(self, rows: Sequence[Sequence[Any]]) -> list[list[Value]]:
        """Return the normalized rows."""
        rows = plain(rows)
        if isinstance(rows, (list, tuple)) and rows and not hasattr(plain(rows[0]), "__iter__"):
            raise OperandError(
                "BatchNorm takes all rows of a batch, and was given one row: call it in a Module whose __call__ takes "
                "the rows, as in self.norm([self.hidden(row) for row in rows])"
            )
        if self.training:
            columns = _columns(rows)
            if len(columns) != len(self.gain):
                raise ArgumentError(f"BatchNorm: rows must have {len(self.gain)} values, not {len(columns)}")
            normed, means, variances = zip(*(_normalized(column, self.eps) for column in columns))
            count = len(columns[0])
            self._update(self.running_mean, means, 1)
            self._update(self.running_variance, variances, count / (count - 1))
            return [_affine(row, self.gain, self.shift) for row in map(list, zip(*normed))]
        listed = [_row(row, len(self.gain)) for row in rows]
        spreads = [math.sqrt(nonnegative("a running variance", v) + self.eps) for v in self.running_variance]
        known = list(zip(self.running_mean, spreads))
        return [_affine([(x - m) / s for x, (m, s) in zip(row, known)], self.gain, self.shift) for row in listed]

    def _update(self, running: list[float], new: Sequence[Value], scale: float) -> None:
        part = self.momentum
        running[:] = [(1 - part) * before + part * scale * now.data for before, now in zip(running, new)]


def _normalized(row: Row, eps: float) -> tuple[Row, Value, Value]:
    """Return the row with mean 0 and variance 1, and the mean and variance that it had."""
    center = mean(row)
    distances = [x - center for x in row]
    variance = mean([d * d for d in distances])
    spread = sqrt(variance + eps)
    return [d / spread for d in distances], center, variance


def _affine(row: Row, gain: Sequence[Any] | None, shift: Sequence[Any] | None) -> Row:
    if gain is not None:
        row = [g * x for g, x in zip(_row(gain, len(row), "a gain"), row)]
    if shift is not None:
        row = [x + s for x, s in zip(row, _row(shift, len(row), "a shift"))]
    return row


def _row(values: Any, size: int | None = None, what: str = "a row") -> Row:
    values = plain(values)
    if isinstance(values, (Value, str)) or not hasattr(values, "__iter__"):
        raise OperandError(f"{what} of values to normalize must be a list, not {values!r}")
    row = list(values)
    if size is not None and len(row) != size:
        raise ArgumentError(f"{what} must have {size} values, not {len(row)}")
    return row


def _columns(rows: Any) -> list[Row]:
    listed = _row(rows)
    if len(listed) < 2:
        raise ArgumentError(f"batch_norm: {len(listed)} rows have no variance to divide by; give it two or more")
    size = len(_row(listed[0]))
    return [list(column) for column in zip(*(_row(row, size) for row in listed))]
