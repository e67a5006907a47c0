"""The verdicts that a claim can get, one row each; `judge` decides which one a claim gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from autograd.claims.claims import Claim
    from autograd.claims.worksheet import Worksheet
    from autograd.marking.messages import Mistake

RIGHT, ROUNDED, FOLLOWS = "right", "rounded", "follows"
SLIP, WRONG = "slip", "wrong"
UNANSWERED, UNINFORMATIVE = "unanswered", "uninformative"
UNDECIDED, NOT_JUDGED, UNREADABLE = "undecided", "not judged", "unreadable"


class VerdictRow(NamedTuple):
    """The sign and the color of a verdict, its severity, and whether the claim counts and earns its point."""

    sign: str
    color: str
    severity: int  # of two verdicts on one place the more severe one is shown
    earns_point: bool = False
    counts: bool = True


# In the order in which a summary counts them.
VERDICTS = {
    RIGHT: VerdictRow("✓", "green", 0, earns_point=True),
    ROUNDED: VerdictRow("≈", "green", 1, earns_point=True),
    FOLLOWS: VerdictRow("↳", "yellow", 5, earns_point=True),
    SLIP: VerdictRow("✗", "red", 7),
    WRONG: VerdictRow("✗", "red", 8),
    UNANSWERED: VerdictRow("?", "blue", 4),
    UNINFORMATIVE: VerdictRow("·", "blue", 6, counts=False),
    UNDECIDED: VerdictRow("≟", "blue", 2, counts=False),
    NOT_JUDGED: VerdictRow("–", "blue", 3, counts=False),
    UNREADABLE: VerdictRow("✗", "red", 9),
}


class Verdict(NamedTuple):
    """The verdict on one claim, with its reason.

    `exact` is the truth; `own` is what the writer's own figures give, None where they give nothing. `origins` are the
    claims that this one follows from, `reason` explains the verdict, and `diagnosis` names the mistakes that would
    explain a first mistake; where they were not looked for, `unexplained` says why.
    """

    claim: Claim
    word: str
    exact: float
    own: float | None = None
    origins: tuple[Claim, ...] = ()
    reason: str = ""
    diagnosis: tuple[Mistake, ...] = ()
    unexplained: str = ""

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


def in_doubt(verdict: Verdict) -> Verdict:
    """Return the verdict as *not judged* where the claim may be meant in another way; one that is right stays so."""
    claim = verdict.claim
    if claim.note and verdict.word == RIGHT and not verdict.reason:
        return verdict._replace(reason=claim.note)
    if claim.doubt is None or verdict.word in (UNANSWERED, UNREADABLE, NOT_JUDGED):
        return verdict
    if verdict.word in (RIGHT, ROUNDED) and not claim.doubt.even_if_right:
        return verdict
    return verdict._replace(word=NOT_JUDGED, origins=(), reason=claim.doubt.reason)


def as_written(verdict: Verdict, worksheet: Worksheet) -> Verdict:
    """Return a verdict in whose texts each name stands as it is written."""
    diagnosis = tuple(mistake._replace(text=worksheet.as_written(mistake.text)) for mistake in verdict.diagnosis)
    return verdict._replace(reason=worksheet.as_written(verdict.reason), diagnosis=diagnosis)
