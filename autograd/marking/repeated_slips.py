"""The same wrong number behind several slips: a learning rate of 0.1 where the sheet says 0.5.

A slip in a line of results implies another number for each given that the line uses: the one with which the line would
be right. Where two slips imply the same number for the same given, it was misread once, and the second slip is the same
mistake again. In updates, the length of the step is such a number, too, also where the rate has no name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from autograd.errors import ChalkgradError
from autograd.formatting import figures
from autograd.marking.intervals import around, half_unit, recompute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.claims.claims import Claim
    from autograd.engine.value import Value
    from autograd.marking.intervals import Interval
    from autograd.marking.own_figures import OwnFigures

MAX_CHANCE = 0.10  # of two slips that imply the same number by coincidence
MAX_CHANCE_OF_RATE = 0.50  # the same for a rate: all updates have it, and with a short step they do not tell it well
MAX_GIVENS = 20  # of a line
MAX_SECANTS = 6  # steps to the number that a given would have to be
MAX_PLACES = 8  # decimals of a number that is shown
SIMPLE_RATIOS = (-1.0, 0.5, 2.0)  # a sign or a 2 is lost for other reasons than a misread given


class Implied(NamedTuple):
    """The number with which a claim would be right, of a given or (where that is empty) of the multiple of a step."""

    given: str
    number: Interval
    instead: float
    claim: Claim


class RepeatedSlips:
    """The slips of a sheet so far, with what they imply."""

    def __init__(self, own: OwnFigures) -> None:
        self.own = own
        self.sheet = own.sheet
        self._implied: dict[str, list[Implied]] = {}
        self._forward: set[str] | None = None

    def earlier(self, claim: Claim, base: Value | None) -> tuple[Claim, str] | None:
        """Return the slip that a claim repeats and why, or None; `base` is what the figures give for the claim."""
        if claim.number is None or base is None or base.op is None:
            return None
        found = list(self._all_implied(claim, base))
        for implied in found:
            for other in self._implied.get(implied.given, ()):
                if implied.number.meets(other.number) and self._is_misread(implied, other):
                    return other.claim, _reason(implied, other)
        for implied in found:
            self._implied.setdefault(implied.given, []).append(implied)
        return None

    def _is_misread(self, implied: Implied, other: Implied) -> bool:
        """Return whether two slips are likely to come from one number that was misread."""
        moved = abs(other.number.middle - other.instead)
        if not moved:  # lost in rounding
            return False
        chance = (implied.number.width + other.number.width) / (2 * moved)
        if not self._is_forward(implied.given):
            return chance <= MAX_CHANCE_OF_RATE
        decimals = len(f"{implied.instead:.12g}".partition(".")[2])  # 0.53 for 0.35, and not 0.5297
        return chance <= MAX_CHANCE and _shortest(implied, other)[1] <= decimals

    def _all_implied(self, claim: Claim, base: Value) -> Iterator[Implied]:
        number = claim.number
        assert number is not None
        graph = self.own.graph(base)
        half = half_unit(number) + self.own.rough_interval(base).width / 2
        updated = [other for other in self.sheet.mentioned_by(claim.subject.name) if self._is_update(claim, other)]
        try:
            slopes = graph.gradients
        except ChalkgradError:
            return
        for leaf in graph.leaves[:MAX_GIVENS]:
            given = self.sheet.givens.get(leaf.label)
            if not given or leaf.data != given or not slopes[leaf]:
                continue
            is_rate = not self._is_forward(leaf.label)
            x = self._solve(base, leaf, number.value, float(slopes[leaf])) if is_rate or not updated else None
            if x is not None and (is_rate or not _is_simple(x / given)):
                yield Implied(leaf.label, around(x, half / abs(slopes[leaf])), given, claim)
        for other in updated:
            step = float(base.data) - float(self.own.figure(other).data)
            if step:
                multiple = 1 + (number.value - float(base.data)) / step
                yield Implied("", around(multiple, half / abs(step)), 1.0, claim)

    def _is_update(self, claim: Claim, other: str) -> bool:
        return self.sheet.is_update(claim.subject.name, other)

    def _solve(self, base: Value, leaf: Value, wanted: float, slope: float) -> float | None:
        """Return the number of a leaf at which the base is what was written."""
        x, y = float(leaf.data), float(base.data)
        graph = self.own.graph(base)
        for _ in range(MAX_SECANTS):
            if not slope:  # it has vanished in rounding
                return None
            step = (wanted - y) / slope
            moved = recompute(graph, {leaf: x + step})
            if moved is None or moved == y:
                return None
            slope, x, y = (moved - y) / step, x + step, moved
            if abs(y - wanted) <= figures.SAME * abs(wanted):
                return x
        return None

    def _is_forward(self, name: str) -> bool:
        """Return whether a name belongs to the forward pass; a rate belongs to the updates alone."""
        if self._forward is None:
            outputs = [*self.sheet.differentiated(), *filter(None, [self.sheet.loss])]
            self._forward = self.sheet.below(outputs or self.sheet.order)
        return name in self._forward


def _is_simple(ratio: float) -> bool:
    return any(abs(ratio - simple) <= figures.SAME for simple in SIMPLE_RATIOS)


def _reason(implied: Implied, other: Implied) -> str:
    again = f"the same mistake again, as in line {other.claim.line}"
    number, decimals = _shortest(implied, other)
    shown = f"{number:.{decimals}f}".replace("-", figures.MINUS)
    if implied.given:
        return f"{again}: both are right with {implied.given} = {shown}"
    return f"{again}: both steps are {shown} times as long as they should be"


def _shortest(implied: Implied, other: Implied) -> tuple[float, int]:
    """Return the number with the fewest decimals that both imply, and how many those are."""
    low, high = max(implied.number.low, other.number.low), min(implied.number.high, other.number.high)
    middle = (low + high) / 2
    decimals = next((d for d in range(MAX_PLACES) if low <= round(middle, d) <= high), MAX_PLACES)
    return round(middle, decimals), decimals
