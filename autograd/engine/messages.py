"""How error messages name what an operation is asked for: its operands, and things that are no numbers."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from autograd.formatting import escapes, figures
from autograd.table.operators import Operators
from autograd.table.plain_numbers import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.table.ops import Op


def is_value(thing: Any) -> bool:
    """Return whether this is a `Value`, whose module stands on this one; a formula has no label."""
    return isinstance(thing, Operators) and hasattr(thing, "label")


def describe(operand: Any) -> str:
    """Return an operand as an error message names it: its label and its value.

    >>> from autograd import Value
    >>> describe(Value(-0.5, label="p")), describe(2.0)
    ('p = −0.5', '2')
    """
    if is_value(operand):
        value = figures.number(operand.data)
        return f"{escapes.plain(operand.label)} = {value}" if operand.label else value
    return described(operand) if plain_number(operand) is None else figures.number(operand)


def described(thing: Any) -> str:
    """Return a thing that is not a number as an error message shows it: its beginning and its type."""
    return f"{escapes.short_repr(thing, 40)} ({type(thing).__name__})"


def hint(thing: Any) -> str:
    """Return what to write instead of a thing that holds a number: a Decimal, or another library's scalar tensor."""
    if hasattr(thing, "as_integer_ratio"):
        return ": Fraction(…) of it is exact, and float(…) is fast"
    with suppress(Exception):  # of somebody else's object
        if plain_number(thing.item()) is not None:
            return ": .item() of it is a number"
    return ""


def called(op: Op, operands: Sequence[Any]) -> str:
    """Return the operation as it was asked for, with its labels and values.

    >>> from autograd import Value
    >>> from autograd.table import ops
    >>> called(ops.log, [Value(-0.5, label="p")]), called(ops.div, [Value(1.0), 0])
    ('log of p = −0.5', 'div of 1 and 0')
    """
    shown = [describe(operand) for operand in operands[:4]] + ["…"] * (len(operands) > 4)
    return f"{op.name} of {' and '.join(shown)}"
