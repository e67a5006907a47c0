"""What the numbers in a formula or in arithmetic stand for: exact numbers, or figures that were rounded."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograd.claims.interpreter import evaluate, plain_number
from autograd.claims.tree import BinaryNode, CallNode, NumberNode, is_arithmetic, walk
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.marking.intervals import half_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.claims.tree import Node
    from autograd.engine.graph import Graph

MIN_DIGITS = 2  # of a short number that may be somebody's rounded figure: 0.64 and 1.4, not 0.6
MAX_COARSE = 0.011  # unit of a number of one digit that may be: 0.03
MAX_PARTS = 300  # of a formula that is looked through for plain numbers


@dataclass
class LiteralReader:
    """A reader of the numbers in one expression.

    `figures` are the figures of each number written so far. `halves` is how far either way a figure stands for; a
    figure that is met for the first time is added, and to `coarse` a short one. `near` is the graph of what the
    expression puts in numbers, if it does, and `formula` is the tree of that.
    """

    figures: Mapping[float, Sequence[Value]]
    halves: dict[Value, float]
    coarse: set[Value]
    near: Graph | None
    formula: Node | None
    _confused: list[Value] = field(default_factory=list)  # of several figures with one number
    _turns: dict[Value, int] = field(default_factory=dict)

    def read(self, number: NumberNode) -> Any:
        """Return what a number stands for.

        A whole number is exact. A given or a figure that was written before is that figure. Any other number of three
        or more digits was rounded by somebody, and so was a shorter one, of two digits or decimals, that rounds
        something in `near`. Other short ones (½ as 0.5, a rate of 0.01) are exact.
        """
        if number.exact:
            return plain_number(number)
        figures = [*self.figures.get(number.value, ()), *self.figures.get(-number.value, ())]  # −0.6 is minus 0.6
        halves = (0.0, half_unit(number))  # 0.0150 is not the figure 0.015
        known = [figure for figure in figures if self.halves.get(figure, 0.0) in halves]
        if known:
            figure = known[0] if len(known) == 1 else self._likeliest(known)
            return figure if figure.data == number.value else -figure
        if not is_significant(number) and not self._is_rounded(number):
            return number.value
        literal = Value(number.value)
        self.halves[literal] = half_unit(number)
        if not is_significant(number):
            self.coarse.add(literal)
        return literal

    def _likeliest(self, known: list[Value]) -> Value:
        """Return one of the figures with the same number: one of `near`, each in its turn, or else the coarsest."""
        here = known if self.near is None else [figure for figure in known if figure in self.near]
        if len(here) == 1:
            return here[0]
        self._confused += known
        if self.near is None or not here:
            return max(known, key=lambda figure: self.halves.get(figure, 0.0))
        here.sort(key=self.near.order.index)
        turn = self._turns[here[0]] = self._turns.get(here[0], -1) + 1
        return here[turn % len(here)]

    def is_unsure(self, figure: Value) -> bool:
        """Return whether a number that was read as this figure may be another one."""
        return figure in self._confused or (self.near is not None and figure not in self.near)

    def _is_rounded(self, number: NumberNode) -> bool:
        """Return whether a short number rounds a node of `near`, or something that its formula works out of numbers."""
        if self.near is None or (number.digits < MIN_DIGITS and number.unit > MAX_COARSE):
            return False
        half = half_unit(number)
        sizes = [abs(float(node.data)) for node in self.near.order]
        sizes += [] if self.formula is None else [abs(result) for result in plain_results(self.formula)]
        return any(abs(size - abs(number.value)) <= half for size in sizes)


def plain_results(tree: Node) -> list[float]:
    """Return what a formula works out of plain numbers on the way: the 0.636 of σ(0.56)·x.

    >>> from autograd.sheet.program import read
    >>> [round(x, 3) for x in plain_results(read("y = sigmoid(0.56)*x + 1/3", ["x"]).statements[0].segments[1].tree)]
    [0.636, 0.333]
    """
    found = []
    for part in walk(tree)[:MAX_PARTS]:
        if isinstance(part, (BinaryNode, CallNode)) and is_arithmetic(part):
            with suppress(ChalkgradError):
                found.append(float(evaluate(part, {}, _no_name, _no_name)))
    return found


def _no_name(*names: str) -> Any:
    raise AssertionError(f"plain numbers have no names, such as {names}")


def is_significant(number: NumberNode) -> bool:
    """Return whether a number has three or more digits and a decimal point: somebody's rounded figure."""
    return not number.exact and number.digits > 2
