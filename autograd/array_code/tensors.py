"""Arrays that are changed in place, and views that share their entries, as NumPy and PyTorch have them."""

from __future__ import annotations

import math
from typing import Any

from autograd.claims.arrays import Array, located
from autograd.engine.value import Value
from autograd.errors import ShapeError


def number_of(entry: Any) -> Any:
    """Return the number of an entry, whether it is recorded or not."""
    return entry.data if isinstance(entry, Value) else entry


class Tensor:
    """A shape, and the places of its entries in a store, which other tensors may share.

    `of_gradient` tells what was computed on the way back. Its entries are plain numbers; those of the way forward are
    Values.

    >>> a = Tensor.of(Array.of([[1.0, 2.0], [3.0, 4.0]]))
    >>> row = a.view(1)
    >>> row.write(0, 7.0)
    >>> a.array.nested()
    [[1.0, 2.0], [7.0, 4.0]]
    """

    __slots__ = ("is_view", "of_gradient", "places", "shape", "store")

    def __init__(self, store: list[Any], places: Any, shape: tuple[int, ...], *, is_view: bool = False) -> None:
        self.store, self.places, self.shape, self.is_view = store, places, shape, is_view
        self.of_gradient = False

    @classmethod
    def of(cls, array: Any) -> Tensor:
        """Return a tensor of its own of an array, or of one entry."""
        array = Array.of(array)
        return cls(list(array.entries), range(len(array.entries)), array.shape)

    @property
    def entries(self) -> list[Any]:
        """The entries, in order."""
        return [self.store[place] for place in self.places]

    @property
    def array(self) -> Array:
        """The entries as an array of their own."""
        return Array(self.shape, self.entries)

    @property
    def numbers(self) -> Array:
        """The numbers of the entries."""
        return Array(self.shape, [number_of(self.store[place]) for place in self.places])

    @property
    def first(self) -> Any:
        """One entry, by which the kind of all is known; None of an empty tensor."""
        return number_of(self.store[self.places[0]]) if self.places else None

    def view(self, index: Any) -> Tensor:
        """Return the part at an index; it shares the entries."""
        return self._picked(located(self.shape, index))

    def reshaped(self, shape: tuple[int, ...]) -> Tensor:
        """Return the same entries in another shape; they are shared where they lie in a row, as in NumPy."""
        array = Array((len(self.places),), range(len(self.places))).reshape(*shape)
        found = self._picked(array)
        return found if self.is_in_row else Tensor.of(found.array)

    def transposed(self, axes: Any = None) -> Tensor:
        """Return the tensor with its axes in another order; it shares the entries."""
        return self._picked(Array(self.shape, range(len(self.places))).transpose(axes))

    def _picked(self, positions: Array) -> Tensor:
        found = Tensor(self.store, [self.places[at] for at in positions.entries], positions.shape, is_view=True)
        found.of_gradient = self.of_gradient
        return found

    @property
    def is_in_row(self) -> bool:
        """Return whether the entries lie one after another in the store."""
        first = self.places[0] if self.places else 0
        return all(place == first + at for at, place in enumerate(self.places))

    def write(self, index: Any, value: Any) -> None:
        """Put other entries at an index; they are broadcast to its shape."""
        found = located(self.shape, index)
        self._write([self.places[at] for at in found.entries], found.shape, value)

    def fill(self, value: Any) -> None:
        """Put other entries in the place of all."""
        self._write(self.places, self.shape, value)

    def _write(self, places: Any, shape: tuple[int, ...], value: Any) -> None:
        array = Array.of(value)
        extra = array.ndim - len(shape)
        if extra > 0 and math.prod(array.shape[:extra]) == 1:  # NumPy leaves leading axes of length 1 out
            array = array.reshape(*array.shape[extra:])
        if array.ndim > len(shape):
            raise ShapeError(f"{array.shape} does not fit into {shape}")
        for place, entry in zip(places, array.broadcast_to(shape).entries):
            self.store[place] = entry

    def __repr__(self) -> str:
        return f"Tensor{self.shape}"
