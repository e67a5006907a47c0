"""A program as words: one instruction of a kernel after another, to be run by one loop.

An instruction of the program becomes one call of a kernel forward and one for each thing it sends
back. Slots that lie next to one another are gone through as one long row; any others by a table
of slots. In the reverse pass the first contribution to a gradient is stored, further ones are added.

Not here: the kernels (`native_kernels`), and where the numbers lie (`native`).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from autograd.optional import import_extra
from autograd.replay.instructions import (
    Elementwise,
    LineNumber,
    MatrixProduct,
    SumsOfProducts,
    trace_forward,
    trace_partials,
)
from autograd.replay.native.assembler import PER_CALL, PER_ROW
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.replay.instructions import Array, Instruction, Program, RowTrace
    from autograd.table.ops import Op

np = import_extra("numpy", "replay", "record")

WHOLE = (0.0, 1.0, 2.0, 3.0, 4.0)  # exponents that are multiplied out
FULL = 8  # members of a vector instruction that are gone through together rather than one by one

MANY = 4  # operands; a row of more is run line by line

Kind: TypeAlias = "str | float"


class FixedKey(NamedTuple):
    """The key of a kernel of `KERNELS`, by its name and the lanes it is for."""

    name: str
    lanes: int


class ElementwiseKey(NamedTuple):
    """The key of the kernel of one op over vectors; the words are those of `native_kernels.Elementwise`."""

    op: str
    operands: tuple[Kind, ...]
    wants: tuple[bool, ...]
    lanes: int


KernelKey: TypeAlias = "FixedKey | ElementwiseKey"


class Section(NamedTuple):
    """A stretch of the words: one pass, or part of it."""

    start: int
    end: int


class Bytecode:
    """The words of a program. The passes are sections of them: `sections[name]`.

    "begin", "rows" and "end" are a whole run, "begin" and "end" once a call, "rows" for every block
    of rows; "begin forward" and "rows forward" give the outputs.
    """

    def __init__(self, program: Program, lanes: int) -> None:
        self.program = program
        self.lanes = lanes
        self.words: list[int] = []
        self.calls: list[int] = []  # the places of the words that are addresses of kernels
        self.called: list[int] = []  # and the numbers of those kernels
        self.keys: dict[KernelKey, int] = {}
        self.tables: list[Array] = []
        self.length = 0  # of the tables
        self.zero = program.shared  # a number a call that is 0, where there is no bias
        self.numbers = program.shared + 1  # a call, with those copied to lie side by side
        self.slots = program.slots  # the same of numbers a row
        self.written = np.zeros(program.slots, dtype=bool)  # the gradients a row that are there
        self.weights: dict[int, Any] = {}  # where the numbers of a matrix lie
        self.lying: dict[int, Any] = {}  # and the rows that it is applied to
        self.copies: list[tuple[int, Array]] = []  # numbers a call that were copied to lie side by side, and from where
        self.lent = {True: (0, 0), False: (0, 0)}  # slots for a moment: the first, and how many
        self.constants: dict[float, int] = {0.0: self.zero}
        self.sections: dict[str, Section] = {}
        self._write()

    # -- Sections ---------------------------------------------------------------------------------

    def _write(self) -> None:
        program = self.program
        steps = program.instructions
        per_call = [instr for instr in steps if not instr.per_row]
        per_row = [instr for instr in steps if instr.per_row]
        in_rows = program.loss >= program.shared
        inputs, losses = len(program.inputs), [program.loss] if in_rows else []
        begin = self._room_for_clearing()
        if not in_rows:
            self._emit(FixedKey("seed call", 1), program.loss)
        self._forward(per_call)
        self._prepare(per_row)
        rows = len(self.words)
        self._emit(FixedKey("load inputs", self.lanes), program.shared, inputs)
        self._forward(per_row)
        self._store(losses, [0], 1)
        if in_rows:
            self._emit(FixedKey("seed", self.lanes), program.loss)
            self.written[program.loss] = True
            self._reverse(per_row)
        end = len(self.words)
        for first, slots in self.copies:
            self._emit(FixedKey("gather back", 1), PER_CALL, first, self._table(slots), slots.size)
        self._reverse(per_call)
        done = len(self.words)
        self.words[begin] = -(-self.numbers // self.lanes)
        self.sections = {"begin": Section(0, rows), "rows": Section(rows, end), "end": Section(end, done)}

        self._forward([instr for instr in program.of_outputs if not instr.per_row])
        self._prepare([instr for instr in program.of_outputs if instr.per_row])
        middle = len(self.words)
        self._emit(FixedKey("load inputs", self.lanes), program.shared, inputs)
        self._forward([instr for instr in program.of_outputs if instr.per_row])
        places = np.flatnonzero(program.outputs >= program.shared)
        self._store(program.outputs[places], places, len(program.outputs))
        self.sections |= {"begin forward": Section(done, middle), "rows forward": Section(middle, len(self.words))}

    def _room_for_clearing(self) -> int:
        """Clear the gradients a call; how many there are is known at the end, and goes where this says."""
        self._emit(FixedKey("clear", self.lanes), PER_CALL, 0, 0)
        return len(self.words) - 1

    def _store(self, slots: Sequence[int], places: Sequence[int], width: int) -> None:
        if len(slots):
            tables = self._table(np.asarray(slots)), self._table(np.asarray(places))
            self._emit(FixedKey("store outputs", self.lanes), len(slots), *tables, width)

    def _forward(self, steps: Sequence[Instruction]) -> None:
        for instr in steps:
            if isinstance(instr, Elementwise):
                self._elementwise(instr, reverse=False)
            elif isinstance(instr, MatrixProduct):
                (self._matrix if instr.per_row else self._matrix_of_numbers)(instr)
            else:
                self._products(instr.slots, instr.left, instr.right, instr.bias, per_row=instr.per_row)

    def _reverse(self, steps: Sequence[Instruction]) -> None:
        for instr in reversed(steps):
            if not instr.reverse:
                continue
            if isinstance(instr, Elementwise):
                self._elementwise(instr, reverse=True)
            elif isinstance(instr, MatrixProduct):
                (self._matrix_back if instr.per_row else self._matrix_of_numbers_back)(instr)
            else:
                self._products_back(instr)

    # -- Words and tables -------------------------------------------------------------------------

    def _emit(self, key: KernelKey, *words: int) -> None:
        number = self.keys.setdefault(key, len(self.keys))
        self.calls.append(len(self.words))
        self.called.append(number)
        self.words += [0, 2 + len(words), *words]

    def _table(self, slots: Array) -> int:
        """Put a table of slots beside the words; gives where it begins."""
        start = self.length
        self.tables.append(slots.ravel())
        self.length += slots.size
        return start

    # -- Gradients that are there ----------------------------------------------------------------------

    def _clear(self, slots: Array) -> None:
        """Begin with 0 at these slots, which are in order."""
        if not len(slots):
            return
        edges = np.flatnonzero(np.diff(slots) != 1) + 1
        for stretch in np.split(slots, edges):
            self._emit(FixedKey("clear", self.lanes), PER_ROW, int(stretch[0]), len(stretch))
        self.written[slots] = True

    def _claim(self, targets: Sequence[Array]) -> bool:
        """Whether contributions to these slots are added to what is there; if so, something is there."""
        slots = np.concatenate([target.ravel() for target in targets])
        if not self.written[slots].any() and _once(slots):
            self.written[slots] = True
            return False
        self._begin(slots)
        return True

    def _begin(self, slots: Array) -> None:
        """Let there be something to add to."""
        self._clear(np.unique(slots[~self.written[slots]]))

    # -- One op over vectors ------------------------------------------------------------------------

    def _elementwise(self, instr: Elementwise, *, reverse: bool) -> None:
        wants = instr.wants if reverse else (False,) * len(instr.operands)
        targets = [v for v, want in zip(instr.operands, wants) if want and (not instr.per_row or self._in_rows(v))]
        adds = int(self._claim(targets)) if targets and instr.per_row else 1
        if len(instr.operands) <= MANY or not isinstance(self._written(instr).results[0], LineNumber):
            self._over(
                instr.op,
                instr.operands,
                instr.slots.start,
                len(instr.slots),
                per_row=instr.per_row,
                wants=wants,
                adds=adds,
            )
        elif reverse:
            self._back_by_lines(instr, adds)
        else:
            self._lines(self._written(instr), [*instr.operands, None], [0], instr)

    def _in_rows(self, slots: Array) -> bool:
        return bool(slots[0] >= self.program.shared)

    def _over(
        self,
        op: Op,
        operands: Sequence[Any],
        first: int,
        members: int,
        *,
        per_row: bool,
        wants: tuple[bool, ...] = (),
        adds: int = 0,
    ) -> None:
        """One op over vectors: `members` of them from the first slot on."""
        wants = wants or (False,) * len(operands)
        kinds: list[Kind] = []
        for place, operand in enumerate(operands):
            if isinstance(operand, float):
                kinds.append(operand if op is ops.pow and place == 1 and operand in WHOLE else "number")
            else:
                kinds.append("call" if per_row and not self._in_rows(operand) else "row")
        together = all(
            _neighbours(operand) if kind == "row" else not want and bool((operand == operand[0]).all())
            for operand, kind, want in zip(operands, kinds, wants)
            if kind in {"row", "call"}
        )
        tables = [
            0 if isinstance(kind, float) else _bits(operand) if kind == "number" else self._table(operand)
            for kind, operand in zip(kinds, operands)
        ]
        flags = [adds for want, kind in zip(wants, kinds) if want and kind == "row"]

        def emit(lanes: int, start: int, members: int, times: int) -> None:
            moved = [table + start * (kind in {"row", "call"}) for table, kind in zip(tables, kinds)]
            words = [word for word, kind in zip(moved, kinds) if not isinstance(kind, float)]
            region = PER_ROW if per_row else PER_CALL
            self._emit(
                ElementwiseKey(op.name, tuple(kinds), wants, lanes),
                region,
                members,
                times,
                first + start,
                *words,
                *flags,
            )

        if per_row:
            emit(self.lanes, 0, *((1, members) if together else (members, 1)))
        elif together and members >= FULL:
            full = members // self.lanes
            emit(self.lanes, 0, 1, full)
            if members % self.lanes:
                emit(1, full * self.lanes, 1, members % self.lanes)
        else:
            emit(1, 0, *((1, members) if together else (members, 1)))

    # -- An op of many operands, line by line --------------------------------------------------------
    #
    # The kernel of a row of the table is written for its number of operands, and grows with it. So a row of many
    # is run as the lines that it is written in, each by the kernel of its own op, which does not grow.

    def _written(self, instr: Elementwise) -> RowTrace:
        return trace_forward(instr.op, (None,) * len(instr.operands))

    def _lines(self, written: RowTrace, known: list[Any], wanted: Sequence[int], instr: Elementwise) -> list[Any]:
        """Compute the wanted results: each an array of slots, or a number."""
        base, members = len(known), len(instr.slots)
        results = [written.results[place] for place in wanted]
        needed = {int(v) for v in results if isinstance(v, LineNumber)}
        for number in range(len(written.lines) - 1, -1, -1):
            if base + number in needed:
                needed.update(int(arg) for arg in written.lines[number][1] if isinstance(arg, LineNumber))
        forward = known[-1] is None
        values = [*known, *[None] * len(written.lines)]
        start = self._lent(members * len(written.lines), per_row=instr.per_row)
        for number, (op, args) in enumerate(written.lines, start=base):
            if number not in needed:
                continue
            operands = [values[arg] if isinstance(arg, LineNumber) else float(arg) for arg in args]
            if all(isinstance(operand, float) for operand in operands):
                values[number] = float(op(*operands))
                continue
            first = instr.slots.start if forward and number == results[0] else start + (number - base) * members
            self._over(op, operands, first, members, per_row=instr.per_row)
            values[number] = np.arange(first, first + members)
        return [values[v] if isinstance(v, LineNumber) else float(v) for v in results]

    def _lent(self, count: int, *, per_row: bool) -> int:
        """Slots for what is needed within one instruction; the next has them again."""
        first, room = self.lent[per_row]
        if count > room:
            if per_row:
                first, self.slots = self.slots, self.slots + count
            else:
                first, self.numbers = self.numbers, self.numbers + count
            self.lent[per_row] = first, count
        return first

    def _back_by_lines(self, instr: Elementwise, adds: int) -> None:
        """Compute the local derivatives, then send upstream times each on its way, as to a factor of a product."""
        members = len(instr.slots)
        wanted = [place for place, want in enumerate(instr.wants) if want]
        written = trace_partials(instr.op, (None,) * len(instr.operands))
        known = [*instr.operands, np.arange(instr.slots.start, instr.slots.stop)]
        for place, partial in zip(wanted, self._lines(written, known, wanted, instr)):
            target = instr.operands[place]
            factor = np.full(members, self._constant(partial)) if isinstance(partial, float) else partial
            side, other, region, lanes = "row", "row", PER_CALL, 1
            if instr.per_row:
                region, lanes = PER_ROW, self.lanes
                side = "row" if self._in_rows(target) else "call"
                other = "row" if not isinstance(partial, float) and self._in_rows(partial) else "call"
            words = region, members, 1, instr.slots.start, self._table(target), self._table(factor), adds
            self._emit(FixedKey(f"products back, {side} by {other}", lanes), *words)

    def _constant(self, number: float) -> int:
        """The slot of a number a call that is always the same."""
        if number not in self.constants:
            self.constants[number] = self.numbers
            self.numbers += 1
        return self.constants[number]

    # -- Matrix products ------------------------------------------------------------------------------

    def _prepare(self, steps: Sequence[Instruction]) -> None:
        """See to it that the numbers of each matrix lie evenly: what does not is copied, once a call."""
        for instr in steps:
            if isinstance(instr, MatrixProduct):
                bias = (self.zero, (0,)) if instr.bias is None else self._laid_out(instr.bias)
                self.weights[id(instr)] = self._laid_out(instr.left), bias

    def _laid_out(self, slots: Array) -> tuple[int, tuple[int, ...]]:
        even = _even(slots)
        if even is not None:
            return even
        first = self.numbers
        self.numbers += slots.size
        self.copies.append((first, slots))
        self._emit(FixedKey("gather", 1), PER_CALL, first, self._table(slots), slots.size)
        return first, (slots.shape[1], 1) if slots.ndim == 2 else (1,)

    def _matrix(self, instr: MatrixProduct) -> None:
        rows, inner = instr.left.shape
        (first, (down, along)), (bias, (bias_step,)) = self.weights[id(instr)]
        starts, copied = instr.right[:, 0], None
        if not _lines(instr.right):
            copied = self.slots
            self.slots += instr.right.size
            self._emit(FixedKey("gather", self.lanes), PER_ROW, copied, self._table(instr.right), instr.right.size)
            starts = copied + inner * np.arange(len(instr.right))
        x = self._table(starts)
        z = self._table(np.arange(instr.slots.start, instr.slots.stop, rows))
        self.lying[id(instr)] = copied, x, z
        times = len(instr.right)
        self._emit(FixedKey("matrix", self.lanes), rows, inner, first, down, along, bias, bias_step, times, x, z, 0, 0)

    def _matrix_back(self, instr: MatrixProduct) -> None:
        rows, inner = instr.left.shape
        times = len(instr.right)
        (first, (down, along)), _ = self.weights[id(instr)]
        copied, x, z = self.lying[id(instr)]
        if instr.wants_bias and instr.bias is not None:
            self._sum_rows(instr)
        if instr.wants_left:
            self._emit(FixedKey("outer", self.lanes), rows, inner, first, down, along, times, x, instr.slots.start)
        if instr.wants_right:
            words = inner, rows, first, along, down, self.zero, 0, times, z, x, 1
            if copied is None:
                self._emit(FixedKey("matrix", self.lanes), *words, int(self._claim([instr.right])))
            else:
                self._emit(FixedKey("matrix", self.lanes), *words, 0)
                self._begin(instr.right.ravel())
                self._emit(
                    FixedKey("gather back", self.lanes), PER_ROW, copied, self._table(instr.right), instr.right.size
                )

    def _sum_rows(self, instr: MatrixProduct | SumsOfProducts) -> None:
        rows = len(instr.left)
        region, lanes = (PER_ROW, self.lanes) if instr.per_row else (PER_CALL, 1)
        words = region, rows, len(instr.slots) // rows, instr.slots.start, self._table(instr.bias)
        self._emit(FixedKey("row sums", lanes), *words)

    def _matrix_of_numbers(self, instr: MatrixProduct) -> None:
        left, right, bias = _pairs(instr)
        self._products(instr.slots, left, right, bias, per_row=False)

    def _matrix_of_numbers_back(self, instr: MatrixProduct) -> None:
        left, right, _ = _pairs(instr)
        if instr.wants_bias and instr.bias is not None:
            self._sum_rows(instr)
        self._numbers_back(instr, left, right)

    # -- Sums of products -------------------------------------------------------------------------------

    def _products(self, slots: range, left: Array, right: Array, bias: Array | None, *, per_row: bool) -> None:
        count, inner = left.shape
        beside = self._table(bias if bias is not None else np.full(count, self.zero))
        if not per_row and _lines(left) and _lines(right):
            tables = self._table(left[:, 0]), self._table(right[:, 0])
            self._emit(FixedKey("dots", self.lanes), count, inner, slots.start, *tables, beside)
            return
        region, lanes = (PER_ROW, self.lanes) if per_row else (PER_CALL, 1)
        name = "products, left per call" if per_row and left[0, 0] < self.program.shared else "products"
        tables = self._table(left), self._table(right)
        self._emit(FixedKey(name, lanes), region, count, inner, slots.start, *tables, beside)

    def _products_back(self, instr: SumsOfProducts) -> None:
        if instr.wants_bias and instr.bias is not None:
            self._sum_rows(instr)
        if not instr.per_row:
            self._numbers_back(instr, instr.left, instr.right)
            return
        side = "call" if instr.left[0, 0] < self.program.shared else "row"
        sides = [(instr.wants_left, side, "row", instr.left, instr.right)]
        sides.append((instr.wants_right, "row", side, instr.right, instr.left))
        targets = [slots for wanted, kind, _, slots, _ in sides if wanted and kind == "row"]
        adds = int(self._claim(targets)) if targets else 0
        tables = {id(slots): self._table(slots) for slots in (instr.left, instr.right)}
        for wanted, kind, other, slots, factors in sides:
            if wanted:
                words = *instr.left.shape, instr.slots.start, tables[id(slots)], tables[id(factors)], adds
                self._emit(FixedKey(f"products back, {kind} by {other}", self.lanes), PER_ROW, *words)

    def _numbers_back(self, instr: MatrixProduct | SumsOfProducts, left: Array, right: Array) -> None:
        together = _lines(left) and _lines(right)
        for wanted, side, other in ((instr.wants_left, left, right), (instr.wants_right, right, left)):
            if wanted and together:
                tables = self._table(side[:, 0]), self._table(other[:, 0])
                self._emit(FixedKey("dots back", self.lanes), *left.shape, instr.slots.start, *tables)
            elif wanted:
                words = *left.shape, instr.slots.start, self._table(side), self._table(other), 1
                self._emit(FixedKey("products back, row by row", 1), PER_CALL, *words)


# -- How slots lie ----------------------------------------------------------------------------------------


def _bits(number: float) -> int:
    bits: int = struct.unpack("<q", struct.pack("<d", number))[0]
    return bits


def _once(slots: Array) -> bool:
    return bool(slots[-1] - slots[0] == len(slots) - 1 and (np.diff(slots) == 1).all()) or len(np.unique(slots)) == len(
        slots
    )


def _neighbours(slots: Array) -> bool:
    """Whether each slot is the next after the one before."""
    return len(slots) == 1 or bool(slots[-1] - slots[0] == len(slots) - 1 and (np.diff(slots) == 1).all())


def _lines(slots: Array) -> bool:
    """The same of each line of a matrix."""
    return slots.shape[1] == 1 or bool((np.diff(slots, axis=1) == 1).all())


def _even(slots: Array) -> tuple[int, tuple[int, ...]] | None:
    """The first slot and the strides along each axis, where the strides are even."""
    first = int(slots.flat[0])
    strides, expected = [], first
    for axis, size in enumerate(slots.shape):
        corner = [0] * slots.ndim
        corner[axis] = min(1, size - 1)
        stride = int(slots[tuple(corner)]) - first
        strides.append(stride)
        shape = [1] * slots.ndim
        shape[axis] = size
        expected = expected + stride * np.arange(size).reshape(shape)
    return (first, tuple(strides)) if (slots == expected).all() else None


def _pairs(instr: MatrixProduct) -> tuple[Array, Array, Array | None]:
    """A matrix product as sums of products, one for each vector and each row of the matrix."""
    times, rows = len(instr.right), len(instr.left)
    bias = None if instr.bias is None else np.tile(instr.bias, times)
    return np.tile(instr.left, (times, 1)), np.repeat(instr.right, rows, axis=0), bias
