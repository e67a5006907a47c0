"""A sheet with its answers filled in: the inverse of `blank`.

What is right stays as it is written. A wrong figure is written again with as many places as it had, a wrong formula as
one step of the chain rule, and a `?` as a figure. Of a quantified line whose answers differ, each index gets a line.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from autograd.claims.arrays import Array
from autograd.claims.tree import TextPlace
from autograd.engine.gc_pause import paused_gc
from autograd.errors import ArgumentError
from autograd.exercises.answers import LINE_END
from autograd.exercises.network_sheets import figure
from autograd.marking.expected_formula import expected_formula
from autograd.marking.marker import Marker
from autograd.marking.messages import formula_text
from autograd.marking.verdicts import FOLLOWS, SLIP, UNANSWERED, WRONG
from autograd.sheet.lexer import tokenize
from autograd.sheet.program import read
from autograd.sheet.sheet import Sheet, check_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from autograd.claims.tree import ArrayMember, NumberNode
    from autograd.marking.verdicts import Verdict
    from autograd.sheet.statements import Statement

DIGITS = 5  # significant ones, of a figure that nobody has written yet
WHOLE = "[]"  # in place of an index: the answer is a whole array
MAX_ROUNDS = 4  # a correction may show that another line was right only by the mistake

_OPEN = (SLIP, WRONG, FOLLOWS, UNANSWERED)


def solve(text: str, *, digits: int = DIGITS) -> str:
    """Return the sheet with every `?` and every wrong figure or formula filled in; everything else is kept.

    Figures that nobody has written yet get this many significant digits. What cannot be worked out, or is not judged,
    stays.

    >>> print(solve("x = 3;  y = x^2 = ?   # a square" + chr(10) + "dy/dx = x = 3.00"))
    x = 3;  y = x^2 = 9   # a square
    dy/dx = 2·x = 6.00

    Raises SheetError, with line and column, for a sheet that cannot be read, OperandError for what is no text,
    ArgumentError for a number of digits that is not from 2 to 15.
    """
    check_text(text, "solve", "of a file, Path.read_text gives it")
    if not 2 <= digits <= 15:
        raise ArgumentError(f"digits: from 2 to 15 significant ones, not {digits}")
    text = text.removeprefix("\ufeff")
    for attempt in range(MAX_ROUNDS):
        sheet = Sheet.parse(text)
        with paused_gc():
            marker = Marker(sheet)
            solution = _Solution(marker, digits, formulas=attempt == 0)
            answers: dict[TextPlace, dict[str, str]] = {}
            arrays: dict[ArrayMember, list[Verdict]] = {}
            for verdict in marker.mark():
                entry = verdict.claim.segment.entry
                if entry is not None:
                    arrays.setdefault(entry.member, []).append(verdict)
                    continue
                answer = solution.answer(verdict) if verdict.word in _OPEN else ""
                if answer:
                    answers.setdefault(verdict.claim.place, {})[verdict.claim.index] = answer
            for member, verdicts in arrays.items():
                if any(verdict.word in _OPEN for verdict in verdicts):
                    answers[verdicts[0].claim.place] = {WHOLE: solution.array(member, verdicts)}
        solved = _filled(text, answers)
        if solved == text:
            break
        text = solved
    return text


class _Solution:
    """The text that belongs in the place of a claim, by the truth that its marker knows."""

    def __init__(self, marker: Marker, digits: int, *, formulas: bool) -> None:
        self.marker = marker
        self.digits = digits
        self.formulas = formulas  # or only figures, where a formula was no help

    def answer(self, verdict: Verdict) -> str:
        """Return the text that belongs there; empty where nobody knows it."""
        claim = verdict.claim
        definition = self.marker.samples.worksheet.definitions.get(claim.subject.name)
        defines = definition is not None and definition.place == claim.place
        if claim.kind == "formula" and not claim.index and (self.formulas or defines):
            formula = self._formula(verdict, defines=defines)
            if formula or defines:  # a definition by a figure would be a given
                return formula
        if defines or not math.isfinite(verdict.exact):
            return ""
        return as_written(verdict.exact, claim.number, self.digits)

    def array(self, member: ArrayMember, verdicts: Sequence[Verdict]) -> str:
        """Return the list of all entries of an array."""
        figures = [as_written(verdict.exact, verdict.claim.number, self.digits) for verdict in verdicts]
        return str(Array(member.shape, figures).nested()).replace("'", "")

    def _formula(self, verdict: Verdict, *, defines: bool) -> str:
        subject = verdict.claim.subject
        if subject.of:
            tree = expected_formula(self.marker.samples, subject.of, subject.by)
            text = "…" if tree is None else formula_text(tree)
            return text if "…" not in text else f"d{subject.of}/d{subject.by}" * defines
        if defines and verdict.claim in self.marker.updates:
            text = formula_text(self.marker.sheet.definitions[subject.name].tree)
            return "" if "…" in text else text
        return ""


def as_written(x: float, before: NumberNode | None, digits: int) -> str:
    """Return a number with as many places as the one that stood there, if that leaves a digit of it.

    >>> from autograd.claims.tree import NumberNode
    >>> as_written(0.03588, NumberNode("0.0574", 0.0574, 1e-4), 5), as_written(2 / 3, None, 5)
    ('0.0359', '0.66667')
    """
    if before is None or before.exact or x == 0:
        return figure(x, digits)
    if "e" in before.text:
        written = sum(map(str.isdecimal, before.text.partition("e")[0]))
        mantissa, _, power = f"{x:.{max(written, 2) - 1}e}".partition("e")
        return f"{mantissa}e{int(power)}"
    places = -round(math.log10(before.unit))
    has_digit = math.floor(math.log10(abs(x))) + places >= 0
    return f"{x:.{places}f}" if places > 0 and has_digit else figure(x, digits)


# -- Filling in ---------------------------------------------------------------------------------


def _filled(text: str, answers: Mapping[TextPlace, Mapping[str, str]]) -> str:
    """Return the text with the answers in their places; each place has one answer for each index."""
    pieces = LINE_END.split(text)
    by_place: dict[TextPlace, list[Statement]] = {}
    for statement in read(text).statements:
        by_place.setdefault(statement.place, []).append(statement)
    changes: list[tuple[TextPlace, int, str]] = []  # where, how many characters, and what belongs there
    for statements in by_place.values():
        mine = {s.place: dict(answers[s.place]) for s in statements[0].segments if s.place in answers}
        texts = {segment.place: segment.text for segment in statements[0].segments}
        arrays = {place: found.pop(WHOLE) for place, found in mine.items() if WHOLE in found}
        changes += [(place, len(texts[place]), found) for place, found in arrays.items()]
        mine = {place: found for place, found in mine.items() if place not in arrays}
        if all(len(set(found.values())) == 1 and len(found) == len(statements) for found in mine.values()):
            changes += [(place, len(texts[place]), next(iter(found.values()))) for place, found in mine.items()]
        elif mine:
            changes += _unrolled(statements, mine, pieces)
    for place, length, instead in sorted(changes, key=lambda change: -change[0].column):  # columns to the left hold
        at = 2 * place.line - 2
        pieces[at] = _with(pieces[at], place.column - 1, place.column - 1 + length, instead)
        if not instead and not pieces[at]:  # a line that went on with one above, and is written there now
            pieces[at : at + 2] = ["", ""]
    return "".join(pieces)


def _with(line: str, start: int, end: int, instead: str) -> str:
    """Return a line with a part replaced; what stands further right stays in its column where there is room."""
    code, mark, comment = line.partition("#")
    rest = code[end:]
    room = len(rest) - len(rest.lstrip())
    more = len(instead) - (end - start)
    if rest.strip() or mark:
        rest = rest[max(0, min(more, room - 1)) :] if more > 0 else " " * -more + rest
    return (code[:start] + instead + rest + mark + comment).rstrip()


def _unrolled(
    statements: Sequence[Statement], answers: Mapping[TextPlace, Mapping[str, str]], pieces: Sequence[str]
) -> list[tuple[TextPlace, int, str]]:
    """Return the changes of a quantified line, and of those that go on with it, into a line for each index."""
    place = statements[0].place
    ends = {s.place.line: s.place.column - 1 + len(s.text) for s in statements[0].segments}  # the last of each line
    line = pieces[2 * place.line - 2]
    start = line.rfind(";", 0, place.column - 1) + 1
    start += len(line[start:]) - len(line[start:].lstrip())
    joint = "\n" + line[:start] if not line[:start].strip() else "; "
    written = ["\n".join(_at_index(each, pieces, ends, answers)) for each in statements]
    moved = [(TextPlace(row, 1), end, "") for row, end in ends.items() if row > place.line]
    return [(place._replace(column=start + 1), ends[place.line] - start, joint.join(written)), *moved]


def _at_index(
    statement: Statement,
    pieces: Sequence[str],
    ends: Mapping[int, int],
    answers: Mapping[TextPlace, Mapping[str, str]],
) -> Iterator[str]:
    """Yield the lines of a quantified statement at one of its indices, with the answers for it."""
    indices = dict(part.split(" = ") for part in statement.index.split(", ") if part)
    for row, end in ends.items():
        begin = statement.place.column - 1 if row == statement.place.line else 0
        text = pieces[2 * row - 2][:end]
        changes = [
            (token.place.column - 1, token.end, number if number.isdecimal() else f"({number})")
            for token in tokenize(text, row)
            if token.kind == "name" and token.place.column > begin and (number := indices.get(token.text, ""))
        ]
        for segment in statement.segments:
            answer = answers.get(segment.place, {}).get(statement.index)
            if answer and segment.place.line == row:
                first, after = segment.place.column - 1, segment.place.column - 1 + len(segment.text)
                changes = [change for change in changes if not first <= change[0] < after]
                changes.append((first, after, answer))
        for first, after, instead in sorted(changes, reverse=True):
            text = text[:first] + instead + text[after:]
        yield text[begin:]
