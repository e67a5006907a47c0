"""Derivatives of a name that no line defines: dy/dx on a curve x² + y² = 25, or the rate dx/dt of a moving point.

To the sheet, a given depends on nothing, so its derivative is 0. Who writes another one means something that the sheet
does not say. Such a claim is *not judged*, and neither is what depends on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.marking.verdicts import FOLLOWS, NOT_JUDGED, RIGHT, SLIP, UNANSWERED, WRONG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autograd.claims.claims import Claim, Subject
    from autograd.marking.own_figures import OwnFigures
    from autograd.marking.verdicts import Verdict


class ImplicitDerivatives:
    """The `claims` so far about derivatives that the sheet does not define."""

    def __init__(self, own: OwnFigures) -> None:
        self.own = own
        self.sheet = own.sheet
        self.claims: dict[Claim, None] = {}
        self.subjects: set[Subject] = set()

    def hides_truth(self, subject: Subject, mistakes: Iterable[Claim]) -> bool:
        """Return whether a subject, or what it is computed from, is the derivative of a given."""
        return self._is_undefined(subject) or any(mistake in self.claims for mistake in mistakes)

    def _is_undefined(self, subject: Subject) -> bool:
        return bool(subject.of) and subject.of != subject.by and not self.sheet.is_computed(subject.of)

    def explained(self, verdict: Verdict) -> Verdict:
        """Return the verdict, or *not judged* where the claim is such a derivative or depends on one."""
        claim, word = verdict.claim, verdict.word
        if word == UNANSWERED or (word == SLIP and len(claim.before) > 1):  # a line that contradicts itself
            return verdict
        if self._is_undefined(claim.subject):
            if word == RIGHT and claim.subject not in self.subjects and not self._inside(claim):
                return verdict  # it is 0
            self.claims[claim] = None
            self.subjects.add(claim.subject)
            reason = f"{claim.subject.of} is not defined by {claim.subject.by} here"
            return verdict._replace(word=NOT_JUDGED, origins=(), reason=reason)
        causes = self._causes(verdict) if self.claims and word in (FOLLOWS, WRONG, SLIP) else ()
        if not causes:
            return verdict
        reason = f"it depends on line {causes[0].line}, which is not judged"
        return verdict._replace(word=NOT_JUDGED, origins=causes, reason=reason)

    def _causes(self, verdict: Verdict) -> tuple[Claim, ...]:
        """Return the claims about undefined derivatives that a claim is computed from, or that bear on its subject."""
        subject = verdict.claim.subject
        inside = [*verdict.origins, *(self._inside(verdict.claim) if verdict.word == WRONG else ())]
        found = [cause for cause in self.claims if cause in inside]
        if not found and subject.of:
            below = self.sheet.below([subject.of])
            found = [c for c in self.claims if c.subject.of in below and c.subject.by == subject.by]
        return tuple({cause.line: cause for cause in found}.values())

    def _inside(self, claim: Claim) -> list[Claim]:
        """Return the claims about undefined derivatives that a formula is computed from."""
        result = self.own.compute(claim.segment.tree) if self.claims else None
        return [] if result is None else [cause for cause in self.own.mistakes_in(result) if cause in self.claims]
