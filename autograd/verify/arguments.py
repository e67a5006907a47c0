"""The arguments of `gradcheck`: a function, and a point as a flat mapping of names to numbers.

A point is numbers, lists of numbers and mappings of names to numbers, one for each argument of the
function. A wrong point is refused here, and so is a function whose result does not depend on its
arguments alone.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from autograd.engine.graph import topological_order
from autograd.engine.incoming import checked_number
from autograd.engine.value import NOT_YET, Value
from autograd.errors import ArgumentError, OperandError
from autograd.formatting import escapes, figures
from autograd.table.plain_numbers import plain_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    Evaluate: TypeAlias = Callable[[Sequence[float]], tuple[Value, list[Value]]]  # numbers -> the output, its leaves

# -- The point ----------------------------------------------------------------------------------


def shown_point(point: Mapping[str, float]) -> str:
    """Return the first numbers of a point, for a message.

    >>> shown_point({"x": 0.5, "w[0]": -1.0})
    'x = 0.5, w[0] = −1'
    """
    shown = [f"{escapes.plain(name)} = {figures.number(x, 12)}" for name, x in list(point.items())[:6]]
    return ", ".join(shown) + ", …" * (len(point) > len(shown))


def point_of(f: Callable[..., Value], points: Sequence[Any]) -> dict[str, float]:
    """Return every number of the point by its name."""
    if points:
        _check_count(f, points)
    point: dict[str, float] = {}
    for name, x in _named(points, _parameters(f, len(points))):
        if name in point:
            raise ArgumentError(f"gradcheck: two numbers of the point are called {name}; give each a name of its own")
        point[name] = x
    if not point:
        raise ArgumentError("gradcheck: no point is given; give the arguments of f after f")
    return point


def _check_count(f: Callable[..., Value], points: Sequence[Any]) -> None:
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # a function written in C
        return
    try:
        signature.bind(*points)
    except TypeError as error:
        parts = f"{len(points)} argument{'s' * (len(points) != 1)}"
        whole = "; a list or a mapping is one argument: lambda x: f(*x), or f(**x), passes on its parts"
        inner = whole if any(isinstance(x, Mapping) or _is_list(x) for x in points) else ""
        raise OperandError(f"gradcheck: f{signature} is given {parts}: {error}{inner}") from None


def _is_list(x: Any) -> bool:
    return hasattr(x, "__iter__") and not isinstance(x, (str, Mapping)) and plain_number(x) is None


def _named(point: Sequence[Any], names: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield each number of the point with its name: the key in a mapping, the index in a list."""
    for name, x in zip(names, point):
        if isinstance(x, Mapping):
            for own in x:
                if not isinstance(own, str):
                    raise OperandError(f"gradcheck: {name} names its numbers with strings, not with {own!r}")
            yield from _named(list(x.values()), list(map(escapes.plain, x)))
            continue
        if _is_list(x):
            inner = list(x)
            yield from _named(inner, [f"{name}[{index}]" for index in range(len(inner))])
            continue
        try:
            number = float(checked_number(x.data if isinstance(x, Value) else x))
        except OperandError:
            raise OperandError(f"gradcheck: {name} is to be a number, a list or a mapping of them, not {x!r}") from None
        if not math.isfinite(number):
            raise ArgumentError(
                f"gradcheck: {name} = {figures.number(number)} is no point to check at; it must be finite"
            )
        yield name, number


def _parameters(f: Callable[..., Value], count: int) -> list[str]:
    """Return the names of the arguments of f; x, or x1, x2, … if f has none."""
    try:
        given = [p.name for p in inspect.signature(f).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    except (TypeError, ValueError):  # a function written in C
        given = []
    if len(given) >= count:
        return given[:count]
    return ["x"] if count == 1 else [f"x{index + 1}" for index in range(count)]


# -- The function -------------------------------------------------------------------------------


def function_of(f: Callable[..., Value], points: Sequence[Any], point: Mapping[str, float]) -> Evaluate:
    """Return `f` as a function of a flat list of numbers, which raises if `f` is unusable."""
    arguments = _filler(points, count())
    still = [Value(x, name) for name, x in point.items()]

    def evaluate(xs: Sequence[float]) -> tuple[Value, list[Value]]:
        # One number is moved at a time: the other leaves are used again, unless f has changed them.
        leaves = [
            leaf if leaf.data is x and leaf.grad is NOT_YET else Value(x, name)
            for leaf, name, x in zip(still, point, xs)
        ]
        result = f(*arguments(leaves))
        if not isinstance(result, Value):
            raise OperandError(
                f"gradcheck: f gave {result!r} ({type(result).__name__}), not a Value; "
                "write it with Python's operators and the functions of autograd"
            )
        for leaf, x in zip(leaves, xs):
            if leaf.data != x:
                raise ArgumentError(
                    f"gradcheck: f changed its argument {leaf.label} from {figures.number(x)} to "
                    f"{figures.number(leaf.data)}; it must leave its arguments as they are"
                )
        return result, leaves

    return evaluate


def _filler(point: Any, places: Iterator[int]) -> Callable[[list[Value]], Any]:
    """Return a function that makes of a flat list of leaves an argument of the same shape as this part of the point."""
    if isinstance(point, Mapping):
        named = {name: _filler(inner, places) for name, inner in point.items()}
        return lambda leaves: {name: part(leaves) for name, part in named.items()}
    if _is_list(point):
        parts = [_filler(inner, places) for inner in point]
        return lambda leaves: [part(leaves) for part in parts]
    return itemgetter(next(places))


def check_function(evaluate: Evaluate, point: Mapping[str, float]) -> None:
    """Raise unless the function is finite at the point, gives the same each time, and depends on its arguments."""
    output, leaves = evaluate(list(point.values()))
    again, _ = evaluate(list(point.values()))
    at = shown_point(point)
    if not math.isfinite(output.data):
        raise ArgumentError(
            f"gradcheck: f is {figures.number(output.data)} at {at}; first_nonfinite tells where it comes from"
        )
    if output.data != again.data:
        raise ArgumentError(
            f"gradcheck: f gave {figures.number(output.data, 17)} and then {figures.number(again.data, 17)} at {at}: "
            "it keeps or draws something between calls, so there is no one function to compare with"
        )
    if not set(leaves) & set(topological_order(output)):
        raise ArgumentError(
            "gradcheck: the result of f does not depend on its arguments; if it should, f leaves the graph "
            "(through .data, or a new Value)"
        )
