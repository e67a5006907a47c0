"""A formula as a calculator in another mode computes it: an angle in degrees, a logarithm to another base."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, NumberNode
from autograd.marking.edited_formula import Edit
from autograd.marking.messages import Mistake, formula_text
from autograd.marking.tidy import PowerProduct, Tidier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from autograd.claims.tree import Node
    from autograd.marking.edited_formula import EditedFormula

ANGLES, LOGARITHMS = ("sin", "cos", "tan"), ("ln", "log")  # functions that a calculator has in several modes
BASES = (10, 2)
PI, HALF_TURN = ("π", "pi"), 180


def other_functions(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it as a calculator in another mode computes it: an angle in degrees, a logarithm to another base."""
    yield from _in_mode(formula, ANGLES, _in_degrees, "the angle is taken in degrees: {} is meant in radians")
    yield from in_radians(formula)
    for base in BASES:
        said = f"the logarithm is taken to the base {base}: {{}} is the natural one"
        yield from _in_mode(formula, LOGARITHMS, partial(_to_base, base), said)


def in_radians(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it without the π/180 of its angles: what belongs there is in radians, or was meant in degrees."""
    changed = {id(part): new for part in formula.parts.distinct if (new := _without_degree(part)) is not None}
    if changed:
        shown = formula_text(next(part for part in formula.parts.distinct if id(part) in changed))
        undone = Mistake("the calculator", f"the angle is taken in degrees in {shown}: it is meant in radians")
        done = Mistake("the calculator", f"the π/180 in {shown} is left out: the angle is meant in degrees")
        yield Edit(formula, changed, lambda: (undone, done))


def _without_degree(part: Node) -> Node | None:
    """Return cos(x) for cos(x·π/180), however the π is written; None for anything else."""
    if not isinstance(part, CallNode) or part.function not in ANGLES or part.primes:
        return None
    tidier = Tidier()
    try:
        angle = tidier.product(part.args[0])
    except (ValueError, ZeroDivisionError):
        return None
    number, factors = angle.number * HALF_TURN, dict(angle.factors)
    name = next((name for name in PI if name in factors and factors[name][1] == 1), None)
    if name is not None:
        del factors[name]
    else:
        number = round(number / Fraction(math.pi), 2)  # 3.14/180, 0.01745
    if number.denominator > 1 or not 0 < abs(number) < HALF_TURN:
        return None
    return CallNode(part.function, (tidier.written_out(PowerProduct(number, factors)),), part.place)


def _in_mode(
    formula: EditedFormula, functions: Sequence[str], change: Callable[[CallNode], Node], said: str
) -> Iterator[Edit]:
    def is_meant(part: Node) -> bool:
        return isinstance(part, CallNode) and part.function in functions and not part.primes

    tree = formula.parts.tree
    calls = [part for part in formula.parts.distinct if is_meant(part)]
    if calls:
        changed = syntax.map_nodes(tree, lambda part: change(part) if is_meant(part) else part)  # type: ignore[arg-type] # a call
        mistake = Mistake("the calculator", said.format(formula_text(calls[0])))
        yield Edit(formula, {id(tree): changed}, lambda: (mistake, mistake))


def _in_degrees(call: CallNode) -> Node:
    radian = NumberNode("0.017453292519943295", math.pi / 180, 1e-18)
    return CallNode(call.function, (BinaryNode("*", call.args[0], radian, NOWHERE),), call.place)


def _to_base(base: int, call: CallNode) -> Node:
    return BinaryNode("/", call, CallNode("ln", (syntax.whole_number(base),), NOWHERE), NOWHERE)
