"""The rows that a network is trained on, checked once before anything is computed, and the batches made of them.

A *row* is a pair of inputs and target, each a number or a list. Data is a list of rows, or a tuple
(X, T) of all inputs and all targets, which may be arrays.
"""

from __future__ import annotations

import math
from copy import copy
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, OperandError, Value
from autograd.formatting import figures
from autograd.table.plain_numbers import plain_number
from nn.arguments import integer, plain, short
from nn.initialization import random_generator

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = tuple[Any, Any]  # inputs and target: numbers, or lists of them


class Batches:
    """Data in batches of `size` rows, for `fit`: one step of the optimizer for each batch.

    The rows are shuffled anew for each epoch by a random generator with this `seed`, unless
    `shuffle=False` or all rows fit into one batch. The last batch of an epoch may be smaller.

    >>> batches = Batches([([0, 1], 1), ([1, 1], 0), ([1, 0], 1)], 2, seed=1)
    >>> epochs = batches.epochs()
    >>> next(epochs), next(epochs)
    ([[1, 2], [0]], [[0, 1], [2]])

    Raises ArgumentError for a size below 1 and for data that `fit` refuses.
    """

    minimum = 1  # a last batch of fewer rows is joined to the one before it

    def __init__(self, data: Any, size: int, *, shuffle: bool = True, seed: Any = None) -> None:
        self.rows = rows_of(data, "Batches")
        self.size = min(integer("Batches: size", size, 1), len(self.rows))
        self.shuffle, self.seed = shuffle, seed
        random_generator(seed)  # a wrong seed is reported here

    def __len__(self) -> int:
        full, rest = divmod(len(self.rows), self.size)
        return full + (rest >= self.minimum)

    def with_minimum(self, rows: int) -> Batches:
        """Return the same batches, except that a last one of fewer rows than this is joined to the one before it.

        >>> batches = Batches([([k], k) for k in range(5)], 2, shuffle=False).with_minimum(2)
        >>> len(batches), next(batches.epochs())
        (2, [[0, 1], [2, 3, 4]])
        """
        joined = copy(self)
        joined.minimum = rows
        return joined

    def epochs(self) -> Iterator[list[list[int]]]:
        """Yield for each epoch its batches, as indices of rows. Each call starts again from the seed."""
        generator = random_generator(self.seed)
        order = list(range(len(self.rows)))
        while True:
            if self.shuffle and self.size < len(order):
                generator.shuffle(order)
            starts = range(0, len(self) * self.size, self.size)
            yield [order[start:end] for start, end in zip(starts, [*starts[1:], None])]


def rows_of(data: Any, who: str) -> list[Row]:
    """Return the data as a list of rows of plain numbers.

    >>> rows_of([((0, 1), 1), ((1, 1), 0)], "fit")
    [([0, 1], 1), ([1, 1], 0)]
    >>> rows_of(([[0, 1], [1, 1]], [1, 0]), "fit")
    [([0, 1], 1), ([1, 1], 0)]

    Raises ArgumentError for no rows, for X and T of different lengths, and for NaN or infinity, naming
    the row; OperandError for what is not a row or not a number.
    """
    if isinstance(data, tuple) and len(data) == 2:
        inputs, targets = (_as_list(part, name, who) for part, name in zip(data, "XT"))
        if len(inputs) != len(targets):
            raise ArgumentError(
                f"{who}: X has {len(inputs)} rows and T has {len(targets)}; give one target for each row "
                "(put rows that are pairs into a list)"
            )
        pairs = list(zip(inputs, targets))
    else:
        pairs = _as_list(data, "data", who)
        for place, row in enumerate(pairs, start=1):
            if not isinstance(row, (list, tuple)) or len(row) != 2:
                raise OperandError(f"{who}: row {place} is not a pair of inputs and target: {_short(row)}")
    if not pairs:
        raise ArgumentError(f"{who}: the data is empty; give it at least one row of inputs and target")
    rows = [(inputs, target, f"{who}: row {place}") for place, (inputs, target) in enumerate(pairs, start=1)]
    return [(_checked(inputs, f"{row}: input"), _checked(target, f"{row}: target")) for inputs, target, row in rows]


def _as_list(thing: Any, name: str, who: str) -> list[Any]:
    thing = plain(thing)
    if isinstance(thing, (str, bytes, dict, Value)) or not hasattr(thing, "__iter__"):
        raise OperandError(f"{who}: {name} must be a list of rows, such as [([0, 1], 1)], not {_short(thing)}")
    return list(thing)


def _checked(thing: Any, where: str) -> Any:
    """Return a finite number as it is, and a list or array of any depth as lists."""
    thing = plain(thing)
    if (number := plain_number(thing)) is not None:
        if not math.isfinite(number):
            raise ArgumentError(f"{where} is {figures.number(number)}; remove the row, or replace the number")
        return number
    if isinstance(thing, (list, tuple)):
        return [_checked(item, f"{where} {place}" if place else where) for place, item in enumerate(thing, start=1)]
    raise OperandError(f"{where} must be a number or a list of numbers, not {_short(thing)}")


def _short(thing: Any) -> str:
    return f"{short(thing, 40)} ({type(thing).__name__})"


def flat(thing: Any) -> list[Any]:
    """Return a number or a nested list of numbers as one flat list.

    >>> flat(1.0), flat([1, [2, 3]])
    ([1.0], [1, 2, 3])
    """
    return [number for item in thing for number in flat(item)] if isinstance(thing, list) else [thing]
