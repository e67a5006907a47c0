"""Doubts about a claim that could be judged: a figure that stands for something else, or is rounded more than once.

Each function returns the reason why a claim is not judged; an empty text where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.tree import DerivativeNode, NameNode, NumberNode, single_number
from autograd.notes.chains import ABOUT
from autograd.notes.meanings import ROUNDED_DIGITS, is_far, is_mixed, number_of, substitution
from autograd.notes.unfolding import names_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.claims.tree import Node
    from autograd.notes.chains import Member

EQUAL = 1e-9  # relative; results of floats
NEAR = 1e-3  # relative; formulas that are so near at the note's numbers differ by what was rounded in these


def number_for_another(tree: Node, first: Node, value: float | None) -> str:
    """Return why a number may be said in passing: y = 1 of a prediction, a + b = 10, 0 = 2 of a contradiction."""
    number = single_number(tree)
    if number is None or isinstance(first, DerivativeNode) or value is None or not is_far(number.value, value):
        return ""
    if names_of(first):
        is_passing = is_whole(number) or number.digits < ROUNDED_DIGITS
    else:
        is_passing = single_number(first) is not None or number.text.endswith(".")
    return "it may be an equation, or another value than the one that is computed" if is_passing else ""


def equation(tree: Node, first: Node, value: float | None) -> str:
    """Return why arithmetic after an expression may be what it is to be, and not what it is: √n = 1.28/0.02."""
    is_expression = not isinstance(first, (NameNode, DerivativeNode)) and bool(names_of(first))
    if not is_expression or single_number(tree) is not None or substitution(first, tree):
        return ""
    number = number_of(tree, {})
    is_other = value is not None and number is not None and is_far(number, value)
    return "it may be an equation, or another value than the one that is computed" if is_other else ""


def longer_given(tree: Node, given: Node) -> str:
    """Return why a given that stands again with other digits is no claim: 0.3 and then 0.3033, after a step."""
    number, first = single_number(tree), single_number(given)
    if number is None or first is None or abs(number.value - first.value) <= 0.51 * number.unit * (not number.exact):
        return ""
    return f"it is given as {first.text}"


def rounded_figures(tree: Node, before: Sequence[Node]) -> str:
    """Return why arithmetic may give a number: its figures are rounded ones, as in 66.667/7.3333 = 9.0909.

    `before` are the members before it, with numbers for their names.
    """
    value = number_of(tree, {})
    number = single_number(tree)
    if value is None or (number is not None and number.exact):
        return ""
    own = number.unit / 2 if number is not None else _reach(tree, value)
    for figures in before:
        source = number_of(figures, {})
        if source is None or single_number(figures) is not None:
            continue
        off = abs(value - source)
        if (number.unit / 2 if number is not None else EQUAL * abs(value)) < off <= own + _reach(figures, source):
            return "the figures before it are rounded, and can give it"
    return ""


def about_the_same(tree: Node, before: Sequence[Member]) -> str:
    """Return why a number beside another one, with ≈ between them, is no claim to its last digit: 35.98 ≈ F = 35.97."""
    number = single_number(tree)
    for at, member in enumerate(before):
        other = member.tree and single_number(member.tree)
        if not number or not other or all(m.relation != ABOUT for m in before[at + 1 :]):
            continue
        off = abs(number.value - other.value)
        if off > number.unit / 2 and not is_far(number.value, other.value, 0.01):
            return "≈ stands between it and another number"
    return ""


def is_whole(number: NumberNode) -> bool:
    """Return whether a number is written as a whole one, be it after ≈."""
    return number.exact or number.text.endswith(".")


def _reach(tree: Node, value: float) -> float:
    """Return how far a result can be off because the figures in it are rounded."""
    total = 0.0
    for node in syntax.walk(tree):
        if (
            isinstance(node, NumberNode)
            and (node.digits >= ROUNDED_DIGITS or node.text.endswith("."))
            and not node.exact
        ):
            other = NumberNode(node.text, node.value + node.unit / 2, node.unit)
            moved = number_of(syntax.map_nodes(tree, lambda n, node=node, other=other: other if n is node else n), {})  # type: ignore[misc] # the defaults
            total += 0.0 if moved is None else abs(moved - value)
    return total


def other_numbers(tree: Node, before: Node, values: Mapping[str, float]) -> str:
    """Return why a substitution is about other numbers: it has others for every name, or for a count."""
    pairs = [(name, single_number(figure), values.get(name)) for name, figure in substitution(before, tree)]
    known = [(name, number, value) for name, number, value in pairs if number is not None and value is not None]
    others = [(name, number, value) for name, number, value in known if is_far(number.value, value)]
    whole = [triple for triple in others if triple[1].exact and float(triple[2]).is_integer()]  # n = 25, where n was 3
    if not whole and (not others or len(others) < len(known)):
        return ""
    name, number, value = (whole or others)[0]
    return f"it has {number.text} for {name}, which is {value:.6g}"


def names_beside_figures(tree: Node, first: Node) -> str:
    """Return why a formula that has names beside rounded figures, 0.01503·h1·(1 − h1), is not compared."""
    return "it has names and rounded figures" if is_mixed(tree) or is_mixed(first) else ""


def true_of_these_numbers(tree: Node, first: Node, values: Mapping[str, float], elsewhere: Mapping[str, float]) -> str:
    """Return why formulas that are equal at the note's numbers only may be right: a given was computed from others."""
    here = number_of(tree, values), number_of(first, values)
    there = number_of(tree, elsewhere), number_of(first, elsewhere)
    if None in here or None in there:
        return ""
    is_near = not is_far(here[0], here[1], NEAR)  # type: ignore[arg-type] # no None
    return "it is so for these numbers only" if is_near and is_far(there[0], there[1], NEAR) else ""  # type: ignore[arg-type]
