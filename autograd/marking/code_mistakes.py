"""The kind of a mistake in a line of array code: the edit of the line that makes the gradient right.

A kind is named only if the edited line gives the engine's gradient in every entry.
"""

from __future__ import annotations

import ast
import math
from itertools import combinations
from typing import TYPE_CHECKING, Any, Protocol

from autograd.array_code.line_edits import LineEdit, edits
from autograd.claims.arrays import Array
from autograd.marking.messages import Mistake
from autograd.marking.verdicts import RIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.array_code.frames import Version
    from autograd.array_code.program import GradientClaim
    from autograd.array_code.surroundings import Passage

MAX_EDITS = 400  # of one line
NOTHING = Array((0,), [])
MAX_SPENT = 60_000_000  # entries and steps of all edits of one source: some ten seconds
MAX_PATHS = 5  # whose sums are tried


class MarkedPassage(Protocol):
    """A passage as far as it has been marked: its claims, their numbers now, and which of them are right."""

    passage: Passage
    claims: list[GradientClaim]
    values: dict[GradientClaim, Array | None]
    scale: float

    def state(self, claim: GradientClaim, value: Array | None) -> tuple[str, Any]:
        """Return right, wrong or undecided for the numbers of a gradient."""
        ...

    def is_right(self, claim: GradientClaim) -> bool:
        """Return whether a gradient has been found right."""
        ...


class CodeMistakes:
    """Finds the line and the kind of the mistake behind a wrong gradient."""

    def __init__(self, marker: MarkedPassage, claim: GradientClaim, reading: tuple[Version, Array, Version]) -> None:
        self.marker, self.claim = marker, claim
        self.passage = marker.passage
        self.version, self.truth, self.loss = reading
        self.helper: tuple[int, ast.stmt | None] | None = None  # the line of a helper that is to blame, and its repair
        self.together: list[GradientClaim] = []  # the gradients that the same line of a loop makes wrong
        self.restored: dict[str, Array] = {}  # what the lines after it should read, where an array was changed

    def lost_axis(self) -> GradientClaim | None:
        """Return the gradient that this one reads and that is right but for an axis of length 1."""
        for other in self.marker.claims:
            value = self.marker.values[other]
            if other is self.claim or value is None or not other.truths or other.last.index >= self.claim.last.index:
                continue
            whole = other.truths[0][1]
            if value.size != whole.size or value.shape == whole.shape or not self.marker.is_right(other):
                continue
            for at in self.passage.lines_behind(self.claim):
                edit = LineEdit("", "", self.passage.statements[at], {other.key: whole})
                if other.key.isidentifier() and self._is_right(self._again(at, edit)):
                    return other
        return None

    def find(self) -> tuple[int, list[Mistake]]:
        """Return the line of the mistake and what explains it; of a line that nothing explains, no kind."""
        first = (self._returned_in_order, self._in_place, self._overwritten, self._one_hot, self._detached)
        for finder in (*first, self._edited, self._scaled, self._paths):
            for line, mistake in finder():
                return line, [mistake]
        return self._unexplained(), []

    def _is_right(self, value: Array | None) -> bool:
        return value is not None and self.marker.state(self.claim, value)[0] == RIGHT

    def _again(self, at: int, edit: LineEdit) -> Array | None:
        if self.passage.interpreter.spent > MAX_SPENT:
            return None
        last = self.claim.last
        found = self.passage.again(at, last.index, {}, (at, edit.statement), edit.bindings)
        return found.get((last.index, last.key))

    def _returned_in_order(self) -> Iterator[tuple[int, Mistake]]:
        if not self.claim.key.startswith("return"):
            return
        value = self.marker.values[self.claim]
        for other in self.marker.claims:
            is_other = other.key.startswith("return") and other is not self.claim and bool(other.truths)
            if is_other and self.marker.state(other, value)[0] == RIGHT:
                text = f"this is the gradient of {other.subject}: the returned gradients stand in another order"
                yield self.claim.last.line, Mistake("returned in another order", text)

    def _edited(self) -> Iterator[tuple[int, Mistake]]:
        """Yield the edits that make the gradient right: of its own lines, then of helper lines before them."""
        for at in self.passage.lines_behind(self.claim):
            statement = self.passage.statements[at]
            surroundings = self.passage.surroundings(at, self.claim)
            own = [edit for _, edit in zip(range(MAX_EDITS), edits(statement, **surroundings))]
            for edit in own:
                is_added = isinstance(edit.statement, ast.AugAssign) and edit.kind == "= where += belongs"
                if is_added and not self._stood_before(at):
                    continue
                if self._is_right(self._again(at, edit)):
                    if at not in {event.index for event in self.claim.events} or len(self._same_loop(at)[0]) > 1:
                        self.helper = (at, edit.statement)
                    yield self.passage.line_of(at, edit.statement), Mistake(edit.kind, edit.text)
                    break

    def _scaled(self) -> Iterator[tuple[int, Mistake]]:
        """Yield that 1/n is missing or one too many in a gradient that several lines make."""
        value = self.marker.values[self.claim]
        if value is None:
            return
        for n in dict.fromkeys(length for length in self.truth.shape if length > 1):
            if self._is_right(value / n):
                yield self._unexplained(), Mistake("1/n missing", f"1/{n} is missing")
            elif self._is_right(value * n):
                yield self._unexplained(), Mistake("1/n twice", f"1/{n} is one too many")

    def _stood_before(self, at: int) -> bool:
        return any(event.index < at and event.key == self.claim.key for event in self.passage.events)

    def _overwritten(self) -> Iterator[tuple[int, Mistake]]:
        """Yield `=` where `+=` belongs: with what stood there before, the gradient would be right."""
        first, value = self.claim.events[0], self.marker.values[self.claim]
        before = [
            e for e in self.passage.events if e.key == first.key and e.index < first.index and e.value is not None
        ]
        earlier = before[-1].value if before else None
        if earlier is not None and value is not None and self._is_right(_sum([earlier, value], value.shape)):
            text = f"{first.key} = overwrites what line {before[-1].line} gave it; += belongs"
            yield first.line, Mistake("= where += belongs", text)

    def _one_hot(self) -> Iterator[tuple[int, Mistake]]:
        """Yield that the −1 of the right class is missing, of a softmax."""
        value = self.marker.values[self.claim]
        if value is None or len(self.truth.shape) != 2 or value.size != self.truth.size:
            return
        rows, columns = self.truth.shape
        for name, labels in self.passage.labels(rows):
            picked = [at * columns + label for at, label in enumerate(labels) if 0 <= label < columns]
            for part, words in ((1.0, ""), (1.0 / rows, f"/{rows}")):
                entries = list(value.entries)
                for at in picked:
                    entries[at] -= part
                if len(picked) == rows and self._is_right(Array(self.truth.shape, entries)):
                    text = f"the 1{words} at the right class is not subtracted: the softmax less the one-hot of {name}"
                    yield self._line_less(picked, part), Mistake("softmax without − one-hot", text)

    def _line_less(self, picked: list[int], part: float) -> int:
        """Return the first line after which a gradient is a sum of paths, but for a part at some entries."""
        flows = [flow for _, flow in self.passage.contributions(self.version, self.loss)]
        sums = sums_of_paths(flows, self.truth.shape)
        for event in self.claim.events:
            if event.value is not None and event.value.size == self.truth.size:
                entries = list(event.value.entries)
                for at in picked:
                    entries[at] -= part
                if any(_near(Array(self.truth.shape, entries), each, self.marker.scale) for each in sums):
                    return event.line
        return self.claim.last.line

    def _in_place(self) -> Iterator[tuple[int, Mistake]]:
        """Yield that the line reads what an earlier line has changed in place."""
        for at in self.passage.lines_behind(self.claim):
            for name, array, line in self.passage.changed_before(at):
                edit = LineEdit("", "", self.passage.statements[at], {name: array})
                if self._is_right(self._again(at, edit)):
                    self.restored = {name: array}
                    text = f"{name} was changed in place in line {line}, after it had been computed"
                    yield self.passage.line_of(at, None), Mistake("changed in place", text)
            for name, array, line in self.passage.older(at):
                edit = LineEdit("", "", self.passage.statements[at], {name: array})
                if self._is_right(self._again(at, edit)):
                    self.restored = {name: array}
                    text = f"{name} is not the one of the way there: that was stored in line {line}"
                    yield self.passage.line_of(at, None), Mistake("stale cache", text)

    # -- Paths ----------------------------------------------------------------------------------------

    def _detached(self) -> Iterator[tuple[int, Mistake]]:
        """Yield that the gradient goes along a path that the way there detaches."""
        value = self.marker.values[self.claim]
        for line, flow in self.passage.detached_paths(self.version, self.loss):
            if value is not None and self._is_right(_sum([value, -flow], value.shape)):
                text = f"it goes along a path that line {line} detaches: no gradient flows there"
                flows = self.passage.contributions(self.version, self.loss)
                yield self._first_astray(flows), Mistake("a detached branch", text)

    def _paths(self) -> Iterator[tuple[int, Mistake]]:
        """Yield the paths that are left out or counted twice."""
        value = self.marker.values[self.claim]
        if value is None or value.size != self.truth.size:
            return
        flows = self.passage.contributions(self.version, self.loss)
        if len(flows) < 2:
            return
        for count in (1, 2):
            for chosen in combinations(flows[:MAX_PATHS], count):
                parts = [flow for _, flow in chosen]
                names = " and ".join(f"{after.text} (line {after.line})" for after, _ in chosen)
                if self._is_right(_sum([value, *parts], value.shape)):
                    is_max = any(self.passage.is_maximum(after) for after, _ in chosen)
                    kind = "the max's path forgotten" if is_max else "a branch left out"
                    yield self._shortest_line(), Mistake(kind, f"the path through {names} is left out")
                less = [part.map(lambda entry: -entry) for part in parts]
                if self._is_right(_sum([value, *less], value.shape)):
                    yield self.claim.last.line, Mistake("a branch twice", f"the path through {names} is counted twice")

    def _shortest_line(self) -> int:
        return self.claim.last.line

    def _unexplained(self) -> int:
        """Return the line to blame where no edit explains: a helper's, or the first whose part is no sum of paths."""
        own = {event.index for event in self.claim.events}
        for at in self.passage.lines_behind(self.claim):
            readers = self.passage.readers(at)
            if at not in own and len(readers) > 1 and not any(map(self.marker.is_right, readers)):
                self.helper = (at, None)
                return self.passage.line_of(at, None)
        wrong, right = self._same_loop(self.claim.last.index)
        line = self.passage.inner_line(self.claim.last.index, [c.key for c in wrong], [c.key for c in right])
        if line:
            self.together = wrong
        return line or self._first_astray(self.passage.contributions(self.version, self.loss))

    def _same_loop(self, at: int) -> tuple[list[GradientClaim], list[GradientClaim]]:
        """Return the gradients that a statement completes: those that are wrong, and those that are right."""
        every = [claim for claim in self.marker.claims if claim.last.index == at and claim.truths]
        states = [self.marker.state(claim, self.marker.values[claim])[0] for claim in every]
        pairs = list(zip(every, states))
        return [c for c, word in pairs if word != RIGHT], [c for c, word in pairs if word == RIGHT]

    def _first_astray(self, flows: list[tuple[Version, Array]]) -> int:
        """Return the first line of the gradient whose part is no sum of paths."""
        sums = sums_of_paths([flow for _, flow in flows], self.truth.shape)
        before: Array | None = None
        for event in self.claim.events:
            if event.value is None or event.value.size != self.truth.size:
                break
            part = event.value if before is None or event.is_first else _sum([event.value, -before], event.value.shape)
            if any(part.entries) and not any(_near(part, each, self.marker.scale) for each in sums):
                return event.line
            before = event.value
        return self.claim.last.line


def sums_of_paths(flows: list[Array], shape: tuple[int, ...]) -> list[Array]:
    """Return what flows along each choice of paths."""
    flows = flows[:MAX_PATHS]
    counts = range(1, len(flows) + 1)
    return [_sum(list(chosen), shape) for count in counts for chosen in combinations(flows, count)]


def _sum(arrays: list[Array], shape: tuple[int, ...]) -> Array:
    found = [sum(entries) for entries in zip(*(array.entries for array in arrays))]
    return (
        Array(shape, found) if all(a.size == len(found) for a in arrays) and math.prod(shape) == len(found) else NOTHING
    )


def _near(a: Array, b: Array, scale: float) -> bool:
    size = max(scale * 1e-3, max(map(abs, b.entries), default=0.0))
    return a.size == b.size and all(abs(p - q) <= 1e-7 * size for p, q in zip(a.entries, b.entries))
