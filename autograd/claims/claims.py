"""Claims: statements about a name or a derivative that can be right or wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from autograd.claims.tree import claim_kind, is_arithmetic, single_number

if TYPE_CHECKING:
    from autograd.claims.tree import NumberNode, Segment, TextPlace


@dataclass(frozen=True)
class Subject:
    """The subject of a claim: a name, the derivative of one name by another, or (both empty) an expression.

    A name that was meant to be a derivative has both.
    """

    name: str = ""
    of: str = ""
    by: str = ""

    def __str__(self) -> str:
        return self.name or (f"d{self.of}/d{self.by}" if self.of else "")


@dataclass(eq=False)
class Claim:
    """One `= …` that can be right or wrong.

    `before` are the members of the chain before it, the nearest last. `use` is the claim that shows what a helper
    name was meant to be, where one does (see `marking.helper_intent`).
    """

    subject: Subject
    segment: Segment
    before: tuple[Segment, ...] = field(repr=False)
    index: str = ""
    use: Claim | None = field(default=None, repr=False)

    @cached_property
    def kind(self) -> str:
        """Return "formula", "arithmetic", "number" or "unanswered"."""
        return claim_kind(self.segment.tree)

    @property
    def place(self) -> TextPlace:
        """Return the line and column of the claim."""
        return self.segment.place

    @property
    def line(self) -> int:
        """Return the line of the claim, from 1."""
        return self.segment.place.line

    @property
    def number(self) -> NumberNode | None:
        """Return the claimed number, if the claim is one."""
        return single_number(self.segment.tree)

    @property
    def of_figures(self) -> bool:
        """Return whether the claim is about arithmetic on figures, `1 + 0.648`, and not about a name."""
        return not str(self.subject) and is_arithmetic(self.before[0].tree)

    @property
    def about(self) -> str:
        """Return the left side in words: the subject, or the expression that the line begins with."""
        return str(self.subject) or self.before[0].text
