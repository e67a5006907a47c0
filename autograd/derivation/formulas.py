"""Formulas of nodes and of edges, in names and in numbers, and their evaluation stage by stage.

A node is written as what it was computed from, an edge as its local derivative. The same formula is
then given in numbers and worked out from the inside, as with a pencil. The numbers have full
precision; only the writers round them.
"""

from __future__ import annotations

from collections import Counter
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd.engine.graph import local_formula
from autograd.engine.incoming import checked_number
from autograd.engine.value import Value
from autograd.errors import ArgumentError, OperandError
from autograd.formatting import figures
from autograd.formatting.terminal import ends, short
from autograd.symbolic.equations import DOTS, Product, Sum
from autograd.symbolic.expr import Apply, Expr, Formula, Symbol, alike, written
from autograd.symbolic.names import Name
from autograd.symbolic.printer import write
from autograd.symbolic.simplify import simplified
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from autograd.engine.graph import Graph
    from autograd.table.ops import Op

MAX_LABEL = 32  # columns of a name
MAX_TERMS = 12  # of a sum that fits into a line or two; of a longer one, the first and the last are shown
FIRST_TERMS, LAST_TERMS = 5, 2

# Activation functions in simpler operations of the table, whose derivatives give theirs by the chain rule.
IN_SIMPLER_OPERATIONS: dict[Op, Callable[[Any], Any]] = {
    ops.sigmoid: lambda x: 1 / (1 + ops.exp(-x)),
    ops.softplus: lambda x: ops.log(1 + ops.exp(x)),
    ops.tanh: lambda x: _tanh(ops.exp(x), ops.exp(-x)),
}


def _tanh(up: Any, down: Any) -> Any:
    return (up - down) / (up + down)


def number_of(operand: Any) -> Any:
    """Return the number of a node; a plain number is itself."""
    return operand.data if isinstance(operand, Value) else operand


def printed_names(graph: Graph, nodes: Sequence[Value]) -> dict[Value, Name]:
    """Return the name of each node as every view has it, numbered where several nodes have the same label.

    >>> from autograd.engine.graph import Graph
    >>> y = Value(1.0, "x") * Value(2.0, "x")
    >>> [write(Symbol(name)) for name in printed_names(Graph(y), reading_order(y)).values()]
    ['x#1', 'x#2', 'v1']
    """
    shown = {node: short(name, MAX_LABEL) for node, name in graph.names.items()}
    nodes_named = Counter(shown.values())
    turns: Counter[str] = Counter()
    found = {}
    for node in nodes:
        name = shown[node]
        turns[name] += nodes_named[name] > 1
        found[node] = Name(name, turns[name], node)
    return found


def reading_order(output: Value) -> list[Value]:
    """Return every node after its parents, the first operand's branch first, as a person writes them down.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> [node.label for node in reading_order(a * b)]
    ['a', 'b', '']
    """
    order: list[Value] = []
    seen: set[Value] = set()
    waiting: list[Value | None] = [output]
    while waiting:
        node = waiting.pop()
        if node is None:  # this marks that all parents of the node below it are in the order
            order.append(waiting.pop())  # type: ignore[arg-type] # below a mark there is a node
        elif node not in seen:
            seen.add(node)
            waiting += [node, None, *(parent for parent, _ in reversed(node.edges()) if parent not in seen)]
    return order


def node_formula(node: Value, names: Mapping[Value, Name]) -> Formula:
    """Return what a node was computed as, in the names of its operands.

    >>> x = Value(2.0, "x"); v = x * 3
    >>> write(node_formula(v + x, {x: Name("x"), v: Name("v1")}))
    'v1 + x'
    """
    if node.op is None:
        return Symbol(names[node])
    args = [Symbol(names[v]) if isinstance(v, Value) else v for v in node.operands]
    if node.op is ops.mul:  # x·x has two operands, which a derivation tells apart
        return Product(tuple(args))
    return shortened(flattened(written(node.op, args)))


def edge_formula(node: Value, index: int, names: Mapping[Value, Name]) -> Formula:
    """Return the local derivative along the index-th edge of a node, in the names of its operands.

    >>> net = Value(0.4); o = net.sigmoid()
    >>> write(edge_formula(o, 0, {net: Name("net"), o: Name("o")}))
    'o·(1 − o)'
    """
    return flattened(simplified(local_formula(node, index, names)))


def flattened(formula: Formula) -> Formula:
    """Return a formula with each sum as one list of terms and each product as one list of factors.

    >>> a, b, c = map(Symbol, "abc")
    >>> len(flattened(a + b + c).terms), len(flattened(a * b * c).factors)
    (3, 3)
    """
    if not isinstance(formula, Apply):
        return formula
    if formula.op is ops.mul and isinstance(formula.args[0], Expr) and alike(*formula.args):
        return Apply(ops.pow, (flattened(formula.args[0]), 2))
    if formula.op in (ops.add, ops.mul):
        parts: list[Formula] = []
        rest: Formula = formula
        while isinstance(rest, Apply) and rest.op is formula.op:
            parts.append(flattened(rest.args[1]))
            rest = rest.args[0]
        parts.append(flattened(rest))
        return (Sum if formula.op is ops.add else Product)(tuple(parts[::-1]))
    return Apply(formula.op, tuple(map(flattened, formula.args)))


def abridged(
    items: Sequence[Any], most: int, show: Callable[[Any], Any] = lambda item: item, gap: Any = DOTS
) -> tuple[Any, ...]:
    """Return what `show` gives for each item; of more than `most`, the middle is left out, with `gap` in its place.

    >>> abridged("abcdef", 4, str.upper, "{} more")
    ('A', 'B', '2 more', 'E', 'F')
    """
    first, left_out, last = ends(items, most)
    middle = [gap.format(left_out) if isinstance(gap, str) else gap] if left_out else []
    return (*map(show, first), *middle, *map(show, last))


def shortened(formula: Formula) -> Formula:
    """Return a formula with the middle of a long sum left out."""
    if isinstance(formula, Sum) and len(formula.terms) > MAX_TERMS:
        return Sum((*formula.terms[:FIRST_TERMS], DOTS, *formula.terms[-LAST_TERMS:]))
    if isinstance(formula, Apply) and formula.op is ops.div:
        return Apply(ops.div, tuple(map(shortened, formula.args)))
    return formula


def with_numbers(formula: Formula) -> Formula:
    """Return a formula with the number of each node in the place of its name.

    >>> x = Value(-0.5, "x")
    >>> write(with_numbers(node_formula(x * 3, {x: Name("x", 0, x)})))
    '(−0.5) × 3'
    """
    if isinstance(formula, Symbol):
        node = getattr(formula.name, "key", None)
        return node.data if isinstance(node, Value) else formula
    if isinstance(formula, Sum):
        return Sum(tuple(map(with_numbers, formula.terms)))
    if isinstance(formula, Product):
        return Product(tuple(map(with_numbers, formula.factors)))
    if isinstance(formula, Apply):
        args = tuple(map(with_numbers, formula.args))
        return -args[0] if formula.op is ops.neg and not isinstance(args[0], Expr) else Apply(formula.op, args)
    return formula


def evaluation_stages(formula: Formula) -> list[Formula]:
    """Return a formula in numbers, then worked out from the inside, stage by stage; the last stage is the result.

    Where a stage cannot be computed, as after an overflow, it and those after it are missing.

    >>> x = Value(0.0275, "x")
    >>> stages = evaluation_stages(IN_SIMPLER_OPERATIONS[ops.sigmoid](Symbol(Name("x", 0, x))))
    >>> [write(stage) for stage in stages]
    ['1/(1 + exp(−0.0275))', '1/(1 + 0.972875)', '1/1.97287', '0.506875']
    """
    stages = [with_numbers(formula)]
    while isinstance(stages[-1], Expr):
        try:
            following = _next_stage(stages[-1])
        except (ArithmeticError, ValueError):
            break
        if alike(following, stages[-1]):
            break
        if write(following) == write(stages[-1]):
            stages.pop()
        stages.append(following)
    return stages


def _next_stage(formula: Formula) -> Formula:
    """Return a formula with each operation on numbers alone worked out."""
    if isinstance(formula, Sum):
        return _joined(Sum, ops.add, formula.terms)
    if isinstance(formula, Product):
        return _joined(Product, ops.mul, formula.factors)
    if isinstance(formula, Apply):
        if not any(isinstance(arg, Expr) for arg in formula.args):
            return formula.op(*formula.args)  # of numbers, a number
        return Apply(formula.op, tuple(map(_next_stage, formula.args)))
    return formula


def _joined(kind: type[Sum | Product], op: Op, parts: Sequence[Formula]) -> Formula:
    if any(isinstance(part, Expr) for part in parts):
        return kind(tuple(map(_next_stage, parts)))
    return reduce(op, parts)


def stages_to_result(formula: Formula, result: Any) -> list[Formula]:
    """Return the stages of a formula and then the recorded result, each that looks like the one before left out."""
    found = evaluation_stages(formula)
    if not isinstance(found[-1], Expr):
        found.pop()
    found.append(result)
    return [found[0], *(stage for before, stage in pairwise(found) if write(stage) != write(before))]


def checked_rate(rate: Any) -> Any:
    """Return a learning rate, which is any finite number; else raise OperandError or ArgumentError."""
    try:
        rate = checked_number(rate)
    except OperandError:
        raise OperandError(f"lr is the learning rate, a number such as 0.5, not {rate!r}") from None
    if not abs(rate) < float("inf"):
        raise ArgumentError(f"lr is the learning rate, a finite number such as 0.5, not {figures.number(rate)}")
    return rate
