"""A sheet with its answers taken out, so that somebody can fill them in.

The *answers* of a sheet are its claims. Givens, definitions, functions and the loss are the question and stay.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from autograd.claims import tree as syntax
from autograd.claims.tree import NumberNode, TextPlace
from autograd.marking.literals import is_significant
from autograd.sheet.program import read
from autograd.sheet.sheet import Sheet, check_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograd.claims.tree import Node
    from autograd.sheet.statements import Statement

LINE_END = re.compile(r"(\r\n|\r|\n)")


def blank(text: str) -> str:
    """Return the sheet with its answers taken out: one `= ?` where claims stood; everything else is kept.

    Comments stay in their columns, and of Markdown only the blocks marked `sheet` are touched. A
    line of working that is made of answers of other lines would give them away and is left out.

    >>> print(blank("x = 3;  y = x^2 = 9   # a square" + chr(10) + "dy/dx = 2*x = 6"))
    x = 3;  y = x^2 = ?   # a square
    dy/dx = ?

    Raises SheetError, with line and column, for a sheet that cannot be read, OperandError for what
    is no text.
    """
    check_text(text, "blank", "of a file, Path.read_text gives it")
    text = text.removeprefix("\ufeff")
    sheet = Sheet.parse(text)
    statements = read(text).statements
    places = Counter(segment.place for statement in statements for segment in statement.segments)
    claimed = Counter(claim.place for claim in sheet.claims if not sheet.is_defined_by(claim))
    answers = {place for place, count in claimed.items() if count == places[place]}  # at every index
    given_away = {part.value for claim in sheet.claims for part in _figures(claim.segment.tree)}

    cuts = {place: cut for statement in statements for place, cut in _cuts(statement, answers, given_away, sheet.lines)}
    pieces = LINE_END.split(text)
    for place, cut in sorted(cuts.items(), key=lambda item: -item[0].column):  # so that columns to the left still hold
        at = 2 * place.line - 2
        pieces[at] = cut.applied(pieces[at])
        if cut.whole and not pieces[at].strip():  # nothing is left of a line that went on with one above
            pieces[at : at + 2] = ["", ""]
    return "".join(pieces)


class _Cut(NamedTuple):
    """One piece to cut out of a line, and the text to put there `instead`."""

    start: int
    end: int
    instead: str
    whole: bool = False

    def applied(self, line: str) -> str:
        """Return the line with the piece cut out; a comment stays in its column."""
        code, mark, comment = line.partition("#")
        rest = code[self.end :]
        if not self.instead:
            rest = rest.lstrip(" \t;")
        cut = code[: self.start] + self.instead + rest
        return cut.ljust(len(code)) + mark + comment if mark else cut.rstrip()


def _figures(tree: Node) -> Iterator[NumberNode]:
    return (part for part in syntax.walk(tree) if isinstance(part, NumberNode) and is_significant(part))


def _cuts(
    statement: Statement, answers: set[TextPlace], given_away: set[float], lines: Sequence[str]
) -> Iterator[tuple[TextPlace, _Cut]]:
    """Yield what to cut out of each line of a statement."""
    asked = [segment for segment in statement.segments if segment.place in answers]
    if not asked:
        return
    first = statement.segments[0]
    working = syntax.is_arithmetic(first.tree) and not statement.index
    gives_away = working and any(number.value in given_away for number in _figures(first.tree))
    begins = (first if gives_away else asked[0]).place
    ends = {s.place.line: s.place.column - 1 + len(s.text) for s in statement.segments}  # the last of each line
    for line, end in ends.items():
        if line == begins.line:
            yield begins, _Cut(begins.column - 1, end, "" if gives_away else "?")
        elif line > begins.line:
            indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
            yield TextPlace(line, indent + 1), _Cut(indent, end, "", whole=True)
