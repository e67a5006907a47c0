"""A program as bytecode: a list of kernel calls, each a few words of eight bytes.

A word is a 64-bit integer. The first word of a call is the address of the kernel, the second the number
of words, and the others are its arguments: counts, slots, and places in the tables of slots. An
instruction of the program becomes one call in the forward pass, and one for each kind of operand in the
reverse pass. Neighboring slots are processed as one long row, and other slots through a table. In the
reverse pass the first contribution to a gradient is stored, and further ones are added.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from autograd.optional import import_extra
from autograd.replay.instructions import (
    ElementwiseOp,
    LineNumber,
    MatrixProduct,
    SumsOfProducts,
    trace_forward,
    trace_partials,
)
from autograd.replay.native.assembler import PER_CALL, PER_ROW, bits_of
from autograd.replay.slots import occur_once, strides_of
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.replay.instructions import Array, Instruction, Program, RowTrace
    from autograd.table.ops import Op

np = import_extra("numpy", "replay", "record")

SMALL_EXPONENTS = (0.0, 1.0, 2.0, 3.0, 4.0)  # their powers are written as products
MIN_MEMBERS = 8  # per-call nodes from which on they are processed as vectors rather than one by one

MAX_OPERANDS = 4  # of one kernel; an operation of more is run line by line

Kind: TypeAlias = "str | float"


class FixedKey(NamedTuple):
    """The key of a kernel of `KERNELS`: its name and its number of lanes."""

    name: str
    lanes: int


class ElementwiseKey(NamedTuple):
    """The key of the kernel of one operation over vectors, which `kernels.elementwise` writes."""

    op: str
    operands: tuple[Kind, ...]
    wants: tuple[bool, ...]
    lanes: int


KernelKey: TypeAlias = "FixedKey | ElementwiseKey"


class Bytecode:
    """The words of a program; `sections[name]` is the range of a part.

    A whole run is "begin" once, "rows" for every block of rows, and "end" once. The forward pass
    alone is "begin forward" once, and for every block "rows forward" and "outputs". Where the outputs need
    every instruction, which is the rule, its words are those of the whole run.
    """

    def __init__(self, program: Program, lanes: int) -> None:
        self.program = program
        self.lanes = lanes
        self.words: list[int] = []
        self.calls: list[int] = []  # the places of the words that hold addresses of kernels
        self.called: list[int] = []  # the numbers of these kernels
        self.keys: dict[KernelKey, int] = {}
        self.tables = array("q")  # of slots, one after the other
        self.zero = program.shared  # a per-call slot that holds 0, for sums without a bias
        self.numbers = program.shared + 1  # per-call slots, including copies
        self.slots = program.slots  # per-row slots, including copies
        self.written = np.zeros(program.slots, dtype=bool)  # per-row gradients that hold a number already
        self.placed: dict[int, tuple[tuple[Kind, ...], list[int]]] = {}  # the operands of an op, forward and in reverse
        self.weights: dict[int, Any] = {}  # the places of matrices and their biases
        self.vectors: dict[int, Any] = {}  # the places of the vectors they are applied to
        self.copies: list[tuple[int, Array]] = []  # first slot of a copy of per-call numbers, and the slots copied
        self.lent = {True: (0, 0), False: (0, 0)}  # temporary slots: the first, and how many
        self.constants: dict[float, int] = {0.0: self.zero}
        self.sections: dict[str, tuple[int, int]] = {}
        self._write()

    # -- Sections ---------------------------------------------------------------------------------

    def _write(self) -> None:
        program = self.program
        instructions = program.instructions
        per_call = [instr for instr in instructions if not instr.per_row]
        per_row = [instr for instr in instructions if instr.per_row]
        in_rows = program.loss >= program.shared
        inputs, losses = len(program.inputs), [program.loss] if in_rows else []
        self._emit("clear", self.lanes, PER_CALL, 0, 0)
        cleared = len(self.words) - 1  # the number of per-call gradients, which is known at the end
        if not in_rows:
            self._emit("seed call", 1, program.loss)
        self._forward(per_call)
        self._prepare(per_row)
        rows = len(self.words)
        self._emit("load inputs", self.lanes, program.shared, inputs)
        self._forward(per_row)
        forward = len(self.words)
        self._store(losses, [0], 1)
        if in_rows:
            self._emit("seed", self.lanes, program.loss)
            self.written[program.loss] = True
            self._reverse(per_row)
        end = len(self.words)
        for first, slots in self.copies:
            self._emit("gather back", 1, PER_CALL, first, self._table(slots), slots.size)
        self._reverse(per_call)
        done = len(self.words)
        self.words[cleared] = -(-self.numbers // self.lanes)
        self.sections = {"begin": (0, rows), "rows": (rows, end), "end": (end, done)}

        self.sections |= {"begin forward": (0, rows), "rows forward": (rows, forward)}
        if len(program.needed) < len(instructions):
            self._forward([instr for instr in program.of_outputs if not instr.per_row])
            self._prepare([instr for instr in program.of_outputs if instr.per_row])
            middle = len(self.words)
            self._emit("load inputs", self.lanes, program.shared, inputs)
            self._forward([instr for instr in program.of_outputs if instr.per_row])
            self.sections |= {"begin forward": (done, middle), "rows forward": (middle, len(self.words))}
        last = len(self.words)
        places = np.flatnonzero(program.outputs >= program.shared)
        self._store(program.outputs[places], places, len(program.outputs))
        self.sections["outputs"] = last, len(self.words)

    def _store(self, slots: Sequence[int], places: Sequence[int], width: int) -> None:
        if len(slots):
            tables = self._table(np.asarray(slots)), self._table(np.asarray(places))
            self._emit("store outputs", self.lanes, len(slots), *tables, width)

    def _forward(self, instructions: Sequence[Instruction]) -> None:
        for instr in instructions:
            if isinstance(instr, ElementwiseOp):
                self._elementwise(instr, reverse=False)
            elif isinstance(instr, MatrixProduct):
                if instr.per_row:
                    self._matrix(instr)
                else:
                    self._products(instr.slots, *_pairs(instr), per_row=False)
            else:
                self._products(instr.slots, instr.left, instr.right, instr.bias, per_row=instr.per_row)

    def _reverse(self, instructions: Sequence[Instruction]) -> None:
        for instr in reversed(instructions):
            if not instr.reverse:
                continue
            if isinstance(instr, ElementwiseOp):
                self._elementwise(instr, reverse=True)
            elif isinstance(instr, MatrixProduct):
                self._matrix_back(instr)
            else:
                self._products_back(instr)

    # -- Words and tables -------------------------------------------------------------------------

    def _emit(self, name: str, lanes: int, *words: int) -> None:
        self._emit_key(FixedKey(name, lanes), *words)

    def _emit_key(self, key: KernelKey, *words: int) -> None:
        number = self.keys.setdefault(key, len(self.keys))
        self.calls.append(len(self.words))
        self.called.append(number)
        self.words += [0, 2 + len(words), *words]

    def _table(self, slots: Array) -> int:
        """Add a table of slots, and return where it begins."""
        start = len(self.tables)
        if slots.size == 1:  # the rule in a graph of which nothing can be grouped
            self.tables.append(slots.item())
        else:
            self.tables.extend(slots.ravel().tolist())
        return start

    # -- Gradients that hold a number already ----------------------------------------------------------------------

    def _claim(self, targets: Sequence[Array]) -> bool:
        """Return True if contributions to these slots must be added, after clearing those without a number."""
        if len(targets) == 1 and targets[0].size == 1:
            slot = targets[0].item()
            holds = bool(self.written[slot])
            self.written[slot] = True
            return holds
        slots = np.concatenate([target.ravel() for target in targets])
        if not self.written[slots].any() and occur_once(slots):
            self.written[slots] = True
            return False
        self._begin(slots)
        return True

    def _begin(self, slots: Array) -> None:
        """Clear the gradients in those of the slots that hold no number yet."""
        slots = np.unique(slots[~self.written[slots]])
        if len(slots):
            for stretch in np.split(slots, np.flatnonzero(np.diff(slots) != 1) + 1):
                self._emit("clear", self.lanes, PER_ROW, int(stretch[0]), len(stretch))
            self.written[slots] = True

    # -- One op over vectors ------------------------------------------------------------------------

    def _elementwise(self, instr: ElementwiseOp, *, reverse: bool) -> None:
        wants, targets, adds = (False,) * len(instr.operands), [], 1
        if reverse:
            wants = instr.wants
        if reverse and instr.per_row:
            targets = [slots for slots, want in zip(instr.operands, wants) if want and self._in_rows(slots)]
        if targets:
            adds = int(self._claim(targets))
        if len(instr.operands) <= MAX_OPERANDS or not isinstance(self._written(instr).results[0], LineNumber):
            placed = self.placed.get(id(instr))
            if placed is None:
                placed = self.placed[id(instr)] = self._placed(instr.op, instr.operands, per_row=instr.per_row)
            first, members = instr.slots.start, len(instr.slots)
            self._over(instr.op, instr.operands, placed, first, members, per_row=instr.per_row, wants=wants, adds=adds)
        elif reverse:
            self._back_by_lines(instr, adds)
        else:
            self._lines(self._written(instr), [*instr.operands, None], [0], instr)

    def _in_rows(self, slots: Array) -> bool:
        return bool(slots[0] >= self.program.shared)

    def _placed(self, op: Op, operands: Sequence[Any], *, per_row: bool) -> tuple[tuple[Kind, ...], list[int]]:
        """Return the kind of each operand, and the words that say where they are."""
        kinds: list[Kind] = []
        words = []
        for place, operand in enumerate(operands):
            if not isinstance(operand, float):
                kinds.append("call" if per_row and not self._in_rows(operand) else "row")
                words.append(self._table(operand))
            elif op is ops.pow and place == 1 and operand in SMALL_EXPONENTS:
                kinds.append(operand)
            else:
                kinds.append("number")
                words.append(bits_of(operand))
        return tuple(kinds), words

    def _over(
        self,
        op: Op,
        operands: Sequence[Any],
        placed: tuple[tuple[Kind, ...], list[int]],
        first: int,
        members: int,
        *,
        per_row: bool,
        wants: tuple[bool, ...],
        adds: int = 0,
    ) -> None:
        """Apply an operation to vectors; the results go into `members` slots from the first on."""
        kinds, words = placed
        flags = [adds for want, kind in zip(wants, kinds) if want and kind == "row"] if True in wants else []
        region = PER_ROW if per_row else PER_CALL
        if members == 1:
            key = ElementwiseKey(op.name, kinds, wants, self.lanes if per_row else 1)
            self._emit_key(key, region, 1, 1, first, *words, *flags)
            return
        together = all(
            _neighbors(operand) if kind == "row" else not want and bool((operand == operand[0]).all())
            for operand, kind, want in zip(operands, kinds, wants)
            if kind in {"row", "call"}
        )

        def emit(lanes: int, start: int, members: int, times: int) -> None:
            moved = words
            if start:
                with_words = [kind for kind in kinds if not isinstance(kind, float)]
                moved = [word + start * (kind in {"row", "call"}) for word, kind in zip(words, with_words)]
            key = ElementwiseKey(op.name, kinds, wants, lanes)
            self._emit_key(key, region, members, times, first + start, *moved, *flags)

        if per_row:
            emit(self.lanes, 0, *((1, members) if together else (members, 1)))
        elif together and members >= MIN_MEMBERS:
            full = members // self.lanes
            emit(self.lanes, 0, 1, full)
            if members % self.lanes:
                emit(1, full * self.lanes, 1, members % self.lanes)
        else:
            emit(1, 0, *((1, members) if together else (members, 1)))

    # -- An operation of many operands, line by line -------------------------------------------------
    #
    # The kernel of an operation grows with its number of operands. An operation of many operands is therefore run
    # as the lines of its trace, each by the kernel of its own, small operation.

    def _written(self, instr: ElementwiseOp) -> RowTrace:
        return trace_forward(instr.op, (None,) * len(instr.operands))

    def _lines(self, trace: RowTrace, known: list[Any], wanted: Sequence[int], instr: ElementwiseOp) -> list[Any]:
        """Compute the wanted results of a trace; return each as an array of slots or a number."""
        base, members = len(known), len(instr.slots)
        results = [trace.results[place] for place in wanted]
        needed = trace.needed(wanted, base)
        forward = known[-1] is None
        values = [*known, *[None] * len(trace.lines)]
        start = self._lent(members * len(trace.lines), per_row=instr.per_row)
        for number, (op, args) in enumerate(trace.lines, start=base):
            if number not in needed:
                continue
            operands = [values[arg] if isinstance(arg, LineNumber) else float(arg) for arg in args]
            if all(isinstance(operand, float) for operand in operands):
                values[number] = float(op(*operands))
                continue
            first = instr.slots.start if forward and number == results[0] else start + (number - base) * members
            placed, nothing = self._placed(op, operands, per_row=instr.per_row), (False,) * len(operands)
            self._over(op, operands, placed, first, members, per_row=instr.per_row, wants=nothing)
            values[number] = np.arange(first, first + members)
        return [values[v] if isinstance(v, LineNumber) else float(v) for v in results]

    def _lent(self, count: int, *, per_row: bool) -> int:
        """Return the first of so many temporary slots, which the next instruction uses again."""
        first, room = self.lent[per_row]
        if count > room:
            if per_row:
                first, self.slots = self.slots, self.slots + count
            else:
                first, self.numbers = self.numbers, self.numbers + count
            self.lent[per_row] = first, count
        return first

    def _back_by_lines(self, instr: ElementwiseOp, adds: int) -> None:
        """Compute the local derivatives, then add upstream times each to the gradients, as for a product."""
        members = len(instr.slots)
        wanted = [place for place, want in enumerate(instr.wants) if want]
        trace = trace_partials(instr.op, (None,) * len(instr.operands))
        known = [*instr.operands, np.arange(instr.slots.start, instr.slots.stop)]
        for place, partial in zip(wanted, self._lines(trace, known, wanted, instr)):
            target = instr.operands[place]
            factor = np.full(members, self._constant(partial)) if isinstance(partial, float) else partial
            side, other, region, lanes = "row", "row", PER_CALL, 1
            if instr.per_row:
                region, lanes = PER_ROW, self.lanes
                side = "row" if self._in_rows(target) else "call"
                other = "row" if not isinstance(partial, float) and self._in_rows(partial) else "call"
            words = region, members, 1, instr.slots.start, self._table(target), self._table(factor), adds
            self._emit(f"products back, {side} by {other}", lanes, *words)

    def _constant(self, number: float) -> int:
        """Return the per-call slot of a constant."""
        if number not in self.constants:
            self.constants[number] = self.numbers
            self.numbers += 1
        return self.constants[number]

    # -- Matrix products ------------------------------------------------------------------------------

    def _prepare(self, instructions: Sequence[Instruction]) -> None:
        """Copy, once per call, the numbers of each matrix whose slots are not evenly spaced."""
        for instr in instructions:
            if isinstance(instr, MatrixProduct):
                bias = (self.zero, (0,)) if instr.bias is None else self._laid_out(instr.bias)
                self.weights[id(instr)] = self._laid_out(instr.left), bias

    def _laid_out(self, slots: Array) -> tuple[int, tuple[int, ...]]:
        strides = strides_of(slots)
        if strides is not None:
            return int(slots.flat[0]), strides
        first = self.numbers
        self.numbers += slots.size
        self.copies.append((first, slots))
        self._emit("gather", 1, PER_CALL, first, self._table(slots), slots.size)
        return first, (slots.shape[1], 1) if slots.ndim == 2 else (1,)

    def _matrix(self, instr: MatrixProduct) -> None:
        rows, inner = instr.left.shape
        (first, (down, along)), (bias, (bias_step,)) = self.weights[id(instr)]
        starts, copied = instr.right[:, 0], None
        if not _lines(instr.right):
            copied = self.slots
            self.slots += instr.right.size
            self._emit("gather", self.lanes, PER_ROW, copied, self._table(instr.right), instr.right.size)
            starts = copied + inner * np.arange(len(instr.right))
        x = self._table(starts)
        z = self._table(np.arange(instr.slots.start, instr.slots.stop, rows))
        self.vectors[id(instr)] = copied, x, z
        times = len(instr.right)
        self._emit("matrix", self.lanes, rows, inner, first, down, along, bias, bias_step, times, x, z, 0, 0)

    def _matrix_back(self, instr: MatrixProduct) -> None:
        self._sum_rows(instr)
        if not instr.per_row:
            left, right, _ = _pairs(instr)
            self._numbers_back(instr, left, right)
            return
        rows, inner = instr.left.shape
        times = len(instr.right)
        (first, (down, along)), _ = self.weights[id(instr)]
        copied, x, z = self.vectors[id(instr)]
        if instr.wants_left:
            self._emit("outer", self.lanes, rows, inner, first, down, along, times, x, instr.slots.start)
        if instr.wants_right:
            words = inner, rows, first, along, down, self.zero, 0, times, z, x, 1
            if copied is None:
                self._emit("matrix", self.lanes, *words, int(self._claim([instr.right])))
            else:
                self._emit("matrix", self.lanes, *words, 0)
                self._begin(instr.right.ravel())
                self._emit("gather back", self.lanes, PER_ROW, copied, self._table(instr.right), instr.right.size)

    def _sum_rows(self, instr: MatrixProduct | SumsOfProducts) -> None:
        """Add the gradients of the result to those of the bias, if they are wanted."""
        if instr.wants_bias and instr.bias is not None:
            rows = len(instr.left)
            region, lanes = (PER_ROW, self.lanes) if instr.per_row else (PER_CALL, 1)
            words = region, rows, len(instr.slots) // rows, instr.slots.start, self._table(instr.bias)
            self._emit("row sums", lanes, *words)

    # -- Sums of products -------------------------------------------------------------------------------

    def _products(self, slots: range, left: Array, right: Array, bias: Array | None, *, per_row: bool) -> None:
        count, inner = left.shape
        beside = self._table(bias if bias is not None else np.full(count, self.zero))
        if not per_row and _lines(left) and _lines(right):
            tables = self._table(left[:, 0]), self._table(right[:, 0])
            self._emit("dots", self.lanes, count, inner, slots.start, *tables, beside)
            return
        region, lanes = (PER_ROW, self.lanes) if per_row else (PER_CALL, 1)
        name = "products, left per call" if per_row and left[0, 0] < self.program.shared else "products"
        self._emit(name, lanes, region, count, inner, slots.start, self._table(left), self._table(right), beside)

    def _products_back(self, instr: SumsOfProducts) -> None:
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
                self._emit(f"products back, {kind} by {other}", self.lanes, PER_ROW, *words)

    def _numbers_back(self, instr: MatrixProduct | SumsOfProducts, left: Array, right: Array) -> None:
        together = _lines(left) and _lines(right)
        for wanted, side, other in ((instr.wants_left, left, right), (instr.wants_right, right, left)):
            if wanted and together:
                tables = self._table(side[:, 0]), self._table(other[:, 0])
                self._emit("dots back", self.lanes, *left.shape, instr.slots.start, *tables)
            elif wanted:
                words = *left.shape, instr.slots.start, self._table(side), self._table(other), 1
                self._emit("products back, row by row", 1, PER_CALL, *words)


# -- How slots are arranged ----------------------------------------------------------------------------------------


def _neighbors(slots: Array) -> bool:
    """Return True if each slot follows the one before it."""
    return len(slots) == 1 or bool(slots[-1] - slots[0] == len(slots) - 1 and (np.diff(slots) == 1).all())


def _lines(slots: Array) -> bool:
    """Return True if the slots in each line of a matrix follow one another."""
    return slots.shape[1] == 1 or bool((np.diff(slots, axis=1) == 1).all())


def _pairs(instr: MatrixProduct) -> tuple[Array, Array, Array | None]:
    """Return a matrix product as sums of products, one for each vector and row of the matrix."""
    times, rows = len(instr.right), len(instr.left)
    bias = None if instr.bias is None else np.tile(instr.bias, times)
    return np.tile(instr.left, (times, 1)), np.repeat(instr.right, rows, axis=0), bias
