"""A line that makes up for a mistake of an earlier one: dE/dw = −dE/dh·…, where dE/dh has the wrong sign.

Such a line is no formula for its derivative by itself. With what the writer has for the derivatives in it, it gives the
right one, so the mistake is only the earlier line's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims.claims import Subject
from autograd.claims.interpreter import evaluate
from autograd.claims.sampling import agree
from autograd.errors import ChalkgradError
from autograd.marking.intervals import half_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.claims.claims import Claim
    from autograd.claims.interpreter import Evaluation
    from autograd.claims.sampling import SamplePoints
    from autograd.claims.tree import Node
    from autograd.claims.worksheet import Worksheet
    from autograd.marking.verdicts import Verdict

RATIOS = (-1.0, 2.0, 0.5, -2.0, -0.5)  # of a mistaken number to the right one, where that is a slip in the formula


class Compensation:
    """The formulas that the writer wrote last for each name and derivative, with the verdicts on them."""

    def __init__(self, samples: SamplePoints) -> None:
        self.samples = samples
        self.last: dict[str, Verdict] = {}  # on a formula, or on a number that is a plain mistake
        self.mistaken: dict[str, None] = {}  # those of which it is not right

    def record(self, verdict: Verdict) -> None:
        """Record the verdict on a claim."""
        about = str(verdict.claim.subject)
        is_mistake = verdict.is_first_mistake or (bool(verdict.inherited) and about not in self.last)
        if about and (verdict.claim.kind == "formula" or (is_mistake and _ratio(verdict) is not None)):
            self.last[about] = verdict
            self.mistaken.pop(about, None)
            if verdict.inherited:
                self.mistaken[about] = None

    def made_up_for(self, claim: Claim) -> list[Claim]:
        """Return the first mistakes that a wrong formula makes up for; none if it is wrong with them, too."""
        if not self.mistaken or not self.samples.points:
            return []
        sheet = self.samples.worksheet
        affected = sheet.made_of(name for name in self.mistaken if name in sheet.definitions)
        used: dict[str, Verdict] = {}
        for point, truth in zip(self.samples.points, self.samples.truths(claim)):
            figures = _Figures(sheet, point, self.last, affected)
            try:
                if not agree(figures.number(claim.segment.tree), truth):
                    return []
            except (ChalkgradError, KeyError):  # a mistake that cannot be computed there
                return []
            used.update(figures.used)
        found = dict.fromkeys(mistake for verdict in used.values() for mistake in verdict.inherited)
        return sorted(found, key=lambda mistake: (mistake.line, mistake.place.column))


def _ratio(verdict: Verdict) -> float | None:
    """Return by what the truth is multiplied in a mistaken number; None where that is no small whole number or half."""
    number = verdict.claim.number
    if number is None:
        return None
    difference = {ratio: abs(ratio * verdict.exact - number.value) / (1 + abs(ratio)) for ratio in RATIOS}
    return next((ratio for ratio in RATIOS if difference[ratio] <= half_unit(number)), None)


class _Figures:
    """The numbers that the writer has at a point: mistaken formulas give what they give, the rest is right."""

    def __init__(self, sheet: Worksheet, point: Evaluation, last: Mapping[str, Verdict], affected: set[str]) -> None:
        self.sheet = sheet
        self.point = point
        self.last = last
        self.affected = affected  # names that may be mistaken
        self.used: dict[str, Verdict] = {}
        self._known: dict[str, float] = {}
        self._open: set[str] = set()  # what is being computed: a mistake may mention itself

    def number(self, tree: Node) -> float:
        """Return the tree as a number."""
        return float(evaluate(tree, self.sheet.functions, self._name, self._derivative))

    def _name(self, name: str) -> float:
        truth = float(self.point.values[name].data)
        return self._written(name, truth) if name in self.affected else truth

    def _derivative(self, of: str, by: str) -> float:
        return self._written(str(Subject("", of, by)), self.point.derivative(of, by))

    def _written(self, about: str, truth: float) -> float:
        """Return what the writer has for a name or a derivative: what they wrote last for it gives."""
        if about in self._open:
            return truth
        if about not in self._known:
            self._open.add(about)
            self._known[about] = self._compute(about, truth)
            self._open.remove(about)
        return self._known[about]

    def _compute(self, about: str, truth: float) -> float:
        verdict = self.last.get(about)
        if verdict is None:
            segment = self.sheet.definitions.get(about)
            return truth if segment is None else self.number(segment.tree)
        if verdict.inherited:
            self.used[about] = verdict
        ratio = _ratio(verdict)
        return self.number(verdict.claim.segment.tree) if ratio is None else ratio * truth
