"""The ground of every function of arrays: bounds, axes, numbers or Values, the way there and the way back."""

from __future__ import annotations

import math
import operator
import random
from itertools import chain
from typing import TYPE_CHECKING, Any

from autograd.array_code.tensors import Tensor, number_of
from autograd.claims import arrays
from autograd.claims.arrays import Array, broadcast_shape
from autograd.engine.functions import affine, total
from autograd.engine.value import Value
from autograd.errors import ChalkgradError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MAX_ENTRIES = 400_000  # of one array: far more than a page of code needs at generic shapes
MAX_WORK = 30_000_000  # entries that are computed in one reading: about ten seconds
MAX_NODES = 3_000_000  # Values that are recorded in one reading: about a gigabyte


class UnreadableError(ChalkgradError, ValueError):
    """Code that is not read: the message says what, and is shown beside the line."""


class Library:
    """The state that functions of arrays share: random numbers, budgets, and whether numbers or Values are computed.

    `detached` is set on the way back, where everything is plain numbers.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 -- generic numbers, no secrets
        self.detached = False
        self.cuts: list[list[tuple[Any, Any]]] = []  # for each `detach`: its leaves, and what they were cut from
        self.spread = 0.0  # of the numbers in the place of constants: of parameters only
        self.is_torch = False  # of functions that have another meaning in NumPy
        self.work = 0
        self.nodes = 0

    def spend(self, count: int, nodes: int = 0) -> None:
        """Count entries that are about to be computed; raise UnreadableError where they are too many."""
        self.work += count
        self.nodes += 0 if self.detached else nodes
        if self.work > MAX_WORK or self.nodes > MAX_NODES:
            raise UnreadableError("this takes more arithmetic than is done for one file; use smaller shapes")

    def sized(self, shape: Iterable[Any]) -> tuple[int, ...]:
        """Return a shape that may be made."""
        found = tuple(whole(length) for length in shape)
        if any(length < 0 for length in found) or math.prod(found) > MAX_ENTRIES:
            raise UnreadableError(f"an array of the shape {found} is not made here: at most {MAX_ENTRIES} entries")
        self.spend(math.prod(found))
        return found

    # -- From and to tensors ----------------------------------------------------------------------

    def array(self, thing: Any) -> Array:
        """Return anything that stands for an array: its numbers on the way back."""
        if isinstance(thing, Tensor):
            return thing.numbers if self.detached else thing.array
        if isinstance(thing, (bool, int, float)):
            return Array((), [thing])
        if isinstance(thing, (list, tuple, range)):
            self.spend(20)  # a list that holds itself many times grows without end
            rows = [self.array(row) for row in thing]
            return arrays.stack(rows) if rows else Array((0,), [])
        if isinstance(thing, Value):
            return Array((), [number_of(thing) if self.detached else thing])
        raise UnreadableError(f"{described(thing)} stands where an array belongs")

    def made(self, array: Any) -> Tensor:
        """Return a new tensor of an array or an entry."""
        found = Tensor.of(array)
        found.of_gradient = self.detached
        return found

    def filled(self, shape: Iterable[Any], entry: Callable[[], float]) -> Tensor:
        """Return an array of new numbers, which are leaves on the way there."""
        length = self.sized(shape)
        count = math.prod(length)
        self.spend(0, count)
        entries: list[Any] = [entry() for _ in range(count)]
        if self.spread:
            entries = [each + self.random.gauss(0.0, self.spread) for each in entries]
        if not self.detached:
            entries = [Value(each) if isinstance(each, float) else each for each in entries]
        return self.made(Array(length, entries))

    # -- Arithmetic -------------------------------------------------------------------------------

    def combine(self, function: Callable[..., Any], *operands: Any) -> Tensor:
        """Return a function of entries, broadcast."""
        found = [self.array(operand) for operand in operands]
        shape: tuple[int, ...] = ()
        for array in found:
            shape = broadcast_shape(shape, array.shape)
        self.sized(shape)
        self.spend(0, math.prod(shape))
        return self.made(arrays.combine(function, *map(arithmetic, found)))

    def matmul(self, a: Any, b: Any) -> Tensor:
        """Return a matrix product, each of its entries one node."""
        a, b = arithmetic(self.array(a)), arithmetic(self.array(b))
        rows = math.prod(a.shape[:-1]) * (b.shape[-1] if b.ndim > 1 else 1)
        inner = a.shape[-1] if a.shape else 1
        self.spend(rows * inner, rows * (1 + inner // 4))
        both = bool(a.entries and b.entries) and (isinstance(a.entries[0], Value) or isinstance(b.entries[0], Value))
        return self.made(arrays.matmul(a, b, affine if both or has_values(a) or has_values(b) else dot))

    def reduce(
        self, function: Callable[[list[Any]], Any], x: Any, axis: Any = None, *, keepdims: Any = False
    ) -> Tensor:
        """Return a function of the entries along axes."""
        array = arithmetic(self.array(x))
        self.spend(array.size, array.size // 8 + 1)
        axis = tuple(map(whole, axis)) if isinstance(axis, (tuple, list)) else None if axis is None else whole(axis)
        return self.made(array.reduce(function, axis, keepdims=bool(keepdims)))


def dot(a: list[Any], b: list[Any]) -> Any:
    """Return the sum of products."""
    return sum(map(operator.mul, a, b))


def has_values(array: Array) -> bool:
    """Return whether any entry is recorded."""
    return any(isinstance(entry, Value) for entry in array.entries)


def added(entries: list[Any]) -> Any:
    """Return a sum, as one node if anything in it is one."""
    return total(entries) if any(isinstance(entry, Value) for entry in entries) else sum(entries)


def arithmetic(array: Array) -> Array:
    """Return the array with 0 and 1 in place of truth values."""
    if any(isinstance(entry, bool) for entry in array.entries):
        return array.map(lambda entry: float(entry) if isinstance(entry, bool) else entry)
    return array


def whole(thing: Any) -> int:
    """Return a whole number: an int, a float that is one (Python 2 divides so), or the single entry of an array."""
    if isinstance(thing, Tensor) and len(thing.places) == 1:
        thing = thing.first
    if isinstance(thing, (int, float)) and abs(thing) < 2**63 and thing == int(thing):
        return int(thing)
    raise UnreadableError(f"{described(thing)} stands where a whole number belongs")


def described(thing: Any) -> str:
    """Return what something is, in short."""
    if isinstance(thing, Tensor):
        return f"an array of the shape {thing.shape}"
    return thing.words if isinstance(thing, UnknownValue) else f"a {type(thing).__name__}"


class UnknownValue:
    """A value that is not known because a line cannot be read; `line` is its number, `words` say why."""

    def __init__(self, words: str, line: int = 0) -> None:
        self.words, self.line = words, line


def shape_of(parts: Sequence[Any]) -> tuple[Any, ...]:
    """Return the shape that arguments give: (2, 3) and ((2, 3),) are the same."""
    if len(parts) == 1 and isinstance(parts[0], (tuple, list)):
        parts = parts[0]
    return tuple(chain(parts))
