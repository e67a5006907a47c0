"""A bound on the work of explaining mistakes, so that a sheet full of them is marked in seconds, too.

Work is counted, in nodes that are computed, and never measured by a clock: the same sheet gets the same explanations
everywhere. A mistake that is left over keeps its verdict; it has no name, and the report says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd.claims.interpreter import Evaluation

MAX_DIAGNOSED = 60  # first mistakes that are explained
MAX_WORK = 6_000_000  # nodes computed for all of them: a few seconds
SHARE = 4  # one mistake may take at most this part of what is left, so that others are explained, too

TOO_MANY = f"only the first {MAX_DIAGNOSED} mistakes of a sheet are explained"
TOO_MUCH = "it would take too much work"


class WorkLimitError(Exception):
    """The explanation of a mistake takes more work than is left for it; caught where the mistake is explained."""


class DiagnosisBudget:
    """The work that is left for the explanations of a sheet: `mistakes`, and `work` in nodes.

    >>> budget = DiagnosisBudget(work=8)
    >>> budget.begin()
    >>> budget.spend(2)
    >>> budget.work
    6
    """

    def __init__(self, mistakes: int = MAX_DIAGNOSED, work: int = MAX_WORK) -> None:
        self.mistakes = mistakes
        self.work = work
        self._reserved = 0  # for the mistakes after this one
        self._differentiated: set[tuple[Evaluation, str]] = set()

    def begin(self) -> None:
        """Begin another explanation, which may take a part of what is left."""
        self._reserved = self.work - self.work // SHARE

    def spend(self, nodes: int) -> None:
        """Count nodes that are to be computed.

        Raises WorkLimitError where they are too many.
        """
        if self.work - nodes < self._reserved:
            self.work = self._reserved
            raise WorkLimitError
        self.work -= nodes

    def spend_on_derivative(self, point: Evaluation, of: str, by: str) -> None:
        """Count the derivative dY/dX at a point: a backward pass gives those of one Y by every name."""
        if point.worksheet.is_direct(of, by):
            self.spend(1 + len(point.worksheet.mentioned_by(of)))
        elif (point, of) not in self._differentiated:
            self._differentiated.add((point, of))
            self.spend(len(point.values))
