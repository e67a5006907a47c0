"""Mistaken derivatives that are carried forward: what the chain rule makes of them in a later line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims.sampling import agree
from autograd.errors import ChalkgradError
from autograd.marking.chain_rule import ChainRule

if TYPE_CHECKING:
    from autograd.claims.claims import Claim
    from autograd.marking.own_figures import OwnFigures
    from autograd.marking.partials import MistakenDerivative, PartialReadings
    from autograd.marking.verdicts import Verdict

MAX_CARRIED = 8  # mistakes that are carried forward one at a time


class CarriedMistakes:
    """The mistaken derivatives so far, as the chain rule carries them forward."""

    def __init__(self, own: OwnFigures, partials: PartialReadings) -> None:
        self.own = own
        self.samples = own.samples
        self.partials = partials
        self.mistakes: list[MistakenDerivative] = []
        self._places: dict[str, list[int]] = {}  # of mistakes by the second name of each, of which there may be many

    def record(self, verdict: Verdict) -> None:
        """Record a first mistake: a wrong formula, or a wrong number for what is the same number everywhere."""
        claim = verdict.claim
        if verdict.is_first_mistake and (claim.kind == "formula" or self._is_constant(claim)):
            for mistake in self.partials.as_derivatives(claim):
                self._places.setdefault(mistake.pair[1], []).append(len(self.mistakes))
                self.mistakes.append(mistake)

    def _is_constant(self, claim: Claim) -> bool:
        return all(agree(truth, self.samples.truth(claim)) for truth in self.samples.truths(claim))

    def mistake_in(self, claim: Claim) -> Claim | None:
        """Return the earlier mistake that a formula carries forward, if the chain rule over it gives this formula."""
        here = self.samples.numbers(claim.segment.tree)
        for mistake, numbers in self.forward(claim):
            if all(map(agree, here, numbers)):
                return mistake
        return None

    def forward(self, claim: Claim) -> list[tuple[Claim, list[float | None]]]:
        """Return what the chain rule makes of the mistaken derivatives so far, of all together and of each.

        A mistake that the formula takes over by name is not in the formula but in the figures of that name.
        """
        of, by = claim.subject.of, claim.subject.by
        if not of:
            return []
        result = self.own.compute(claim.segment.tree)
        by_name = [] if result is None else self.own.mistakes_in(result)
        inside = {by, *self.samples.worksheet.between(by, of)}
        near = sorted(place for name in inside for place in self._places.get(name, ()))
        wrong = [self.mistakes[place] for place in near]
        wrong = [m for m in wrong if inside.issuperset(m.pair) and m.claim not in by_name]
        wrong = [mistake for mistake in wrong if mistake.is_local or mistake.pair != (of, by)]
        groups = [[mistake] for mistake in wrong[-MAX_CARRIED:]]
        if len(wrong) > 1:
            groups.insert(0, list({mistake.claim: mistake for mistake in reversed(wrong)}.values())[::-1])
        truths = self.samples.truths(claim)
        carried = [(group[0].claim, self._with_mistakes(of, by, group)) for group in groups]
        return [(mistake, numbers) for mistake, numbers in carried if not all(map(agree, numbers, truths))]

    def _with_mistakes(self, of: str, by: str, mistakes: list[MistakenDerivative]) -> list[float | None]:
        found: list[float | None] = []
        for point in self.samples.points:
            known, changed = (
                {m.pair: point.try_number(m.claim.segment.tree) for m in mistakes if m.is_local == is_local}
                for is_local in (False, True)
            )
            rule = ChainRule(self.samples, point, point.values.__getitem__, known)
            try:
                found.append(float(rule.derivative(of, by, changed).data))
            except (ChalkgradError, TypeError):  # a mistake that cannot be computed there
                found.append(None)
        return found
