"""A recorded graph as a short program of vector instructions: what every backend reads.

Every number of a run has a *slot*. The slots before `program.shared` hold one number a call: first
the constants, then the parameters, then the nodes that depend on parameters alone. The slots from
there on hold one number a *row* of the batch: first the inputs, then the nodes that depend on them.

An *instruction* computes many nodes at once, into neighbouring slots:

- `Elementwise`   node k is op(a[k], b[k], …): one row of the table over vectors.
- `Matrix`        node (c, k) is Σⱼ left[k, j] · right[c, j] + bias[k]: `affine` nodes that share
                  their inputs are one matrix product; `c` counts the vectors it is applied to.
- `Products`      node k is Σⱼ left[k, j] · right[k, j] + bias[k]: what is no matrix product.

The instructions stand in the order of the forward pass; backwards it is the order of the reverse
pass, in which each adds upstream × local derivative to the gradient of what it `wants` to reach.
Formulas of what an instruction computes and of its local derivatives come from the table by
`Elementwise.forward` and `Elementwise.partials`. Nothing is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(frozen=True, eq=False)
class Elementwise:
    """One op over vectors: node k, in slot `slots[k]`, is `op(operands[0][k], operands[1][k], …)`.

    An operand is an array of slots, all of one region (a number a call, or a number a row), or a
    float where it is the same constant for every node. `wants` says for each operand whether its
    gradient is asked for; it is never asked for a float.
    """

    op: Op
    slots: range
    operands: tuple[Operand, ...]
    wants: tuple[bool, ...]
    per_row: bool
    level: int

    @property
    def symbols(self) -> tuple[Formula, ...]:
        """What stands for the operands in the formulas: `x0`, `x1`, …, or the constant itself."""
        return tuple(v if isinstance(v, float) else Symbol(f"x{n}") for n, v in enumerate(self.operands))

    @property
    def forward(self) -> Formula:
        """The formula of the result, of the operands `x0`, `x1`, …; a row that cannot be written out is one call."""
        return formulas(self.op, self.symbols)[0]

    @property
    def partials(self) -> tuple[Formula, ...]:
        """The formula of each local derivative, of the result `y` and the operands `x0`, `x1`, …."""
        return formulas(self.op, self.symbols)[1]

    @property
    def given(self) -> Given:
        """The constants among the operands by their places, None at the others: for `written_forward`."""
        return tuple(v if isinstance(v, float) else None for v in self.operands)

    @property
    def reverse(self) -> bool:
        """Whether the reverse pass comes by here at all."""
        return any(self.wants)

    def __str__(self) -> str:
        return self.op.name.replace("_", " ")


@dataclass(frozen=True, eq=False)
class _SumOfProducts:
    """Left times right, summed, and a bias: what `Matrix` and `Products` have in common."""

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
        """Whether the reverse pass comes by here at all."""
        return self.wants_left or self.wants_right or self.wants_bias


class Matrix(_SumOfProducts):
    """A matrix product: node (c, k), in slot `slots[c * K + k]`, is Σⱼ left[k, j] · right[c, j] + bias[k].

    `left` is K × J slots, of one number a call each; `right` is C × J slots, of one region; `bias` is
    K slots of one number a call each, or None. `per_row` says whether `right`, and so the result, is
    a number a row.
    """

    def __str__(self) -> str:
        return "matrix product"


class Products(_SumOfProducts):
    """Sums of products: node k, in slot `slots[k]`, is Σⱼ left[k, j] · right[k, j] + bias[k].

    `left` and `right` are K × J slots; `left` is of one region, which may be a number a call where
    `right` is a number a row; `right` is of the region of the result. `bias` is K slots of one number
    a call each, or None.
    """

    def __str__(self) -> str:
        return "sums of products"


Instruction: TypeAlias = Elementwise | Matrix | Products


@dataclass(frozen=True, eq=False)
class Program:
    """The instructions of a recorded graph, and where its numbers are.

    `constants[s]` is the number in slot s. Parameter n is in slot `first_parameter + n`, and the
    gradient is wanted for these alone. Input n is in slot `shared + n`. `loss` is the slot of the
    loss and `outputs` are the slots of what `forward` gives; both may lie in either region, and be
    leaves. `nodes` counts the recorded nodes, leaves left out.
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
    needed: frozenset[int] = field(default_factory=frozenset)  # numbers of the instructions that `outputs` need

    @property
    def first_parameter(self) -> int:
        """The slot of the first parameter."""
        return len(self.constants)

    @cached_property
    def of_outputs(self) -> tuple[Instruction, ...]:
        """The instructions that the outputs need, in order: those that `forward` runs."""
        return tuple(step for number, step in enumerate(self.instructions) if number in self.needed)

    def __repr__(self) -> str:
        return f"<program: {_count(self.nodes, 'node')} in {_count(len(self.instructions), 'instruction')}>"

    def __str__(self) -> str:
        return "\n".join(_table(self))


# -- Formulas from the table ------------------------------------------------------------------------


def formulas(op: Op, symbols: tuple[Formula, ...]) -> tuple[Formula, tuple[Formula, ...]]:
    """The formula of `op(*symbols)`, and that of each local derivative, of the result `y` and the symbols.

    A number among the symbols is a constant, and a power with a constant exponent is written as
    a person would write it.

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
    return (_formulas.__wrapped__ if zero else _formulas)(op, operands)  # to a cache 0.0 and −0.0 are one key


@lru_cache(maxsize=4096)
def _formulas(op: Op, operands: tuple[Any, ...]) -> tuple[Formula, tuple[Formula, ...]]:
    symbols = tuple(Symbol(v) if isinstance(v, str) else v for v in operands)
    partials = tuple(op.local_derivatives(Y, symbols)) if any(isinstance(v, Symbol) for v in symbols) else ()
    if op is ops.pow and not isinstance(symbols[1], Symbol):
        base, exponent = symbols
        times = Apply(ops.mul, (base, base))
        return (times if exponent == 2 else Apply(op, symbols)), (simplified(partials[0]), 0.0)
    return written(op, symbols), partials


# -- The same, line by line -----------------------------------------------------------------------------


class Line(int):
    """The number of a line, told from a plain number."""

    __slots__ = ()


class Written(NamedTuple):
    """What reading a row came to: lines `(op, operands)`, and which of them are the results.

    A `Line` among operands or results is a reference: lines 0, 1, … are the operands of the row,
    the next is the result `y`, and from there on the lines are those of `lines`. Anything else is a number.
    """

    lines: tuple[tuple[Op, tuple[Any, ...]], ...]
    results: tuple[Any, ...]


class Tracer(Unknown["Tracer"]):
    """A symbol that writes down, line by line, what a row of the table does with it."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int, lines: list[Any]) -> None:
        self.line = Line(line)
        self.lines = lines

    @staticmethod
    def read(op: Op, args: Sequence[Any]) -> Tracer:
        """Write down `op(*args)`; called by the op."""
        lines = next(arg.lines for arg in args if isinstance(arg, Tracer))
        lines.append((op, tuple(arg.line if isinstance(arg, Tracer) else arg for arg in args)))
        return Tracer(len(lines) - 1, lines)


Given: TypeAlias = tuple[float | None, ...]  # the constants among the operands, by their places


def written_forward(op: Op, given: Given) -> Written:
    """The lines that compute `op` of operands, some of them given as constants.

    A row whose result depends on a condition is one line: itself.

    >>> from autograd.table import ops
    >>> written_forward(ops.mean, (None, None, 2.0))
    Written(lines=((<op add>, (0, 1)), (<op div>, (4, 2.0))), results=(5,))
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


def written_partials(op: Op, given: Given) -> Written:
    """The lines that compute every local derivative of `op`, of the operands and the result.

    >>> from autograd.table import ops
    >>> written_partials(ops.tanh, (None,))
    Written(lines=((<op mul>, (1, 1)), (<op sub>, (1, 2))), results=(3,))
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


def _written(lines: list[Any], given: Given, results: Sequence[Any]) -> Written:
    found = tuple(v.line if isinstance(v, Tracer) else v for v in results)
    return Written(tuple(lines[len(given) + 1 :]), found)


def _read(formula: Formula, named: Mapping[str, Tracer]) -> Any:
    if isinstance(formula, Apply):
        return formula.op(*[_read(arg, named) for arg in formula.args])
    return named[formula.name] if isinstance(formula, Symbol) else formula


# -- For the eye --------------------------------------------------------------------------------------


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _shape(step: Instruction) -> str:
    if isinstance(step, Elementwise):
        return f"{len(step.slots)}"
    if isinstance(step, Matrix):
        rows, inner = step.left.shape
        return f"{rows} × {inner}" + (f", {len(step.right)} times" if len(step.right) > 1 else "")
    return f"{step.left.shape[0]} of {step.left.shape[1]}"


def _described(step: Instruction) -> str:
    if not isinstance(step, Elementwise):
        return f"{step} + bias" if step.bias is not None else str(step)
    numbers = [figures.number(v) for v in step.operands if isinstance(v, float)]
    return f"{step}" + (f" with {' and '.join(numbers)}" if numbers else "")


def _table(program: Program, longest: int = 40) -> list[str]:
    """Every instruction on a line: its number, what it is, its shape, its slots."""
    instructions, parameters = (
        _count(len(program.instructions), "instruction"),
        _count(len(program.parameters), "parameter"),
    )
    lines = [f"{_count(program.nodes, 'node')} in {instructions}; {parameters}, {_count(len(program.inputs), 'input')}"]
    shown: Sequence[Instruction] = program.instructions[:longest]
    cells = [(_described(step), _shape(step), f"{step.slots[0]}…{step.slots[-1]}") for step in shown]
    widths = [max(map(terminal.width, column), default=0) for column in zip(*cells)]
    for number, (step, row) in enumerate(zip(shown, cells), start=1):
        what, shape, slots = (terminal.pad(cell, width) for cell, width in zip(row, widths))
        times = "a number a row" if step.per_row else "a number a call"
        lines.append(f"  {number:2}  {what}  {shape}  slots {slots}  {times}")
    if len(program.instructions) > longest:
        lines.append(f"  … {len(program.instructions) - longest:,} more")
    return lines
