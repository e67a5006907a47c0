"""Arithmetic compared with the formula that it puts in numbers: which number is not the one that belongs there.

`0.596·0.239·0.511` for `dE/do1 · do1/dnet · h1` is compared with the figures of the formula, factor by factor and
term by term, in any order. What is left over on one side or on both is the mistake.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from autograd.claims.tree import BinaryNode, CallNode, NegativeNode, single_number, walk
from autograd.engine.value import Value
from autograd.formatting import figures
from autograd.marking.intervals import Interval, around, written_interval
from autograd.marking.messages import Mistake, formula_text, name_kind
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from autograd.claims.tree import Node
    from autograd.marking.own_figures import OwnFigures

MAX_FOLDED = 6  # factors of which some may have been multiplied to one number
MAX_PARTS = 80  # of the arithmetic, and of what it puts in numbers

_KINDS = {"+": "sum", "-": "sum", "*": "product", "/": "product"}
_OPERATORS = {ops.add: "+", ops.total: "+", ops.sub: "-", ops.mul: "*", ops.div: "/"}


class Quantity(NamedTuple):
    """A number, a product or a sum, with its interval; a number that was written has its significant `digits`."""

    kind: str  # "number", "product", "sum", "other"
    interval: Interval
    text: str
    parts: tuple[Quantity, ...] = ()
    name: str = ""
    digits: int = 0


def substitution_mistake(tree: Node, base: Value, own: OwnFigures) -> Mistake | None:
    """Return the one number, factor or term of the arithmetic that is not the base's; None where it is not one."""
    mine, theirs = _two_sides(tree, base, own)
    return None if mine is None or theirs is None else _compare(mine, theirs, own)


def is_substitution(tree: Node, value: Value, own: OwnFigures) -> bool:
    """Return whether the arithmetic is the value part by part, each number the figure that belongs there."""
    mine, theirs = _two_sides(tree, value, own)
    return mine is not None and theirs is not None and _same(mine, theirs)


def _two_sides(tree: Node, value: Value, own: OwnFigures) -> tuple[Quantity | None, Quantity | None]:
    if len(walk(tree)) > MAX_PARTS:
        return None, None
    return _quantity_of_tree(tree, own, value), _quantity_of_value(value, own, MAX_PARTS)


def _same(mine: Quantity, theirs: Quantity) -> bool:
    if not mine.interval.meets(theirs.interval):
        return False
    for kind in ("product", "sum"):
        if mine.kind == kind:
            left = [part for part in mine.parts if not _is_unit(part)]
            right = [part for part in _parts(theirs, kind) if not _is_unit(part)]
            if len(left) > len(right):
                return False
            left, right = _unmatched(left, right, _same_size if kind == "product" else _same_number)
            if len(left) == 1 and 1 < len(right) <= MAX_FOLDED:  # some of it worked out already
                if kind == "product":
                    return _product_of(right).meets(_size(left[0]))
                return Interval(*map(sum, zip(*(part.interval for part in right)))).meets(left[0].interval)
            return not left and not right
    return True


def _product_of(parts: Sequence[Quantity]) -> Interval:
    """Return the interval of the product of some factors, without their signs."""
    return Interval(*map(math.prod, zip(*map(_size, parts))))


def _same_number(a: Quantity, b: Quantity) -> bool:
    return a.interval.meets(b.interval)


def _same_size(a: Quantity, b: Quantity) -> bool:
    return _size(a).meets(_size(b))


def _quantity_of_tree(tree: Node, own: OwnFigures, near: Value) -> Quantity | None:
    result = own.compute(tree, near)
    if result is None:
        return None
    interval, text, number = own.rough_interval(result), formula_text(tree), single_number(tree)
    if number is not None:
        return Quantity("number", interval if number.exact else written_interval(number), text, digits=number.digits)
    if isinstance(tree, NegativeNode):
        return _joined("*", interval, text, [_number(-1.0), _quantity_of_tree(tree.operand, own, near)])
    if isinstance(tree, BinaryNode) and tree.operator in _KINDS:
        below = [_quantity_of_tree(operand, own, near) for operand in (tree.left, tree.right)]
        return _joined(tree.operator, interval, text, below)
    if isinstance(tree, CallNode) and tree.function == "sum":
        return _joined("+", interval, text, [_quantity_of_tree(arg, own, near) for arg in tree.args])
    return Quantity("other", interval, text)


def _quantity_of_value(value: Value, own: OwnFigures, most: int) -> Quantity | None:
    """Return the base in parts, down to the writer's figures; None where it is too large to compare."""
    name, text = value.label, figures.number(value.data)
    text = f"{name} = {text}" if name else text
    if value.op is None:
        return Quantity("number", around(value.data, own.halves.get(value, 0.0)), text, name=name)
    if most <= 0:
        return None
    interval = own.rough_interval(value)
    below = [_quantity_of_value(v, own, most // 2) if isinstance(v, Value) else _number(v) for v in value.operands]
    if value.op in _OPERATORS:
        return _joined(_OPERATORS[value.op], interval, text, below)
    if value.op is ops.neg:
        return _joined("*", interval, text, [_number(-1.0), below[0]])
    if value.op is ops.pow and value.operands[1] == 2:
        return _joined("*", interval, text, [below[0], below[0]])
    return Quantity("other", interval, text, name=name)


def _number(x: float) -> Quantity:
    return Quantity("number", around(float(x), 0.0), figures.number(float(x)).removesuffix(".0"))


def _joined(operator: str, interval: Interval, text: str, parts: list[Quantity | None]) -> Quantity | None:
    """Return a sum or a product of parts, those of the same kind taken apart; None where a part is not known."""
    if operator in "-/":
        parts = [parts[0], _minus(parts[1]) if operator == "-" else _inverse(parts[1])]
    flat: list[Quantity] = []
    for part in parts:
        if part is None:
            return None
        flat.extend(_parts(part, _KINDS[operator]))
    return Quantity(_KINDS[operator], interval, text, tuple(flat))


def _minus(part: Quantity | None) -> Quantity | None:
    if part is None:
        return None
    negative = part.interval.times(-1.0)
    if part.kind == "sum":
        return Quantity("sum", negative, part.text, tuple(p for p in map(_minus, part.parts) if p))
    return part._replace(interval=negative, text=_negated(part.text, negative.middle))


def _negated(text: str, number: float) -> str:
    """Return the text of minus a quantity: −x = −0.25 for x = 0.25, and 0.25 for −0.25."""
    name, equals, _ = text.partition(" = ")
    name = name.removeprefix(figures.MINUS) if name.startswith(figures.MINUS) else figures.MINUS + name
    return f"{name} = {figures.number(number)}" if equals else name


def _inverse(part: Quantity | None) -> Quantity | None:
    if part is None or part.interval.low <= 0 <= part.interval.high:
        return None
    w = part.interval
    text = part.text if part.kind == "number" else f"({part.text})"
    return Quantity("other", Interval(1 / w.high, 1 / w.middle, 1 / w.low), f"1/{text}", (), part.name)


def _compare(mine: Quantity, theirs: Quantity, own: OwnFigures) -> Mistake | None:
    if "product" in (mine.kind, theirs.kind) and "sum" not in (mine.kind, theirs.kind):
        return _compare_products(mine, theirs, own)
    if "sum" in (mine.kind, theirs.kind) and "product" not in (mine.kind, theirs.kind):
        return _compare_sums(mine, theirs, own)
    if mine.kind == theirs.kind == "number":
        return _compare_numbers(mine, theirs, own)
    return None


def _parts(part: Quantity, kind: str) -> list[Quantity]:
    return list(part.parts) if part.kind == kind else [part]


def _compare_products(mine: Quantity, theirs: Quantity, own: OwnFigures) -> Mistake | None:
    left, right = _unmatched(
        [p for p in _parts(mine, "product") if not _is_unit(p)],
        [p for p in _parts(theirs, "product") if not _is_unit(p)],
        _same_size,
    )
    left, right = _without_multiplied(left, right)
    if not left and not right:
        differs = (mine.interval.middle < 0) != (theirs.interval.middle < 0)
        return Mistake("sign", "the sign is the other way round") if differs else None
    if not left:
        return Mistake("a factor left out", f"the factor {' · '.join(p.text for p in right)} is left out")
    if not right and len(left) == 1:
        constant = left[0].text.removeprefix(figures.MINUS) in ("2", "0.5", "1/2")
        return Mistake("a constant" if constant else "a factor too many", f"the factor {left[0].text} is one too many")
    if len(left) == 1 and len(right) == 1:
        return _compare(left[0], right[0], own) or _wrong_figure(left[0], right)
    return _wrong_figure(left[0], right) if len(left) == 1 else None


def _compare_sums(mine: Quantity, theirs: Quantity, own: OwnFigures) -> Mistake | None:
    left, right = _unmatched(_parts(mine, "sum"), _parts(theirs, "sum"), _same_number)
    if not left and right:
        return Mistake("a path left out", f"the term {right[0].text} is left out") if len(right) == 1 else None
    if not right and len(left) == 1:
        return Mistake("a term too many", f"the term {left[0].text} is one too many")
    by_size = [sorted(parts, key=lambda part: abs(part.interval.middle)) for parts in (left, right)]
    if left and len(left) == len(right) and all(map(_opposite, *by_size)):
        if len(left) == len(_parts(mine, "sum")) == 2:
            return Mistake("swapped", f"{mine.text} stands where the difference is the other way round")
        return Mistake("sign", f"the sign of {left[0].text} is the other way round")
    if len(left) == 1 and len(right) == 1:
        return _compare(left[0], right[0], own) or _wrong_figure(left[0], right)
    return None


def _unmatched(
    mine: list[Quantity], theirs: list[Quantity], same: Callable[[Quantity, Quantity], bool]
) -> tuple[list[Quantity], list[Quantity]]:
    """Return what is left on either side when equal parts have been taken away, the closest pairs first."""
    pairs = sorted(
        (abs(abs(a.interval.middle) - abs(b.interval.middle)), i, j)
        for i, a in enumerate(mine)
        for j, b in enumerate(theirs)
        if same(a, b)
    )
    left, right = set(range(len(mine))), set(range(len(theirs)))
    for _, i, j in pairs:
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
    return [mine[i] for i in sorted(left)], [theirs[j] for j in sorted(right)]


def _without_multiplied(mine: list[Quantity], theirs: list[Quantity]) -> tuple[list[Quantity], list[Quantity]]:
    """Return what is left when factors that the writer has multiplied to one number are taken away too."""
    if len(mine) < 2 or len(theirs) > MAX_FOLDED:
        return mine, theirs
    for part in mine:
        for count in range(2, len(theirs)):
            for some in combinations(theirs, count):
                if _product_of(some).meets(_size(part)):
                    return [p for p in mine if p is not part], [p for p in theirs if p not in some]
    return mine, theirs


def _is_unit(part: Quantity) -> bool:
    return part.interval.low == part.interval.high and abs(part.interval.middle) == 1


def _size(part: Quantity) -> Interval:
    return part.interval if part.interval.middle >= 0 else part.interval.times(-1.0)


def _opposite(a: Quantity, b: Quantity) -> bool:
    return a.interval.middle * b.interval.middle < 0 and _size(a).meets(_size(b))


def _wrong_figure(mine: Quantity, theirs: Sequence[Quantity]) -> Mistake | None:
    """Return the mistake that one number stands for one or more others."""
    if mine.kind != "number":
        return None
    product = math.prod(abs(part.interval.middle) for part in theirs)
    digits = len(mine.text.partition(".")[2]) if "e" not in mine.text else 6
    shown = " · ".join(part.text.rpartition(" = ")[2] for part in theirs) + " = " if len(theirs) > 1 else ""
    here, sign = mine.text, figures.MINUS if not shown and theirs[0].interval.middle < 0 else ""
    if shown or sign:  # of factors, the signs are looked at by themselves; of two minus signs, none is the mistake
        here, sign = here.removeprefix(figures.MINUS), "" if here.startswith(figures.MINUS) else sign
    return Mistake("a figure", f"{here} stands where {shown}{sign}{product:.{digits}f} belongs")


def _compare_numbers(mine: Quantity, theirs: Quantity, own: OwnFigures) -> Mistake:
    """Return the mistake that a number is not the figure that belongs there, but perhaps another one."""
    here, belongs = _texts_apart(mine, theirs)
    if _opposite(mine, theirs):
        return Mistake("sign", f"{here} stands where {belongs} belongs: the sign is the other way round")
    if theirs.name:
        for name, figure in own.names.items():
            if name != theirs.name and own.interval(figure).low <= mine.interval.middle <= own.interval(figure).high:
                kind = name_kind(own.sheet, name, theirs.name) if theirs.name in own.names else "another name"
                return Mistake(kind, f"{here}, the figure of {name}, stands where {belongs} belongs")
        for (of, by), figure in own.derivatives.items():
            if f"d{of}/d{by}" != theirs.name and figure.data == mine.interval.middle:
                return Mistake("another gradient", f"{here}, the figure of d{of}/d{by}, stands where {belongs} belongs")
    return Mistake("a figure", f"{here} stands where {belongs} belongs")


def _texts_apart(mine: Quantity, theirs: Quantity) -> tuple[str, str]:
    """Return two numbers in words, with as many digits as it takes to see that they differ.

    What both subtract is shown as it is.
    """
    here, there = mine.text, theirs.interval.middle
    name, equals, _ = theirs.text.rpartition(" = ")
    if here.startswith(figures.MINUS) and name.startswith(figures.MINUS):
        here, name, there = here[1:], name[1:], -there
    figure = figures.apart(abs(mine.interval.middle), abs(there), max(figures.DIGITS, mine.digits))[1]
    return here, f"{name}{equals}{figures.MINUS if there < 0 else ''}{figure}"
