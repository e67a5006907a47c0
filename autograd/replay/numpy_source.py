"""A program as source text over arrays, forward and in reverse.

Per-row numbers are arrays nodes × rows, and per-call numbers are arrays nodes × 1. The constants are called
`c`, the parameters `p`, the inputs `x`. The result of instruction 4 is `v4`, and `d4` is its gradient. The
functions are those of `numpy_ops`, and the local derivatives come from the table.
"""

from __future__ import annotations

import math
import re
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.errors import ArgumentError
from autograd.optional import import_extra
from autograd.replay import numpy_ops
from autograd.replay.instructions import ElementwiseOp, LineNumber, MatrixProduct, trace_forward, trace_partials
from autograd.symbolic.expr import Apply, Expr, Symbol
from autograd.symbolic.printer import write
from autograd.table import ops
from autograd.table.ops import VARIADIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.replay.instructions import Array, Program, RowTrace, SumsOfProducts
    from autograd.table.ops import Op

np = import_extra("numpy", "replay", "record")


def _number(number: float, _digits: int = 0) -> str:
    if math.isfinite(number):
        return repr(number)
    return "np.nan" if number != number else "np.inf" if number > 0 else "-np.inf"


LINE_WIDTH = 110
UPSTREAM = Symbol("upstream")
LANGUAGE = replace(numpy_ops.NUMPY, number=_number)


class NamedArray(NamedTuple):
    """An array in the text: its name, the name of its gradient, its slots, and whether it is per row."""

    name: str
    slope: str
    slots: range
    per_row: bool


class SourceWriter:
    """The lines of a program, one instruction after another."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lines: list[str] = []
        self.constants: dict[str, str] = {}  # the name of each array of indices
        self.functions: dict[Op, None] = {}
        self.begun: set[str] = set()
        self.borrowed: set[str] = set()
        self.temporary = 0
        first, border = program.first_parameter, program.shared
        leaves = [
            NamedArray("c", "", range(first), per_row=False),
            NamedArray("p", "dp", range(first, first + len(program.parameters)), per_row=False),
            NamedArray("x", "", range(border, border + len(program.inputs)), per_row=True),
        ]
        made = [
            NamedArray(f"v{n}", f"d{n}", instr.slots, instr.per_row)
            for n, instr in enumerate(program.instructions, start=1)
        ]
        self.sources = sorted((source for source in leaves + made if source.slots), key=lambda source: source.slots[0])
        self.starts = np.array([source.slots.start for source in self.sources])
        self.of = dict(zip(map(id, program.instructions), made))

    # -- Operands -------------------------------------------------------------------------------------------

    def _index(self, places: Array) -> str:
        written = _folded(", ".join(map(str, places.tolist())))
        return self.constants.setdefault(written, f"INDEX{len(self.constants) + 1}")

    def _within(self, places: Array, size: int) -> str:
        """Return the subscript for places of an array; empty for the whole."""
        first, last = int(places[0]), int(places[-1])
        if len(places) == last - first + 1 and (np.diff(places) == 1).all():
            return "" if len(places) == size else f"[{first}:{last + 1}]"
        return f"[{self._index(places)}]"

    def read(self, slots: Array) -> str:
        """Return the text of the numbers in the slots, as an array slots × rows."""
        flat = slots.ravel()
        if (flat == flat[0]).all():
            flat = flat[:1]  # broadcast
        owners = np.searchsorted(self.starts, flat, side="right") - 1
        found = sorted(set(owners.tolist()))
        if len(found) == 1:
            source = self.sources[found[0]]
            return f"{source.name}{self._within(flat - source.slots.start, len(source.slots))}"
        offsets, end = {}, 0
        for owner in found:
            offsets[owner] = end - self.sources[owner].slots.start
            end += len(self.sources[owner].slots)
        places = flat + np.array([offsets[owner] for owner in owners.tolist()])
        joined = ", ".join(self.sources[owner].name for owner in found)
        return f"np.concatenate([{joined}]){self._within(places, end)}"

    def matrix(self, slots: Array) -> str:
        """Return the text of the numbers in per-call slots, as a matrix."""
        rows, columns = slots.shape
        if (slots == slots.flat[0]).all():
            return f"np.full(({rows}, {columns}), {self.read(slots)}[0, 0])" if slots.size > 1 else self.read(slots)
        return f"{self.read(slots)}.reshape({rows}, {columns})"

    def blocks(self, slots: Array) -> str:
        """Return the same with the rows of the batch as a third axis."""
        first, second = slots.shape
        text = self.read(slots)
        return f"{text}[None]" if (slots == slots.flat[0]).all() else f"{text}.reshape({first}, {second}, -1)"

    # -- Forward ------------------------------------------------------------------------------------------------

    def forward(self) -> None:
        """Write every instruction, in order."""
        for instr in self.program.instructions:
            name = self.of[id(instr)].name
            if isinstance(instr, ElementwiseOp):
                self.lines.append(f"{name} = {self._spread(instr, self._elementwise(instr))}")
            elif isinstance(instr, MatrixProduct):
                self.lines.append(f"{name} = {self._matrix(instr)}")
            else:
                products = f"({self.blocks(instr.left)} * {self._factor(instr.right)}).sum(1)"
                self.lines.append(
                    f"{name} = {products}" + ("" if instr.bias is None else f" + {self.read(instr.bias)}")
                )

    def _factor(self, slots: Array) -> str:
        first, second = slots.shape
        text = self.read(slots)
        if self._same(slots):
            return f"np.broadcast_to({text}, ({first}, {second}, {text}.shape[1]))"
        return f"{text}.reshape({first}, {second}, -1)"

    @staticmethod
    def _same(slots: Array) -> bool:
        return bool((slots == slots.flat[0]).all()) and slots.size > 1

    def _spread(self, instr: ElementwiseOp, text: str) -> str:
        """Repeat a result that is only one node wide, because all operands are the same for every node."""
        if len(instr.slots) > 1 and all(isinstance(v, float) or self._same(v) for v in instr.operands):
            return f"np.repeat({text}, {len(instr.slots)}, axis=0)"
        return text

    def _elementwise(self, instr: ElementwiseOp) -> str:
        names = self._operands(instr)
        if instr.op.arity == VARIADIC:
            return self._line_by_line(trace_forward(instr.op, instr.given), [*names, None], [0])[0]
        return self._say(instr.formulas[0], instr, names)

    def _operands(self, instr: ElementwiseOp) -> list[str]:
        return [_number(v) if isinstance(v, float) else self.read(v) for v in instr.operands]

    def _say(self, formula: Any, instr: ElementwiseOp, names: Sequence[str]) -> str:
        own = self.of[id(instr)]
        named = {f"x{n}": name for n, name in enumerate(names)} | {"y": own.name, UPSTREAM.name: own.slope}
        waiting = [formula]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Apply):
                self._use(part.op)
                waiting += part.args
        return write(formula, replace(LANGUAGE, name=lambda name, _turn: named.get(name, name)))

    def _use(self, op: Op) -> None:
        if op in numpy_ops.FUNCTIONS:
            self.functions[op] = None
        elif op not in numpy_ops.UFUNCS:
            raise ArgumentError(f"the operation {op.name} has no form in NumPy yet (autograd/replay/numpy_ops.py)")

    def _line_by_line(self, trace: RowTrace, known: Sequence[str | None], wanted: Sequence[int]) -> list[str]:
        names = list(known)
        for op, args in trace.lines:
            self._use(op)
            operands = [Symbol(f"{names[arg]}") if isinstance(arg, LineNumber) else arg for arg in args]
            self.temporary += 1
            self.lines.append(f"t{self.temporary} = {write(Apply(op, tuple(operands)), LANGUAGE)}")
            names.append(f"t{self.temporary}")
        results = [trace.results[place] for place in wanted]
        return [f"{names[v]}" if isinstance(v, LineNumber) else _number(float(v)) for v in results]

    def _matrix(self, instr: MatrixProduct) -> str:
        times, rows = len(instr.right), len(instr.left)
        left = self.matrix(instr.left)
        bias = "" if instr.bias is None else f" + {self.read(instr.bias)}"
        if instr.per_row and times == 1:
            return f"{left} @ {self._column(instr)}{bias}"
        if instr.per_row:
            return f"({left} @ {self._factor(instr.right)}{bias}).reshape({times * rows}, -1)"
        turned = "" if instr.bias is None else f" + {self.read(instr.bias)}.T"
        return f"({self.matrix(instr.right)} @ {left}.T{turned}).reshape({times * rows}, 1)"

    def _column(self, instr: MatrixProduct) -> str:
        text = self.read(instr.right)
        return f"np.repeat({text}, {instr.right.shape[1]}, axis=0)" if self._same(instr.right) else text

    # -- Reverse, in NumPy ------------------------------------------------------------------------------------

    def reverse(self) -> None:
        """Write the reverse of each instruction that passes a gradient on, from the last to the first."""
        for instr in reversed(self.program.instructions):
            if not instr.reverse:
                continue
            if isinstance(instr, ElementwiseOp):
                self._reverse_elementwise(instr)
            elif isinstance(instr, MatrixProduct):
                self._reverse_matrix(instr)
            else:
                self._reverse_products(instr)

    def _reverse_elementwise(self, instr: ElementwiseOp) -> None:
        own = self.of[id(instr)]
        names = self._operands(instr)
        wanted = [place for place, want in enumerate(instr.wants) if want]
        if instr.op.arity == VARIADIC:
            lines = self._line_by_line(trace_partials(instr.op, instr.given), [*names, own.name], wanted)
            partials: list[Any] = [Symbol(line) for line in lines]
        else:
            partials = [instr.formulas[1][n] for n in wanted]
        for place, partial in zip(wanted, partials):
            one = not isinstance(partial, Expr) and partial == 1
            contribution = UPSTREAM if one else Apply(ops.mul, (UPSTREAM, partial))
            self.deliver(instr.operands[place], self._say(contribution, instr, names), per_row=instr.per_row)

    def _reverse_matrix(self, instr: MatrixProduct) -> None:
        slope = self.of[id(instr)].slope
        times, rows = len(instr.right), len(instr.left)
        left = self.matrix(instr.left)
        if not instr.per_row:
            upstream, right = f"{slope}.reshape({times}, {rows})", self.matrix(instr.right)
            to_right, to_left, to_bias = f"({upstream} @ {left})", f"({upstream}.T @ {right})", f"{upstream}.sum(0)"
        elif times == 1:
            to_right, to_left = f"{left}.T @ {slope}", f"({slope} @ {self._column(instr)}.T)"
            to_bias = f"{slope}.sum(1)"
        else:
            upstream = f"{slope}.reshape({times}, {rows}, -1)"
            to_right = f"({left}.T @ {upstream})"
            to_left = f"({upstream} @ {self._factor(instr.right)}.swapaxes(1, 2)).sum(0)"
            to_bias = f"{upstream}.sum((0, 2))"
        if instr.wants_right:
            plain = instr.per_row and times == 1
            self.deliver(instr.right, to_right if plain else f"{to_right}.reshape({instr.right.size}, -1)")
        if instr.wants_left:
            self.deliver(instr.left, f"{to_left}.reshape({instr.left.size}, 1)")
        if instr.wants_bias:
            self.deliver(instr.bias, f"{to_bias}.reshape({rows}, 1)")

    def _reverse_products(self, instr: SumsOfProducts) -> None:
        upstream = f"{self.of[id(instr)].slope}[:, None]"
        left, right = self.blocks(instr.left), self._factor(instr.right)
        size = instr.left.size
        one_a_call = instr.per_row and instr.left.flat[0] < self.program.shared
        if instr.wants_right:
            self.deliver(instr.right, f"({upstream} * np.broadcast_to({left}, {right}.shape)).reshape({size}, -1)")
        if instr.wants_left:
            summed = ".sum(2)" if one_a_call else ""
            self.deliver(instr.left, f"({upstream} * {right}){summed}.reshape({size}, -1)")
        if instr.wants_bias:
            self.deliver(instr.bias, self.of[id(instr)].slope, per_row=instr.per_row)

    def deliver(self, slots: Array, contribution: str, *, per_row: bool = False) -> None:
        """Write the addition of a contribution, slots × rows, to the gradient in the slots."""
        flat = slots.ravel()
        if per_row and flat[0] < self.program.shared:
            contribution = f"{_bracketed(contribution)}.sum(1, keepdims=True)"
        owners = np.searchsorted(self.starts, flat, side="right") - 1
        found = sorted(set(owners.tolist()))
        same = len(flat) > 1 and (flat == flat[0]).all()
        if same:
            contribution, flat, owners = f"{_bracketed(contribution)}.sum(0, keepdims=True)", flat[:1], owners[:1]
        if len(found) > 1:
            self.temporary += 1
            self.lines.append(f"t{self.temporary} = {contribution}")
            contribution = f"t{self.temporary}"
        for owner in found:
            source = self.sources[owner]
            if not source.slope:
                continue  # inputs and constants have no gradient
            mine = np.flatnonzero(owners == owner)
            part = contribution if len(found) == 1 else f"{contribution}{self._within(mine, len(flat))}"
            self._add(source, flat[mine] - source.slots.start, part)

    def _add(self, source: NamedArray, places: Array, part: str) -> None:
        whole = len(places) == len(source.slots) and (np.diff(places) == 1).all()
        if source.slope not in self.begun:
            self.begun.add(source.slope)
            if whole and source.name != "p":
                self.lines.append(f"{source.slope} = {part}")
                if re.fullmatch(r"\w+(\[[^]]*\])?", part):
                    self.borrowed.add(source.slope)  # another name of the same array: copy it before writing into it
                return
            if source.name != "p":
                self.lines.append(f"{source.slope} = np.zeros_like({source.name})")
        if whole:
            self.lines.append(f"{source.slope} = {source.slope} + {part}")
            self.borrowed.discard(source.slope)
            return
        if source.slope in self.borrowed:
            self.borrowed.discard(source.slope)
            self.lines.append(f"{source.slope} = {source.slope}.copy()")
        if len(np.unique(places)) == len(places):
            self.lines.append(f"{source.slope}{self._within(places, len(source.slots))} += {part}")
        else:
            self.lines.append(f"np.add.at({source.slope}, {self._index(places)}, {part})")


def _bracketed(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def array_text(numbers: Sequence[float]) -> str:
    """Return numbers as the text of an array.

    >>> array_text([0.5, float("inf")])
    'np.array([0.5, np.inf])'
    """
    return _folded(", ".join(map(_number, numbers)))


def _folded(numbers: str) -> str:
    """Return the text of an array, over several lines if it is long."""
    line = f"np.array([{numbers}])"
    if len(line) <= LINE_WIDTH:
        return line
    return "np.array([\n" + textwrap.fill(numbers, LINE_WIDTH, initial_indent="    ", subsequent_indent="    ") + "\n])"
