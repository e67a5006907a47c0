"""What the rows of the table compute over other numbers than floats, from the same source."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.table.ops import Op


def forwards_with(functions: Any) -> dict[Op, Callable[..., Any]]:
    """Return what each row computes where `functions`, such as mpmath.mp, stands in the place of `math`.

    A function of `math` is the one of the same name there. A function of the table is its own source, read with the
    other functions; so no row is stated twice.

    >>> import cmath
    >>> forwards_with(cmath)[ops.exp](0j), forwards_with(cmath)[ops.total](1j, 2)
    ((1+0j), (2+1j))
    """
    names = {**vars(ops), "math": functions}

    def read(forward: Callable[..., Any]) -> Callable[..., Any]:
        if isinstance(forward, FunctionType):
            return FunctionType(forward.__code__, names, forward.__name__, forward.__defaults__)
        if forward.__module__ == "math":
            found: Callable[..., Any] = getattr(functions, forward.__name__, forward)
            return found
        return forward  # of `operator`, for any kind of number

    names.update({name: read(thing) for name, thing in vars(ops).items() if isinstance(thing, FunctionType)})
    forwards = {op: read(op.forward) for op in ops.TABLE.values()}
    names.update({op.name: forward for op, forward in forwards.items()})
    return forwards
