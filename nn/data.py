"""The rows that a network is trained on: read once, checked once, before anything is computed.

A *row* is a pair of inputs and target, each a number or a list; data is a list of rows, or a tuple
of two, all the inputs and all the targets, (X, T), which may be arrays.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from autograd import ArgumentError, OperandError, Value
from autograd.formatting import escapes, figures

Row = tuple[Any, Any]  # inputs and target: numbers, or lists of them


def rows_of(data: Any, who: str) -> list[Row]:
    """The data as a list of rows of plain numbers.

    >>> rows_of([((0, 1), 1), ((1, 1), 0)], "fit")
    [([0, 1], 1), ([1, 1], 0)]
    >>> rows_of(([[0, 1], [1, 1]], [1, 0]), "fit")
    [([0, 1], 1), ([1, 1], 0)]

    Raises ArgumentError for no rows, for X and T of different lengths, and for NaN or infinity, naming
    the row; OperandError for what is no row or no number.
    """
    if isinstance(data, tuple) and len(data) == 2:
        inputs, targets = (_several(part, name, who) for part, name in zip(data, "XT"))
        if len(inputs) != len(targets):
            raise ArgumentError(
                f"{who}: X has {len(inputs)} rows and T has {len(targets)}; one target goes with each row "
                "(rows that are pairs go into a list)"
            )
        pairs = list(zip(inputs, targets))
    else:
        pairs = [_pair(row, place, who) for place, row in enumerate(_several(data, "data", who), start=1)]
    if not pairs:
        raise ArgumentError(f"{who}: the data is empty; give it at least one row of inputs and target")
    return [
        (_checked(inputs, f"{who}: row {place}: input"), _checked(target, f"{who}: row {place}: target"))
        for place, (inputs, target) in enumerate(pairs, start=1)
    ]


def _several(thing: Any, name: str, who: str) -> list[Any]:
    if hasattr(thing, "tolist"):
        thing = thing.tolist()
    if isinstance(thing, (str, bytes, dict, Value)) or not hasattr(thing, "__iter__"):
        raise OperandError(f"{who}: {name} is a list of rows, such as [([0, 1], 1), ([1, 1], 0)], not {_short(thing)}")
    return list(thing)


def _pair(row: Any, place: int, who: str) -> tuple[Any, Any]:
    if not isinstance(row, (list, tuple)) or len(row) != 2:
        raise OperandError(f"{who}: row {place} is not a pair of inputs and target: {_short(row)}")
    return row[0], row[1]


def _checked(thing: Any, where: str) -> Any:
    """A number as it is, a list of any depth as lists."""
    if hasattr(thing, "tolist"):
        thing = thing.tolist()
    if isinstance(thing, Real):
        if not math.isfinite(thing):
            raise ArgumentError(f"{where} is {figures.number(thing)}; take the row out, or put in what was measured")
        return thing
    if isinstance(thing, (list, tuple)):
        return [_checked(item, f"{where} {place}" if place else where) for place, item in enumerate(thing, start=1)]
    raise OperandError(f"{where} is a number or a list of numbers, not {_short(thing)}")


def _short(thing: Any) -> str:
    text = escapes.plain(repr(thing))
    return f"{text if len(text) <= 40 else text[:37] + '…'} ({type(thing).__name__})"


def flat(thing: Any) -> list[Any]:
    """A number or a list of numbers as a list, nested ones laid out in a row.

    >>> flat(1.0), flat([1, [2, 3]])
    ([1.0], [1, 2, 3])
    """
    return [number for item in thing for number in flat(item)] if isinstance(thing, list) else [thing]
