"""What comes out of the reading of a note: its worksheets, and what was not read, not judged or taken for granted."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from autograd.claims.tree import Segment
from autograd.notes.plain import plain

if TYPE_CHECKING:
    from autograd.claims.tree import TextPlace
    from autograd.claims.worksheet import Worksheet
    from autograd.notes.chains import Member
    from autograd.notes.note_text import NoteText
    from autograd.notes.parts import NotePart


class Remark(NamedTuple):
    """A member that is not read or not judged: where it stands, and why."""

    start: int
    end: int
    reason: str


@dataclass
class NoteReading:
    """A note that has been read: its worksheets, and how much of it they say.

    `parts` are those of the text, and `trees` the members that were read, in the order of the text. `written` are the
    members of all chains that say something, by where they begin and end. `judged` has the level at
    which the claim at a place is judged, A, B or C. One in `doubts` may mean something else, for the reason that is
    given: it is no claim if it would be a mistake.
    """

    note: NoteText
    parts: list[NotePart] = field(default_factory=list)
    trees: list[Member] = field(default_factory=list)
    written: dict[tuple[int, int], Member] = field(default_factory=dict)
    worksheets: list[Worksheet] = field(default_factory=list)
    not_judged: list[Remark] = field(default_factory=list)
    assumed: list[tuple[int, str]] = field(default_factory=list)
    judged: dict[TextPlace, list[str]] = field(default_factory=dict)
    doubts: dict[TextPlace, str] = field(default_factory=dict)
    ends: dict[TextPlace, int] = field(default_factory=dict)  # where the member that begins at a place ends

    @property
    def members(self) -> int:
        """The number of members."""
        return len(self.written)

    @property
    def unread(self) -> list[Remark]:
        """The members that were not read."""
        return [Remark(m.start, m.end, m.reason) for m in self.written.values() if m.tree is None]

    @property
    def read(self) -> int:
        """The number of members that were read."""
        return self.members - len(self.unread)

    @property
    def levels(self) -> Counter[str]:
        """The number of claims that are judged at each level."""
        return Counter(level for levels in self.judged.values() for level in levels)

    def set_aside(self, place: TextPlace) -> None:
        """Judge what is claimed at a place no more, because of the doubt about it."""
        self.judged.pop(place, None)
        start = self.note.offset(place)
        insort(self.not_judged, Remark(start, self.ends.get(place, start), self.doubts[place]))

    def segment(self, member: Member) -> Segment:
        """Return a member that was read as a segment of a worksheet."""
        tree = member.tree
        assert tree is not None
        place = self.note.place(member.start)
        self.ends[place] = member.end
        return Segment(tree, plain(tree), place)
