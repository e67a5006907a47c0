"""A formula as a person would write it: factors gathered and cancelled, like terms added, known names put in.

A formula is taken apart into a `PowerProduct`: a number times powers of *factors*. A sum is a factor too, after what
its terms have in common was taken out of it: p − p² is p·(1 − p). So −1/p·(p − p²) becomes p − 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby, starmap
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, NameNode, NegativeNode, NumberNode
from autograd.marking.tree_parts import tree_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from autograd.claims.tree import Node

MAX_DIGITS = 6  # of a number that is not written as a fraction
MAX_DIVISOR = 99  # of a fraction
MAX_EXPONENT = 99  # whole exponents that are added up


@dataclass
class PowerProduct:
    """A number times powers of factors; `factors` has by its key each factor and its exponent."""

    number: Fraction = Fraction(1)
    factors: dict[object, tuple[Node, Fraction]] = field(default_factory=dict)

    def times(self, other: PowerProduct, power: Fraction | int = 1) -> PowerProduct:
        """Return the product with a power of another; only a whole power of one with a number in it."""
        number = self.number if other.number == 1 else self.number * other.number ** int(power)
        made = PowerProduct(number, dict(self.factors))
        for key, (factor, exponent) in other.factors.items():
            total = made.factors.get(key, (factor, Fraction(0)))[1] + power * exponent
            if total == 0:
                made.factors.pop(key, None)
            else:
                made.factors[key] = (factor, total)
        return made


class Tidier:
    """The names that stand for parts of a formula, and the sums in it that stay as they were written.

    `names` are trees that have a name. `written` are sums that are not taken apart: those of the writer.
    """

    def __init__(self, names: Mapping[str, Node] | None = None, written: Collection[Node] = ()) -> None:
        self.written = {id(part) for part in written}
        self.kept = list(written)  # so that no other part has the id of one of them
        self.by_key: dict[object, str] = {}
        self.quotients: list[tuple[str, PowerProduct]] = []
        for name, tree in (names or {}).items():
            found = self.product(tree) if isinstance(tree, BinaryNode) and tree.operator == "/" else PowerProduct()
            if len(found.factors) > 1:
                self.quotients.append((name, found))
            self.by_key.setdefault(tree_key(tree), name)

    def tidied(self, tree: Node) -> Node:
        """Return a formula as a person would write it; as it is where it has no number at all, 1/0."""
        try:
            return self.written_out(self.product(tree))
        except (ValueError, ZeroDivisionError):
            return tree

    # -- Taken apart ----------------------------------------------------------------------------

    def product(self, tree: Node) -> PowerProduct:
        """Return a formula as a product."""
        name = self.by_key.get(tree_key(tree)) if isinstance(tree, (BinaryNode, CallNode)) else None
        if name is not None:
            return _factor(NameNode(name, NOWHERE))
        if isinstance(tree, NumberNode):
            return PowerProduct(Fraction(tree.text))
        if isinstance(tree, NegativeNode):
            return PowerProduct(Fraction(-1)).times(self.product(tree.operand))
        if isinstance(tree, BinaryNode) and tree.operator in "*/":
            power = 1 if tree.operator == "*" else -1
            return self._named(self.product(tree.left).times(self.product(tree.right), power))
        if isinstance(tree, BinaryNode) and tree.operator == "^":
            exponent, base = syntax.single_number(tree.right), self.product(tree.left)
            is_plain = base.number == 1 and [power for _, power in base.factors.values()] == [1]
            if exponent is not None and abs(exponent.value) <= MAX_EXPONENT and (exponent.exact or is_plain):
                return PowerProduct().times(base, Fraction(exponent.text))  # (x²)^0.5 is |x|
        if isinstance(tree, BinaryNode) and tree.operator in "+-" and id(tree) not in self.written:
            return self._sum(tree)
        return _factor(tree)

    def _named(self, product: PowerProduct) -> PowerProduct:
        """Return a product with a name for each quotient in it that has one."""
        for name, quotient in self.quotients:
            while all(
                product.factors.get(key, (factor, Fraction(0)))[1] / exponent >= 1
                for key, (factor, exponent) in quotient.factors.items()
            ):
                product = product.times(quotient, -1).times(_factor(NameNode(name, NOWHERE)))
        return product

    def _sum(self, tree: Node) -> PowerProduct:
        """Return a sum as a product of what its terms have in common, and the rest of it."""
        found = _like_terms_added(self._terms(tree))
        if len(found) < 2:
            return found[0] if found else PowerProduct(Fraction(0))
        common = _common(found)
        rest = [self._named(term.times(common, -1)) for term in found]
        inside = _like_terms_added(inner for term in rest for inner in self._opened(term))
        if len(inside) < len(rest):
            rest = inside
        if len(rest) < 2:
            return common.times(rest[0]) if rest else PowerProduct(Fraction(0))
        rest.sort(key=lambda term: term.number < 0)  # p − 1 and not −1 + p; otherwise as they stood
        whole = self.written_out(rest[0])
        for term in rest[1:]:
            positive = PowerProduct(abs(term.number), term.factors)
            whole = BinaryNode("+" if term.number > 0 else "-", whole, self.written_out(positive), NOWHERE)
        return common.times(_factor(whole))

    def _opened(self, term: PowerProduct) -> Iterable[PowerProduct]:
        """Yield the terms of a bracket: a and −b for a − b."""
        if len(term.factors) == 1:
            ((factor, exponent),) = term.factors.values()
            if exponent == 1 and isinstance(factor, BinaryNode) and factor.operator in "+-":
                yield from (PowerProduct(term.number).times(inner) for inner in self._terms(factor))
                return
        yield term

    def _terms(self, tree: Node) -> Iterable[PowerProduct]:
        """Yield the terms of a sum, a minus sign in the number of each."""
        waiting = [(tree, 1)]
        while waiting:
            part, sign = waiting.pop()
            if isinstance(part, BinaryNode) and part.operator in "+-":
                waiting += [(part.right, sign if part.operator == "+" else -sign), (part.left, sign)]
            elif isinstance(part, NegativeNode):
                waiting.append((part.operand, -sign))
            else:
                yield PowerProduct(Fraction(sign)).times(self.product(part))

    # -- Put together ---------------------------------------------------------------------------

    def written_out(self, product: PowerProduct) -> Node:
        """Return a product as a formula: one fraction, its number in front, −(t − o) as o − t."""
        number, factors = product.number, _names_before_calls(list(product.factors.values()))
        if number < 0:
            for at, (factor, exponent) in enumerate(factors):
                if exponent == 1 and isinstance(factor, BinaryNode) and factor.operator == "-":
                    factors[at] = (BinaryNode("-", factor.right, factor.left, factor.place), exponent)
                    number = -number
                    break
        above, below = _number_as_fraction(abs(number))
        top = [number_node(above)] * (above != 1) + list(starmap(_power, ((f, e) for f, e in factors if e > 0)))
        bottom = [number_node(below)] * (below != 1) + list(starmap(_power, ((f, -e) for f, e in factors if e < 0)))
        whole = _joined(top)
        if bottom:
            whole = BinaryNode("/", whole, _joined(bottom), NOWHERE)
        return NegativeNode(whole) if number < 0 else whole


def tidied(tree: Node) -> Node:
    """Return a formula as a person would write it, without the names of a sheet.

    >>> from autograd.marking.messages import formula_text
    >>> from autograd.sheet.program import read
    >>> formula_text(tidied(read("y = -1/p*(p*1 - p*p)", ["p"]).statements[0].segments[1].tree))
    'p − 1'
    """
    return Tidier().tidied(tree)


def _factor(tree: Node) -> PowerProduct:
    return PowerProduct(factors={tree_key(tree): (tree, Fraction(1))})


def _like_terms_added(terms: Iterable[PowerProduct]) -> list[PowerProduct]:
    """Return the terms of a sum, those with the same factors added up."""
    found: dict[object, PowerProduct] = {}
    for term in terms:
        key = frozenset((key, exponent) for key, (_, exponent) in term.factors.items())
        before = found.get(key, PowerProduct(Fraction(0)))
        found[key] = PowerProduct(before.number + term.number, term.factors)
    return [term for term in found.values() if term.number]


def _common(terms: list[PowerProduct]) -> PowerProduct:
    """Return what all terms of a sum have in common; of numbers, one that is the same in all."""
    sizes = {abs(term.number) for term in terms}
    common = PowerProduct(sizes.pop() if len(sizes) == 1 else Fraction(1))
    for key, (factor, _) in terms[0].factors.items():
        exponents = [term.factors.get(key, (factor, Fraction(0)))[1] for term in terms]
        if all(exponent > 0 for exponent in exponents) or all(exponent < 0 for exponent in exponents):
            common.factors[key] = (factor, min(exponents))
    return common


def _names_before_calls(factors: list[tuple[Node, Fraction]]) -> list[tuple[Node, Fraction]]:
    """Return factors with x·cos(x) in place of cos(x)·x; brackets and derivatives stay where they are."""
    found: list[tuple[Node, Fraction]] = []
    for is_simple, group in groupby(factors, key=lambda pair: isinstance(pair[0], (NameNode, CallNode))):
        run = list(group)
        found += sorted(run, key=lambda pair: isinstance(pair[0], CallNode)) if is_simple else run
    return found


def _power(factor: Node, exponent: Fraction) -> Node:
    return factor if exponent == 1 else BinaryNode("^", factor, number_node(exponent), NOWHERE)


def _joined(factors: list[Node]) -> Node:
    whole = factors[0] if factors else syntax.whole_number(1)
    for factor in factors[1:]:
        whole = BinaryNode("*", whole, factor, NOWHERE)
    return whole


def _number_as_fraction(number: Fraction) -> tuple[Fraction, Fraction]:
    """Return a positive number as it is written: 3/4 and 2/3 as fractions, 0.05 and 1.25 as decimals."""
    text = f"{float(number):.12g}"
    if number.denominator <= 4 or len(text) > MAX_DIGITS:
        near = number.limit_denominator(MAX_DIVISOR)
        if math.isclose(near, number, rel_tol=1e-9):
            return Fraction(near.numerator), Fraction(near.denominator)
    return number, Fraction(1)


def number_node(number: Fraction | float) -> NumberNode:
    """Return a positive number as a node that was read nowhere."""
    text = f"{float(number):.12g}"
    return NumberNode(text, float(text), 10.0 ** -len(text.partition(".")[2]))
