"""The arrays of a program on NumPy: operands are read as views of them, and gradients are added up.

An operand whose slots are evenly spaced (consecutive, all the same, every second, transposed) is a view;
any other is gathered. The first contribution to a gradient is written, and further ones are added. Slots
that occur several times in one operand are summed first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.optional import import_extra
from autograd.replay.slots import occur_once, strides_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.replay.instructions import Array, Instruction, Program

np = import_extra("numpy", "replay", "record")

MAX_RANGES = 8  # to clear; more are cleared as one


# -- How the slots of an operand are arranged ----------------------------------------------------------------------


class SlotLayout:
    """The arrangement of an array of slots: the first one, the stride along each axis or None, and if all differ."""

    def __init__(self, slots: Array) -> None:
        self.slots = slots
        self.first = int(slots.flat[0])
        self.strides = strides_of(slots)
        self.once = occur_once(slots)


# -- The arrays -------------------------------------------------------------------------------------------


class Buffers:
    """The numbers and gradients of a program for one batch size, and the calls that work on them."""

    def __init__(self, program: Program, size: int, places: dict[int, SlotLayout]) -> None:
        self.program = program
        self.size = size
        self.places = places
        self.border = program.shared
        self.shared = np.zeros((program.shared, 1))
        self.shared[: len(program.constants), 0] = program.constants
        self.rows = np.zeros((program.slots - program.shared, size))
        first = program.first_parameter
        self.parameters = slice(first, first + len(program.parameters))
        self.scratch: dict[tuple[int, ...], list[Array]] = {}
        self.lent: list[Array] = []
        self.calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []

    def _with_gradients(self) -> None:
        """Make the arrays of the gradients."""
        self.shared_gradient = np.zeros_like(self.shared)
        self.rows_gradient = np.zeros_like(self.rows)
        self.written = np.zeros(self.program.slots, dtype=bool)
        self.cleared = np.zeros(self.program.slots, dtype=bool)

    # -- Reading operands -----------------------------------------------------------------------------------

    def _lies(self, slots: Array) -> SlotLayout:
        place = self.places.get(id(slots))
        if place is None or place.slots is not slots:
            place = self.places[id(slots)] = SlotLayout(slots)
        return place

    def _values(self, slots: Array) -> Array:
        """Return the numbers in the slots, with a last axis of the rows, or of length 1."""
        place = self._lies(slots)
        array, offset = (self.rows, self.border) if place.first >= self.border else (self.shared, 0)
        if place.strides is None:
            gathered = np.empty((*slots.shape, array.shape[1]))
            where = slots - offset
            if slots.max() < self.program.first_parameter:
                np.take(array, where, 0, gathered, "clip")
            else:
                self.calls.append((np.take, (array, where, 0, gathered, "clip")))
            return gathered
        return self._view(array, place.first - offset, slots.shape, place.strides)

    @staticmethod
    def _view(array: Array, first: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
        if len(shape) == 1:
            (size,), (stride,) = shape, strides
            if stride == 1:
                return array[first : first + size]
            if stride > 1:
                return array[first : first + stride * size : stride]
        width = array.shape[1]
        steps = (*(8 * width * stride for stride in strides), 8)
        return np.ndarray((*shape, width), float, array, 8 * width * first, steps)

    def _own(self, instr: Instruction) -> Array:
        return self._span(instr, self.shared, self.rows)

    def _upstream(self, instr: Instruction) -> Array:
        return self._span(instr, self.shared_gradient, self.rows_gradient)

    def _span(self, instr: Instruction, shared: Array, rows: Array) -> Array:
        if instr.per_row:
            return rows[instr.slots.start - self.border : instr.slots.stop - self.border]
        return shared[instr.slots.start : instr.slots.stop]

    # -- Temporary arrays ----------------------------------------------------------------------------------

    def _borrow(self, shape: tuple[int, ...]) -> Array:
        free = self.scratch.setdefault(shape, [])
        array = free.pop() if free else np.empty(shape)
        self.lent.append(array)
        return array

    def _return(self, array: Array) -> None:
        for place, lent in enumerate(self.lent):
            if lent is array:
                del self.lent[place]
                self.scratch[array.shape].append(array)
                return

    def _give_back(self) -> None:
        for array in self.lent:
            self.scratch[array.shape].append(array)
        self.lent = []

    def _call(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.calls.append((function, arguments))

    # -- Gathering gradients ------------------------------------------------------------------------------------

    def _deliver(self, slots: Array, compute: Callable[[Array], None], ready: Array | None = None) -> None:
        """Add calls that compute a contribution (shape of the slots × rows) and add it to the gradient in the slots."""
        place = self._lies(slots)
        shared = place.first < self.border
        gradient, offset = (self.shared_gradient, 0) if shared else (self.rows_gradient, self.border)
        width = gradient.shape[1]
        flat = slots.ravel()
        touched = self.written[flat]
        if place.once and place.strides is not None:
            view = self._view(gradient, place.first - offset, slots.shape, place.strides)
            if not touched.any():
                compute(view)
            else:
                self._touch(flat, touched)
                if ready is None:
                    ready = self._borrow(view.shape)
                    compute(ready)
                self._call(np.add, view, ready, view)
            self.written[flat] = True
            return
        self._touch(flat, touched)
        self.written[flat] = True
        if ready is None:
            ready = self._borrow((*slots.shape, width))
            compute(ready)
        if place.strides is not None and 0 in place.strides:  # an operand broadcast along an axis: sum over the axis
            axes = tuple(axis for axis, stride in enumerate(place.strides) if stride == 0)
            shape = tuple(1 if axis in axes else size for axis, size in enumerate(slots.shape))
            strides = tuple(1 if axis in axes else stride for axis, stride in enumerate(place.strides))
            if occur_once(slots[tuple(slice(0, size) for size in shape)]):
                view = self._view(gradient, place.first - offset, shape, strides)
                total = self._borrow((*shape, width))
                self._call(sum_over, ready, axes, total)
                self._call(np.add, view, total, view)
                return
        ready = ready.reshape(-1, width)
        if place.once:
            self._call(_add_at, gradient, flat - offset, ready)
            return
        order = np.argsort(flat, kind="stable")
        where, starts, counts = np.unique(flat[order], return_index=True, return_counts=True)
        if (counts == counts[0]).all():
            self._call(_add_equally, gradient, where - offset, order, ready, int(counts[0]))
        else:
            self._call(_add_repeated, gradient, where - offset, order, starts, ready)

    def _touch(self, flat: Array, touched: Array) -> None:
        """Mark slots that are added to before anything was written: they begin at zero."""
        if not touched.all():
            self.cleared[flat[~touched]] = True

    def _to_clear(self) -> list[Array]:
        """Return the ranges of the gradients that begin at zero."""
        found = []
        for gradient, cleared in (
            (self.shared_gradient, self.cleared[: self.border]),
            (self.rows_gradient, self.cleared[self.border :]),
        ):
            edges = np.flatnonzero(np.diff(np.concatenate([[False], cleared, [False]])))
            ranges = list(zip(edges[0::2].tolist(), edges[1::2].tolist()))
            if len(ranges) > MAX_RANGES:
                ranges = [(ranges[0][0], ranges[-1][1])]
            found += [gradient[start:stop] for start, stop in ranges]
        return found


def sum_over(array: Array, axes: Any, out: Array) -> None:
    """Sum over some axes, which `out` lacks or has with length 1."""
    np.add.reduce(array, axes, None, out, out.ndim == array.ndim)


def _add_at(gradient: Array, slots: Array, contribution: Array) -> None:
    gradient[slots] += contribution


def _add_equally(gradient: Array, slots: Array, order: Array, contribution: Array, times: int) -> None:
    gradient[slots] += contribution[order].reshape(len(slots), times, -1).sum(axis=1)


def _add_repeated(gradient: Array, slots: Array, order: Array, starts: Array, contribution: Array) -> None:
    gradient[slots] += np.add.reduceat(contribution[order], starts, axis=0)
