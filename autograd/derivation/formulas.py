"""From a graph to the formulas that a derivation writes down: in names, in numbers, and worked out.

A node is *written out* as what it was computed from, an edge as its local derivative; the same formula
is then given in numbers, and worked out innermost first as one does with a pencil. The numbers are
carried at full precision and are rounded only when they are written.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from autograd.engine.graph import local_formula, names
from autograd.engine.undefined import Undefined
from autograd.engine.value import Value, checked_number, describe
from autograd.errors import ArgumentError, OperandError, StaleGraphError
from autograd.formatting import figures
from autograd.formatting.terminal import short
from autograd.symbolic.equations import DOTS, Product, Sum
from autograd.symbolic.expr import Apply, Expr, Formula, Symbol, alike, written
from autograd.symbolic.names import Name
from autograd.symbolic.printer import write
from autograd.symbolic.simplify import simplified
from autograd.table import ops
from autograd.table.ops import VARIADIC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LONGEST_LABEL = 32
MOST_TERMS = 12  # of a sum that is written out; of more, the first and the last
FIRST_TERMS, LAST_TERMS = 5, 2

# How a function is worked out by hand, in operations of the table; they have no derivative of their own here.
BY_HAND = {
    ops.sigmoid: lambda x: 1 / (1 + ops.exp(-x)),
    ops.softplus: lambda x: ops.log(1 + ops.exp(x)),
    ops.tanh: lambda x: _tanh(ops.exp(x), ops.exp(-x)),
}


def _tanh(up: Any, down: Any) -> Any:
    return (up - down) / (up + down)


def called(root: Value, reading: Sequence[Value] | None = None) -> dict[Value, Name]:
    """What each node is called: as in every view, and numbered where several have the same label.

    >>> a, b = Value(1.0, "x"), Value(2.0, "x")
    >>> [write(Symbol(name)) for name in called(a * b).values()]
    ['x#1', 'x#2', 'v1']
    """
    shown = {node: short(name, LONGEST_LABEL) for node, name in names(root).items()}
    uses = Counter(shown.values())
    turns: Counter[str] = Counter()
    found = {}
    for node in reading or reading_order(root):
        name, turn = shown[node], 0
        if uses[name] > 1:
            turns[name] += 1
            turn = turns[name]
        found[node] = Name(name, turn, node)
    return found


def reading_order(root: Value) -> list[Value]:
    """Every node after its parents, the first operand's branch first: as a person writes them down.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> [node.label for node in reading_order(a * b)]
    ['a', 'b', '']
    """
    order: list[Value] = []
    seen: set[Value] = set()
    waiting: list[Value | None] = [root]
    while waiting:
        node = waiting.pop()
        if node is None:  # everything before the node under this mark has been written down
            order.append(waiting.pop())  # type: ignore[arg-type] # below a mark there is a node
        elif node not in seen:
            seen.add(node)
            waiting += [node, None, *(parent for parent, _ in reversed(node.edges()) if parent not in seen)]
    return order


# -- In names --------------------------------------------------------------------------------------


def written_out(node: Value, names: Mapping[Value, Name]) -> Formula:
    """What the node was computed as, in its operands' names.

    >>> x = Value(2.0, "x"); y = x * 3 + x; y.label = "y"
    >>> write(written_out(y, called(y)))
    'v1 + x'
    """
    if node.op is None:
        return Symbol(names[node])
    args = [Symbol(names[v]) if isinstance(v, Value) else v for v in node.operands]
    if node.op is ops.mul:  # x·x has two operands, which a derivation tells apart
        return Product(tuple(args))
    return shortened(flat(written(node.op, args)))


def local(node: Value, index: int, names: Mapping[Value, Name]) -> Formula:
    """The local derivative along the index-th edge, in the operands' names.

    >>> o = Value(0.4, "net").sigmoid(); o.label = "o"
    >>> write(local(o, 0, called(o)))
    'o·(1 − o)'
    """
    return flat(simplified(local_formula(node, index, names)))


def flat(formula: Formula) -> Formula:
    """The same with a sum as one list of terms and a product as one list of factors, however long.

    >>> a, b, c = map(Symbol, "abc")
    >>> len(flat(a + b + c).terms), len(flat(a * b * c).factors)
    (3, 3)
    """
    if not isinstance(formula, Apply):
        return formula
    if formula.op is ops.mul and isinstance(formula.args[0], Expr) and alike(*formula.args):
        return Apply(ops.pow, (flat(formula.args[0]), 2))
    if formula.op in (ops.add, ops.mul):
        parts: list[Formula] = []
        rest: Formula = formula
        while isinstance(rest, Apply) and rest.op is formula.op:
            parts.append(flat(rest.args[1]))
            rest = rest.args[0]
        parts.append(flat(rest))
        parts.reverse()
        return Sum(tuple(parts)) if formula.op is ops.add else Product(tuple(parts))
    return Apply(formula.op, tuple(map(flat, formula.args)))


def shortened(formula: Formula, most: int = MOST_TERMS) -> Formula:
    """The formula with the middle of a long sum left out."""
    if isinstance(formula, Sum) and len(formula.terms) > most:
        return Sum((*formula.terms[:FIRST_TERMS], DOTS, *formula.terms[-LAST_TERMS:]))
    if isinstance(formula, Apply) and formula.op is ops.div:
        return Apply(ops.div, tuple(shortened(arg, most) for arg in formula.args))
    return formula


# -- In numbers ------------------------------------------------------------------------------------


def in_numbers(formula: Formula) -> Formula:
    """The formula with every node's number in the place of its name.

    >>> x = Value(-0.5, "x"); y = x * 3
    >>> write(in_numbers(written_out(y, called(y))))
    '(−0.5) × 3'
    """
    if isinstance(formula, Symbol):
        node = getattr(formula.name, "key", None)
        return node.data if isinstance(node, Value) else formula
    if isinstance(formula, Sum):
        return Sum(tuple(map(in_numbers, formula.terms)))
    if isinstance(formula, Product):
        return Product(tuple(map(in_numbers, formula.factors)))
    if isinstance(formula, Apply):
        args = tuple(map(in_numbers, formula.args))
        return -args[0] if formula.op is ops.neg and not isinstance(args[0], Expr) else Apply(formula.op, args)
    return formula


def worked_out(formula: Formula) -> list[Formula]:
    """The formula in numbers, worked out innermost first; the last is the result.

    What cannot be worked out (an overflow on the way) is left out, and so is the result then.

    >>> x = Value(0.0275, "x")
    >>> steps = worked_out(BY_HAND[ops.sigmoid](Symbol(called(x)[x])))
    >>> [write(step) for step in steps]
    ['1/(1 + exp(−0.0275))', '1/(1 + 0.972875)', '1/1.97287', '0.506875']
    """
    stages = [in_numbers(formula)]
    while isinstance(stages[-1], Expr):
        try:
            following = _one_stage(stages[-1])
        except (ArithmeticError, ValueError):
            break
        if alike(following, stages[-1]):
            break
        if write(following) == write(stages[-1]):
            stages.pop()
        stages.append(following)
    return stages


def _one_stage(formula: Formula) -> Formula:
    """Whatever stands with numbers only, worked out."""
    if isinstance(formula, Sum):
        return _joined(Sum, ops.add, formula.terms)
    if isinstance(formula, Product):
        return _joined(Product, ops.mul, formula.factors)
    if isinstance(formula, Apply):
        if not any(isinstance(arg, Expr) for arg in formula.args):
            return formula.op(*formula.args)  # type: ignore[no-any-return] # of numbers, a number
        return Apply(formula.op, tuple(map(_one_stage, formula.args)))
    return formula


def _joined(kind: type[Sum | Product], op: Any, parts: Sequence[Formula]) -> Formula:
    if any(isinstance(part, Expr) for part in parts):
        return kind(tuple(map(_one_stage, parts)))
    result: Any = parts[0]
    for part in parts[1:]:
        result = op(result, part)
    return result  # type: ignore[no-any-return] # of numbers, a number


def stages(formula: Formula, result: Any) -> list[Formula]:
    """In numbers, then worked out, then the engine's own result; what looks the same is said once."""
    found = worked_out(formula)
    if not isinstance(found[-1], Expr):
        found.pop()
    shown: list[Formula] = []
    for stage in [*found, result]:
        if not shown or write(stage) != write(shown[-1]):
            shown.append(stage)
    return shown


# -- What must hold before a number is written down --------------------------------------------------


def check_fresh(node: Value) -> None:
    """Raise StaleGraphError if the node's numbers are not those of its operands as they are now."""
    if node.op is None:
        return
    numbers = [v.data if isinstance(v, Value) else v for v in node.operands]
    places = [place for place, v in enumerate(node.operands) if isinstance(v, Value)]
    now = _tried(partial(node.op.forward, *numbers))
    pairs = [(node.data, now)]
    if node.op.arity == VARIADIC:
        every = node.op.partials[0](now, *numbers)
        pairs += [(recorded, every[place]) for place, (_, recorded) in zip(places, node.edges())]
    else:
        for place, (_, recorded) in zip(places, node.edges()):
            pairs.append((recorded, _tried(partial(node.op.partials[place], now, *numbers))))
    if not all(isinstance(a, Undefined) or a == b or (a != a and b != b) for a, b in pairs):
        shown = ", ".join(describe(operand) for operand in node.operands[:4])
        raise StaleGraphError(
            f"{describe(node)} was computed as {node.op.name.replace('_', ' ')} of other numbers than its operands "
            f"hold now ({shown}): a derivation would not add up; compute the expression again first"
        )


def _tried(what: Callable[[], Any]) -> Any:
    """A number; None where there is none."""
    try:
        return what()
    except (ArithmeticError, ValueError, TypeError):
        return None


def checked_rate(rate: Any) -> Any:
    """A learning rate: any finite number."""
    try:
        rate = checked_number(rate)
    except OperandError:
        raise OperandError(f"lr is the learning rate, a number such as 0.5, not {rate!r}") from None
    if not abs(rate) < float("inf"):
        raise ArgumentError(f"lr is the learning rate, a finite number such as 0.5, not {figures.number(rate)}")
    return rate
