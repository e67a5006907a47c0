"""What the writer's figures give, with certainty: compared with what was written, and shown with right digits.

Floats decide as long as nothing in them is lost. A figure in which nothing was rounded has no interval: it is compared
exactly. Where figures are rounded and the floats of their result are in doubt, their interval is searched with many
digits (see `claims.certainty`). An answer is True, False, or None where the arithmetic cannot tell.
"""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from autograd.claims.bounded import LOST, TINY
from autograd.claims.certainty import DIGITS, EXACT, TRUSTED
from autograd.claims.sampling import LONG, written_digits
from autograd.claims.tree import DerivativeNode, NameNode, constant_parts, walk
from autograd.engine.graph import Graph
from autograd.engine.value import Value
from autograd.errors import ChalkgradError, DomainError
from autograd.formatting import figures
from autograd.marking.intervals import (
    FLOAT_DIGITS,
    around,
    corner_range,
    exact_half_unit,
    half_unit,
    searched_range,
    written_interval,
)
from autograd.marking.messages import to_same_digits
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from autograd.claims.claims import Claim
    from autograd.claims.tree import Node, NumberNode
    from autograd.marking.intervals import Interval
    from autograd.marking.own_figures import OwnFigures

    Quantity: TypeAlias = Callable[[Any], Any]  # a number of any reading of the worksheet

CLEAR = 10 * EXACT  # of a number: the truth, as a float, is nearer to the end of a half unit only in doubt
SURE_DIGITS = 9  # which a float surely shows
MAX_SHORT = 8  # digits written in two members, of which no two different fractions are nearly the same float
CANCELLED = 1e-6  # of an operand: a smaller sum has lost digits of it
MAX_SHOWN = 40  # digits in which two numbers that differ are shown

UNDECIDABLE = "the arithmetic cannot tell: its numbers are too large, or too close to each other"


class CertainFigures:
    """The writer's own figures in comparisons that are certain."""

    def __init__(self, own: OwnFigures) -> None:
        self.own = own
        self.samples = own.samples
        self.certainty = own.samples.certainty
        self.point = own.samples.at_givens
        self._cancelling: dict[int, tuple[Node, bool]] = {}  # by the identity of a tree
        self._looked_at: dict[Value, tuple[bool, bool]] = {}

    # -- Quantities -------------------------------------------------------------------------------

    def quantity(self, claim: Claim, tree: Node | None, result: Value | None = None) -> Quantity:
        """Return an expression as a quantity: with names in it, by `result`, what the own figures give for it.

        Without an expression it is what the claim is about.
        """
        if result is not None and (tree is None or not self._is_of_truth(tree)):
            return self._of_figures(result)
        return self.samples.subject(claim) if tree is None else lambda reading: reading.number(tree)

    def _is_of_truth(self, tree: Node) -> bool:
        """Return whether every name in an expression still has the number that the engine computes."""
        own = self.own
        for node in walk(tree):
            if isinstance(node, DerivativeNode):
                return False
            if isinstance(node, NameNode):
                figure = own.figure(node.key)
                if figure not in own.computed and (figure in own.halves or node.key not in own.sheet.givens):
                    return False
        return True

    def _of_figures(self, value: Value) -> Quantity:
        def read(reading: Any) -> Any:
            graph = self.own.graph(value)
            leaves = {leaf: self._leaf(leaf, reading) for leaf in graph.order if leaf.op is None}
            try:
                return reading.written(graph.compute(leaves)[value])
            except (ArithmeticError, ValueError) as error:
                raise DomainError(str(error)) from None

        return read

    def _leaf(self, leaf: Value, reading: Any) -> Any:
        name = self.own.computed.get(leaf)
        if name is not None:
            return reading.value(name)
        claim = self.own.claims.get(leaf)
        number = self.samples.worksheet.written_givens.get(leaf.label) if claim is None else claim.number
        is_written = number is not None and number.value == leaf.data
        return reading.written(number.fraction if number is not None and is_written else leaf.data)

    def is_exact(self, value: Value) -> bool:
        """Return whether no figure in a value was rounded."""
        return not self.own.halves.get(value) if value.op is None else self._look(value)[0]

    def _look(self, value: Value) -> tuple[bool, bool]:
        """Return whether no figure in a value was rounded, and whether a number in it may have lost digits."""
        if value not in self._looked_at:
            halves = self.own.halves
            is_exact, is_suspect = True, False
            waiting = [value]
            seen: set[Value] = set()
            while waiting:
                node = waiting.pop()
                if node.op is None:
                    is_exact = is_exact and node not in halves
                elif node not in seen:
                    seen.add(node)
                    is_suspect = is_suspect or _has_lost(node)
                    waiting += node.parents
            self._looked_at[value] = is_exact, is_suspect
        return self._looked_at[value]

    def shown(self, quantity: Quantity) -> float:
        """Return the float of a quantity, right to its last digits; NaN where it has no value."""
        found = self.certainty.nearest_float(self.point, quantity)
        if found is not None:
            return found
        try:
            return float(quantity(self.point))
        except ChalkgradError:
            return math.nan

    def gives_text(self, claim: Claim, tree: Node | None, result: Value | None, most: float = 1.0) -> str:
        """Return what an expression gives by the own figures, with the digits of the number that a claim says."""
        assert claim.number is not None
        return self.to_same_digits(self.quantity(claim, tree, result), claim.number, most)

    def to_same_digits(self, quantity: Quantity, number: NumberNode, most: float = 1.0) -> str:
        """Return a quantity with as many digits as a number is written with, all of them right (see `messages`)."""
        found = self.shown(quantity)
        is_in_floats = TINY < abs(found) < math.inf
        if is_in_floats and number.digits <= SURE_DIGITS:
            return to_same_digits(found, number, most)
        try:
            precise = self.certainty.known(self.point, quantity)
        except ChalkgradError:
            return to_same_digits(found, number, most)
        digits = max(number.digits, figures.DIGITS)
        if number.exact or not (is_in_floats or precise == 0):
            return precise.to_text(digits)
        return to_same_digits(precise.to_decimal(digits + 1), number, most)

    def apart(self, one: Quantity, other: Quantity, claim: Claim) -> tuple[str, str]:
        """Return two quantities with as many digits as it takes to tell them apart; empty for one without a value."""
        numbers = self.shown(one), self.shown(other)
        a, b = figures.apart(*numbers)
        is_close = abs(numbers[0] - numbers[1]) <= CLEAR * abs(numbers[0])
        if is_close or not all(self.certainty.in_floats(self.point, quantity) for quantity in (one, other)):
            a, b = self._told_apart(one, other, claim) or (a, b)
        return ("" if math.isnan(numbers[0]) else a), ("" if math.isnan(numbers[1]) else b)

    def _told_apart(self, one: Quantity, other: Quantity, claim: Claim) -> tuple[str, str] | None:
        if self._same(one, other, claim) is not False:
            return None
        try:
            a, b = (self.certainty.known(self.point, quantity) for quantity in (one, other))
        except ChalkgradError:
            return None
        for digits in range(figures.DIGITS, MAX_SHOWN):
            if a.to_text(digits) != b.to_text(digits):
                return a.to_text(digits + 1), b.to_text(digits + 1)
        return None

    # -- Numbers ----------------------------------------------------------------------------------

    def is_truth(self, claim: Claim, written: Interval) -> bool | None:
        """Return whether the truth of a claim is the number that it says, which stands for the interval `written`."""
        number = claim.number
        assert number is not None
        exact = self.samples.truth(claim)
        if claim.topic not in self.samples.uncertain:
            low, middle, high = written
            room = min(exact - low, high - exact)
            if not -1 < room / (CLEAR * (abs(exact) + abs(middle)) or 1) < 1:
                return room > 0
        return self._is_written(self.samples.subject(claim), number)

    def gives(
        self, claim: Claim, tree: Node | None, value: Value | None, number: NumberNode, reading: Any = None
    ) -> bool | None:
        """Return whether a value, which a tree has by the own figures, can be a number to the digits written.

        `reading` knows the interval of the value: the own figures, or their arithmetic.
        """
        if value is None:
            return False  # there are no figures
        if self.is_exact(value):
            return self._is_written(self.quantity(claim, tree, value), number)
        target = lambda precise: precise.written(number.fraction)  # noqa: E731 -- a quantity
        return self._reaches(value, tree, written_interval(number), target, reading)

    def _is_written(self, quantity: Quantity, number: NumberNode) -> bool | None:
        rounding = 0.0
        if number.digits in FLOAT_DIGITS:  # as a program prints a float, which is off by the rounding on its way
            with suppress(ChalkgradError):
                rounding = min(quantity(self.certainty.bounded(self.point)).error, TRUSTED * abs(number.value))
        written = number.value, max(half_unit(number), rounding)
        exact = lambda: (number.fraction, max(exact_half_unit(number), Fraction(rounding)))  # noqa: E731 -- for a doubt
        return self.certainty.within(self.point, quantity, written, exact)

    # -- Arithmetic and formulas ------------------------------------------------------------------

    def is_arithmetic_right(self, claim: Claim, result: Value | None) -> bool | None:
        """Return whether figures put together are the truth; `result` is what they give, if floats can compute it."""
        if result is None or self.is_exact(result):
            return self._same(self.quantity(claim, claim.segment.tree, result), self.samples.subject(claim), claim)
        exact = around(self.samples.truth(claim), 0.0)
        return self._reaches(result, claim.segment.tree, exact, self.samples.subject(claim))

    def is_same(self, claim: Claim, result: Value, tree: Node | None, other: Value) -> bool | None:
        """Return whether the arithmetic of a claim, which gives `result`, is exactly what another member gives."""
        return self._same(self.quantity(claim, claim.segment.tree, result), self.quantity(claim, tree, other), claim)

    def _same(self, one: Quantity, other: Quantity, claim: Claim) -> bool | None:
        found = self.certainty.equal_floats(self.point, one, other)
        if found is False:
            return False
        digits = [count for segment in (claim.segment, *claim.before) for count in written_digits(segment.tree)]
        if found and sum(digits) <= MAX_SHORT:
            return True
        found = self.certainty.equal_fractions(self.point, one, other)
        if found is not None:
            return found
        return self.certainty.equal(self.point, one, other, exactly=max(digits, default=0) >= LONG)

    def in_floats(self, claim: Claim) -> bool:
        """Return whether floats show what is wrong with a claim, so that its mistake may be looked for in them."""
        truth = self.samples.subject(claim)
        if claim.number is not None:
            exact = self.samples.truth(claim)
            holds = exact == 0 or TINY < abs(exact) < 1 / TINY
            return holds and claim.number.digits <= figures.MAX_DIGITS and self.certainty.in_floats(self.point, truth)
        if claim.kind == "formula" and self.samples.points:
            sides = truth, self.quantity(claim, claim.segment.tree)
            point = self.samples.points[0]
            return all(self.certainty.in_floats(point, side) or self._is_zero(point, side) for side in sides)
        return self.certainty.equal_floats(self.point, self.quantity(claim, claim.segment.tree), truth) is not True

    def _is_zero(self, point: Any, quantity: Quantity) -> bool:
        return self.certainty.equal(point, quantity, lambda reading: reading.written(0)) is True

    # -- Intervals --------------------------------------------------------------------------------

    def _reaches(
        self, value: Value, tree: Node | None, written: Interval, target: Quantity, reading: Any = None
    ) -> bool | None:
        """Return whether the interval of a value, which a tree has, meets an interval around a target.

        Floats decide unless those of the value are in doubt.
        """
        if not self._is_doubtful(value):
            reaches = (reading or self.own).reaches(value, written)
            return reaches or (None if tree is not None and self._cancels(tree) else False)
        distance = self._distance(value, target)
        if distance is None:
            return None
        slack = CLEAR * distance.width + written.width / 2
        return distance.low <= slack and distance.high >= -slack

    def _cancels(self, tree: Node) -> bool:
        """Return whether arithmetic on numbers cancels inside a tree: the own figures have only the float of that."""
        key = id(tree)
        if key not in self._cancelling:
            self._cancelling[key] = tree, self._find_cancelling(tree)
        return self._cancelling[key][1]

    def _find_cancelling(self, tree: Node) -> bool:
        reading = self.certainty.bounded(self.point)
        try:
            found = [reading.number(part) for part in constant_parts(tree)]
        except ChalkgradError:
            return True
        return any(part.is_lossy or not part.error <= EXACT * abs(part.number) for part in found)

    def _is_doubtful(self, value: Value) -> bool:
        if value.op is None or not self._look(value)[1]:
            return False
        try:
            found = self._of_figures(value)(self.certainty.bounded(self.point))
        except ChalkgradError:
            return True
        size = max(abs(found.number), self.own.rough_interval(value).width)
        return bool(found.is_lossy or not found.error <= CANCELLED * size)

    def _distance(self, value: Value, target: Quantity) -> Interval | None:
        """Return the interval of the distance from a target, found with many digits; None where that is too long."""
        graph, reading = self.own.graph(value), self.certainty.precise(self.point, DIGITS[1])
        try:
            leaves = {leaf: Value(self._leaf(leaf, reading)) for leaf in graph.order if leaf.op is None}
            halves = {leaves[leaf]: self.own.halves[leaf] for leaf in leaves if self.own.halves.get(leaf)}
            precise = Graph(graph.compute(leaves)[value] - target(reading))
            return searched_range(precise, halves, corner_range(precise, halves))
        except ChalkgradError:
            return None


def _has_lost(node: Value) -> bool:
    """Return whether a node may have lost digits: nearly equal numbers cancel, or one is too small to be seen."""
    op, size = node.op, abs(node.data)
    if op is ops.add or op is ops.sub:
        parts = [abs(v.data if isinstance(v, Value) else v) for v in node.operands]
        return any(size < CANCELLED * part or 0 < part < LOST * size for part in parts)
    return bool(size < TINY)
