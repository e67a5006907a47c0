"""Rectangular arrays whose entries are of any kind: numbers, Values, trees.

An `Array` is its shape and its entries, row by row. It never looks into an entry: arithmetic applies the entries' own,
and the functions here take what is to be done with them. Axes are counted from 0, as in NumPy, whose rules of
broadcasting, products and indexing are followed.
"""

from __future__ import annotations

import math
import operator
from itertools import product
from typing import TYPE_CHECKING, Any, NoReturn

from autograd.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape in words.

    >>> shape_text((2, 3)), shape_text((3,)), shape_text((1,)), shape_text(())
    ('2×3', '3 entries', '1 entry', 'a single number')
    """
    if len(shape) == 1:
        return f"{shape[0]} {'entry' if shape[0] == 1 else 'entries'}"
    return "×".join(map(str, shape)) or "a single number"


def _both_ways(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the methods of an operator, with the array on its left and on its right."""

    def apply(a: Any, b: Any) -> Any:
        a, b = Array.of(a), Array.of(b)
        return matmul(a, b) if function is operator.matmul else combine(function, a, b)

    return apply, lambda self, other: apply(other, self)


class Array:
    """A rectangular array: `shape`, and `entries` in the order of the last index running fastest.

    >>> a = Array.of([[1, 2, 3], [4, 5, 6]])
    >>> (a * 10 + Array.of([1, 2, 3])).nested(), (a @ a.T).nested()
    ([[11, 22, 33], [41, 52, 63]], [[14, 32], [32, 77]])
    >>> a[1, 0], a[:, 1:].nested(), a.sum(0).nested(), a.sum()
    (4, [[2, 3], [5, 6]], [5, 7, 9], 21)

    Raises ShapeError where shapes do not go together.
    """

    __slots__ = ("entries", "shape")

    def __init__(self, shape: Iterable[int], entries: Iterable[Any]) -> None:
        self.shape = tuple(shape)
        self.entries = list(entries)
        if len(self.entries) != math.prod(self.shape):
            raise ShapeError(f"{len(self.entries)} entries do not fill {shape_text(self.shape)}")

    @classmethod
    def of(cls, rows: Any) -> Array:
        """Return lists in lists as an array; anything else is the one entry of an array without axes."""
        if not isinstance(rows, (list, tuple)):
            return rows if isinstance(rows, Array) else cls((), [rows])
        return stack([cls.of(row) for row in rows]) if rows else cls((0,), [])

    @classmethod
    def full(cls, shape: Sequence[int], entry: Any) -> Array:
        """Return an array that holds one entry everywhere."""
        return cls(shape, [entry] * math.prod(shape))

    def nested(self) -> Any:
        """Return the entries as lists in lists; the entry itself where there is no axis."""
        found: list[Any] = self.entries
        for length in reversed(self.shape):
            count = len(found) // length if length else math.prod(self.shape[:-1])
            found = [found[at * length : (at + 1) * length] for at in range(count)]
        return found[0]

    def __repr__(self) -> str:
        return f"Array({self.nested()!r})"

    def __len__(self) -> int:
        if not self.shape:
            raise ShapeError("a single number has no length")
        return self.shape[0]

    @property
    def size(self) -> int:
        """The number of entries."""
        return len(self.entries)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    # -- Entry by entry -----------------------------------------------------------------------------

    def map(self, function: Callable[[Any], Any]) -> Array:
        """Return the array of a function of each entry."""
        return Array(self.shape, map(function, self.entries))

    def __neg__(self) -> Array:
        return self.map(operator.neg)

    __add__, __radd__ = _both_ways(operator.add)
    __sub__, __rsub__ = _both_ways(operator.sub)
    __mul__, __rmul__ = _both_ways(operator.mul)
    __truediv__, __rtruediv__ = _both_ways(operator.truediv)
    __pow__, __rpow__ = _both_ways(operator.pow)
    __matmul__, __rmatmul__ = _both_ways(operator.matmul)

    # -- Shape ----------------------------------------------------------------------------------------

    @property
    def T(self) -> Array:  # noqa: N802 -- as everybody calls it
        """The array with its axes in the opposite order."""
        return self.transpose()

    def transpose(self, axes: Sequence[int] | None = None) -> Array:
        """Return the array with its axes in another order, the opposite one if none is given."""
        order = [self._axis(axis) for axis in (range(self.ndim - 1, -1, -1) if axes is None else axes)]
        if sorted(order) != list(range(self.ndim)):
            raise ShapeError(f"axes {tuple(axes or ())} are not those of {shape_text(self.shape)}, each once")
        shape, steps = [self.shape[axis] for axis in order], _steps(self.shape)
        return self._picked(shape, [steps[axis] for axis in order])

    def reshape(self, *shape: int) -> Array:
        """Return the same entries in another shape, in which one length may be −1: what is left."""
        known = -math.prod(shape) if shape.count(-1) == 1 else math.prod(shape)
        if shape.count(-1) == 1 and known and self.size % known == 0:
            shape = tuple(self.size // known if length == -1 else length for length in shape)
        if math.prod(shape) != self.size or min(shape, default=0) < 0:
            raise ShapeError(f"{shape_text(self.shape)} cannot be put in the shape {shape}")
        return Array(shape, self.entries)

    def broadcast_to(self, shape: Sequence[int]) -> Array:
        """Return the array repeated along the axes that it lacks or in which it has one entry."""
        if broadcast_shape(self.shape, shape) != tuple(shape):
            raise ShapeError(f"{shape_text(self.shape)} cannot be spread over {shape_text(shape)}")
        lacking = len(shape) - self.ndim
        steps = [0 if length == 1 else step for length, step in zip(self.shape, _steps(self.shape))]
        return self._picked(shape, [0] * lacking + steps)

    def _picked(self, shape: Sequence[int], steps: Sequence[int]) -> Array:
        """Return the array of this shape that goes through the entries by a step for each axis."""
        return Array(shape, map(self.entries.__getitem__, _positions(shape, steps)))

    def _axis(self, axis: int) -> int:
        if not -self.ndim <= axis < self.ndim:
            raise ShapeError(f"there is no axis {axis} in {shape_text(self.shape)}")
        return axis % self.ndim

    # -- Along axes -----------------------------------------------------------------------------------

    def reduce(
        self, function: Callable[[list[Any]], Any], axis: int | Sequence[int] | None = None, *, keepdims: bool = False
    ) -> Any:
        """Return a function of the list of entries along one or several axes; of all entries if none is given.

        What is left has no axis for them or, with `keepdims`, one of length 1; without any axis it is the entry itself.
        """
        axes = range(self.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
        gone = {self._axis(each) for each in axes}
        kept = [each for each in range(self.ndim) if each not in gone]
        ordered = self.transpose([*kept, *sorted(gone)]).entries
        count = math.prod(self.shape[each] for each in kept)
        length = math.prod(self.shape[each] for each in gone)
        found = [function(ordered[at * length : (at + 1) * length]) for at in range(count)]
        shape = [1 if each in gone else self.shape[each] for each in range(self.ndim) if keepdims or each not in gone]
        return Array(shape, found) if shape else found[0]

    def sum(self, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Any:
        """Return the sum over one or several axes, or over all."""
        return self.reduce(sum, axis, keepdims=keepdims)

    # -- Indices --------------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        found = located(self.shape, index)
        entries = [self.entries[at] for at in found.entries]
        return Array(found.shape, entries) if found.shape else entries[0]

    def replaced(self, index: Any, value: Any) -> Array:
        """Return a copy with other entries at an index, which are broadcast to its shape."""
        found = located(self.shape, index)
        entries = list(self.entries)
        for at, entry in zip(found.entries, Array.of(value).broadcast_to(found.shape).entries):
            entries[at] = entry
        return Array(self.shape, entries)


def combine(function: Callable[..., Any], *operands: Any) -> Array:
    """Return the array of a function of the entries of several arrays, each broadcast to the shape of all."""
    arrays = [Array.of(operand) for operand in operands]
    shape = arrays[0].shape
    for array in arrays[1:]:
        shape = shape if array.shape == shape else broadcast_shape(shape, array.shape)
    spread = [array if array.shape == shape else array.broadcast_to(shape) for array in arrays]
    return Array(shape, map(function, *(array.entries for array in spread)))


def broadcast_shape(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...]:
    """Return the shape that two arrays have together, whose last axes belong to each other.

    >>> broadcast_shape((4, 1), (3,)), broadcast_shape((), (2,))
    ((4, 3), (2,))
    """
    longer = max(len(a), len(b))
    pairs = list(zip([1] * (longer - len(a)) + [*a], [1] * (longer - len(b)) + [*b]))
    if any(x != y and 1 not in (x, y) for x, y in pairs):
        raise ShapeError(f"{shape_text(a)} and {shape_text(b)} do not go together entry by entry")
    return tuple(y if x == 1 else x for x, y in pairs)


def _dot(a: list[Any], b: list[Any]) -> Any:
    return sum(map(operator.mul, a, b))


def matmul(a: Array, b: Array, dot: Callable[[list[Any], list[Any]], Any] = _dot) -> Any:
    """Return the matrix product; `dot` is what a row and a column give. Of more axes, the last two are the matrix.

    A vector on the left is a row, on the right a column: a vector times a vector is one entry, and no array.
    """
    if not a.shape or not b.shape:
        raise ShapeError("a matrix product is of arrays, and one of these is a single number")
    rows = a.reshape(1, *a.shape) if a.ndim == 1 else a
    columns = b.reshape(*b.shape, 1) if b.ndim == 1 else b
    if rows.shape[-1] != columns.shape[-2]:
        raise ShapeError(
            f"a product of {shape_text(a.shape)} and {shape_text(b.shape)} does not go: a row of the first has "
            f"{rows.shape[-1]} and a column of the second {columns.shape[-2]} entries"
        )
    outer = broadcast_shape(rows.shape[:-2], columns.shape[:-2])
    n, inner, m = rows.shape[-2], rows.shape[-1], columns.shape[-1]
    left = rows.broadcast_to((*outer, n, inner)).entries
    turned = columns.transpose([*range(columns.ndim - 2), columns.ndim - 1, columns.ndim - 2])
    right = turned.broadcast_to((*outer, m, inner)).entries
    found = []
    for batch in range(math.prod(outer)):
        lines, others = (
            [entries[(batch * count + at) * inner : (batch * count + at + 1) * inner] for at in range(count)]
            for entries, count in ((left, n), (right, m))
        )
        found += [dot(line, other) for line in lines for other in others]
    shape = (*outer, *([] if a.ndim == 1 else [n]), *([] if b.ndim == 1 else [m]))
    return Array(shape, found) if shape else found[0]


def stack(arrays: Sequence[Array], axis: int = 0) -> Array:
    """Return arrays of one shape beside each other along a new axis."""
    if any(array.shape != arrays[0].shape for array in arrays):
        _unlike(arrays)
    axis %= arrays[0].ndim + 1
    return concatenate([array.reshape(*array.shape[:axis], 1, *array.shape[axis:]) for array in arrays], axis)


def concatenate(arrays: Sequence[Array], axis: int = 0) -> Array:
    """Return arrays one after another along an axis; they have the same lengths in all other axes."""
    axis = arrays[0]._axis(axis)
    rest = {array.shape[:axis] + array.shape[axis + 1 :] for array in arrays}
    if len(rest) > 1:
        _unlike(arrays)
    before = math.prod(arrays[0].shape[:axis])
    parts = [(array.entries, len(array.entries) // before if before else 0) for array in arrays]
    entries = [entry for at in range(before) for part, size in parts for entry in part[at * size : (at + 1) * size]]
    length = sum(array.shape[axis] for array in arrays)
    return Array((*arrays[0].shape[:axis], length, *arrays[0].shape[axis + 1 :]), entries)


def _unlike(arrays: Iterable[Array]) -> NoReturn:
    shapes = " and ".join(dict.fromkeys(shape_text(array.shape) for array in arrays))
    raise ShapeError(f"parts of one array have different shapes: {shapes}")


# -- Positions ----------------------------------------------------------------------------------------


def _steps(shape: Sequence[int]) -> list[int]:
    """Return how far apart in the entries two neighbors along each axis are."""
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def _positions(shape: Sequence[int], steps: Sequence[int]) -> list[int]:
    found = [0]
    for length, step in zip(shape, steps):
        found = [at + step * place for at in found for place in range(length)]
    return found


def located(shape: Sequence[int], index: Any) -> Array:
    """Return the positions in the entries that an index names, in the shape that it gives.

    An index is a whole number, a slice, None for a new axis, `...`, an array or list of whole numbers or of truth
    values, or a tuple of these. Arrays of numbers go together entry by entry; their axes come where the first of them
    stands, or first of all if an axis is between them.

    >>> located((2, 3), ([0, 1], [2, 0])).entries, located((2, 3), (slice(None), 1)).entries
    ([2, 3], [1, 4])
    """
    plain: list[list[int]] = []  # the positions along each axis that is kept
    picked: list[Array] = []  # positions that are given by arrays or single numbers
    places: list[int] = []  # the number of axes before each of them
    axis, steps = 0, _steps(shape)
    for part in _in_full(shape, index if isinstance(index, tuple) else (index,)):
        if part is None:
            plain.append([0])
            continue
        length, step = shape[axis], steps[axis]
        axis += 1
        if isinstance(part, slice):
            plain.append([place * step for place in range(*part.indices(length))])
        else:
            picked.append(part.map(lambda place, length=length, step=step: _place(place, length) * step))
            places.append(len(plain))
    together = combine(lambda *each: sum(each), Array.of(0), *picked)
    at = places[0] if together.ndim and len(set(places)) == 1 else 0
    before, after = plain[:at], plain[at:]
    entries = [
        sum(first) + middle + sum(last)
        for first in product(*before)
        for middle in together.entries
        for last in product(*after)
    ]
    return Array((*map(len, before), *together.shape, *map(len, after)), entries)


def _in_full(shape: Sequence[int], index: tuple[Any, ...]) -> list[Any]:
    """Return a slice, None or an array of whole numbers for every axis; a mask is one array for each of its axes."""
    parts: list[Any] = []
    for part in index:
        if part is None or part is ... or isinstance(part, slice):
            parts.append(part)
            continue
        array = Array.of(part)
        if array.ndim and array.entries and isinstance(array.entries[0], bool):
            chosen = [at for at, is_chosen in enumerate(array.entries) if is_chosen]
            for step, length in zip(_steps(array.shape), array.shape):
                parts.append(Array((len(chosen),), [at // step % length for at in chosen]))
        else:
            parts.append(array)
    named = sum(part is not None and part is not ... for part in parts)
    if named > len(shape):
        raise ShapeError(f"{named} indices are too many for {shape_text(shape)}")
    at = parts.index(...) if any(part is ... for part in parts) else len(parts)
    return parts[:at] + [slice(None)] * (len(shape) - named) + parts[at + 1 :]


def _place(place: Any, length: int) -> int:
    if isinstance(place, bool) or not hasattr(place, "__index__"):
        raise ShapeError(f"an index is a whole number, not {place!r}")
    found = operator.index(place)
    if not -length <= found < length:
        raise ShapeError(f"there is no entry {found} among {length}, which are counted from 0")
    return found % length
