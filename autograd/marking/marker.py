"""The verdict on every claim, in the order of the text; a wrong line counts once, at the first mistake.

Each claim is judged (see `judge`), explained if it is a first mistake, and recorded for the lines after it. Slips and
wrong formulas are the *first mistakes*.
"""

from __future__ import annotations

import math
from copy import copy
from typing import TYPE_CHECKING

from autograd.marking.budget import TOO_MANY, TOO_MUCH, WorkLimitError
from autograd.marking.certain_figures import CertainFigures
from autograd.marking.diagnosis import diagnose
from autograd.marking.judge import SAYS_NOTHING, ClaimJudge
from autograd.marking.later_figures import is_by_figures
from autograd.marking.messages import describe_places
from autograd.marking.verdicts import FOLLOWS, RIGHT, WRONG, Verdict, in_doubt

if TYPE_CHECKING:
    from collections.abc import Collection

    from autograd.claims.claims import Claim
    from autograd.marking.messages import Mistake

LAST_BITS = 1e-14  # relative difference of a decimal number and the same number worked out in floats


class Marker(ClaimJudge):
    """One pass over a worksheet, each claim judged with what came before it. The worksheet is not changed."""

    def fresh(self) -> Marker:
        """Return a marker of the same sheet that has judged nothing yet."""
        other = copy(self)
        other._begin()
        return other

    def mark(self) -> list[Verdict]:
        """Return the verdict on every claim, in the order of the text."""
        for event in self.sheet.events:
            if isinstance(event, str):
                self.define(event)
            else:
                verdict = in_doubt(self.implicit.explained(self.partials.explained(self.judge(event))))
                if is_by_figures(verdict):
                    verdict = self.later.verdict(verdict, self, self.fresh)
                if verdict.is_first_mistake and event.place not in self.diagnosed:
                    self.diagnosed.add(event.place)  # a quantified line has one place for all its indices
                    verdict = self.explained(verdict)
                self.settle(verdict)
        verdicts = self.array_mistakes.with_mistakes(list(self.verdicts.values()))
        return [self.with_first_mistakes(verdict) for verdict in verdicts] if self.later.found_any else verdicts

    def define(self, name: str) -> None:
        """Record a definition."""
        self.own.define(name)

    def settle(self, verdict: Verdict) -> None:
        """Record a verdict for the lines after it."""
        self.verdicts[verdict.claim] = self.verdict_of[verdict.claim.segment] = verdict
        self.record_verdict(verdict)

    def judge_as_if(self, claim: Claim, written: Collection[Claim]) -> Verdict:
        """Return the verdict on a claim if these claims had been written before it."""
        other = copy(self)
        other.own = self.own.copy()
        other.certain = CertainFigures(other.own)
        other.implicit, other.carried = copy(self.implicit), copy(self.carried)
        other.implicit.own = other.carried.own = other.own
        stated = {source.subject for source in written if source.number is not None}
        for source in sorted(written, key=lambda source: source.number is None):  # numbers first
            if source.number is not None or source.subject not in stated:
                other.own.record(source)
        other._first, other.arithmetic = None, dict(self.arithmetic)
        return other.judge(claim)

    def judge_again(self, claim: Claim) -> Verdict:
        """Return the verdict on an earlier claim, which was not settled, by the figures so far."""
        self._first = None
        return self.judge(claim)

    def with_first_mistakes(self, verdict: Verdict) -> Verdict:
        """Return a verdict whose origins are first mistakes: a later figure may itself follow from another one."""
        found = (origin for claim in verdict.origins for origin in self.verdicts[claim].inherited or (claim,))
        origins = tuple(dict.fromkeys(found))
        if origins == verdict.origins:
            return verdict
        reason = verdict.reason.replace(describe_places(verdict.origins), describe_places(origins))
        return verdict._replace(origins=origins, reason=reason)

    def explained(self, verdict: Verdict) -> Verdict:
        """Return a first mistake with its diagnosis; a figure miscopied as before follows from that."""
        if not self.budget.mistakes:
            return verdict._replace(unexplained=TOO_MANY)
        self.budget.mistakes -= 1
        if verdict.claim in self.updates:
            return self.explained_update(verdict)
        of_array = self.array_mistakes.of_formula(verdict.claim)
        if of_array is not None or verdict.claim.kind == "unreadable":
            return verdict._replace(diagnosis=() if of_array is None else (of_array,))
        repeated = self.repeated_slips.earlier(verdict.claim, self.first_expectation(verdict.claim).result)
        if repeated:
            return verdict._replace(word=FOLLOWS, origins=repeated[:1], reason=repeated[1])
        found: tuple[Mistake, ...] = ()
        if self.certain.in_floats(verdict.claim):
            self.budget.begin()
            try:
                found = diagnose(self.case(verdict.claim))
            except WorkLimitError:
                return verdict._replace(unexplained=TOO_MUCH)
        if found and " stands where " in found[0].text and self.may_repeat(verdict.claim, found[0]):
            earlier = self.miscopied.setdefault(found[0].text, verdict.claim)
            if earlier is not verdict.claim:
                reason = f"again, as in line {earlier.line}: {found[0]}"
                return verdict._replace(word=FOLLOWS, origins=(earlier,), reason=reason)
        return verdict._replace(diagnosis=found)

    def may_repeat(self, claim: Claim, mistake: Mistake) -> bool:
        """Return whether a confusion that was made before is the same mistake again: of figures, or of two helpers."""
        names = mistake.text.removesuffix(" belongs").split(" stands where ")
        are_names = mistake.kind == "another name" and all(name in self.sheet.definitions for name in names)
        are_helpers = are_names and self.sheet.below([claim.subject.of]).isdisjoint(names)
        return claim.kind == "arithmetic" or are_helpers

    def explained_update(self, verdict: Verdict) -> Verdict:
        """Return a wrong update with its mistake; one that is made in every update follows from the first."""
        mistake = self.updates[verdict.claim]
        earlier = self.miscopied.setdefault(mistake.text, verdict.claim)
        if earlier is verdict.claim:
            return verdict._replace(diagnosis=(mistake,))
        reason = f"the same mistake again, as in line {earlier.line}"
        return verdict._replace(word=FOLLOWS, origins=(earlier,), reason=reason)

    def record_verdict(self, verdict: Verdict) -> None:
        """Record what a claim says, for the lines after it."""
        claim = verdict.claim
        self.carried.record(verdict)
        self.compensation.record(verdict)
        mistakes = (claim,) if claim in self.implicit.claims else verdict.inherited
        if not mistakes and claim.of_figures:  # right, but the figures in it are not
            mistakes = tuple(self.first_expectation(claim).mistakes)
        if claim.number is not None:
            right = verdict.word == RIGHT and math.isclose(verdict.exact, claim.number.value, rel_tol=LAST_BITS)
            base = self.first_expectation(claim)
            known = not verdict.is_first_mistake and (base.tree is not None or claim.subject.name)
            exact = right and not mistakes and base.is_exact
            self.own.record_number(claim, mistakes, verdict.exact, base.result if known else None, exact=exact)
        elif claim in self.made_up:
            result = self.own.record_made_up(claim.subject, claim.segment.tree, self.made_up[claim])
            self.arithmetic[claim.segment] = result
        elif claim.kind not in SAYS_NOTHING and (mistakes or claim.subject.of):
            self.own.record_formula(claim.subject, claim.segment.tree, mistakes)
            if verdict.is_first_mistake:
                self.own.record_literals(claim, self.first_expectation(claim).result)
            if verdict.word == WRONG and claim.kind == "formula":
                self.wrong_formulas.append(claim)
