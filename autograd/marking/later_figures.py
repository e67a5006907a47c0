"""Figures that are written further down: a slip may follow from one of them.

People write the answer above its working, `w_new = w - 0.5*dE/dw = 0.76` above `dE/dw = 0.08`. The first line is right
by the figure of the second. So where a line is a slip by the figures before it, and a later claim is about something
that it is worked out from, the sheet is judged once in advance, and the slip again after each such claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from autograd.claims.tree import DerivativeNode, names_in, walk
from autograd.marking.verdicts import FOLLOWS, ROUNDED, SLIP

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.claims.claims import Claim, Subject
    from autograd.claims.worksheet import Worksheet
    from autograd.marking.verdicts import Verdict

MAX_WAITING = 60  # slips that are judged again, as many as are explained
MAX_TRIES = 8  # later claims after which one slip is judged again


class Judge(Protocol):
    """A marker at work, as far as it is needed here."""

    def define(self, name: str) -> None:
        """Record a definition."""

    def judge(self, claim: Claim) -> Verdict:
        """Return the verdict on a claim by the figures so far."""

    def judge_again(self, claim: Claim) -> Verdict:
        """Return the verdict on an earlier claim by the figures so far without its own."""

    def settle(self, verdict: Verdict) -> None:
        """Record a verdict for the lines after it."""


class LaterFigures:
    """The slips of a sheet that follow from figures written later; `fresh` returns a marker that has judged nothing."""

    def __init__(self, sheet: Worksheet, fresh: Callable[[], Judge]) -> None:
        self.sheet = sheet
        self.fresh = fresh
        self._first: dict[Subject, int] | None = None  # where a subject is claimed first
        self._position: dict[Claim, int] = {}
        self._sources: dict[Claim, tuple[set[str], list[set[str]]]] = {}
        self._found: dict[Claim, Verdict] | None = None

    def verdict(self, slip: Verdict) -> Verdict:
        """Return the verdict on a slip that may follow from a later figure."""
        if not self._later_sources(slip.claim):
            return slip
        if self._found is None:
            self._found = self._judge_in_advance()
        return self._found.get(slip.claim, slip)

    def _judge_in_advance(self) -> dict[Claim, Verdict]:
        judge = self.fresh()
        found: dict[Claim, Verdict] = {}
        waiting: dict[Claim, set[Subject]] = {}
        for event in self.sheet.events:
            if isinstance(event, str):
                judge.define(event)
                continue
            verdict = judge.judge(event)
            judge.settle(verdict)
            for slip in [slip for slip, subjects in waiting.items() if event.subject in subjects]:
                again = judge.judge_again(slip)
                if again.word in (FOLLOWS, ROUNDED) and slip not in again.origins:
                    found[slip] = again
                    del waiting[slip]
            if verdict.word == SLIP and len(waiting) < MAX_WAITING:
                waiting[event] = self._later_sources(event)
        return found

    def _later_sources(self, claim: Claim) -> set[Subject]:
        """Return what the claim is worked out from and what is claimed only after it."""
        if self._first is None:
            self._first = {}
            for at, other in enumerate(event for event in self.sheet.events if not isinstance(event, str)):
                self._position[other] = at
                self._first.setdefault(other.subject, at)
        names, paths = self._worked_out_from(claim)
        later = [subject for subject, at in self._first.items() if at > self._position[claim]]
        found = [
            subject
            for subject in later
            if (subject.name and subject.name in names)
            or (subject.of and any(subject.of in path and subject.by in path for path in paths))
        ]
        return set(found[:MAX_TRIES])

    def _worked_out_from(self, claim: Claim) -> tuple[set[str], list[set[str]]]:
        """Return the names that a claim is worked out from, and for each derivative those on its paths."""
        if claim not in self._sources:
            trees = [segment.tree for segment in claim.before]
            if claim.subject.name in self.sheet.definitions:
                trees.append(self.sheet.definitions[claim.subject.name].tree)
            nodes = [node for tree in trees for node in walk(tree) if isinstance(node, DerivativeNode)]
            pairs = {(node.of, node.by) for node in nodes} | {(claim.subject.of, claim.subject.by)} - {("", "")}
            paths = [{by, *self.sheet.between(by, of)} for of, by in pairs]
            names = self.sheet.below(name for tree in trees for name in names_in(tree))
            names.update(below for path in paths for name in path for below in (name, *self.sheet.mentioned_by(name)))
            self._sources[claim] = names - {claim.subject.name}, paths
        return self._sources[claim]
