"""Claims: what a sheet says of a name or a derivative that can be right or wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograd.claims import tree

if TYPE_CHECKING:
    from autograd.claims.tree import NumberNode, Segment, TextPlace


@dataclass(frozen=True)
class Subject:
    """What a claim is about: a name, the derivative of one name by another, or an expression.

    A name that is meant to be a derivative is both.
    """

    name: str = ""
    of: str = ""
    by: str = ""

    def __str__(self) -> str:
        return self.name or (f"d{self.of}/d{self.by}" if self.of else "")


@dataclass(frozen=True, eq=False)
class Claim:
    """One `= …` of the sheet that can be right or wrong.

    `kind` is "formula" (it has names), "arithmetic" (numbers only), "number" or "unanswered";
    `before` are the members of the chain before it, the nearest last; `use` is the claim that says
    what a helper was meant to be (see `meaning`).
    """

    subject: Subject
    segment: Segment
    kind: str
    before: tuple[Segment, ...] = field(repr=False)
    index: str = ""
    use: Claim | None = field(default=None, repr=False)

    @property
    def place(self) -> TextPlace:
        """Line and column of what is claimed."""
        return self.segment.place

    @property
    def line(self) -> int:
        """The line of the sheet, from 1."""
        return self.segment.place.line

    @property
    def number(self) -> NumberNode | None:
        """The number that is claimed, if it is one."""
        return tree.single_number(self.segment.tree)

    @property
    def of_figures(self) -> bool:
        """Whether it is about arithmetic on figures, `1 + 0.648`, and not about a name of the sheet."""
        return not str(self.subject) and tree.is_arithmetic(self.before[0].tree)

    @property
    def about(self) -> str:
        """What is claimed to be equal to this: the subject, or the expression it begins with."""
        return str(self.subject) or self.before[0].text
