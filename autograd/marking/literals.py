"""What the numbers in a formula or in arithmetic stand for: exact numbers, or figures that were rounded."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd.claims.interpreter import plain_number
from autograd.engine.value import Value
from autograd.marking.intervals import half_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.claims.tree import NumberNode
    from autograd.engine.graph import Graph

MAX_COARSE = 0.011  # unit of a number of one or two digits that may be somebody's rounded figure


@dataclass
class LiteralReader:
    """A reader of the numbers in one expression.

    `figures` are the figures of each number written so far. `halves` is how far either way a figure stands for; a
    figure that is met for the first time is added. `near` is the graph of what the expression puts in numbers, if it
    does.
    """

    figures: Mapping[float, Sequence[Value]]
    halves: dict[Value, float]
    near: Graph | None
    _sizes: list[float] | None = None

    def read(self, number: NumberNode) -> Any:
        """Return what a number stands for.

        A whole number is exact. A given or a figure that was written before is that figure. Any other number of three
        or more digits was rounded by somebody, and so was a shorter one of two or more decimals that rounds a node of
        `near`. Other short ones (½ as 0.5, a rate of 0.01) are exact.
        """
        if number.exact:
            return plain_number(number)
        figures = [*self.figures.get(number.value, ()), *self.figures.get(-number.value, ())]  # −0.6 is minus 0.6
        halves = (0.0, half_unit(number))  # 0.0150 is not the figure 0.015
        known = [figure for figure in figures if self.halves.get(figure, 0.0) in halves]
        if len(known) > 1:  # the likeliest is one of what the expression puts in numbers, and the coarsest
            near = () if self.near is None else self.near
            known.sort(key=lambda figure: (figure in near, self.halves.get(figure, 0.0)), reverse=True)
        if known:
            return known[0] if known[0].data == number.value else -known[0]
        if not is_significant(number) and not self._rounds_a_node(number):
            return number.value
        literal = Value(number.value)
        self.halves[literal] = half_unit(number)
        return literal

    def _rounds_a_node(self, number: NumberNode) -> bool:
        if self.near is None or number.unit > MAX_COARSE:
            return False
        if self._sizes is None:
            self._sizes = sorted({abs(float(node.data)) for node in self.near.order})
        half = half_unit(number)
        at = bisect_left(self._sizes, abs(number.value) - half)
        return at < len(self._sizes) and self._sizes[at] <= abs(number.value) + half


def is_significant(number: NumberNode) -> bool:
    """Return whether a number has three or more digits and a decimal point: somebody's rounded figure."""
    return not number.exact and number.digits > 2
