"""What the numbers in a formula or in arithmetic stand for: exact numbers, or figures that were rounded."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
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
    figure that is met for the first time is added, to `sources` the node that it rounds, to `coarse` a short one. `near` is the graph of
    what the expression puts in numbers, if it does. `operands` are the ids of the numbers that something is worked out
    of (see `worked_out`).
    """

    figures: Mapping[float, Sequence[Value]]
    halves: dict[Value, float]
    sources: dict[Value, Value]
    near: Graph | None
    coarse: set[Value]
    operands: Collection[int] = ()
    _nodes: list[tuple[float, Value]] | None = None
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
        rounded = self._rounded_by(number)
        if not is_significant(number) and not rounded:
            return as_meant(number, self.operands)
        literal = Value(number.value)
        if not is_significant(number):
            self.coarse.add(literal)
        self.halves[literal] = half_unit(number)
        if len({size for size, _ in rounded}) == 1:
            node = rounded[0][1]
            self.sources[literal] = node if node.data * number.value > 0 else -node
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

    def _rounded_by(self, number: NumberNode) -> list[tuple[float, Value]]:
        """Return the nodes that a number rounds, with their sizes."""
        if self.near is None or (number.digits < MIN_DIGITS and number.unit > MAX_COARSE):
            return []
        if self._nodes is None:
            nodes = (node for node in self.near.order if node.op is not None or node.label or node in self.halves)
            self._nodes = sorted(((abs(float(node.data)), node) for node in nodes), key=itemgetter(0))
        half = half_unit(number)
        start = bisect_left(self._nodes, abs(number.value) - half, key=itemgetter(0))
        end = bisect_right(self._nodes, abs(number.value) + half, key=itemgetter(0))
        return self._nodes[start:end]


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
