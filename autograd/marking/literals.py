"""What the numbers in a formula or in arithmetic stand for: exact numbers, or figures that were rounded."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograd.claims.interpreter import plain_number
from autograd.claims.tree import BinaryNode, CallNode, NegativeNode, NumberNode, walk
from autograd.engine.value import Value
from autograd.marking.intervals import half_unit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from autograd.claims.tree import Node
    from autograd.engine.graph import Graph

MIN_DIGITS = 2  # of a short number that may be somebody's rounded figure: 0.64 and 1.4, not 0.6
MAX_COARSE = 0.011  # unit of a number of one digit that may be: 0.03


@dataclass
class LiteralReader:
    """A reader of the numbers in one expression.

    `figures` are the figures of each number written so far. `halves` is how far either way a figure stands for; a
    figure that is met for the first time is added, and to `coarse` a short one. `near` is the graph of what the
    expression puts in numbers, if it does. `operands` are the ids of the numbers that something is worked out
    of (see `worked_out`).
    """

    figures: Mapping[float, Sequence[Value]]
    halves: dict[Value, float]
    near: Graph | None
    coarse: set[Value]
    operands: Collection[int] = ()
    _sizes: list[float] | None = None
    unsure: set[Value] = field(default_factory=set)
    _turns: Counter[Value] = field(default_factory=Counter)

    def read(self, number: NumberNode) -> Any:
        """Return what a number stands for.

        A whole number is exact. A given or a figure that was written before is that figure. Any other number of three
        or more digits was rounded by somebody, and so was a shorter one, of two digits or decimals, that rounds a node
        of `near`. Other short ones (½ as 0.5, a rate of 0.01) are exact.
        """
        if number.exact:
            return as_meant(number, self.operands)
        figures = [*self.figures.get(number.value, ()), *self.figures.get(-number.value, ())]  # −0.6 is minus 0.6
        halves = (0.0, half_unit(number))  # 0.0150 is not the figure 0.015
        known = [figure for figure in figures if self.halves.get(figure, 0.0) in halves]
        if known:
            figure = self._likeliest(known)
            return figure if figure.data == number.value else -figure
        if not is_significant(number) and not self._rounds_a_node(number):
            return as_meant(number, self.operands)
        literal = Value(number.value)
        self.halves[literal] = half_unit(number)
        if not is_significant(number):
            self.coarse.add(literal)
        return literal

    def _likeliest(self, known: list[Value]) -> Value:
        """Return one of the figures that have the same number: one of `near`, each in its turn, or else the coarsest.

        Where it may be another one, it is `unsure` what it was before it was rounded.
        """
        here = known if self.near is None else [figure for figure in self.near.order if figure in known]
        if len(here) == 1:
            return here[0]
        self.unsure.update(known)
        if self.near is None or not here:
            return max(known, key=lambda figure: self.halves.get(figure, 0.0))
        self._turns[here[0]] += 1
        return here[(self._turns[here[0]] - 1) % len(here)]

    def _rounds_a_node(self, number: NumberNode) -> bool:
        if self.near is None or (number.digits < MIN_DIGITS and number.unit > MAX_COARSE):
            return False
        if self._sizes is None:
            nodes = (node for node in self.near.order if node.op is not None or node.label or node in self.halves)
            self._sizes = sorted({abs(float(node.data)) for node in nodes})
        half = half_unit(number)
        at = bisect_left(self._sizes, abs(number.value) - half)
        return at < len(self._sizes) and self._sizes[at] <= abs(number.value) + half


def worked_out(tree: Node) -> frozenset[int]:
    """Return the ids of the numbers that something is worked out of: those of σ(0.56) and 1/3, not the 2 of 2·h."""
    found: set[int] = set()
    exponents: set[int] = set()
    done: list[NumberNode | bool] = []  # of each part: the number that it is, or else whether it has no names
    for part in reversed(walk(tree)):
        if isinstance(part, NumberNode):
            done.append(part)
        elif isinstance(part, (BinaryNode, CallNode)):
            below = [done.pop() for _ in range(2 if isinstance(part, BinaryNode) else len(part.args))]
            if all(below):
                found.update(id(number) for number in below if isinstance(number, NumberNode))
            if isinstance(part, BinaryNode) and part.operator == "^":  # (−2)^2 has no derivative by its 2
                exponents.update(map(id, walk(part.right)))
            done.append(all(below))
        elif not isinstance(part, NegativeNode):
            done.append(False)
    return frozenset(found - exponents)


def as_meant(number: NumberNode, operands: Collection[int] = ()) -> Any:
    """Return an exact number: as a node if something is worked out of it, so that the result is a node as well."""
    plain = plain_number(number)
    return Value(float(plain)) if plain and id(number) in operands else plain


def is_significant(number: NumberNode) -> bool:
    """Return whether a number has three or more digits and a decimal point: somebody's rounded figure."""
    return not number.exact and number.digits > 2
