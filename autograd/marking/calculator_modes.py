"""A formula as a calculator in another mode computes it: an angle in degrees, a logarithm to another base."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, NumberNode
from autograd.marking.edited_formula import Edit
from autograd.marking.messages import Mistake, formula_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from autograd.claims.tree import Node
    from autograd.marking.edited_formula import EditedFormula

ANGLES, LOGARITHMS = ("sin", "cos", "tan"), ("ln", "log")  # functions that a calculator has in several modes
BASES = (10, 2)


def other_functions(formula: EditedFormula) -> Iterator[Edit]:
    """Yield it as a calculator in another mode computes it: an angle in degrees, a logarithm to another base."""
    yield from _in_mode(formula, ANGLES, _in_degrees, "the angle is taken in degrees: {} is meant in radians")
    for base in BASES:
        said = f"the logarithm is taken to the base {base}: {{}} is the natural one"
        yield from _in_mode(formula, LOGARITHMS, partial(_to_base, base), said)


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
