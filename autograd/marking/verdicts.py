"""The verdicts that a claim can get."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from autograd.claims.claims import Claim
    from autograd.marking.messages import Mistake

RIGHT, ROUNDED, FOLLOWS = "right", "rounded", "follows"
SLIP, WRONG = "slip", "wrong"
UNANSWERED, UNINFORMATIVE = "unanswered", "uninformative"


class Verdict(NamedTuple):
    """The verdict on one claim, and what is said about it.

    `exact` is the truth; `own` is what the writer's own figures give, None where they give nothing. `origins` are the
    claims that this one follows from, `reason` explains the verdict, and `diagnosis` names the mistakes that would
    explain a first mistake.
    """

    claim: Claim
    word: str
    exact: float
    own: float | None = None
    origins: tuple[Claim, ...] = ()
    reason: str = ""
    diagnosis: tuple[Mistake, ...] = ()

    @property
    def is_first_mistake(self) -> bool:
        """Return whether this is a mistake of its own, which follows from no other."""
        return self.word in (SLIP, WRONG)

    @property
    def cause(self) -> Claim | None:
        """Return the first of the mistakes that this follows from."""
        return self.origins[0] if self.origins else None

    @property
    def inherited(self) -> tuple[Claim, ...]:
        """Return the mistakes that later lines inherit from this one: itself, or those it follows from."""
        return (self.claim,) if self.is_first_mistake else self.origins
