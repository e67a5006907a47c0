"""The first part of compiling: a graph as lists of integers, lowered and fused.

*Lower*: an n-ary node made of sums, differences, products and quotients is replaced by these single
operations. *Fuse*: a tree of additions, with the products in it that are used once, becomes one sum of
products, no matter whether it was written as `affine`, with `sum()` or with `+`.

Every pass is linear in the edges, and none is recursive. `adds`, `multiplies` and `_written_out` ask the
table what an operation means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.errors import RangeError
from autograd.replay.instructions import LineNumber, trace_forward
from autograd.symbolic.expr import Apply, Symbol, alike
from autograd.table import ops
from autograd.table.ops import VARIADIC, Op

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.engine.value import Value

# The kind of a node, as two bits: it depends on an input (so there is one number per row); its gradient is needed.
CONSTANT, INPUT, PARAMETER = 0, 1, 2
ROW, WANTED = 1, 2

SMOOTH = {ops.add, ops.sub, ops.mul, ops.div, ops.neg}  # no conditions: their derivatives may be taken one by one
MIN_TERMS = 3  # of a sum; fewer terms are added one by one


# -- Lower -------------------------------------------------------


class LoweredGraph:
    """A graph whose nodes are integers, with lists of their operations, operands, kinds and numbers of uses."""

    def __init__(self, inputs: Sequence[Value]) -> None:
        self.inputs = list(inputs)
        self.parameters: list[Value] = []
        self.ids: dict[Value, int] = {}
        self.ops: list[Op | None] = []
        self.args: list[tuple[int, ...]] = []
        self.kinds: list[int] = []
        self.uses: list[int] = []
        self.numbers: dict[int, float] = {}  # of the constants
        self._constants: dict[Any, int] = {}
        for leaf in self.inputs:
            self.ids[leaf] = self.add(None, (), INPUT)

    def add(self, op: Op | None, args: tuple[int, ...], kind: int) -> int:
        """Add a node, and return its integer."""
        self.ops.append(op)
        self.args.append(args)
        self.kinds.append(kind)
        self.uses.append(0)
        return len(self.ops) - 1

    def apply(self, op: Op, args: tuple[int, ...]) -> int:
        """Return the node of `op(*args)`; if all operands are constants, it is a constant too."""
        kind, uses, kinds = 0, self.uses, self.kinds
        for arg in args:
            kind |= kinds[arg]
            uses[arg] += 1
        if kind == CONSTANT:
            return self.constant(op.forward(*[self.numbers[arg] for arg in args]))
        return self.add(op, args, kind)

    def constant(self, number: Any) -> int:
        """Return the node of a constant; equal constants are the same node."""
        key = number if number and number == number else repr(number)  # 0.0 is not −0.0, and all NaN are the same
        found = self._constants.get(key)
        if found is None:
            try:
                value = float(number)
            except OverflowError:
                raise RangeError(f"record: the constant {number!s:.40} is too large for a float") from None
            found = self._constants[key] = self.add(None, (), CONSTANT)
            self.numbers[found] = value
        return found

    def read(self, node: Value) -> None:
        """Add a Value whose parents have been added."""
        op, ids = node.op, self.ids
        if op is None:
            if node not in ids:
                ids[node] = self.add(None, (), PARAMETER)
                self.parameters.append(node)
            return
        args = []
        for operand in node.operands:
            number = ids.get(operand)
            args.append(self.constant(operand) if number is None else number)
        if op.arity == VARIADIC and not multiplies(op) and not adds(op):
            lines = _written_out(op, len(args))
            if lines is not None:
                args.append(-1)  # the place of y
                for line_op, places in lines:
                    operands = [args[v] if v.__class__ is LineNumber else self.constant(v) for v in places]
                    args.append(self.apply(line_op, tuple(operands)))
                ids[node] = args[-1]
                return
        ids[node] = self.apply(op, tuple(args))


@lru_cache
def _written_out(op: Op, count: int) -> list[tuple[Op, tuple[Any, ...]]] | None:
    """Return an n-ary operation as single sums, products and quotients; None if it needs others.

    An operation with a condition stays whole, because its own partials define the derivative at a kink.
    """
    written = trace_forward(op, (None,) * count)
    smooth = all(line_op in SMOOTH for line_op, _ in written.lines)
    last = count + len(written.lines)  # the result comes after the operands, y and the other lines
    return list(written.lines) if smooth and written.results == (LineNumber(last),) else None


def _asked(op: Op, forward: Any, partials: Sequence[Any]) -> bool:
    symbols = [Symbol(name) for name in "abcde"[: len(partials)]]
    try:
        partials_read = tuple(op.partials[0](Symbol("y"), *symbols))
        return alike(op.forward(*symbols), forward(*symbols)) and alike(partials_read, tuple(partials))
    except (TypeError, ValueError):
        return False


@cache
def adds(op: Op) -> bool:
    """Return True if, by the table, this n-ary operation is the sum of its operands.

    >>> adds(ops.total), adds(ops.mean)
    (True, False)
    """
    return _asked(op, lambda a, b, c: Apply(ops.add, (Apply(ops.add, (a, b)), c)), [1, 1, 1])


@cache
def multiplies(op: Op) -> bool:
    """Return True if, by the table, it is the sum of the products of pairs of operands, plus a last one left over.

    Then ∂/∂w of w·x is x and vice versa, so that many of them are a matrix product, forward and in reverse.

    >>> multiplies(ops.affine), multiplies(ops.total)
    (True, False)
    """
    a, b, c, d, _ = (Symbol(name) for name in "abcde")

    def written(a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
        return Apply(ops.add, (Apply(ops.add, (Apply(ops.mul, (a, b)), Apply(ops.mul, (c, d)))), e))

    return _asked(op, written, [b, a, d, c, 1])


# -- Fuse ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class FusedSum:
    """A sum of nodes: products, given as nodes or as pairs of factors, and single terms."""

    products: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    singles: list[int] = field(default_factory=list)
    whole: bool = False  # stays a sum, however few terms it has

    def __len__(self) -> int:
        return len(self.products) + len(self.left) + len(self.singles)

    def take(self, other: FusedSum) -> None:
        """Add the terms of the other sum."""
        self.products += other.products
        self.left += other.left
        self.right += other.right
        self.singles += other.singles
        self.whole |= other.whole


class LogSumExpChain(NamedTuple):
    """A log Σ eˣ made of `logaddexp` of two, as the row `logsumexp` writes it."""

    args: tuple[int, ...]


ABSORBED = object()  # marks a node that is part of a sum or chain


def fuse(graph: LoweredGraph) -> list[Any]:
    """Return for each node a FusedSum, a LogSumExpChain, None if it stays as it is, or ABSORBED."""
    uses, all_ops, all_args = graph.uses, graph.ops, graph.args
    units: list[Any] = [None] * len(all_ops)
    for number, op in enumerate(all_ops):
        if op is None:
            continue
        if op is ops.logaddexp:
            units[number] = LogSumExpChain(_joined(all_args[number], units, uses))
        elif op is ops.add or (op.arity == VARIADIC and adds(op)):
            units[number] = _added(all_args[number], units, uses, all_ops, whole=op is not ops.add)
        elif op.arity == VARIADIC and multiplies(op):
            args = all_args[number]
            pairs = len(args) // 2 * 2
            units[number] = FusedSum([], [*args[0:pairs:2]], [*args[1:pairs:2]], [*args[pairs:]], whole=True)
    for number, unit in enumerate(units):
        if isinstance(unit, LogSumExpChain):
            if len(unit.args) < MIN_TERMS:
                units[number] = None
        elif isinstance(unit, FusedSum):
            if not unit.whole and len(unit) < MIN_TERMS and len(unit.products) < 2:
                units[number] = None
            else:
                for product in unit.products:
                    units[product] = ABSORBED
    return units


def _added(
    args: tuple[int, ...], units: list[Any], uses: list[int], all_ops: list[Op | None], *, whole: bool
) -> FusedSum:
    own, products, singles = None, [], []
    for arg in args:
        once = uses[arg] == 1
        if once and units[arg].__class__ is FusedSum:
            other, units[arg] = units[arg], ABSORBED
            if own is None or len(own) < len(other):  # move the shorter one
                own, other = other, own
            if other is not None:
                own.take(other)
        elif once and all_ops[arg] is ops.mul:
            products.append(arg)
        else:
            singles.append(arg)
    found = own or FusedSum()
    found.products += products
    found.singles += singles
    found.whole |= whole
    return found


def _joined(args: tuple[int, ...], units: list[Any], uses: list[int]) -> tuple[int, ...]:
    joined: tuple[int, ...] = ()
    for arg in args:
        if uses[arg] == 1 and units[arg].__class__ is LogSumExpChain:
            joined += units[arg].args
            units[arg] = ABSORBED
        else:
            joined += (arg,)
    return joined


def needed_by(graph: LoweredGraph, output: int) -> bytearray:
    """Return a flag for each node: whether the output needs it."""
    live = bytearray(len(graph.ops))
    live[output] = 1
    for number in range(output, -1, -1):
        if live[number]:
            for arg in graph.args[number]:
                live[arg] = 1
    return live
