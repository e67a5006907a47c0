"""A statement of a sheet, and a member of it that cannot be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograd.claims.tree import Segment, UnreadableNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.claims.tree import TextPlace
    from autograd.errors import SheetError

_PLACE = re.compile(r"line \d+, column \d+: ")  # with which every SheetError begins


@dataclass(eq=False, slots=True)
class Statement:
    """A chain `a = b = c` with its indices filled in; `index` says which one of a quantified line it is."""

    segments: tuple[Segment, ...]
    place: TextPlace
    index: str = ""

    def with_segments(self, segments: Sequence[Segment]) -> Statement:
        """Return the statement with other members."""
        return Statement(tuple(segments), self.place, self.index)


def unreadable(segment: Segment, error: SheetError, needs: int = 0) -> Segment:
    """Return a member of a chain as one that cannot be read, with the reason that the error gives."""
    reason = _PLACE.sub("", str(error), count=1)
    return Segment(UnreadableNode(reason, needs), segment.text, segment.place)
