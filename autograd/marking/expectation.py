"""What a claim should give by the writer's own figures, and the interval of that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from autograd.marking.intervals import around

if TYPE_CHECKING:
    from autograd.claims.claims import Claim
    from autograd.claims.tree import Node
    from autograd.engine.value import Value
    from autograd.marking.figure_arithmetic import FigureArithmetic
    from autograd.marking.intervals import Interval
    from autograd.marking.own_figures import OwnFigures


@dataclass
class Expectation:
    """The value that a claim should have by the writer's own figures.

    `middle` is what the figures give as they are written, `result` the node of that, if there is one. `tree` is the
    member of the chain that it comes from, where the line has one; `inherited` are the mistakes in that.
    """

    own: OwnFigures
    result: Value | None
    middle: float
    source: str
    tree: Node | None = None
    inherited: tuple[Claim, ...] = ()

    @cached_property
    def mistakes(self) -> list[Claim]:
        """Return the mistakes that are in it."""
        return list(self.inherited) or ([] if self.result is None else self.own.mistakes_in(self.result))

    @property
    def reading(self) -> OwnFigures | FigureArithmetic:
        """Return what knows the interval; with a mistake in it, nobody knows what the figures were before rounding."""
        return self.own if self.mistakes else self.own.reading_of(self.tree)

    @property
    def interval(self) -> Interval:
        """Return what the figures can give."""
        if self.result is None:
            return around(self.middle, 0.0)
        return self.reading.interval(self.result)

    def meets(self, other: Interval) -> bool:
        """Return whether the figures can give a number of another interval."""
        if self.result is None or other.holds(self.middle):
            return other.holds(self.middle)
        return self.reading.reaches(self.result, other)

    def gives(self, value: Value) -> bool:
        """Return whether the interval meets that of a value; the latter is searched only where that decides."""
        rough = self.own.rough_interval(value)
        if self.result is None:
            return rough.holds(self.middle) or self.own.interval(value).holds(self.middle)
        return self.own.reaches(self.result, rough) or self.own.reaches(self.result, self.own.interval(value))

    @property
    def is_exact(self) -> bool:
        """Return whether no rounded figure can change it."""
        if self.result is not None and self.own.rough_interval(self.result).width > 0:
            return False
        return self.interval.width == 0
