"""A graph as a short program of vector instructions, which every backend can run.

Every number of a run has a *slot*. The slots before `program.shared` hold one number *per call*: first
the constants, then the parameters, then the nodes that depend on parameters only. The other slots hold
one number *per row* of the batch: first the inputs, then the nodes that depend on them.

An *instruction* computes many nodes at once, into neighboring slots:

- `ElementwiseOp`: node k is op(a[k], b[k], …), one row of the table over vectors.
- `MatrixProduct`: node (c, k) is Σⱼ left[k, j] · right[c, j] + bias[k]. Sums of products that share their
  right factors, such as neurons with the same inputs, are one; `c` counts the vectors.
- `SumsOfProducts`: node k is Σⱼ left[k, j] · right[k, j] + bias[k].

The instructions are in the order of the forward pass. The reverse pass goes through them backwards, and
adds upstream × local derivative to the gradient of each operand in `wants`. The formulas of results and
local derivatives come from the table. Nothing is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from autograd.errors import OperandError
from autograd.formatting import figures, terminal
from autograd.symbolic.expr import Apply, Formula, Symbol, written
from autograd.symbolic.simplify import simplified
from autograd.table import ops
from autograd.table.operators import Unknown
from autograd.table.ops import VARIADIC

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.engine.value import Value
    from autograd.table.ops import Op

Array: TypeAlias = Any  # a NumPy array; NumPy is optional, so its types are not named
Operand: TypeAlias = Any  # slots, one for each node; or the float that it is for every node

Y = Symbol("y")


@dataclass(eq=False, slots=True)
class ElementwiseOp:
    """One op over vectors: node k, in slot `slots[k]`, is `op(operands[0][k], operands[1][k], …)`.

    An operand is an array of slots, either all per call or all per row, or a float if it is the same
    constant for every node. `wants` says for each operand whether its gradient is needed; that of a
    float never is.
    """

    op: Op
    slots: range
    operands: tuple[Operand, ...]
    wants: tuple[bool, ...]
    per_row: bool
    level: int

    @property
    def formulas(self) -> tuple[Formula, tuple[Formula, ...]]:
        """The formulas of the result and of each local derivative, in the operands `x0`, `x1`, … and the result `y`."""
        return formulas(
            self.op, tuple(v if isinstance(v, float) else Symbol(f"x{n}") for n, v in enumerate(self.operands))
        )

    @property
    def given(self) -> Given:
        """The constants among the operands, None in the places of the others: for `trace_forward`."""
        return tuple(v if isinstance(v, float) else None for v in self.operands)

    @property
    def reverse(self) -> bool:
        """True if the gradient of any operand is needed."""
        return any(self.wants)

    @property
    def reads(self) -> list[Array]:
        """The slots of the operands."""
        return [operand for operand in self.operands if not isinstance(operand, float)]

    def __str__(self) -> str:
        return self.op.name.replace("_", " ")


@dataclass(frozen=True, eq=False)
class _SumOfProducts:
    """Left times right, summed, plus a bias: the common part of the two below."""

    slots: range
    left: Array
    right: Array
    bias: Array | None
    wants_left: bool
    wants_right: bool
    wants_bias: bool
    per_row: bool
    level: int

    @property
    def reverse(self) -> bool:
        """True if the gradient of any operand is needed."""
        return self.wants_left or self.wants_right or self.wants_bias

    @property
    def reads(self) -> list[Array]:
        """The slots of the operands."""
        return [self.left, self.right] + ([] if self.bias is None else [self.bias])


class MatrixProduct(_SumOfProducts):
    """A matrix product: node (c, k), in slot `slots[c * K + k]`, is Σⱼ left[k, j] · right[c, j] + bias[k].

    `left` is K × J per-call slots, `right` is C × J slots of one region, and `bias` is K per-call slots or
    None. `per_row` says that `right`, and so the result, is per row.
    """

    def __str__(self) -> str:
        return "matrix product"


class SumsOfProducts(_SumOfProducts):
    """Sums of products: node k, in slot `slots[k]`, is Σⱼ left[k, j] · right[k, j] + bias[k].

    `left` and `right` are K × J slots. `right` is in the region of the result; `left` is all in one
    region, which may be per call although `right` is per row. `bias` is K per-call slots or None.
    """

    def __str__(self) -> str:
        return "sums of products"


Instruction: TypeAlias = ElementwiseOp | MatrixProduct | SumsOfProducts


@dataclass(frozen=True, eq=False)
class Program:
    """The instructions of a graph, and the places of its numbers.

    `constants[s]` is the number in slot s. Parameter n is in slot `first_parameter + n`; only
    parameters need gradients. Input n is in slot `shared + n`. `loss` is the slot of the loss, and
    `outputs` are the slots that `forward` returns; they may be in either region, and may be leaves.
    `nodes` counts the recorded nodes without the leaves.
    """

    constants: Array
    parameters: list[Value]
    inputs: list[Value]
    shared: int
    slots: int
    instructions: tuple[Instruction, ...]
    loss: int
    outputs: Array
    nodes: int
    needed: frozenset[int]  # the places of the instructions that `outputs` need

    @property
    def first_parameter(self) -> int:
        """The slot of the first parameter."""
        return len(self.constants)

    @cached_property
    def of_outputs(self) -> tuple[Instruction, ...]:
        """The instructions that `forward` runs, in order."""
        return tuple(instr for number, instr in enumerate(self.instructions) if number in self.needed)

    def __repr__(self) -> str:
        return f"<program: {_count(self.nodes, 'node')} in {_count(len(self.instructions), 'instruction')}>"

    def __str__(self) -> str:
        return "\n".join(_table(self))


# -- Formulas from the table ------------------------------------------------------------------------


def formulas(op: Op, symbols: tuple[Formula, ...]) -> tuple[Formula, tuple[Formula, ...]]:
    """Return the formula of `op(*symbols)`, and that of each local derivative, in the result `y` and the symbols.

    A number among the symbols is a constant. The derivative of a power with a constant exponent is
    simplified, and x² is x·x.

    >>> from autograd.symbolic import printer
    >>> from autograd.table import ops
    >>> x = Symbol("x0")
    >>> forward, partials = formulas(ops.tanh, (x,))
    >>> printer.python(forward), printer.python(partials[0])
    ('tanh(x0)', '1 - y * y')
    >>> forward, partials = formulas(ops.pow, (x, 2.0))
    >>> printer.python(forward), printer.python(partials[0])
    ('x0 * x0', '2.0 * x0')
    """
    zero = any(not isinstance(v, Symbol) and v == 0 for v in symbols)
    operands = tuple(v.name if isinstance(v, Symbol) else v for v in symbols)
    return (_formulas.__wrapped__ if zero else _formulas)(op, operands)  # for a cache 0.0 and −0.0 are the same key


@lru_cache(maxsize=4096)
def _formulas(op: Op, operands: tuple[Any, ...]) -> tuple[Formula, tuple[Formula, ...]]:
    symbols = tuple(Symbol(v) if isinstance(v, str) else v for v in operands)
    partials = tuple(op.local_derivatives(Y, symbols)) if any(isinstance(v, Symbol) for v in symbols) else ()
    if op is ops.pow and not isinstance(symbols[1], Symbol):
        base, exponent = symbols
        times = Apply(ops.mul, (base, base))
        return (times if exponent == 2 else Apply(op, symbols)), (simplified(partials[0]), 0.0)
    return written(op, symbols), partials


# -- Rows of the table, traced line by line ---------------------------------------------------------


class LineNumber(int):
    """The number of a line of a trace, as opposed to a plain number."""

    __slots__ = ()


class RowTrace(NamedTuple):
    """The trace of a row of the table: lines `(op, operands)`, and which of them are the results.

    A `LineNumber` among operands or results is a reference: lines 0, 1, … are the operands of the row,
    the next is the result `y`, and from there on the lines are those of `lines`. Anything else is a number.
    """

    lines: tuple[tuple[Op, tuple[Any, ...]], ...]
    results: tuple[Any, ...]

    def needed(self, wanted: Sequence[int], base: int) -> set[int]:
        """Return the numbers of the lines that the wanted results need; `base` is the number of `lines[0]`."""
        found = {int(self.results[place]) for place in wanted if isinstance(self.results[place], LineNumber)}
        for number in range(len(self.lines) - 1, -1, -1):
            if base + number in found:
                found.update(int(arg) for arg in self.lines[number][1] if isinstance(arg, LineNumber))
        return found


class Tracer(Unknown["Tracer"]):
    """A symbol that records, line by line, what a row of the table does with it."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int, lines: list[Any]) -> None:
        self.line = LineNumber(line)
        self.lines = lines

    @staticmethod
    def read(op: Op, args: Sequence[Any]) -> Tracer:
        """Record the line `op(*args)`; called by the op."""
        lines = next(arg.lines for arg in args if isinstance(arg, Tracer))
        lines.append((op, tuple(arg.line if isinstance(arg, Tracer) else arg for arg in args)))
        return Tracer(len(lines) - 1, lines)


Given: TypeAlias = tuple[float | None, ...]  # the constants among the operands, by their places


def trace_forward(op: Op, given: Given) -> RowTrace:
    """Return the trace of `op`, with some of its operands given as constants.

    An operation with a condition is one line: itself.

    >>> from autograd.table import ops
    >>> trace_forward(ops.mean, (None, None, 2.0))
    RowTrace(lines=((<op add>, (0, 1)), (<op div>, (4, 2.0))), results=(5,))
    """
    lines, operands = _traced(given)
    if op.arity == VARIADIC:
        try:
            return _written(lines, given, [op.forward(*operands)])
        except (TypeError, OperandError):
            lines, operands = _traced(given)
    if op is ops.pow and given[1] == 2:
        return _written(lines, given, [operands[0] * operands[0]])
    return _written(lines, given, [Tracer.read(op, operands)])


def trace_partials(op: Op, given: Given) -> RowTrace:
    """Return the trace of every local derivative of `op`, in its operands and its result.

    >>> from autograd.table import ops
    >>> trace_partials(ops.tanh, (None,))
    RowTrace(lines=((<op mul>, (1, 1)), (<op sub>, (1, 2))), results=(3,))
    """
    lines, operands = _traced(given)
    y = Tracer(len(given), lines)
    if op is ops.pow and given[1] is not None:
        named = {Y.name: y, "x": operands[0]}
        partial = formulas(op, (Symbol("x"), given[1]))[1][0]
        return _written(lines, given, [_read(partial, named), 0.0])
    return _written(lines, given, op.local_derivatives(y, operands))


def _traced(given: Given) -> tuple[list[Any], list[Any]]:
    lines: list[Any] = [None] * (len(given) + 1)
    return lines, [Tracer(n, lines) if v is None else v for n, v in enumerate(given)]


def _written(lines: list[Any], given: Given, results: Sequence[Any]) -> RowTrace:
    found = tuple(v.line if isinstance(v, Tracer) else v for v in results)
    return RowTrace(tuple(lines[len(given) + 1 :]), found)


def _read(formula: Formula, named: Mapping[str, Tracer]) -> Any:
    if isinstance(formula, Apply):
        return formula.op(*[_read(arg, named) for arg in formula.args])
    return named[formula.name] if isinstance(formula, Symbol) else formula


# -- As text --------------------------------------------------------------------------------------


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _shape(instr: Instruction) -> str:
    if isinstance(instr, ElementwiseOp):
        return f"{len(instr.slots)}"
    if isinstance(instr, MatrixProduct):
        rows, inner = instr.left.shape
        return f"{rows} × {inner}" + (f", {len(instr.right)} times" if len(instr.right) > 1 else "")
    return f"{instr.left.shape[0]} of {instr.left.shape[1]}"


def _described(instr: Instruction) -> str:
    if not isinstance(instr, ElementwiseOp):
        return f"{instr} + bias" if instr.bias is not None else str(instr)
    numbers = [figures.number(v) for v in instr.operands if isinstance(v, float)]
    return f"{instr}" + (f" with {' and '.join(numbers)}" if numbers else "")


def _table(program: Program, longest: int = 40) -> list[str]:
    """Return a line for each instruction: its number, its kind, its shape, its slots."""
    counted = (program.instructions, "instruction"), (program.parameters, "parameter"), (program.inputs, "input")
    instructions, parameters, inputs = (_count(len(things), what) for things, what in counted)
    lines = [f"{_count(program.nodes, 'node')} in {instructions}; {parameters}, {inputs}"]
    shown: Sequence[Instruction] = program.instructions[:longest]
    cells = [(_described(instr), _shape(instr), f"{instr.slots[0]}…{instr.slots[-1]}") for instr in shown]
    widths = [max(map(terminal.width, column), default=0) for column in zip(*cells)]
    for number, (instr, row) in enumerate(zip(shown, cells), start=1):
        what, shape, slots = (terminal.pad(cell, width) for cell, width in zip(row, widths))
        times = "per row" if instr.per_row else "per call"
        lines.append(f"  {number:2}  {what}  {shape}  slots {slots}  {times}")
    if len(program.instructions) > longest:
        lines.append(f"  … {len(program.instructions) - longest:,} more")
    return lines
