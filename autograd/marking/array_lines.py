"""Verdicts on the lines of a way back in array code: the first mistake, and what only follows from it.

A gradient is *right* where every entry is the engine's. The first one that is not is wrong by itself, since all that
it reads is right; then it is put right, the lines after it are read again, and what becomes right by that *follows*.
A gradient whose repair would spoil a right line means something else by its name: it is not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from autograd.errors import ShapeError
from autograd.formatting import figures
from autograd.marking.code_mistakes import CodeMistakes, sums_of_paths
from autograd.marking.messages import Mistake
from autograd.marking.verdicts import FOLLOWS, NOT_JUDGED, RIGHT, UNDECIDED, UNREADABLE, WRONG

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from autograd.array_code.frames import Version
    from autograd.array_code.program import Event, GradientClaim
    from autograd.array_code.surroundings import Passage
    from autograd.claims.arrays import Array

EQUAL = 1e-7  # of the size of the gradients: doubles that were rounded a thousand times
UNEQUAL = 1e-4  # below it, a constant such as 1e-5 may have been left out on purpose
MAX_ROOTS = 12  # after as many mistakes the rest is not judged


class Difference(NamedTuple):
    """The first entry in which an array differs from another, their number, and both numbers there."""

    entry: str = ""
    wrong: int = 0
    size: int = 0
    value: float = 0.0
    truth: float = 0.0

    def __str__(self) -> str:
        if not self.entry:
            return f"its shape is {self.size} entries"
        written, exact = figures.number(self.value), figures.number(self.truth)
        return f"{self.wrong} of {self.size} entries, first {self.entry}: {written} where {exact} belongs"


class LineVerdict(NamedTuple):
    """The verdict on one line: the gradient that it writes, whose it is, and why."""

    line: int
    gradient: str
    subject: str
    word: str
    reason: str = ""
    diagnosis: tuple[Mistake, ...] = ()
    origins: tuple[int, ...] = ()
    difference: Difference | None = None
    function: str = ""

    @property
    def is_first_mistake(self) -> bool:
        """Return whether it is wrong by itself."""
        return self.word == WRONG

    @property
    def claim(self) -> LineVerdict:
        """The verdict itself, which knows its line: a sheet's verdict has a claim for it."""
        return self


def compare(value: Array, truth: Array, scale: float) -> tuple[str, Difference | None]:
    """Return right, wrong or undecided, and where an array differs from the truth."""
    if value.size != truth.size:
        try:
            value = value.broadcast_to(truth.shape)  # its one row stands for all, as every later line takes it
        except ShapeError:
            return WRONG, None
    size = max(scale * 1e-3, max(map(abs, truth.entries), default=0.0))
    apart = [abs(a - b) / size for a, b in zip(value.entries, truth.entries)]
    if all(each <= EQUAL for each in apart):
        return RIGHT, None
    wrong = [at for at, each in enumerate(apart) if not each <= EQUAL]
    first = wrong[0]
    where = f"[{', '.join(map(str, _index(first, truth.shape)))}]" if truth.shape else "the number"
    found = Difference(where, len(wrong), truth.size, value.entries[first], truth.entries[first])
    return (WRONG if max(apart) > UNEQUAL or any(each != each for each in apart) else UNDECIDED), found


def _index(at: int, shape: tuple[int, ...]) -> list[int]:
    found = []
    for length in reversed(shape):
        found.append(at % length)
        at //= length
    return found[::-1]


class PassageMarker:
    """Marks the gradients of one passage."""

    def __init__(self, passage: Passage, broken: dict[str, int] | None = None) -> None:
        self.passage = passage
        self.claims = passage.claims
        self.scale = passage.scale
        self.broken = broken or {}  # functions that are wrong, with the line of their first mistake
        self.values: dict[GradientClaim, Array | None] = {claim: claim.last.value for claim in self.claims}
        self.verdicts: dict[GradientClaim, LineVerdict] = {}

    def mark(self) -> list[LineVerdict]:
        """Return the verdicts, in the order of the lines."""
        for each in self.claims:
            self._mark_simply(each)
        roots = 0
        while (claim := self._first_wrong()) is not None:
            roots += 1
            if roots > MAX_ROOTS:
                self._give(claim, NOT_JUDGED, "there are many mistakes before it")
            else:
                self._mark_wrong(claim)
        found = [self.verdicts[claim] for claim in self.claims if not self._is_repeated(claim)]
        return sorted(found, key=lambda verdict: verdict.line)

    # -- One gradient -------------------------------------------------------------------------------

    def reading(self, claim: GradientClaim) -> tuple[Version, Array, Version] | None:
        """Return the likeliest array that a gradient belongs to, with the truth and the loss."""
        value = self.values[claim]
        fitting = [each for each in claim.truths if value is not None and each[1].size == value.size]
        return (fitting or claim.truths or [None])[0]  # type: ignore[list-item]

    def state(self, claim: GradientClaim, value: Array | None) -> tuple[str, Difference | None]:
        """Return right, wrong or undecided: right if any reading makes it so."""
        if value is None:
            return UNREADABLE, None
        found = [compare(value, truth, self.scale) for _, truth, _ in claim.truths]
        return min(found, key=lambda each: (RIGHT, UNDECIDED, WRONG).index(each[0]))

    def _give(self, claim: GradientClaim, word: str, reason: str = "", **more: object) -> None:
        line = claim.last.line
        self.verdicts[claim] = LineVerdict(
            line,
            claim.key,
            claim.subject,
            word,
            reason,
            function=self.passage.name,
            **more,  # type: ignore[arg-type]
        )

    def _mark_simply(self, claim: GradientClaim) -> None:
        """Give the verdicts that need no other line: right, unreadable, not judged."""
        if not claim.truths and claim.last.value is None:
            self._give(claim, UNREADABLE if self._is_own(claim) else NOT_JUDGED, self._unread(claim).reason)
        elif not claim.truths:
            no_loss = "there is no loss (say which: # loss: name)"
            why = f"no loss depends on {claim.subject} here" if self.passage.losses else no_loss
            self._give(claim, NOT_JUDGED, claim.reason or why)
        else:
            word, _ = self.state(claim, claim.last.value)
            if word == RIGHT or self._is_part(claim):
                self._give(claim, RIGHT)
            elif word == UNDECIDED:
                self._give(claim, UNDECIDED, "it differs by less than an arithmetic of single precision would")

    def _is_own(self, claim: GradientClaim) -> bool:
        """Return whether it is this line that cannot be read, and not one before it."""
        return "it needs line" not in self._unread(claim).reason

    def _unread(self, claim: GradientClaim) -> Event:
        """Return the first of a gradient's lines that gives nothing."""
        return next((event for event in claim.events if event.value is None), claim.last)

    def _is_part(self, claim: GradientClaim) -> bool:
        """Return whether a gradient is what flows along some of its paths, and a later line writes it anew."""
        value = self.values[claim]
        later = [c for c in self.claims if c.key == claim.key and c.events[0].index > claim.last.index]
        later = [c for c in later if c.truths and c.truths[0][1].entries == claim.truths[0][1].entries]
        if value is None or not later:
            return False
        version, _, loss = claim.truths[0]
        parts = sums_of_paths([flow for _, flow in self.passage.contributions(version, loss)], value.shape)
        return any(compare(value, part, self.scale)[0] == RIGHT for part in parts)

    def _first_wrong(self) -> GradientClaim | None:
        return next((claim for claim in self.claims if claim not in self.verdicts), None)

    def _mark_wrong(self, claim: GradientClaim) -> None:
        """Judge the first gradient that is wrong: all that it reads is right, or has been put right."""
        reading = self.reading(claim)
        assert reading is not None
        truth = reading[1]
        if self.values[claim] is None:
            self._judge_unread(claim, reading)
            return
        called = self._broken_call(claim)
        if called:
            self._follow(claim, self.broken[called])
        before = {c: self.state(c, self.values[c])[0] for c in self.claims if c.truths}
        mistakes = CodeMistakes(self, claim, reading)
        after_values = self._put_right(claim, truth)
        after = {c: self.state(c, after_values.get(c, self.values[c]))[0] for c in before}
        later = [c for c in self.claims if c.last.index > claim.last.index and c in before]
        improved = [c for c in later if before[c] != RIGHT and after[c] == RIGHT]
        spoiled = [c for c in later if before[c] == RIGHT and after[c] not in (RIGHT, UNDECIDED)]
        same_loop = [c for c in before if c.last.index == claim.last.index and before[c] == RIGHT]
        spoiled += [c for c in same_loop if self.passage.comes_from(claim.last.index, c.key, claim.key)]
        if called:
            pass
        elif spoiled and not claim.is_told:
            lines = ", ".join(dict.fromkeys(str(c.last.line) for c in spoiled[:3]))
            words = f"line {lines} is right with it, so it is no gradient of {claim.subject} by itself"
            self._give(claim, NOT_JUDGED, words)
            return
        elif self._is_summed_later(claim, truth):
            self._give(claim, NOT_JUDGED, "a later line sums it")
            return
        elif len({v.line for v, _, _ in claim.truths}) > 1 and not improved and not claim.is_told:
            self._give(claim, NOT_JUDGED, f"{claim.subject} stands for several arrays, and it may belong to any")
            return
        else:
            self._blame(claim, reading, mistakes)
        if mistakes.helper is not None:
            self._go_on_from_helper(claim, *mistakes.helper)
            return
        restored = mistakes.restored
        if restored:  # the lines after it read, too, what it should have read
            values = self._put_right(claim, truth, restored)
            now_right = [c for c in later if self.state(c, values.get(c, self.values[c]))[0] == RIGHT]
            if all(c in now_right for c in later if after[c] == RIGHT):
                after_values, improved = values, [c for c in now_right if before[c] != RIGHT]
            else:
                restored = {}
        self.passage.put_right(claim, truth, restored, keeps=True)
        line = self.verdicts[claim].line
        origin = self.verdicts[claim].origins or (line,)
        for other in mistakes.together:
            if other not in self.verdicts:
                self._follow(other, line)
                after_values |= self._put_right(other, other.truths[0][1])
                self.passage.put_right(other, other.truths[0][1], keeps=True)
                improved += [c for c in later if self.state(c, after_values.get(c, self.values[c]))[0] == RIGHT]
        self.values.update(after_values)
        for other in later:
            if other in improved and other not in self.verdicts:
                self._follow(other, origin[0])

    def _follow(self, claim: GradientClaim, line: int) -> None:
        self._give(claim, FOLLOWS, f"from line {line}", origins=(line,))

    def _go_on_from_helper(self, claim: GradientClaim, at: int, repair: ast.stmt | None) -> None:
        """Read on after a mistake in a helper's line: all that reads it follows."""
        line = self.verdicts[claim].line
        last = self.passage.events[-1].index
        if repair is not None:
            found = self.passage.again(at, last, {}, (at, repair))
            self.values.update({c: found[c.last.index, c.key] for c in self.claims if (c.last.index, c.key) in found})
            self.passage.accept_edit(at, repair)
        else:
            for other in self.passage.readers(at):
                if other not in self.verdicts:
                    self._follow(other, line)
                if other.truths:
                    self.values.update(self._put_right(other, other.truths[0][1]))
                    self.passage.put_right(other, other.truths[0][1], keeps=True)
        for other in self.claims:
            if other not in self.verdicts and self.state(other, self.values[other])[0] == RIGHT:
                self._follow(other, line)

    def _blame(self, claim: GradientClaim, reading: tuple[Version, Array, Version], mistakes: CodeMistakes) -> None:
        truth = reading[1]
        value = self.values[claim]
        assert value is not None
        lost = mistakes.lost_axis()
        if lost is not None:
            self._blame_lost_axis(claim, lost)
            return
        line, diagnosis = mistakes.find()
        difference = self.state(claim, value)[1]
        shapes = f"its shape is {value.shape}, and that of {claim.subject} is {truth.shape}"
        reason = shapes if difference is None else str(difference)
        self.verdicts[claim] = LineVerdict(
            line, claim.key, claim.subject, WRONG, reason, tuple(diagnosis), (), difference, self.passage.name
        )

    def _blame_lost_axis(self, claim: GradientClaim, lost: GradientClaim) -> None:
        value, line = self.values[lost], lost.last.line
        assert value is not None
        shapes = f"its shape is {value.shape}, and that of {lost.subject} is {lost.truths[0][1].shape}"
        kind = Mistake("keepdims lost", f"an axis of length 1 is lost (keepdims), and line {claim.last.line} needs it")
        self._give(lost, WRONG, shapes, diagnosis=(kind,))
        self._follow(claim, line)

    def is_right(self, claim: GradientClaim) -> bool:
        """Return whether a gradient has been found right."""
        return claim in self.verdicts and self.verdicts[claim].word == RIGHT

    def _judge_unread(self, claim: GradientClaim, reading: tuple[Version, Array, Version]) -> None:
        """Judge a line that gives nothing: wrong if an edit mends it; what comes after it is read with the truth."""
        mistakes = CodeMistakes(self, claim, reading)
        unread, lost = self._unread(claim), None
        line = unread.line
        diagnosis: list[Mistake] = []
        if self._is_own(claim):
            lost = mistakes.lost_axis()
            line, diagnosis = (0, []) if lost else mistakes.find()
        found = self._put_right(claim, reading[1])
        if lost is not None:
            self._blame_lost_axis(claim, lost)
            line, diagnosis = lost.last.line, [Mistake("keepdims lost", "")]
        elif diagnosis:
            self.verdicts[claim] = LineVerdict(
                line, claim.key, claim.subject, WRONG, unread.reason, tuple(diagnosis), function=self.passage.name
            )
        else:
            self._give(claim, UNREADABLE if self._is_own(claim) else NOT_JUDGED, unread.reason)
        self.passage.put_right(claim, reading[1], keeps=True)
        self.values.update(found)
        for other in self.claims:
            if other not in self.verdicts and self.state(other, self.values[other])[0] == RIGHT:
                self._follow(other, line) if diagnosis else self._give(other, RIGHT)

    def _put_right(
        self, claim: GradientClaim, truth: Array, restored: Mapping[str, Array] | None = None
    ) -> dict[GradientClaim, Array | None]:
        found = self.passage.put_right(claim, truth, restored)
        return {c: found[c.last.index, c.key] for c in self.claims if (c.last.index, c.key) in found}

    def _is_summed_later(self, claim: GradientClaim, truth: Array) -> bool:
        value = self.values[claim]
        return value is not None and value.size > truth.size and self.passage.sums_later(claim)

    def _broken_call(self, claim: GradientClaim) -> str:
        called = self.passage.called_in(claim)
        return next((name for name in called if name in self.broken), "")

    def _is_repeated(self, claim: GradientClaim) -> bool:
        """Return whether a returned gradient only repeats one that has a line of its own."""
        if not claim.key.startswith("return"):
            return False
        verdict = self.verdicts[claim]
        named = [c for c in self.claims if c.subject == claim.subject and not c.key.startswith("return")]
        return bool(named) and verdict.word in (RIGHT, FOLLOWS, NOT_JUDGED)
