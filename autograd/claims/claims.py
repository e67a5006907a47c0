"""Claims: statements about a name or a derivative that can be right or wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from autograd.claims.tree import claim_kind, derivative_text, is_arithmetic, single_number
from autograd.claims.versions import written_name

if TYPE_CHECKING:
    from autograd.claims.tree import NumberNode, Segment, TextPlace
    from autograd.claims.versions import Doubt


class Subject(NamedTuple):
    """The subject of a claim: a name, the derivative of one name by another, or (both empty) an expression.

    A name that was meant to be a derivative has both.
    """

    name: str = ""
    of: str = ""
    by: str = ""

    def __str__(self) -> str:
        return self.name or (derivative_text(self.of, self.by) if self.of else "")


@dataclass(eq=False)
class Claim:
    """One `= …` that can be right or wrong.

    `before` are the members of the chain before it, the nearest last. `use` is the claim that shows what a helper
    name was meant to be, where one does (see `marking.helper_intent`). A claim with a `doubt` is not judged, and `note`
    is what is said of one that is right.
    """

    subject: Subject
    segment: Segment
    before: tuple[Segment, ...] = field(repr=False)
    index: str = ""
    use: Claim | None = field(default=None, repr=False)
    doubt: Doubt | None = field(default=None, repr=False)
    note: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self.place: TextPlace = self.segment.place
        self.line: int = self.place.line
        self.number: NumberNode | None = single_number(self.segment.tree)  # the claimed number, if the claim is one
        self.kind = (
            "number" if self.number else claim_kind(self.segment.tree)
        )  # or "formula", "arithmetic", "unanswered", "unreadable"
        is_named = self.subject.name or self.subject.of
        self.topic: Subject | Segment = self.subject if is_named else self.before[0]  # what the truth depends on

    @property
    def of_figures(self) -> bool:
        """Return whether the claim is about arithmetic on figures, `1 + 0.648`, and not about a name."""
        return self.topic is self.before[0] and is_arithmetic(self.before[0].tree)

    @property
    def about(self) -> str:
        """Return the left side in words: the subject, or the expression that the line begins with."""
        entry = self.segment.entry
        of_entry = self.before[0].text if entry is None else f"({self.before[0].text})[{entry.index}]"
        return str(self.subject) or of_entry

    @property
    def text(self) -> str:
        """Return the claim in words, `dE/dw = o - t`; of a line that cannot be read, what is written.

        One about an array is given in whole.
        """
        about = written_name(self.about if self.segment.entry is None else self.segment.entry.member.about)
        return about if self.before[0] is self.segment else f"{about} = {self.segment.text}"
