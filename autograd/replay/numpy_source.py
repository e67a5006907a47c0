"""The lines of a program as source text over arrays, one instruction after another, forward and in reverse.

What is one number a row is an array nodes × rows, what is one number a call an array nodes × 1; `c` holds
the constants, `p` the parameters, `x` the inputs. Instruction 4 makes `v4`, and `d4` is its upstream. The
words are those of `spelling`, the local derivatives the table's.
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
from autograd.replay.instructions import Elementwise, Line, Matrix, Program, formulas, written_forward, written_partials
from autograd.symbolic.expr import Apply, Expr, Symbol
from autograd.symbolic.printer import write
from autograd.table import ops
from autograd.table.ops import VARIADIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.replay.instructions import Array, Products, Written
    from autograd.table.ops import Op

np = import_extra("numpy", "replay", "record")


def _number(number: float, _digits: int = 0) -> str:
    if math.isfinite(number):
        return repr(number)
    return "np.nan" if number != number else "np.inf" if number > 0 else "-np.inf"


FOLD = 110  # columns
UPSTREAM = Symbol("upstream")
LANGUAGE = replace(numpy_ops.NUMPY, number=_number)


class Source(NamedTuple):
    """An array of the text: its name, its gradient's name, its slots, and whether it is a number a row."""

    name: str
    slope: str
    slots: range
    per_row: bool


class Text:
    """The lines of a program, written one instruction after another."""

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
            Source("c", "", range(first), per_row=False),
            Source("p", "dp", range(first, first + len(program.parameters)), per_row=False),
            Source("x", "", range(border, border + len(program.inputs)), per_row=True),
        ]
        made = [
            Source(f"v{n}", f"d{n}", step.slots, step.per_row) for n, step in enumerate(program.instructions, start=1)
        ]
        self.sources = sorted((source for source in leaves + made if source.slots), key=lambda source: source.slots[0])
        self.starts = np.array([source.slots.start for source in self.sources])
        self.of = dict(zip(map(id, program.instructions), made))

    def write(self, line: str) -> None:
        """Another line."""
        self.lines.append(line)

    # -- Operands -------------------------------------------------------------------------------------------

    def _index(self, places: Array) -> str:
        written = _folded(", ".join(map(str, places.tolist())))
        return self.constants.setdefault(written, f"INDEX{len(self.constants) + 1}")

    def _within(self, places: Array, size: int) -> str:
        """The subscript for places of an array; empty for all of it."""
        first, last = int(places[0]), int(places[-1])
        if len(places) == last - first + 1 and (np.diff(places) == 1).all():
            return "" if len(places) == size else f"[{first}:{last + 1}]"
        return f"[{self._index(places)}]"

    def read(self, slots: Array) -> str:
        """The numbers in the slots, as an array slots × rows."""
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
        """The numbers in rows × columns of slots, of one number a call each, as a matrix."""
        rows, columns = slots.shape
        if (slots == slots.flat[0]).all():
            return f"np.full(({rows}, {columns}), {self.read(slots)}[0, 0])" if slots.size > 1 else self.read(slots)
        return f"{self.read(slots)}.reshape({rows}, {columns})"

    def blocks(self, slots: Array) -> str:
        """The same with the rows of the batch as a third axis."""
        first, second = slots.shape
        text = self.read(slots)
        return f"{text}[None]" if (slots == slots.flat[0]).all() else f"{text}.reshape({first}, {second}, -1)"

    # -- Forward ------------------------------------------------------------------------------------------------

    def forward(self) -> None:
        """Every instruction, in order."""
        for step in self.program.instructions:
            name = self.of[id(step)].name
            if isinstance(step, Elementwise):
                self.write(f"{name} = {self._spread(step, self._elementwise(step))}")
            elif isinstance(step, Matrix):
                self.write(f"{name} = {self._matrix(step)}")
            else:
                products = f"({self.blocks(step.left)} * {self._factor(step.right)}).sum(1)"
                self.write(f"{name} = {products}" + ("" if step.bias is None else f" + {self.read(step.bias)}"))

    def _factor(self, slots: Array) -> str:
        first, second = slots.shape
        return (
            f"{self.read(np.array(slots))}.reshape({first}, {second}, -1)"
            if not self._same(slots)
            else self._full(slots)
        )

    @staticmethod
    def _same(slots: Array) -> bool:
        return bool((slots == slots.flat[0]).all()) and slots.size > 1

    def _full(self, slots: Array) -> str:
        first, second = slots.shape
        return f"np.broadcast_to({self.read(slots)}, ({first}, {second}, {self.read(slots)}.shape[1]))"

    def _spread(self, step: Elementwise, text: str) -> str:
        """Where all operands are the same for every node the result is one node wide: repeat it."""
        if len(step.slots) > 1 and all(isinstance(v, float) or self._same(v) for v in step.operands):
            return f"np.repeat({text}, {len(step.slots)}, axis=0)"
        return text

    def _elementwise(self, step: Elementwise) -> str:
        names = self._operands(step)
        if step.op.arity == VARIADIC:
            return self._line_by_line(written_forward(step.op, step.given), [*names, None], [0])[0]
        return self._say(formulas(step.op, step.symbols)[0], step, names)

    def _operands(self, step: Elementwise) -> list[str]:
        return [_number(v) if isinstance(v, float) else self.read(v) for v in step.operands]

    def _say(self, formula: Any, step: Elementwise, names: Sequence[str]) -> str:
        own = self.of[id(step)]
        named = {f"x{n}": name for n, name in enumerate(names)} | {"y": own.name, UPSTREAM.name: own.slope}
        self._mention(formula)
        return write(formula, replace(LANGUAGE, name=lambda name, _turn: named.get(name, name)))

    def _mention(self, formula: Any) -> None:
        waiting = [formula]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Apply):
                self._use(part.op)
                waiting += part.args

    def _use(self, op: Op) -> None:
        if op in numpy_ops.FUNCTIONS:
            self.functions[op] = None
        elif op not in numpy_ops.UFUNCS:
            raise ArgumentError(f"the operation {op.name} has no spelling in NumPy yet (autograd/replay/numpy_ops.py)")

    def _line_by_line(self, written: Written, known: Sequence[str | None], wanted: Sequence[int]) -> list[str]:
        names = list(known)
        for op, args in written.lines:
            self._use(op)
            operands = [Symbol(f"{names[arg]}") if isinstance(arg, Line) else arg for arg in args]
            self.temporary += 1
            self.write(f"t{self.temporary} = {write(Apply(op, tuple(operands)), LANGUAGE)}")
            names.append(f"t{self.temporary}")
        results = [written.results[place] for place in wanted]
        return [f"{names[v]}" if isinstance(v, Line) else _number(float(v)) for v in results]

    def _matrix(self, step: Matrix) -> str:
        times, rows = len(step.right), len(step.left)
        left = self.matrix(step.left)
        bias = "" if step.bias is None else f" + {self.read(step.bias)}"
        if step.per_row and times == 1:
            return f"{left} @ {self._column(step)}{bias}"
        if step.per_row:
            return f"({left} @ {self._factor(step.right)}{bias}).reshape({times * rows}, -1)"
        turned = "" if step.bias is None else f" + {self.read(step.bias)}.T"
        return f"({self.matrix(step.right)} @ {left}.T{turned}).reshape({times * rows}, 1)"

    def _column(self, step: Matrix) -> str:
        text = self.read(step.right)
        return f"np.repeat({text}, {step.right.shape[1]}, axis=0)" if self._same(step.right) else text

    # -- Reverse, in NumPy ------------------------------------------------------------------------------------

    def reverse(self) -> None:
        """Every instruction that the gradient comes by, from the last to the first."""
        for step in reversed(self.program.instructions):
            if not step.reverse:
                continue
            if isinstance(step, Elementwise):
                self._reverse_elementwise(step)
            elif isinstance(step, Matrix):
                self._reverse_matrix(step)
            else:
                self._reverse_products(step)

    def _reverse_elementwise(self, step: Elementwise) -> None:
        own = self.of[id(step)]
        names = self._operands(step)
        wanted = [place for place, want in enumerate(step.wants) if want]
        if step.op.arity == VARIADIC:
            lines = self._line_by_line(written_partials(step.op, step.given), [*names, own.name], wanted)
            partials: list[Any] = [Symbol(line) for line in lines]
        else:
            written = formulas(step.op, step.symbols)[1]
            partials = [written[n] for n in wanted]
        for place, partial in zip(wanted, partials):
            one = not isinstance(partial, Expr) and partial == 1
            contribution = UPSTREAM if one else Apply(ops.mul, (UPSTREAM, partial))
            self.deliver(step.operands[place], self._say(contribution, step, names), per_row=step.per_row)

    def _reverse_matrix(self, step: Matrix) -> None:
        slope = self.of[id(step)].slope
        times, rows = len(step.right), len(step.left)
        left = self.matrix(step.left)
        if not step.per_row:
            upstream, right = f"{slope}.reshape({times}, {rows})", self.matrix(step.right)
            to_right, to_left, to_bias = f"({upstream} @ {left})", f"({upstream}.T @ {right})", f"{upstream}.sum(0)"
        elif times == 1:
            to_right, to_left = f"{left}.T @ {slope}", f"({slope} @ {self._column(step)}.T)"
            to_bias = f"{slope}.sum(1)"
        else:
            upstream = f"{slope}.reshape({times}, {rows}, -1)"
            to_right = f"({left}.T @ {upstream})"
            to_left = f"({upstream} @ {self._factor(step.right)}.swapaxes(1, 2)).sum(0)"
            to_bias = f"{upstream}.sum((0, 2))"
        if step.wants_right:
            plain = step.per_row and times == 1
            self.deliver(step.right, to_right if plain else f"{to_right}.reshape({step.right.size}, -1)")
        if step.wants_left:
            self.deliver(step.left, f"{to_left}.reshape({step.left.size}, 1)")
        if step.wants_bias:
            self.deliver(step.bias, f"{to_bias}.reshape({rows}, 1)")

    def _reverse_products(self, step: Products) -> None:
        upstream = f"{self.of[id(step)].slope}[:, None]"
        left, right = self.blocks(step.left), self._factor(step.right)
        size = step.left.size
        one_a_call = step.per_row and step.left.flat[0] < self.program.shared
        if step.wants_right:
            self.deliver(step.right, f"({upstream} * np.broadcast_to({left}, {right}.shape)).reshape({size}, -1)")
        if step.wants_left:
            summed = ".sum(2)" if one_a_call else ""
            self.deliver(step.left, f"({upstream} * {right}){summed}.reshape({size}, -1)")
        if step.wants_bias:
            self.deliver(step.bias, self.of[id(step)].slope, per_row=step.per_row)

    def deliver(self, slots: Array, contribution: str, *, per_row: bool = False) -> None:
        """Put or add a contribution, slots × rows, to the gradient of the slots."""
        flat = slots.ravel()
        if per_row and flat[0] < self.program.shared:
            contribution = f"{_bracketed(contribution)}.sum(1, keepdims=True)"
        owners = np.searchsorted(self.starts, flat, side="right") - 1
        found = sorted(set(owners.tolist()))
        same = len(flat) > 1 and (flat == flat[0]).all()
        if same:
            contribution, flat = f"{_bracketed(contribution)}.sum(0, keepdims=True)", flat[:1]
            owners = owners[:1]
        if len(found) > 1:
            self.temporary += 1
            self.write(f"t{self.temporary} = {contribution}")
            contribution = f"t{self.temporary}"
        for owner in found:
            source = self.sources[owner]
            if not source.slope:
                continue  # an input or a constant has no gradient to fill
            mine = np.flatnonzero(owners == owner)
            part = contribution if len(found) == 1 else f"{contribution}{self._within(mine, len(flat))}"
            self._add(source, flat[mine] - source.slots.start, part)

    def _add(self, source: Source, places: Array, part: str) -> None:
        whole = len(places) == len(source.slots) and (np.diff(places) == 1).all()
        if source.slope not in self.begun:
            self.begun.add(source.slope)
            if whole and source.name != "p":
                self.write(f"{source.slope} = {part}")
                if re.fullmatch(r"\w+(\[[^]]*\])?", part):
                    self.borrowed.add(source.slope)  # the same array by another name: not to be written into
                return
            if source.name != "p":
                self.write(f"{source.slope} = np.zeros_like({source.name})")
        if whole:
            self.write(f"{source.slope} = {source.slope} + {part}")
            self.borrowed.discard(source.slope)
            return
        if source.slope in self.borrowed:
            self.borrowed.discard(source.slope)
            self.write(f"{source.slope} = {source.slope}.copy()")
        if len(np.unique(places)) == len(places):
            self.write(f"{source.slope}{self._within(places, len(source.slots))} += {part}")
        else:
            self.write(f"np.add.at({source.slope}, {self._index(places)}, {part})")


def _bracketed(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def array(numbers: Sequence[float]) -> str:
    """Numbers as the text of an array.

    >>> array([0.5, float("inf")])
    'np.array([0.5, np.inf])'
    """
    return _folded(", ".join(map(_number, numbers)))


def _folded(numbers: str) -> str:
    """An array, over several lines if it is long."""
    line = f"np.array([{numbers}])"
    if len(line) <= FOLD:
        return line
    return "np.array([\n" + textwrap.fill(numbers, FOLD, initial_indent="    ", subsequent_indent="    ") + "\n])"
